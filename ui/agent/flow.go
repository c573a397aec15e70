// This file owns what a press leads to between calls: the form of a new call,
// what the bank is asked about its customer, and the list of own calls.

package agent

import (
	"context"
	"errors"
	"time"

	"countersign/session"
	"countersign/session/computer/screenpop"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
	"countersign/ui/shell"
)

// lookDelay is how long the form must rest before the bank is asked about its
// customer: each question counts against the agent's limit.
const lookDelay = 600 * time.Millisecond

// takeWaiting fills in the form that a call-centre program has ready, unless
// the agent is filling one in: that one is never overwritten without a press.
func (s *Side) takeWaiting() {
	if !s.state.Form.taken() {
		s.useWaiting()
	}
}

// useWaiting fills in the form that waits, whatever the form holds.
func (s *Side) useWaiting() {
	if s.state.Waiting == nil {
		return
	}
	s.filled = s.Stage.Now()
	form := fromProgram(*s.state.Waiting)
	s.state.Waiting = nil
	s.fill(form)
}

// Fill takes what a call-centre program asks for. It only fills in the form:
// nothing starts without a press. During a call, before signing in, and while
// the agent fills in a form, it waits. It belongs to the main goroutine.
func (s *Side) Fill(r screenpop.Request) {
	s.state.Waiting = &r
	if s.Stage == nil {
		return
	}
	switch {
	case s.state.At == Home:
		s.takeWaiting()
		s.Draw()
	case s.state.betweenCalls():
		s.goHome()
	default:
		s.Draw()
	}
}

// fill puts a whole form on the screen.
func (s *Side) fill(f Form) {
	s.state.Form, s.state.Problem, s.state.Unfinished = f.allowed(s.state.Shift), "", false
	s.Redraw()
	s.ask()
}

// edit takes a form that the agent has changed.
func (s *Side) edit(f Form) {
	if f.Direction != s.state.Form.Direction {
		f.Line = ""
	}
	f.Typed = true
	s.state.Form, s.state.Problem = f, ""
	s.state.Unfinished = s.state.Unfinished && len(f.missing(s.state.Shift)) > 0
	s.ask()
	s.Draw()
}

// ask asks the bank about the form's customer once the form rests.
func (s *Side) ask() {
	f := s.state.Form
	switch {
	case !f.asksAuthority(s.state.Shift):
		s.stopAsking()
		s.asking.Pass()
		s.state.Found = Found{}
		return
	case s.state.Found.For == (Form{}), !s.state.Found.For.sameCustomer(f, s.state.Shift):
	default:
		return // asked, or answered
	}
	s.stopAsking()
	s.asking.Pass()
	s.state.Found = Found{For: f, Asked: true}
	s.stopAsking = s.After(lookDelay, func() {
		shell.Await(&s.asking, func(ctx context.Context) (session.Preview, error) {
			return s.self.Preview(ctx, f.offering(s.state.Shift))
		}, func(p session.Preview, err error) { s.found(f, p, err) })
	})
}

// found takes the bank's answer. It may come when the call has begun already.
func (s *Side) found(f Form, p session.Preview, err error) {
	if errors.Is(err, session.ErrSignedOut) && s.state.At == Home {
		s.signInAgain()
		return
	}
	s.state.Found = Found{For: f, Known: err == nil, Preview: p}
	if err != nil {
		s.state.Found.Reason = ending.Of(err, ending.LineLost)
	}
	if s.state.inCall() && s.state.Call.Line == "" {
		s.state.Call.Line = s.state.Found.line(s.state.Call.Form, s.state.Shift)
	}
	s.Draw()
}

// showCode is the agent's press: it begins the call that the form describes, or
// reports that the form is unfinished. A form that has just been filled in by a
// program is read first: a key that was meant for the form before must not start
// the call that somebody else describes.
func (s *Side) showCode() (unfinished bool) {
	if s.Stage.Now().Sub(s.filled) < shell.Rest || s.signingOut() {
		return false
	}
	if over, _ := s.state.shiftEnds(s.Stage.Now()); over {
		s.signInAgain()
		return false
	}
	if len(s.state.Form.missing(s.state.Shift)) > 0 {
		s.state.Unfinished = true
		s.Draw()
		return true
	}
	s.begin(s.state.Form)
	return false
}

// newCall goes back to the form. The customer is kept only where another try
// with the same customer is right.
func (s *Side) newCall() {
	s.state.Form = s.state.again().allowed(s.state.Shift)
	s.goHome()
}

// goHome shows the form, or signing in when the shift has ended meanwhile.
func (s *Side) goHome() {
	if s.signingOut() {
		return
	}
	s.Turn.Pass()
	if over, _ := s.state.shiftEnds(s.Stage.Now()); over {
		s.signInAgain()
		return
	}
	s.state.At, s.state.Problem, s.state.Told, s.state.Working, s.state.Unfinished = Home, "", "", "", false
	s.state.Found = Found{}
	s.takeWaiting()
	s.ask()
	s.Redraw()
}

// openPast lists the own calls.
func (s *Side) openPast() {
	if s.signingOut() {
		return
	}
	s.state.At, s.state.Working, s.state.Problem, s.state.Past = PastCalls, "agent.history.working", "", nil
	s.Draw()
	shell.Await(&s.Turn, s.self.History, func(past []session.Past, err error) {
		s.state.Working, s.state.Past = "", past
		if err != nil {
			s.state.Problem, s.state.Family = ending.Of(err, ending.NoKeyring), advice.ForStart
		}
		s.Draw()
	})
}
