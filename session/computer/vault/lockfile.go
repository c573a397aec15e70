// This file owns the turns that programs take when they change the same file.

package vault

import (
	"context"
	"errors"
	"fmt"

	"countersign/session/computer/disk"
)

// Lock makes programs, and goroutines of one program, that change the same file
// take turns, by the lock on the file at path, which it makes if needed. The
// caller unlocks. It waits until ctx ends, at most Deadline (ErrLocked).
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	free, err := disk.Lock(ctx, path)
	switch {
	case errors.Is(err, disk.ErrLocked):
		return nil, fmt.Errorf("%w: another program is changing the file", ErrLocked)
	case err != nil:
		return nil, err
	}
	return func() { _ = free() }, nil
}
