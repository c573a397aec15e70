// A25: a fake enrolment. A fraudster has a bank with a similar name, a ticket
// of its own, an intercepted letter, or sits between the customer and the bank.
// The defences are the ticket's mutual proof, which vouches for the bank's
// roots, the refusal of names that can be confused, single use and a lock, and
// the question whether somebody is telling the customer to do this.

package attacks_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// enrols enrols and returns the reason why not, or "".
func (p *phone) enrols(e session.Enrolment) ending.Reason {
	_, err := p.Enrol(p.w.Context(), e)
	return ending.Of(err, "")
}

// knowsNobody wants that nothing was pinned.
func (p *phone) knowsNobody() {
	p.w.Helper()
	if banks, err := p.Banks(p.w.Context()); err != nil || len(banks) != 0 {
		p.w.Errorf("after a refused enrolment: %d banks, %v", len(banks), err)
	}
}

// fakeBank is a fraudster's bank with a real server.
func fakeBank(t *testing.T, name string) *world {
	t.Helper()
	w := &world{T: t, dir: filepath.Join(t.TempDir(), "bank"), clock: &clock{now: dawn}, limits: generous()}
	w.must(bank.Init(w.dir, bank.Options{Name: name, Domain: "examp1ebank.com", Relay: "tls://" + relayAddress, Lines: []string{noBodys}, Now: dawn}))
	w.open()
	t.Cleanup(w.close)
	return w
}

func TestAttackA25LookAlikeBank(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"ExampIe Bank", "Ехамрӏе Ьапк", "Examp1e 8ank", "ExaIVIple Bank"} { // a capital i for an l; Cyrillic letters, a palochka among them; digits; letters drawn close together
		fake := fakeBank(t, name)
		h := w.houseOf("C-1")
		o := fake.options(h)
		c, err := session.OpenCustomer(t.Context(), o)
		w.must(err)
		victim := &phone{c, fake, h}
		if got := victim.enrols(session.Enrolment{Ticket: fake.customerTicket("V-1", phone1)}); got != ending.NameClash {
			t.Errorf("%q was enrolled beside %q: %q", name, bankName, got)
		}
		if banks, err := victim.Banks(t.Context()); err != nil || len(banks) != 1 {
			t.Errorf("%d banks, %v", len(banks), err)
		}
	}
	outcome(t, "A25", attacks.Stopped, "a bank whose name can be taken for that of one already enrolled is refused")
}

// TestAttackA25FraudstersOwnBank shows what is left where no bank is enrolled
// yet and the name resembles nothing that the device knows.
func TestAttackA25FraudstersOwnBank(t *testing.T) {
	fake := fakeBank(t, "Safe Account Service")
	victim := fake.stranger()
	ticket := fake.customerTicket("V-1", phone1)
	if got := victim.enrols(session.Enrolment{Ticket: ticket, Prompted: true}); got != ending.Cancelled {
		t.Errorf("a customer who says that somebody asks for it enrolled: %q", got)
	}
	victim.knowsNobody()
	known, err := victim.Enrol(t.Context(), session.Enrolment{Ticket: ticket}) // the same customer, coached to say no
	fake.must(err)
	if known.Domain != "examp1ebank.com" || known.Name != "Safe Account Service" {
		t.Errorf("the screen names %q, %q: it must name who this really is", known.Name, known.Domain)
	}
	outcome(t, "A25", attacks.NotStopped, "a customer coached to enrol with a bank of a new name gets that bank; its own name and domain stand in every verdict")
}

