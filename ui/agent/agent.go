// Package agent owns the bank agent's screens: enrolling and signing in, the
// form of a new call, the live call, its receipt and the list of own calls. It
// draws plain states and calls session back.
//
// It must not know the protocol, the network or the keyring: session decides
// what happens, this package tells it. It never learns the six digits that a
// read-back should have; it shows only what the agent typed.
//
// Rules: every call of session runs beside the main goroutine and comes back
// through the stage, and what comes back late is ignored; nothing starts without
// a person's press.
//
// Read state.go and call.go for what can be shown, flow.go, calling.go,
// enrol.go and shift.go for what a press leads to, screens.go for the list of
// screens, and the files named after screens for how they look.
package agent

import (
	"context"
	"time"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/ui/shell"
)

// Self is the agent's program as session gives it.
type Self interface {
	Enrol(context.Context, session.Enrolment) (session.AgentBank, error)
	Shift(context.Context) (session.Shift, error)
	SignIn(ctx context.Context, secondFactor string) (session.Shift, error)
	SignOut(context.Context) error
	Leave(context.Context) error
	Preview(context.Context, session.Offering) (session.Preview, error)
	Call(context.Context, session.Offering) Running
	History(context.Context) ([]session.Past, error)
}

// Running is a call that has begun, as session.Call.
type Running interface {
	Events() <-chan call.Event
	Say(text string)
	Readback(digits string)
	End()
}

// Of makes session's agent the Self of these screens.
func Of(a *session.Agent) Self { return self{a} }

type self struct{ *session.Agent }

// Call implements Self.
func (s self) Call(ctx context.Context, o session.Offering) Running { return s.Agent.Call(ctx, o) }

// Options are what the side needs.
type Options struct {
	Self Self // the agent's program
}

// Side is the agent's side of a window. All its methods belong to the main
// goroutine.
type Side struct {
	*shell.Screens[Kind, State]
	self         Self
	state        State
	running      Running    // the call under way, nil for none
	asking       shell.Turn // of the question about the form's customer
	stopAsking   func()     // before it is asked
	stopWatching func()     // over the shift's end
	filled       time.Time  // when a call-centre program last filled in the form
}

var (
	_ shell.Side   = (*Side)(nil)
	_ shell.Filler = (*Side)(nil)
)

// New makes the agent's side. It shows nothing before Start.
func New(o Options) *Side {
	s := &Side{self: o.Self, stopAsking: func() {}, stopWatching: func() {}}
	s.Screens = shell.NewScreens(&s.state, func(k Kind) screen { return screens[k](s) }, s.around)
	s.asking = s.NewTurn()
	return s
}

// Start implements shell.Side.
func (s *Side) Start(stage shell.Stage) {
	s.Stage = stage
	s.open()
}

// goTo shows another place.
func (s *Side) goTo(next State) {
	s.state = next
	s.Move()
}
