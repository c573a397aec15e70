// A10: another root key, an older bundle, or a second bundle of the same
// version is put in the place of the bank's. The defences are the pin in the
// keyring (roots, version, hash), the rule that each bundle follows from the
// one before it, and the threshold of the old and the new roots.

package attacks_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/computer/vault"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
)

func newKey(w *world) *ecdsa.PrivateKey {
	w.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	return key
}

// bundleAfter signs a bundle that follows another by the roots given.
func (w *world) bundleAfter(before *trust.Bundle, edit func(*trust.Bundle), roots ...crypto.Signer) (signed []byte, hash [32]byte) {
	w.Helper()
	next, previous := *before, before.Hash()
	next.Version, next.Previous = before.Version+1, previous[:]
	next.Issued, next.Expiry = w.clock.Now().Unix(), w.clock.Now().AddDate(1, 0, 0).Unix()
	if edit != nil {
		edit(&next)
	}
	signed, err := trust.SignBundle(next, roots...)
	w.must(err)
	return signed, wire.H(wire.LabelBundle, wire.Marshal(next))
}

// publish makes a bundle the bank's newest, as its operator does.
func (w *world) publish(signed []byte) {
	w.Helper()
	w.restart(func() {
		name := strconv.Itoa(len(w.bank.Bundles)+1) + ".cbor"
		w.must(os.WriteFile(filepath.Join(w.dir, "bundles", name), signed, 0o600))
	})
}

// serveNews makes the relay tell everybody these news of the bank.
func (w *world) serveNews(version uint64, hash [32]byte, bundles ...[]byte) {
	news := relay.News{BundleVersion: version, BundleHash: hash, Bundles: append([][]byte{}, bundles...)}
	w.relay.On(adversary.AnswerTo("cp1.lookup"), func(m *adversary.Message) {
		adversary.EditAnswer(m, func(a *relay.LookupAnswer) { a.News = news })
		m.Send()
	})
	w.relay.On(adversary.AnswerTo("cp1.agent.credential"), func(m *adversary.Message) {
		adversary.EditAnswer(m, func(a *relay.CredentialAnswer) { a.News = news })
		m.Send()
	})
}

// version is the version of the bundle that a customer's keyring pins.
func (p *phone) version() uint64 {
	p.w.Helper()
	banks, err := p.Banks(p.w.Context())
	p.w.must(err)
	return banks[0].Version
}

