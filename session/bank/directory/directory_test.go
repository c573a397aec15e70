// This file tests the directory on a real store: an embedded server with files
// and SyncAlways, without a listener. The clock is the test's.

package directory

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"countersign/session/bank"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/report"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// testBank is one bank's folder with a directory that can be closed and opened.
type testBank struct {
	*testing.T
	*Directory
	bank *bank.Bank
	dir  string

	mu    sync.Mutex
	clock time.Time
	stop  func()
}

func newTestBank(t *testing.T, totp bool) *testBank {
	t.Helper()
	b := &testBank{T: t, dir: filepath.Join(t.TempDir(), "bank"), clock: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)}
	err := bank.Init(b.dir, bank.Options{
		Name: "Example Bank", Relay: "tls://127.0.0.1:4222", Lines: []string{"+48221112233"}, TOTP: totp, Now: b.clock,
	})
	b.must(err)
	b.bank, err = bank.Load(b.dir)
	b.must(err)
	b.open()
	t.Cleanup(func() { b.stop() })
	return b
}

// open opens the store, or after stop opens it again as a new server would.
func (b *testBank) open() {
	b.Helper()
	server, err := natsserver.NewServer(&natsserver.Options{
		ServerName: "test", DontListen: true, JetStream: true, SyncAlways: true, StoreDir: bank.StoreFolder(b.dir),
		NoLog: true, NoSigs: true,
	})
	b.must(err)
	server.Start()
	if !server.ReadyForConnections(10 * time.Second) {
		b.Fatal("the store's server did not start")
	}
	conn, err := nats.Connect("", nats.InProcessServer(server))
	b.must(err)
	js, err := jetstream.New(conn)
	b.must(err)
	b.Directory, err = Open(b.ctx(), js, jetstream.FileStorage, b.bank, b.now)
	b.must(err)
	b.stop = sync.OnceFunc(func() {
		conn.Close()
		server.Shutdown()
		server.WaitForShutdown()
	})
}

func (b *testBank) reopen() {
	b.Helper()
	b.stop()
	b.open()
}

func (b *testBank) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *testBank) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

func (b *testBank) ctx() context.Context { return b.Context() }

func (b *testBank) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// wants fails unless err carries exactly this reason; "" wants no error.
func (b *testBank) wants(err error, reason ending.Reason) {
	b.Helper()
	if ending.Of(err, "") != reason || reason == "" && err != nil {
		b.Fatalf("got %v, want reason %q", err, reason)
	}
}

// readTogether makes the next readers of a record wait until all of them have
// read it, so that each goes on from the same state.
func (b *testBank) readTogether(key string, readers int) {
	b.kv = &meeting{KeyValue: b.kv, key: key, missing: readers, all: make(chan struct{})}
}

type meeting struct {
	jetstream.KeyValue
	key string
	all chan struct{}

	mu      sync.Mutex
	missing int
}

func (m *meeting) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	entry, err := m.KeyValue.Get(ctx, key)
	if key == m.key {
		m.mu.Lock()
		if m.missing--; m.missing == 0 {
			close(m.all)
		}
		m.mu.Unlock()
		<-m.all
	}
	return entry, err
}

// client is one ticket holder.
type client struct {
	key    *ecdsa.PrivateKey
	nkey   string
	keys   enrol.Keys // of the ticket's secret
	ticket enrol.Ticket
	agent  bool
}

func (b *testBank) holder(ticket enrol.Ticket, agent bool, nkey string) *client {
	b.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	keys, err := ticket.Keys()
	b.must(err)
	return &client{key: key, nkey: nkey, keys: keys, ticket: ticket, agent: agent}
}

func (b *testBank) hello(c *client) ([32]byte, error) {
	r := relay.EnrolHelloRequest{Ticket: c.ticket.Name, Public: wire.Point(&c.key.PublicKey), Agent: c.agent}
	rand.Read(r.Nonce[:])
	answer, err := b.Hello(b.ctx(), c.nkey, r)
	return enrol.Transcript(answer.RootsHash, answer.BankID, r.Public, r.Nonce, answer.Nonce, c.agent), err
}

func (b *testBank) proof(c *client, transcript [32]byte) relay.EnrolProveRequest {
	b.Helper()
	possession, err := wire.Sign(wire.LabelPossession, c.key, transcript[:])
	b.must(err)
	proof, err := c.keys.ClientProof(transcript)
	b.must(err)
	return relay.EnrolProveRequest{Ticket: c.ticket.Name, Proof: proof, Possession: possession}
}

