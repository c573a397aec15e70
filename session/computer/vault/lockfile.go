// This file owns the turns that programs take when they change the same file.
// The system frees a lock when its program ends, however it ends.

package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// lockFile waits for the lock on the file at path, which it makes if needed,
// at most Deadline (ErrLocked). The lock file is never removed: a program that
// waits for it would otherwise lock a file that no longer has a name.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	again := time.NewTicker(lockPoll)
	defer again.Stop()
	for {
		err := tryLock(f)
		if err == nil {
			return func() { _ = f.Close() }, nil // closing frees the lock
		}
		if !errors.Is(err, errBusy) {
			return nil, errors.Join(err, f.Close())
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("%w: another program is changing the file", ErrLocked), f.Close())
		}
	}
}

// Lock makes programs, and goroutines of one program, that change the same file
// take turns. The caller unlocks. It waits until ctx ends.
func Lock(ctx context.Context, path string) (unlock func(), err error) { return lockFile(ctx, path) }
