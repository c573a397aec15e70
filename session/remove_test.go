// These tests remove banks: at once, cut off in the middle, and while a stop
// holds, which removing must not lift.

package session

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"countersign/session/computer/vault"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict/verdicttest"
)

// ownKeyName is what the key of enrolledHome is called.
var ownKeyName = nameOfKey(roleCustomer)

func nameOfKey(role string) string { return role + "/0123456789abcdef" }

// enrolledHome knows the world's bank as a customer whose device has a key, in
// a store whose deletions fail while it is told so.
func enrolledHome(t *testing.T) (*Customer, *failingStore, [16]byte) {
	t.Helper()
	w, store := verdicttest.New(), &failingStore{Store: vault.NewMemory()}
	h, err := openHome(t.Context(), Options{Dir: t.TempDir(), Store: store})
	if err != nil {
		t.Fatal(err)
	}
	b := w.Opened()
	if _, err := h.vault.NewKey(t.Context(), ownKeyName); err != nil {
		t.Fatal(err)
	}
	if _, err := h.keep(t.Context(), b, [][]byte{w.SignedBundle()}, record{Role: roleCustomer, Credential: w.SignedDevice(), Key: ownKeyName}); err != nil {
		t.Fatal(err)
	}
	return &Customer{h}, store, b.BankID
}

// failingStore refuses to delete items whose name begins so.
type failingStore struct {
	vault.Store
	refused string
}

func (s *failingStore) Delete(ctx context.Context, item string) error {
	if s.refused != "" && strings.HasPrefix(item, s.refused) {
		return vault.ErrLocked
	}
	return s.Store.Delete(ctx, item)
}

// leftOf says what is left of a bank.
func leftOf(t *testing.T, h *home, role string, id [16]byte) (left string) {
	t.Helper()
	if _, err := h.vault.Pin(t.Context(), id); err == nil {
		left += "pin "
	} else if !errors.Is(err, vault.ErrNotFound) {
		t.Fatal(err)
	}
	if _, err := h.vault.Key(t.Context(), nameOfKey(role)); err == nil {
		left += "key "
	} else if !errors.Is(err, vault.ErrNotFound) {
		t.Fatal(err)
	}
	if _, err := os.Stat(h.bankPath(role, id)); err == nil {
		left += "record"
	} else if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.TrimSpace(left)
}

func TestRemovedBankIsGone(t *testing.T) {
	c, _, id := enrolledHome(t)
	add(t, c.home, roleCustomer, pastOf(1))
	if left := leftOf(t, c.home, roleCustomer, id); left != "pin key record" {
		t.Fatalf("enrolled, there is %q", left)
	}
	for _, when := range []string{"once", "twice"} {
		if err := c.Remove(t.Context(), id); err != nil {
			t.Fatalf("removed %s: %v", when, err)
		}
		if left := leftOf(t, c.home, roleCustomer, id); left != "" {
			t.Errorf("removed %s, there is %q", when, left)
		}
	}
	if banks, err := c.Banks(t.Context()); err != nil || len(banks) != 0 {
		t.Errorf("%d banks are listed (%v)", len(banks), err)
	}
	if past, err := c.History(t.Context()); err != nil || len(past) != 1 {
		t.Errorf("%d calls are remembered (%v)", len(past), err)
	}
}

// TestRemovingMayBeCutOff: with the pin gone first, a bank half removed never
// counts, and its record keeps what a stop began for an enrolment that follows.
func TestRemovingMayBeCutOff(t *testing.T) {
	for refused, left := range map[string]string{"pin/": "pin key record", "key/": "key record"} {
		c, store, id := enrolledHome(t)
		store.refused = refused
		if err := c.Remove(t.Context(), id); ending.Of(err, "") != ending.KeyringLocked {
			t.Errorf("cut off at %s: %v", refused, err)
		}
		if got := leftOf(t, c.home, roleCustomer, id); got != left {
			t.Errorf("cut off at %s, there is %q, want %q", refused, got, left)
		}
		if refused == "key/" {
			if _, err := c.bank(t.Context(), roleCustomer, id); ending.Of(err, "") != ending.UnknownBank {
				t.Errorf("half removed, the bank counts: %v", err)
			}
		}
		store.refused = ""
		if err := c.Remove(t.Context(), id); err != nil {
			t.Errorf("the second try: %v", err)
		}
		if got := leftOf(t, c.home, roleCustomer, id); got != "" {
			t.Errorf("after the second try there is %q", got)
		}
	}
}

