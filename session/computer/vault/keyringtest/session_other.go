//go:build !linux

// This file owns the refusal on systems where no private keyring can be had.

package keyringtest

import "testing"

type session struct{}

func newSession(t testing.TB) *session {
	t.Helper()
	t.Fatal("a private keyring can be started on Linux only")
	return nil
}

func (*session) startBus(testing.TB)                        {}
func (*session) startKeyring(testing.TB, lock) (end func()) { return func() {} }
func (*session) env() []string                              { return nil }
