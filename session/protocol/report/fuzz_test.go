// Fuzz targets of the stop report: the envelope, what is inside it, and what a
// device's own key may have signed. The keys are fixed, so that a kept input
// opens in every later run.

package report

import (
	"bytes"
	"crypto/hpke"
	"testing"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/wire"
	"countersign/session/protocol/wire/wiretest"
)

func fixedBankKey(t testing.TB) hpke.PrivateKey {
	t.Helper()
	key, err := hpke.MLKEM768X25519().NewPrivateKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// FuzzOpen: what opens is a report about this offer, for one of the three
// reasons, and nothing that was changed on the way opens.
func FuzzOpen(f *testing.F) {
	bank, device := fixedBankKey(f), wiretest.Key(1)
	enc, ct, err := Seal(bank.PublicKey().Bytes(), oid, ending.Reported, now, device, credential)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(enc, ct)
	f.Add(enc, ct[:len(ct)-1])
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, enc, ct []byte) {
		r, err := Open(bank, oid, enc, ct)
		if err != nil {
			if ending.Of(err, "") != ending.Forged || r.Signed != nil {
				t.Errorf("%+v, %v", r, err)
			}
			return
		}
		if r.OID != oid || !Counts(r.Reason) || r.VerifyBy(&device.PublicKey) != nil {
			t.Errorf("opened %+v", r)
		}
	})
}

// FuzzDecode fuzzes the plaintext: anybody can seal to the bank's public key.
func FuzzDecode(f *testing.F) {
	device := wiretest.Key(1)
	for _, reason := range []ending.Reason{ending.Reported, ending.WrongDirection, ending.NotForYou} {
		signed, err := wire.Sign(wire.LabelReport, device, wire.Marshal(statement{OID: oid, Reason: reason, Time: now.Unix()}))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire.Marshal(sealed{Signed: signed, Credential: credential}))
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		r, err := decode(plain, oid)
		if err != nil {
			if ending.Of(err, "") != ending.Forged {
				t.Errorf("an error without a name: %v", err)
			}
			return
		}
		if r.OID != oid || !Counts(r.Reason) || !bytes.Equal(wire.Marshal(sealed{Signed: r.Signed, Credential: r.Credential}), plain) {
			t.Errorf("accepted %+v", r)
		}
	})
}

// FuzzStatement fuzzes what the device signs.
func FuzzStatement(f *testing.F) {
	device := wiretest.Key(1)
	f.Add(wire.Marshal(statement{OID: oid, Reason: ending.Reported, Time: now.Unix()}))
	f.Add(wire.Marshal(statement{OID: oid, Reason: ending.Completed, Time: -1}))
	f.Fuzz(func(t *testing.T, payload []byte) {
		signed, err := wire.Sign(wire.LabelReport, device, payload)
		if err != nil {
			t.Fatal(err)
		}
		r, err := decode(wire.Marshal(sealed{Signed: signed, Credential: credential}), oid)
		if err != nil {
			if ending.Of(err, "") != ending.Forged {
				t.Errorf("an error without a name: %v", err)
			}
			return
		}
		again := statement{OID: r.OID, Reason: r.Reason, Time: r.Time.Unix()}
		if !bytes.Equal(wire.Marshal(again), payload) || !Counts(r.Reason) || r.VerifyBy(&device.PublicKey) != nil {
			t.Errorf("accepted %+v", r)
		}
	})
}