func (b *testBank) prove(c *client, transcript [32]byte) (relay.EnrolProveAnswer, error) {
	b.Helper()
	return b.Prove(b.ctx(), c.nkey, b.proof(c, transcript))
}

// enrol does both steps.
func (b *testBank) enrol(c *client) (relay.EnrolProveAnswer, error) {
	transcript, err := b.hello(c)
	if err != nil {
		return relay.EnrolProveAnswer{}, err
	}
	return b.prove(c, transcript)
}

func (b *testBank) customer(ref string) enrol.Ticket {
	b.Helper()
	ticket, _, err := b.AddCustomer(b.ctx(), ref, []string{"+48600700800"})
	b.must(err)
	return ticket
}

// device enrols a device of a customer.
func (b *testBank) device(ref string) (*client, *trust.Device, []byte) {
	b.Helper()
	c := b.holder(b.customer(ref), false, "device of "+ref)
	answer, err := b.enrol(c)
	b.must(err)
	d, err := b.bank.Bundle.Device(answer.Credential)
	b.must(err)
	return c, d, answer.Credential
}

// agent enrols an agent.
func (b *testBank) agent(name string) (Agent, relay.EnrolProveAnswer) {
	b.Helper()
	ticket, _, err := b.AddAgent(b.ctx(), name, "Fraud analyst", "Fraud team")
	b.must(err)
	answer, err := b.enrol(b.holder(ticket, true, "agent "+name))
	b.must(err)
	a, err := b.Agent(b.ctx(), answer.AgentID)
	b.must(err)
	return a, answer
}

func TestEnrolledDeviceGetsWhatItNeeds(t *testing.T) {
	b := newTestBank(t, false)
	c := b.holder(b.customer("C-1"), false, "N")
	transcript, err := b.hello(c)
	b.must(err)
	answer, err := b.prove(c, transcript)
	b.must(err)
	if answer.Proof != c.keys.ServerProof(b.bank.Bundle.RootsHash(), b.bank.Bundle.BankID) {
		t.Error("the bank's proof is wrong")
	}
	if !slices.EqualFunc(answer.Bundles, b.bank.Bundles, slices.Equal) || !slices.Equal(answer.Content, b.bank.Content) {
		t.Error("bundle or content is missing")
	}
	d, err := b.bank.Bundle.Device(answer.Credential)
	b.must(err)
	known, err := b.Customer(b.ctx(), "C-1")
	b.must(err)
	switch {
	case d.Pseudonym != known.Pseudonym, !slices.Equal(d.Public, wire.Point(&c.key.PublicKey)):
		t.Error("the credential names another customer or key")
	case !slices.Equal(d.Lines, []string{"0800"}):
		t.Errorf("lines %v", d.Lines)
	case !known.Enrolled(b.now()):
		t.Error("the customer is not known as enrolled")
	}
	byPseudonym, err := b.CustomerOf(b.ctx(), d.Pseudonym)
	b.must(err)
	if byPseudonym.Ref != "C-1" {
		t.Errorf("the pseudonym leads to %q", byPseudonym.Ref)
	}
}

func TestEnrolledAgentGetsCredentials(t *testing.T) {
	b := newTestBank(t, false)
	first, _ := b.agent("Anna Kowalska")
	second, _ := b.agent("Anna Kowalska")
	if first.ID == second.ID || first.CredentialID == second.CredentialID {
		t.Fatal("two agents share a number or a credential id")
	}
	signed, err := b.Credential(b.ctx(), second.ID, "")
	b.must(err)
	c, err := b.bank.Bundle.Credential(signed)
	b.must(err)
	if c.AgentID != second.ID || c.ID != second.CredentialID || c.Name != "Anna Kowalska" || time.Duration(c.Expiry-c.NotBefore)*time.Second != trust.MaxCredential {
		t.Errorf("credential %+v", c)
	}
	found, err := b.FindAgents(b.ctx(), "Anna Kowalska", "", "Fraud team")
	b.must(err)
	if len(found) != 2 || found[0].ID != first.ID {
		t.Errorf("found %v", found)
	}
	_, err = b.Credential(b.ctx(), 99, "")
	b.wants(err, ending.UnknownCode)
}

