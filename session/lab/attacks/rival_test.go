// This file owns the worlds with two banks: the town's, and a rival with its
// own roots, server, relay and agent, whom a customer of the town's bank knows
// as well. The rival signs and serves whatever it likes; what it never has is a
// key of the town's bank.

package attacks_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/computer/vault"
	"countersign/session/lab/adversary"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
)

const (
	rivalName   = "Helpful Group"
	rivalDomain = "helpfulgroup.com"
	otto        = "Otto Lind" // the rival's agent
)

// rivalry is the rival's folder, made once: the slow hashes are the town's.
var rivalry struct {
	sync.Once
	dir string
}

// both is the home of customer C-1, who has enrolled with the rival as V-1.
const both = "C-1 and V-1"

func buildRival(t *testing.T) {
	w := newWorld(t)
	rivalry.dir = filepath.Join(town.dir, "rival")
	w.must(bank.Init(rivalry.dir, bank.Options{
		Name: rivalName, Domain: rivalDomain, Relay: "tls://relay.helpfulgroup.com:4222", Lines: []string{noBodys}, Now: w.clock.Now(),
	}))
	rival := w.beside(rivalry.dir)
	defer rival.close()
	a, err := session.OpenAgent(t.Context(), rival.options(rival.build(otto)))
	w.must(err)
	_, err = a.Enrol(t.Context(), session.Enrolment{Ticket: rival.agentTicket(otto)})
	w.must(err)
	h, begin := w.build(both), w.houseOf("C-1")
	w.must(copyFolder(h.dir, begin.dir))
	h.keyring = begin.keyring
	town.houses[both] = h
	if got := w.customerAt(h).enrols(session.Enrolment{Ticket: rival.customerTicket("V-1", phone1)}); got != "" {
		t.Fatalf("enrolling with a second bank: %q", got)
	}
}

// twoBanks is a world and a rival in it.
func twoBanks(t *testing.T) (w, rival *world) {
	t.Helper()
	town.Do(func() { buildTown(t) })
	rivalry.Do(func() { buildRival(t) })
	w = newWorld(t)
	dir := filepath.Join(t.TempDir(), "rival")
	w.must(copyFolder(dir, rivalry.dir))
	rival = w.beside(dir)
	t.Cleanup(rival.close)
	return w, rival
}

// another begins a bank: a real server, under an address of its own.
func (w *world) another(name, domain string) *world {
	w.Helper()
	dir := filepath.Join(w.TempDir(), "bank")
	w.must(bank.Init(dir, bank.Options{
		Name: name, Domain: domain, Relay: "tls://relay" + strconv.Itoa(len(w.others)) + ".example.net:4222", Lines: []string{noBodys}, Now: w.clock.Now(),
	}))
	other := w.beside(dir)
	w.Cleanup(other.close)
	return other
}

// beside opens the bank of a folder on the clock of w, and lets the people of w
// reach it under its address.
func (w *world) beside(dir string) *world {
	w.Helper()
	other := &world{T: w.T, dir: dir, clock: w.clock, limits: w.limits}
	other.open()
	if w.others == nil {
		w.others = map[string]*world{}
	}
	w.others[other.bank.RelayAddress()] = other
	return other
}

func (w *world) id() [16]byte { return w.bank.Bundle.BankID }

// words are the eight words of the bank's newest roots.
func (w *world) words() string { return strings.Join(enrol.Words(w.bank.Bundle.RootsHash()), " ") }

// renames publishes a bundle of another name and domain.
func (w *world) renames(name, domain string) {
	w.Helper()
	w.resigns(func(b *trust.Bundle) { b.Name, b.Domain = name, domain })
}

// resigns publishes a bundle after the newest, signed by the bank's own root.
func (w *world) resigns(edit func(*trust.Bundle)) {
	w.Helper()
	signed, _ := w.bundleAfter(w.bank.Bundle, edit, w.bankKey("root"))
	w.publish(signed)
}

// asks checks a spoken code with the bank that the customer picked.
func (p *phone) asks(of *world, code string) *side {
	return p.checks(session.Verification{Bank: of.id(), Answers: theyCalled, Code: code})
}

// green is an honest call of an agent to one of the bank's customers, checked
// up to the read-back, and what the customer's screen showed.
func (p *phone) green(of *world, d *desk, ref string) verdict.Shown {
	p.w.Helper()
	agent := d.dials(ref)
	customer := p.asks(of, agent.code())
	shown := next[call.VerdictGiven](customer).Output.Shown()
	opened(agent, customer)
	customer.End()
	customer.ends(ending.Cancelled)
	agent.ends(ending.Cancelled)
	return shown
}

