// This file owns what keyringtest offers on every system.

// Package keyringtest starts real, private keyrings: a D-Bus session bus and
// GNOME Keyring's Secret Service, with a home directory of their own, away from
// the keyring of the person who runs it.
//
// It owns those daemons: none outlives the process that started it. It knows
// nothing of what is kept in a keyring. Only tests and app/tools import it. It
// works on Linux and needs the packages dbus and gnome-keyring (Debian's names);
// without them a test fails and names what to install, because a keyring test
// that did not run must not look like one that passed.
//
// The D-Bus and keyring libraries keep one connection for each process. A test
// that uses more than one keyring, or one after another, runs each part in a
// child process with that keyring's environment.
package keyringtest

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"
)

// Password unlocks the keyring's file.
const Password = "a password for tests"

// startLimit is how long a daemon may take to be ready, on a busy machine.
const startLimit = 30 * time.Second

// Available reports whether this computer can run private keyrings.
func Available() bool {
	for _, program := range []string{"dbus-daemon", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			return false
		}
	}
	return runtime.GOOS == "linux"
}

// Open starts a keyring that is unlocked and empty, in an empty folder, which
// is also the home of the person who uses it. The folder's path must be short:
// that of a socket has at most 107 bytes. The context bounds the wait for it.
// The daemons end with Close.
func Open(ctx context.Context, dir string) (*Keyring, error) {
	k := newKeyring(dir)
	if err := k.start(ctx, []lock{unlocked}); err != nil {
		k.Close()
		return nil, err
	}
	return k, nil
}

// Start starts a session bus with an unlocked, empty keyring. It returns the
// environment that leads a program to it, as "NAME=value": append it to
// os.Environ() for a child process, or pass each pair to t.Setenv. Any number
// of keyrings can run at once.
func Start(t testing.TB) (env []string) {
	t.Helper()
	return start(t, unlocked)
}

// StartLocked is Start with a keyring that exists but is locked. Nothing on
// its bus can show a prompt, so each attempt to unlock it counts as dismissed.
func StartLocked(t testing.TB) (env []string) {
	t.Helper()
	return start(t, unlocked, locked) // the first writes the keyring's file
}

// StartBus starts a session bus on which there is no keyring at all.
func StartBus(t testing.TB) (env []string) {
	t.Helper()
	return start(t)
}

// start starts a bus and, one after the other, keyrings on it. Their folder lies
// directly below the system's directory for temporary files, because the path
// of a socket is short and t.TempDir contains the test's name.
func start(t testing.TB, locks ...lock) (env []string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "keyring")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	k := newKeyring(dir)
	t.Cleanup(k.Close)
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	if err := k.start(ctx, locks); err != nil {
		t.Fatalf("%v", err)
	}
	return k.Env()
}

// lock says how a keyring starts.
type lock bool

const (
	unlocked lock = false
	locked   lock = true
)
