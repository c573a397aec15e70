//go:build linux

// This file owns what keyringtest offers to tests.

// Package keyringtest starts real, private keyrings for tests: a D-Bus session
// bus and GNOME Keyring's Secret Service, with a home directory of their own,
// away from the keyring of the person who runs the tests.
//
// It owns those daemons and ends them with the test. It knows nothing of what
// is kept in a keyring. Only tests import it, on Linux. It needs the
// packages dbus and gnome-keyring (Debian's names); without them a test fails
// and names what to install, because a keyring test that did not run must not
// look like one that passed.
//
// The D-Bus and keyring libraries keep one connection for each process. A test
// that uses more than one keyring, or one after another, runs each part in a
// child process with that keyring's environment.
package keyringtest

import "testing"

// Password unlocks the keyring's file.
const Password = "a password for tests"

// Start starts a session bus with an unlocked, empty keyring. It returns the
// environment that leads a program to it, as "NAME=value": append it to
// os.Environ() for a child process, or pass each pair to t.Setenv. Any number
// of keyrings can run at once.
func Start(t testing.TB) (env []string) {
	t.Helper()
	s := newSession(t)
	s.startBus(t)
	s.startKeyring(t, unlocked)
	return s.env()
}

// StartLocked is Start with a keyring that exists but is locked. Nothing on
// its bus can show a prompt, so each attempt to unlock it counts as dismissed.
func StartLocked(t testing.TB) (env []string) {
	t.Helper()
	s := newSession(t)
	s.startBus(t)
	s.startKeyring(t, unlocked)() // writes the keyring's file
	s.startKeyring(t, locked)
	return s.env()
}

// StartBus starts a session bus on which there is no keyring at all.
func StartBus(t testing.TB) (env []string) {
	t.Helper()
	s := newSession(t)
	s.startBus(t)
	return s.env()
}

// lock says how a keyring starts.
type lock bool

const (
	unlocked lock = false
	locked   lock = true
)