func TestAgentWhoHasNotEnrolledGetsNoCredential(t *testing.T) {
	b := newTestBank(t, false)
	_, _, err := b.AddAgent(b.ctx(), "Anna Kowalska", "Fraud analyst", "Fraud team")
	b.must(err)
	_, err = b.Credential(b.ctx(), 1, "")
	b.wants(err, ending.UnknownCode)
}

func TestTicketIsUsedOnceByManyAtTheSameTime(t *testing.T) {
	b := newTestBank(t, false)
	first := b.holder(b.customer("C-1"), false, "")
	clients, transcripts := make([]client, 8), make([][32]byte, 8)
	for i := range clients {
		clients[i] = *first
		clients[i].nkey = string(rune('A' + i))
		var err error
		clients[i].key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		b.must(err)
		transcripts[i], err = b.hello(&clients[i])
		b.must(err)
	}
	b.readTogether(ticketKey(first.ticket.Name), len(clients))
	results := make([]error, len(clients))
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() { _, results[i] = b.prove(&clients[i], transcripts[i]) })
	}
	all.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
		} else {
			b.wants(err, ending.TicketUsed)
		}
	}
	known, err := b.Customer(b.ctx(), "C-1")
	b.must(err)
	if won != 1 || len(known.Devices) != 1 {
		t.Errorf("%d of %d won, %d devices are on file", won, len(clients), len(known.Devices))
	}
	b.reopen()
	_, err = b.hello(first)
	b.wants(err, ending.TicketUsed)
}

func TestNoNumberOfWrongSecretsLocksATicket(t *testing.T) {
	b := newTestBank(t, false)
	right := b.holder(b.customer("C-1"), false, "right")
	before := b.stored(ticketKey(right.ticket.Name))
	wrong := b.holder(right.ticket, false, "wrong")
	wrong.keys = b.wrongKeys()
	waiting, err := b.hello(right)
	b.must(err)
	for range 100 {
		_, err := b.enrol(wrong)
		b.wants(err, ending.UnknownCode)
	}
	if !bytes.Equal(b.stored(ticketKey(right.ticket.Name)), before) {
		t.Error("a wrong secret changes what is kept of a ticket")
	}
	b.reopen()
	_, err = b.prove(right, waiting)
	b.wants(err, ending.Forged) // the server has forgotten the hello
	_, err = b.enrol(right)
	b.must(err)
}

func (b *testBank) wrongKeys() enrol.Keys {
	b.Helper()
	keys, err := enrol.KeysOf([32]byte{9})
	b.must(err)
	return keys
}

func (b *testBank) stored(key string) []byte {
	b.Helper()
	entry, err := b.kv.Get(b.ctx(), key)
	b.must(err)
	return entry.Value()
}

// A thief of the store tries all that it holds of a ticket, in every place where
// K, a key of it or a proof would stand.
func TestWhatTheStoreKeepsOpensNoTicket(t *testing.T) {
	b := newTestBank(t, false)
	owner := b.holder(b.customer("C-1"), false, "owner")
	stored, err := b.readTicket(b.ctx(), owner.ticket.Name)
	b.must(err)
	k := owner.ticket.Key()
	proof := owner.keys.ServerProof([32]byte{9}, b.bank.Bundle.BankID)
	everything := b.stored(ticketKey(owner.ticket.Name))
	for name, secret := range map[string][]byte{"the secret": []byte(owner.ticket.Secret), "K": k[:], "a proof for other roots": proof[:]} {
		if bytes.Contains(everything, secret) {
			t.Errorf("the store holds %s", name)
		}
	}
	for i := 0; i+32 <= len(everything); i++ { // any 32 bytes in K's place, in the scalar's, and as a proof
		thief, err := enrol.KeysOf([32]byte(everything[i : i+32]))
		b.must(err)
		if bytes.Equal(thief.Public(), stored.Public) {
			t.Errorf("byte %d begins K", i)
		}
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), everything[i:i+32])
		if err == nil && bytes.Equal(wire.Point(&key.PublicKey), stored.Public) {
			t.Errorf("byte %d begins the ticket's key", i)
		}
	}
	transcript, err := b.hello(owner)
	b.must(err)
	q := b.proof(owner, transcript)
	q.Proof = stored.Proof[:]
	_, err = b.Prove(b.ctx(), owner.nkey, q)
	b.wants(err, ending.UnknownCode)
	_, err = b.enrol(owner)
	b.must(err)
}

