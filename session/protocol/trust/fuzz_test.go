// Fuzz targets of everything that a bank signs: the bundle, what its keys vouch
// for, and the words inside. The keys are fixed, so that a kept input opens in
// every later run. Where a signature would keep the fuzzer out, the target signs
// the payload itself: what a bank's own mistake, or its stolen key, can sign
// must be refused as cleanly as a forgery.

package trust

import (
	"bytes"
	"crypto/ecdsa"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/session/protocol/wire"
	"countersign/session/protocol/wire/wiretest"
)

// fixedRoots are the roots of the fuzzed bank: two of the three must sign.
func fixedRoots() []*ecdsa.PrivateKey {
	return []*ecdsa.PrivateKey{wiretest.Key(1), wiretest.Key(2), wiretest.Key(3)}
}

// fixedBank is newBank with keys that are the same in every process.
func fixedBank(t testing.TB) bank {
	t.Helper()
	k := bank{issuer: wiretest.Key(4), status: wiretest.Key(5), content: wiretest.Key(6)}
	key := func(role uint8, key *ecdsa.PrivateKey) Key {
		return Key{Role: role, Public: wire.Point(&key.PublicKey), NotBefore: now.AddDate(-1, 0, 0).Unix(), NotAfter: now.AddDate(1, 0, 0).Unix()}
	}
	roots := fixedRoots()
	b := bundleOf(roots, 2, key(RoleIssuer, k.issuer), key(RoleStatus, k.status), key(RoleContent, k.content))
	k.Bundle = first(t, signBundle(t, b, roots[0], roots[2]), b)
	return k
}

// fixedObjects are one good object of each kind that the bank's keys sign.
func (k bank) fixedObjects(t testing.TB) (Credential, Device, Staple, Content) {
	c, d := k.credential(t), k.device(t)
	c.Public, d.Public = wire.Point(&wiretest.Key(7).PublicKey), wire.Point(&wiretest.Key(8).PublicKey)
	return c, d,
		Staple{Status: idOf(k.status), Credential: c.ID, Good: true, IssuedAt: now.Unix()},
		Content{
			BankID: k.BankID, Version: 1, Key: idOf(k.content), IssuedAt: now.Unix(),
			Purposes: []PurposeText{{Purpose: Transfer, Sentences: map[string]string{"en": "About a transfer."}}},
			NeverAsk: map[string][]string{"en": {"tell a code from a text message"}},
		}
}

// named reports whether an error is one that this package promises.
func named(err error) bool {
	for _, promised := range []error{ErrContent, ErrUnknownKey, ErrRoots, ErrRollback, ErrFork, wire.ErrTooLarge, wire.ErrMalformed, wire.ErrSignature} {
		if errors.Is(err, promised) {
			return true
		}
	}
	return false
}

// FuzzBundle: nothing opens but what enough roots signed, and what opens can be
// pinned and opened through its pin.
func FuzzBundle(f *testing.F) {
	k, roots := fixedBank(f), fixedRoots()
	hash := RootsHash(k.Roots, 2)
	f.Add(signBundle(f, *k.Bundle, roots[0], roots[1]))
	f.Add(signBundle(f, *k.Bundle, roots[0]))
	f.Add(signBundle(f, after(k.Bundle, *k.Bundle), roots...))
	f.Add([]byte{0x82, 0x40, 0x80})
	f.Fuzz(func(t *testing.T, signed []byte) {
		claimed, claimErr := ClaimedRoots([][]byte{signed})
		opened, err := First(signed, hash)
		next, followErr := k.Follow([][]byte{signed})
		_, pinErr := k.Anchor().Open(signed)
		for _, e := range []error{claimErr, err, followErr, pinErr} {
			if e != nil && !named(e) {
				t.Fatalf("an error without a name: %v", e)
			}
		}
		if err == nil {
			again, pinErr := opened.Anchor().Open(signed)
			if claimErr != nil || claimed != hash || pinErr != nil || again.Hash() != opened.Hash() {
				t.Fatalf("opened, and does not open through its pin: %v %v", claimErr, pinErr)
			}
		}
		if followErr == nil && (next.Version != k.Version+1 || next.BankID != k.BankID) {
			t.Fatalf("followed to version %d", next.Version)
		}
	})
}

