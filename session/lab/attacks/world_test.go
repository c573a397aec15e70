// This file owns the world of the attacks: a bank with its real server, real
// programs of agents and customers, a hostile relay that all their connections
// pass through (honest until a test says otherwise), and a clock that stands
// still until a test moves it.
//
// Enrolling takes a slow hash each time, so a town of people is enrolled once
// and every world begins with a copy of it.

package attacks_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io/fs"
	"iter"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/bank/limit"
	"countersign/session/bank/server"
	"countersign/session/computer/vault"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"

	"github.com/fxamacker/cbor/v2"
)

// The people and numbers of the town.
const (
	anna = "Anna Kowalska" // agents
	jan  = "Jan Nowak"

	bankName   = "Example Bank"
	bankDomain = "examplebank.com"
	bankLine   = "+48221112233" // the number that the app shows
	otherLine  = "+48221114455" // the bank's too
	noBodys    = "+48229992233" // not the bank's; ends like bankLine

	// Customers C-1 and C-2 have a device. C-3 has none and is met as a guest.
	phone1, phone2, phone3 = "+48600700801", "+48600700802", "+48600700803"

	// relayAddress is signed into the bundle. It leads to the hostile relay.
	relayAddress = "relay.examplebank.com:4222"
)

// dawn is when the town is built; every world begins a minute later.
var dawn = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)

// patience is how long, by the computer's own clock, a test waits for what
// must happen.
const patience = 30 * time.Second

// outcome tells the table of attacks what became of one variant of an attack,
// in a sentence. Call it last: a test that failed tells nothing.
func outcome(t *testing.T, id string, o attacks.Outcome, sentence string) {
	t.Helper()
	if !t.Failed() {
		t.Logf("attack %s %s: %s", id, o, sentence)
	}
}

// ---- the clock

// clock is the time of everybody in a world. It implements session.Clock.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*timer
}

type timer struct {
	at time.Time
	f  func()
}

// Now implements session.Clock.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc implements session.Clock.
func (c *clock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{c.now.Add(d), f}
	c.timers = append(c.timers, t)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.timers = slices.DeleteFunc(c.timers, func(other *timer) bool { return other == t })
	}
}

// passes moves the clock and runs the timers that come due, in their order.
func (c *clock) passes(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	c.mu.Unlock()
	for {
		due := c.next(end)
		if due == nil {
			return
		}
		due()
	}
}

// next moves the clock to the next timer and takes it, or to the end.
func (c *clock) next(end time.Time) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortStableFunc(c.timers, func(a, b *timer) int { return a.at.Compare(b.at) })
	if len(c.timers) == 0 || c.timers[0].at.After(end) {
		c.now = end
		return nil
	}
	t := c.timers[0]
	c.timers = c.timers[1:]
	if t.at.After(c.now) {
		c.now = t.at
	}
	return t.f
}

// ---- the town

// keyring is a secret store that can be copied, and read by a thief. It
// implements vault.Store.
type keyring struct {
	mu    sync.Mutex
	items map[string][]byte
}

func newKeyring() *keyring { return &keyring{items: map[string][]byte{}} }

func (k *keyring) Get(_ context.Context, item string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	secret, ok := k.items[item]
	if !ok {
		return nil, vault.ErrNotFound
	}
	return bytes.Clone(secret), nil
}

func (k *keyring) Set(_ context.Context, item string, secret []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.items[item] = bytes.Clone(secret)
	return nil
}

func (k *keyring) Delete(_ context.Context, item string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.items, item)
	return nil
}

func (k *keyring) copied() *keyring {
	k.mu.Lock()
	defer k.mu.Unlock()
	return &keyring{items: maps.Clone(k.items)}
}

// house is where one person's program keeps its state.
type house struct {
	dir     string
	keyring *keyring
}

// town is the bank and the people, as they are at the beginning of a test.
var town struct {
	sync.Once
	dir    string
	houses map[string]house                  // agents by name, customers by reference
	given  map[string]relay.EnrolProveAnswer // what the bank gave them, as its operator saw it
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "town")
	if err != nil {
		panic(err)
	}
	town.dir, town.houses, town.given = dir, map[string]house{}, map[string]relay.EnrolProveAnswer{}
	status := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(status)
}

