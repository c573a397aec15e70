// This file owns an agent's hours between calls: signing in and out, a look at
// what a call would run on, and leaving the bank. What it signs in with is the
// same as a call's (signin.go).

package session

import (
	"context"
	"errors"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
)

// signInTime bounds signing in, and a preview, as a whole: the keyring, the
// connection and two requests.
const signInTime = 30 * time.Second

// ErrSignedOut says that this agent is enrolled but has no credential under
// which a call could begin.
var ErrSignedOut = errors.New("the agent is not signed in")

// Shift is what an agent is signed in for.
type Shift struct {
	Bank                   Bank
	Name, Role, Department string
	// Until is when the last call may begin: the credential then still lasts
	// for a whole offer and its read-back.
	Until    time.Time
	Purposes []trust.Purpose // the purposes that the bank allows; nil: all
}

// Shift says what this agent is signed in for, without asking the network.
// Errors: ErrSignedOut; reasons unknown_bank (not enrolled), revoked (the key is
// gone from the keyring), forged, no_keyring, keyring_locked.
func (a *Agent) Shift(ctx context.Context) (Shift, error) {
	s, err := signIn{home: a.home}.agent(ctx)
	if err != nil {
		return Shift{}, err
	}
	now := a.clock.Now()
	credential := s.kept(now)
	if credential == nil {
		return Shift{}, ErrSignedOut
	}
	return Shift{
		Bank: s.bank.info(now), Name: credential.Name, Role: credential.Role, Department: credential.Department,
		Until: shiftEnd(credential), Purposes: credential.Purposes,
	}, nil
}

// SignIn gets a credential for the next hours and the bank's news; with a
// credential in force, the news alone. Reasons: not_a_code when the bank asks
// for a second factor and none is given, forged for a wrong one, replayed for
// one used before, busy after too many guesses; unknown_bank, revoked,
// wrong_clock, expired, unsupported (this program is too old), server_down,
// wrong_server_key, no_keyring, keyring_locked.
func (a *Agent) SignIn(ctx context.Context, secondFactor string) (Shift, error) {
	ctx, cancel := context.WithTimeout(ctx, signInTime)
	defer cancel()
	s, err := signIn{home: a.home, open: a.dial, secondFactor: secondFactor}.run(ctx)
	s.close()
	if err != nil {
		return Shift{}, err
	}
	return a.Shift(ctx) // what is kept now is what the next call will find
}

// SignOut forgets the credential: the next call or sign-in needs a fresh one,
// and the second factor where the bank asks for it. A call under way goes on.
// Reasons: no_keyring, keyring_locked.
func (a *Agent) SignOut(ctx context.Context) error {
	ids, err := a.bankIDs(roleAgent)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := a.change(ctx, roleAgent, id, func(r *record) { r.Credential = nil }); err != nil {
			return err
		}
	}
	return nil
}

// Leave removes the bank and this agent's key from this computer; the history
// stays. It is safe to repeat. Reasons: no_keyring, keyring_locked.
func (a *Agent) Leave(ctx context.Context) error {
	ids, err := a.bankIDs(roleAgent)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := a.forget(ctx, roleAgent, id); err != nil {
			return err
		}
	}
	return nil
}

// Preview is what a call would run on.
type Preview struct {
	Line      string    // last four digits of the number
	Enrolled  bool      // the customer has a device; without one the call is at best unverified
	HoldUntil time.Time // end of a hold under which this call may still be made; zero: none
}

// Preview asks the authority what a call would run on and whether it may be
// made, and offers nothing. It counts as two of the agent's limited requests.
// Errors: ErrSignedOut; reasons unsupported (no direction), unknown_code (no
// such customer), wrong_number, on_hold, busy, forged (not the authority's
// word), and those of SignIn but the second factor's.
func (a *Agent) Preview(ctx context.Context, o Offering) (Preview, error) {
	if o.Direction.String() == "" {
		return Preview{}, ending.Because(ending.Unsupported, "who called whom is not said")
	}
	ctx, cancel := context.WithTimeout(ctx, signInTime)
	defer cancel()
	in := signIn{home: a.home, open: a.dial}
	s, err := in.agent(ctx)
	if err != nil {
		return Preview{}, err
	}
	// The authority would answer under the key alone. Whoever finds the computer
	// of an agent who has signed out should learn nothing of customers from it.
	if s.kept(a.clock.Now()) == nil {
		return Preview{}, ErrSignedOut
	}
	if s.conn, err = in.connect(ctx, s); err != nil {
		return Preview{}, err
	}
	defer s.close()
	// The news first: the authority may sign under a status key that came with
	// a bundle published since the agent signed in.
	if err := in.obtainCredential(ctx, &s); err != nil {
		return Preview{}, err
	}
	prepared, err := in.prepare(ctx, s, o)
	if err != nil {
		return Preview{}, err
	}
	return previewOf(prepared)
}

// previewOf takes from the authority's word only what may stand on a screen.
func previewOf(answer relay.Prepared) (Preview, error) {
	if !trust.IsLine(answer.Line) {
		return Preview{}, ending.Because(ending.Unsupported, "the server's answer names no line")
	}
	preview := Preview{Line: answer.Line, Enrolled: answer.Enrolled}
	if answer.HoldUntil > 0 {
		preview.HoldUntil = time.Unix(answer.HoldUntil, 0)
	}
	return preview, nil
}
