// This file owns the promises that every store keeps, tested alike on each.

package vault

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

const (
	testHome   = "00112233445566778899aabbccddeeff"
	otherHome  = "ffeeddccbbaa99887766554433221100"
	passphrase = "correct horse battery staple"
	// testWork is a scrypt work factor that makes tests fast. It is worthless as protection.
	testWork = 2
)

func TestMemoryKeepsTheStorePromises(t *testing.T) {
	storePromises(t, NewMemory())
}

func TestPassphraseFileKeepsTheStorePromises(t *testing.T) {
	storePromises(t, newFileStore(t, filepath.Join(t.TempDir(), "vault")))
}

func TestKeyringStoreKeepsTheStorePromises(t *testing.T) {
	store, err := openKeyring(t.Context(), testHome, new(gate), newFakeSystem())
	if err != nil {
		t.Fatal(err)
	}
	storePromises(t, store)
}

// storePromises tests an empty store and leaves it empty.
func storePromises(t *testing.T, store Store) {
	t.Helper()
	ctx := t.Context()
	if _, err := store.Get(ctx, "absent"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Get of an absent item: %v, want ErrNotFound", err)
	}
	if err := store.Delete(ctx, "absent"); err != nil {
		t.Errorf("Delete of an absent item: %v", err)
	}
	for name, secret := range map[string][]byte{
		"binary":  {0, 255, 10, 13, 0},
		"empty":   {},
		"largest": bytes.Repeat([]byte{0xab}, MaxSecret),
		"text":    []byte("  surrounded by spaces and lines\n"),
	} {
		item := "kind/" + name
		if err := store.Set(ctx, item, []byte("older")); err != nil {
			t.Fatalf("Set of %s: %v", name, err)
		}
		if err := store.Set(ctx, item, secret); err != nil {
			t.Fatalf("Set again of %s: %v", name, err)
		}
		if got, err := store.Get(ctx, item); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("Get of %s: %d bytes, %v", name, len(got), err)
		}
		if err := store.Delete(ctx, item); err != nil {
			t.Errorf("Delete of %s: %v", name, err)
		}
		if _, err := store.Get(ctx, item); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get of %s after Delete: %v, want ErrNotFound", name, err)
		}
	}
	if err := store.Set(ctx, "big", make([]byte, MaxSecret+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Set of one byte too many: %v, want ErrTooLarge", err)
	}
	for _, item := range []string{"", "/a", "A", "a b", "a\n", "ä", "-w", strings.Repeat("a", 129)} {
		_, err := store.Get(ctx, item)
		if !errors.Is(err, ErrBadName) || !errors.Is(store.Set(ctx, item, nil), ErrBadName) || !errors.Is(store.Delete(ctx, item), ErrBadName) {
			t.Errorf("item %q was not refused with ErrBadName", item)
		}
	}
	storeKeepsItsOwnCopy(t, store)
	storeStopsWithItsContext(t, store)
}

func storeKeepsItsOwnCopy(t *testing.T, store Store) {
	t.Helper()
	ctx := t.Context()
	secret := []byte("secret")
	if err := store.Set(ctx, "copy", secret); err != nil {
		t.Fatal(err)
	}
	secret[0] = 'X'
	got, err := store.Get(ctx, "copy")
	if err != nil || string(got) != "secret" {
		t.Fatalf("Get = %q, %v", got, err)
	}
	got[0] = 'Y'
	if again, err := store.Get(ctx, "copy"); err != nil || string(again) != "secret" {
		t.Errorf("a caller changed what the store keeps: %q, %v", again, err)
	}
	if err := store.Delete(ctx, "copy"); err != nil {
		t.Error(err)
	}
}

func storeStopsWithItsContext(t *testing.T, store Store) {
	t.Helper()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Get(ended, "item"); !errors.Is(err, context.Canceled) {
		t.Errorf("Get with an ended context: %v", err)
	}
	if err := store.Set(ended, "item", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Set with an ended context: %v", err)
	}
	if err := store.Delete(ended, "item"); !errors.Is(err, context.Canceled) {
		t.Errorf("Delete with an ended context: %v", err)
	}
	if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Set with an ended context stored something: %v", err)
	}
}

func newFileStore(t *testing.T, path string) Store {
	t.Helper()
	store, err := openPassphraseFile(t.Context(), path, passphrase, testWork)
	if err != nil {
		t.Fatal(err)
	}
	return store
}
