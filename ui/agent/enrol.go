// This file owns the steps by which this computer is enrolled. The question
// whether somebody wants it comes first. A ticket is typed in two boxes, of which
// either takes the whole; whether it is one is decided by session.

package agent

import (
	"context"
	"errors"
	"strings"

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/ui/advice"
	"countersign/ui/shell"
)

// answerPrompted takes the answer to "is someone telling you to do this?".
func (s *Side) answerPrompted(prompted bool) {
	place := Ticket
	if prompted {
		place = PromptedStop
	}
	s.goTo(State{At: place, Waiting: s.state.Waiting})
}

// askPrompted asks, again where it was asked before.
func (s *Side) askPrompted() { s.goTo(State{At: AskPrompted, Waiting: s.state.Waiting}) }

// typeTicket takes what is typed of a ticket. A whole ticket, pasted anywhere,
// is spread over the boxes.
func (s *Side) typeTicket(e Enrol) {
	e.Address, e.Code = enrol.Spread(e.Address, e.Code)
	s.state.Enrol, s.state.Problem, s.state.Picture = e, "", advice.Picture{}
	s.Draw()
}

// readPicture reads a ticket's QR code from an image file.
func (s *Side) readPicture(path string) {
	if s.state.Working != "" || path == "" {
		return
	}
	s.state.Working, s.state.Problem, s.state.Picture = "agent.enrol.reading", "", advice.Picture{}
	s.Draw()
	shell.Await(&s.Turn, func(context.Context) (string, error) { return qr.ReadFile(path) },
		func(text string, err error) {
			s.state.Working = ""
			read := Enrol{Picture: path}
			read.Address, read.Code = enrol.Spread("", text)
			if err == nil && read.Address == "" {
				err = qr.NotOurs()
			}
			if err != nil {
				s.state.Problem, s.state.Family, s.state.Picture = ending.Of(err, ending.NotACode), advice.ForEnrolment, advice.PictureOf(err)
			} else {
				s.state.Enrol = read
			}
			s.Draw()
		})
}

// enrol redeems the ticket.
func (s *Side) enrol() {
	if s.state.Working != "" {
		return
	}
	ticket := enrol.Join(s.state.Enrol.Address, s.state.Enrol.Code)
	s.state.Working, s.state.Problem, s.state.Picture = "agent.enrol.working", "", advice.Picture{}
	s.Draw()
	shell.Await(&s.Turn, func(ctx context.Context) (session.AgentBank, error) {
		return s.self.Enrol(ctx, session.Enrolment{Ticket: ticket})
	}, s.enrolled)
}

func (s *Side) enrolled(bank session.AgentBank, err error) {
	s.state.Working = ""
	if err != nil {
		s.state.Problem, s.state.Family = ending.Of(err, ending.LineLost), advice.ForEnrolment
		s.state.Clash, _ = errors.AsType[*session.NameClash](err)
		s.state.Held, _ = errors.AsType[*session.SomebodyElse](err)
		s.Draw()
		return
	}
	shift := session.Shift{Bank: bank.Bank}
	if bank.Authenticator != "" {
		s.goTo(State{At: Authenticator, Authenticator: bank.Authenticator, Shift: shift, Waiting: s.state.Waiting})
		return
	}
	s.goTo(State{At: SignIn, Shift: shift, Told: "agent.signin.bank", Waiting: s.state.Waiting})
}

// authenticatorAdded forgets the address: it is shown only once.
func (s *Side) authenticatorAdded() {
	s.goTo(State{At: SignIn, Shift: s.state.Shift, Told: "agent.signin.bank", Waiting: s.state.Waiting})
}

// complete reports whether there is something to send in both boxes.
func (e Enrol) complete() bool {
	return strings.TrimSpace(e.Address) != "" && strings.TrimSpace(e.Code) != ""
}
