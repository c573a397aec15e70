// Package agent owns the bank agent's screens: enrolling and signing in, the
// form of a new call, the live call, its receipt and the list of own calls. It
// draws plain states and calls session back.
//
// It must not know the protocol, the network or the keyring: session decides
// what happens, this package tells it. It never learns the six digits that a
// read-back should have; it shows only what the agent typed.
//
// Rules: one view for each kind of screen, brought up to date in place, so that
// nothing typed and no focus is lost when an event arrives; every call of
// session runs beside the main goroutine and comes back through the stage, and
// what comes back late is ignored; nothing starts without a person's press.
//
// Read state.go and call.go for what can be shown, side.go and shift.go for the
// flow, view.go for how a screen is kept up to date, and the files named after
// screens for how they look.
package agent

import (
	"context"

	"countersign/session"
	"countersign/session/protocol/call"
)

// Self is the agent's program as session gives it.
type Self interface {
	Enrol(context.Context, session.Enrolment) (session.AgentBank, error)
	Shift(context.Context) (session.Shift, error)
	SignIn(ctx context.Context, secondFactor string) (session.Shift, error)
	SignOut(context.Context) error
	Leave(context.Context) error
	Preview(context.Context, session.Offering) (session.Preview, error)
	Call(context.Context, session.Offering) Talk
	History(context.Context) ([]session.Past, error)
}

// Talk is one call that has begun.
type Talk interface {
	Events() <-chan call.Event
	Say(text string)
	Readback(digits string)
	End()
}

// Of makes session's agent the Self of these screens.
func Of(a *session.Agent) Self { return self{a} }

type self struct{ *session.Agent }

// Call implements Self.
func (s self) Call(ctx context.Context, o session.Offering) Talk { return s.Agent.Call(ctx, o) }
