// This file owns what the tests of the server stand on: a bank in a temporary
// folder, a real server on a free loopback port, a clock that the test moves,
// and clients made of nats.go alone, so that no rule of our own client hides a
// missing rule of the server.

package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/tls"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"countersign/session/bank"
	"countersign/session/bank/callout"
	"countersign/session/bank/limit"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

const (
	bankLine      = "+48221112233"
	patience      = 30 * time.Second // for what must happen
	customerPhone = "+48600700800"
)

// world is one bank with its server.
type world struct {
	*testing.T
	dir    string
	bank   *bank.Bank
	server *Server
	limits limit.Limits
	free   func(string) (uint64, error) // nil asks the disk

	mu      sync.Mutex
	instant time.Time
}

// generous are limits that no test meets by accident.
func generous() limit.Limits {
	l := limit.Default()
	l.LookupBurst, l.LookupsPerMinute, l.LookupsPerAddress, l.LookupsPerSecond = 10_000, 10_000, 10_000, 10_000
	l.RequestsPerAgent, l.MessageBurst, l.MessagesPerMinute = 10_000, 10_000, 600_000
	l.Violations, l.ConnectionsPerAddress, l.ConnectsPerAddress = 10_000, 10_000, 10_000
	return l
}

// instant is where the clock of every world begins.
var instant = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)

// town is a bank's folder with people enrolled in it. Enrolling takes a slow
// hash each time, so it is done once and every world begins with a copy.
var town struct {
	dir    string
	people map[string]person // agents by name, customers by reference
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "town")
	if err != nil {
		panic(err)
	}
	town.dir, town.people = filepath.Join(dir, "bank"), map[string]person{}
	status := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(status)
}

func newWorld(t *testing.T, l limit.Limits) *world {
	t.Helper()
	build.Do(func() { buildTown(t) })
	w := &world{T: t, dir: filepath.Join(t.TempDir(), "bank"), limits: l, instant: instant}
	w.must(os.CopyFS(w.dir, os.DirFS(town.dir)))
	w.must(onlyOwner(w.dir))
	w.open()
	t.Cleanup(func() { w.server.Close() })
	return w
}

var build sync.Once

func buildTown(t *testing.T) {
	w := &world{T: t, dir: town.dir, limits: generous(), instant: instant}
	w.must(bank.Init(w.dir, bank.Options{Name: "Example Bank", Relay: "tls://127.0.0.1:4222", Lines: []string{bankLine}, Now: instant}))
	w.open()
	defer w.server.Close()
	for _, name := range []string{"Anna Kowalska", "Piotr Nowak"} {
		town.people[name] = w.enrolAgent(name)
	}
	for _, ref := range []string{"C-1", "C-2", "C-3"} {
		town.people[ref] = w.enrolCustomer(ref)
	}
}

// onlyOwner takes from a copied folder the permissions that copying gave it.
func onlyOwner(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	})
}

func (w *world) open() {
	w.Helper()
	var err error
	w.bank, err = bank.Load(w.dir)
	w.must(err)
	w.start()
}

func (w *world) start() {
	w.Helper()
	var err error
	w.server, err = Start(w.Context(), Options{Dir: w.dir, Listen: "127.0.0.1:0", Limits: w.limits, Now: w.now, Free: w.free})
	w.must(err)
}

