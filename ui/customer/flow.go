// This file owns the person's steps before a call is checked: what leads from
// the big button to a code that may be sent. Rules: this computer is looked at
// before anything is asked and again before anything is sent; once something
// was sent, the answers stay.

package customer

import (
	"context"
	"slices"
	"strings"

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/computer/remote"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/spelling"
	"countersign/session/protocol/trust"
	"countersign/ui/advice"
	"countersign/ui/shell"
)

// begin is the big button.
func (s *Side) begin() {
	s.state.Check = Check{Looking: true, Findings: s.state.Check.Findings}
	s.Draw()
	s.look(s.askBank)
}

// look goes on only if nobody else can see or steer this screen, as far as
// this computer can tell, or if the person said that this is a helper. A look
// that fails says nothing: it is best effort. So it does not take back either
// what an earlier one found.
func (s *Side) look(next func()) {
	if s.state.Check.Helped {
		next()
		return
	}
	shell.Await(&s.Turn, s.options.Look, func(found []remote.Finding, err error) {
		s.state.Check.Looking = false
		if err == nil {
			s.state.Check.Findings = found
		}
		if len(s.state.Check.Findings) > 0 {
			s.moveTo(RemoteFound)
			return
		}
		next()
	})
}

// lookAgain is for somebody who has ended the program.
func (s *Side) lookAgain() {
	s.state.Check.Looking = true
	s.Draw()
	s.look(s.goOn)
}

// helped goes on in spite of what was found. It costs green.
func (s *Side) helped() {
	s.state.Check.Helped = true
	s.goOn()
}

// goOn takes up what the look at this computer interrupted.
func (s *Side) goOn() {
	switch {
	case s.state.Check.Adding:
		s.moveTo(AskPrompted)
	case s.state.Check.ready():
		s.send()
	default:
		s.askBank()
	}
}

// askBank asks which bank only where there is a choice. The last bank may have
// gone meanwhile: another program can remove it.
func (s *Side) askBank() {
	switch len(s.state.Banks) {
	case 0:
		s.goHome()
	case 1:
		s.choose(s.state.Banks[0])
	default:
		s.moveTo(WhichBank)
	}
}

func (s *Side) choose(b session.Bank) {
	if b.Fault != "" {
		s.state.Trouble = b.Fault
		s.moveTo(CannotOpen)
		return
	}
	s.state.Check.Bank = b
	s.moveTo(HowBegan)
}

// backFromHow goes to the question before: the bank, if it was asked.
func (s *Side) backFromHow() {
	if len(s.state.Banks) <= 1 {
		s.leave()
		return
	}
	s.moveTo(WhichBank)
}

// answer takes how the call began.
func (s *Side) answer(a offer.Answers) {
	s.state.Check.Answers, s.state.Check.Fault = a, ""
	s.moveTo(TypeCode)
}

// dialled takes the number that the person dialled, as it was understood and
// shown. What cannot be read is asked for again: it is no answer, and compared
// as it was typed the bank's own number would be reported as a wrong one.
func (s *Side) dialled(typed string) {
	number, err := s.state.Check.read(typed)
	if err != nil {
		s.state.Check.Fault = ending.NotACode
		s.Draw()
		return
	}
	s.answer(offer.Answers{How: offer.ICalled, Dialled: number.E164})
}

// read reads a number as the country of the chosen bank does. Error:
// trust.ErrNumber.
func (c Check) read(typed string) (trust.Number, error) {
	return trust.ReadDialled(typed, c.Bank.Lines)
}

// backFromCode: answers that something was sent with are not changed.
func (s *Side) backFromCode() {
	if s.state.Check.Sent {
		s.leave()
		return
	}
	s.moveTo(HowBegan)
}

// typed takes the nine digits. When one is wrong nothing is sent: the boxes are
// emptied for nine new ones, and what was refused can be read beside them. Over
// the old digits, a code that is half corrected would be sent as soon as its
// check digit happens to fit.
func (s *Side) typed(digits string) {
	s.state.Check.Digits, s.state.Check.Refused = digits, ""
	if _, err := offer.ParseCode(digits); err != nil {
		s.state.Check.Digits, s.state.Check.Refused = "", digits
		s.state.Check.Fault = ending.Of(err, ending.NotACode)
		s.Draw()
		return
	}
	s.state.Check.QRText, s.state.Check.Offline = "", false
	s.send()
}

// picture takes a QR code: its text, or the name of a picture file.
func (s *Side) picture(pasted string, offline bool) {
	s.state.Check.Pasted, s.state.Check.Offline, s.state.Check.Fault = pasted, offline, ""
	s.moveTo(UsePicture)
	s.state.Check.Reading = true
	s.Draw()
	shell.Await(&s.Turn, func(context.Context) (string, error) { return s.readCode(pasted) }, s.scanned)
}

// dropped takes the first file that was dropped on the window.
func (s *Side) dropped(paths []string) {
	if len(paths) > 0 {
		s.picture(paths[0], s.state.Check.Offline)
	}
}

// readCode returns the text of a QR code that a call may be checked with.
func (s *Side) readCode(pasted string) (string, error) {
	pasted = strings.TrimSpace(pasted)
	_, err := offer.ParseText(pasted)
	if err == nil || strings.HasPrefix(spelling.Trim(pasted, ""), "CP1:") {
		return pasted, err
	}
	text, err := s.options.ReadPicture(pasted)
	if err != nil {
		return "", err
	}
	if _, err = offer.ParseText(text); err != nil {
		return "", qr.NotOurs()
	}
	return text, nil
}

func (s *Side) scanned(text string, err error) {
	if err != nil {
		s.state.Check.Fault, s.state.Check.Picture = ending.Of(err, ending.NotACode), advice.PictureOf(err)
		s.moveTo(UsePicture)
		return
	}
	s.state.Check.QRText, s.state.Check.Digits = text, ""
	s.send()
}

// send looks at this computer once more and then checks the call. Nothing of an
// earlier call comes into it: neither its late ending nor what was typed in it.
func (s *Side) send() {
	s.state.Check.Fault = ""
	s.state.Story = Story{}
	s.running, s.state.Draft = nil, ""
	s.moveTo(InCall)
	s.look(s.verify)
}

// retry asks for a new code. The answers stay where nothing was shown and none
// of them was sent; otherwise the check begins anew. A code that was not to
// blame stays too; one that was refused can be read beside the empty boxes.
// Whether somebody helps is asked again.
func (s *Side) retry() {
	st := s.state.Story
	s.running = nil
	if !st.keepsAnswers() {
		s.begin()
		return
	}
	if !st.reason().LocalFault() {
		s.state.Check.Refused = s.state.Check.Digits
		s.state.Check.Digits, s.state.Check.QRText, s.state.Check.Pasted = "", "", ""
	}
	s.state.Check.Offline, s.state.Check.Helped = false, false
	s.moveTo(TypeCode)
}

// mayCheckOffline reports whether a QR code could still be checked without the
// network.
func (s State) mayCheckOffline() bool {
	return s.Story.reason() == ending.ServerDown && s.Check.QRText != "" && s.Story.keepsAnswers()
}

// checkOffline checks the QR code at hand without the network.
func (s *Side) checkOffline() {
	s.running = nil
	s.state.Check.Offline = true
	s.send()
}

// names lists what may show this screen to somebody else, each once.
func names(found []remote.Finding) []string {
	var list []string
	for _, f := range found {
		if !slices.Contains(list, f.Name) {
			list = append(list, f.Name)
		}
	}
	return list
}