// TestAttackA25MiddleOfTheProof sits between the customer and the bank while a
// genuine ticket is redeemed.
func TestAttackA25MiddleOfTheProof(t *testing.T) {
	own := func(w *world) (*ecdsa.PrivateKey, [][]byte) {
		key := newKey(w)
		return key, [][]byte{wire.Point(&key.PublicKey)}
	}
	w := newWorld(t)
	ticket := w.customerTicket("C-9", "+48600700809")
	for name, play := range map[string]func(*world){
		// The genuine bundle has other roots, and no proof is sent.
		"roots exchanged": func(w *world) {
			_, roots := own(w)
			w.relay.On(adversary.First(1, adversary.AnswerTo("cp1.enrol")), func(m *adversary.Message) {
				adversary.EditAnswer(m, func(a *relay.EnrolHelloAnswer) { a.RootsHash = trust.RootsHash(roots, 1) })
				m.Send()
			})
		},
		// The fraudster answers in the bank's place without the ticket's secret.
		"a server without the secret": func(w *world) {
			key, roots := own(w)
			fake := *w.bank.Bundle
			fake.Roots, fake.BankID = roots, trust.BankID(trust.RootsHash(roots, 1))
			signed, err := trust.SignBundle(fake, key)
			w.must(err)
			w.relay.On(adversary.Request("cp1.enrol"), func(m *adversary.Message) {
				switch adversary.Read[relay.EnrolRequest](m).Step {
				case relay.EnrolHello:
					m.Reply(relay.EnrolHelloAnswer{BankID: fake.BankID, RootsHash: trust.RootsHash(roots, 1)})
					return
				case relay.EnrolBundle:
					m.Reply(relay.EnrolBundleAnswer{Bundles: [][]byte{signed}, Content: w.bank.Content})
					return
				}
				m.Reply(relay.EnrolProveAnswer{Bundles: [][]byte{signed}, Content: w.bank.Content, Credential: town.given["C-1"].Credential})
			})
		},
		"the customer's own proof handed back": func(w *world) {
			w.relay.On(adversary.Request("cp1.enrol"), func(m *adversary.Message) {
				q := adversary.Read[relay.EnrolRequest](m)
				if q.Step != relay.EnrolProve {
					m.Send()
					return
				}
				prove, err := relay.Decode[relay.EnrolProveRequest](q.Body)
				w.must(err)
				m.Reply(relay.EnrolProveAnswer{Proof: [32]byte(prove.Proof[len(prove.Proof)-32:]), Bundles: w.bank.Lineage, Content: w.bank.Content, Credential: town.given["C-1"].Credential})
			})
		},
		"another customer's key in the hello": func(w *world) {
			key := newKey(w)
			w.relay.On(adversary.First(1, adversary.Request("cp1.enrol")), func(m *adversary.Message) {
				adversary.Edit(m, func(q *relay.EnrolRequest) {
					hello, err := relay.Decode[relay.EnrolHelloRequest](q.Body)
					w.must(err)
					hello.Public = wire.Point(&key.PublicKey)
					q.Body = wire.Marshal(hello)
				})
				m.Send()
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			w.relay.Honest()
			play(w)
			victim := w.stranger()
			if got := victim.enrols(session.Enrolment{Ticket: ticket}); got != ending.Forged {
				t.Errorf("ended %q", got)
			}
			victim.knowsNobody()
			outcome(t, "A25", attacks.Stopped, "ends as forged and nothing is pinned")
		})
	}
	// None of these used the ticket up.
	w.relay.Honest()
	if got := w.stranger().enrols(session.Enrolment{Ticket: ticket}); got != "" {
		t.Errorf("the genuine enrolment afterwards: %q", got)
	}
}

// TestAttackA25ProofRewritten lets the bank prove that it knows the secret, and
// rewrites what stands beside that proof.
func TestAttackA25ProofRewritten(t *testing.T) {
	w := newWorld(t)
	key := newKey(w)
	fake := *w.bank.Bundle
	fake.Roots = [][]byte{wire.Point(&key.PublicKey)}
	signed, err := trust.SignBundle(fake, key)
	w.must(err)
	for name, rewrite := range map[string]func(*relay.EnrolProveAnswer){
		"a bundle of other roots":     func(a *relay.EnrolProveAnswer) { a.Bundles = [][]byte{signed} },
		"another device's credential": func(a *relay.EnrolProveAnswer) { a.Credential = town.given["C-2"].Credential },
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			w.relay.Honest()
			provenWith(w, rewrite)
			victim := w.stranger()
			if got := victim.enrols(session.Enrolment{Ticket: w.customerTicket(name, "+48600700809")}); got != ending.Forged {
				t.Errorf("ended %q", got)
			}
			victim.knowsNobody()
			outcome(t, "A25", attacks.Stopped, "ends as forged and nothing is pinned")
		})
	}
}

// provenWith rewrites the bank's proof of an enrolment.
func provenWith(w *world, edit func(*relay.EnrolProveAnswer)) {
	answers := 0
	w.relay.On(adversary.AnswerTo("cp1.enrol"), func(m *adversary.Message) {
		if answers++; answers == 3 { // after hello and the bundles
			adversary.EditAnswer(m, edit)
		}
		m.Send()
	})
}

