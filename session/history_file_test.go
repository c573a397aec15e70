// These tests hold the history's file to its promises: a bounded list, never
// mistaken for an empty one, and never in the way of an ending.

package session

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict/verdicttest"
	"countersign/session/protocol/wire"
)

// pastOf is a call that began at a second of 1970 and may be remembered.
func pastOf(second int) Past {
	return Past{Began: time.Unix(int64(second), 0), Reason: ending.Completed, Bank: fmt.Sprint("Bank ", second)}
}

func add(t *testing.T, h *home, role string, p Past) {
	t.Helper()
	if err := h.addPast(t.Context(), role, p); err != nil {
		t.Fatal(err)
	}
}

func TestHistoryKeepsTheNewest(t *testing.T) {
	h := newHome(t)
	for i := range maxPast + 5 {
		add(t, h, roleCustomer, pastOf(i))
	}
	past, err := h.history(t.Context(), roleCustomer)
	if err != nil || len(past) != maxPast {
		t.Fatalf("%d calls are kept, want %d (%v)", len(past), maxPast, err)
	}
	for i, p := range past {
		if want := pastOf(maxPast + 4 - i); p != want {
			t.Fatalf("call %d is %+v, want %+v", i, p, want)
		}
	}
	if other, err := h.history(t.Context(), roleAgent); err != nil || len(other) != 0 {
		t.Errorf("the agent's history holds %d calls (%v)", len(other), err)
	}
}

// TestLargestHistoryCanBeReadAgain: a file that is written must not be one that
// the reader's limits refuse.
func TestLargestHistoryCanBeReadAgain(t *testing.T) {
	long := func(n int) string { return string(make([]rune, n)) }
	p := Past{
		Began: time.Unix(1<<40, 0), Lasted: 1 << 60, Bank: long(40), Domain: long(253), Name: long(160), Department: long(160),
		Purpose: trust.OtherPurpose, Direction: offer.CustomerCalled, Reason: ending.WrongCheckDigit, Secure: true, Guest: true, Customer: long(256),
	}
	h := newHome(t)
	for range maxPast {
		add(t, h, roleAgent, p)
	}
	if past, err := h.history(t.Context(), roleAgent); err != nil || len(past) != maxPast {
		t.Errorf("%d of the largest calls are read (%v)", len(past), err)
	}
}

