// This file owns a running call: how its events reach the screens and what the
// person can do in it.

package customer

import (
	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/verdict"
	"countersign/ui/shell"
)

// verify starts the check. From here on the answers stay as they are.
func (s *Side) verify() {
	c := &s.state.Check
	c.Sent = true
	v := session.Verification{
		Bank: c.Bank.ID, Answers: c.Answers, QRText: c.QRText, Offline: c.Offline, Helped: c.Helped,
	}
	if v.QRText == "" {
		v.Code = c.Digits
	}
	running := s.options.Self.Verify(s.Context(), v)
	s.running = running
	shell.Follow(&s.Beside, running.Events(), func(e call.Event) { s.hear(running, e) })
	s.Redraw() // the call is under way now: closing the window asks first
}

// hear takes what a call tells. A call that the person has left tells nothing
// any more.
func (s *Side) hear(from Running, e call.Event) {
	if from != s.running {
		return
	}
	s.state = s.state.After(e, s.Stage.Now())
	if s.state.Story.Over {
		s.running = nil
		s.refresh()
		s.Redraw() // no longer busy
		return
	}
	s.Draw()
}

// say sends text to the agent.
func (s *Side) say(text string) {
	if s.running == nil || s.state.Story.Closing {
		return
	}
	s.state.Story.Talk = s.state.Story.With(call.Said{Text: text, Own: true})
	s.running.Say(text)
	s.Draw()
}

// end ends the call, or the look before it.
func (s *Side) end() {
	if s.running == nil {
		s.moveTo(TypeCode)
		return
	}
	s.state.Story.Closing = true
	s.running.End()
	s.Draw()
}

// wrong is "Something is wrong": in a call it asks before it reports, and
// outside one it says what to do.
func (s *Side) wrong() {
	if s.running != nil && !s.state.Story.Closing && s.state.At == InCall {
		s.state.Story.AskingWrong = true
		s.Draw()
		return
	}
	s.beside(SomethingWrong)
}

// report reports the call and ends it.
func (s *Side) report() {
	s.state.Story.AskingWrong = false
	if s.running != nil {
		s.running.Wrong()
	}
	s.Draw()
}

// goOnTalking takes the question whether something is wrong back.
func (s *Side) goOnTalking() {
	s.state.Story.AskingWrong = false
	s.Draw()
}

// beside opens a page beside what is under way, to come back from it.
func (s *Side) beside(k Kind) {
	from := s.state.At
	switch {
	case s.state.Beside:
		from = s.state.From // back leads out of all of them at once
	case from == InCall && s.running == nil && !s.state.Story.Over:
		from = TypeCode // the look at this computer is given up
	}
	s.moveTo(k)
	s.state.Beside, s.state.From = true, from
}

// back returns from a page beside the call.
func (s *Side) back() { s.moveTo(s.state.From) }

// green reports whether the call is verified.
func (st Story) green() bool { return st.Judged && st.Shown.Result == verdict.Verified }