// The answer may be lost: the same key gets it again, also after the ticket's
// time and a restart; no other key does.
func TestTheSameKeyGetsTheSameAnswer(t *testing.T) {
	b := newTestBank(t, false)
	c := b.holder(b.customer("C-1"), false, "first")
	first, err := b.enrol(c)
	b.must(err)
	b.pass(TicketLifetime + time.Hour)
	b.reopen()
	c.nkey = "second"
	second, err := b.enrol(c)
	b.must(err)
	one, err := b.bank.Bundle.Device(first.Credential)
	b.must(err)
	two, err := b.bank.Bundle.Device(second.Credential)
	b.must(err)
	if one.ID != two.ID || one.Enrolled != two.Enrolled || one.Expiry != two.Expiry || first.Proof != second.Proof {
		t.Errorf("%+v, then %+v", one, two)
	}
	known, err := b.Customer(b.ctx(), "C-1")
	b.must(err)
	if len(known.Devices) != 1 {
		t.Errorf("%d devices are on file", len(known.Devices))
	}
	other := b.holder(c.ticket, false, "other")
	_, err = b.hello(other)
	b.wants(err, ending.TicketUsed)

	// After a revocation the same key is told so, and nothing is on file again.
	b.must(b.RevokeDevice(b.ctx(), one.ID))
	_, err = b.enrol(c)
	b.wants(err, ending.Revoked)
	_, err = b.hello(other)
	b.wants(err, ending.TicketUsed)
}

// A stop of the server between any two of its writes: what was begun is
// finished when the same key asks again.
func TestEnrolmentCutOffAtEveryWriteIsFinished(t *testing.T) {
	for _, agent := range []bool{false, true} {
		for cut := 1; ; cut++ {
			b := newTestBank(t, true)
			var paper enrol.Ticket
			if agent {
				var err error
				paper, _, err = b.AddAgent(b.ctx(), "Anna Kowalska", "Fraud analyst", "Fraud team")
				b.must(err)
			} else {
				paper = b.customer("C-1")
			}
			c := b.holder(paper, agent, "first")
			transcript, err := b.hello(c)
			b.must(err)
			dying := &dyingStore{KeyValue: b.kv, left: cut}
			b.kv = dying
			_, err = b.prove(c, transcript)
			if err == nil && dying.left > 0 {
				if cut < 4 {
					t.Errorf("agent %t: only %d writes were cut off", agent, cut-1)
				}
				break
			}
			b.reopen()
			other := b.holder(paper, agent, "other")
			_, otherErr := b.hello(other) // its ticket, or nobody's yet
			answer, err := b.enrol(c)
			if otherErr == nil && cut > 1 {
				t.Errorf("agent %t, write %d: another key may begin", agent, cut)
			}
			b.must(err)
			if agent {
				a, err := b.Agent(b.ctx(), answer.AgentID)
				b.must(err)
				if !bytes.Equal(a.Public, wire.Point(&c.key.PublicKey)) || answer.TOTP == "" {
					t.Errorf("write %d: %+v is enrolled, with the second factor %q", cut, a, answer.TOTP)
				}
				continue
			}
			known, err := b.Customer(b.ctx(), "C-1")
			b.must(err)
			device, err := b.bank.Bundle.Device(answer.Credential)
			b.must(err)
			if len(known.Devices) != 1 || known.Devices[0].ID != device.ID || !b.stapleIsGood(device.ID) {
				t.Errorf("write %d: on file are %+v", cut, known.Devices)
			}
		}
	}
}

// dyingStore writes, and then the process is gone: the write left over is made,
// but nothing after it, and nobody is told.
type dyingStore struct {
	jetstream.KeyValue
	left int
}

var errGone = errors.New("the process is gone")

func (s *dyingStore) Create(ctx context.Context, key string, value []byte, o ...jetstream.KVCreateOpt) (uint64, error) {
	if s.left == 0 {
		return 0, errGone
	}
	revision, err := s.KeyValue.Create(ctx, key, value, o...)
	if s.left--; s.left == 0 {
		return 0, errGone
	}
	return revision, err
}

func (s *dyingStore) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if s.left == 0 {
		return 0, errGone
	}
	revision, err := s.KeyValue.Update(ctx, key, value, revision)
	if s.left--; s.left == 0 {
		return 0, errGone
	}
	return revision, err
}

