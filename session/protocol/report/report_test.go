// Tests of the stop report: only the bank reads it, only the device makes it,
// and it speaks of one offer.

package report

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"testing"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/wire"
)

var (
	now        = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	oid        = offer.ID{1, 2, 3}
	credential = []byte("stands for a signed device credential")
)

func newDevice(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newBankKey(t testing.TB) hpke.PrivateKey {
	t.Helper()
	key, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func wantForged(t *testing.T, what string, err error) {
	t.Helper()
	if ending.Of(err, "") != ending.Forged {
		t.Errorf("%s: got %v, want forged", what, err)
	}
}

func TestAReportReadsBack(t *testing.T) {
	bank, device := newBankKey(t), newDevice(t)
	for _, reason := range []ending.Reason{ending.WrongDirection, ending.WrongNumber, ending.Reported} {
		enc, ct, err := Seal(bank.PublicKey().Bytes(), oid, reason, now, device, credential)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(ct, credential) || bytes.Contains(ct, []byte(reason)) {
			t.Error("the relay can read the report")
		}
		r, err := Open(bank, oid, enc, ct)
		if err != nil || r.OID != oid || r.Reason != reason || !r.Time.Equal(now) || !bytes.Equal(r.Credential, credential) {
			t.Errorf("%+v, %v", r, err)
		}
		if err := r.VerifyBy(&device.PublicKey); err != nil {
			t.Error(err)
		}
		wantForged(t, "another device's key", r.VerifyBy(&newDevice(t).PublicKey))
	}
}

func TestOnlyTheThreeStopsAreReports(t *testing.T) {
	bank, device := newBankKey(t), newDevice(t)
	for _, reason := range append(ending.All(), "", "nonsense") {
		want := reason == ending.WrongDirection || reason == ending.WrongNumber || reason == ending.Reported
		if Counts(reason) != want {
			t.Errorf("%q counts: %v", reason, !want)
		}
		if _, _, err := Seal(bank.PublicKey().Bytes(), oid, reason, now, device, credential); (err == nil) != want {
			t.Errorf("%q: sealing: %v", reason, err)
		}
		enc, ct := sealAny(t, bank, oid, statement{OID: oid, Reason: reason, Time: now.Unix()}, wire.LabelReport, device)
		if _, err := Open(bank, oid, enc, ct); (err == nil) != want {
			t.Errorf("%q: opening: %v", reason, err)
		}
	}
}

// sealAny seals any statement, as a device with a program of its own could.
func sealAny(t testing.TB, bank hpke.PrivateKey, aad offer.ID, st statement, label string, device *ecdsa.PrivateKey) (enc, ct []byte) {
	t.Helper()
	signed, err := wire.Sign(label, device, wire.Marshal(st))
	if err != nil {
		t.Fatal(err)
	}
	enc, sender, err := hpke.NewSender(bank.PublicKey(), hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(info))
	if err != nil {
		t.Fatal(err)
	}
	ct, err = sender.Seal(aad[:], wire.Marshal(sealed{Signed: signed, Credential: credential}))
	if err != nil {
		t.Fatal(err)
	}
	return enc, ct
}

func TestAReportSpeaksOfOneOffer(t *testing.T) {
	bank, device := newBankKey(t), newDevice(t)
	other := offer.ID{9}
	enc, ct, err := Seal(bank.PublicKey().Bytes(), oid, ending.WrongNumber, now, device, credential)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(bank, other, enc, ct)
	wantForged(t, "sent for another offer", err)

	// Sealed anew for another offer around a statement about this one.
	enc, ct = sealAny(t, bank, other, statement{OID: oid, Reason: ending.WrongNumber, Time: now.Unix()}, wire.LabelReport, device)
	_, err = Open(bank, other, enc, ct)
	wantForged(t, "a statement about another offer", err)
}

func TestASignatureForSomethingElseIsNoReport(t *testing.T) {
	bank, device := newBankKey(t), newDevice(t)
	enc, ct := sealAny(t, bank, oid, statement{OID: oid, Reason: ending.Reported, Time: now.Unix()}, wire.LabelDecline, device)
	r, err := Open(bank, oid, enc, ct)
	if err != nil {
		t.Fatal(err)
	}
	wantForged(t, "another label", r.VerifyBy(&device.PublicKey))
}

func TestOpenRefuses(t *testing.T) {
	bank, device := newBankKey(t), newDevice(t)
	enc, ct, err := Seal(bank.PublicKey().Bytes(), oid, ending.Reported, now, device, credential)
	if err != nil {
		t.Fatal(err)
	}
	flip := func(b []byte) []byte {
		c := bytes.Clone(b)
		c[len(c)/2] ^= 1
		return c
	}
	for name, c := range map[string]struct {
		key     hpke.PrivateKey
		enc, ct []byte
	}{
		"another bank's key": {newBankKey(t), enc, ct},
		"changed ciphertext": {bank, enc, flip(ct)},
		"changed enc":        {bank, flip(enc), ct},
		"short enc":          {bank, enc[:10], ct},
		"no enc":             {bank, nil, ct},
		"no ciphertext":      {bank, enc, nil},
	} {
		_, err := Open(c.key, oid, c.enc, c.ct)
		wantForged(t, name, err)
	}
}

func TestAReportHasASizeLimit(t *testing.T) {
	bank := newBankKey(t)
	enc, ct, err := Seal(bank.PublicKey().Bytes(), oid, ending.Reported, now, newDevice(t), make([]byte, maxSealed))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(bank, oid, enc, ct)
	wantForged(t, "too large", err)
}

func TestSealNeedsAReportKey(t *testing.T) {
	_, _, err := Seal([]byte("not a key"), oid, ending.Reported, now, newDevice(t), credential)
	if ending.Of(err, "") != ending.Unsupported {
		t.Errorf("got %v", err)
	}
}
