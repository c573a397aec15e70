// This file owns the locks by which programs, and goroutines of one program, take
// turns. The system frees a lock when its holder ends, however it ends. A lock
// file is never removed: whoever waits for it would lock one without a name.

package disk

import (
	"context"
	"errors"
	"os"
	"time"
)

// ErrLocked says that somebody else holds the lock.
var ErrLocked = errors.New("another program holds the lock")

// LockPoll is how often Lock tries again.
const LockPoll = 20 * time.Millisecond

// TryLock takes the lock on an open file until unlock, or says at once that
// somebody has it (ErrLocked). Either of them closes the file.
func TryLock(f *os.File) (unlock func() error, err error) {
	if err := tryLock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}

// Lock waits for the lock on the file at path, which it makes if needed, until
// ctx ends (ErrLocked).
func Lock(ctx context.Context, path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	again := time.NewTicker(LockPoll)
	defer again.Stop()
	for {
		err := tryLock(f)
		if err == nil {
			return f.Close, nil
		}
		if errors.Is(err, ErrLocked) {
			select {
			case <-again.C:
				continue
			case <-ctx.Done():
			}
		}
		return nil, errors.Join(err, f.Close())
	}
}
