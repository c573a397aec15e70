// This file owns one call as the agent's screens tell it: the story that
// session/protocol/call makes of what the call told, and what the screens add to
// it. Nothing here decides anything about the call.

package agent

import (
	"time"

	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
)

// Step is a step of the time line.
type Step int

// The steps, in the order in which they happen.
const (
	StepShown  Step = iota // the relay holds the offer, the code is shown
	StepOpened             // a companion has taken the code
	StepBank               // it has checked the offer: it answers only then
	StepDevice             // its answer and, unless a guest's, its credential are good
	StepCheck              // the read-back was right
	StepSecure             // both sides may write
	stepCount
)

// Knowledge is what the call itself showed about the customer's computer. What
// the bank knew before it is not that: a stolen device may be withdrawn since,
// and somebody else may have answered.
type Knowledge int

// What can be known. Unknown is told as such.
const (
	Unknown Knowledge = iota
	Enrolled
	Guest
)

// Story is one call from the press of "Show code" to its end.
type Story struct {
	call.AgentStory
	Form     Form
	Line     string // the last digits of the line, "" unknown
	ShowsQR  bool   // the person wants to see it
	Renewing bool   // this call ends because the agent wants a new code
}

// After is the call after an event.
func (c Story) After(e call.Event, now time.Time) Story {
	c.AgentStory = c.AgentStory.After(e, now)
	c.ShowsQR = c.ShowsQR && c.Frame != ""
	return c
}

// customer is what the call showed about the customer's computer.
func (c Story) customer() Knowledge {
	switch {
	case !c.Opened:
		return Unknown
	case c.Enrolled:
		return Enrolled
	}
	return Guest
}

// done is when a step was done; zero: not yet.
func (c Story) done(s Step) time.Time {
	return [stepCount]time.Time{c.ShownAt, c.AnsweredAt, c.AnsweredAt, c.AdmittedAt, c.CheckedAt, c.SecuredAt}[s]
}

// offers reports whether the code can still be answered.
func (c Story) offers() bool { return c.Phase.Offering() }

// renewable reports whether a new code may take the place of this one: from
// the code to the last read-back, not once the bank is told.
func (c Story) renewable() bool {
	return (c.offers() || c.Phase == call.Revealed || c.Phase == call.ReadBack) && !c.Renewing
}

// closing reports whether the call has ended and its ending is still on its way.
func (c Story) closing() bool { return c.Closing && !c.Over }

// current is the step that is awaited, stepCount when all are done.
func (c Story) current() Step {
	for step := range stepCount {
		if c.done(step).IsZero() {
			return step
		}
	}
	return stepCount
}

// left is how much time the code or the check still has.
func (c Story) left(now time.Time) time.Duration {
	if c.Until.IsZero() {
		return 0
	}
	return max(0, c.Until.Sub(now))
}

// window is the whole time that left counts down from.
func (c Story) window() time.Duration {
	if c.Phase == call.ReadBack {
		return call.ReadbackWindow
	}
	return offer.Lifetime
}

// another reports whether trying again with the same customer is right. After
// anything that may be fraud the form begins empty.
func another(r ending.Reason) bool {
	switch r {
	case ending.Expired, ending.Superseded, ending.Cancelled, ending.Declined, ending.LineLost,
		ending.ServerDown, ending.Busy, ending.UsedCode, ending.WrongClock, ending.NotACode:
		return true
	}
	return false
}
