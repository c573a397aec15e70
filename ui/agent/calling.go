// This file owns a running call: how its events reach the screens and what the
// agent can do in it.

package agent

import (
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/ui/shell"
)

// begin makes an offer. What happens comes as events.
func (s *Side) begin(f Form) {
	s.Turn.Pass()
	now := s.Stage.Now()
	s.state.Digits, s.state.Draft = "", ""
	s.state.At, s.state.Problem, s.state.Told, s.state.Leave = InCall, "", "", false
	s.state.Call = Story{Form: f, Line: s.state.Found.line(f, s.state.Shift)}
	s.state.Call.Began = now
	running := s.self.Call(s.Context(), f.offering(s.state.Shift))
	s.running = running
	shell.Follow(&s.Beside, running.Events(), func(e call.Event) {
		if s.running == running {
			s.happened(e)
		}
	})
	s.Draw()
}

func (s *Side) happened(e call.Event) {
	before := s.state.Call
	s.state = s.state.After(e, s.Stage.Now())
	if now := s.state.Call; now.TriesLeft != before.TriesLeft || now.Early && !before.Early || now.WasSecure {
		s.state.Digits = "" // they were judged, or came too soon
	}
	if s.state.Call.Over {
		s.running = nil
		if before.Renewing && replaceable(s.state.Call.Ending) {
			s.begin(s.state.Call.Form)
			return
		}
	}
	s.Draw()
}

// replaceable reports whether a call that was ended for a new code may have
// one: not when it ended meanwhile for a reason that people must read.
func replaceable(r ending.Reason) bool {
	return r == ending.Cancelled || r == ending.Expired || r == ending.Superseded
}

// renew ends this offer and makes a new one with the same form.
func (s *Side) renew() {
	if s.running == nil || !s.state.Call.renewable() {
		return
	}
	s.state.Call.Renewing = true
	s.running.End()
	s.Draw()
}

// turnQR shows the QR code, or the nine digits again.
func (s *Side) turnQR() {
	c := s.state.Call
	s.state.Call.ShowsQR = !c.ShowsQR && c.Frame != "" && c.offers()
	s.state.Digits = "" // whoever comes back begins anew: half a read-back behind the picture would cost a try
	s.Draw()
}

// readback gives the digits that the agent heard to session, which alone knows
// whether they are right.
func (s *Side) readback(digits string) {
	if s.running == nil || s.state.Call.Phase == call.Securing {
		return
	}
	s.state.Call.Wrong, s.state.Call.Early = false, false
	s.running.Readback(digits)
	s.Draw()
}

func (s *Side) say(text string) {
	if s.running == nil || s.state.Call.Phase != call.Secure {
		return
	}
	s.state.Call.Talk = s.state.Call.With(call.Said{Text: text, Own: true})
	s.running.Say(text)
	s.Draw()
}

// hangUp ends the call. A secure call asks first: there is something to lose.
func (s *Side) hangUp() {
	if s.state.Call.Phase == call.Secure && !s.state.Leave {
		s.state.Leave = true
		s.Draw()
		return
	}
	s.endCall()
}

// cancelStart takes back the wish for a code.
func (s *Side) cancelStart() {
	s.endCall()
	s.Draw()
}

// endCall ends the call for good: no new code follows, even where one was
// wished for a moment before.
func (s *Side) endCall() {
	s.state.Call.Renewing = false
	if s.running != nil {
		s.running.End()
	}
}

// goOn takes back the wish to end a secure call.
func (s *Side) goOn() {
	s.state.Leave = false
	s.Draw()
}
