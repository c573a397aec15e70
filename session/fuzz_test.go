// Fuzz targets of the files that a home keeps. They are sealed, so only a
// program of this person could have written them: an older one, a newer one, or
// one that was broken.

package session

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/session/computer/vault"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// FuzzHistory: a history that is read holds only calls that can have been.
func FuzzHistory(f *testing.F) {
	full := pastCall{1_772_366_400, 60, Past{
		Bank: "Example Bank", Domain: "examplebank.com", Name: "Anna Kowalska", Department: "Fraud team",
		Purpose: trust.Transfer, Direction: offer.BankCalled, Reason: ending.Completed, Secure: true, Customer: "C-1",
	}}
	short := pastCall{Past: Past{Reason: ending.Expired, Guest: true, Unverified: true}}
	f.Add(wire.Marshal(pastFile{Form: historyForm, Calls: []pastCall{full, short}}))
	f.Add(wire.Marshal(pastFile{Form: historyForm}))
	f.Add(wire.Marshal(pastFile{Form: 2}))
	f.Fuzz(func(t *testing.T, plain []byte) {
		calls, err := decodeHistory(plain)
		if err != nil {
			if !errors.Is(err, vault.ErrDamaged) || calls != nil {
				t.Fatalf("%+v, %v", calls, err)
			}
			return
		}
		if len(calls) > maxPast || !bytes.Equal(wire.Marshal(pastFile{Form: historyForm, Calls: calls}), plain) {
			t.Fatalf("%d calls, and written again they are another file", len(calls))
		}
		for _, c := range calls {
			if !c.sound() {
				t.Fatalf("%+v was read", c)
			}
		}
	})
}

// FuzzRecord: whatever a bank's file says, no bundle but the pinned one counts,
// and what people may know of it can be told.
func FuzzRecord(f *testing.F) {
	whole := record{
		Role: roleCustomer, Bundles: [][]byte{{1}}, Content: []byte{2}, Credential: []byte{3}, AgentID: 7, HoldUntil: 1_772_366_400,
		Seen: []seen{{OID: [32]byte{1}, Expiry: 1}}, Checked: -1,
	}
	f.Add(wire.Marshal(whole))
	f.Add(wire.Marshal(record{Role: roleAgent}))
	f.Fuzz(func(t *testing.T, plain []byte) {
		r, err := decodeRecord(plain)
		if err != nil {
			if !errors.Is(err, wire.ErrMalformed) && !errors.Is(err, wire.ErrTooLarge) {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		if !bytes.Equal(wire.Marshal(r), plain) {
			t.Fatalf("written again it is another file: %+v", r)
		}
		b := bank{record: r, bundle: &trust.Bundle{BankID: [16]byte{1}, Name: "Example Bank"}}
		if opened, err := r.pinned(trust.Anchor{BankID: [16]byte{1}, Version: 1}); err == nil || opened != nil || b.signedBundle() != nil {
			t.Fatal("a bundle counts that nobody pinned")
		}
		if info := b.info(time.Unix(0, 0)); r.HoldUntil > 0 == info.HoldUntil.IsZero() {
			t.Fatalf("a hold until %d is told as %v", r.HoldUntil, info.HoldUntil)
		}
	})
}

// FuzzHomeID: a home keeps its name, or says that it is damaged.
func FuzzHomeID(f *testing.F) {
	f.Add([]byte("00112233445566778899aabbccddeeff\n"))
	f.Add([]byte(" 00112233445566778899AABBCCDDEEFF"))
	f.Add([]byte("../../etc"))
	path := filepath.Join(f.TempDir(), "id")
	f.Fuzz(func(t *testing.T, kept []byte) {
		if err := os.WriteFile(path, kept, 0o600); err != nil {
			t.Fatal(err)
		}
		id, err := homeID(t.Context(), path)
		if err == nil && len(id) != 32 || err != nil && id != "" {
			t.Fatalf("%q names the home %q, %v", kept, id, err)
		}
		if again, err2 := homeID(t.Context(), path); again != id || (err2 == nil) != (err == nil) {
			t.Fatalf("%q, then %q", id, again)
		}
	})
}