// known is what the customer's program says of a bank.
func (p *phone) known(of *world) session.Bank {
	p.w.Helper()
	banks, err := p.Banks(p.w.Context())
	p.w.must(err)
	at := slices.IndexFunc(banks, func(b session.Bank) bool { return b.ID == of.id() })
	if at < 0 {
		p.w.Fatalf("the bank is not among the %d that are known", len(banks))
	}
	return banks[at]
}

// knows is how many banks the customer's program lists.
func (p *phone) knows() int {
	p.w.Helper()
	banks, err := p.Banks(p.w.Context())
	p.w.must(err)
	return len(banks)
}

// untouched is all that must be the same after a refusal: what the keyring
// holds, without a key that waits for its bank.
func (h house) untouched(w *world) func() {
	before := h.keyring.copied()
	return func() {
		w.Helper()
		after := h.keyring.copied()
		for item, secret := range before.items {
			if !slices.Equal(secret, after.items[item]) {
				w.Errorf("the keyring's item %s was changed", item)
			}
			delete(after.items, item)
		}
		for item := range after.items {
			w.Errorf("the keyring has an item more: %s", item)
		}
	}
}

// fraud is what a fraudster's server claims to be when a ticket or words of the
// fraudster's own are used: every proof is good for it.
type fraud struct {
	id        [16]byte
	roots     [][]byte // of one key, a threshold of one
	lineage   [][]byte
	contentOf [16]byte
}

// plays lets the rival's relay answer enrolments with a fraud, on a ticket that
// it made, and words to pin it.
func (w *world) plays(f fraud) (ticket enrol.Ticket, words string) {
	w.Helper()
	ticket = enrol.NewTicket(w.bank.RelayAddress())
	keys, err := ticket.Keys()
	w.must(err)
	content, err := w.bank.Bundle.Content(w.bank.Content)
	w.must(err)
	content.BankID = f.contentOf
	signedContent, err := trust.SignContent(*content, w.bankKey("content"))
	w.must(err)
	issuer := w.bankKey("issuer")
	roots := trust.RootsHash(f.roots, 1)
	var hello relay.EnrolHelloRequest
	var nonce [32]byte
	w.relay.On(adversary.Request("cp1.enrol"), func(m *adversary.Message) {
		switch q := adversary.Read[relay.EnrolRequest](m); q.Step {
		case relay.EnrolHello:
			hello, err = relay.Decode[relay.EnrolHelloRequest](q.Body)
			w.must(err)
			m.Reply(relay.EnrolHelloAnswer{BankID: f.id, RootsHash: roots, Nonce: nonce})
		case relay.EnrolProve:
			answer := relay.EnrolProveAnswer{Bundles: f.lineage, Content: signedContent}
			answer.Proof = keys.ServerProof(roots, f.id)
			if hello.Agent {
				answer.AgentID = 1
			} else {
				answer.Credential, err = trust.SignDevice(trust.Device{
					Issuer: wire.KeyID(wire.Point(&issuer.PublicKey)), ID: [16]byte{1}, Public: hello.Public,
					Enrolled: w.clock.Now().Unix(), NotBefore: w.clock.Now().Unix(), Expiry: w.clock.Now().AddDate(1, 0, 0).Unix(), Lines: []string{trust.LineOf(phone1)},
				}, issuer)
				w.must(err)
			}
			m.Reply(answer)
		case relay.EnrolBundle:
			m.Reply(relay.EnrolBundleAnswer{Bundles: f.lineage, Content: signedContent})
		}
	})
	return ticket, strings.Join(enrol.Words(roots), " ")
}

// pinned is what a keyring holds of a bank.
func (h house) pinned(w *world, id [16]byte) vault.Pin {
	w.Helper()
	pin, err := vault.New(h.keyring).Pin(w.Context(), id)
	w.must(err)
	return pin
}

// copyOf is a bank's bundle for a fraudster to change and sign.
func copyOf(b *trust.Bundle, edit func(*trust.Bundle)) trust.Bundle {
	c := *b
	c.Keys, c.Relays, c.Lines = slices.Clone(b.Keys), slices.Clone(b.Relays), slices.Clone(b.Lines)
	edit(&c)
	return c
}

// sealedFiles are a home's records of its banks, by name, as they are now.
func (h house) sealedFiles(w *world) map[string][]byte {
	w.Helper()
	paths, err := filepath.Glob(filepath.Join(h.dir, "banks", "*.sealed"))
	w.must(err)
	files := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		w.must(err)
		files[path] = data
	}
	return files
}
