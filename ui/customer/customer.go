// Package customer owns the screens of a person's companion: the check of a
// call from the one big button to the receipt, adding and removing banks, and
// the calls of the past. It draws plain values (state.go) and turns what the
// person does into steps (flow.go, calling.go, enrol.go, removing.go).
//
// It must not know the protocol, the network, the keyring or the clock: what
// is true of a call is told by package session, and what may be said of an
// ending by package advice. It must not know the window it is drawn in either,
// only the stage that shows its pages.
//
// Rules: one question a screen. Nothing slow happens on the main goroutine.
// How the call began is asked before anything is sent, and cannot be changed
// afterwards. A screen that stops a call says nothing of what the code claimed
// and offers no second try; it ends with a telephone that is safe.
package customer

import (
	"context"

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/computer/remote"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/ui/shell"
)

// Companion is what the screens need of a person's companion. Its methods may
// take seconds (a keyring asks its owner, a server is far away), all but
// Verify, which returns at once.
type Companion interface {
	Enrol(ctx context.Context, e session.Enrolment) (session.Bank, error)
	Pin(ctx context.Context, addr, words string) (session.Bank, error)
	Known(ctx context.Context) ([]session.Bank, error)
	Verify(ctx context.Context, v session.Verification) Running
	History(ctx context.Context) ([]session.Past, error)
	Remove(ctx context.Context, id [16]byte) error
	RemoveAgents(ctx context.Context, id [16]byte) error
}

// Running is a call that has begun, as session.Call.
type Running interface {
	Events() <-chan call.Event
	Say(text string)
	Wrong()
	End()
}

// Of makes a Companion of the real one.
func Of(c *session.Customer) Companion { return real{c} }

// real narrows the call that Verify returns to what the screens use.
type real struct{ *session.Customer }

// Verify checks a call and, if all is well, holds it.
func (r real) Verify(ctx context.Context, v session.Verification) Running {
	return r.Customer.Verify(ctx, v)
}

// Options are what the screens get from outside.
type Options struct {
	// Self is the companion whose banks and calls are shown.
	Self Companion
	// Look finds programs through which somebody else may see or steer this
	// screen; nil: nobody looks.
	Look func(ctx context.Context) ([]remote.Finding, error)
	// ReadPicture reads the text of a QR code in a picture file; nil: qr.ReadFile.
	ReadPicture func(path string) (string, error)
}

// Side is the companion, drawn on a stage. All its methods belong to the main
// goroutine.
type Side struct {
	*shell.Screens[Kind, State]
	options Options
	state   State
	reading shell.Turn // of what the companion keeps, wherever the person is
	running Running    // nil: no call, one that has ended, or one that the person has left
}

var _ shell.Side = (*Side)(nil)

// New makes the companion's side. Nothing happens before Start.
func New(o Options) *Side {
	if o.Look == nil {
		o.Look = func(context.Context) ([]remote.Finding, error) { return nil, nil }
	}
	if o.ReadPicture == nil {
		o.ReadPicture = qr.ReadFile
	}
	s := &Side{options: o}
	s.Screens = shell.NewScreens(&s.state, func(k Kind) screen { return screens[k](s) }, s.around)
	s.reading = s.NewTurn()
	return s
}

// Start shows the first page and opens the banks.
func (s *Side) Start(stage shell.Stage) {
	s.Stage = stage
	s.moveTo(Opening)
	s.refresh()
}

// moveTo shows another screen because of something that the person did, or
// that came of it.
func (s *Side) moveTo(k Kind) {
	s.state.At, s.state.Beside = k, false
	s.state.Check.Reading, s.state.Enrol.Reading = false, false // whatever is read now comes too late
	s.Move()
}

// kept is what the companion keeps, as it was last read.
type kept struct {
	banks  []session.Bank
	agents []session.Bank // AgentsOnly: they can only be removed
	past   []session.Past
	hidden ending.Reason // why the calls of the past cannot be read, else ""
}

// refresh reads the banks and the calls of the past again. Unlike other work
// its result is welcome wherever the person is by then.
func (s *Side) refresh() { shell.Await(&s.reading, s.read, s.opened) }

// read: calls of the past that cannot be read must not keep anybody from a
// check, so only the banks' error counts.
func (s *Side) read(ctx context.Context) (kept, error) {
	known, err := s.options.Self.Known(ctx)
	if err != nil {
		return kept{}, err
	}
	var k kept
	for _, b := range known {
		if b.AgentsOnly {
			k.agents = append(k.agents, b)
		} else {
			k.banks = append(k.banks, b)
		}
	}
	if k.past, err = s.options.Self.History(ctx); err != nil {
		k.past, k.hidden = nil, ending.Of(err, ending.NoKeyring)
	}
	return k, nil
}

// take makes what was read the state's.
func (s *Side) take(k kept) {
	s.state.Banks, s.state.Agents, s.state.Past, s.state.Hidden = k.banks, k.agents, k.past, k.hidden
}

// opened takes what was read, and moves on where the screen waited for it.
func (s *Side) opened(k kept, err error) {
	if err != nil {
		s.state.Trouble = ending.Of(err, ending.NoKeyring)
		if s.state.At == Opening {
			s.moveTo(CannotOpen)
		}
		return
	}
	s.take(k)
	s.state.Trouble = ""
	if none := len(k.banks) == 0; s.state.At.first() || none && s.state.At.asksBanks() {
		s.goHome()
		return
	}
	s.Draw()
}

// goHome shows the first screen there is to show. What was found on this
// computer counts until a look finds nothing.
func (s *Side) goHome() {
	s.state = State{Banks: s.state.Banks, Agents: s.state.Agents, Past: s.state.Past, Hidden: s.state.Hidden, Check: Check{Findings: s.state.Check.Findings}}
	s.running = nil
	if len(s.state.Banks) == 0 {
		s.moveTo(NoBank)
		return
	}
	s.moveTo(Home)
}

// leave goes home and reads again what the companion keeps.
func (s *Side) leave() {
	s.goHome()
	s.refresh()
}
