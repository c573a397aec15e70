//go:build linux || (freebsd && cgo) || (dragonfly && cgo) || netbsd || openbsd

// This file owns the questions to the Secret Service (the freedesktop.org
// Secret Service API, draft 0.2) that the keyring library does not ask: is
// there one, does it have a collection to keep things in, and is that locked.
//
// Rules: without the address of a session bus nothing touches D-Bus, because
// the D-Bus library would start a stray daemon of its own. Only a locked
// collection opens a prompt, on a connection that is closed afterwards, and no
// prompt stays open for ever.

package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// Names of the Secret Service API.
const (
	secretsName          = "org.freedesktop.secrets"
	secretsPath          = dbus.ObjectPath("/org/freedesktop/secrets")
	loginCollection      = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	noObject             = dbus.ObjectPath("/")
	serviceInterface     = "org.freedesktop.Secret.Service"
	collectionInterface  = "org.freedesktop.Secret.Collection"
	promptInterface      = "org.freedesktop.Secret.Prompt"
	secretIsLocked       = "org.freedesktop.Secret.Error.IsLocked"
	propertiesGet        = "org.freedesktop.DBus.Properties.Get"
	busHasOwner          = "org.freedesktop.DBus.NameHasOwner"
	busStartService      = "org.freedesktop.DBus.StartServiceByName"
	busAddressVariable   = "DBUS_SESSION_BUS_ADDRESS"
	runtimeDirVariable   = "XDG_RUNTIME_DIR"
	autolaunchBusAddress = "autolaunch:"
)

// promptLimit is how long the window that asks for the keyring's password may
// stay open. The caller is answered after Deadline; the window stays, so that
// the person can finish typing and try again.
const promptLimit = 2 * time.Minute

// lookAgain is how often the collection is looked at while the window is open: a
// person who has overlooked it may have unlocked the keyring elsewhere.
const lookAgain = time.Second

func (operatingSystem) available(ctx context.Context) error {
	_, _, err := findCollection(ctx)
	return err
}

func (operatingSystem) unlock(ctx context.Context) error {
	bus, collection, err := findCollection(ctx)
	if err != nil {
		return err
	}
	locked, err := isLocked(ctx, bus, collection)
	if err != nil || !locked {
		return err
	}
	return askToUnlock(collection)
}

func (operatingSystem) explain(err error) error {
	var fault dbus.Error
	switch {
	case errors.As(err, &fault) && fault.Name == secretIsLocked:
		return ErrLocked
	case errors.As(err, &fault) && strings.HasPrefix(fault.Name, "org.freedesktop.DBus.Error."),
		errors.Is(err, dbus.ErrClosed), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the Secret Service went away", ErrNoKeyring)
	}
	return fmt.Errorf("the keyring answered with an error: %w", err)
}

// findCollection returns the session bus and the collection that the keyring
// library uses: "login" where there is one, else the default collection.
func findCollection(ctx context.Context) (*dbus.Conn, dbus.ObjectPath, error) {
	if err := findSessionBus(); err != nil {
		return nil, "", err
	}
	bus, err := dbus.SessionBus() // one connection for the process, shared with the keyring library
	if err != nil {
		return nil, "", fmt.Errorf("%w: the session bus does not answer", ErrNoKeyring)
	}
	if err := startSecretService(ctx, bus); err != nil {
		return nil, "", err
	}
	collection, err := chooseCollection(ctx, bus)
	if err != nil {
		return nil, "", err
	}
	return bus, collection, nil
}

// startSecretService returns nil when a Secret Service runs on the bus, also
// one that the bus starts when asked, as desktops have it. The bus does not
// know how to start a service that was started by hand, so the owner of the
// name is asked for first.
func startSecretService(ctx context.Context, bus *dbus.Conn) error {
	var running bool
	if err := bus.BusObject().CallWithContext(ctx, busHasOwner, 0, secretsName).Store(&running); err != nil {
		return absent(ctx, "the session bus does not answer")
	}
	if running {
		return nil
	}
	if bus.BusObject().CallWithContext(ctx, busStartService, 0, secretsName, uint32(0)).Err != nil {
		return absent(ctx, "no Secret Service is running")
	}
	return nil
}