// TestAttackA25AnotherServerKey passes the whole genuine proof on, under a TLS
// key of the fraudster's own, to stay in the middle afterwards.
func TestAttackA25AnotherServerKey(t *testing.T) {
	w := newWorld(t)
	key := newKey(w)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: dawn.AddDate(9, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	w.must(err)
	middle, err := adversary.NewRelay(tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, func() string { return strings.TrimPrefix(w.server.URL(), "tls://") })
	w.must(err)
	t.Cleanup(middle.Close)
	h := house{filepath.Join(t.TempDir(), "home"), newKeyring()}
	o := w.options(h)
	o.Dial = middle.Dial
	c, err := session.OpenCustomer(t.Context(), o)
	w.must(err)
	victim := &phone{c, w, h}
	letter := w.customerTicket("C-9", "+48600700809")
	if got := victim.enrols(session.Enrolment{Ticket: letter}); got != ending.WrongServerKey {
		t.Errorf("ended %q", got)
	}
	victim.knowsNobody()
	if got := w.stranger().enrols(session.Enrolment{Ticket: letter}); got != "" {
		t.Errorf("the letter afterwards, elsewhere: %q", got)
	}
	outcome(t, "A25", attacks.Stopped, "a server whose TLS key the bundle does not name gets no proof")
}

// TestAttackA25InterceptedLetter: somebody else has the letter.
func TestAttackA25InterceptedLetter(t *testing.T) {
	w := newWorld(t)
	ticket := w.customerTicket("C-9", "+48600700809")

	// The four letters that name it, seen through the envelope: whatever secrets
	// a stranger tries, the customer's own letter works.
	thief := w.stranger()
	for _, guess := range []string{"AAAA", "BBBB", "CCCC", "DDDD", "EEEE"} {
		if strings.HasSuffix(ticket, guess) {
			continue
		}
		if got := thief.enrols(session.Enrolment{Ticket: ticket[:len(ticket)-4] + guess}); got != ending.UnknownCode {
			t.Errorf("the guess %s: %q", guess, got)
		}
	}
	thief.knowsNobody()
	owner := w.stranger()
	if got := owner.enrols(session.Enrolment{Ticket: ticket}); got != "" {
		t.Errorf("the customer's own letter after the guesses: %q", got)
	}
	// On the customer's own computer it is the same enrolment again.
	if got := owner.enrols(session.Enrolment{Ticket: ticket}); got != "" {
		t.Errorf("the same letter on the same computer: %q", got)
	}

	// Opened and used before it arrives: the customer's own try says so.
	ticket = w.customerTicket("C-10", "+48600700810")
	if got := thief.enrols(session.Enrolment{Ticket: ticket}); got != "" {
		t.Fatalf("a whole ticket: %q", got)
	}
	if got := w.stranger().enrols(session.Enrolment{Ticket: ticket}); got != ending.TicketUsed {
		t.Errorf("the customer is told %q", got)
	}
	outcome(t, "A25", attacks.Limited, "no number of guesses spoils a letter; a whole letter in other hands enrols once, and the customer is told ticket_used")
}

// TestAttackA25SecondDevice shows today's outcome: there is no notice to the
// first device and no waiting time yet.
func TestAttackA25SecondDevice(t *testing.T) {
	w := newWorld(t)
	ticket, _, err := w.server.Directory().AddCustomer(t.Context(), "C-1", []string{phone1})
	w.must(err)
	second := w.stranger()
	if got := second.enrols(session.Enrolment{Ticket: ticket.String()}); got != "" {
		t.Fatalf("a second device of the customer: %q", got)
	}
	agent, _ := w.secureCall(w.agent(anna), "C-1", second)
	agent.End()
	outcome(t, "A25", attacks.NotStopped, "a second device counts at once and the first is not told: the new-device notice and the waiting time come with later work")
}

// TestAttackA25TypedWords: the words of the letter are those of the roots.
func TestAttackA25TypedWords(t *testing.T) {
	w := newWorld(t)
	banks, err := w.customer("C-1").Banks(t.Context())
	w.must(err)
	ticket := w.customerTicket("C-9", "+48600700809")
	victim := w.stranger()
	for words, want := range map[string]ending.Reason{
		strings.Repeat("abandon ", 8):         ending.Forged,
		strings.Join(banks[0].Words[:7], " "): ending.NotACode,
	} {
		if got := victim.enrols(session.Enrolment{Ticket: ticket, Fingerprint: words}); got != want {
			t.Errorf("with the words %q: %q, want %q", words, got, want)
		}
	}
	if _, err := victim.Pin(t.Context(), relayAddress, strings.Repeat("abandon ", 8)); ending.Of(err, "") != ending.Forged {
		t.Errorf("pinned with other words: %v", err)
	}
	victim.knowsNobody()
	if got := victim.enrols(session.Enrolment{Ticket: ticket, Fingerprint: strings.Join(banks[0].Words, " ")}); got != "" {
		t.Errorf("with the right words: %q", got)
	}
	outcome(t, "A25", attacks.Stopped, "words that are not the roots' pin nothing and use no ticket up")
}

// TestAttackA25RootsGivenUp: the bank has changed its root, because the old one
// was stolen. The thief, who is on the line with the bank's TLS key, brings a
// bundle of the old root into the enrolment of somebody new.
func TestAttackA25RootsGivenUp(t *testing.T) {
	w := newWorld(t)
	stolen, fresh := w.bankKey("root"), newKey(w)
	first := w.bank.Bundles[0]
	thiefs, _ := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.Lines = []string{noBodys} }, stolen)
	rotated, _ := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.Roots = [][]byte{wire.Point(&fresh.PublicKey)} }, stolen, fresh)
	w.publish(rotated)
	late, _ := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.Roots = [][]byte{wire.Point(&stolen.PublicKey)} }, stolen)
	known := w.customer("C-1") // holds version 1, and now version 2
	known.green(w, w.agent(anna), "C-1")
	for name, lineage := range map[string][][]byte{
		"version 1 alone": {first}, "a fork by the old root": {first, thiefs}, "the old root after the new one": {first, rotated, late},
		"the new one left out": {first, late},
	} {
		w.relay.Honest()
		provenWith(w, func(a *relay.EnrolProveAnswer) { a.Bundles = lineage })
		if got := w.stranger().enrols(session.Enrolment{Ticket: w.customerTicket(name, phone3)}); got != ending.Forged {
			t.Errorf("somebody new, %s: %q", name, got)
		}
	}

	// Who holds version 2 is asked to come back to version 1 by a ticket whose
	// every proof is good; or to take another version 2, which an insider with
	// all the roots has signed.
	fork := w.forked(rotated, stolen, fresh)
	for name, row := range map[string]struct {
		root    *ecdsa.PrivateKey
		lineage [][]byte
	}{
		"version 1 alone": {stolen, [][]byte{first}}, "a fork by the old root": {stolen, [][]byte{first, thiefs}},
		"a later fork by the old root": {stolen, [][]byte{first, after(w, thiefs, stolen)}}, "a fork by all roots": {fresh, [][]byte{first, fork}},
	} {
		w.relay.Honest()
		ticket, _ := w.plays(fraud{id: w.id(), roots: [][]byte{wire.Point(&row.root.PublicKey)}, lineage: row.lineage, contentOf: w.id()})
		unchanged := known.house.untouched(w)
		if got := known.enrols(session.Enrolment{Ticket: ticket.String()}); got != ending.Forged {
			t.Errorf("who holds version 2, %s: %q", name, got)
		}
		if _, err := w.agentAt(known.house).Enrol(t.Context(), session.Enrolment{Ticket: ticket.String()}); ending.Of(err, "") != ending.Forged {
			t.Errorf("in the other role, %s: %v", name, err)
		}
		if row.root == stolen {
			if _, err := w.stranger().Pin(t.Context(), relayAddress, w.words()); ending.Of(err, "") != ending.Forged {
				t.Errorf("by the words of the new root, %s: %v", name, err)
			}
		}
		unchanged()
	}
	w.relay.Honest()
	if shown := known.green(w, w.agent(anna), "C-1"); shown.Bank.Name != bankName {
		t.Errorf("the genuine call shows %+v", shown)
	}
	outcome(t, "A25", attacks.Stopped, "a root that was given up enrols nobody: the ticket and the words vouch for the new one, and a pin is not left again")
}