func buildTown(t *testing.T) {
	w := &world{T: t, dir: filepath.Join(town.dir, "bank"), clock: &clock{now: dawn}, limits: generous()}
	w.must(bank.Init(w.dir, bank.Options{
		Name: bankName, Domain: bankDomain, Relay: "tls://" + relayAddress, Lines: []string{bankLine, otherLine}, Now: dawn,
	}))
	w.open()
	defer w.close()
	for _, name := range []string{anna, jan} {
		h := w.build(name)
		a, err := session.OpenAgent(t.Context(), w.options(h))
		w.must(err)
		given := w.relay.Watch(adversary.AnswerTo("cp1.enrol"))
		_, err = a.Enrol(t.Context(), session.Enrolment{Ticket: w.agentTicket(name)})
		w.must(err)
		town.given[name] = proven(w, given)
	}
	for ref, phone := range map[string]string{"C-1": phone1, "C-2": phone2} {
		c, err := session.OpenCustomer(t.Context(), w.options(w.build(ref)))
		w.must(err)
		given := w.relay.Watch(adversary.AnswerTo("cp1.enrol"))
		_, err = c.Enrol(t.Context(), session.Enrolment{Ticket: w.customerTicket(ref, phone)})
		w.must(err)
		town.given[ref] = proven(w, given)
	}
	w.customerTicket("C-3", phone3)
	guest, err := session.OpenCustomer(t.Context(), w.options(w.build("guest")))
	w.must(err)
	known, err := w.customer("C-1").Banks(t.Context())
	w.must(err)
	_, err = guest.Pin(t.Context(), relayAddress, strings.Join(known[0].Words, " "))
	w.must(err)
}

// proven is the answer to the last step of an enrolment.
func proven(w *world, answers <-chan *adversary.Message) relay.EnrolProveAnswer {
	w.Helper()
	for range 2 { // hello, and the bundles
		receive(w, answers)
	}
	given, ok := adversary.ReadAnswer[relay.EnrolProveAnswer](receive(w, answers))
	if !ok {
		w.Fatal("an enrolment was refused")
	}
	return given
}

func (w *world) build(name string) house {
	h := house{filepath.Join(town.dir, name), newKeyring()}
	town.houses[name] = h
	return h
}

// generous are limits that no test meets by accident.
func generous() limit.Limits {
	l := limit.Default()
	l.LookupBurst, l.LookupsPerMinute, l.LookupsPerAddress, l.LookupsPerSecond = 10_000, 10_000, 10_000, 10_000
	l.RequestsPerAgent, l.EnrolStepsPerAddress, l.ReportsPerAddress = 10_000, 10_000, 10_000
	l.ConnectionsPerAddress, l.ConnectsPerAddress = 10_000, 10_000
	return l
}

// ---- the world

// world is one bank with its server, its people and its hostile relay.
type world struct {
	*testing.T
	dir    string // the bank's folder
	bank   *bank.Bank
	server *server.Server
	relay  *adversary.Relay
	behind *atomic.Pointer[string] // where the relay finds the server, also while a test starts another
	clock  *clock
	limits limit.Limits
	free   func(folder string) (uint64, error) // on the bank's disk; nil asks it
	others map[string]*world                   // the other banks that people here can reach, by address
}

// newWorld is the town a minute after dawn, with limits that nobody meets.
func newWorld(t *testing.T) *world { return limitedWorld(t, generous()) }

// limitedWorld is newWorld with limits.
func limitedWorld(t *testing.T, l limit.Limits) *world {
	t.Helper()
	town.Do(func() { buildTown(t) })
	w := &world{T: t, dir: filepath.Join(t.TempDir(), "bank"), clock: &clock{now: dawn.Add(time.Minute)}, limits: l}
	w.must(copyFolder(w.dir, filepath.Join(town.dir, "bank")))
	w.open()
	t.Cleanup(w.close)
	return w
}

func (w *world) open() {
	w.Helper()
	w.behind = new(atomic.Pointer[string])
	w.serve()
	var err error
	w.relay, err = adversary.NewRelay(w.bank.Certificate, func() string { return *w.behind.Load() })
	w.must(err)
}

