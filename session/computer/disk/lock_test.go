// Tests of taking turns.

package disk

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestALockIsHeldUntilItIsGivenBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	try := func() (func() error, error) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		return TryLock(f)
	}
	if _, err := try(); !errors.Is(err, ErrLocked) {
		t.Errorf("a second holder: %v, want ErrLocked", err)
	}
	waited := make(chan error, 1)
	go func() {
		again, err := Lock(t.Context(), path)
		if err == nil {
			err = again()
		}
		waited <- err
	}()
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Errorf("who waited got %v", err)
	}
	if unlock, err = try(); err != nil {
		t.Fatalf("a lock given back is still held: %v", err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}

func TestNobodyWaitsForALockLongerThanTheContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unlock() }()
	ctx, cancel := context.WithTimeout(t.Context(), 3*LockPoll)
	defer cancel()
	begun := time.Now()
	if _, err := Lock(ctx, path); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	if waited := time.Since(begun); waited < 3*LockPoll {
		t.Errorf("it was given up after %s already", waited)
	}
}