// FuzzBundlePayload fuzzes what the roots sign.
func FuzzBundlePayload(f *testing.F) {
	k, root := fixedBank(f), wiretest.Key(1)
	f.Add(wire.Marshal(*k.Bundle))
	f.Add(wire.Marshal(after(k.Bundle, *k.Bundle)))
	small := bundleOf([]*ecdsa.PrivateKey{root}, 1)
	f.Add(wire.Marshal(small))
	f.Fuzz(func(t *testing.T, payload []byte) {
		signature, err := wire.SignDetached(wire.LabelBundle, root, payload)
		if err != nil {
			t.Fatal(err)
		}
		signed := wire.Marshal(signedBundle{Payload: payload, Signatures: [][]byte{signature}})
		hash, err := ClaimedRoots([][]byte{signed})
		if err != nil {
			if !named(err) {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		b, err := First(signed, hash)
		if err != nil {
			return // other roots, or more of them
		}
		if b.Threshold != 1 || !bytes.Equal(wire.Marshal(*b), payload) || b.Hash() != wire.H(wire.LabelBundle, payload) {
			t.Fatalf("opened as another bundle: %+v", b)
		}
		if CheckName(b.Name) != nil || CheckDomain(b.Domain) != nil || len(b.Lines) == 0 || len(b.Relays) == 0 || b.Version == 0 {
			t.Fatalf("opened against the rules: %+v", b)
		}
		for _, key := range b.Keys {
			public := b.Public(key.Role, time.Unix(key.NotBefore, 0))
			if !slices.ContainsFunc(b.Keys, func(k Key) bool { return k.Role == key.Role && bytes.Equal(k.Public, public) }) {
				t.Fatal("the newest key of a role is not in the bundle")
			}
			if !b.Lists(key.Role, wire.KeyID(key.Public)) {
				t.Fatal("a key of the bundle is not listed")
			}
		}
	})
}

// FuzzObjects: a signed object opens as what it was signed as, and as nothing
// else.
func FuzzObjects(f *testing.F) {
	k := fixedBank(f)
	c, d, s, words := k.fixedObjects(f)
	for _, sign := range []func() ([]byte, error){
		func() ([]byte, error) { return SignCredential(c, k.issuer) },
		func() ([]byte, error) { return SignDevice(d, k.issuer) },
		func() ([]byte, error) { return SignStaple(s, k.status) },
		func() ([]byte, error) { return SignContent(words, k.content) },
	} {
		object, err := sign()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(object)
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		opened := 0
		note := func(err, peekErr error) {
			if err == nil {
				opened++
			}
			if err != nil && !named(err) || peekErr != nil && !named(peekErr) {
				t.Fatalf("an error without a name: %v, %v", err, peekErr)
			}
			if err == nil && peekErr != nil {
				t.Fatalf("opens and cannot be looked at: %v", peekErr)
			}
		}
		_, err := k.Credential(object)
		_, peekErr := PeekCredential(object)
		note(err, peekErr)
		_, err = k.Device(object)
		_, peekErr = PeekDevice(object)
		note(err, peekErr)
		_, err = k.Staple(object)
		_, peekErr = PeekStaple(object)
		note(err, peekErr)
		_, err = k.Bundle.Content(object)
		note(err, nil)
		if opened > 1 {
			t.Errorf("one object opens as %d kinds", opened)
		}
	})
}

// FuzzPayloads fuzzes what the issuer, the status key and the content key sign.
func FuzzPayloads(f *testing.F) {
	k := fixedBank(f)
	c, d, s, words := k.fixedObjects(f)
	for kind, object := range []any{c, d, s, words} {
		f.Add(uint8(kind), wire.Marshal(object))
	}
	f.Fuzz(func(t *testing.T, kind uint8, payload []byte) {
		sign := func(label string, key *ecdsa.PrivateKey) []byte {
			signed, err := wire.Sign(label, key, payload)
			if err != nil {
				t.Fatal(err)
			}
			return signed
		}
		var err error
		var again any
		var rule bool
		switch kind % 4 {
		case 0:
			var c *Credential
			if c, err = k.Credential(sign(wire.LabelCredential, k.issuer)); err == nil {
				lasts := c.Expiry - c.NotBefore
				rule = CheckName(c.Name) == nil && CheckName(c.Role) == nil && CheckName(c.Department) == nil &&
					lasts > 0 && lasts <= int64(MaxCredential/time.Second) && c.Key() != nil && !slices.ContainsFunc(c.Purposes, func(p Purpose) bool { return !p.Known() })
				again = *c
			}
		case 1:
			var d *Device
			if d, err = k.Device(sign(wire.LabelDevice, k.issuer)); err == nil {
				rule = d.Expiry > d.NotBefore && d.Key() != nil && len(d.Lines) <= 16 && !slices.ContainsFunc(d.Lines, func(l string) bool { return !IsLine(l) })
				again = *d
			}
		case 2:
			var s *Staple
			if s, err = k.Staple(sign(wire.LabelStatus, k.status)); err == nil {
				rule, again = !s.Fresh(now.Add(MaxStaple+Skew)) || !s.Fresh(now.Add(-MaxStaple-Skew)), *s
			}
		case 3:
			var words *Content
			if words, err = k.Bundle.Content(sign(wire.LabelContent, k.content)); err == nil {
				rule, again = words.BankID == k.BankID && safe(words), *words
			}
		}
		if err != nil {
			if !named(err) {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		if !rule || !bytes.Equal(wire.Marshal(again), payload) {
			t.Fatalf("opened against the rules: %+v", again)
		}
	})
}

// safe reports whether all that content can bring to a screen is one printable line.
func safe(c *Content) bool {
	for _, p := range Purposes() {
		if strings.ContainsAny(c.Sentence(p, "en")+c.Sentence(p, "pl"), "\x00\x1b\n\r\u202e\u2028") {
			return false
		}
	}
	for _, sentences := range c.NeverAsk {
		if strings.ContainsAny(strings.Join(sentences, ""), "\x00\x1b\n\r\u202e\u2028") {
			return false
		}
	}
	return true
}

// FuzzWords fuzzes the rules for single words: domains, sentences, purposes.
func FuzzWords(f *testing.F) {
	f.Add("examplebank.com")
	f.Add("card-payment")
	f.Add("A sentence of the bank.")
	f.Fuzz(func(t *testing.T, text string) {
		if CheckDomain(text) == nil && (text != strings.ToLower(text) || strings.ContainsAny(text, " /:@\n") || len(text) > 253) {
			t.Errorf("%q is no domain", text)
		}
		if p, err := ParsePurpose(text); err == nil && (p.String() != text || !p.Known()) {
			t.Errorf("%q is read as %v", text, p)
		}
		if checkSentence(text) == nil && (strings.ContainsAny(text, "\x00\x1b\n\r\u202e\u2028\u2713\u2715\u25b2\u3164") || strings.Contains(text, "  ")) {
			t.Errorf("%q is no sentence", text)
		}
	})
}
