// This file fuzzes the directory: its records as they might lie in a damaged
// store, and enrolment by tickets as a state machine. The store is in memory and
// the keys are fixed, so that a kept input means the same in every later run.

package directory

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/hpke"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"countersign/session/bank"
	"countersign/session/bank/storetest"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
	"countersign/session/protocol/wire/wiretest"
)

// fails is what a test, a fuzz target and a property have in common.
type fails interface {
	Helper()
	Fatal(...any)
}

// fixedBank is a bank without a folder.
func fixedBank(t fails) *bank.Bank {
	t.Helper()
	root, issuer, status := wiretest.Key(1), wiretest.Key(2), wiretest.Key(3)
	report, err := hpke.MLKEM768X25519().NewPrivateKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	key := func(role uint8, public []byte) trust.Key {
		return trust.Key{Role: role, Public: public, NotAfter: 1 << 40}
	}
	unsigned := trust.Bundle{
		BankID: trust.BankID(trust.RootsHash([][]byte{wire.Point(&root.PublicKey)}, 1)), Name: "Example Bank", Version: 1, Roots: [][]byte{wire.Point(&root.PublicKey)}, Threshold: 1,
		Keys:   []trust.Key{key(trust.RoleIssuer, wire.Point(&issuer.PublicKey)), key(trust.RoleStatus, wire.Point(&status.PublicKey)), key(trust.RoleReport, report.PublicKey().Bytes())},
		Relays: []trust.Relay{{URL: "tls://127.0.0.1:4222"}}, Suites: []uint8{trust.Suite1}, Lines: []string{"+48221112233"}, MinVersion: "0.1.0", Expiry: 1 << 40,
	}
	signed, err := trust.SignBundle(unsigned, root)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := trust.First(signed, trust.RootsHash(unsigned.Roots, 1))
	if err != nil {
		t.Fatal(err)
	}
	return &bank.Bank{Bundle: opened, Bundles: [][]byte{signed}, Lineage: [][]byte{signed}, Content: []byte("content"), Issuers: []bank.SigningKey{{Private: issuer}}, Statuses: []bank.SigningKey{{Private: status}}, Report: report, Reports: []hpke.PrivateKey{report}}
}

var dawn = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)

