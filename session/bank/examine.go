// This file owns looking at a bank's folder part by part: what Load refuses with
// its first fault, and what it has no need to look at.
//
// Rules: nothing is written; a part that is at fault hides no other, but what is
// judged by it; the root key is not read.

package bank

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"countersign/session/protocol/trust"
)

// Examination is what Examine found, nil where all is well.
type Examination struct {
	Bank *Bank // what could be read; Bundle is nil where Bundles is not

	Folder      []error // whose it is, who may come in, and whose the files are
	About       error   // bank.json; is fs.ErrNotExist where the folder holds no bank
	Bundles     error
	Content     error
	Keys        []error // that the server needs, those of TLS apart
	Spare       []error // keys that it does not need, those of the roots apart
	Certificate error
	Root        error // the file of the root key can be read by others

	RootHere bool // the root key lies in the folder
}

// errUnjudged stands for what is judged by the bundle, where there is none.
var errUnjudged = Fault{"without the bank's bundle nobody can tell whether it is the bank's", "mend the bundle first", nil}

// nothing is what is found where nothing can be.
func nothing(err error) Examination {
	return Examination{About: err, Bundles: err, Content: err, Keys: []error{err}, Certificate: err}
}

// Examine looks at the folder of a bank. Where there is none, or it may not be
// read, every part says so.
func Examine(dir string) Examination {
	var e Examination
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nothing(Fault{dir + " is no folder", "say with --dir where the bank's folder is", fs.ErrNotExist})
	}
	a, err := readAbout(dir)
	if errIsMissing(err) || errors.Is(err, fs.ErrPermission) {
		return nothing(err)
	}
	if err != nil {
		e.About, e.Bundles = err, Fault{"bank.json, which says from which roots it must follow, cannot be used", "mend the folder first", err}
	} else {
		e.Bank = &Bank{Dir: dir, TOTP: a.SecondFactor == secondFactorTOTP}
		e.Bundles = e.Bank.loadBundles(a)
	}
	e.Folder = examineFolder(dir)
	e.examineKeyFiles(dir)
	if e.Bundles != nil {
		e.Content, e.Keys, e.Certificate = errUnjudged, append(e.Keys, errUnjudged), errUnjudged
		return e
	}
	e.Content, e.Certificate = e.Bank.loadContent(), e.Bank.loadTLS()
	for _, kind := range e.Bank.keyKinds() {
		if err := kind(); err != nil && !errors.Is(err, errExposed) {
			e.Keys = append(e.Keys, err)
		}
	}
	for name, role := range map[string]uint8{contentKey: trust.RoleContent, logKey: trust.RoleLog} {
		if _, err := e.Bank.listedKeys(name, role); err != nil && !errors.Is(err, errExposed) {
			e.Spare = append(e.Spare, err)
		}
	}
	return e
}

// examineKeyFiles finds the files of keys that others can read, whatever is in them.
func (e *Examination) examineKeyFiles(dir string) {
	entries, err := os.ReadDir(filepath.Join(dir, keyFolder))
	if err != nil {
		e.Keys = append(e.Keys, unread(filepath.Join(dir, keyFolder), err))
	}
	for _, entry := range entries {
		path := filepath.Join(dir, keyFolder, entry.Name())
		info, err := os.Stat(path)
		e.RootHere = e.RootHere || entry.Name() == rootKey
		switch {
		case err != nil || !readableByOthers(info.Mode()):
		case entry.Name() == rootKey:
			e.Root = exposed(path)
		default:
			e.Keys = append(e.Keys, exposed(path))
		}
	}
}

// examineFolder finds what keeps the server out, or lets others in: the folder's
// own permissions keep others from everything in it.
func examineFolder(dir string) (faults []error) {
	owner, account := -1, os.Geteuid()
	foreign := 0
	root := filepath.Clean(dir) + string(filepath.Separator) // also where dir is a link
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a server at work makes and removes files
		}
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil
		}
		whose := ownerOf(info)
		switch {
		case path == root:
			owner = whose
			if owner != account && account >= 0 {
				faults = append(faults, Fault{fmt.Sprintf("%s belongs to account number %d, and this command runs as %d", dir, owner, account),
					"run every countersignd of this bank as the account that it belongs to", nil})
			}
			if readableByOthers(info.Mode()) {
				faults = append(faults, Fault{dir + " is open to others", "run chmod 700 on it", nil})
			}
		case whose != owner:
			foreign++
		}
		return nil
	})
	if err != nil {
		faults = append(faults, unread(dir, err))
	}
	if foreign > 0 {
		faults = append(faults, Fault{fmt.Sprintf("%d files in %s belong to another account than the folder", foreign, dir),
			"run chown -R on the folder, with the account that it belongs to", nil})
	}
	return faults
}
