// This file owns the proof that whatever a home writes it can read again: the
// most of everything goes through the code that writes it.

package session

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/session/computer/vault"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict/verdicttest"
	"countersign/session/protocol/wire"
)

// TestTheMostOfARecordIsReadAgain: whatever number of offers is answered, at
// whatever times, with the largest bundles and content, the record stays
// readable, and no offer that may still be served is answered twice.
func TestTheMostOfARecordIsReadAgain(t *testing.T) {
	h := newHome(t)
	most := record{
		Role: roleCustomer, Bundles: [][]byte{make([]byte, wire.MaxBundle), make([]byte, wire.MaxBundle)}, Content: make([]byte, wire.MaxBundle),
		Credential: make([]byte, wire.MaxObject), AgentID: 1 << 63, HoldUntil: 1 << 62, Checked: 1 << 62, Forgotten: 1 << 62,
		Seen: make([]seen, maxSeen),
	}
	for i := range most.Seen {
		most.Seen[i] = seen{OID: [32]byte{1}, Expiry: 1 << 62}
	}
	id := [16]byte{1}
	if err := h.writeRecord(t.Context(), id, most); err != nil {
		t.Fatalf("the most that a record may hold is refused: %v", err)
	}
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1_800_000_000, 0)
		kept := most
		kept.Seen, kept.Forgotten = nil, 0
		latest := map[[32]byte]int64{}
		for i := range rapid.IntRange(0, 600).Draw(t, "offers") {
			now = now.Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "seconds")) * time.Second)
			s := seen{Expiry: now.Unix() + int64(rapid.IntRange(0, 300).Draw(t, "left"))}
			binary.BigEndian.PutUint32(s.OID[:], uint32(i)+1)
			kept.answer(s, now)
			latest[s.OID] = s.Expiry
		}
		if err := h.writeRecord(t.Context(), id, kept); err != nil {
			t.Fatal(err)
		}
		again, err := h.readRecord(t.Context(), roleCustomer, id)
		if err != nil {
			t.Fatalf("%d offers: %v", len(kept.Seen), err)
		}
		for oid, expiry := range latest {
			if expiry+int64(trust.Skew/time.Second) >= now.Unix() && again.mayAnswer(oid, expiry) == nil {
				t.Fatalf("an offer that ends in %d s would be answered again", expiry-now.Unix())
			}
		}
		if err := again.mayAnswer([32]byte{31: 1}, now.Unix()+300); len(kept.Seen) < maxSeen && err != nil {
			t.Fatalf("an offer that nobody has answered: %v", err)
		}
	})
}

// TestWhatCannotBeReadIsNotWritten: the record that is there stays in its place.
func TestWhatCannotBeReadIsNotWritten(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	err := h.change(t.Context(), roleCustomer, id, func(r *record) { r.Seen = make([]seen, maxSeen+1) })
	if ending.Of(err, "") != ending.NoKeyring || !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("one more than can be read: %v", err)
	}
	if r, err := h.readRecord(t.Context(), roleCustomer, id); err != nil || len(r.Seen) != 0 {
		t.Errorf("afterwards %d offers, %v", len(r.Seen), err)
	}
	long := Past{Customer: strings.Repeat("C", wire.MaxMessage), Reason: ending.Completed}
	for _, p := range []Past{long, {Customer: "\xff", Reason: ending.Completed}} {
		if err := h.addPast(t.Context(), roleAgent, p); err == nil {
			t.Error("a call that cannot be read again is kept")
		}
	}
	if past, err := h.history(t.Context(), roleAgent); err != nil || len(past) != 0 {
		t.Errorf("the history: %v, %v", past, err)
	}
}

// TestTheMostOfAHistoryIsReadAgain: more calls than are kept, each with the
// longest of everything.
func TestTheMostOfAHistoryIsReadAgain(t *testing.T) {
	h := newHome(t)
	name := strings.Repeat("\U0001F00F", 40)
	p := Past{
		Began: time.Unix(1<<61, 0), Lasted: 1<<63 - 1, Bank: name, Domain: strings.Repeat("d", 253), Name: name, Department: name,
		Purpose: trust.OtherPurpose, Direction: 2, Reason: ending.WrongCheckDigit, Secure: true, Guest: true, Unverified: true,
		Customer: strings.Repeat("\U0001F00F", 64),
	}
	for n := range maxPast + 3 {
		if err := h.addPast(t.Context(), roleAgent, p); err != nil {
			t.Fatalf("call %d: %v", n+1, err)
		}
	}
	if past, err := h.history(t.Context(), roleAgent); err != nil || len(past) != maxPast || past[maxPast-1].Customer != p.Customer {
		t.Errorf("%d calls are read again: %v", len(past), err)
	}
}

// TestTheMostBanks: the last bank that there is room for can be read, and one
// more is refused before anything of it is kept, in both roles.
func TestTheMostBanks(t *testing.T) {
	h := newHome(t)
	if err := os.MkdirAll(filepath.Join(h.dir, "banks"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range maxBanks - 1 {
		path := h.bankPath(roleCustomer, [16]byte{15: byte(i + 1)})
		if err := os.WriteFile(path, bytes.Repeat([]byte{1}, 40), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for n, world := range []*verdicttest.World{verdicttest.New(), verdicttest.New()} {
		world.Bundle.Name, world.Bundle.Domain = fmt.Sprint("Bank ", n), ""
		signed := world.SignedBundle()
		_, err := h.keep(t.Context(), world.Opened(), [][]byte{signed}, record{Role: roleCustomer})
		if _, pinErr := h.vault.Pin(t.Context(), world.Opened().BankID); n == 1 && !errors.Is(pinErr, vault.ErrNotFound) {
			t.Errorf("a bank that has no room is pinned (%v)", pinErr)
		}
		if n == 0 && err != nil || n == 1 && (ending.Of(err, "") != ending.NoKeyring || !errors.Is(err, vault.ErrTooLarge)) {
			t.Errorf("bank %d: %v", maxBanks+n, err)
		}
		if ids, err := h.bankIDs(roleCustomer); err != nil || len(ids) != maxBanks {
			t.Errorf("%d banks are listed (%v)", len(ids), err)
		}
		if n == 0 { // known banks go on
			if _, err := h.keep(t.Context(), world.Opened(), [][]byte{signed}, record{Role: roleCustomer, Credential: []byte{1}}); err != nil {
				t.Errorf("a known bank: %v", err)
			}
		}
	}
}
