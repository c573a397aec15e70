//go:build !(linux || (freebsd && cgo) || (dragonfly && cgo) || netbsd || openbsd || darwin || windows)

// This file owns the systems whose keyring the library does not know.

package vault

import "context"

func (operatingSystem) available(context.Context) error { return ErrNoKeyring }
func (operatingSystem) unlock(context.Context) error    { return ErrNoKeyring }
func (operatingSystem) explain(error) error             { return ErrNoKeyring }
