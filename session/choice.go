// This file owns what may be known of a home before it is opened: where its
// secrets are, and whether a passphrase is needed.

package session

import (
	"os"
	"path/filepath"
	"strings"
)

// KeyringOf is the choice that the home in dir remembers: KeyringOS unless
// another was made.
func KeyringOf(dir string) KeyringChoice {
	kept, err := os.ReadFile(filepath.Join(dir, "keyring"))
	if err == nil && KeyringChoice(strings.TrimSpace(string(kept))) == KeyringPassphrase {
		return KeyringPassphrase
	}
	return KeyringOS
}

// Sealed reports whether the home in dir has a file of secrets that a
// passphrase already seals. Without one, a passphrase that is asked for is new.
func Sealed(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, "secrets.age"))
	return err == nil
}
