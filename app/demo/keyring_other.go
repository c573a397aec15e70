//go:build !linux

// This file owns the answer of systems on which a private keyring cannot be
// had: the demonstration then keeps secrets in files sealed by a passphrase.

package main

import (
	"context"
	"errors"
)

func keyringTools() bool { return false }

func (s *stage) startKeyring(context.Context, string) ([]string, error) {
	return nil, errors.New("a private keyring can be started on Linux only")
}
