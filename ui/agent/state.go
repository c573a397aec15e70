// This file owns everything that the agent's screens show, as one plain value,
// and which screen shows it.

package agent

import (
	"time"

	"countersign/session"
	"countersign/session/computer/screenpop"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
)

// shiftNotice is how long before the end of a shift the agent is told.
const shiftNotice = 10 * time.Minute

// State is everything that is shown.
type State struct {
	At            Kind   // the screen; with InCall the call decides
	Working       string // translation key of what is under way here, "" nothing
	Problem       ending.Reason
	Clash         *session.NameClash    // of which banks Problem speaks, or nil
	Held          *session.SomebodyElse // as whom this computer is enrolled, where Problem is about it
	Picture       advice.Picture        // why a picture gave no ticket, where Problem is about one
	Family        string                // of people, for the words of Problem (see advice)
	Told          string                // translation key of a calm sentence here, "" none
	Ask           bool                  // sign in: the bank asks for the authenticator's digits
	Leaving       bool                  // sign in: "remove this bank" was pressed
	Unfinished    bool                  // form: "show code" was pressed too soon
	Authenticator string                // otpauth address, shown once
	Enrol         Enrol
	Shift         session.Shift
	Form          Form
	Found         Found
	Waiting       *screenpop.Request // a form that waits for the end of the call or for a press
	Call          Story
	Leave         bool // in a secure call: "end call" was pressed
	Past          []session.Past
	Digits        string // in boxes, as typed: of the authenticator, or the read-back
	Draft         string // of a text to the customer, as typed
}

// Enrol is what a person types to enrol this computer.
type Enrol struct{ Address, Code, Picture string }

// Found is what the authority says about the form's customer.
type Found struct {
	For     Form // the question
	Asked   bool // the question is under way
	Known   bool // Preview is the answer
	Preview session.Preview
	Reason  ending.Reason // or why there is none
}

// After is the state after an event of the call.
func (s State) After(e call.Event, now time.Time) State {
	s.Call = s.Call.After(e, now)
	if s.Call.Phase != call.Secure {
		s.Leave = false
	}
	if s.Call.Over && !s.Call.Offered && !s.Call.Renewing {
		return s.notStarted(s.Call.Ending)
	}
	return s
}

// notStarted brings the agent back to where the fault can be mended: the form,
// with all that was filled in, or signing in.
func (s State) notStarted(reason ending.Reason) State {
	s.At, s.Problem, s.Family, s.Told = Home, reason, advice.ForStart, ""
	switch reason {
	case ending.Cancelled:
		s.Problem = "" // the agent knows: it was the agent who cancelled
	case ending.NotACode:
		s.At, s.Ask = SignIn, true
	}
	return s
}

// Kind is the kind of screen that shows the state.
func (s State) Kind() Kind {
	if s.At != InCall {
		return s.At
	}
	if s.Call.Renewing && !s.Call.Over {
		return Starting
	}
	switch phase := s.Call.Seen(); {
	case phase.Starting():
		return Starting
	case phase == call.Secure:
		return Secure
	case phase == call.Ended:
		return Receipt
	case s.Call.ShowsQR && s.Call.Frame != "" && s.Call.offers():
		return QRCode
	}
	return Live
}

// inCall reports whether a call is under way.
func (s State) inCall() bool { return s.At == InCall && !s.Call.Over }

// signedIn reports whether the screens of a shift are open.
func (s State) signedIn() bool {
	return s.At == Home || s.At == InCall || s.At == PastCalls
}

// betweenCalls reports whether a screen of a shift is open that nobody is called
// from: a form that waits, and the end of the shift, may take its place.
func (s State) betweenCalls() bool { return s.signedIn() && s.At != InCall }

// shiftEnds reports whether the shift is over, or will be before a new call
// could be finished.
func (s State) shiftEnds(now time.Time) (over, soon bool) {
	if s.Shift.Until.IsZero() {
		return false, false
	}
	left := s.Shift.Until.Sub(now)
	return left <= 0, left <= shiftNotice
}

// again is the form that a new call begins with: the same customer only where
// another try is right.
func (s State) again() Form {
	if !another(s.Call.Ending) || s.Call.WasSecure {
		return Form{}
	}
	f := s.Call.Form
	f.Source, f.Typed = ByLastCall, false
	return f
}

// line is the last digits of the number that the answer names, "" while there
// is no answer about the form's customer. Nothing else of the answer goes into
// the call: who answers it, the call itself shows.
func (f Found) line(form Form, s session.Shift) string {
	if !f.Known || !f.For.sameCustomer(form, s) {
		return ""
	}
	return f.Preview.Line
}
