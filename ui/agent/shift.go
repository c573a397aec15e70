// This file owns the way to a shift and out of it: what is kept, signing in and
// out, and the shift's end.

package agent

import (
	"context"
	"errors"

	"countersign/session"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
	"countersign/ui/shell"
)

// open reads what is kept and goes where the agent can begin.
func (s *Side) open() {
	s.goTo(State{At: Opening, Waiting: s.state.Waiting})
	shell.Await(&s.Turn, s.self.Shift, s.opened)
}

func (s *Side) opened(shift session.Shift, err error) {
	switch reason := ending.Of(err, ending.NoKeyring); {
	case err == nil:
		s.enter(shift)
	case errors.Is(err, session.ErrSignedOut):
		s.goTo(State{At: SignIn, Waiting: s.state.Waiting})
	case reason == ending.UnknownBank:
		s.goTo(State{At: AskPrompted, Waiting: s.state.Waiting})
	default:
		s.goTo(State{At: CannotOpen, Problem: reason, Family: advice.ForStart, Waiting: s.state.Waiting})
	}
}

// enter opens the screens of a shift: home is the form of a new call.
func (s *Side) enter(shift session.Shift) {
	s.state.Shift = shift
	s.watchShift()
	s.goTo(State{At: Home, Shift: shift, Form: s.state.Form, Waiting: s.state.Waiting})
	s.takeWaiting()
	s.ask()
}

// signInAgain is for the end of a shift. The form is kept.
func (s *Side) signInAgain() {
	told := "agent.shift.over"
	if over, _ := s.state.shiftEnds(s.Stage.Now()); !over {
		told = ""
	}
	s.goTo(State{At: SignIn, Told: told, Shift: s.state.Shift, Form: s.state.Form, Waiting: s.state.Waiting})
}

// signIn asks the bank for the credential of a shift.
func (s *Side) signIn(secondFactor string) {
	if s.state.Working != "" {
		return
	}
	s.state.Working, s.state.Problem, s.state.Told = "agent.signin.working", "", ""
	s.Draw()
	shell.Await(&s.Turn, func(ctx context.Context) (session.Shift, error) {
		return s.self.SignIn(ctx, secondFactor)
	}, s.signedIn)
}

func (s *Side) signedIn(shift session.Shift, err error) {
	s.state.Working = ""
	if err == nil {
		s.enter(shift)
		return
	}
	reason := ending.Of(err, ending.LineLost)
	if reason == ending.UnknownBank {
		s.goTo(State{At: AskPrompted, Waiting: s.state.Waiting})
		return
	}
	s.state.Problem, s.state.Family = reason, advice.ForStart
	s.state.Ask = s.state.Ask || reason == ending.NotACode
	s.state.Digits = "" // those that were refused are gone, the box has the focus
	s.Redraw()
}

// signingOut is what the window says, and what keeps every other press from
// counting, while the shift is being forgotten.
const signingOut = "agent.signin.out_working"

func (s *Side) signingOut() bool { return s.state.Working == signingOut }

// signOut forgets the shift on this computer.
func (s *Side) signOut() {
	if s.signingOut() {
		return
	}
	s.stopAsking()
	s.asking.Pass()
	s.state.Working, s.state.Problem, s.state.Told = signingOut, "", ""
	s.Draw()
	shell.Await(&s.Turn, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.self.SignOut(ctx)
	}, func(_ struct{}, err error) {
		s.state.Working = ""
		if err != nil {
			s.goHome()
			s.state.Problem, s.state.Family = ending.Of(err, ending.NoKeyring), advice.ForStart
			s.Draw()
			return
		}
		s.stopWatching()
		s.goTo(State{At: SignIn, Shift: session.Shift{Bank: s.state.Shift.Bank}, Waiting: s.state.Waiting})
	})
}

// askLeave asks before the bank is removed from this computer.
func (s *Side) askLeave(sure bool) {
	s.state.Leaving = sure
	s.Draw()
}

// leave removes the bank from this computer.
func (s *Side) leave() {
	s.state.Working = "agent.signin.removing"
	s.Draw()
	shell.Await(&s.Turn, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.self.Leave(ctx)
	}, func(_ struct{}, err error) {
		if err != nil {
			s.state.Working, s.state.Leaving = "", false
			s.state.Problem, s.state.Family = ending.Of(err, ending.NoKeyring), advice.ForStart
			s.Draw()
			return
		}
		s.goTo(State{At: AskPrompted})
	})
}

// watchShift tells the end of the shift when it comes near and when it comes.
// A call that has begun goes on.
func (s *Side) watchShift() {
	s.stopWatching()
	now, until := s.Stage.Now(), s.state.Shift.Until
	next := until.Sub(now)
	if next > shiftNotice {
		next -= shiftNotice
	}
	if until.IsZero() || next <= 0 {
		return
	}
	s.stopWatching = s.After(next, func() {
		s.watchShift()
		over, _ := s.state.shiftEnds(s.Stage.Now())
		if over && s.state.betweenCalls() {
			s.signInAgain()
			return
		}
		s.Draw()
	})
}