// serve starts the server on the bank's folder as it is now.
func (w *world) serve() {
	w.Helper()
	var err error
	w.bank, err = bank.Load(w.dir)
	w.must(err)
	w.server, err = server.Start(context.Background(), server.Options{Dir: w.dir, Listen: "127.0.0.1:0", Limits: w.limits, Now: w.clock.Now, Free: w.free})
	w.must(err)
	address := strings.TrimPrefix(w.server.URL(), "tls://")
	w.behind.Store(&address)
}

// restart ends the server, lets change touch the bank's folder, and starts a
// server that remembers no call.
func (w *world) restart(change func()) {
	w.Helper()
	w.server.Close()
	change()
	w.serve()
}

func (w *world) close() {
	w.relay.Close()
	if w.server != nil { // nil where one did not start
		w.server.Close()
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// copyFolder copies with the permissions that a bank's folder asks for.
func copyFolder(to, from string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	return filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	})
}

// options are a program's: its state, the world's clock, and a network on
// which every address leads to a hostile relay.
func (w *world) options(h house) session.Options {
	return session.Options{Dir: h.dir, Store: h.keyring, Clock: w.clock, Dial: w.dial}
}

// dial leads to the relay of the other bank whose address it is, else to this
// bank's, whatever the address.
func (w *world) dial(ctx context.Context, address string) (net.Conn, error) {
	if other := w.others[address]; other != nil {
		return other.relay.Dial(ctx, address)
	}
	return w.relay.Dial(ctx, address)
}

// houseOf is one person's copy of what the town built.
func (w *world) houseOf(name string) house {
	w.Helper()
	built, ok := town.houses[name]
	if !ok {
		w.Fatalf("nobody in the town is called %s", name)
	}
	h := house{filepath.Join(w.TempDir(), "home"), built.keyring.copied()}
	w.must(copyFolder(h.dir, built.dir))
	return h
}

// agent is the program of one of the town's agents.
func (w *world) agent(name string) *desk {
	w.Helper()
	return w.agentAt(w.houseOf(name))
}

// agentAt is an agent's program on state that the test holds as well.
func (w *world) agentAt(h house) *desk {
	w.Helper()
	a, err := session.OpenAgent(w.Context(), w.options(h))
	w.must(err)
	return &desk{a, w, h}
}

// customer is the program of one of the town's customers, or the "guest".
func (w *world) customer(ref string) *phone {
	w.Helper()
	return w.customerAt(w.houseOf(ref))
}

// customerAt is a customer's program on state that the test holds as well.
func (w *world) customerAt(h house) *phone {
	w.Helper()
	c, err := session.OpenCustomer(w.Context(), w.options(h))
	w.must(err)
	return &phone{c, w, h}
}

// stranger is a customer's program that knows no bank yet.
func (w *world) stranger() *phone {
	return w.customerAt(house{filepath.Join(w.TempDir(), "home"), newKeyring()})
}

func (w *world) agentTicket(name string) string {
	w.Helper()
	ticket, _, err := w.server.Directory().AddAgent(w.Context(), name, "Adviser", "Fraud team")
	w.must(err)
	return ticket.String()
}

func (w *world) customerTicket(ref, number string) string {
	w.Helper()
	ticket, _, err := w.server.Directory().AddCustomer(w.Context(), ref, []string{number})
	w.must(err)
	return ticket.String()
}

// stolenKey is what a thief finds in somebody's keyring: role is "agent" or
// "customer".
func (w *world) stolenKey(h house, role string) *ecdsa.PrivateKey {
	w.Helper()
	// Which of the keys it is stands sealed beside the bank's record.
	id := hex.EncodeToString(w.bank.Bundle.BankID[:])
	plain, err := vault.New(h.keyring).ReadFile(w.Context(), filepath.Join(h.dir, "banks", role+"-"+id+".sealed.keys"), "keys/"+role+"/"+id)
	w.must(err)
	var list struct {
		Names []string `cbor:"1,keyasint"`
	}
	w.must(wire.Unmarshal(plain, wire.MaxObject, &list))
	if len(list.Names) != 1 {
		w.Fatalf("the keyring has the keys %v", list.Names)
	}
	key, err := vault.New(h.keyring).Key(w.Context(), list.Names[0])
	w.must(err)
	return key
}

