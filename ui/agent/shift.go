// This file owns the way to a shift and out of it: what is kept, enrolling,
// signing in and out, and the shift's end.

package agent

import (
	"context"
	"errors"

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
)

// open reads what is kept and goes where the agent can begin.
func (s *Side) open() {
	s.goTo(State{Place: KindOpening, Waiting: s.state.Waiting})
	beside(s, &s.work, s.self.Shift, s.opened)
}

func (s *Side) opened(shift session.Shift, err error) {
	switch reason := ending.Of(err, ending.NoKeyring); {
	case err == nil:
		s.enter(shift)
	case errors.Is(err, session.ErrSignedOut):
		s.goTo(State{Place: KindSignIn, Waiting: s.state.Waiting})
	case reason == ending.UnknownBank:
		s.goTo(State{Place: KindQuestion, Waiting: s.state.Waiting})
	default:
		s.goTo(State{Place: KindTrouble, Problem: reason, Family: advice.ForStart, Waiting: s.state.Waiting})
	}
}

// enter opens the screens of a shift: home is the form of a new call.
func (s *Side) enter(shift session.Shift) {
	s.state.Shift = shift
	s.watchShift()
	s.goTo(State{Place: KindForm, Shift: shift, Form: s.state.Form, Waiting: s.state.Waiting})
	s.takeWaiting()
	s.ask()
}

// signInAgain is for the end of a shift. The form is kept.
func (s *Side) signInAgain() {
	told := "agent.shift.over"
	if over, _ := s.state.shiftEnds(s.stage.Now()); !over {
		told = ""
	}
	s.goTo(State{Place: KindSignIn, Told: told, Shift: s.state.Shift, Form: s.state.Form, Waiting: s.state.Waiting})
}

// signIn asks the bank for the credential of a shift.
func (s *Side) signIn(secondFactor string) {
	if s.state.Working != "" {
		return
	}
	s.state.Working, s.state.Problem, s.state.Told = "agent.signin.working", "", ""
	s.show()
	beside(s, &s.work, func(ctx context.Context) (session.Shift, error) {
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
		s.goTo(State{Place: KindQuestion, Waiting: s.state.Waiting})
		return
	}
	s.state.Problem, s.state.Family = reason, advice.ForStart
	s.state.Ask = s.state.Ask || reason == ending.NotACode
	s.view = nil // the digits that were refused are gone, the box has the focus
	s.show()
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
	s.waiting()
	s.look.leave()
	s.state.Working, s.state.Problem, s.state.Told = signingOut, "", ""
	s.show()
	beside(s, &s.work, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.self.SignOut(ctx)
	}, func(_ struct{}, err error) {
		s.state.Working = ""
		if err != nil {
			s.home()
			s.state.Problem, s.state.Family = ending.Of(err, ending.NoKeyring), advice.ForStart
			s.show()
			return
		}
		s.shift()
		s.goTo(State{Place: KindSignIn, Shift: session.Shift{Bank: s.state.Shift.Bank}, Waiting: s.state.Waiting})
	})
}

// askLeave asks before the bank is removed from this computer.
func (s *Side) askLeave(sure bool) {
	s.state.Leaving = sure
	s.show()
}

// leave removes the bank from this computer.
func (s *Side) leave() {
	s.state.Working = "agent.signin.removing"
	s.show()
	beside(s, &s.work, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.self.Leave(ctx)
	}, func(_ struct{}, err error) {
		if err != nil {
			s.state.Working, s.state.Leaving = "", false
			s.state.Problem, s.state.Family = ending.Of(err, ending.NoKeyring), advice.ForStart
			s.show()
			return
		}
		s.goTo(State{Place: KindQuestion})
	})
}

// answerPrompted takes the answer to "is someone telling you to do this?".
func (s *Side) answerPrompted(prompted bool) {
	place := KindTicket
	if prompted {
		place = KindWarned
	}
	s.goTo(State{Place: place, Waiting: s.state.Waiting})
}

func (s *Side) backToQuestion() { s.goTo(State{Place: KindQuestion, Waiting: s.state.Waiting}) }

// typeTicket takes what is typed of a ticket. A whole ticket, pasted anywhere,
// is spread over the boxes.
func (s *Side) typeTicket(t Ticket) {
	s.state.Ticket, s.state.Problem, s.state.Picture = t.spread(), "", advice.Picture{}
	s.show()
}

// readPicture reads a ticket's QR code from an image file.
func (s *Side) readPicture(path string) {
	if s.state.Working != "" || path == "" {
		return
	}
	s.state.Working, s.state.Problem, s.state.Picture = "agent.enrol.reading", "", advice.Picture{}
	s.show()
	beside(s, &s.work, func(context.Context) (string, error) { return qr.ReadFile(path) },
		func(text string, err error) {
			s.state.Working = ""
			read := Ticket{Code: text, Picture: path}.spread()
			if err == nil && read.Address == "" {
				err = qr.NotOurs()
			}
			if err != nil {
				s.state.Problem, s.state.Family, s.state.Picture = ending.Of(err, ending.NotACode), advice.ForEnrolment, advice.PictureOf(err)
			} else {
				s.state.Ticket = read
			}
			s.show()
		})
}

// enrol redeems the ticket.
func (s *Side) enrol() {
	if s.state.Working != "" {
		return
	}
	ticket := s.state.Ticket.whole()
	s.state.Working, s.state.Problem, s.state.Picture = "agent.enrol.working", "", advice.Picture{}
	s.show()
	beside(s, &s.work, func(ctx context.Context) (session.AgentBank, error) {
		return s.self.Enrol(ctx, session.Enrolment{Ticket: ticket})
	}, s.enrolled)
}

func (s *Side) enrolled(bank session.AgentBank, err error) {
	s.state.Working = ""
	if err != nil {
		s.state.Problem, s.state.Family = ending.Of(err, ending.LineLost), advice.ForEnrolment
		s.state.Clash, _ = errors.AsType[*session.NameClash](err)
		s.state.Held, _ = errors.AsType[*session.SomebodyElse](err)
		s.show()
		return
	}
	shift := session.Shift{Bank: bank.Bank}
	if bank.Authenticator != "" {
		s.goTo(State{Place: KindAuthenticator, Authenticator: bank.Authenticator, Shift: shift, Waiting: s.state.Waiting})
		return
	}
	s.goTo(State{Place: KindSignIn, Shift: shift, Told: "agent.signin.bank", Waiting: s.state.Waiting})
}

// authenticatorAdded forgets the address: it is shown only once.
func (s *Side) authenticatorAdded() {
	s.goTo(State{Place: KindSignIn, Shift: s.state.Shift, Told: "agent.signin.bank", Waiting: s.state.Waiting})
}

// watchShift tells the end of the shift when it comes near and when it comes.
// A call that has begun goes on.
func (s *Side) watchShift() {
	s.shift()
	now, until := s.stage.Now(), s.state.Shift.Until
	next := until.Sub(now)
	if next > shiftNotice {
		next -= shiftNotice
	}
	if until.IsZero() || next <= 0 {
		return
	}
	s.shift = s.stage.After(next, func() {
		s.watchShift()
		over, _ := s.state.shiftEnds(s.stage.Now())
		if over && (s.state.Place == KindForm || s.state.Place == KindHistory) {
			s.signInAgain()
			return
		}
		s.show()
	})
}
