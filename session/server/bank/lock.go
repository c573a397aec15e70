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
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := tryLock(f); err != nil {
		if errors.Is(err, errBusy) {
			err = ErrInUse
		}
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil // closing frees the lock; the file stays, so that all lock the same one
}