// What an agent was given is the agent's until it was taken: a ticket used once
// does not bring a key back, nor show a second factor that is in use.
func TestAnAgentsTicketAskedAgain(t *testing.T) {
	b := newTestBank(t, true)
	paper, _, err := b.AddAgent(b.ctx(), "Anna Kowalska", "Fraud analyst", "Fraud team")
	b.must(err)
	c := b.holder(paper, true, "N")
	first, err := b.enrol(c)
	b.must(err)
	second, err := b.enrol(c)
	b.must(err)
	if first.TOTP == "" || second.TOTP != first.TOTP || second.AgentID != first.AgentID {
		t.Errorf("%+v, then %+v", first, second)
	}
	factor, err := otp.NewKeyFromURL(first.TOTP)
	b.must(err)
	code, err := totp.GenerateCode(factor.Secret(), b.now())
	b.must(err)
	_, err = b.Credential(b.ctx(), first.AgentID, code)
	b.must(err)
	used, err := b.enrol(c)
	b.must(err)
	if used.TOTP != "" || used.AgentID != first.AgentID {
		t.Errorf("with a second factor in use: %+v", used)
	}
	// The agent is given another computer: the first one's ticket is over.
	_, err = change(b.ctx(), b.Directory, agentKey(first.AgentID), func(a *Agent) error { a.Public, a.Epoch = nil, a.Epoch+1; return nil })
	b.must(err)
	_, err = b.enrol(c)
	b.wants(err, ending.Revoked)
	b.must(b.RevokeAgent(b.ctx(), first.AgentID))
	_, err = b.enrol(c)
	b.wants(err, ending.Revoked)
}

// The bank changes its roots while a letter is on its way.
func TestTicketNamesTheRootsOfItsDay(t *testing.T) {
	b := newTestBank(t, false)
	c := b.holder(b.customer("C-1"), false, "N")
	was, old := *b.bank, b.bank.Bundle.RootsHash()
	later := *b.bank.Bundle
	later.Version, later.Roots = 2, [][]byte{wire.Point(&c.key.PublicKey)}
	b.bank.Bundle = &later
	defer func() { *b.bank = was }()
	b.reopen()
	r := relay.EnrolHelloRequest{Ticket: c.ticket.Name, Public: wire.Point(&c.key.PublicKey)}
	hello, err := b.Hello(b.ctx(), c.nkey, r)
	b.must(err)
	answer, err := b.prove(c, enrol.Transcript(hello.RootsHash, hello.BankID, r.Public, r.Nonce, hello.Nonce, false))
	b.must(err)
	if hello.RootsHash != old || answer.Proof != c.keys.ServerProof(old, was.Bundle.BankID) {
		t.Error("the ticket vouches for other roots than those of its day")
	}
	next, err := b.readTicket(b.ctx(), b.customer("C-1").Name)
	b.must(err)
	if next.RootsHash != later.RootsHash() {
		t.Error("a new ticket names the old roots")
	}
}

func TestTicketExpires(t *testing.T) {
	b := newTestBank(t, false)
	early := b.holder(b.customer("C-1"), false, "early")
	late := b.holder(b.customer("C-2"), false, "late")
	b.pass(TicketLifetime)
	_, err := b.enrol(early)
	b.must(err)
	transcript, err := b.hello(late)
	b.must(err)
	b.pass(time.Second)
	_, err = b.prove(late, transcript)
	b.wants(err, ending.TicketExpired)
	_, err = b.hello(late)
	b.wants(err, ending.TicketExpired)
}

func TestEnrolmentIsBoundToItsConnectionAndMinute(t *testing.T) {
	b := newTestBank(t, false)
	c := b.holder(b.customer("C-1"), false, "own")
	transcript, err := b.hello(c)
	b.must(err)

	stranger := *c
	stranger.nkey = "another"
	_, err = b.prove(&stranger, transcript)
	b.wants(err, ending.Forged)

	b.pass(HelloLifetime + time.Second)
	_, err = b.prove(c, transcript)
	b.wants(err, ending.Forged)

	transcript, err = b.hello(c)
	b.must(err)
	thief := *c
	thief.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	_, err = b.prove(&thief, transcript)
	b.wants(err, ending.Forged) // possession of another key
	_, err = b.prove(c, transcript)
	b.wants(err, ending.Forged) // the nonce is spent

	_, err = b.enrol(c)
	b.must(err) // none of this used the ticket up
}

