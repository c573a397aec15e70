// This file tests what the keyring store does with a keyring that is slow,
// silent or wrong. The clock is that of testing/synctest: no real time passes.

package vault

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"
)

// fakeSystem is a keyring in memory that can be silent in two places: when it
// is asked to unlock (a prompt that nobody answers) and when it is asked for
// an item.
type fakeSystem struct {
	mu      sync.Mutex
	items   map[string]string
	asked   int           // accesses that got as far as a silent place
	changes int           // calls of set and delete
	prompt  chan struct{} // unlock waits for it to be closed
	silence chan struct{} // get waits for it to be closed
	loses   bool          // set reports success and keeps nothing
	panics  bool
	absent  chan struct{} // available waits for it to be closed
}

func newFakeSystem() *fakeSystem {
	return &fakeSystem{items: map[string]string{}}
}

func (f *fakeSystem) available(context.Context) error {
	f.wait(f.absent)
	return nil
}

func (f *fakeSystem) unlock(context.Context) error {
	f.wait(f.prompt)
	return nil
}

func (f *fakeSystem) get(service, user string) (string, error) {
	f.wait(f.silence)
	if f.panics {
		panic("a signal that is nil")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	text, ok := f.items[service+" "+user]
	if !ok {
		return "", keyring.ErrNotFound
	}
	return text, nil
}

func (f *fakeSystem) set(service, user, text string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes++
	if !f.loses {
		f.items[service+" "+user] = text
	}
	return nil
}

func (f *fakeSystem) delete(service, user string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes++
	if _, ok := f.items[service+" "+user]; !ok {
		return keyring.ErrNotFound
	}
	delete(f.items, service+" "+user)
	return nil
}

func (f *fakeSystem) explain(err error) error { return err }

func (f *fakeSystem) wait(c chan struct{}) {
	if c == nil {
		return
	}
	f.mu.Lock()
	f.asked++
	f.mu.Unlock()
	<-c
}

func fakeKeyring(t *testing.T, g *gate, f *fakeSystem) *keyringStore {
	t.Helper()
	store, err := openKeyring(t.Context(), testHome, g, f)
	if err != nil {
		t.Fatal(err)
	}
	return store.(*keyringStore)
}

func TestOpeningASilentKeyringEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSystem()
		f.absent = make(chan struct{})
		defer close(f.absent)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if _, err := openKeyring(ctx, testHome, new(gate), f); !errors.Is(err, ErrLocked) || time.Since(begin) != time.Second {
			t.Errorf("got %v after %s, want ErrLocked after a second", err, time.Since(begin))
		}
	})
}

func TestSilentKeyringIsLockedAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSystem()
		f.silence = make(chan struct{})
		defer close(f.silence)
		store := fakeKeyring(t, new(gate), f)
		begin := time.Now()
		if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrLocked) {
			t.Errorf("Get from a silent keyring: %v, want ErrLocked", err)
		}
		if waited := time.Since(begin); waited != Deadline {
			t.Errorf("waited %v, want %v", waited, Deadline)
		}
	})
}

func TestSilentKeyringIsLockedWhenTheCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSystem()
		f.silence = make(chan struct{})
		defer close(f.silence)
		store := fakeKeyring(t, new(gate), f)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if _, err := store.Get(ctx, "item"); !errors.Is(err, ErrLocked) {
			t.Errorf("Get: %v, want ErrLocked", err)
		}
		if waited := time.Since(begin); waited != time.Second {
			t.Errorf("waited %v, want one second", waited)
		}
	})
}

func TestSilentKeyringDoesNotPileUpGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSystem()
		f.silence = make(chan struct{})
		store := fakeKeyring(t, new(gate), f)
		store.deadline = time.Second
		before := runtime.NumGoroutine()
		begin := time.Now()
		for range 100 {
			if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrLocked) {
				t.Fatalf("Get: %v, want ErrLocked", err)
			}
		}
		if waited := time.Since(begin); waited != time.Second {
			t.Errorf("100 accesses waited %v: only the first may wait", waited)
		}
		synctest.Wait() // until the one access is asleep
		if f.asked != 1 {
			t.Errorf("%d accesses reached the silent keyring, want 1", f.asked)
		}
		if after := runtime.NumGoroutine(); after > before+1 {
			t.Errorf("%d goroutines before, %d after", before, after)
		}
		close(f.silence)
		synctest.Wait()
		if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get once the keyring answers again: %v, want ErrNotFound", err)
		}
	})
}

func TestStoresOfOneGateShareTheStuckAccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSystem()
		g := new(gate)
		impatient, patient := fakeKeyring(t, g, f), fakeKeyring(t, g, f)
		impatient.deadline, patient.deadline = time.Second, time.Hour
		f.silence = make(chan struct{})
		defer close(f.silence)
		if _, err := impatient.Get(t.Context(), "item"); !errors.Is(err, ErrLocked) {
			t.Fatalf("Get of a keyring that does not answer: %v, want ErrLocked", err)
		}
		begin := time.Now()
		if _, err := patient.Get(t.Context(), "item"); !errors.Is(err, ErrLocked) || time.Since(begin) != 0 {
			t.Errorf("Get beside a stuck access: %v after %v, want ErrLocked at once", err, time.Since(begin))
		}
		if _, err := openKeyring(t.Context(), otherHome, g, f); !errors.Is(err, ErrLocked) {
			t.Errorf("OpenKeyring beside a stuck access: %v, want ErrLocked", err)
		}
	})
}

func TestAccessesWaitForASlowOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSystem()
		store := fakeKeyring(t, new(gate), f)
		f.silence = make(chan struct{})
		gaveUp, cancel := context.WithCancel(t.Context())
		go func() { _, _ = store.Get(gaveUp, "item") }()
		synctest.Wait()
		cancel() // one caller's haste is not the keyring's fault
		answers := make(chan error)
		go func() {
			_, err := store.Get(t.Context(), "item")
			answers <- err
		}()
		synctest.Wait()
		close(f.silence)
		if err := <-answers; !errors.Is(err, ErrNotFound) {
			t.Errorf("Get behind a slow access: %v, want ErrNotFound", err)
		}
	})
}

func TestAChangeThatWasGivenUpIsNotMadeLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSystem()
		store := fakeKeyring(t, new(gate), f)
		for name, change := range map[string]func() error{
			"Set":    func() error { return store.Set(t.Context(), "item", []byte("late")) },
			"Delete": func() error { return store.Delete(t.Context(), "item") },
		} {
			f.prompt = make(chan struct{})
			if err := change(); !errors.Is(err, ErrLocked) {
				t.Errorf("%s behind a prompt: %v, want ErrLocked", name, err)
			}
			close(f.prompt) // the person unlocks the keyring long after
			synctest.Wait()
			if f.changes != 0 {
				t.Errorf("%s was given up and then made", name)
			}
		}
	})
}

func TestAPanicInTheKeyringLibraryIsAnError(t *testing.T) {
	f := newFakeSystem()
	store := fakeKeyring(t, new(gate), f)
	f.panics = true
	if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrNoKeyring) {
		t.Errorf("Get: %v, want ErrNoKeyring", err)
	}
	f.panics = false
	if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Get after a panic: %v, want ErrNotFound", err)
	}
}

func TestAKeyringThatKeepsNothingIsNoSuccess(t *testing.T) {
	f := newFakeSystem()
	store := fakeKeyring(t, new(gate), f)
	f.loses = true
	if err := store.Set(t.Context(), "item", []byte("new")); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("Set of an item that was not kept: %v", err)
	}
	f.loses = false
	set(t, store, "item", "old")
	f.loses = true
	if err := store.Set(t.Context(), "item", []byte("new")); err == nil {
		t.Error("Set reported success, and the keyring holds the old item")
	}
}

func TestKeyringItemsAreBase64UnderHomeAndItem(t *testing.T) {
	f := newFakeSystem()
	if err := fakeKeyring(t, new(gate), f).Set(t.Context(), "pin/ab", []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"countersign " + testHome + "/pin/ab": "AQID"}
	if !maps.Equal(f.items, want) {
		t.Errorf("the keyring holds %v, want %v", f.items, want)
	}
}

func TestDamagedKeyringTextIsDamaged(t *testing.T) {
	f := newFakeSystem()
	store := fakeKeyring(t, new(gate), f)
	for name, text := range map[string]string{
		"not base64":     "?",
		"line break":     "AQ\nID",
		"no padding":     "AQ",
		"stray last bit": "AR==",
		"too long":       base64.StdEncoding.EncodeToString(make([]byte, MaxSecret+1)),
		"far too long":   strings.Repeat("A", 1<<20),
	} {
		f.items["countersign "+testHome+"/item"] = text
		if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
	}
}

func TestTwoHomesOfOneKeyringNeverMix(t *testing.T) {
	f := newFakeSystem()
	one := fakeKeyring(t, new(gate), f)
	other, err := openKeyring(t.Context(), otherHome, new(gate), f)
	if err != nil {
		t.Fatal(err)
	}
	homesNeverMix(t, one, other)
}

func homesNeverMix(t *testing.T, one, other Store) {
	t.Helper()
	ctx := t.Context()
	if err := one.Set(ctx, "item", []byte("one")); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Get(ctx, "item"); !errors.Is(err, ErrNotFound) {
		t.Errorf("the other home sees the item: %v", err)
	}
	if err := other.Delete(ctx, "item"); err != nil {
		t.Error(err)
	}
	if got, err := one.Get(ctx, "item"); err != nil || string(got) != "one" {
		t.Errorf("the other home changed the item: %q, %v", got, err)
	}
	if err := one.Delete(ctx, "item"); err != nil {
		t.Error(err)
	}
}

func TestHomeNamesAreChecked(t *testing.T) {
	for _, home := range []string{"", "abc", strings.ToUpper(testHome), testHome + "0", testHome[:31] + "/", testHome + "\n"} {
		if _, err := openKeyring(t.Context(), home, new(gate), newFakeSystem()); !errors.Is(err, ErrBadName) {
			t.Errorf("home %q: %v, want ErrBadName", home, err)
		}
	}
}
