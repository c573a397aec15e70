// This file tests the sealing of local state files.

package vault

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

const label = "state"

func TestOpenGivesBackWhatSealWasGiven(t *testing.T) {
	v := New(NewMemory())
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "label")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := v.Seal(t.Context(), name, plain)
		if err != nil || len(sealed) != len(plain)+sealOverhead {
			t.Fatalf("Seal gave %d bytes for %d, %v", len(sealed), len(plain), err)
		}
		if got, err := v.Open(t.Context(), name, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("Open = %q, %v", got, err)
		}
	})
}

// The layout is opened by hand, so that the words of seal.go are tested and
// not only that Open undoes Seal.
func TestSealedLayoutIsAsDocumented(t *testing.T) {
	store := NewMemory()
	sealed := seal(t, New(store), label, "plain")
	key, err := store.Get(t.Context(), "seal")
	if err != nil || len(key) != 32 {
		t.Fatalf("sealing key of %d bytes, %v", len(key), err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := aead.Open(nil, sealed[1:13], sealed[13:], []byte("\x01"+label))
	if sealed[0] != 1 || err != nil || string(plain) != "plain" {
		t.Errorf("the sealed layout is not the documented one: %v", err)
	}
}

func TestSealNeverRepeatsANonce(t *testing.T) {
	v := New(NewMemory())
	seen := map[string]bool{}
	for range 1000 {
		nonce := string(seal(t, v, label, "plain")[1:13])
		if seen[nonce] {
			t.Fatal("a nonce came twice")
		}
		seen[nonce] = true
	}
}

func TestChangedSealIsDamaged(t *testing.T) {
	v := New(NewMemory())
	sealed := seal(t, v, label, "plain")
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		isDamaged(t, v, label, changed)
	}
	for i := range sealed {
		isDamaged(t, v, label, sealed[:i])
	}
	isDamaged(t, v, label, append(bytes.Clone(sealed), 0))
}

func TestSealIsBoundToItsLabel(t *testing.T) {
	v := New(NewMemory())
	sealed := seal(t, v, label, "plain")
	for _, other := range []string{"", "State", label + "s", label[1:]} {
		isDamaged(t, v, other, sealed)
	}
}

func TestSealOfAnotherKeyIsDamaged(t *testing.T) {
	isDamaged(t, New(NewMemory()), label, seal(t, New(NewMemory()), label, "plain"))
	v := New(NewMemory())
	seal(t, v, label, "makes this vault's key")
	isDamaged(t, v, label, seal(t, New(NewMemory()), label, "plain"))
}

func TestOpenMakesNoKey(t *testing.T) {
	store := NewMemory()
	isDamaged(t, New(store), label, bytes.Repeat([]byte{sealVersion}, 64))
	if _, err := store.Get(t.Context(), sealKeyItem); !errors.Is(err, ErrNotFound) {
		t.Errorf("Open made a sealing key: %v", err)
	}
}

func TestDamagedSealingKeyIsDamagedAndKept(t *testing.T) {
	store := NewMemory()
	set(t, store, sealKeyItem, "short")
	v := New(store)
	if _, err := v.Seal(t.Context(), label, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("Seal under a damaged key: %v, want ErrDamaged", err)
	}
	isDamaged(t, v, label, bytes.Repeat([]byte{sealVersion}, 64))
	if key, err := store.Get(t.Context(), sealKeyItem); err != nil || string(key) != "short" {
		t.Errorf("the damaged key was replaced: %v", err)
	}
}

func TestFirstSealsAtTheSameTimeMakeOneKey(t *testing.T) {
	v := New(yieldingStore{NewMemory()})
	const seals = 20
	var all sync.WaitGroup
	blobs := make(chan []byte, seals)
	for range seals {
		all.Go(func() {
			sealed, err := v.Seal(t.Context(), label, []byte("plain"))
			if err != nil {
				t.Error(err)
			}
			blobs <- sealed
		})
	}
	all.Wait()
	close(blobs)
	for sealed := range blobs {
		if _, err := New(v.store).Open(t.Context(), label, sealed); err != nil {
			t.Error("a seal was made under a key that was not kept")
		}
	}
}

// A keyring that is locked must not look like one that is empty: a new key
// would be made and everything sealed so far would be lost.
func TestSealMakesNoKeyWhileTheKeyringIsLocked(t *testing.T) {
	store := &lockedStore{Store: NewMemory()}
	v := New(store)
	if _, err := v.Seal(t.Context(), label, nil); !errors.Is(err, ErrLocked) {
		t.Errorf("Seal: %v, want ErrLocked", err)
	}
	if _, err := v.Open(t.Context(), label, bytes.Repeat([]byte{sealVersion}, 64)); !errors.Is(err, ErrLocked) {
		t.Errorf("Open: %v, want ErrLocked", err)
	}
	if _, err := v.NewKey(t.Context(), deviceKey); !errors.Is(err, ErrLocked) {
		t.Errorf("NewKey: %v, want ErrLocked", err)
	}
	if store.changed {
		t.Error("something was stored")
	}
}

// lockedStore cannot be read, but could be written.
type lockedStore struct {
	Store
	changed bool
}

func (s *lockedStore) Get(context.Context, string) ([]byte, error) { return nil, ErrLocked }

func (s *lockedStore) Set(ctx context.Context, item string, secret []byte) error {
	s.changed = true
	return s.Store.Set(ctx, item, secret)
}

func TestSealedFile(t *testing.T) {
	v := New(NewMemory())
	path := filepath.Join(t.TempDir(), "state")
	if _, err := v.ReadFile(t.Context(), path, label); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadFile of nothing: %v, want fs.ErrNotExist", err)
	}
	for _, plain := range [][]byte{[]byte("older"), []byte("plain"), make([]byte, maxFile-sealOverhead)} {
		if err := v.WriteFile(t.Context(), path, label, plain); err != nil {
			t.Fatal(err)
		}
		if got, err := v.ReadFile(t.Context(), path, label); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("ReadFile gave %d bytes for %d, %v", len(got), len(plain), err)
		}
	}
	if err := v.WriteFile(t.Context(), path, label, make([]byte, maxFile-sealOverhead+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("WriteFile of one byte too many: %v, want ErrTooLarge", err)
	}
	if info, err := os.Stat(path); err != nil || (runtime.GOOS != "windows" && info.Mode() != 0o600) {
		t.Errorf("the file has mode %v, want 0600; %v", info.Mode(), err)
	}
	write(t, path, make([]byte, maxFile+1))
	if _, err := v.ReadFile(t.Context(), path, label); !errors.Is(err, ErrTooLarge) {
		t.Errorf("ReadFile of a large file: %v, want ErrTooLarge", err)
	}
	write(t, path, []byte("changed"))
	if _, err := v.ReadFile(t.Context(), path, label); !errors.Is(err, ErrDamaged) {
		t.Errorf("ReadFile of a changed file: %v, want ErrDamaged", err)
	}
}

func seal(t *testing.T, v *Vault, name, plain string) []byte {
	t.Helper()
	sealed, err := v.Seal(t.Context(), name, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func isDamaged(t *testing.T, v *Vault, name string, sealed []byte) {
	t.Helper()
	if plain, err := v.Open(t.Context(), name, sealed); !errors.Is(err, ErrDamaged) || plain != nil {
		t.Errorf("Open = %q, %v, want ErrDamaged", plain, err)
	}
}
