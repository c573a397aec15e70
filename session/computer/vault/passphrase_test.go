// This file tests the passphrase-sealed file: what is on disk counts, and what
// was changed there is found.

package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"countersign/session/computer/disk"
	"countersign/session/protocol/wire"
)

func TestPassphraseFileIsReadByTheNextProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault")
	set(t, newFileStore(t, path), "item", "secret")
	if got, err := newFileStore(t, path).Get(t.Context(), "item"); err != nil || string(got) != "secret" {
		t.Errorf("Get = %q, %v", got, err)
	}
}

func TestPassphraseFileIsSealedAtFullWork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault")
	store, err := OpenPassphraseFile(t.Context(), path, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	set(t, store, "item", "secret")
	sealed := read(t, path)
	if !bytes.HasPrefix(sealed, []byte("age-encryption.org/v1\n-> scrypt ")) || !bytes.Contains(sealed[:100], []byte(" 18\n")) {
		t.Errorf("the file does not begin as an age file of work factor 18: %q", sealed[:100])
	}
	if _, err := OpenPassphraseFile(t.Context(), path, passphrase); err != nil {
		t.Error(err)
	}
}

func TestPassphraseFileIsForItsOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("Windows keeps no mode bits; the directory's access list protects the file")
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "vault")
	store := newFileStore(t, path)
	set(t, store, "item", "secret")
	set(t, store, "item", "another secret")
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("the directory holds %v, want the file and its lock; %v", entries, err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, want 0600; %v", entry.Name(), info.Mode(), err)
		}
	}
}

func TestWrongPassphrase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault")
	set(t, newFileStore(t, path), "item", "secret")
	for _, wrong := range []string{"", "wrong", passphrase + " "} {
		if _, err := openPassphraseFile(t.Context(), path, wrong, testWork); !errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("passphrase %q: %v, want ErrWrongPassphrase", wrong, err)
		}
	}
}

func TestTamperedPassphraseFileIsDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault")
	set(t, newFileStore(t, path), "item", "secret")
	sealed := read(t, path)
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		write(t, path, changed)
		_, err := openPassphraseFile(t.Context(), path, passphrase, testWork)
		// A change of the salt or of the wrapped key is, by construction, the
		// same as another passphrase.
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrWrongPassphrase) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	for name, data := range map[string][]byte{
		"empty":     {},
		"cut":       sealed[:len(sealed)-1],
		"longer":    append(bytes.Clone(sealed), 0),
		"not age":   []byte("hello"),
		"body lost": sealed[:bytes.Index(sealed, []byte("\n---"))],
	} {
		write(t, path, data)
		if _, err := openPassphraseFile(t.Context(), path, passphrase, testWork); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
	}
	write(t, path, make([]byte, maxFile+1))
	if _, err := openPassphraseFile(t.Context(), path, passphrase, testWork); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large file: %v, want ErrTooLarge", err)
	}
}

func TestMoreWorkThanOursIsRefusedUnworked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault")
	heavy := &fileStore{passphrase: passphrase, work: testWork + 1}
	sealed, err := heavy.seal(encodeItems(map[string][]byte{}))
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, sealed)
	if _, err := openPassphraseFile(t.Context(), path, passphrase, testWork); !errors.Is(err, ErrDamaged) {
		t.Errorf("a file of a higher work factor: %v, want ErrDamaged", err)
	}
}

func TestFileSealedToAnotherKindOfKeyIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault")
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, identity.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(encodeItems(map[string][]byte{})); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path, sealed.Bytes())
	if _, err := openPassphraseFile(t.Context(), path, passphrase, testWork); err == nil {
		t.Error("a file that the passphrase did not seal was opened")
	}
}

func TestPassphraseFileReadsWhatIsOnDiskNow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault")
	one, other := newFileStore(t, path), newFileStore(t, path)
	set(t, one, "item", "one")
	set(t, other, "item", "other")
	if got, err := one.Get(t.Context(), "item"); err != nil || string(got) != "other" {
		t.Errorf("Get after another program's Set = %q, %v", got, err)
	}
	write(t, path, []byte("damaged"))
	if _, err := one.Get(t.Context(), "item"); !errors.Is(err, ErrDamaged) {
		t.Errorf("Get after damage: %v, want ErrDamaged", err)
	}
	if err := one.Set(t.Context(), "item", nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("Set after damage: %v, want ErrDamaged: it would hide the damage", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Get(t.Context(), "item"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Get after the file was removed: %v, want ErrNotFound", err)
	}
}

func TestProgramsThatChangeOneFileLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault")
	const programs, each = 4, 10
	var all sync.WaitGroup
	for p := range programs {
		store := newFileStore(t, path)
		all.Go(func() {
			for i := range each {
				if err := store.Set(t.Context(), fmt.Sprintf("p%d/%d", p, i), []byte{1}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	items, err := newFileStore(t, path).(*fileStore).load()
	if err != nil || len(items) != programs*each {
		t.Errorf("%d items of %d are left, %v", len(items), programs*each, err)
	}
}

func TestNoWorkIsBegunForWhoHasGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := filepath.Join(t.TempDir(), "vault")
	set(t, newFileStore(t, path), "item", "secret")
	if _, err := openPassphraseFile(ctx, path, passphrase, testWork); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestABusyFileIsLockedWhenTheCallerGivesUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault")
	store := newFileStore(t, path)
	unlock, err := Lock(t.Context(), path+".lock")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 3*disk.LockPoll)
	defer cancel()
	if err := store.Set(ctx, "item", nil); !errors.Is(err, ErrLocked) {
		t.Errorf("Set of a busy file: %v, want ErrLocked", err)
	}
}

func TestPassphraseFileHoldsALimitedNumberOfItems(t *testing.T) {
	store := newFileStore(t, filepath.Join(t.TempDir(), "vault"))
	for i := range maxItems {
		set(t, store, fmt.Sprintf("item/%d", i), "secret")
	}
	if err := store.Set(t.Context(), "more", nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Set of one item too many: %v, want ErrTooLarge", err)
	}
	if _, err := store.Get(t.Context(), "item/0"); err != nil {
		t.Errorf("the refused item damaged the file: %v", err)
	}
}

func TestFailedWriteLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "vault")
	if err := os.Mkdir(path, 0o700); err != nil { // a directory cannot be replaced by a file
		t.Fatal(err)
	}
	if err := replaceFile(path, []byte("new")); err == nil {
		t.Fatal("a directory was replaced")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the failed write left %v, %v", entries, err)
	}
	if _, err := readRegularFile(path); !errors.Is(err, ErrDamaged) {
		t.Errorf("reading a directory: %v, want ErrDamaged", err)
	}
	if _, err := readRegularFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading nothing: %v, want fs.ErrNotExist", err)
	}
}

func TestImpossibleItemsAreDamaged(t *testing.T) {
	for name, content := range map[string]fileContent{
		"unknown form": {Form: 2, Items: map[string][]byte{}},
		"bad name":     {Form: fileForm, Items: map[string][]byte{"A": {}}},
		"large secret": {Form: fileForm, Items: map[string][]byte{"a": make([]byte, MaxSecret+1)}},
	} {
		if _, err := decodeItems(wire.Marshal(content)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
	}
}

func set(t *testing.T, store Store, item, secret string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := store.Set(ctx, item, []byte(secret)); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
