// This file plays whole calls, good ones and bad ones, and then looks for every
// secret of theirs in all that was written or told: the log of the server, the
// logs of both programs, each at its most talkative, every error and every
// event. Which value is a secret, and where it may be shown all the same, is in
// SECURITY.md, "What is secret".

package session

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/tls"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	served "countersign/session/bank"
	"countersign/session/bank/server"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
)

// The places where something can be written or told.
const (
	serverLog      = "the server's log"
	agentLog       = "the agent's log"
	customerLog    = "the customer's log"
	allErrors      = "the errors"
	agentScreen    = "the agent's events"
	customerScreen = "the customer's events"
)

// hidden is a secret, with the one place that may show it, "" for none.
type hidden struct {
	name    string
	shownAt string
	raw     []byte
	digits  bool // a number that people read: it counts only as a whole number
}

// forms are the ways in which a careless line could hold the secret.
func (h hidden) forms() []string {
	if h.digits {
		return []string{string(h.raw)}
	}
	all := []string{
		string(h.raw), hex.EncodeToString(h.raw), strings.ToUpper(hex.EncodeToString(h.raw)),
		base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.raw),
		strings.Trim(fmt.Sprint(h.raw), "[]"), strings.ReplaceAll(strings.Trim(fmt.Sprint(h.raw), "[]"), " ", ","),
		strings.Trim(fmt.Sprintf("%q", h.raw), `"`),
	}
	// Within a longer value, base64 depends on how many bytes stand before.
	for before := range 3 {
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := encoding.EncodeToString(append(make([]byte, before), h.raw...))
			all = append(all, text[(before*8+5)/6:len(text)-1])
		}
	}
	return all
}

func (h hidden) in(text string) bool {
	for _, form := range h.forms() {
		if h.digits && regexp.MustCompile(`(^|[^0-9])`+form+`($|[^0-9])`).MatchString(text) {
			return true
		}
		if !h.digits && strings.Contains(text, form) {
			return true
		}
	}
	return false
}

// witness hears everything and knows every secret.
type witness struct {
	t       *testing.T
	mu      sync.Mutex
	heard   map[string]*bytes.Buffer
	secrets map[string]hidden // by name and value
}

func newWitness(t *testing.T) *witness {
	return &witness{t: t, heard: map[string]*bytes.Buffer{}, secrets: map[string]hidden{}}
}

// place is where something is written to.
type place struct {
	*witness
	name string
}

func (p place) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.heard[p.name] == nil {
		p.heard[p.name] = &bytes.Buffer{}
	}
	return p.heard[p.name].Write(text)
}

// log is a logger that leaves nothing out.
func (w *witness) log(name string) *slog.Logger {
	return slog.New(slog.NewTextHandler(place{w, name}, &slog.HandlerOptions{Level: slog.Level(math.MinInt), AddSource: true}))
}

// hide remembers a secret of bytes.
func (w *witness) hide(name, shownAt string, raw []byte) {
	w.keep(hidden{name: name, shownAt: shownAt, raw: bytes.Clone(raw)})
}

// number remembers a secret that people read as digits.
func (w *witness) number(name, shownAt, digits string) {
	w.keep(hidden{name: name, shownAt: shownAt, raw: []byte(digits), digits: true})
}

func (w *witness) keep(h hidden) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(bytes.Trim(h.raw, "\x00")) == 0 {
		w.t.Errorf("%s is empty: nothing is looked for", h.name)
		return
	}
	w.secrets[h.name+string(h.raw)] = h
}

// told remembers an error, which must be one, in all its forms.
func (w *witness) told(err error, want ending.Reason) {
	w.t.Helper()
	if ending.Of(err, "") != want {
		w.t.Errorf("got %v, want %s", err, want)
	}
	for ; err != nil; err = errors.Unwrap(err) {
		_, _ = fmt.Fprintf(place{w, allErrors}, "%v\n%+v\n%#v\n", err, err, err)
	}
}

