//go:build !linux

// This file owns the refusal on systems where no private keyring can be had.

package keyringtest

import (
	"context"
	"errors"
)

// Keyring is none, on this system.
type Keyring struct{}

func newKeyring(string) *Keyring { return nil }

func (*Keyring) start(context.Context, []lock) error {
	return errors.New("a private keyring can be started on Linux only")
}

// Env is empty on this system.
func (*Keyring) Env() []string { return nil }

// Close does nothing on this system.
func (*Keyring) Close() {}