func TestTicketOpensOnlyItsKind(t *testing.T) {
	b := newTestBank(t, false)
	c := b.holder(b.customer("C-1"), true, "N")
	_, err := b.hello(c)
	b.wants(err, ending.UnknownCode)
	c.agent, c.ticket.Name = false, "no.*"
	_, err = b.hello(c)
	b.wants(err, ending.UnknownCode)
	c.ticket.Name = "AAAA"
	_, err = b.hello(c)
	b.wants(err, ending.UnknownCode)
}

func TestEnrolmentsBegunAreBounded(t *testing.T) {
	b := newTestBank(t, false)
	for i := range maxHellos {
		b.must(b.remember(helloName{nkey: string(rune(i)), ticket: "AAAA"}, hello{begun: b.now()}))
	}
	full := b.remember(helloName{nkey: "one more", ticket: "AAAA"}, hello{begun: b.now()})
	b.wants(full, ending.Busy)
	b.pass(HelloLifetime + time.Second)
	b.must(b.remember(helloName{nkey: "one more", ticket: "AAAA"}, hello{begun: b.now()}))
}

func TestCustomerOnFileGetsOneMoreTicketButNoOtherNumbers(t *testing.T) {
	b := newTestBank(t, false)
	b.device("C-1")
	b.device("C-1")
	c, err := b.Customer(b.ctx(), "C-1")
	b.must(err)
	if len(c.Devices) != 2 {
		t.Errorf("%d devices", len(c.Devices))
	}
	if _, _, err := b.AddCustomer(b.ctx(), "C-1", []string{"+48111222333"}); err == nil {
		t.Error("the numbers on file were changed by the way")
	}
	for _, ref := range []string{"", " C", "C\n1", string(make([]byte, 70))} {
		if _, _, err := b.AddCustomer(b.ctx(), ref, []string{"+48111222333"}); err == nil {
			t.Errorf("the reference %q was accepted", ref)
		}
	}
	for _, phones := range [][]string{nil, {"600700800"}, {"+48111222333", "+48111222333"}} {
		if _, _, err := b.AddCustomer(b.ctx(), "C-2", phones); err == nil {
			t.Errorf("the numbers %v were accepted", phones)
		}
	}
}

func TestRevokedAgentIsRevokedAtOnceAndForGood(t *testing.T) {
	b := newTestBank(t, false)
	a, _ := b.agent("Anna Kowalska")
	if !b.stapleIsGood(a.CredentialID) {
		t.Fatal("a new agent's staple is not good")
	}
	b.must(b.RevokeAgent(b.ctx(), a.ID))
	if b.stapleIsGood(a.CredentialID) {
		t.Error("a staple from before the revocation was handed out after it")
	}
	_, err := b.Credential(b.ctx(), a.ID, "")
	b.wants(err, ending.Revoked)
	b.reopen()
	if b.stapleIsGood(a.CredentialID) {
		t.Error("the revocation was lost")
	}
	b.wants(b.RevokeAgent(b.ctx(), 99), ending.UnknownCode)
}

func TestRevokedBeforeEnrollingNeverEnrols(t *testing.T) {
	b := newTestBank(t, false)
	ticket, _, err := b.AddAgent(b.ctx(), "Anna Kowalska", "Fraud analyst", "Fraud team")
	b.must(err)
	b.must(b.RevokeAgent(b.ctx(), 1))
	_, err = b.enrol(b.holder(ticket, true, "A"))
	b.wants(err, ending.Revoked)

	customers := b.customer("C-1")
	_, err = b.RevokeCustomer(b.ctx(), "C-1")
	b.must(err)
	_, err = b.enrol(b.holder(customers, false, "C"))
	b.wants(err, ending.Revoked)
	_, err = b.enrol(b.holder(b.customer("C-1"), false, "C"))
	b.must(err) // a new ticket is good
}

