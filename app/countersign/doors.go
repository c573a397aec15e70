//go:build cgo

// This file owns the doors: how session and the screens of a side come together.

package main

import (
	"context"
	"errors"

	"countersign/session"
	"countersign/session/computer/remote"
	"countersign/session/protocol/ending"
	"countersign/ui/agent"
	"countersign/ui/customer"
	"countersign/ui/look"
	"countersign/ui/shell"
)

// doors open the sides whose state is in the home.
func doors(home string) shell.Doors {
	options := func(o shell.Opening) session.Options {
		return session.Options{Dir: home, Keyring: o.Keyring, Passphrase: o.Passphrase, Readable: look.Draws}
	}
	return shell.Doors{
		Sealed: func() bool { return session.Sealed(home) },
		Customer: func(ctx context.Context, o shell.Opening) (shell.Opened, error) {
			c, err := session.OpenCustomer(ctx, options(o))
			if err != nil {
				return shell.Opened{}, err
			}
			side := customer.New(customer.Options{Self: customer.Of(c), Look: remote.Look})
			return shell.Opened{Side: side, Banks: c.Banks, Keyring: session.KeyringOf(home)}, nil
		},
		Agent: func(ctx context.Context, o shell.Opening) (shell.Opened, error) {
			a, err := session.OpenAgent(ctx, options(o))
			if err != nil {
				return shell.Opened{}, err
			}
			return shell.Opened{Side: agent.New(agent.Options{Self: agent.Of(a)}), Banks: bankOf(a), Keyring: session.KeyringOf(home)}, nil
		},
	}
}

// bankOf lists the one bank that an agent works for, if there is one.
func bankOf(a *session.Agent) func(context.Context) ([]session.Bank, error) {
	return func(ctx context.Context) ([]session.Bank, error) {
		shift, err := a.Shift(ctx)
		switch {
		case err == nil, errors.Is(err, session.ErrSignedOut) && shift.Bank.Name != "":
			return []session.Bank{shift.Bank}, nil
		case errors.Is(err, session.ErrSignedOut), ending.Of(err, "") == ending.UnknownBank:
			return nil, nil
		}
		return nil, err
	}
}