// meets makes a rule, and closes met once the rule has decided about a message.
// Where time must pass afterwards, wait for that first: a second that passes
// earlier has honest programs repeat themselves, and the rule may take the
// repetition for what it waits for.
func (w *world) meets(when adversary.Match, do func(*adversary.Message)) (met <-chan struct{}) {
	done := make(chan struct{})
	first := sync.OnceFunc(func() { close(done) })
	w.relay.On(when, func(m *adversary.Message) {
		do(m)
		first()
	})
	return done
}

// in is the same world for a subtest, which fails by itself.
func (w *world) in(t *testing.T) *world {
	own := *w
	own.T = t
	return &own
}

// known is what every attacker knows of the bank.
func (w *world) known() adversary.Bank {
	return adversary.Bank{Bundle: w.bank.Bundle, Dial: w.relay.Dial, Now: w.clock.Now}
}

// rogue is one of the town's agents who has left the rules behind, or a thief
// of that agent's key.
func (w *world) rogue(name string) *adversary.Agent {
	w.Helper()
	a, err := w.known().Agent(w.Context(), town.given[name].AgentID, w.stolenKey(w.houseOf(name), "agent"))
	w.must(err)
	w.Cleanup(a.Close)
	return a
}

// hacked is the device of one of the town's customers under a program that
// breaks the rules, or a thief's copy of it; "" makes a guest's.
func (w *world) hacked(ref string) *adversary.Device {
	w.Helper()
	var key *ecdsa.PrivateKey
	if ref != "" {
		key = w.stolenKey(w.houseOf(ref), "customer")
	}
	d, err := w.known().Device(w.Context(), key, town.given[ref].Credential)
	w.must(err)
	w.Cleanup(d.Close)
	return d
}

// bankKey reads one of the bank's private keys: "root", "issuer", "status",
// "content", "tls".
func (w *world) bankKey(name string) *ecdsa.PrivateKey {
	w.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, "keys", name+".pem"))
	w.must(err)
	block, _ := pem.Decode(data)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	w.must(err)
	return key.(*ecdsa.PrivateKey)
}

// receive waits for something that the relay caught or saw.
func receive[T any](w *world, from <-chan T) T {
	w.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		w.Fatalf("no %T came by", *new(T))
		panic("unreachable")
	}
}

// ---- people

// desk is an agent at work.
type desk struct {
	*session.Agent
	w     *world
	house house
}

// phone is a customer with the companion at hand.
type phone struct {
	*session.Customer
	w     *world
	house house
}

// What customers answer when asked how the call began.
var (
	theyCalled = offer.Answers{How: offer.TheyCalled}
	iCalled    = offer.Answers{How: offer.ICalled} // the number that the app shows
	notSure    = offer.Answers{How: offer.NotSure}
)

// iDialled is the answer of who dialled this number.
func iDialled(number string) offer.Answers {
	return offer.Answers{How: offer.ICalled, Dialled: number}
}

// dials starts a call in which the bank has dialled the customer.
func (d *desk) dials(ref string) *side {
	return d.offers(session.Offering{Direction: offer.BankCalled, Customer: ref, Purpose: trust.Transfer})
}

// isRung starts a call in which somebody has dialled the bank and says to be
// the customer.
func (d *desk) isRung(ref string) *side {
	return d.offers(session.Offering{Direction: offer.CustomerCalled, Customer: ref, Purpose: trust.Transfer, Line: bankLine})
}

// offers starts any call.
func (d *desk) offers(o session.Offering) *side {
	return listen(d.w, "agent", d.Call(d.w.Context(), o))
}

// types checks a spoken code.
func (p *phone) types(code string, answers offer.Answers) *side {
	return p.checks(session.Verification{Answers: answers, Code: code})
}

// scans checks the text of a QR code.
func (p *phone) scans(text string, answers offer.Answers) *side {
	return p.checks(session.Verification{Answers: answers, QRText: text})
}

// checks checks anything.
func (p *phone) checks(v session.Verification) *side {
	return listen(p.w, "customer", p.Verify(p.w.Context(), v))
}

