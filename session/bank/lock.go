// This file owns the lock on a bank's folder: one program at a time writes
// there.

package bank

import (
	"errors"
	"os"
	"path/filepath"

	"countersign/session/computer/disk"
)

// ErrInUse says that another program holds the lock on the bank's folder.
var ErrInUse = errors.New("the bank's folder is in use by another countersignd: try again when that has ended")

// Lock takes the folder for this program until release, or says at once that
// another has it (ErrInUse). Load and the server take no lock: whoever opens
// the store holds it first.
func Lock(dir string) (release func() error, err error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unread(path, err)
	}
	return inUse(disk.TryLock(f))
}

// LockToRead is Lock for who only looks: it makes no file. Where nobody has ever
// locked the folder there is nothing to wait for.
func LockToRead(dir string) (release func() error, err error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.Open(path)
	if errIsMissing(err) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, unread(path, err)
	}
	return inUse(disk.TryLock(f))
}

// inUse names a lock that another program holds.
func inUse(release func() error, err error) (func() error, error) {
	if errors.Is(err, disk.ErrLocked) {
		err = ErrInUse
	}
	return release, err
}