// hear waits for an event of a kind and remembers all on the way to it.
func hear[E call.Event](w *witness, at string, c *Call) E {
	w.t.Helper()
	for {
		select {
		case e, open := <-c.Events():
			if !open {
				var wanted E
				w.t.Fatalf("%s: over, while waiting for %T", at, wanted)
			}
			line, err := json.Marshal(e)
			if err != nil {
				w.t.Error(err)
			}
			_, _ = fmt.Fprintf(place{w, at}, "%s\n%+v\n", line, e)
			if wanted, ok := e.(E); ok {
				return wanted
			}
		case <-time.After(60 * time.Second):
			var wanted E
			w.t.Fatalf("%s: no %T within a minute", at, wanted)
		}
	}
}

func (w *witness) ends(at string, c *Call, want ending.Reason) {
	w.t.Helper()
	if got := hear[call.EndedEvent](w, at, c).Reason; got != want {
		w.t.Errorf("%s: ended %q, want %q", at, got, want)
	}
}

// leaks lists which secret stands where it may not.
func (w *witness) leaks() (all []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.secrets {
		for at, text := range w.heard {
			if at != h.shownAt && h.in(text.String()) {
				all = append(all, h.name+" stands in "+at)
			}
		}
	}
	return all
}

// peek reads a private field of what a pointer points to.
func peek[T any](t *testing.T, from any, field string) T {
	t.Helper()
	v := reflect.ValueOf(from).Elem().FieldByName(field)
	if !v.IsValid() || v.Type() != reflect.TypeFor[T]() {
		t.Fatalf("%T has no field %s of that type any more", from, field)
	}
	return *(*T)(v.Addr().UnsafePointer())
}

// onlooker is a clock that looks at an agent's call whenever the call sets a
// timer: that happens on the call's own goroutine, before and after every step
// of the handshake.
type onlooker struct {
	Clock
	look func()
}

func (o onlooker) AfterFunc(d time.Duration, f func()) func() {
	o.look()
	return o.Clock.AfterFunc(d, f)
}

// offers starts a call of the agent and learns its secrets as they come to be.
func (w *witness) offers(agent *Agent, o Offering) (*agentCall, *Call) {
	h := *agent.home
	side := &agentCall{runner: newRunner(w.t.Context(), &h), wanted: o}
	h.clock = onlooker{SystemClock{}, func() { w.look(side) }}
	return side, side.start(side)
}

func (w *witness) look(a *agentCall) {
	if a.prepared.Pseudonym != [16]byte{} {
		w.hide("the pseudonym", "", a.prepared.Pseudonym[:])
	}
	if a.keys != nil {
		nA := peek[[32]byte](w.t, a.keys, "nA")
		w.hide("nA", "", nA[:])
		private, err := peek[hpke.PrivateKey](w.t, a.keys, "private").Bytes()
		if err != nil {
			w.t.Error(err)
		}
		w.hide("the offer's private key", "", private)
	}
	if a.opened != nil && a.secrets == nil {
		w.hide("k0", "", peek[[]byte](w.t, a.opened, "k0"))
		w.hide("nC", "", a.opened.Reply.NC[:])
	}
	if a.secrets != nil {
		w.lookAtSecrets(a.secrets)
	}
	if len(a.ticket) > 0 {
		w.hide("the call's ticket", "", a.ticket)
	}
}

func (w *witness) lookAtSecrets(s *handshake.Secrets) {
	w.hide("prk", "", peek[[]byte](w.t, s, "prk"))
	fromAgent, fromCompanion, err := s.Channel()
	if err != nil {
		w.t.Error(err)
	}
	w.hide("the agent's channel key", "", fromAgent.Key[:])
	w.hide("the companion's channel key", "", fromCompanion.Key[:])
	w.hide("the agent's channel IV", "", fromAgent.IV[:])
	w.hide("the companion's channel IV", "", fromCompanion.IV[:])
	w.number("the read-back", customerScreen, s.Readback(0))
}

