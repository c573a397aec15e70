// This file owns the customer's steps.

package people

import (
	"context"
	"strconv"

	"countersign/ui/words"
)

// Customer is a customer in front of the companion.
type Customer struct{ Person }

// Chooses answers the question of the first start.
func (c Customer) Chooses(ctx context.Context) error {
	return steps(c.sees(ctx, "start.title"), c.presses(ctx, "1"))
}

// Enrols adds a bank with the ticket of its letter. Nobody on the phone asked
// for it. The bank is named with its domain.
func (c Customer) Enrols(ctx context.Context, ticket, bank string) error {
	address, code, err := partsOf(ticket)
	if err != nil {
		return err
	}
	return steps(
		c.opensLetter(ctx), c.types(ctx, address), c.presses(ctx, "Tab"), c.types(ctx, code), c.presses(ctx, "Return"),
		c.sees(ctx, "enrol.done", words.With{"Bank": bank}), c.presses(ctx, "Return"),
		c.sees(ctx, "customer.home"),
	)
}

// opensLetter goes to where a first bank's letter is typed.
func (c Customer) opensLetter(ctx context.Context) func() error {
	return func() error {
		return steps(
			c.sees(ctx, "customer.welcome"), c.presses(ctx, "Return"),
			c.sees(ctx, "ask.prompted"), c.presses(ctx, "1"),
			c.sees(ctx, "customer.ticket"),
		)
	}
}

// Pins adds a bank as a guest, by its address and its eight words. The way to
// them is the button behind the two boxes, the one that adds, and "eight words
// too".
func (c Customer) Pins(ctx context.Context, address, eightWords, bank string) error {
	return steps(
		c.opensLetter(ctx), c.presses(ctx, "Tab", "Tab", "Tab", "Tab", "Return"),
		c.sees(ctx, "customer.words"), c.types(ctx, address), c.presses(ctx, "Tab"), c.types(ctx, eightWords), c.presses(ctx, "Return"),
		c.sees(ctx, "enrol.pinned", words.With{"Bank": bank}), c.presses(ctx, "Return"),
		c.sees(ctx, "customer.home"),
	)
}

// Answer answers "how did this call begin?" for somebody with one bank that has
// one number: it is the number of the choice. Each further number of the bank
// moves the last two on by one.
type Answer int

// The answers.
const (
	PhoneRang Answer = iota + 1
	DialledShown
	DialledAnother
	NotSure
)

// Begins presses the big button.
func (c Customer) Begins(ctx context.Context) error {
	return steps(c.sees(ctx, "customer.home"), c.presses(ctx, "Return"))
}

// Answers answers how the call began.
func (c Customer) Answers(ctx context.Context, a Answer) error {
	return steps(c.sees(ctx, "ask.how"), c.presses(ctx, strconv.Itoa(int(a))))
}

// Dialled types the number that was dialled.
func (c Customer) Dialled(ctx context.Context, number string) error {
	return steps(c.sees(ctx, "customer.which_number"), c.types(ctx, number), c.presses(ctx, "Return"))
}

// Types types the nine digits that the customer hears. The last one needs no
// Enter.
func (c Customer) Types(ctx context.Context, code string) error {
	return steps(c.sees(ctx, "customer.code"), c.types(ctx, code))
}

// Green waits for the verdict that the screen is connected to a bank, in words
// and in colour.
func (c Customer) Green(ctx context.Context, bank string) error {
	return c.judges(ctx, Verified, "customer.green", words.With{"Bank": bank})
}

// Red waits for the verdict that ends with hanging up, in words and in colour.
func (c Customer) Red(ctx context.Context) error { return c.judges(ctx, Stopped, "verdict.hang_up") }

// Amber waits for the verdict that not everything could be checked, in words
// and in colour.
func (c Customer) Amber(ctx context.Context) error {
	return c.judges(ctx, Unverified, "verdict.unverified")
}

// Readback reads the six digits of the connection check.
func (c Customer) Readback(ctx context.Context) (string, error) { return c.digits(ctx, 6) }

// Secure waits until text may be sent to that agent of that bank.
func (c Customer) Secure(ctx context.Context, agent, bank string) error {
	return c.Sees(ctx, "customer.talk", words.With{"Name": agent, "Bank": bank})
}

// SecureAsGuest waits until text may be sent in a call that is not fully
// checked.
func (c Customer) SecureAsGuest(ctx context.Context, agent, bank string) error {
	return c.Sees(ctx, "customer.talk_guest", words.With{"Name": agent, "Bank": bank})
}

// LooksAgain is for somebody who has ended the program that showed this screen
// to others.
func (c Customer) LooksAgain(ctx context.Context) error {
	return steps(c.sees(ctx, "customer.remote"), c.presses(ctx, "Return"))
}

// Leaves goes home from the screen of a call that is over. A stop stays until
// the bank has been told.
func (c Customer) Leaves(ctx context.Context) error {
	return c.Insists(ctx, "Escape", "customer.home")
}

// LooksAround opens what can be opened from home beside a call, and comes back.
func (c Customer) LooksAround(ctx context.Context) error {
	return steps(
		c.presses(ctx, "ctrl+comma"), c.sees(ctx, "settings.title"), c.presses(ctx, "Escape"), c.sees(ctx, "customer.home"),
		c.presses(ctx, "F1"), c.sees(ctx, "help.title"), c.presses(ctx, "Escape"), c.sees(ctx, "customer.home"),
		c.presses(ctx, "shift+Tab", "shift+Tab", "shift+Tab", "Return"), c.sees(ctx, "customer.doubt"),
		c.presses(ctx, "Return"), c.sees(ctx, "customer.numbers"), c.presses(ctx, "Escape"),
		func() error { return c.Insists(ctx, "Escape", "customer.home") },
		c.presses(ctx, "Tab", "Tab", "Tab", "Return"), c.sees(ctx, "customer.banks"), c.presses(ctx, "Escape"), c.sees(ctx, "customer.home"),
		func() error { return c.Begins(ctx) },
		c.sees(ctx, "ask.how"), c.presses(ctx, "3"), c.sees(ctx, "customer.which_number"), c.presses(ctx, "Escape"),
		c.sees(ctx, "ask.how"), c.presses(ctx, "1"), c.sees(ctx, "customer.code"),
		c.presses(ctx, "Tab", "Tab", "Return"), c.sees(ctx, "customer.picture"), c.presses(ctx, "Escape"), c.sees(ctx, "customer.code"),
		c.presses(ctx, "Escape"), c.sees(ctx, "ask.how"), c.presses(ctx, "Escape"), c.sees(ctx, "customer.home"),
	)
}

// Doubts answers that nobody is sure how the call began, and leaves.
func (c Customer) Doubts(ctx context.Context, code string) error {
	return steps(
		func() error { return c.Begins(ctx) },
		func() error { return c.Answers(ctx, NotSure) },
		func() error { return c.Types(ctx, code) },
		func() error { return c.Amber(ctx) },
		func() error { return c.Leaves(ctx) },
	)
}

// AlmostReports asks whether something is wrong in a secure call, and goes back
// to it.
func (c Customer) AlmostReports(ctx context.Context, agent, bank string) error {
	return steps(
		c.presses(ctx, "F9"), c.sees(ctx, "customer.wrong.ask"), c.presses(ctx, "Escape"),
		func() error { return c.Secure(ctx, agent, bank) },
	)
}

// ListsCalls opens the calls of the past from home, whose big button has the
// focus.
func (c Customer) ListsCalls(ctx context.Context) error {
	return steps(c.presses(ctx, "Tab", "Tab", "Return"), c.sees(ctx, "customer.past_calls"))
}