// TestAttackA10Bundles serves every kind of wrong bundle to a customer and to
// an agent who hold version 2.
func TestAttackA10Bundles(t *testing.T) {
	for name, attack := range map[string]func(w *world, root *ecdsa.PrivateKey){
		"substituted root": func(w *world, root *ecdsa.PrivateKey) {
			thief := newKey(w)
			signed, hash := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.Roots = [][]byte{wire.Point(&thief.PublicKey)} }, thief)
			w.serveNews(3, hash, signed)
		},
		"new root without its own signature": func(w *world, root *ecdsa.PrivateKey) {
			other := newKey(w)
			signed, hash := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.Roots = [][]byte{wire.Point(&other.PublicKey)} }, root)
			w.serveNews(3, hash, signed)
		},
		"one root for a threshold of two": func(w *world, root *ecdsa.PrivateKey) {
			other := newKey(w)
			signed, hash := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) {
				b.Roots, b.Threshold = append([][]byte{wire.Point(&other.PublicKey)}, b.Roots...), 2
			}, root, root)
			w.serveNews(3, hash, signed)
		},
		"rolled back": func(w *world, root *ecdsa.PrivateKey) {
			w.serveNews(1, wire.H(wire.LabelBundle, payloadOf(w.bank.Bundles[0])))
		},
		"forked": func(w *world, root *ecdsa.PrivateKey) {
			w.serveNews(2, [32]byte{1})
		},
		"a fork's successor": func(w *world, root *ecdsa.PrivateKey) {
			first := *w.bank.Bundle
			first.Version, first.Lines = 2, []string{noBodys}
			signed, hash := w.bundleAfter(&first, func(b *trust.Bundle) { b.Version, b.Previous = 3, make([]byte, 32) }, root)
			w.serveNews(3, hash, signed)
		},
		"one left out": func(w *world, root *ecdsa.PrivateKey) {
			signed, hash := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.Version = 4 }, root)
			w.serveNews(4, hash, signed)
		},
		"the same version again": func(w *world, root *ecdsa.PrivateKey) {
			signed, hash := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.Version, b.Lines = 2, []string{noBodys} }, root)
			w.serveNews(2, hash, signed)
		},
		"another bank's": func(w *world, root *ecdsa.PrivateKey) {
			signed, hash := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.BankID[0]++ }, root)
			w.serveNews(3, hash, signed)
		},
		"another one than announced": func(w *world, root *ecdsa.PrivateKey) {
			signed, _ := w.bundleAfter(w.bank.Bundle, nil, root)
			w.serveNews(3, [32]byte{1}, signed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			root := w.bankKey("root")
			second, _ := w.bundleAfter(w.bank.Bundle, nil, root)
			w.publish(second)
			desk, victim := w.agent(anna), w.customer("C-1")
			waiting := desk.dials("C-1") // everybody learns of version 2
			customer := victim.types(waiting.code(), theyCalled)
			secured(waiting, customer)
			customer.End()
			customer.ends(ending.Completed)
			waiting.ends(ending.Completed)

			waiting = desk.dials("C-1")
			code := waiting.code()
			attack(w, root)
			customer = victim.types(code, theyCalled)
			customer.ends(ending.Forged)
			desk.dials("C-2").ends(ending.Forged)
			if v := victim.version(); v != 2 || told[call.ReadbackShown](customer) {
				t.Errorf("version %d is pinned", v)
			}

			w.relay.Honest()
			secured(waiting, victim.types(code, theyCalled))
			outcome(t, "A10", attacks.Stopped, "ends as forged for customers and agents, and what is pinned stays")
		})
	}
}

func payloadOf(signedBundle []byte) []byte { return parts(signedBundle)[0] }

// TestAttackA10ExpiredBundle: a relay that keeps newer bundles back can do so
// only until the one it shows has expired.
func TestAttackA10ExpiredBundle(t *testing.T) {
	w := newWorld(t)
	signed, hash := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) {
		b.Issued, b.Expiry = w.clock.Now().Add(-2*time.Hour).Unix(), w.clock.Now().Add(-time.Hour).Unix()
	}, w.bankKey("root"))
	waiting := w.agent(anna).dials("C-1")
	code := waiting.code()
	w.serveNews(2, hash, signed)
	w.customer("C-1").types(code, theyCalled).ends(ending.Expired)
	w.agent(jan).dials("C-2").ends(ending.Expired)
	outcome(t, "A10", attacks.Stopped, "a bank whose newest bundle has expired ends as expired")
}

// TestAttackA10Rotation: the bank changes its root; the old one alone is worth
// nothing afterwards.
func TestAttackA10Rotation(t *testing.T) {
	w := newWorld(t)
	old, fresh := w.bankKey("root"), newKey(w)
	rotated, _ := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.Roots = [][]byte{wire.Point(&fresh.PublicKey)} }, old, fresh)
	w.publish(rotated)
	desk, victim := w.agent(anna), w.customer("C-1")
	agent := desk.dials("C-1")
	customer := victim.types(agent.code(), theyCalled)
	secured(agent, customer)
	customer.End()
	agent.ends(ending.Completed)
	if v := victim.version(); v != 2 {
		t.Fatalf("version %d is pinned after a rotation by both roots", v)
	}

	agent = desk.dials("C-1")
	code := agent.code()
	stolen, hash := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.Roots = [][]byte{wire.Point(&old.PublicKey)} }, old)
	w.serveNews(3, hash, stolen)
	victim.types(code, theyCalled).ends(ending.Forged)
	outcome(t, "A10", attacks.Stopped, "a rotation needs both roots, and a root that was given up signs nothing any more")
}