// fixedDirectory is an empty directory of that bank, whose clock is now.
func fixedDirectory(t fails, b *bank.Bank, now *time.Time) *Directory {
	t.Helper()
	d, err := Open(context.Background(), storetest.New(), jetstream.MemoryStorage, b, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// FuzzRecords: a record that is damaged, or another version's, is an error and
// never half a record; whatever the directory does with one that can be read,
// it does not break.
func FuzzRecords(f *testing.F) {
	agent := Agent{ID: 1, Name: "Anna Kowalska", Role: "Adviser", Department: "Fraud team", CredentialID: [16]byte{1}, Public: wire.Point(&wiretest.Key(4).PublicKey), Enrolled: 1}
	customer := Customer{Ref: "C-1", Pseudonym: [16]byte{2}, Phones: []string{"+48600700800"}, Devices: []Device{{ID: [16]byte{3}, Public: agent.Public, Expiry: 1 << 40}}}
	f.Add(uint8(0), wire.Marshal(agent))
	f.Add(uint8(1), wire.Marshal(customer))
	f.Add(uint8(2), wire.Marshal(holder{Customer: customerKey("C-1")}))
	f.Add(uint8(3), wire.Marshal(hold{Until: dawn.Add(time.Minute).Unix()}))
	f.Add(uint8(4), wire.Marshal(ticket{Public: agent.Public, Agent: 1, Expiry: dawn.Add(time.Minute).Unix(), UsedBy: agent.Public, UsedAt: 1}))
	f.Add(uint8(5), wire.Marshal(factor{Secret: make([]byte, factorSecret), Last: 1 << 63, Guesses: 4, Since: -1}))
	f.Add(uint8(6), wire.Marshal(counter{Last: 2}))
	b := fixedBank(f)
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		ctx, now := t.Context(), dawn
		d := fixedDirectory(t, b, &now)
		// The records beside the damaged one are whole.
		for key, record := range map[string][]byte{
			agentKey(1): wire.Marshal(agent), customerKey("C-1"): wire.Marshal(customer),
			pseudonymKey([16]byte{2}): wire.Marshal(holder{Customer: customerKey("C-1")}), credentialKey([16]byte{3}): wire.Marshal(holder{Customer: customerKey("C-1")}),
		} {
			if _, err := d.kv.Put(ctx, key, record); err != nil {
				t.Fatal(err)
			}
		}
		keys := []string{agentKey(1), customerKey("C-1"), pseudonymKey([16]byte{2}), holdKey([16]byte{2}), ticketKey("ABCD"), factorKey(1), agentCounter}
		key := keys[int(kind)%len(keys)]
		if _, err := d.kv.Put(ctx, key, data); err != nil {
			t.Fatal(err)
		}
		reads := func(err error, record any) {
			if err == nil && !bytes.Equal(wire.Marshal(record), data) {
				t.Fatalf("%s: %x is read as %+v", key, data, record)
			}
			if err != nil && !errors.Is(err, wire.ErrMalformed) && !errors.Is(err, wire.ErrTooLarge) {
				t.Fatalf("%s: an error without a name: %v", key, err)
			}
		}
		switch int(kind) % len(keys) {
		case 0:
			a, err := d.Agent(ctx, 1)
			reads(err, a)
			if signed, err := d.Credential(ctx, 1, ""); err == nil {
				if _, err := b.Bundle.Credential(signed); err != nil || a.Revoked {
					t.Fatalf("signed %+v: %v", a, err)
				}
			}
		case 1:
			c, err := d.Customer(ctx, "C-1")
			reads(err, c)
			if signed, err := d.Staple(ctx, [16]byte{3}); err == nil {
				staple, err := b.Bundle.Staple(signed)
				known, ok := c.Device([16]byte{3})
				if err != nil || staple.Good != (ok && known.Active(now)) {
					t.Fatalf("of %+v the staple %+v, %v", known, staple, err)
				}
			}
		case 2:
			h, err := read[holder](ctx, d, key)
			reads(err, h)
			_, _ = d.CustomerOf(ctx, [16]byte{2})
		case 3:
			h, err := read[hold](ctx, d, key)
			reads(err, h)
			if until, err := d.HoldUntil(ctx, [16]byte{2}); err == nil && !until.IsZero() != (h.Until > now.Unix()) {
				t.Fatalf("%+v holds until %v", h, until)
			}
		case 4:
			k, err := read[ticket](ctx, d, key)
			reads(err, k)
			_, err = d.Hello(ctx, "U", relay.EnrolHelloRequest{Ticket: "ABCD", Public: agent.Public, Agent: k.Agent != 0})
			if err == nil && !bytes.Equal(k.UsedBy, agent.Public) && (len(k.UsedBy) != 0 || now.Unix() > k.Expiry) {
				t.Fatalf("%+v is open", k)
			}
		case 5:
			k, err := read[factor](ctx, d, key)
			reads(err, k)
			if err := d.spendFactor(ctx, 1, "000000"); err == nil && k.Guesses >= maxGuesses && now.Sub(time.Unix(k.Since, 0)) <= guessWindow {
				t.Fatalf("%+v takes another guess", k)
			}
		case 6:
			c, err := read[counter](ctx, d, key)
			reads(err, c)
			if err == nil && c.Last < 1000 {
				if _, err := d.FindAgents(ctx, "", "", ""); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// paper is a ticket in somebody's hand, and what became of it.
type paper struct {
	name    string
	secret  [32]byte
	agent   bool
	epoch   int
	expires time.Time
	usedBy  *ecdsa.PrivateKey // nil until a key has used it up
}

// openTo says whether this key may enrol with it.
func (p *paper) openTo(key *ecdsa.PrivateKey, now time.Time) bool {
	if p.usedBy != nil {
		return p.usedBy.Equal(key)
	}
	return !now.After(p.expires)
}

// begun is a first step that was answered.
type begun struct {
	public      *ecdsa.PrivateKey
	clientNonce [32]byte
	answer      relay.EnrolHelloAnswer
	at          time.Time
}

// enrolmentStory lets several connections do the two steps with several tickets
// in any order, with right and wrong secrets and keys, while time passes and
// people are revoked. A proof wins exactly when it should: the right secret and
// key, in the connection that began it within a minute, of a ticket that is
// neither used by another key nor expired, and of nobody revoked.
func enrolmentStory(b *bank.Bank) func(*rapid.T) {
	return func(t *rapid.T) {
		ctx, now := context.Background(), dawn
		d := fixedDirectory(t, b, &now)
		put := func(key string, record []byte) {
			if _, err := d.kv.Put(ctx, key, record); err != nil {
				t.Fatal(err)
			}
		}
		put(agentKey(1), wire.Marshal(Agent{ID: 1, Name: "Anna Kowalska", Role: "Adviser", Department: "Fraud team"}))
		put(customerKey("C-1"), wire.Marshal(Customer{Ref: "C-1", Pseudonym: [16]byte{2}, Phones: []string{"+48600700800"}}))
		var papers []*paper
		hellos, spent := map[helloName]begun{}, map[helloName]begun{}
		epoch, agentRevoked, enrolled := 0, false, 0
		var agents *ecdsa.PrivateKey // the key of the enrolled agent
		connection := rapid.SampledFrom([]string{"A", "B"})
		keyNumber := rapid.ByteRange(10, 12)
		some := func(t *rapid.T) *paper {
			if len(papers) == 0 {
				return &paper{name: "NONE"}
			}
			if rapid.Bool().Draw(t, "the newest") {
				return papers[len(papers)-1]
			}
			return rapid.SampledFrom(papers).Draw(t, "ticket")
		}
		actions := map[string]func(*rapid.T){
			"issue": func(t *rapid.T) {
				p := &paper{name: fmt.Sprintf("AA%c%c", 'A'+len(papers)/26%26, 'A'+len(papers)%26), secret: [32]byte{byte(len(papers))}, epoch: epoch, expires: now.Add(TicketLifetime)}
				keys := must(enrol.KeysOf(p.secret))
				record := ticket{Public: keys.Public(), RootsHash: b.Bundle.RootsHash(), Proof: keys.ServerProof(b.Bundle.RootsHash(), b.Bundle.BankID), Customer: customerKey("C-1"), Epoch: uint64(epoch), Expiry: p.expires.Unix()}
				if p.agent = rapid.Bool().Draw(t, "agent's"); p.agent {
					record.Customer, record.Epoch, record.Agent = "", 0, 1
				}
				put(ticketKey(p.name), wire.Marshal(record))
				papers = append(papers, p)
			},
			"begin": func(t *rapid.T) {
				p, from, key := some(t), connection.Draw(t, "connection"), wiretest.Key(keyNumber.Draw(t, "key"))
				q := relay.EnrolHelloRequest{Ticket: p.name, Public: wire.Point(&key.PublicKey), Agent: rapid.Bool().Draw(t, "as an agent")}
				answer, err := d.Hello(ctx, from, q)
				open := slices.Contains(papers, p) && p.agent == q.Agent && p.openTo(key, now)
				if open != (err == nil) || err != nil && !ending.Of(err, "").Known() {
					t.Fatalf("%+v, open %t: %v", p, open, err)
				}
				if err == nil {
					hellos[helloName{from, p.name}] = begun{public: key, clientNonce: q.Nonce, answer: answer, at: now}
				}
			},
			"prove": func(t *rapid.T) {
				p, from := some(t), connection.Draw(t, "connection")
				name := helloName{from, p.name}
				h, was := hellos[name]
				delete(hellos, name)
				if was {
					spent[name] = h
				} else {
					h = spent[name] // what served an earlier proof is tried again
				}
				signer, secret := h.public, p.secret
				if signer == nil || rapid.Bool().Draw(t, "another key") {
					signer = wiretest.Key(9)
				}
				if rapid.Bool().Draw(t, "another secret") {
					secret[31]++
				}
				public := signer
				if h.public != nil {
					public = h.public
				}
				transcript := enrol.Transcript(b.Bundle.RootsHash(), b.Bundle.BankID, wire.Point(&public.PublicKey), h.clientNonce, h.answer.Nonce, p.agent)
				possession, err := wire.Sign(wire.LabelPossession, signer, transcript[:])
				if err != nil {
					t.Fatal(err)
				}
				proof := must(must(enrol.KeysOf(secret)).ClientProof(transcript))
				answer, err := d.Prove(ctx, from, relay.EnrolProveRequest{Ticket: p.name, Proof: proof, Possession: possession})
				judged := was && now.Sub(h.at) <= HelloLifetime && signer.Equal(h.public) && secret == p.secret && p.openTo(h.public, now)
				revoked := p.epoch != epoch
				if p.agent {
					revoked = agentRevoked || agents != nil && was && !agents.Equal(h.public)
				}
				if (err == nil) != (judged && !revoked) {
					t.Fatalf("%+v, judged %t, revoked %t: %v", p, judged, revoked, err)
				}
				again := p.usedBy != nil
				if judged {
					p.usedBy = h.public
				}
				if err != nil {
					if !ending.Of(err, "").Known() || len(answer.Credential) != 0 || len(answer.Bundles) != 0 {
						t.Fatalf("refused with %v, and answered %+v", err, answer)
					}
					return
				}
				if answer.Proof != must(enrol.KeysOf(p.secret)).ServerProof(b.Bundle.RootsHash(), b.Bundle.BankID) {
					t.Fatal("the bank's proof does not hold")
				}
				if p.agent {
					if a, err := d.Agent(ctx, answer.AgentID); err != nil || answer.AgentID != 1 || !bytes.Equal(a.Public, wire.Point(&h.public.PublicKey)) || len(answer.Credential) != 0 {
						t.Fatalf("enrolled agent %+v, %v", a, err)
					}
					agents = h.public
					return
				}
				if !again {
					enrolled++
				}
				device, err := b.Bundle.Device(answer.Credential)
				if err != nil || device.Pseudonym != [16]byte{2} || !bytes.Equal(device.Public, wire.Point(&h.public.PublicKey)) || answer.AgentID != 0 {
					t.Fatalf("enrolled device %+v, %v", device, err)
				}
			},
			"time": func(t *rapid.T) {
				now = now.Add(rapid.SampledFrom([]time.Duration{time.Second, 40 * time.Second, 61 * time.Second, 4 * 24 * time.Hour}).Draw(t, "passes"))
			},
			"revoke the customer": func(t *rapid.T) {
				if devices, err := d.RevokeCustomer(ctx, "C-1"); err != nil || devices != enrolled {
					t.Fatalf("ended %d of %d devices, %v", devices, enrolled, err)
				}
				epoch, enrolled = epoch+1, 0
			},
			"revoke the agent": func(t *rapid.T) {
				if err := d.RevokeAgent(ctx, 1); err != nil {
					t.Fatal(err)
				}
				agentRevoked = true
			},
		}
		names := slices.Sorted(maps.Keys(actions))
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			// Half of the time somebody goes through both steps.
			if rapid.Bool().Draw(t, "an attempt") {
				actions["begin"](t)
				actions["prove"](t)
			} else {
				actions[rapid.SampledFrom(names).Draw(t, "action")](t)
			}
			c, err := d.Customer(ctx, "C-1")
			if err != nil || c.Enrolled(now) != (enrolled > 0) {
				t.Fatalf("%d devices count, on file are %+v, %v", enrolled, c.Devices, err)
			}
		}
	}
}

func TestATicketEnrolsOneKeyWhateverIsTried(t *testing.T) {
	story := enrolmentStory(fixedBank(t))
	for range 5 { // rounds of a hundred
		rapid.Check(t, story)
	}
}

// FuzzEnrolment plays the same story, led by what the fuzzer finds.
func FuzzEnrolment(f *testing.F) {
	story := enrolmentStory(fixedBank(f))
	f.Add(bytes.Repeat([]byte{1, 0, 0, 0, 0, 0, 0, 0}, 64))
	f.Fuzz(rapid.MakeFuzz(story))
}
