// This file owns the steps by which a bank is added. The question whether
// somebody on the phone wants it comes first.

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
	s.state.Enrol = Enrol{}
	s.state.Check = Check{Adding: true, Looking: true, Findings: s.state.Check.Findings}
	s.Draw()
	s.look(s.goOn)
}

// enrol redeems the ticket. A picture's name in a box is read first.
func (s *Side) enrol() {
	j := s.state.Enrol
	for _, typed := range []string{j.Address, j.Code} {
		if isPicture(typed) {
			s.ticketPicture(typed)
			return
		}
	}
	e := session.Enrolment{Ticket: enrol.Join(j.Address, j.Code)}
	if j.WithWords {
		e.Fingerprint = strings.TrimSpace(j.Words)
	}
	s.addBy(func(ctx context.Context) (session.Bank, error) { return s.options.Self.Enrol(ctx, e) })
}

// pin pins a bank by its eight words.
func (s *Side) pin() {
	j := s.state.Enrol
	s.addBy(func(ctx context.Context) (session.Bank, error) {
		return s.options.Self.Pin(ctx, strings.TrimSpace(j.Address), strings.TrimSpace(j.Words))
	})
}

// addBy runs one of the two. What was typed stays when it does not work.
func (s *Side) addBy(work func(context.Context) (session.Bank, error)) {
	from := s.state.At
	s.state.Enrol.Fault, s.state.Enrol.Picture, s.state.Enrol.Held = "", advice.Picture{}, nil
	s.moveTo(Enrolling)
	shell.Await(&s.Turn, work, func(b session.Bank, err error) {
		if clash, ok := errors.AsType[*session.NameClash](err); ok {
			s.state.Enrol.Clash = *clash
			s.moveTo(Clash)
			return
		}
		if err != nil {
			s.state.Enrol.Fault = ending.Of(err, ending.ServerDown)
			s.state.Enrol.Held, _ = errors.AsType[*session.SomebodyElse](err)
			s.moveTo(from)
			return
		}
		s.state.Enrol.Bank = b
		s.moveTo(Enrolled)
		s.refresh()
	})
}

// ticketPicture reads the ticket in a picture into the boxes. The person sees
// it before anything is sent.
func (s *Side) ticketPicture(path string) {
	s.state.Enrol.Fault, s.state.Enrol.Reading = "", true
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
		s.state.Enrol.Reading = false
		s.state.Enrol.Fault, s.state.Enrol.Picture = ending.Of(err, ""), advice.PictureOf(err)
		if err != nil && s.state.Enrol.Fault == "" {
			s.state.Enrol.Fault = ending.NotACode
		}
		if err == nil {
			s.state.Enrol.Address, s.state.Enrol.Code = whole.Parts()
		}
		s.Draw()
	})
}

func (s *Side) ticketDropped(paths []string) {
	if len(paths) > 0 {
		s.ticketPicture(paths[0])
	}
}