func TestDamagedHistoryIsNotAnEmptyOne(t *testing.T) {
	damage := map[string]func(t *testing.T, h *home, path string){
		"a changed byte": func(t *testing.T, h *home, path string) {
			sealed, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sealed[len(sealed)-1]++
			write(t, path, sealed)
		},
		"cut short": func(t *testing.T, _ *home, path string) { write(t, path, nil) },
		"too large": func(t *testing.T, _ *home, path string) { write(t, path, make([]byte, 2<<20)) },
		"the agent's in its place": func(t *testing.T, h *home, path string) {
			add(t, h, roleAgent, pastOf(1))
			if err := os.Rename(h.historyPath(roleAgent), path); err != nil {
				t.Fatal(err)
			}
		},
		"sealed, and of another form": func(t *testing.T, h *home, path string) {
			if err := h.vault.WriteFile(t.Context(), path, historyLabel(roleCustomer), []byte{0xa0}); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, damage := range damage {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			path := h.historyPath(roleCustomer)
			add(t, h, roleCustomer, pastOf(1))
			damage(t, h, path)
			past, err := h.history(t.Context(), roleCustomer)
			if err == nil || !ending.Of(err, "").LocalFault() {
				t.Errorf("it reads as %d calls (%v)", len(past), err)
			}
			add(t, h, roleCustomer, pastOf(2))
			if past, err = h.history(t.Context(), roleCustomer); err != nil || len(past) != 1 || past[0] != pastOf(2) {
				t.Errorf("after the next call it reads as %+v (%v)", past, err)
			}
			if _, err := os.Stat(path + ".damaged"); err != nil {
				t.Errorf("the damaged file is not kept: %v", err)
			}
		})
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestHistoryIsNotMovedAsideForALockedKeyring: what cannot be read now may be
// read later.
func TestHistoryIsNotMovedAsideForALockedKeyring(t *testing.T) {
	store := vault.NewMemory()
	h, err := openHome(t.Context(), Options{Dir: t.TempDir(), Store: store})
	if err != nil {
		t.Fatal(err)
	}
	add(t, h, roleCustomer, pastOf(1))
	locked := &home{dir: h.dir, vault: vault.New(lockedStore{store}), clock: h.clock, log: h.log}
	if _, err := locked.history(t.Context(), roleCustomer); ending.Of(err, "") != ending.KeyringLocked {
		t.Errorf("with a locked keyring: %v", err)
	}
	if err := locked.addPast(t.Context(), roleCustomer, pastOf(2)); ending.Of(err, "") != ending.KeyringLocked {
		t.Errorf("kept with a locked keyring: %v", err)
	}
	if past, err := h.history(t.Context(), roleCustomer); err != nil || len(past) != 1 || past[0] != pastOf(1) {
		t.Errorf("once it is open again: %+v (%v)", past, err)
	}
}

// lockedStore is a keyring that is locked.
type lockedStore struct{ vault.Store }

func (lockedStore) Get(context.Context, string) ([]byte, error) { return nil, vault.ErrLocked }

func TestHistoryIsDecodedStrictly(t *testing.T) {
	good := pastCall{Began: 1, Past: Past{Reason: ending.Completed, Purpose: trust.Transfer, Direction: offer.BankCalled}}
	file := func(form uint, calls ...pastCall) []byte { return wire.Marshal(pastFile{Form: form, Calls: calls}) }
	with := func(edit func(*pastCall)) []byte {
		changed := good
		edit(&changed)
		return file(historyForm, good, changed)
	}
	if calls, err := decodeHistory(file(historyForm, good)); err != nil || len(calls) != 1 || calls[0] != good {
		t.Fatalf("a good file: %v, %v", calls, err)
	}
	for name, data := range map[string][]byte{
		"nothing":              nil,
		"another form":         file(historyForm+1, good),
		"too many calls":       file(historyForm, make([]pastCall, maxPast+1)...),
		"something behind":     append(file(historyForm, good), 0),
		"no reason":            with(func(p *pastCall) { p.Reason = "" }),
		"a reason of its own":  with(func(p *pastCall) { p.Reason = "<script>" }),
		"an unknown purpose":   with(func(p *pastCall) { p.Purpose = 99 }),
		"an unknown direction": with(func(p *pastCall) { p.Direction = 3 }),
		"ended before it was":  with(func(p *pastCall) { p.Lasted = -1 }),
	} {
		if calls, err := decodeHistory(data); err == nil {
			t.Errorf("%s was taken: %v", name, calls)
		}
	}
}

// TestHistoryOfEarlierProgramsIsRead: a file that an earlier program wrote means
// the same, and the same calls are written as the same bytes.
func TestHistoryOfEarlierProgramsIsRead(t *testing.T) {
	const written = "a201010282ad011a6ab13b800218c2036c4578616d706c652042616e6b046f6578616d706c6562616e6b2e636f6d056d416e6e61204b6f77616c736b61" +
		"066a4672617564207465616d070108010969636f6d706c657465640af50bf50c63432d310df5" + // every field
		"a4011a6aa1f9400200096c77726f6e675f6e756d6265720df5" // and as few as there can be
	want := []Past{{
		Began: time.Unix(1_790_000_000, 0), Lasted: 194 * time.Second, Bank: "Example Bank", Domain: "examplebank.com", Name: "Anna Kowalska",
		Department: "Fraud team", Purpose: trust.CardPayment, Direction: offer.BankCalled, Reason: ending.Completed, Secure: true, Guest: true,
		Customer: "C-1", Unverified: true,
	}, {Began: time.Unix(1_789_000_000, 0), Reason: ending.WrongNumber, Unverified: true}}
	h := newHome(t)
	for _, p := range slices.Backward(want) {
		p.Began = p.Began.Add(time.Second / 2) // only whole seconds are kept
		p.Lasted += time.Second / 2
		add(t, h, roleAgent, p)
	}
	plain, err := h.vault.ReadFile(t.Context(), h.historyPath(roleAgent), historyLabel(roleAgent))
	if got := hex.EncodeToString(plain); err != nil || got != written {
		t.Errorf("written as %s (%v)", got, err)
	}
	if past, err := h.history(t.Context(), roleAgent); err != nil || !slices.Equal(past, want) {
		t.Errorf("read as %+v (%v)", past, err)
	}
}

func TestCallsThatEndTogetherAreAllKept(t *testing.T) {
	h := newHome(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if err := h.addPast(t.Context(), roleAgent, pastOf(i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if past, err := h.history(t.Context(), roleAgent); err != nil || len(past) != 20 {
		t.Errorf("%d of 20 calls are kept (%v)", len(past), err)
	}
}

// TestSlowHistoryDoesNotHoldTheEnding: another program is changing the file.
// The ending waits two seconds; the call is kept afterwards, and only then are
// the events closed.
func TestSlowHistoryDoesNotHoldTheEnding(t *testing.T) {
	h := newHome(t)
	synctest.Test(t, func(t *testing.T) {
		w := verdicttest.New()
		h.clock = worldClock{time.Now(), w.Now}
		signed := w.SignedBundle()
		if _, err := h.keep(t.Context(), w.Opened(), [][]byte{signed}, record{Role: roleCustomer}); err != nil {
			t.Fatal(err)
		}
		text, err := offer.NewFrame(w.FinishedCore(), w.FrameTime, w.Agent, w.SignedCredential())
		if err != nil {
			t.Fatal(err)
		}
		unlock, err := vault.Lock(t.Context(), h.historyPath(roleCustomer)+".lock")
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		c := (&Customer{h}).Verify(t.Context(), Verification{Answers: w.Answers, QRText: text, Offline: true})
		var last call.Event
		for ended := false; !ended; _, ended = last.(call.EndedEvent) {
			last = <-c.Events()
		}
		if last.(call.EndedEvent).Reason != ending.Guest {
			t.Errorf("the last event is %#v", last)
		}
		if waited := time.Since(begin); waited != flushTime {
			t.Errorf("the ending was told after %v, want %v", waited, flushTime)
		}
		if past, err := h.history(t.Context(), roleCustomer); err != nil || len(past) != 0 {
			t.Errorf("%d calls are kept although the file is locked (%v)", len(past), err)
		}
		unlock()
		if e, more := <-c.Events(); more {
			t.Errorf("after the ending %#v is told", e)
		}
		past, err := h.history(t.Context(), roleCustomer)
		if err != nil || len(past) != 1 || past[0].Reason != ending.Guest || past[0].Lasted != 0 || !past[0].Unverified {
			t.Errorf("after the ending %+v is kept (%v)", past, err)
		}
		if waited := time.Since(begin); waited > EndsWithin {
			t.Errorf("the events were closed after %v", waited)
		}
	})
}

// worldClock runs from the world's time on.
type worldClock struct{ began, world time.Time }

func (c worldClock) Now() time.Time { return c.world.Add(time.Since(c.began)) }

func (c worldClock) AfterFunc(d time.Duration, f func()) func() {
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}
