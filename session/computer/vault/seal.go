// This file owns the Vault and the sealing of local state files: AES-256-GCM
// (NIST SP 800-38D) under one random 32-byte key that the store keeps.
//
//	sealed = 1 (version) | nonce (12 bytes) | ciphertext and tag
//	associated data = 1 (version) | label
//
// Rules: the label says what the content is for, so that one file cannot stand
// in for another. The sealing key is the only item that is remembered. Opening
// never makes a key: if the key is gone, what it sealed is lost, and says so.

package vault

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
)

const (
	sealVersion  = 1
	sealKeyItem  = "seal"
	sealKeySize  = 32
	sealOverhead = 1 + 12 + 16 // version, nonce, tag
)

// Vault keeps CP1's items in a Store. It is safe for use by several
// goroutines.
type Vault struct {
	store   Store
	turns   string     // the file by which programs take turns to make the sealing key; "" for a store of this one alone
	newKeys sync.Mutex // held by NewKey, between looking and storing
	sealing sync.Mutex // guards aead, and the making of its key
	aead    cipher.AEAD
}

// New returns a Vault that keeps its items in store.
func New(store Store) *Vault {
	return &Vault{store: store}
}

// NewShared is New for a store that other programs use at the same time. The
// first of them to need a sealing key makes it, holding the lock on the file
// called turns, whose folder must exist.
func NewShared(store Store, turns string) *Vault {
	return &Vault{store: store, turns: turns}
}

// Seal encrypts plain and binds it to label. The result is 29 bytes longer.
// The sealing key is made on first use. Errors are those of the store.
func (v *Vault) Seal(ctx context.Context, label string, plain []byte) ([]byte, error) {
	aead, err := v.sealingKeyOrNew(ctx)
	if err != nil {
		return nil, err
	}
	return aead.Seal([]byte{sealVersion}, nil, plain, associated(label)), nil
}

// Open returns what Seal was given, or ErrDamaged if sealed was changed, was
// made under another label or another key, or if the sealing key is gone.
// Other errors are those of the store.
func (v *Vault) Open(ctx context.Context, label string, sealed []byte) ([]byte, error) {
	if len(sealed) < sealOverhead || sealed[0] != sealVersion {
		return nil, fmt.Errorf("%w: not a sealed file", ErrDamaged)
	}
	aead, err := v.sealingKey(ctx)
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("%w: the key that sealed it is gone", ErrDamaged)
	}
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, sealed[1:], associated(label))
	if err != nil {
		return nil, fmt.Errorf("%w: the seal is broken", ErrDamaged)
	}
	return plain, nil
}

// WriteFile seals plain and puts it in the place of the file at path, readable
// by its owner only. After a crash there is either the old file or the new. It
// refuses files over 1 MiB with ErrTooLarge.
func (v *Vault) WriteFile(ctx context.Context, path, label string, plain []byte) error {
	if len(plain) > maxFile-sealOverhead {
		return fmt.Errorf("%w: the file would have more than %d bytes", ErrTooLarge, maxFile)
	}
	sealed, err := v.Seal(ctx, label, plain)
	if err != nil {
		return err
	}
	return replaceFile(path, sealed)
}

// ReadFile returns what WriteFile was given. Errors: fs.ErrNotExist when there
// is no file, ErrDamaged, ErrTooLarge (over 1 MiB), and those of the store.
func (v *Vault) ReadFile(ctx context.Context, path, label string) ([]byte, error) {
	sealed, err := readRegularFile(path)
	if err != nil {
		return nil, err
	}
	return v.Open(ctx, label, sealed)
}

func associated(label string) []byte {
	return append([]byte{sealVersion}, label...)
}

// sealingKey returns the cipher of the sealing key in the store, or ErrNotFound.
func (v *Vault) sealingKey(ctx context.Context) (cipher.AEAD, error) {
	v.sealing.Lock()
	defer v.sealing.Unlock()
	return v.loadSealingKey(ctx)
}

// sealingKeyOrNew makes the sealing key if the store has none. It uses the key
// that the store then gives back, not the one it made.
func (v *Vault) sealingKeyOrNew(ctx context.Context) (cipher.AEAD, error) {
	v.sealing.Lock()
	defer v.sealing.Unlock()
	aead, err := v.loadSealingKey(ctx)
	if !errors.Is(err, ErrNotFound) {
		return aead, err
	}
	if v.turns != "" {
		unlock, err := Lock(ctx, v.turns)
		if err != nil {
			return nil, err
		}
		defer unlock()
		if aead, err := v.loadSealingKey(ctx); !errors.Is(err, ErrNotFound) {
			return aead, err // another program was faster
		}
	}
	key := make([]byte, sealKeySize)
	defer clear(key)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	if err := v.store.Set(ctx, sealKeyItem, key); err != nil {
		return nil, err
	}
	return v.loadSealingKey(ctx)
}

// loadSealingKey is called with sealing held.
func (v *Vault) loadSealingKey(ctx context.Context) (cipher.AEAD, error) {
	if v.aead != nil {
		return v.aead, nil
	}
	key, err := v.store.Get(ctx, sealKeyItem)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	if len(key) != sealKeySize {
		return nil, fmt.Errorf("%w: the sealing key has the wrong size", ErrDamaged)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	v.aead, err = cipher.NewGCMWithRandomNonce(block)
	return v.aead, err
}