// code is the code of an offer, which the agent's screen shows.
func (w *witness) code(a *Call) string {
	w.t.Helper()
	code := hear[call.CodeShown](w, agentScreen, a).Code
	w.number("the spoken code", agentScreen, code)
	w.keep(hidden{name: "the spoken code in groups", shownAt: agentScreen, raw: []byte(offer.Groups(code)), digits: true})
	w.hide("the QR code's text", agentScreen, []byte(hear[call.QRShown](w, agentScreen, a).Text))
	return code
}

// ticket remembers a ticket: its text, its code, its secret and K.
func (w *witness) ticket(t enrol.Ticket) string {
	_, code := t.Parts()
	key := t.Key()
	keys, err := t.Keys()
	if err != nil {
		w.t.Fatal(err)
	}
	vouched := keys.ServerProof([32]byte{}, [16]byte{})
	w.hide("a ticket", "", []byte(code))
	w.hide("a ticket's secret", "", []byte(t.Secret))
	w.hide("a ticket's K", "", key[:])
	w.hide("what a ticket vouches with", "", vouched[:])
	return t.String()
}

// deviceKey remembers a program's private key.
func (w *witness) deviceKey(h *home, role string, bank [16]byte) {
	w.t.Helper()
	r, err := h.readRecord(w.t.Context(), role, bank)
	if err != nil {
		w.t.Fatal(err)
	}
	key, err := h.vault.Key(w.t.Context(), r.Key)
	if err != nil {
		w.t.Fatal(err)
	}
	w.privateKey("the "+role+"'s private key", key)
}

func (w *witness) privateKey(name string, key *ecdsa.PrivateKey) {
	raw, err := key.Bytes()
	if err != nil {
		w.t.Fatal(err)
	}
	w.hide(name, "", raw)
}

const (
	reference       = "CUSTOMER-7731-B"
	phone           = "+48600700855"
	passphrase      = "seven lilac herons at dusk"
	wrongPassphrase = "seven lilac herons at dawn"
	textOfAgent     = "your appointment is with desk heliotrope"
	textOfPerson    = "my grandmother's cat is called obelisk"
)

// town is a bank with a running server, an agent and a customer.
type town struct {
	*witness
	server   *server.Server
	agent    *Agent
	customer *Customer
	factor   func(later time.Duration) string
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{witness: newWitness(t)}
	w.hide("the customer's reference", "", []byte(reference))
	w.hide("the customer's number", "", []byte(phone))
	w.hide("the passphrase", "", []byte(passphrase))
	w.hide("a wrong passphrase", "", []byte(wrongPassphrase))
	w.hide("what the agent writes", customerScreen, []byte(textOfAgent))
	w.hide("what the customer writes", agentScreen, []byte(textOfPerson))
	w.serve()
	w.openPrograms()
	w.enrolBoth()
	return w
}

func (w *town) serve() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	l.Close()
	dir := w.t.TempDir() + "/bank"
	err = served.Init(dir, served.Options{Name: "Example Bank", Relay: "tls://" + l.Addr().String(), Lines: []string{"+48221112233"}, TOTP: true, Now: time.Now()})
	if err != nil {
		w.t.Fatal(err)
	}
	keys, err := served.Load(dir)
	if err != nil {
		w.t.Fatal(err)
	}
	w.privateKey("the issuer's private key", keys.IssuerAt(time.Now()))
	if w.server, err = server.Start(w.t.Context(), server.Options{Dir: dir, Logger: w.log(serverLog)}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(w.server.Close)
}

