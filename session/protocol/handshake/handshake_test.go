// Tests of the handshake: a full run gives both ends the same secrets, and
// nothing else does.

package handshake

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

var (
	rang       = offer.Answers{How: offer.TheyCalled}
	credential = []byte("stands for a signed device credential")
)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newOffer returns the keys of an offer and its core.
func newOffer(t testing.TB) (*OfferKeys, offer.Core) {
	t.Helper()
	id := offer.NewCallID()
	keys, err := NewOfferKeys([16]byte{'b', 'a', 'n', 'k'}, id)
	if err != nil {
		t.Fatal(err)
	}
	return keys, coreOf(keys, id)
}

func coreOf(keys *OfferKeys, id [16]byte) offer.Core {
	return offer.Core{
		CallID: id, Start: 1000, Direction: offer.BankCalled, Purpose: trust.CardPayment,
		Line: "4567", Suite: trust.Suite1, Keys: keys.Public().Hash(),
	}
}

func start(t testing.TB, core offer.Core, keys *OfferKeys, device *ecdsa.PrivateKey) (*Companion, []byte) {
	t.Helper()
	if device == nil {
		c, envelope, err := Start(core, keys.Public(), rang, offer.ByCode, 0, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c, envelope
	}
	c, envelope, err := Start(core, keys.Public(), rang, offer.ByCode, 0, credential, device)
	if err != nil {
		t.Fatal(err)
	}
	return c, envelope
}

// open opens an envelope and, unless it is a guest's, verifies the device.
func open(t testing.TB, core offer.Core, keys *OfferKeys, envelope []byte, device *ecdsa.PrivateKey) *Opened {
	t.Helper()
	o, err := keys.Open(core, envelope)
	if err != nil {
		t.Fatal(err)
	}
	if device != nil {
		if err := o.VerifyDevice(&device.PublicKey); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func revealOf(t testing.TB, o *Opened) ([]byte, *Secrets) {
	t.Helper()
	body, secrets, err := o.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	return body, secrets
}

func wantReason(t testing.TB, what string, err error, want ending.Reason) {
	t.Helper()
	if ending.Of(err, "") != want {
		t.Errorf("%s: got %v, want %s", what, err, want)
	}
}

func TestAFullRunGivesBothEndsTheSameSecrets(t *testing.T) {
	for name, device := range map[string]*ecdsa.PrivateKey{"device": newKey(t), "guest": nil} {
		t.Run(name, func(t *testing.T) {
			keys, core := newOffer(t)
			companion, envelope := start(t, core, keys, device)
			o := open(t, core, keys, envelope, device)
			if o.Guest != (device == nil) || o.Declined != "" || o.Reply.Answers != rang || o.Reply.OID != core.ID() {
				t.Errorf("opened %+v", o)
			}
			if device != nil && !bytes.Equal(o.Device, credential) {
				t.Error("the device credential is lost")
			}
			body, agent := revealOf(t, o)
			customer, err := companion.Reveal(body)
			if err != nil {
				t.Fatal(err)
			}
			if err := agent.CheckConfirm(customer.Confirm()); err != nil {
				t.Error(err)
			}
			for counter := range uint64(4) {
				digits := customer.Readback(counter)
				if len(digits) != ReadbackDigits || !agent.CheckReadback(counter, digits) {
					t.Errorf("read-back %d: %q", counter, digits)
				}
			}
			a1, c1, err1 := agent.Channel()
			a2, c2, err2 := customer.Channel()
			if err1 != nil || err2 != nil || a1 != a2 || c1 != c2 {
				t.Error("the channel keys differ")
			}
			if a1 == c1 || a1.Key == c1.Key || a1.IV == c1.IV {
				t.Error("both directions have one key")
			}
		})
	}
}

func TestRunsShareNothing(t *testing.T) {
	seen := map[string]bool{}
	for range 4 {
		keys, core := newOffer(t)
		_, envelope := start(t, core, keys, nil)
		_, s := revealOf(t, open(t, core, keys, envelope, nil))
		seen[string(s.prk)] = true
	}
	if len(seen) != 4 {
		t.Error("two calls have the same secrets")
	}
}

func TestStartRefuses(t *testing.T) {
	keys, core := newOffer(t)
	other, _ := newOffer(t)
	otherSuite := core
	otherSuite.Suite = 2
	notAKey := core
	short := offer.Keys{PKA: []byte("short")}
	notAKey.Keys = short.Hash()
	otherBank, otherKey, otherCommitment := keys.Public(), keys.Public(), keys.Public()
	otherBank.Bank = [16]byte{'c', 'a', 'n', 't'}
	otherKey.PKA = other.Public().PKA
	otherCommitment.CA = other.Public().CA
	for name, c := range map[string]struct {
		core    offer.Core
		keys    offer.Keys
		answers offer.Answers
		want    ending.Reason
	}{
		"other keys than the offer names":  {core, other.Public(), rang, ending.Forged},
		"at another bank than the offer":   {core, otherBank, rang, ending.Forged},
		"another pkA than the offer names": {core, otherKey, rang, ending.Forged},
		"another commitment than it names": {core, otherCommitment, rang, ending.Forged},
		"no commitment":                    {core, offer.Keys{PKA: keys.Public().PKA}, rang, ending.Forged},
		"a key that is none":               {notAKey, short, rang, ending.Forged},
		"another suite":                    {otherSuite, keys.Public(), rang, ending.Unsupported},
		"not sure":                         {core, keys.Public(), offer.Answers{How: offer.NotSure}, ending.NotSure},
	} {
		_, envelope, err := Start(c.core, c.keys, c.answers, offer.ByCode, 0, nil, nil)
		wantReason(t, name, err, c.want)
		if envelope != nil {
			t.Errorf("%s: an envelope was made", name)
		}
	}
	for name, c := range map[string]struct {
		answers   offer.Answers
		entry     offer.EntryPath
		frameTime int64
	}{
		"no answer":                  {offer.Answers{}, offer.ByCode, 0},
		"number though it rang":      {offer.Answers{How: offer.TheyCalled, Dialled: "+48221112233"}, offer.ByCode, 0},
		"no number though dialled":   {offer.Answers{How: offer.ICalled}, offer.ByCode, 0},
		"number not E.164":           {offer.Answers{How: offer.ICalled, Dialled: "22 111 22 33"}, offer.ByCode, 0},
		"no entry path":              {rang, 0, 0},
		"frame time of a typed code": {rang, offer.ByCode, 1000},
		"frame without a time":       {rang, offer.ByQR, 0},
		"frame before all time":      {rang, offer.ByQR, -1},
	} {
		if _, _, err := Start(core, keys.Public(), c.answers, c.entry, c.frameTime, nil, nil); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAChangedEnvelopeDoesNotOpen(t *testing.T) {
	keys, core := newOffer(t)
	_, envelope := start(t, core, keys, newKey(t))
	rapid.Check(t, func(t *rapid.T) {
		changed := bytes.Clone(envelope)
		changed[rapid.IntRange(0, len(changed)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		o, err := keys.Open(core, changed)
		if ending.Of(err, "") != ending.Forged || o != nil {
			t.Fatalf("got %v", err)
		}
	})
}

func TestAReplyOpensForItsOwnOfferOnly(t *testing.T) {
	keys, core := newOffer(t)
	_, envelope := start(t, core, keys, newKey(t))

	// The same keys, the same call, another offer: only oid differs.
	sibling := core
	sibling.Line = "0000"
	_, err := keys.Open(sibling, envelope)
	wantReason(t, "another oid", err, ending.Forged)

	otherKeys, otherCore := newOffer(t)
	_, err = otherKeys.Open(otherCore, envelope)
	wantReason(t, "another agent's keys", err, ending.Forged)
	_, err = keys.Open(otherCore, envelope)
	wantReason(t, "keys of another offer", err, ending.Forged)
}

// sealContent seals any content to an offer as a companion with a program of
// its own could.
func sealContent(t testing.TB, core offer.Core, keys offer.Keys, kind contentKind, body func(enc []byte) []byte) []byte {
	t.Helper()
	enc, sender, err := seal(core, keys)
	if err != nil {
		t.Fatal(err)
	}
	ct, err := sender.Seal(core.CallID[:], wire.Marshal(content{Kind: kind, Body: body(enc)}))
	if err != nil {
		t.Fatal(err)
	}
	return wire.Marshal(envelope{Enc: enc, CT: ct})
}

func TestAWellSealedReplyMustStillHoldEveryBinding(t *testing.T) {
	keys, core := newOffer(t)
	device := newKey(t)
	good := func(enc []byte) Reply {
		return Reply{OID: core.ID(), EncHash: encHash(enc), Answers: rang, Entry: offer.ByCode, Suite: trust.Suite1, Device: credential}
	}
	signed := func(label string, r Reply) []byte {
		body, err := wire.Sign(label, device, wire.Marshal(r))
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	for name, c := range map[string]struct {
		kind contentKind
		body func(enc []byte) []byte
		want ending.Reason
	}{
		"answers another oid": {signedReply, func(enc []byte) []byte {
			r := good(enc)
			r.OID[0]++
			return signed(wire.LabelReply, r)
		}, ending.Forged},
		"made for another key agreement": {signedReply, func([]byte) []byte {
			return signed(wire.LabelReply, good([]byte("the enc of another envelope")))
		}, ending.Forged},
		"another suite": {signedReply, func(enc []byte) []byte {
			r := good(enc)
			r.Suite = 2
			return signed(wire.LabelReply, r)
		}, ending.Unsupported},
		"not sure": {signedReply, func(enc []byte) []byte {
			r := good(enc)
			r.Answers.How = offer.NotSure
			return signed(wire.LabelReply, r)
		}, ending.Forged},
		"signed without a credential": {signedReply, func(enc []byte) []byte {
			r := good(enc)
			r.Device = nil
			return signed(wire.LabelReply, r)
		}, ending.Forged},
		"guest with a credential":       {guestReply, func(enc []byte) []byte { return wire.Marshal(good(enc)) }, ending.Forged},
		"guest with a signed body":      {guestReply, func(enc []byte) []byte { return signed(wire.LabelReply, good(enc)) }, ending.Forged},
		"device with an unsigned body":  {signedReply, func(enc []byte) []byte { return wire.Marshal(good(enc)) }, ending.Forged},
		"unknown kind":                  {contentKind(9), func(enc []byte) []byte { return signed(wire.LabelReply, good(enc)) }, ending.Forged},
		"reply as a decline":            {signedDecline, func(enc []byte) []byte { return signed(wire.LabelDecline, good(enc)) }, ending.Forged},
		"junk":                          {guestReply, func([]byte) []byte { return []byte("junk") }, ending.Forged},
		"decline of another offer":      {guestDecline, func([]byte) []byte { return wire.Marshal(decline{Reason: ending.Declined}) }, ending.Forged},
		"decline for an unknown reason": {guestDecline, func([]byte) []byte { return wire.Marshal(decline{OID: core.ID(), Reason: "nonsense"}) }, ending.Forged},
		"guest's decline with a credential": {guestDecline, func([]byte) []byte {
			return wire.Marshal(decline{OID: core.ID(), Reason: ending.Declined, Device: credential})
		}, ending.Forged},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := keys.Open(core, sealContent(t, core, keys.Public(), c.kind, c.body))
			wantReason(t, "Open", err, c.want)
			if o == nil {
				t.Fatal("nothing to refuse with")
			}
			if err := o.VerifyDevice(&device.PublicKey); err == nil {
				t.Error("a broken reply verifies")
			}
			if body, _, err := o.Reveal(); err == nil {
				t.Errorf("a broken reply got the reveal: %x", body)
			}
			if _, err := o.Refuse(ending.Forged); err != nil {
				t.Errorf("cannot be refused: %v", err)
			}
		})
	}
}

func TestOnlyTheDevicesOwnSignatureVerifies(t *testing.T) {
	keys, core := newOffer(t)
	device := newKey(t)
	_, envelope := start(t, core, keys, device)
	o, err := keys.Open(core, envelope)
	if err != nil {
		t.Fatal(err)
	}
	wantReason(t, "another device's key", o.VerifyDevice(&newKey(t).PublicKey), ending.Forged)
	_, _, err = o.Reveal()
	wantReason(t, "reveal to an unverified device", err, ending.Forged)

	underAnotherLabel := sealContent(t, core, keys.Public(), signedReply, func(enc []byte) []byte {
		r := Reply{OID: core.ID(), EncHash: encHash(enc), Answers: rang, Entry: offer.ByCode, Suite: trust.Suite1, Device: credential}
		body, err := wire.Sign(wire.LabelDecline, device, wire.Marshal(r))
		if err != nil {
			t.Fatal(err)
		}
		return body
	})
	o, err = keys.Open(core, underAnotherLabel)
	if err != nil {
		t.Fatal(err)
	}
	wantReason(t, "a signature under another label", o.VerifyDevice(&device.PublicKey), ending.Forged)

	_, guest := start(t, core, keys, nil)
	o, err = keys.Open(core, guest)
	if err != nil {
		t.Fatal(err)
	}
	wantReason(t, "a guest's signature", o.VerifyDevice(&device.PublicKey), ending.Forged)
}

func TestAReplyTakenFromOneOfferIsWorthlessInAnother(t *testing.T) {
	// A hostile agent opens a device's reply to its own offer and seals the
	// signed part to another agent's offer.
	device := newKey(t)
	hostile, hostileCore := newOffer(t)
	_, envelope := start(t, hostileCore, hostile, device)
	stolen := open(t, hostileCore, hostile, envelope, device)

	honest, honestCore := newOffer(t)
	_, err := honest.Open(honestCore, sealContent(t, honestCore, honest.Public(), signedReply, func([]byte) []byte { return stolen.signed }))
	wantReason(t, "a stolen reply", err, ending.Forged)
}

func TestAChangedRevealIsForged(t *testing.T) {
	keys, core := newOffer(t)
	device := newKey(t)
	companion, envelope := start(t, core, keys, device)
	body, _ := revealOf(t, open(t, core, keys, envelope, device))
	fresh := *companion
	rapid.Check(t, func(t *rapid.T) {
		c := fresh
		c.k0 = bytes.Clone(fresh.k0)
		changed := bytes.Clone(body)
		changed[rapid.IntRange(0, len(changed)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		s, err := c.Reveal(changed)
		if ending.Of(err, "") != ending.Forged || s != nil {
			t.Fatalf("got %v", err)
		}
		if _, err := c.Reveal(body); !errors.Is(err, ErrSpent) {
			t.Fatalf("a second try: %v", err)
		}
	})
}

func TestTheAgentCannotChooseItsNonceAfterTheReply(t *testing.T) {
	keys, core := newOffer(t)
	companion, envelope := start(t, core, keys, nil)
	o := open(t, core, keys, envelope, nil)
	keys.nA[0]++ // a nonce that the offer did not commit to, under a good MAC
	body, _ := revealOf(t, o)
	_, err := companion.Reveal(body)
	wantReason(t, "wrong commitment", err, ending.Forged)
}

func TestOnlyOneAnswerIsHandled(t *testing.T) {
	keys, core := newOffer(t)
	companion, envelope := start(t, core, keys, nil)
	body, _ := revealOf(t, open(t, core, keys, envelope, nil))
	if _, err := companion.Reveal(body); err != nil {
		t.Fatal(err)
	}
	if _, err := companion.Reveal(body); !errors.Is(err, ErrSpent) {
		t.Errorf("second reveal: %v", err)
	}
	if _, err := companion.Refusal(body); !errors.Is(err, ErrSpent) {
		t.Errorf("refusal after the reveal: %v", err)
	}
}

func TestAnOfferRevealsToOneReply(t *testing.T) {
	keys, core := newOffer(t)
	_, first := start(t, core, keys, nil)
	_, second := start(t, core, keys, nil)
	one, _ := revealOf(t, open(t, core, keys, first, nil))

	_, _, err := open(t, core, keys, second, nil).Reveal()
	wantReason(t, "a second valid reply", err, ending.Replayed)

	again, _ := revealOf(t, open(t, core, keys, first, nil))
	if !bytes.Equal(one, again) {
		t.Error("the same reply got another reveal")
	}
	if refusal, err := open(t, core, keys, second, nil).Refuse(ending.Replayed); err != nil || len(refusal) == 0 {
		t.Errorf("the second reply cannot be refused: %v", err)
	}
}

func TestABadReplyDoesNotUseUpTheOffer(t *testing.T) {
	keys, core := newOffer(t)
	device := newKey(t)
	if _, err := keys.Open(core, []byte("junk")); err == nil {
		t.Fatal("junk opened")
	}
	_, refused := start(t, core, keys, newKey(t))
	o, err := keys.Open(core, refused)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Refuse(ending.NotForYou); err != nil {
		t.Fatal(err)
	}
	companion, envelope := start(t, core, keys, device)
	body, _ := revealOf(t, open(t, core, keys, envelope, device))
	if _, err := companion.Reveal(body); err != nil {
		t.Errorf("after a bad reply: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	keys, core := newOffer(t)
	companion, envelope := start(t, core, keys, nil)
	body, err := open(t, core, keys, envelope, nil).Refuse(ending.FrameStale)
	if err != nil {
		t.Fatal(err)
	}
	fresh := *companion
	fresh.k0 = bytes.Clone(companion.k0)

	if reason, err := companion.Refusal(body); err != nil || reason != ending.FrameStale {
		t.Errorf("got %q, %v", reason, err)
	}
	if _, err := companion.Reveal(body); !errors.Is(err, ErrSpent) {
		t.Errorf("reveal after the refusal: %v", err)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := fresh
		c.k0 = bytes.Clone(fresh.k0)
		changed := bytes.Clone(body)
		changed[rapid.IntRange(0, len(changed)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if reason, err := c.Refusal(changed); ending.Of(err, "") != ending.Forged {
			t.Fatalf("got %q, %v", reason, err)
		}
	})
}

func TestARefusalOfAnotherReplyIsForged(t *testing.T) {
	keys, core := newOffer(t)
	_, other := start(t, core, keys, nil)
	companion, _ := start(t, core, keys, nil)
	body, err := open(t, core, keys, other, nil).Refuse(ending.Forged)
	if err != nil {
		t.Fatal(err)
	}
	_, err = companion.Refusal(body)
	wantReason(t, "another reply's refusal", err, ending.Forged)
}

func TestRevealAndRefusalHaveKeysOfTheirOwn(t *testing.T) {
	k0 := make([]byte, secretSize)
	if bytes.Equal(answerMAC(labelReveal, [32]byte{}, k0, []byte("x")), answerMAC(labelRefuse, [32]byte{}, k0, []byte("x"))) {
		t.Error("a refusal's MAC counts for a reveal")
	}
}

func TestDeclines(t *testing.T) {
	keys, core := newOffer(t)
	device := newKey(t)
	envelope, err := SealDecline(core, keys.Public(), ending.Declined, credential, device)
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, core, keys, envelope, device)
	if o.Declined != ending.Declined || o.Guest || !bytes.Equal(o.Device, credential) {
		t.Errorf("opened %+v", o)
	}
	_, _, err = o.Reveal()
	wantReason(t, "a reveal to a decline", err, ending.Forged)
	wantReason(t, "another device's key", o.VerifyDevice(&newKey(t).PublicKey), ending.Forged)

	envelope, err = SealDecline(core, keys.Public(), ending.Cancelled, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	o = open(t, core, keys, envelope, nil)
	if o.Declined != ending.Cancelled || !o.Guest {
		t.Errorf("opened %+v", o)
	}
	_, _, err = o.Reveal()
	wantReason(t, "a reveal to a guest's decline", err, ending.Forged)
	wantReason(t, "a guest's signature", o.VerifyDevice(&device.PublicKey), ending.Forged)

	if _, err := SealDecline(core, keys.Public(), "nonsense", nil, nil); err == nil {
		t.Error("declined for a reason that does not exist")
	}
	other, _ := newOffer(t)
	_, err = SealDecline(core, other.Public(), ending.Declined, nil, nil)
	wantReason(t, "another key than the offer names", err, ending.Forged)
}

func TestConfirmHoldsForItsHandshakeOnly(t *testing.T) {
	run := func() *Secrets {
		keys, core := newOffer(t)
		_, envelope := start(t, core, keys, nil)
		_, s := revealOf(t, open(t, core, keys, envelope, nil))
		return s
	}
	one, two := run(), run()
	wantReason(t, "another handshake's", one.CheckConfirm(two.Confirm()), ending.Forged)
	wantReason(t, "nothing", one.CheckConfirm(nil), ending.Forged)
	wantReason(t, "cut off", one.CheckConfirm(one.Confirm()[:31]), ending.Forged)
	if one.CheckReadback(1, one.Readback(0)) && one.CheckReadback(2, one.Readback(0)) {
		t.Error("a read-back holds for every counter")
	}
	for _, typed := range []string{"", "12345", one.Readback(0) + " ", "0" + one.Readback(0)} {
		if one.CheckReadback(0, typed) {
			t.Errorf("%q was accepted as a read-back", typed)
		}
	}
}

func TestWhatWasErasedIsGone(t *testing.T) {
	keys, core := newOffer(t)
	companion, envelope := start(t, core, keys, nil)
	o := open(t, core, keys, envelope, nil)
	k0 := o.k0
	body, s := revealOf(t, o)
	if !bytes.Equal(k0, make([]byte, secretSize)) {
		t.Error("k0 outlives the reveal")
	}
	if _, err := o.Refuse(ending.Forged); !errors.Is(err, ErrSpent) {
		t.Errorf("refusal after the reveal: %v", err)
	}
	if _, _, err := o.Reveal(); !errors.Is(err, ErrSpent) {
		t.Errorf("second reveal: %v", err)
	}
	keys.Erase()
	if _, err := keys.Open(core, envelope); !errors.Is(err, ErrSpent) {
		t.Errorf("opening after Erase: %v", err)
	}
	if keys.Public().Hash() != core.Keys {
		t.Error("after Erase the offer's public keys are others, made of the erased nonce")
	}
	companion.Erase()
	if _, err := companion.Reveal(body); !errors.Is(err, ErrSpent) {
		t.Errorf("reveal after Erase: %v", err)
	}
	confirm := s.Confirm()
	s.Erase()
	if s.Confirm() != nil || s.Readback(0) != "" || s.CheckReadback(0, "") || !errors.Is(s.CheckConfirm(confirm), ErrSpent) || !errors.Is(s.CheckConfirm(nil), ErrSpent) {
		t.Error("erased secrets still answer")
	}
	if _, _, err := s.Channel(); !errors.Is(err, ErrSpent) {
		t.Errorf("channel after Erase: %v", err)
	}
}
