// This file owns what every secret store has in common: the Store interface,
// the errors, and the rules for item names and sizes. The typed items (pins,
// keys, sealed files) are in pin.go, key.go and seal.go.

// Package vault is where a person's program keeps its secrets and its pins.
//
// It owns the raw stores (the system's keyring, a file sealed by a passphrase,
// memory) and, above any of them, the typed items of CP1: what is pinned of a
// bank, the program's own private keys, and the one key that seals local state
// files. It must not know what a call is, what a bundle says or who may be
// trusted: it keeps what trust decided and gives it back unchanged, or says
// why it cannot.
//
// Rules: an item that is not exactly what was written is ErrDamaged, never
// half an item. Pins and private keys are read from the store at every use and
// never remembered here, so that removing one takes effect at once. Nothing
// waits for the keyring longer than Deadline. No error carries a secret. Bytes
// that held a secret are cleared after use; what the system's keyring and people
// hand over as text cannot be, because Go's strings cannot be changed.
//
// What it does not protect: any program that runs as the same person can ask
// the system's keyring for the same items, and can put an old copy of the
// sealed file back in its place.
package vault

import (
	"context"
	"errors"
	"fmt"
	"regexp"
)

// MaxSecret is the size in bytes of the largest secret that any store accepts.
// It is what the tightest system can hold: Windows keeps 2,560 bytes an item
// (CRED_MAX_CREDENTIAL_BLOB_SIZE), and base64 makes 2,560 bytes out of 1,920.
// It is the same on every system and for every kind of store, so that a
// program that works on one works on all.
const MaxSecret = 1920

// Errors of this package. Compare with errors.Is; some carry more detail.
var (
	// ErrNotFound says that the store works and holds no such item.
	ErrNotFound = errors.New("no such item in the secret store")
	// ErrNoKeyring says that this system offers no keyring to this program:
	// no session bus, no Secret Service, no logon session, or an unsupported
	// system. A passphrase-sealed file can take its place.
	ErrNoKeyring = errors.New("no keyring is available")
	// ErrLocked says that the keyring is locked, or did not answer in time,
	// for example because its own window waits for a password. After Set or
	// Delete the change may or may not have been made.
	ErrLocked = errors.New("the keyring is locked or does not answer")
	// ErrWrongPassphrase says that the passphrase does not open the file.
	ErrWrongPassphrase = errors.New("wrong passphrase")
	// ErrTooLarge says that a secret or a file is larger than its limit.
	ErrTooLarge = errors.New("too large for the secret store")
	// ErrDamaged says that something stored is not what was written.
	ErrDamaged = errors.New("stored data is damaged")
	// ErrExists says that NewKey found something under the name already.
	ErrExists = errors.New("the item exists already")
	// ErrBadName says that an item, key or home name breaks the rules.
	ErrBadName = errors.New("bad name for a stored item")
	// ErrBadPin says that SetPin was given a pin that protects nothing.
	ErrBadPin = errors.New("bad pin")
)

// Store is a raw secret store: named items of at most MaxSecret bytes.
// OpenKeyring, OpenPassphraseFile and NewMemory return one. All are safe for
// use by several goroutines.
//
// An item name is 1 to 128 characters of a-z, 0-9 and . _ / - and starts with
// a letter or digit (else ErrBadName).
type Store interface {
	// Get returns the secret under item, or ErrNotFound. It is a copy, which
	// the caller clears after use.
	Get(ctx context.Context, item string) ([]byte, error)
	// Set stores the secret under item and replaces an older one. It keeps a
	// copy: the caller clears its own.
	// It refuses more than MaxSecret bytes with ErrTooLarge.
	Set(ctx context.Context, item string, secret []byte) error
	// Delete removes the item. It returns nil when there is none.
	Delete(ctx context.Context, item string) error
}

var itemName = regexp.MustCompile(`^[a-z0-9][a-z0-9._/-]{0,127}$`)

func checkItem(item string) error {
	if !itemName.MatchString(item) {
		return ErrBadName
	}
	return nil
}

func checkSecret(item string, secret []byte) error {
	if err := checkItem(item); err != nil {
		return err
	}
	if len(secret) > MaxSecret {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(secret), MaxSecret)
	}
	return nil
}