// restart ends the server and starts another on the same folder.
func (w *world) restart() {
	w.Helper()
	w.server.Close()
	w.start()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.instant
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.instant = w.instant.Add(d)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// person is somebody enrolled: an agent or a customer's device.
type person struct {
	key        *ecdsa.PrivateKey
	id         uint64 // an agent's number
	credential []byte
	device     [16]byte // a device's credential id
	pseudonym  [16]byte // a customer's
}

// connection is the agent on a connection that the agent's key opened.
func (p person) connection() callout.Client {
	return callout.Client{AgentID: p.id, Key: string(wire.Point(&p.key.PublicKey))}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// agent is one of the town's agents, newly signed in.
func (w *world) agent(name string) *person {
	w.Helper()
	p := town.people[name]
	var err error
	p.credential, err = w.server.Directory().Credential(w.Context(), p.id, "")
	w.must(err)
	return &p
}

// customer is one of the town's customers, with a device.
func (w *world) customer(ref string) *person {
	p := town.people[ref]
	return &p
}

func (w *world) enrolAgent(name string) person {
	w.Helper()
	ticket, _, err := w.server.Directory().AddAgent(w.Context(), name, "Adviser", "Fraud team")
	w.must(err)
	p := person{key: newKey(w.T)}
	p.id = w.enrol(p, ticket, true).AgentID
	return p
}

func (w *world) enrolCustomer(ref string) person {
	w.Helper()
	ticket, _, err := w.server.Directory().AddCustomer(w.Context(), ref, []string{customerPhone})
	w.must(err)
	p := person{key: newKey(w.T)}
	p.credential = w.enrol(p, ticket, false).Credential
	d, err := w.bank.Bundle.Device(p.credential)
	w.must(err)
	p.device, p.pseudonym = d.ID, d.Pseudonym
	return p
}

// enrol goes through both steps over the network.
func (w *world) enrol(p person, ticket enrol.Ticket, agent bool) relay.EnrolProveAnswer {
	w.Helper()
	c := w.dial(relay.RoleEnrol, relay.EnrolToken)
	hello := relay.EnrolHelloRequest{Ticket: ticket.Name, Public: wire.Point(&p.key.PublicKey), Agent: agent}
	rand.Read(hello.Nonce[:])
	h := enrolStep[relay.EnrolHelloAnswer](c, relay.EnrolHello, hello)
	transcript := enrol.Transcript(h.RootsHash, h.BankID, hello.Public, hello.Nonce, h.Nonce, agent)
	possession, err := wire.Sign(wire.LabelPossession, p.key, transcript[:])
	w.must(err)
	keys, err := ticket.Keys()
	w.must(err)
	proof, err := keys.ClientProof(transcript)
	w.must(err)
	return enrolStep[relay.EnrolProveAnswer](c, relay.EnrolProve, relay.EnrolProveRequest{
		Ticket: ticket.Name, Proof: proof, Possession: possession,
	})
}

func enrolStep[A any](c *client, step relay.EnrolStep, q any) A {
	c.w.Helper()
	return ask[A](c, relay.EnrolSubject(c.nkey), relay.EnrolRequest{Step: step, Body: wire.Marshal(q)})
}

// client is one connection.
type client struct {
	w      *world
	conn   *nats.Conn
	pair   nkeys.KeyPair
	nkey   string
	pushes chan relay.Push
}

// token signs a connect token as an honest agent does.
func (w *world) token(p *person, nkey string) string {
	w.Helper()
	text, err := relay.Connect{AgentID: p.id, Nkey: nkey, Time: w.now().Unix(), KeyHash: w.bank.KeyHash}.Token(p.key)
	w.must(err)
	return text
}

func newNkey(t *testing.T) (nkeys.KeyPair, string) {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return pair, public
}

// options are those of an honest client.
func options(pair nkeys.KeyPair, public, token string) []nats.Option {
	return []nats.Option{
		nats.Nkey(public, pair.Sign),
		nats.Token(token),
		nats.CustomInboxPrefix(relay.InboxPrefix(public)),
		nats.Secure(&tls.Config{InsecureSkipVerify: true}),
		nats.TLSHandshakeFirst(),
		nats.NoReconnect(),
		nats.Timeout(patience),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}
}

// dial connects with a new nkey, or fails the test.
func (w *world) dial(role relay.Role, token string) *client {
	w.Helper()
	pair, public := newNkey(w.T)
	return w.dialAs(pair, public, token)
}

func (w *world) dialAs(pair nkeys.KeyPair, public, token string) *client {
	w.Helper()
	conn, err := nats.Connect(w.server.URL(), options(pair, public, token)...)
	w.must(err)
	w.Cleanup(conn.Close)
	c := &client{w: w, conn: conn, pair: pair, nkey: public, pushes: make(chan relay.Push, 1000)}
	_, err = conn.Subscribe(relay.PushSubject(public), func(m *nats.Msg) {
		p, err := relay.Decode[relay.Push](m.Data)
		if err != nil {
			w.Errorf("a push cannot be decoded: %v", err)
		}
		c.pushes <- p
	})
	w.must(err)
	w.must(conn.Flush())
	return c
}

func (w *world) companion() *client {
	w.Helper()
	return w.dial(relay.RoleCompanion, "")
}

func (w *world) desk(p *person) *client {
	w.Helper()
	pair, public := newNkey(w.T)
	return w.dialAs(pair, public, w.token(p, public))
}

// request asks and returns the body or the reason.
func (c *client) request(subject string, q any) ([]byte, ending.Reason) {
	c.w.Helper()
	m, err := c.conn.Request(subject, wire.Marshal(q), patience)
	if err != nil {
		c.w.Fatalf("%s: %v", subject, err)
	}
	a, err := relay.Decode[relay.Answer](m.Data)
	c.w.must(err)
	return a.Body, a.Reason
}

// ask wants an answer.
func ask[A any](c *client, subject string, q any) A {
	c.w.Helper()
	body, reason := c.request(subject, q)
	if reason != "" {
		c.w.Fatalf("%s: refused with %s", subject, reason)
	}
	a, err := relay.Decode[A](body)
	c.w.must(err)
	return a
}

// refused wants this reason; "" wants none.
func (c *client) refused(subject string, q any, want ending.Reason) {
	c.w.Helper()
	if _, reason := c.request(subject, q); reason != want {
		c.w.Fatalf("%s: got reason %q, want %q", subject, reason, want)
	}
}

func (c *client) lookup(code string) (relay.LookupAnswer, ending.Reason) {
	c.w.Helper()
	return c.lookupBy(relay.LookupRequest{Code: code, BundleVersion: 1, BundleHash: c.w.bank.Bundle.Hash(), ContentVersion: 1})
}

func (c *client) lookupBy(q relay.LookupRequest) (relay.LookupAnswer, ending.Reason) {
	c.w.Helper()
	body, reason := c.request(relay.LookupSubject(c.nkey), q)
	if reason != "" {
		return relay.LookupAnswer{}, reason
	}
	a, err := relay.Decode[relay.LookupAnswer](body)
	c.w.must(err)
	return a, ""
}

func (c *client) looksUp(code string, want ending.Reason) {
	c.w.Helper()
	if _, reason := c.lookup(code); reason != want {
		c.w.Fatalf("lookup: got reason %q, want %q", reason, want)
	}
}

func (c *client) up(oid offer.ID, kind relay.Kind, body string, want ending.Reason) {
	c.w.Helper()
	c.refused(relay.UpSubject(c.nkey), relay.Up{OID: oid, Kind: kind, Body: []byte(body)}, want)
}

func (c *client) down(oid offer.ID, to string, kind relay.Kind, body string, want ending.Reason) {
	c.w.Helper()
	c.refused(c.op(relay.OpDown), relay.Down{OID: oid, Companion: to, Kind: kind, Body: []byte(body)}, want)
}

func (c *client) op(op relay.Op) string { return relay.AgentSubject(op, c.nkey) }

// pushed waits for the next push and wants this kind and body.
func (c *client) pushed(kind relay.Kind, body string) relay.Push {
	c.w.Helper()
	select {
	case p := <-c.pushes:
		if p.Kind != kind || body != "" && string(p.Body) != body {
			c.w.Fatalf("got a push of kind %d, body %.40q; want kind %d, body %q", p.Kind, p.Body, kind, body)
		}
		return p
	case <-time.After(patience):
		c.w.Fatalf("no push of kind %d, body %q", kind, body)
	}
	return relay.Push{}
}

// quiet wants that nothing was pushed. What the services sent earlier on the
// connection of live calls arrives before the answer to a message sent now.
func (c *client) quiet() {
	c.w.Helper()
	subject, q := relay.UpSubject(c.nkey), any(relay.Up{Kind: relay.KindAck})
	if _, ok := c.w.server.services.clients.Agent(c.nkey); ok {
		subject, q = c.op(relay.OpDown), relay.Down{Kind: relay.KindAck}
	}
	c.refused(subject, q, ending.UnknownCode)
	select {
	case p := <-c.pushes:
		c.w.Fatalf("unexpected push of kind %d, body %.40q", p.Kind, p.Body)
	default:
	}
}

// placed is an offer with what its agent knows of it.
type placed struct {
	core    offer.Core
	oid     offer.ID
	code    string
	request relay.CreateRequest
}

// newOffer makes an offer as an honest agent does. The bank called the
// customer; customer may be nil, then the customer called the bank.
func (w *world) newOffer(agent, customer *person) placed {
	w.Helper()
	d := offer.BankCalled
	if customer == nil {
		d = offer.CustomerCalled
	}
	return w.newOfferTo(agent, customer, d)
}

func (w *world) newOfferTo(agent, customer *person, d offer.Direction) placed {
	w.Helper()
	return w.sign(agent, customer, func(c *offer.Core) {
		c.Direction, c.Line = d, trust.LineOf(bankLine)
		if d == offer.BankCalled {
			c.Line = trust.LineOf(customerPhone)
		}
	})
}

// sign makes an offer that edit has the last word on.
func (w *world) sign(agent, customer *person, edit func(*offer.Core)) placed {
	w.Helper()
	credential, err := w.bank.Bundle.Credential(agent.credential)
	w.must(err)
	private, err := hpke.MLKEM768X25519().GenerateKey()
	w.must(err)
	keys := offer.Keys{Bank: w.bank.Bundle.BankID, PKA: private.PublicKey().Bytes()}
	rand.Read(keys.CA[:])
	return w.signWith(agent, customer, credential, keys, edit)
}

// signWith is sign with given keys, which may be none.
func (w *world) signWith(agent, customer *person, credential *trust.Credential, keys offer.Keys, edit func(*offer.Core)) placed {
	w.Helper()
	core := offer.Core{
		Credential: credential.Hash(), CallID: offer.NewCallID(),
		Start:     w.now().Unix(),
		Direction: offer.BankCalled, Purpose: trust.CardPayment, Suite: trust.Suite1, Keys: keys.Hash(),
	}
	q := relay.CreateRequest{Credential: agent.credential, PKA: keys.PKA, CA: keys.CA}
	if customer != nil {
		ref := offer.RefHash(core.CallID, customer.pseudonym)
		core.Ref, q.Pseudonym = ref[:], customer.pseudonym[:]
	}
	edit(&core)
	signed, err := wire.Sign(wire.LabelOffer, agent.key, core.Encode())
	w.must(err)
	q.Core = signed
	q.Code = offer.Code(core.ID())
	return placed{core: core, oid: core.ID(), code: q.Code, request: q}
}

// offers creates an offer and wants it accepted.
func (c *client) offers(agent, customer *person) placed {
	c.w.Helper()
	p := c.w.newOffer(agent, customer)
	c.refused(c.op(relay.OpCreate), p.request, "")
	return p
}

// prepares asks about a customer and checks that the authority signed the answer.
func (c *client) prepares(q relay.PrepareRequest) relay.Prepared {
	c.w.Helper()
	p, err := ask[relay.PrepareAnswer](c, c.op(relay.OpPrepare), q).Open(c.w.bank.Bundle, q, c.w.now())
	c.w.must(err)
	return p
}

// admits lets a companion in and takes the ticket from both sides.
func (c *client) admits(p placed, companion *client, device *person) relay.AdmitAnswer {
	c.w.Helper()
	a := ask[relay.AdmitAnswer](c, c.op(relay.OpAdmit), admission(p, companion, device))
	companion.pushed(relay.KindTicket, string(a.Ticket))
	return a
}

func admission(p placed, companion *client, device *person) relay.AdmitRequest {
	q := relay.AdmitRequest{OID: p.oid, Companion: companion.nkey}
	if device != nil {
		q.Device = device.device[:]
	}
	return q
}

// secures says that the read-back was right.
func (c *client) secures(p placed, companion *client) []byte {
	c.w.Helper()
	a := ask[relay.SecureAnswer](c, c.op(relay.OpSecure), relay.SecureRequest{OID: p.oid})
	companion.pushed(relay.KindTicket, string(a.Ticket))
	return a.Ticket
}

// callOfTwo is a call between one agent and one customer, admitted.
type callOfTwo struct {
	placed
	agent     *person
	desk      *client
	companion *client
	customer  *person
	ticket    []byte
}

func (w *world) newCall(agent *person, customer *person) *callOfTwo {
	w.Helper()
	c := &callOfTwo{agent: agent, desk: w.desk(agent), companion: w.companion(), customer: customer}
	c.placed = c.desk.offers(agent, customer)
	c.companion.looksUp(c.code, "")
	c.ticket = c.desk.admits(c.placed, c.companion, customer).Ticket
	return c
}

func encode(m any) []byte { return wire.Marshal(m) }
