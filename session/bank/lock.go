// This file owns the lock on a bank's folder: one program at a time writes
// there. The system frees the lock when its holder ends, however it ends.

package bank

import (
	"errors"
	"os"
	"path/filepath"
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
	return lock(f)
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
	return lock(f)
}

func lock(f *os.File) (release func() error, err error) {
	if err := tryLock(f); err != nil {
		if errors.Is(err, errBusy) {
			err = ErrInUse
		}
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil // closing frees the lock; the file stays, so that all lock the same one
}