// fraudster is on both legs between an agent and a customer.
type fraudster struct {
	adversary.Fraudster
	w *world
}

func (w *world) fraudster(d *desk, p *phone, ref string) fraudster {
	return fraudster{adversary.Fraudster{Agent: d.Agent, Victim: p.Customer, Customer: ref}, w}
}

// ringsBank rings the bank as the victim.
func (f fraudster) ringsBank(line string) *side {
	return listen(f.w, "agent", f.RingsBank(f.w.Context(), line))
}

// ringsVictim rings the victim as the bank.
func (f fraudster) ringsVictim(code string, answers offer.Answers) *side {
	return listen(f.w, "victim", f.RingsVictim(f.w.Context(), code, answers))
}

// side is one end of a call with a person who hears everything that it tells.
type side struct {
	*session.Call
	w   *world
	who string

	mu    sync.Mutex
	heard []call.Event
	taken int           // of heard, by next
	over  bool          // the events have ended
	more  chan struct{} // holds one token while there is something new
}

func listen(w *world, who string, c *session.Call) *side {
	s := &side{Call: c, w: w, who: who, more: make(chan struct{}, 1)}
	go func() {
		for e := range c.Events() {
			s.hear(e, false)
		}
		s.hear(nil, true)
	}()
	// The test's context is over by then, so a call that is left ends, and its
	// folder may go.
	w.Cleanup(func() {
		for range s.inTime() {
		}
	})
	return s
}

func (s *side) hear(e call.Event, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e != nil {
		s.heard = append(s.heard, e)
	}
	s.over = s.over || over
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// take returns the next event, nil when there is none yet.
func (s *side) take() (e call.Event, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken == len(s.heard) {
		return nil, s.over
	}
	s.taken++
	return s.heard[s.taken-1], false
}

// next waits for the next event of a kind and returns it, passing over others.
// The clock stands still meanwhile.
func next[E call.Event](s *side) E {
	s.w.Helper()
	return await[E](s, nil)
}

// pace is how long, by the computer's own clock, a second takes where a test
// lets time pass. It leaves room for a busy machine: what both sides send each
// other meanwhile should not seem late.
const pace = 20 * time.Millisecond

// nextInTime is next while time passes, a second at a time. Use it only where
// something is sent again, or silence ends a call.
func nextInTime[E call.Event](s *side) E {
	s.w.Helper()
	tick := time.NewTicker(pace)
	defer tick.Stop()
	return await[E](s, tick.C)
}

// inTime yields what the side tells, in order, while time passes, until the
// call is over.
func (s *side) inTime() iter.Seq[call.Event] {
	return func(yield func(call.Event) bool) {
		s.w.Helper()
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for e := s.wait(tick.C); e != nil && yield(e); e = s.wait(tick.C) {
		}
	}
}

// secondPasses lets a second pass, but not while the server owes somebody an
// answer: nothing is late because this computer's disk is slow.
func (w *world) secondPasses() {
	if !w.relay.Owed() {
		w.clock.passes(time.Second)
	}
}

func await[E call.Event](s *side, ticks <-chan time.Time) E {
	s.w.Helper()
	for {
		e := s.wait(ticks)
		if wanted, ok := e.(E); ok {
			return wanted
		}
		var wanted E
		if ended, ok := e.(call.EndedEvent); ok {
			s.w.Fatalf("%s: ended %q while waiting for %T", s.who, ended.Reason, wanted)
		}
		if e == nil {
			s.w.Fatalf("%s: over while waiting for %T", s.who, wanted)
		}
	}
}

// wait returns the next event, nil when the call is over. Each tick lets a
// second pass.
func (s *side) wait(ticks <-chan time.Time) call.Event {
	s.w.Helper()
	deadline := time.After(patience)
	for {
		e, over := s.take()
		if e != nil || over {
			return e
		}
		select {
		case <-s.more:
		case <-ticks:
			s.w.secondPasses()
		case <-deadline:
			s.w.Fatalf("%s: nothing more is told", s.who)
		}
	}
}

// told reports whether an event of a kind was ever told, also one that next
// passed over.
func told[E call.Event](s *side) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.heard, func(e call.Event) bool { _, ok := e.(E); return ok })
}

