// This file owns the store in the system's keyring: names and text form of the
// items, and the deadline. What differs from system to system (is there a
// keyring, is it locked, what does an error mean) is in system_*.go.
//
// Rules: nothing is asked of the keyring but through the gate. A change begins
// only while somebody still waits for it. A change counts only when reading it
// back gives the same bytes.

package vault

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/zalando/go-keyring"
)

// Deadline is how long one access to the system's keyring may take.
const Deadline = 5 * time.Second

// service is the name under which the keyring shows all items.
const service = "countersign"

// maxText is the size in bytes of the largest item text: MaxSecret in base64.
const maxText = 2560

var homeID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// system is the keyring of the operating system, seen by a store.
type system interface {
	// available says whether there is a keyring. It never opens a prompt.
	available(ctx context.Context) error
	// unlock unlocks the keyring if it is locked. It may wait for a person,
	// also after ctx has ended.
	unlock(ctx context.Context) error
	get(service, user string) (string, error)
	set(service, user, text string) error
	delete(service, user string) error
	// explain gives an error of get, set and delete its name in this package.
	explain(err error) error
}

type keyringStore struct {
	home     string
	deadline time.Duration // for each access
	gate     *gate
	system   system
}

// systemGate is one for the whole process, because the system's keyring is:
// opening the store again and again leaves no more than one stuck access.
var systemGate gate

// OpenKeyring opens the system's keyring: the Secret Service on Linux, the
// keychain on macOS, the credential manager on Windows. home is the random
// identity of the caller's state directory, 32 hex characters (0-9, a-f); two
// homes never see each other's items. An item is kept as base64 text, under
// the service "countersign" and the user home + "/" + item.
//
// It returns ErrNoKeyring when there is no keyring to use, and ErrLocked when
// it does not answer before ctx ends, or within Deadline. A locked keyring
// can be opened; reading from it asks the person to unlock it, and gives
// ErrLocked if that takes longer than Deadline.
func OpenKeyring(ctx context.Context, home string) (Store, error) {
	return openKeyring(ctx, home, &systemGate, operatingSystem{})
}

func openKeyring(ctx context.Context, home string, g *gate, sys system) (Store, error) {
	if !homeID.MatchString(home) {
		return nil, fmt.Errorf("%w: a home is 32 hex characters", ErrBadName)
	}
	s := &keyringStore{home: home, deadline: Deadline, gate: g, system: sys}
	_, err := s.gate.run(ctx, s.deadline, func(ctx context.Context) ([]byte, error) {
		return nil, s.system.available(ctx)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *keyringStore) Get(ctx context.Context, item string) ([]byte, error) {
	if err := checkItem(item); err != nil {
		return nil, err
	}
	return s.gate.run(ctx, s.deadline, func(ctx context.Context) ([]byte, error) {
		if err := s.ready(ctx); err != nil {
			return nil, err
		}
		text, err := s.system.get(service, s.user(item))
		if err != nil {
			return nil, s.name(err)
		}
		return decodeText(text)
	})
}

func (s *keyringStore) Set(ctx context.Context, item string, secret []byte) error {
	if err := checkSecret(item, secret); err != nil {
		return err
	}
	text := base64.StdEncoding.EncodeToString(secret)
	_, err := s.gate.run(ctx, s.deadline, func(ctx context.Context) ([]byte, error) {
		if err := s.ready(ctx); err != nil {
			return nil, err
		}
		if err := s.system.set(service, s.user(item), text); err != nil {
			return nil, s.name(err)
		}
		return nil, s.confirm(item, text)
	})
	return err
}

func (s *keyringStore) Delete(ctx context.Context, item string) error {
	if err := checkItem(item); err != nil {
		return err
	}
	_, err := s.gate.run(ctx, s.deadline, func(ctx context.Context) ([]byte, error) {
		if err := s.ready(ctx); err != nil {
			return nil, err
		}
		err := s.name(s.system.delete(service, s.user(item)))
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		return nil, err
	})
	return err
}

func (s *keyringStore) user(item string) string {
	return s.home + "/" + item
}

// ready returns nil when the keyring is there, is unlocked, and somebody still
// waits. The last is asked again after the unlocking, which may take minutes:
// a change that was given up must not be made behind the caller's back.
func (s *keyringStore) ready(ctx context.Context) error {
	if err := s.system.available(ctx); err != nil {
		return err
	}
	if err := s.system.unlock(ctx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return unanswered(ctx)
	}
	return nil
}

// confirm reads an item back. Some keyrings report success for a change that
// they did not make: macOS's security tool does in its interactive mode.
func (s *keyringStore) confirm(item, text string) error {
	kept, err := s.system.get(service, s.user(item))
	if errors.Is(err, keyring.ErrNotFound) || err == nil && kept != text {
		return errors.New("the keyring did not keep the new item")
	}
	return s.name(err)
}

func (s *keyringStore) name(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return ErrTooLarge
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return ErrNoKeyring
	}
	return s.system.explain(err)
}

// decodeText is the inverse of base64.StdEncoding.EncodeToString. Encoding
// again finds the line breaks that the decoder would let pass.
func decodeText(text string) ([]byte, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("%w: the keyring item is too long", ErrDamaged)
	}
	secret, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(secret) != text {
		return nil, fmt.Errorf("%w: the keyring item is not base64", ErrDamaged)
	}
	return secret, nil
}

// operatingSystem is the real keyring. Its methods available, unlock and
// explain are in system_*.go.
type operatingSystem struct{}

func (operatingSystem) get(service, user string) (string, error) { return keyring.Get(service, user) }
func (operatingSystem) set(service, user, text string) error     { return keyring.Set(service, user, text) }
func (operatingSystem) delete(service, user string) error        { return keyring.Delete(service, user) }