// TestRemovingDoesNotLiftAHold: a fraudster coaches a customer who was warned
// to remove the bank and enrol again.
func TestRemovingDoesNotLiftAHold(t *testing.T) {
	c, _, id := enrolledHome(t)
	until := time.Now().Add(holdTime)
	if err := c.change(t.Context(), roleCustomer, id, func(r *record) { r.HoldUntil = until.Unix() }); err != nil {
		t.Fatal(err)
	}
	banks, err := c.Banks(t.Context())
	if err != nil || len(banks) != 1 || banks[0].HoldUntil.Unix() != until.Unix() {
		t.Errorf("listed is %+v (%v)", banks, err)
	}
	if err := c.Remove(t.Context(), id); ending.Of(err, "") != ending.OnHold {
		t.Errorf("removed during a hold: %v", err)
	}
	if left := leftOf(t, c.home, roleCustomer, id); left != "pin key record" {
		t.Errorf("after the refusal there is %q", left)
	}
	// A pin that was removed by other means does not open the way either.
	if err := c.vault.DeletePin(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := c.Remove(t.Context(), id); ending.Of(err, "") != ending.OnHold {
		t.Errorf("removed during a hold, without its pin: %v", err)
	}
	if err := c.change(t.Context(), roleCustomer, id, func(r *record) { r.HoldUntil = time.Now().Unix() }); err != nil {
		t.Fatal(err)
	}
	if err := c.Remove(t.Context(), id); err != nil {
		t.Errorf("after the hold: %v", err)
	}
}

// TestBankWithADamagedRecordCanBeRemoved: people must not be stuck with it.
func TestBankWithADamagedRecordCanBeRemoved(t *testing.T) {
	c, _, id := enrolledHome(t)
	write(t, c.bankPath(roleCustomer, id), []byte("damaged"))
	if err := c.Remove(t.Context(), id); err != nil {
		t.Error(err)
	}
	if left := leftOf(t, c.home, roleCustomer, id); left != "" {
		t.Errorf("there is %q", left)
	}
}

// TestRemovalNeedsToKnowOfAHold: a record that cannot be read now may hold one.
func TestRemovalNeedsToKnowOfAHold(t *testing.T) {
	c, store, id := enrolledHome(t)
	locked := &Customer{&home{dir: c.dir, vault: vault.New(lockedStore{store}), clock: c.clock, log: c.log}}
	if err := locked.Remove(t.Context(), id); ending.Of(err, "") != ending.KeyringLocked {
		t.Errorf("removed with a locked keyring: %v", err)
	}
	if left := leftOf(t, c.home, roleCustomer, id); left != "pin key record" {
		t.Errorf("there is %q", left)
	}
}

// TestLeavingAsAgentLeavesTheCustomer: one person, two roles at one bank.
func TestLeavingAsAgentLeavesTheCustomer(t *testing.T) {
	c, _, id := enrolledHome(t)
	a := &Agent{c.home}
	b, err := c.bank(t.Context(), roleCustomer, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.keep(t.Context(), b.bundle, b.Bundles, record{Role: roleAgent, AgentID: 1}); err != nil {
		t.Fatal(err)
	}
	if err := a.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := leftOf(t, c.home, roleAgent, id); left != "pin" {
		t.Errorf("of the agent there is %q", left)
	}
	if banks, err := c.Banks(t.Context()); err != nil || len(banks) != 1 {
		t.Errorf("the customer has %d banks (%v)", len(banks), err)
	}
	if err := c.Remove(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if left := leftOf(t, c.home, roleCustomer, id); left != "" {
		t.Errorf("after both have left there is %q", left)
	}
}

// TestADamagedBankIsListedAlone: what cannot be used can be seen and removed,
// also where it is the only one, and where nothing tells its name any more.
func TestADamagedBankIsListedAlone(t *testing.T) {
	for what, damage := range map[string]func(c *Customer, store vault.Store, id [16]byte){
		"its record": func(c *Customer, _ vault.Store, id [16]byte) {
			write(t, c.bankPath(roleCustomer, id), []byte("damaged"))
		},
		"its bundle": func(c *Customer, _ vault.Store, id [16]byte) {
			if err := c.change(t.Context(), roleCustomer, id, func(r *record) { r.Bundles = nil }); err != nil {
				t.Fatal(err)
			}
		},
		"its pin": func(_ *Customer, store vault.Store, id [16]byte) {
			if err := store.Set(t.Context(), "pin/"+hex.EncodeToString(id[:]), []byte("damaged")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		c, store, id := enrolledHome(t)
		damage(c, store, id)
		banks, err := c.Known(t.Context())
		if err != nil || len(banks) != 1 || banks[0].ID != id || banks[0].Fault == "" || banks[0].Name == "" {
			t.Errorf("with %s damaged, listed are %+v (%v)", what, banks, err)
		}
		if err := c.Remove(t.Context(), id); err != nil {
			t.Errorf("with %s damaged: %v", what, err)
		}
		if banks, err := c.Known(t.Context()); err != nil || len(banks) != 0 {
			t.Errorf("with %s damaged, removed: %+v (%v)", what, banks, err)
		}
	}
	c, store, _ := enrolledHome(t)
	locked := &Customer{&home{dir: c.dir, vault: vault.New(lockedStore{store}), clock: c.clock, log: c.log}}
	if _, err := locked.Known(t.Context()); ending.Of(err, "") != ending.KeyringLocked {
		t.Errorf("with a locked keyring: %v", err)
	}
}
