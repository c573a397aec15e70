// Fuzz targets of the handshake's messages, at both ends and on both sides of
// the encryption. Keys and nonces are fixed, so that a kept input opens in every
// later run.

package handshake

import (
	"bytes"
	"errors"
	"testing"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
	"countersign/session/protocol/wire/wiretest"
)

// fixedOffer is newOffer with keys that are the same in every process.
func fixedOffer(t testing.TB) (*OfferKeys, offer.Core) {
	t.Helper()
	private, err := kem().NewPrivateKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	id := [16]byte{2}
	keys := keysOf([16]byte{}, id, private, [32]byte{3})
	return keys, coreOf(keys, id)
}

// named reports whether an error is one that this package promises to who opens.
func named(err error) bool {
	r := ending.Of(err, "")
	return r == ending.Forged || r == ending.Unsupported || errors.Is(err, ErrSpent)
}

// FuzzOpen: what opens with the offer's key answers this offer, and a device
// has signed it, or nobody has and it says so.
func FuzzOpen(f *testing.F) {
	device := wiretest.Key(1)
	keys, core := fixedOffer(f)
	_, envelope := start(f, core, keys, device)
	f.Add(envelope)
	_, envelope = start(f, core, keys, nil)
	f.Add(envelope)
	declined, err := SealDecline(core, keys.Public(), ending.Declined, credential, device)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(declined)
	f.Add([]byte{0x82, 0x40, 0x40})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		keys, core := fixedOffer(t)
		o, err := keys.Open(core, sealed)
		if err != nil {
			if !named(err) {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		if o.Guest == (o.VerifyDevice(&device.PublicKey) == nil) {
			t.Fatal("neither a guest's nor the device's")
		}
		if _, _, err := o.Reveal(); (err == nil) != (o.Declined == "") {
			t.Fatalf("declined %q, and the reveal: %v", o.Declined, err)
		}
	})
}

