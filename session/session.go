// Package session is what the user interfaces talk to: an Agent and a Customer
// that enrol, sign in, and hold protected calls. It owns the running of a
// call: it carries out the effects of the machines in session/protocol/call with the
// real keyring, network and clock, and keeps the banks' signed objects in
// sealed files.
//
// It must not know how anything looks or reads: it tells events and reasons,
// and imports neither a user interface nor the server.
//
// Read customer.go for the companion's story, agent.go for the agent's, run.go
// for the loop that both share.
package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/session/computer/disk"
	"countersign/session/computer/vault"
	"countersign/session/protocol/ending"
)

// KeyringChoice says where secrets live.
type KeyringChoice string

// The choices. The choice made at the first start is remembered in the state
// directory.
const (
	KeyringDefault    KeyringChoice = ""           // as remembered, else the system's
	KeyringOS         KeyringChoice = "os"         // the system's keyring
	KeyringPassphrase KeyringChoice = "passphrase" // a file sealed by a passphrase
)

// Options say where state lives and what the outside world is.
type Options struct {
	Dir        string                 // state directory; made when absent, 0700
	Keyring    KeyringChoice          // where secrets live
	Passphrase func() (string, error) // asked only with KeyringPassphrase
	Store      vault.Store            // overrides Keyring; for training and tests
	Clock      Clock                  // nil: the system's
	Logger     *slog.Logger           // nil: silent. Nothing sensitive is logged.
	// Dial opens the connections to the banks' servers, under TLS; nil: TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Readable reports whether the screen can show a text; nil: every text. A
	// customer's call with a bank of which it can show neither name nor domain
	// ends unsupported. It is called on any goroutine.
	Readable func(text string) bool
}

// Clock is the time and its timers.
type Clock interface {
	Now() time.Time
	// AfterFunc runs f on a goroutine of its own after d; stop prevents it if it is not too late.
	AfterFunc(d time.Duration, f func()) (stop func())
}

// SystemClock is this computer's.
type SystemClock struct{}

// Now is the time.
func (SystemClock) Now() time.Time { return time.Now() }

// AfterFunc is time's.
func (SystemClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// home is one person's state: a directory of sealed files and a vault.
type home struct {
	dir    string
	vault  *vault.Vault
	clock  Clock
	log    *slog.Logger
	dialer func(ctx context.Context, address string) (net.Conn, error) // nil: TCP

	readable func(text string) bool // nil: everything
}

// openHome makes or opens the state directory and its vault. Reasons:
// no_keyring, keyring_locked.
func openHome(ctx context.Context, o Options) (*home, error) {
	if o.Clock == nil {
		o.Clock = SystemClock{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	store := o.Store
	if store == nil {
		var err error
		if store, err = openStore(ctx, o); err != nil {
			return nil, vaultError(err)
		}
	}
	return &home{dir: o.Dir, vault: vault.NewShared(store, filepath.Join(o.Dir, "seal.lock")), clock: o.Clock, log: o.Logger, dialer: o.Dial, readable: o.Readable}, nil
}

func openStore(ctx context.Context, o Options) (vault.Store, error) {
	choice, err := rememberChoice(filepath.Join(o.Dir, "keyring"), o.Keyring)
	if err != nil {
		return nil, err
	}
	if choice == KeyringPassphrase {
		if o.Passphrase == nil {
			return nil, vault.ErrNoKeyring
		}
		phrase, err := o.Passphrase()
		if err != nil {
			return nil, err
		}
		return vault.OpenPassphraseFile(ctx, filepath.Join(o.Dir, "secrets.age"), phrase)
	}
	id, err := homeID(ctx, filepath.Join(o.Dir, "id"))
	if err != nil {
		return nil, err
	}
	return vault.OpenKeyring(ctx, id)
}

// rememberChoice keeps an explicit choice for the next start, so that a home
// whose secrets are in a file is never looked for in the keyring.
func rememberChoice(path string, choice KeyringChoice) (KeyringChoice, error) {
	kept, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	remembered := KeyringChoice(strings.TrimSpace(string(kept)))
	switch {
	case choice == KeyringDefault && remembered == KeyringDefault:
		return KeyringOS, nil
	case choice == KeyringDefault:
		return remembered, nil
	case choice == remembered:
		return choice, nil
	}
	return choice, disk.Replace(path, []byte(choice+"\n"))
}

// homeID returns the random id under which this home's keyring items are kept.
// Programs that start at once take turns to make it. An empty file, which
// earlier programs left where the disk was full, names nothing yet, unless
// something was kept under what it held.
func homeID(ctx context.Context, path string) (string, error) {
	kept, err := os.ReadFile(path)
	sealed, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "banks", "*.sealed")) // fails for no pattern but a bad one
	if err == nil && (len(kept) > 0 || len(sealed) > 0) {
		id := strings.TrimSpace(string(kept))
		if raw, err := hex.DecodeString(id); err != nil || len(raw) != 16 {
			return "", fmt.Errorf("%s is damaged: it should hold 32 hexadecimal digits", path)
		}
		return id, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	unlock, err := vault.Lock(ctx, path+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if kept, err := os.ReadFile(path); err == nil && len(kept) > 0 {
		return homeID(ctx, path) // another program was faster
	}
	var raw [16]byte
	rand.Read(raw[:])
	id := hex.EncodeToString(raw[:])
	return id, disk.Replace(path, []byte(id+"\n"))
}

// vaultError gives the errors of the vault and its files their endings. A
// disk that fails has no ending of its own: what is kept there cannot be used,
// like a keyring that is not there.
func vaultError(err error) error {
	reason := ending.NoKeyring
	switch {
	case err == nil, ending.Of(err, "") != "":
		return err // nothing wrong, or named already
	case errors.Is(err, vault.ErrLocked), errors.Is(err, vault.ErrWrongPassphrase), errors.Is(err, context.DeadlineExceeded):
		reason = ending.KeyringLocked
	}
	return ending.Wrap(reason, err)
}
