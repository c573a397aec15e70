// This file owns what the macOS keychain's answers mean. The keyring library
// runs /usr/bin/security, which ends with the low byte of the OSStatus (see
// SecBase.h) of what went wrong.

package vault

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// Exit statuses of /usr/bin/security.
const (
	interactionNotAllowed = 36  // errSecInteractionNotAllowed, -25308: locked, and no window to ask in
	noDefaultKeychain     = 37  // errSecNoDefaultKeychain, -25307
	authFailed            = 51  // errSecAuthFailed, -25293: wrong password given
	notAvailable          = 53  // errSecNotAvailable, -25291
	userCanceled          = 128 // errSecUserCanceled, -128
)

// available returns nil: every macOS has a keychain, and asking for an item is
// the only way to learn more.
func (operatingSystem) available(context.Context) error { return nil }

// unlock returns nil: the keychain opens its own window when an item is read.
func (operatingSystem) unlock(context.Context) error { return nil }

func (operatingSystem) explain(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		switch exit.ExitCode() {
		case interactionNotAllowed, authFailed, userCanceled:
			return ErrLocked
		case noDefaultKeychain, notAvailable:
			return ErrNoKeyring
		}
	}
	return fmt.Errorf("the keyring answered with an error: %w", err)
}