// forked is another bundle of a version that exists, by the roots given.
func (w *world) forked(signed []byte, roots ...crypto.Signer) []byte {
	w.Helper()
	other, err := trust.SelfSigned(signed)
	w.must(err)
	other.Lines = []string{noBodys}
	again, err := trust.SignBundle(*other, roots...)
	w.must(err)
	return again
}

// after is the bundle of version 3 that follows another one, by one root.
func after(w *world, signed []byte, root *ecdsa.PrivateKey) []byte {
	w.Helper()
	before, err := trust.SelfSigned(signed)
	w.must(err)
	next, _ := w.bundleAfter(before, nil, root)
	return next
}

// TestAttackA25ExpiredBank: the bundle that the bank's roots signed last has
// ended, and whoever has the server's key still brings it to new customers.
func TestAttackA25ExpiredBank(t *testing.T) {
	w := newWorld(t)
	w.resigns(func(b *trust.Bundle) {
		b.Issued, b.Expiry = w.clock.Now().Add(-2*time.Hour).Unix(), w.clock.Now().Add(-time.Second).Unix()
	})
	victim := w.stranger()
	if got := victim.enrols(session.Enrolment{Ticket: w.customerTicket("C-9", phone3)}); got != ending.Expired {
		t.Errorf("enrolled: %q", got)
	}
	if _, err := victim.Pin(t.Context(), relayAddress, w.words()); ending.Of(err, "") != ending.Expired {
		t.Errorf("pinned: %v", err)
	}
	if _, err := w.agentAt(victim.house).Enrol(t.Context(), session.Enrolment{Ticket: w.agentTicket("Ewa Lis")}); ending.Of(err, "") != ending.Expired {
		t.Errorf("enrolled as an agent: %v", err)
	}
	victim.knowsNobody()
	outcome(t, "A25", attacks.Stopped, "a bank whose newest bundle has ended enrols and pins nobody: expired")
}