// TestAttackA10Keyring: the keyring is the anchor. Without its pin there is no
// bank, and files of the home put back to an older state are not believed.
func TestAttackA10Keyring(t *testing.T) {
	w := newWorld(t)
	victim := w.customer("C-1")
	older := w.houseOf("C-1") // the files before the next bundle
	second, _ := w.bundleAfter(w.bank.Bundle, nil, w.bankKey("root"))
	w.publish(second)
	agent := w.agent(anna).dials("C-1")
	code := agent.code()
	customer := victim.types(code, theyCalled)
	opened(agent, customer)
	customer.End()
	agent.ends(ending.Cancelled)

	// Somebody puts the old file back under the keyring of now.
	back := w.customerAt(house{older.dir, victim.house.keyring})
	agent = w.agent(anna).dials("C-1")
	code = agent.code()
	customer = back.types(code, theyCalled)
	customer.ends(ending.Forged)
	if told[call.VerdictGiven](customer) {
		t.Error("an older file was believed")
	}

	w.must(vault.New(victim.house.keyring).DeletePin(t.Context(), w.bank.Bundle.BankID))
	customer = victim.types(code, theyCalled)
	if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Stopped {
		t.Errorf("without a pin: %v", out.Result)
	}
	customer.ends(ending.UnknownBank)
	outcome(t, "A10", attacks.Stopped, "without the keyring's pin there is no bank, and an older file under the pin of now is not read")
}

// TestAttackA10ServerKey: another TLS key than the bundle's sits in the middle.
func TestAttackA10ServerKey(t *testing.T) {
	w := newWorld(t)
	key := newKey(w)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: dawn.AddDate(9, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	w.must(err)
	stranger, err := adversary.NewRelay(tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, func() string { return w.server.URL()[len("tls://"):] })
	w.must(err)
	t.Cleanup(stranger.Close)

	agent := w.agent(anna).dials("C-1")
	code := agent.code()
	h := w.houseOf("C-1")
	o := w.options(h)
	o.Dial = stranger.Dial
	c, err := session.OpenCustomer(t.Context(), o)
	w.must(err)
	(&phone{c, w, h}).types(code, theyCalled).ends(ending.WrongServerKey)
	if len(stranger.Clients(relay.RoleCompanion)) != 0 {
		t.Errorf("a companion spoke to a server with the key %s", hex.EncodeToString(der[:4]))
	}
	outcome(t, "A10", attacks.Stopped, "a server with another TLS key hears no word of NATS: wrong_server_key")
}

// TestAttackA10AnswerHeldBack: two programs of one person check calls at the
// same time. The relay keeps the first one's answer back until the second has
// brought the newest bundle, and then lets the older one arrive.
func TestAttackA10AnswerHeldBack(t *testing.T) {
	w := newWorld(t)
	old, fresh := w.bankKey("root"), newKey(w)
	second, _ := w.bundleAfter(w.bank.Bundle, nil, old)
	w.publish(second)
	// The root was stolen, and the bank gives it up; its server is not there yet.
	third, hash := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.Roots = [][]byte{wire.Point(&fresh.PublicKey)} }, old, fresh)

	h, desk := w.houseOf("C-1"), w.agent(anna)
	slow, quick := w.customerAt(h), w.customerAt(h)
	held := w.relay.Catch(adversary.First(1, adversary.AnswerTo("cp1.lookup")))
	firstCall := desk.dials("C-1")
	behind := slow.types(firstCall.code(), theyCalled)
	answer := receive(w, held)
	w.serveNews(3, hash, second, third)
	quick.types(w.agent(jan).dials("C-2").code(), theyCalled).ends(ending.NotForYou) // whatever the verdict, the bundle is kept
	if v := quick.version(); v != 3 {
		t.Fatalf("version %d is pinned", v)
	}
	answer.Send()
	behind.ends(ending.Busy) // nothing is answered by what the bank has given up
	if v := quick.version(); v != 3 {
		t.Errorf("version %d is pinned again", v)
	}
	outcome(t, "A10", attacks.Stopped, "an answer that was held back is not judged by the older bundle, and brings none in the place of a newer one")
}