func (w *town) openPrograms() {
	var err error
	w.agent, err = OpenAgent(w.t.Context(), Options{Dir: w.t.TempDir(), Store: vault.NewMemory(), Logger: w.log(agentLog)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.customer, err = OpenCustomer(w.t.Context(), Options{Dir: w.t.TempDir(), Store: vault.NewMemory(), Logger: w.log(customerLog)})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = OpenCustomer(w.t.Context(), Options{
		Dir: w.sealedHome(), Keyring: KeyringPassphrase, Logger: w.log(customerLog),
		Passphrase: func() (string, error) { return wrongPassphrase, nil },
	})
	w.told(err, ending.KeyringLocked)
}

// sealedHome is a home whose secrets are in a file that the right passphrase
// seals, with less work than the program's own so that the test does not wait.
func (w *town) sealedHome() string {
	dir := w.t.TempDir()
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		w.t.Fatal(err)
	}
	recipient.SetWorkFactor(10)
	file, err := os.Create(filepath.Join(dir, "secrets.age"))
	if err != nil {
		w.t.Fatal(err)
	}
	sealed, err := age.Encrypt(file, recipient)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := errors.Join(sealed.Close(), file.Close()); err != nil {
		w.t.Fatal(err)
	}
	return dir
}

// enrolBoth enrols both, after tries that fail.
func (w *town) enrolBoth() {
	ctx := w.t.Context()
	forAgent, _, err := w.server.Directory().AddAgent(ctx, "Anna Kowalska", "Adviser", "Fraud team")
	if err != nil {
		w.t.Fatal(err)
	}
	forCustomer, _, err := w.server.Directory().AddCustomer(ctx, reference, []string{phone})
	if err != nil {
		w.t.Fatal(err)
	}
	wrong := forCustomer
	wrong.Secret = "AAAAAAAAAAAA"
	_, err = w.customer.Enrol(ctx, Enrolment{Ticket: w.ticket(wrong)})
	w.told(err, ending.UnknownCode)
	_, err = w.customer.Enrol(ctx, Enrolment{Ticket: w.ticket(forCustomer) + "7"})
	w.told(err, ending.NotACode)
	bank, err := w.customer.Enrol(ctx, Enrolment{Ticket: w.ticket(forCustomer)})
	if err != nil {
		w.t.Fatal(err)
	}
	elsewhere, err := OpenCustomer(ctx, Options{Dir: w.t.TempDir(), Store: vault.NewMemory(), Logger: w.log(customerLog)})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = elsewhere.Enrol(ctx, Enrolment{Ticket: w.ticket(forCustomer)})
	w.told(err, ending.TicketUsed)
	w.deviceKey(w.customer.home, roleCustomer, bank.ID)

	own, err := w.agent.Enrol(ctx, Enrolment{Ticket: w.ticket(forAgent)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.deviceKey(w.agent.home, roleAgent, own.ID)
	secret, err := otp.NewKeyFromURL(own.Authenticator)
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret.Secret())
	if err != nil {
		w.t.Fatal(err)
	}
	w.hide("the second factor's secret", "", raw)
	w.factor = func(later time.Duration) string {
		digits, err := totp.GenerateCode(secret.Secret(), time.Now().Add(later))
		if err != nil {
			w.t.Fatal(err)
		}
		w.number("a second factor", "", digits)
		return digits
	}
}

// rings is a call by the bank.
var rings = Offering{Direction: offer.BankCalled, Customer: reference, Purpose: trust.CardPayment}

func (w *town) checks(code string, how offer.How) *Call {
	return w.customer.Verify(w.t.Context(), Verification{Answers: offer.Answers{How: how}, Code: code})
}

// TestNoSecretIsToldByLogsErrorsOrEvents plays everything one after the other
// and looks at the end: a line that is written late is found too.
func TestNoSecretIsToldByLogsErrorsOrEvents(t *testing.T) {
	w := newTown(t)
	w.signsIn()
	w.talk()
	w.misreads()
	w.isDisturbed()
	w.isWarned()
	w.meetsAStranger()
	w.losesTheServer()
	for _, name := range []string{
		"the pseudonym", "nA", "nC", "k0", "prk", "the offer's private key", "the agent's channel key", "the companion's channel key",
		"the read-back", "the spoken code", "the QR code's text", "the call's ticket", "a ticket's K", "a second factor",
		"the agent's private key", "the customer's private key",
	} {
		if !w.knows(name) {
			t.Errorf("the test never learned %s", name)
		}
	}
	for _, at := range []string{serverLog, customerLog, agentLog, allErrors, agentScreen, customerScreen} {
		if w.heard[at] == nil {
			t.Errorf("nothing was heard from %s", at)
		}
	}
	for _, leak := range w.leaks() {
		t.Error(leak)
	}
}

func (w *witness) knows(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.secrets {
		if h.name == name {
			return true
		}
	}
	return false
}

// signsIn tries wrong and used second factors.
func (w *town) signsIn() {
	right := w.factor(0)
	wrong := "1" + right[1:]
	if right[0] == '1' {
		wrong = "2" + right[1:]
	}
	w.number("a second factor", "", wrong)
	_, err := w.agent.SignIn(w.t.Context(), wrong)
	w.told(err, ending.Forged)
	if _, err := w.agent.SignIn(w.t.Context(), right); err != nil {
		w.t.Fatal(err)
	}
	if err := w.agent.SignOut(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	_, err = w.agent.SignIn(w.t.Context(), right)
	w.told(err, ending.Replayed)
	if _, err := w.agent.SignIn(w.t.Context(), w.factor(30*time.Second)); err != nil {
		w.t.Fatal(err)
	}
}

// talk is a call as it should be, with one wrong read-back.
func (w *town) talk() {
	_, a := w.offers(w.agent, rings)
	c := w.checks(w.code(a), offer.TheyCalled)
	digits := hear[call.ReadbackShown](w.witness, customerScreen, c).Code
	a.Readback(notDigits(digits))
	hear[call.ReadbackWrong](w.witness, agentScreen, a)
	a.Readback(digits)
	hear[call.Secured](w.witness, agentScreen, a)
	hear[call.Secured](w.witness, customerScreen, c)
	a.Say(textOfAgent)
	hear[call.Message](w.witness, customerScreen, c)
	c.Say(textOfPerson)
	hear[call.Message](w.witness, agentScreen, a)
	c.Say(textOfPerson + "\x1b") // not sendable
	hear[call.AlertEvent](w.witness, customerScreen, c)
	a.End()
	w.ends(agentScreen, a, ending.Completed)
	w.ends(customerScreen, c, ending.Completed)
}

// notDigits are six other digits.
func notDigits(digits string) string {
	return strings.Map(func(r rune) rune { return '0' + ('9' - r) }, digits)
}

// misreads is a call that ends after three wrong read-backs.
func (w *town) misreads() {
	_, a := w.offers(w.agent, rings)
	c := w.checks(w.code(a), offer.TheyCalled)
	digits := hear[call.ReadbackShown](w.witness, customerScreen, c).Code
	for range call.Tries {
		a.Readback(notDigits(digits))
		hear[call.ReadbackWrong](w.witness, agentScreen, a)
	}
	w.ends(agentScreen, a, ending.ReadbackFailed)
	w.ends(customerScreen, c, ending.ReadbackFailed)
}

// isDisturbed is a call into which somebody on the relay writes.
func (w *town) isDisturbed() {
	side, a := w.offers(w.agent, rings)
	code := w.code(a)
	push := func(kind relay.Kind, from string, body []byte) {
		side.inbox.put(done(func() call.Input {
			side.push(relay.Push{OID: side.oid, Kind: kind, Body: body, From: from})
			return nil
		}))
	}
	push(relay.KindReply, "stranger", []byte("not an envelope"))
	c := w.checks(code, offer.TheyCalled)
	a.Readback(hear[call.ReadbackShown](w.witness, customerScreen, c).Code)
	hear[call.Secured](w.witness, agentScreen, a)
	hear[call.Secured](w.witness, customerScreen, c)
	push(relay.KindRecord, side.companion, []byte("not a record"))
	w.ends(agentScreen, a, ending.Forged)
	w.ends(customerScreen, c, ending.Forged)
}

// meetsAStranger lets somebody connect who publishes what only agents may, until
// they are cut off. The server's log tells of faults and of nothing else; with
// this one the witness hears it.
func (w *town) meetsAStranger() {
	key, err := nkeys.CreateUser()
	if err != nil {
		w.t.Fatal(err)
	}
	name, err := key.PublicKey()
	if err != nil {
		w.t.Fatal(err)
	}
	gone := make(chan struct{})
	stranger, err := nats.Connect(w.server.URL(), nats.Nkey(name, key.Sign), nats.NoReconnect(), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
		nats.Secure(&tls.Config{InsecureSkipVerify: true}), nats.TLSHandshakeFirst(), nats.ClosedHandler(func(*nats.Conn) { close(gone) }))
	if err != nil {
		w.t.Fatal(err)
	}
	for stranger.Publish(relay.AgentSubject(relay.OpEnd, name), []byte("x")) == nil && stranger.Flush() == nil {
	}
	<-gone
}

// losesTheServer is a call whose server goes away in the middle.
func (w *town) losesTheServer() {
	_, a := w.offers(w.agent, rings)
	c := w.checks(w.code(a), offer.TheyCalled)
	a.Readback(hear[call.ReadbackShown](w.witness, customerScreen, c).Code)
	hear[call.Secured](w.witness, agentScreen, a)
	hear[call.Secured](w.witness, customerScreen, c)
	w.server.Close()
	hear[call.AlertEvent](w.witness, agentScreen, a)
	hear[call.AlertEvent](w.witness, customerScreen, c)
	a.Say(textOfAgent)
	a.End()
	c.End()
	hear[call.EndedEvent](w.witness, agentScreen, a)
	hear[call.EndedEvent](w.witness, customerScreen, c)
	a = w.agent.Call(w.t.Context(), rings)
	w.ends(agentScreen, a, ending.ServerDown)
}

// isWarned is a call that the customer dialled and the offer says was the
// bank's. It starts a hold, so the bank calls once more afterwards.
func (w *town) isWarned() {
	_, a := w.offers(w.agent, rings)
	c := w.checks(w.code(a), offer.ICalled)
	w.ends(customerScreen, c, ending.WrongDirection)
	w.ends(agentScreen, a, ending.WrongDirection)
}

// TestTheSearchFindsASecretInEveryForm shows that the test above can fail.
func TestTheSearchFindsASecretInEveryForm(t *testing.T) {
	raw := []byte{0xfb, 0x00, 0x41, 0x9c, 0xd2, 0x07, 0x7e, 0xff, 0x10, 0x8a, 0x33, 0x5c, 0xe1, 0x90, 0x66, 0x2b}
	long := append(append([]byte{1, 2}, raw...), 3, 4)
	for form, line := range map[string]string{
		"raw":                   string(raw),
		"%v":                    fmt.Sprintf("%v", raw),
		"%v of an array":        fmt.Sprintf("%+v", struct{ A [16]byte }{[16]byte(raw)}),
		"JSON of an array":      `{"a":[` + strings.ReplaceAll(strings.Trim(fmt.Sprint(raw), "[]"), " ", ",") + `]}`,
		"%x":                    fmt.Sprintf("%x", raw),
		"%X":                    fmt.Sprintf("%X", raw),
		"%q":                    fmt.Sprintf("%q", raw),
		"base64":                base64.StdEncoding.EncodeToString(raw),
		"base64 in longer":      base64.URLEncoding.EncodeToString(long),
		"base64 in still more":  base64.URLEncoding.EncodeToString(append([]byte{7, 7}, long...)),
		"base32":                base32.StdEncoding.EncodeToString(raw),
		"hex in a longer value": hex.EncodeToString(long),
	} {
		w := newWitness(t)
		w.hide("key", "", raw)
		w.log(serverLog).Debug("a line", "value", line)
		_, _ = place{w, serverLog}.Write([]byte(line)) // slog writes some bytes as escapes
		if len(w.leaks()) != 1 {
			t.Errorf("%s is not found", form)
		}
	}
	w := newWitness(t)
	w.number("read-back", customerScreen, "123456")
	_, _ = place{w, customerScreen}.Write([]byte(`{"Code":"123456"}`))
	_, _ = place{w, serverLog}.Write([]byte("port 1234567"))
	if leaks := w.leaks(); len(leaks) != 0 {
		t.Error(leaks)
	}
	_, _ = place{w, serverLog}.Write([]byte("typed=123456\n"))
	if len(w.leaks()) != 1 {
		t.Error("six digits in a log are not found")
	}
}
