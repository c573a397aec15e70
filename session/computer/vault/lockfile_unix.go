//go:build unix

// This file owns the file lock of Unix systems, flock(2).

package vault

import (
	"os"

	"golang.org/x/sys/unix"
)

const errBusy = unix.EWOULDBLOCK

func tryLock(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