func chooseCollection(ctx context.Context, bus *dbus.Conn) (dbus.ObjectPath, error) {
	secrets := bus.Object(secretsName, secretsPath)
	var collections []dbus.ObjectPath
	var property dbus.Variant
	err := secrets.CallWithContext(ctx, propertiesGet, 0, serviceInterface, "Collections").Store(&property)
	if err != nil || property.Store(&collections) != nil {
		return "", absent(ctx, "the Secret Service does not list its collections")
	}
	if slices.Contains(collections, loginCollection) {
		return loginCollection, nil
	}
	var collection dbus.ObjectPath
	err = secrets.CallWithContext(ctx, serviceInterface+".ReadAlias", 0, "default").Store(&collection)
	if err != nil || collection == noObject {
		return "", absent(ctx, "the Secret Service has no default collection")
	}
	return collection, nil
}

// findSessionBus makes sure that the D-Bus libraries find the bus by its
// address. They look for no $XDG_RUNTIME_DIR/bus, only below /run/user, and
// would start a bus of their own if there is nothing.
func findSessionBus() error {
	address := os.Getenv(busAddressVariable)
	if address != "" && !strings.HasPrefix(address, autolaunchBusAddress) {
		return nil
	}
	dir := os.Getenv(runtimeDirVariable)
	socket := filepath.Join(dir, "bus")
	if info, err := os.Stat(socket); dir == "" || err != nil || info.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("%w: no session bus", ErrNoKeyring)
	}
	return os.Setenv(busAddressVariable, "unix:path="+dbus.EscapeBusAddressValue(socket))
}

func isLocked(ctx context.Context, bus *dbus.Conn, collection dbus.ObjectPath) (bool, error) {
	var property dbus.Variant
	var locked bool
	err := bus.Object(secretsName, collection).
		CallWithContext(ctx, propertiesGet, 0, collectionInterface, "Locked").Store(&property)
	if err != nil || property.Store(&locked) != nil {
		return false, absent(ctx, "the collection does not say whether it is locked")
	}
	return locked, nil
}

// askToUnlock unlocks the collection, by the service's own prompt if it wants
// one, and returns ErrLocked unless the collection is open in the end. It has
// a connection of its own: closing it ends every wait, and the prompt.
func askToUnlock(collection dbus.ObjectPath) error {
	ctx, cancel := context.WithTimeout(context.Background(), promptLimit)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("%w: the session bus does not answer", ErrNoKeyring)
	}
	defer bus.Close()
	var unlocked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err = bus.Object(secretsName, secretsPath).
		CallWithContext(ctx, serviceInterface+".Unlock", 0, []dbus.ObjectPath{collection}).Store(&unlocked, &prompt)
	if err != nil {
		return absent(ctx, "the Secret Service does not unlock")
	}
	if prompt != noObject {
		waitForPrompt(ctx, bus, prompt, collection)
	}
	if locked, err := isLocked(ctx, bus, collection); err != nil || locked {
		return ErrLocked
	}
	return nil
}

// waitForPrompt shows the prompt and returns when it was answered, dismissed,
// given up, or not needed any more. Which of them does not matter: the caller
// asks the collection.
func waitForPrompt(ctx context.Context, bus *dbus.Conn, prompt, collection dbus.ObjectPath) {
	signals := make(chan *dbus.Signal, 8)
	bus.Signal(signals) // closed with the connection
	if bus.AddMatchSignalContext(ctx, dbus.WithMatchObjectPath(prompt), dbus.WithMatchInterface(promptInterface)) != nil {
		return
	}
	if bus.Object(secretsName, prompt).CallWithContext(ctx, promptInterface+".Prompt", 0, "").Err != nil {
		return
	}
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		select {
		case signal, open := <-signals:
			if !open || signal.Path == prompt && signal.Name == promptInterface+".Completed" {
				return
			}
		case <-again.C:
			if locked, err := isLocked(ctx, bus, collection); err != nil || !locked {
				return
			}
		}
	}
}

// absent is ErrNoKeyring with its reason, or ErrLocked if the question had no
// answer only because the time was up.
func absent(ctx context.Context, reason string) error {
	if ctx.Err() != nil {
		return unanswered(ctx)
	}
	return fmt.Errorf("%w: %s", ErrNoKeyring, reason)
}