func TestRevokedDeviceLeavesTheOthers(t *testing.T) {
	b := newTestBank(t, false)
	_, lost, _ := b.device("C-1")
	_, kept, _ := b.device("C-1")
	if !b.stapleIsGood(lost.ID) || !b.stapleIsGood(kept.ID) {
		t.Fatal("a new device's staple is not good")
	}
	b.must(b.RevokeDevice(b.ctx(), lost.ID))
	if b.stapleIsGood(lost.ID) || !b.stapleIsGood(kept.ID) {
		t.Error("the wrong device was revoked")
	}
	devices, err := b.RevokeCustomer(b.ctx(), "C-1")
	b.must(err)
	c, err := b.Customer(b.ctx(), "C-1")
	b.must(err)
	if devices != 1 || c.Enrolled(b.now()) || b.stapleIsGood(kept.ID) {
		t.Errorf("%d devices were revoked, enrolled: %t", devices, c.Enrolled(b.now()))
	}
	b.wants(b.RevokeDevice(b.ctx(), [16]byte{9}), ending.UnknownCode)
}

func TestStapleIsAtMostAMinuteOld(t *testing.T) {
	b := newTestBank(t, false)
	a, _ := b.agent("Anna Kowalska")
	issued := func() int64 {
		signed, err := b.Staple(b.ctx(), a.CredentialID)
		b.must(err)
		s, err := b.bank.Bundle.Staple(signed)
		b.must(err)
		return s.IssuedAt
	}
	first := issued()
	b.pass(stapleAge)
	if issued() != first {
		t.Error("the staple was signed anew within its minute")
	}
	b.pass(time.Second)
	if issued() != b.now().Unix() {
		t.Error("a staple older than a minute was handed out")
	}
	_, err := b.Staple(b.ctx(), [16]byte{1})
	b.wants(err, ending.UnknownCode)
}

func (b *testBank) stapleIsGood(id [16]byte) bool {
	b.Helper()
	signed, err := b.Staple(b.ctx(), id)
	b.must(err)
	s, err := b.bank.Bundle.Staple(signed)
	b.must(err)
	if s.Credential != id {
		b.Fatal("the staple is of another credential")
	}
	return s.Good
}

// about is what the server knows of an offer when a report comes.
type about struct {
	oid      offer.ID
	customer []byte
}

// offerFor is an offer that names a customer.
func offerFor(pseudonym [16]byte) about {
	customer := relay.CustomerHash(pseudonym)
	id := offer.NewCallID()
	return about{oid: offer.IDOf(id[:]), customer: customer[:]}
}

func (b *testBank) sealed(o about, reason ending.Reason, by *client, credential []byte) (enc, ct []byte) {
	b.Helper()
	enc, ct, err := report.Seal(b.bank.Bundle.Public(trust.RoleReport, b.now()), o.oid, reason, b.now(), by.key, credential)
	b.must(err)
	return enc, ct
}

func (b *testBank) report(o about, reason ending.Reason, by *client, credential []byte) bool {
	b.Helper()
	enc, ct := b.sealed(o, reason, by, credential)
	got, counted, err := b.Report(b.ctx(), o.oid, o.customer, enc, ct)
	b.must(err)
	if counted && got != reason {
		b.Fatalf("counted as %s, reported as %s", got, reason)
	}
	return counted
}

func (b *testBank) holds(pseudonym [16]byte) bool {
	b.Helper()
	until, err := b.HoldUntil(b.ctx(), pseudonym)
	b.must(err)
	return until.After(b.now())
}

func TestReportBeginsAHoldThatSurvivesReopening(t *testing.T) {
	for _, reason := range []ending.Reason{ending.WrongDirection, ending.WrongNumber, ending.Reported} {
		t.Run(string(reason), func(t *testing.T) {
			b := newTestBank(t, false)
			c, d, credential := b.device("C-1")
			core := offerFor(d.Pseudonym)
			if !b.report(core, reason, c, credential) || !b.holds(d.Pseudonym) {
				t.Fatal("the report did not count, or there is no hold")
			}
			b.reopen()
			if !b.holds(d.Pseudonym) {
				t.Error("the hold was lost")
			}
			b.pass(HoldLifetime - time.Second)
			if b.report(core, reason, c, credential) || !b.holds(d.Pseudonym) {
				t.Error("the same offer counted twice, or the hold was too short")
			}
			b.pass(time.Second)
			if b.holds(d.Pseudonym) {
				t.Error("the hold lasted longer than it should")
			}
		})
	}
}

func TestReportByAnotherDeviceDoesNotCount(t *testing.T) {
	b := newTestBank(t, false)
	_, victim, victims := b.device("C-1")
	other, _, others := b.device("C-2")
	core := offerFor(victim.Pseudonym)
	if b.report(core, ending.WrongDirection, other, others) {
		t.Error("another customer's device stopped the call")
	}
	if b.report(core, ending.WrongDirection, other, victims) {
		t.Error("another device stopped the call in the name of the right one")
	}
	if b.holds(victim.Pseudonym) {
		t.Error("there is a hold")
	}
}

