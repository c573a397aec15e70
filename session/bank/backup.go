// This file owns which files of a bank's folder a backup holds, and how a folder
// is made of them again. The store is not among them: its records go by
// themselves, so that a backup is of one moment.

package bank

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"countersign/session/bank/ledger"
	"countersign/session/computer/disk"
)

// MaxBackupFile bounds one file of a backup, in bytes.
const MaxBackupFile = maxFile

// kept are the files that a backup holds, with / between folder and name.
var kept = regexp.MustCompile(`^(bank\.json|ended\.jsonl|(bundles|content)/[1-9][0-9]*\.cbor|keys/[a-z]+(-[1-9][0-9]*)?\.(pem|crt|nk))$`)

// Kept reports whether a backup may hold a file of this name.
func Kept(name string) bool { return kept.MatchString(name) }

// Files are the files of a bank's folder that a backup holds, by name. It reads
// them again if the bank is renewed meanwhile.
func Files(dir string) (map[string][]byte, error) {
	for range 3 {
		before, err := Load(dir)
		if err != nil {
			return nil, err
		}
		files, err := readFiles(dir)
		if err != nil {
			return nil, err
		}
		after, err := Load(dir)
		if err != nil {
			return nil, err
		}
		if before.Bundle.Version == after.Bundle.Version && before.ContentVersion == after.ContentVersion {
			return files, nil
		}
	}
	return nil, errors.New("the bank is being renewed all the time: try again")
}

func readFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, folder := range []string{"", bundleFolder, contentFolder, keyFolder} {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			name := strings.TrimPrefix(folder+"/"+e.Name(), "/")
			if !Kept(name) {
				continue
			}
			data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
			if err != nil {
				return nil, err
			}
			files[name] = data
		}
	}
	return files, nil
}

// Unpack makes a bank's folder in dir, which must be empty or absent, of the
// files of a backup: under another name beside it, where fill puts in the rest.
// Only once that is done does dir get what is there.
func Unpack(dir string, files map[string][]byte, fill func(dir string) error) (err error) {
	if err := emptyFolder(dir); err != nil {
		return err
	}
	beside := filepath.Clean(dir) + ".restoring"
	if err := os.Mkdir(beside, 0o700); err != nil {
		return fmt.Errorf("another restore was cut off, or is at work: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(beside))
		}
	}()
	for _, folder := range []string{bundleFolder, contentFolder, keyFolder} {
		if err := os.Mkdir(filepath.Join(beside, folder), 0o700); err != nil {
			return err
		}
	}
	for name, data := range files {
		if !Kept(name) {
			return fmt.Errorf("a backup holds no file %s", name)
		}
		if err := writeFile(data, beside, filepath.FromSlash(name)); err != nil {
			return err
		}
	}
	// The store begins anew, and so does what is known of it outside of it.
	if err := writeFile(ledger.New(), beside, headFile); err != nil {
		return err
	}
	if _, err := Load(beside); err != nil {
		return fmt.Errorf("the backup is not of a whole bank: %w", err)
	}
	if err := fill(beside); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() != lockFile }) {
		return fmt.Errorf("%s is not empty any more", dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return errors.Join(os.Rename(beside, dir), disk.SyncFolder(filepath.Dir(filepath.Clean(dir))))
}
