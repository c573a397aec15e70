// This file owns the store in one file that a passphrase seals: for systems
// without a keyring. The file is an age file (age-encryption.org/v1, scrypt
// recipient), so `age --decrypt` opens it too; inside is deterministic CBOR:
//
//	{1: 1, 2: {item name: secret, ...}}     1 is the version of this form
//
// Rules: what is on disk counts, not what is remembered. Every access reads
// the file; only the slow opening of bytes already opened is saved. Programs
// that write the same file take turns. A file that cannot be opened whole is
// an error, never an empty store.

package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"sync"

	"filippo.io/age"

	"countersign/session/protocol/wire"
)

const (
	// sealWork is the base-2 logarithm of the scrypt work factor, about one
	// second and 256 MiB: age's own. A file that asks for more is refused
	// before any work is done.
	sealWork = 18
	// maxItems bounds the number of items in the file.
	maxItems = 128
	// fileForm is the version of the content's form.
	fileForm = 1
)

type fileContent struct {
	Form  uint              `cbor:"1,keyasint"`
	Items map[string][]byte `cbor:"2,keyasint"`
}

type fileStore struct {
	path       string
	passphrase string
	work       int

	mu     sync.Mutex
	opened [sha256.Size]byte // hash of the sealed bytes that items came from
	items  map[string][]byte // nil before the first opening; never changed in place
}

// OpenPassphraseFile opens the store in the file at path, sealed by
// passphrase, which must not be empty. The file may be absent: it is made, for
// its owner only, by the first Set. Its directory must exist. Beside it stands
// path + ".lock", empty, by which programs that change the file take turns.
//
// Errors: ErrWrongPassphrase, ErrDamaged (the file was changed or is no such
// file), ErrTooLarge (over 1 MiB), the context's. Opening and each change take
// about a second of work, by design, which is not begun once ctx has ended;
// reading an unchanged file does not.
func OpenPassphraseFile(ctx context.Context, path, passphrase string) (Store, error) {
	return openPassphraseFile(ctx, path, passphrase, sealWork)
}

func openPassphraseFile(ctx context.Context, path, passphrase string, work int) (Store, error) {
	if passphrase == "" {
		return nil, fmt.Errorf("%w: it is empty", ErrWrongPassphrase)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &fileStore{path: path, passphrase: passphrase, work: work}
	if _, err := s.load(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *fileStore) Get(ctx context.Context, item string) ([]byte, error) {
	if err := firstError(ctx.Err(), checkItem(item)); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	items, err := s.load()
	if err != nil {
		return nil, err
	}
	secret, ok := items[item]
	if !ok {
		return nil, ErrNotFound
	}
	return bytes.Clone(secret), nil
}

func (s *fileStore) Set(ctx context.Context, item string, secret []byte) error {
	if err := firstError(ctx.Err(), checkSecret(item, secret)); err != nil {
		return err
	}
	return s.change(ctx, func(items map[string][]byte) {
		items[item] = append([]byte{}, secret...)
	})
}

func (s *fileStore) Delete(ctx context.Context, item string) error {
	if err := firstError(ctx.Err(), checkItem(item)); err != nil {
		return err
	}
	return s.change(ctx, func(items map[string][]byte) {
		delete(items, item)
	})
}

// change opens the file, lets edit change a copy of the items, and puts the
// result in the file's place, while no other program does the same.
func (s *fileStore) change(ctx context.Context, edit func(map[string][]byte)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	unlock, err := Lock(ctx, s.path+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	old, err := s.load()
	if err != nil {
		return err
	}
	items := maps.Clone(old)
	edit(items)
	if maps.EqualFunc(old, items, bytes.Equal) {
		return nil
	}
	if len(items) > maxItems {
		return fmt.Errorf("%w: the file holds at most %d items", ErrTooLarge, maxItems)
	}
	plain := encodeItems(items)
	defer clear(plain)
	sealed, err := s.seal(plain)
	if err != nil {
		return err
	}
	if err := replaceFile(s.path, sealed); err != nil {
		return err
	}
	s.remember(sealed, items)
	return nil
}

// load returns the items as the file has them now.
func (s *fileStore) load() (map[string][]byte, error) {
	sealed, err := readRegularFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string][]byte{}, nil
	}
	if err != nil {
		return nil, err
	}
	if s.items != nil && sha256.Sum256(sealed) == s.opened {
		return s.items, nil
	}
	plain, err := s.open(sealed)
	if err != nil {
		return nil, err
	}
	defer clear(plain) // the items are copies
	items, err := decodeItems(plain)
	if err != nil {
		return nil, err
	}
	s.remember(sealed, items)
	return items, nil
}

func (s *fileStore) remember(sealed []byte, items map[string][]byte) {
	s.opened, s.items = sha256.Sum256(sealed), items
}

func (s *fileStore) seal(plain []byte) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(s.passphrase)
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(s.work)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

func (s *fileStore) open(sealed []byte) ([]byte, error) {
	identity, err := age.NewScryptIdentity(s.passphrase)
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(s.work)
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, ErrWrongPassphrase
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the sealed file's header", ErrDamaged)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%w: the sealed file's body", ErrDamaged)
	}
	return plain, nil
}

func encodeItems(items map[string][]byte) []byte {
	return wire.Marshal(fileContent{Form: fileForm, Items: items})
}

func decodeItems(plain []byte) (map[string][]byte, error) {
	var content fileContent
	if err := wire.Unmarshal(plain, maxFile, &content); err != nil {
		return nil, fmt.Errorf("%w: the sealed file's content: %w", ErrDamaged, err)
	}
	if content.Form != fileForm || len(content.Items) > maxItems {
		return nil, fmt.Errorf("%w: the sealed file has an unknown form", ErrDamaged)
	}
	for item, secret := range content.Items {
		if err := checkSecret(item, secret); err != nil {
			return nil, fmt.Errorf("%w: the sealed file holds an impossible item", ErrDamaged)
		}
	}
	return content.Items, nil
}