// FuzzContent fuzzes what is inside an envelope: anybody who has the offer can
// seal to its key.
func FuzzContent(f *testing.F) {
	keys, core := fixedOffer(f)
	enc := [32]byte{4}
	device := wiretest.Key(1)
	reply := Reply{OID: core.ID(), EncHash: enc, Answers: rang, Entry: offer.ByCode, Suite: trust.Suite1}
	f.Add(uint8(guestReply), wire.Marshal(reply))
	reply.Device, reply.Answers = credential, offer.Answers{How: offer.ICalled, Dialled: "+48221112233"}
	reply.Entry, reply.FrameTime = offer.ByQR, 1100
	f.Add(uint8(signedReply), wire.Marshal(reply))
	f.Add(uint8(guestDecline), wire.Marshal(decline{OID: core.ID(), Reason: ending.Declined}))
	f.Add(uint8(signedDecline), wire.Marshal(decline{OID: core.ID(), Reason: ending.Reported, Device: credential}))
	f.Fuzz(func(t *testing.T, kind uint8, payload []byte) {
		c := content{Kind: contentKind(kind), Body: payload}
		if c.Kind == signedReply || c.Kind == signedDecline {
			label := wire.LabelReply
			if c.Kind == signedDecline {
				label = wire.LabelDecline
			}
			signed, err := wire.Sign(label, device, payload)
			if err != nil {
				t.Fatal(err)
			}
			c.Body = signed
		}
		o := &Opened{keys: keys}
		if err := o.decode(wire.Marshal(c), core.ID(), enc); err != nil {
			if !named(err) {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		o.wellMade = true
		again := wire.Marshal(o.Reply)
		if o.Declined != "" {
			again = wire.Marshal(decline{OID: core.ID(), Reason: o.Declined, Device: o.Device})
		}
		switch {
		case !bytes.Equal(again, payload):
			t.Fatalf("accepted %x, which is not the encoding of what it says", payload)
		case o.Declined == "" && (o.Reply.check() != nil || o.Reply.Suite != trust.Suite1 || o.Reply.OID != core.ID() || o.Reply.EncHash != enc):
			t.Fatalf("accepted %+v", o.Reply)
		case o.Declined != "" && !o.Declined.Known():
			t.Fatalf("declined as %q", o.Declined)
		case o.Guest != (len(o.Device) == 0), o.Guest == (o.VerifyDevice(&device.PublicKey) == nil):
			t.Fatal("neither a guest's nor the device's")
		}
	})
}

// FuzzPlain fuzzes the whole plaintext of an envelope, its frame included.
func FuzzPlain(f *testing.F) {
	keys, core := fixedOffer(f)
	reply := wire.Marshal(Reply{OID: core.ID(), Answers: rang, Entry: offer.ByCode, Suite: trust.Suite1})
	f.Add(wire.Marshal(content{Kind: guestReply, Body: reply}))
	f.Add(wire.Marshal(content{Kind: signedReply, Body: reply}))
	f.Add(wire.Marshal(content{Kind: 4}))
	f.Fuzz(func(t *testing.T, plain []byte) {
		o := &Opened{keys: keys}
		if err := o.decode(plain, core.ID(), [32]byte{}); err != nil && !named(err) {
			t.Fatalf("an error without a name: %v", err)
		}
	})
}

// FuzzAnswers: the companion takes one reveal and one refusal for each reason,
// and no other bytes at all.
func FuzzAnswers(f *testing.F) {
	nA := [32]byte{3}
	companion := Companion{callID: [16]byte{2}, ca: offer.Commitment([16]byte{2}, nA), th: [32]byte{5}, nC: [32]byte{6}}
	k0 := bytes.Repeat([]byte{7}, secretSize)
	keys, _ := fixedOffer(f)
	opened := func() *Opened {
		return &Opened{
			keys: &OfferKeys{private: keys.private, nA: nA}, th: companion.th, k0: bytes.Clone(k0),
			Guest: true, wellMade: true, Reply: Reply{NC: companion.nC},
		}
	}
	body, _ := revealOf(f, opened())
	refusals := map[string]ending.Reason{}
	for _, reason := range ending.All() {
		refused, err := opened().Refuse(reason)
		if err != nil {
			f.Fatal(err)
		}
		refusals[string(refused)] = reason
		if reason == ending.Busy || reason == ending.FrameStale {
			f.Add(refused)
		}
	}
	f.Add(body)
	f.Fuzz(func(t *testing.T, data []byte) {
		one, two := companion, companion
		one.k0, two.k0 = bytes.Clone(k0), bytes.Clone(k0)
		secrets, err := one.Reveal(data)
		if (err == nil) != bytes.Equal(data, body) || (secrets == nil) != (err != nil) {
			t.Fatalf("revealed by %x: %v", data, err)
		}
		reason, refuseErr := two.Refusal(data)
		if (refuseErr == nil) != (refusals[string(data)] != "") || reason != refusals[string(data)] {
			t.Fatalf("refused by %x: %v", data, refuseErr)
		}
		for _, e := range []error{err, refuseErr} {
			if e != nil && !named(e) {
				t.Fatalf("an error without a name: %v", e)
			}
		}
		if _, err := one.Reveal(body); !errors.Is(err, ErrSpent) || !bytes.Equal(one.k0, make([]byte, secretSize)) {
			t.Fatal("the first answer leaves secrets behind")
		}
	})
}

// FuzzProofs: one confirmation, and one read-back for each counter.
func FuzzProofs(f *testing.F) {
	secrets := newSecrets([32]byte{1}, bytes.Repeat([]byte{2}, secretSize), [32]byte{3}, [32]byte{4})
	f.Add(secrets.Confirm(), uint64(0), secrets.Readback(0))
	f.Add([]byte{}, uint64(1<<63), "000000")
	f.Fuzz(func(t *testing.T, confirm []byte, counter uint64, typed string) {
		if err := secrets.CheckConfirm(confirm); (err == nil) != bytes.Equal(confirm, secrets.Confirm()) || err != nil && !named(err) {
			t.Errorf("confirmed by %x: %v", confirm, err)
		}
		digits := secrets.Readback(counter)
		if len(digits) != ReadbackDigits || secrets.CheckReadback(counter, typed) != (typed == digits) {
			t.Errorf("read-back %d is %q, and %q counts", counter, digits, typed)
		}
	})
}
