// This file owns what the answers of the Windows credential manager mean.

package vault

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
)

// available returns nil: every Windows has a credential manager, and asking
// for an item is the only way to learn more.
func (operatingSystem) available(context.Context) error { return nil }

// unlock returns nil: credentials are open for as long as the person is logged on.
func (operatingSystem) unlock(context.Context) error { return nil }

func (operatingSystem) explain(err error) error {
	if errors.Is(err, windows.ERROR_NO_SUCH_LOGON_SESSION) {
		return fmt.Errorf("%w: this logon has no credentials", ErrNoKeyring)
	}
	return fmt.Errorf("the keyring answered with an error: %w", err)
}
