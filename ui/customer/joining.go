// This file owns the steps by which a bank is added and removed. The question
// whether somebody on the phone wants it comes first.

package customer

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/spelling"
	"countersign/ui/advice"
	"countersign/ui/shell"
)

// pictures are the names' endings that make a typed text the name of a picture.
// Some are of kinds that are not read: the person is told so then.
var pictures = []string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff", ".svg", ".pdf"}

func isPicture(typed string) bool {
	return slices.Contains(pictures, strings.ToLower(filepath.Ext(spelling.Trim(typed, ""))))
}

// addBank begins with what stops a fraudster's "helper": a look at this
// computer, for whoever sees the screen reads the code of the letter, and then
// a question.
func (s *Side) addBank() {
	s.state.Join = Join{}
	s.state.Check = Check{Adding: true, Looking: true, Findings: s.state.Check.Findings}
	s.Draw()
	s.look(s.goOn)
}

// fill takes what is typed in one of the ticket's boxes. Whole tickets may be
// typed in either; they are spread over both.
func (j Join) fill(address, code string) Join {
	j.Address, j.Code = address, code
	for _, typed := range []string{address, code} {
		// One that somebody is still typing stays until its last character.
		if whole, err := enrol.ParseTicket(typed); err == nil {
			j.Address, j.Code = whole.Parts()
		}
	}
	return j
}

// text is the ticket as CP1 writes it.
func (j Join) text() string {
	return enrol.Join(j.Address, j.Code)
}

// enrol redeems the ticket. A picture's name in a box is read first.
func (s *Side) enrol() {
	j := s.state.Join
	for _, typed := range []string{j.Address, j.Code} {
		if isPicture(typed) {
			s.ticketPicture(typed)
			return
		}
	}
	e := session.Enrolment{Ticket: j.text()}
	if j.WithWords {
		e.Fingerprint = strings.TrimSpace(j.Words)
	}
	s.join(func(ctx context.Context) (session.Bank, error) { return s.options.Self.Enrol(ctx, e) })
}

// pin pins a bank by its eight words.
func (s *Side) pin() {
	j := s.state.Join
	s.join(func(ctx context.Context) (session.Bank, error) {
		return s.options.Self.Pin(ctx, strings.TrimSpace(j.Address), strings.TrimSpace(j.Words))
	})
}

// join runs one of the two. What was typed stays when it does not work.
func (s *Side) join(work func(context.Context) (session.Bank, error)) {
	from := s.state.At
	s.state.Join.Fault, s.state.Join.Picture, s.state.Join.Held = "", advice.Picture{}, nil
	s.moveTo(Joining)
	shell.Await(&s.Turn, work, func(b session.Bank, err error) {
		if clash, ok := errors.AsType[*session.NameClash](err); ok {
			s.state.Join.Clash = *clash
			s.moveTo(Clash)
			return
		}
		if err != nil {
			s.state.Join.Fault = ending.Of(err, ending.ServerDown)
			s.state.Join.Held, _ = errors.AsType[*session.SomebodyElse](err)
			s.moveTo(from)
			return
		}
		s.state.Join.Bank = b
		s.moveTo(Joined)
		s.refresh()
	})
}

// ticketPicture reads the ticket in a picture into the boxes. The person sees
// it before anything is sent.
func (s *Side) ticketPicture(path string) {
	s.state.Join.Fault, s.state.Join.Reading = "", true
	s.Draw()
	shell.Await(&s.Turn, func(context.Context) (string, error) {
		return s.options.ReadPicture(strings.TrimSpace(path))
	}, func(text string, err error) {
		var whole enrol.Ticket
		if err == nil {
			if whole, err = enrol.ParseTicket(text); err != nil {
				err = qr.NotOurs()
			}
		}
		s.state.Join.Reading = false
		s.state.Join.Fault, s.state.Join.Picture = ending.Of(err, ""), advice.PictureOf(err)
		if err != nil && s.state.Join.Fault == "" {
			s.state.Join.Fault = ending.NotACode
		}
		if err == nil {
			s.state.Join.Address, s.state.Join.Code = whole.Parts()
		}
		s.Draw()
	})
}

func (s *Side) ticketDropped(paths []string) {
	if len(paths) > 0 {
		s.ticketPicture(paths[0])
	}
}

// askRemove asks before a bank is removed.
func (s *Side) askRemove(b session.Bank) {
	s.state.Chosen, s.state.Refused = b, ""
	if b.HoldUntil.After(s.Stage.Now()) {
		s.state.Refused = ending.OnHold
	}
	s.moveTo(RemoveBank)
}

// remove removes the bank and shows those that are left. What has begun is done
// also when the person leaves the page meanwhile.
func (s *Side) remove() {
	id, remove := s.state.Chosen.ID, s.options.Self.Remove
	if s.state.Chosen.AgentsOnly {
		remove = s.options.Self.RemoveAgents
	}
	shell.Await(&s.Turn, func(ctx context.Context) (kept, error) {
		if err := remove(s.Context(), id); err != nil {
			return kept{}, err
		}
		return s.read(ctx)
	}, func(k kept, err error) {
		if err != nil {
			s.state.Refused = ending.Of(err, ending.NoKeyring)
			s.Redraw()
			return
		}
		s.take(k)
		if len(k.banks) == 0 {
			s.goHome()
			return
		}
		s.moveTo(BankList)
	})
}
