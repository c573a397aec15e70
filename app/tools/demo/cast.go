// This file owns what the story asks of its two people. They play it at their
// windows, or with the programs for terminals: the story is the same.

package main

import "context"

// cast are the two people of the story, and how they are given a computer.
type cast interface {
	// seat gives both a home and a keyring and enrols their computers.
	seat(ctx context.Context, s *stage) error
	agent() agentPart
	customer() customerPart
	// keep leaves in a folder what the story has produced, and names it.
	keep(ctx context.Context, folder string) (what string, err error)
	// close ends what was started for them.
	close()
}

// agentPart is what the agent of the story does.
type agentPart interface {
	writer
	// offers fills the form in, shows the code and returns it.
	offers(ctx context.Context, direction string) (code string, err error)
	// refused is a try for which there must be no code: the customer is on hold.
	refused(ctx context.Context, direction string) error
	// readsBack types the digits that were read aloud.
	readsBack(ctx context.Context, digits string) error
	// secure waits until text may be sent.
	secure(ctx context.Context) error
	// ends ends the call, which must be complete then.
	ends(ctx context.Context) error
	// stopped waits for the end of a call that did not begin as the agent says.
	stopped(ctx context.Context) error
}

// customerPart is what the customer of the story does.
type customerPart interface {
	writer
	// checks answers that the phone rang, and types the code.
	checks(ctx context.Context, code string) error
	// verified waits for green and returns the digits to read aloud.
	verified(ctx context.Context) (readback string, err error)
	// secure waits until text may be sent.
	secure(ctx context.Context) error
	// ended waits for the end of a complete call.
	ended(ctx context.Context) error
	// stopped waits for red, and until the bank knows.
	stopped(ctx context.Context) error
}

// writer writes lines in a secure call and reads the other side's.
type writer interface {
	writes(ctx context.Context, text string) error
	reads(ctx context.Context, text string) error
}
