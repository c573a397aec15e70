//go:build unix

// This file owns the file lock of Unix systems, flock(2).

package bank

import (
	"os"

	"golang.org/x/sys/unix"
)

const errBusy = unix.EWOULDBLOCK

// syncsFolders says whether fsync(2) of a folder is needed and possible.
const syncsFolders = true

func tryLock(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
