// This file owns the agent's steps.

package people

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"

	"countersign/app/tools/demo/windows"
)

// Agent is an agent in front of the agent's window.
type Agent struct{ Person }

// Direction is who called whom, as the form of a new call asks it.
type Direction int

// The directions, in the order of their tiles.
const (
	BankCalled Direction = iota
	CustomerCalled
)

// Call is what the agent knows when a call begins. The purpose is the first
// one in the form, and so is the line that the customer dialled.
type Call struct {
	Customer  string
	Direction Direction
	Lines     int // how many numbers the bank has; 0 stands for 1
}

// Chooses answers the question of the first start.
func (a Agent) Chooses(ctx context.Context) error {
	return steps(a.sees(ctx, "start.title"), a.presses(ctx, "2"))
}

// Enrols enrols this computer with a ticket. Nobody on the phone asked for it.
func (a Agent) Enrols(ctx context.Context, ticket string) error {
	address, code, err := partsOf(ticket)
	if err != nil {
		return err
	}
	return steps(
		a.sees(ctx, "ask.prompted"), a.presses(ctx, "2"),
		a.sees(ctx, "agent.enrol.title"), a.types(ctx, address), a.presses(ctx, "Tab"), a.types(ctx, code), a.presses(ctx, "Return"),
	)
}

// partsOf are the address and the code on a ticket, as they are typed.
func partsOf(ticket string) (address, code string, err error) {
	text, whole := strings.CutPrefix(ticket, "CT1:")
	address, code, found := strings.Cut(text, "/")
	if !whole || !found {
		return "", "", fmt.Errorf("%q is no ticket", ticket)
	}
	return address, code, nil
}

// SignsIn begins the shift.
func (a Agent) SignsIn(ctx context.Context) error {
	return steps(a.sees(ctx, "agent.signin.title"), a.presses(ctx, "Return"), a.sees(ctx, "agent.form.title"))
}

// FillsIn fills in the empty form of a new call. Enter goes from the reference
// to the first answer that is missing, wherever it stands.
func (a Agent) FillsIn(ctx context.Context, c Call) error {
	keys := []string{"Return", "space"}
	if c.Direction == CustomerCalled {
		keys = []string{"Return", "Right", "space"}
		if c.Lines > 1 {
			keys = append(keys, "ctrl+Return", "space")
		}
	}
	keys = append(keys, "ctrl+Return", "space")
	return steps(a.sees(ctx, "agent.form.title"), a.types(ctx, c.Customer), a.presses(ctx, keys...))
}

// TurnsRound says that it was the bank that called, in a form that says that
// the customer did and whose reference has the focus. The bank's numbers stand
// between the two where there are several.
func (a Agent) TurnsRound(ctx context.Context, lines int) error {
	keys := []string{"Tab", "space"}
	if lines > 1 {
		keys = append(slices.Repeat([]string{"Tab"}, lines), keys...)
	}
	return steps(a.sees(ctx, "agent.form.title"), a.presses(ctx, keys...))
}

// ShowsCode shows the code of the call that is filled in. The live call, or
// what stands in its way, comes next.
func (a Agent) ShowsCode(ctx context.Context) error { return a.Press(ctx, "ctrl+Return") }

// Code reads the nine digits on the screen.
func (a Agent) Code(ctx context.Context) (string, error) {
	if err := a.Sees(ctx, "agent.live.title"); err != nil {
		return "", err
	}
	return a.digits(ctx, 9)
}

// QR turns to the QR code and back, and reads it from the picture.
func (a Agent) QR(ctx context.Context) (text string, err error) {
	err = steps(
		a.sees(ctx, "agent.live.title"), a.presses(ctx, "q"), a.sees(ctx, "agent.qr.title"),
		func() error {
			return a.looks(ctx, func(picture *image.RGBA) (bool, error) {
				var err error
				text, err = windows.QR(ctx, picture)
				if errors.Is(err, windows.ErrNoQR) {
					return false, nil
				}
				return err == nil, err
			})
		},
		a.presses(ctx, "q"), a.sees(ctx, "agent.live.title"),
	)
	return text, err
}

// Types types the six digits that the customer reads aloud.
func (a Agent) Types(ctx context.Context, readback string) error { return a.Type(ctx, readback) }

// Secure waits until text may be sent.
func (a Agent) Secure(ctx context.Context) error { return a.Sees(ctx, "agent.secure") }

// Ends ends a secure call and answers that this is meant: from the box for the
// message, past its button, to the end; then past "go on".
func (a Agent) Ends(ctx context.Context) error {
	return a.Press(ctx, "Tab", "Tab", "Return", "Tab", "Return")
}

// Again opens the form of a new call once a call has ended.
func (a Agent) Again(ctx context.Context) error {
	return a.Insists(ctx, "Return", "agent.form.title")
}

// LooksAround opens what can be opened from the form beside a call, and comes
// back.
func (a Agent) LooksAround(ctx context.Context) error {
	return steps(
		a.presses(ctx, "ctrl+comma"), a.sees(ctx, "settings.title"), a.presses(ctx, "Escape"), a.sees(ctx, "agent.form.title"),
		a.presses(ctx, "F1"), a.sees(ctx, "help.title"), a.presses(ctx, "Escape"), a.sees(ctx, "agent.form.title"),
	)
}

// ListsCalls opens the list of own calls from the form, whose reference has the
// focus. The header comes last, so it is reached backwards.
func (a Agent) ListsCalls(ctx context.Context) error {
	return steps(
		a.presses(ctx, "shift+Tab", "shift+Tab", "shift+Tab", "shift+Tab", "Return"),
		a.sees(ctx, "agent.history.title"),
	)
}
