// This file owns what is wrong with a bank's folder, as the operator reads it.

package bank

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// Fault is something wrong with a bank's folder, and what to do about it.
type Fault struct {
	What, Do string // neither begins with a capital letter nor ends with a stop
	Err      error  // what the system or a check said, nil for nothing
}

// Error says both.
func (f Fault) Error() string { return f.What + ": " + f.Do }

// Unwrap is what the system or a check said.
func (f Fault) Unwrap() error { return f.Err }

// remedy is what to do where files of the folder are not what they were.
const remedy = "restore the folder from the last backup (countersignd bank restore)"

// unread says what it means that a file cannot be read.
func unread(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return Fault{path + " is missing", remedy, err}
	case errors.Is(err, fs.ErrPermission):
		return Fault{path + " cannot be read by this account", "run the command as the account that the bank's folder belongs to", err}
	}
	return Fault{fmt.Sprintf("%s cannot be read (%v)", path, err), "look at the disk, and that --dir names the bank's folder", err}
}

var errExposed = errors.New("readable by others")

// exposed says what it means that others can read a file.
func exposed(path string) error {
	do := "run chmod 600 on it"
	if filepath.Base(filepath.Dir(path)) == keyFolder {
		do += ", and replace the key if others used this computer"
	}
	return Fault{path + " can be read by others", do, errExposed}
}