// counted is how many events of a kind were told so far.
func counted[E call.Event](s *side) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.heard {
		if _, ok := e.(E); ok {
			n++
		}
	}
	return n
}

// newest is the last message that a watch has seen so far.
func newest(seen <-chan *adversary.Message) (m *adversary.Message) {
	for len(seen) > 0 {
		m = <-seen
	}
	return m
}

// ends waits until the call has ended, and wants this reason.
func (s *side) ends(want ending.Reason) {
	s.w.Helper()
	if got := next[call.EndedEvent](s).Reason; got != want {
		s.w.Errorf("%s: ended %q, want %q", s.who, got, want)
	}
}

// endsInTime is ends while time passes.
func (s *side) endsInTime(want ending.Reason) {
	s.w.Helper()
	if got := nextInTime[call.EndedEvent](s).Reason; got != want {
		s.w.Errorf("%s: ended %q, want %q", s.who, got, want)
	}
}

// endsAs is ends, or endsInTime where it is silence that ends the call.
func (s *side) endsAs(want ending.Reason) {
	s.w.Helper()
	if want == ending.LineLost {
		s.endsInTime(want)
		return
	}
	s.ends(want)
}

// code waits for the spoken code on the agent's screen.
func (s *side) code() string {
	s.w.Helper()
	return next[call.CodeShown](s).Code
}

// picture waits for the next QR code on the agent's screen.
func (s *side) picture() string {
	s.w.Helper()
	return next[call.QRShown](s).Text
}

// opened lets an honest customer check an honest call up to the read-back, and
// returns the digits that the customer's screen shows.
func opened(agent, customer *side) string {
	agent.w.Helper()
	digits := next[call.ReadbackShown](customer).Code
	next[call.Opened](agent)
	return digits
}

// secured reads the digits aloud, types them, and waits until both are secure.
func secured(agent, customer *side) {
	agent.w.Helper()
	agent.Readback(opened(agent, customer))
	next[call.Secured](agent)
	next[call.Secured](customer)
}

// secureCall is an honest call between two people, by code, up to secure.
func (w *world) secureCall(d *desk, ref string, p *phone) (agent, customer *side) {
	w.Helper()
	agent = d.dials(ref)
	customer = p.types(agent.code(), theyCalled)
	secured(agent, customer)
	return agent, customer
}

// says sends text and waits until the other side reads it.
func says(from, to *side, text string) {
	from.w.Helper()
	from.Say(text)
	if got := next[call.Message](to).Text; got != text {
		from.w.Errorf("%s read %q, want %q", to.who, got, text)
	}
}

// saysInTime is says while time passes: a connection that broke sends again.
func saysInTime(from, to *side, text string) {
	from.w.Helper()
	from.Say(text)
	if got := nextInTime[call.Message](to).Text; got != text {
		from.w.Errorf("%s read %q, want %q", to.who, got, text)
	}
}

// other returns six digits that are not these.
func other(digits string) string {
	if strings.HasPrefix(digits, "0") {
		return "1" + digits[1:]
	}
	return "0" + digits[1:]
}

// parts are the elements of an array in CBOR that are byte strings; the others
// are nil.
func parts(array []byte) [][]byte {
	var raw []cbor.RawMessage
	if err := cbor.Unmarshal(array, &raw); err != nil {
		panic(err)
	}
	split := make([][]byte, len(raw))
	for i, element := range raw {
		if cbor.Unmarshal(element, &split[i]) != nil {
			split[i] = nil
		}
	}
	return split
}

// cborElement decodes one element of an array in CBOR.
func cborElement(array []byte, at int, into any) error {
	var raw []cbor.RawMessage
	if err := cbor.Unmarshal(array, &raw); err != nil {
		return err
	}
	return cbor.Unmarshal(raw[at], into)
}

// withPayload is a signed object with another payload under the old signature.
func withPayload(signed, payload []byte) []byte {
	var parts []cbor.RawMessage
	if err := cbor.Unmarshal(signed, &parts); err != nil {
		panic(err)
	}
	parts[2] = wire.Marshal(payload)
	return wire.Marshal(parts)
}