func TestReportByAnUnknownDeviceDoesNotCount(t *testing.T) {
	b := newTestBank(t, false)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	stranger := &client{key: key}
	_, victim, _ := b.device("C-1")
	core := offerFor(victim.Pseudonym)
	self := trust.Device{
		Issuer: wire.KeyID(wire.Point(&b.bank.IssuerAt(time.Now()).PublicKey)), Pseudonym: victim.Pseudonym, Public: wire.Point(&key.PublicKey),
		NotBefore: b.now().Unix(), Expiry: b.now().Add(time.Hour).Unix(), Lines: []string{"0800"}, Enrolled: b.now().Unix(),
	}
	bySelf, err := trust.SignDevice(self, key)
	b.must(err)
	if b.report(core, ending.WrongDirection, stranger, bySelf) {
		t.Error("a device that signed its own credential stopped the call")
	}
	notOnFile, err := trust.SignDevice(self, b.bank.IssuerAt(time.Now()))
	b.must(err)
	if b.report(core, ending.WrongDirection, stranger, notOnFile) {
		t.Error("a device that is not on file stopped the call")
	}
	if b.holds(victim.Pseudonym) {
		t.Error("there is a hold")
	}
}

func TestReportByARevokedDeviceDoesNotCount(t *testing.T) {
	b := newTestBank(t, false)
	c, d, credential := b.device("C-1")
	b.must(b.RevokeDevice(b.ctx(), d.ID))
	if b.report(offerFor(d.Pseudonym), ending.WrongDirection, c, credential) || b.holds(d.Pseudonym) {
		t.Error("a revoked device stopped the call")
	}
}

func TestReportOfAnotherOfferOrUnreadableDoesNotCount(t *testing.T) {
	b := newTestBank(t, false)
	c, d, credential := b.device("C-1")
	enc, ct := b.sealed(offerFor(d.Pseudonym), ending.WrongDirection, c, credential)
	for name, try := range map[string]struct {
		about   about
		enc, ct []byte
	}{
		"another offer":  {offerFor(d.Pseudonym), enc, ct},
		"no customer":    {about{}, enc, ct},
		"nothing":        {offerFor(d.Pseudonym), nil, nil},
		"changed":        {offerFor(d.Pseudonym), enc, append([]byte{1}, ct...)},
		"far too large":  {offerFor(d.Pseudonym), enc, make([]byte, 1<<20)},
		"mixed up parts": {offerFor(d.Pseudonym), ct, enc},
	} {
		if _, counted, err := b.Report(b.ctx(), try.about.oid, try.about.customer, try.enc, try.ct); counted || err != nil {
			t.Errorf("%s: counted %t, error %v", name, counted, err)
		}
	}
	unnamed := offerFor(d.Pseudonym)
	unnamed.customer = nil
	if b.report(unnamed, ending.WrongDirection, c, credential) || b.holds(d.Pseudonym) {
		t.Error("a report about an offer that names nobody counted")
	}
}

// TestTheMostOfACustomerIsReadAgain: the longest reference, all numbers, all
// devices.
func TestTheMostOfACustomerIsReadAgain(t *testing.T) {
	most := Customer{Ref: strings.Repeat("\U0001F00F", maxReference), Phones: make([]string, maxPhones), Devices: make([]Device, maxDevices), Epoch: 1 << 63}
	for i := range most.Phones {
		most.Phones[i] = "+" + strings.Repeat("9", 15)
	}
	for i := range most.Devices {
		most.Devices[i] = Device{Public: make([]byte, 33), Enrolled: 1 << 62, Expiry: 1 << 62, Revoked: true}
	}
	if _, err := wire.MarshalWithin(maxRecord, most); err != nil {
		t.Error(err)
	}
}

// TestBytesThatWereLostAreNoReference: what differed in them would be one customer.
func TestBytesThatWereLostAreNoReference(t *testing.T) {
	for ref, good := range map[string]bool{"A\xff": false, "A\ufffd": false, "A\u00ff": true} {
		if err := CheckCustomer(ref, []string{"+48600700800"}); (err == nil) != good {
			t.Errorf("%q: %v", ref, err)
		}
	}
}
