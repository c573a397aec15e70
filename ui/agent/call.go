// This file owns one call as the agent's screens tell it: a plain value that
// takes what session tells and the time. Nothing here decides anything about
// the call; phases come from session/protocol/call.

package agent

import (
	"slices"
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

// Said is one line of the conversation.
type Said struct {
	Own    bool
	Notice bool   // not said by anybody: Text is a translation key
	Text   string // as typed
}

// Call is one call from the press of "Show code" to its end.
type Call struct {
	Form      Form
	Customer  Knowledge
	Line      string // the last digits of the line, "" unknown
	Phase     call.AgentPhase
	Before    call.AgentPhase // the phase that Ended came from
	Code      string          // nine digits, gone once the call is secure
	Frame     string          // text of the newest QR frame
	ShowsQR   bool            // the person wants to see it
	Renewing  bool            // this call ends because the agent wants a new code
	Began     time.Time
	Until     time.Time // when the code or the connection check runs out; zero: nothing runs
	Over      time.Time
	Done      [stepCount]time.Time
	TriesLeft int  // after a wrong read-back
	Wrong     bool // the last read-back was wrong
	Early     bool // digits were typed before there was anything to compare
	Refused   bool // a device that is not the enrolled one answered and was refused
	Alerts    []call.AlertKey
	Chat      []Said
	Reason    ending.Reason    // once it has ended
	Texts     call.Undelivered // then too: texts typed here
}

// After is the call after an event.
func (c Call) After(e call.Event, now time.Time) Call {
	switch e := e.(type) {
	case call.Moved[call.AgentPhase]:
		return c.moved(e.Phase, now)
	case call.CodeShown:
		c.Code, c.Done[StepShown] = e.Code, now
	case call.QRShown:
		if c.offers() {
			c.Frame = e.Text
		}
	case call.Opened:
		c.Customer = Guest
		if e.Enrolled {
			c.Customer = Enrolled
		}
	case call.ReadbackWrong:
		c.Wrong, c.TriesLeft, c.Early = true, e.TriesLeft, false
	case call.AlertEvent:
		return c.alerted(e.Key)
	case call.Message:
		c.Chat = append(slices.Clip(c.Chat), Said{Text: e.Text})
		c.Alerts = without(c.Alerts, call.AlertBack)
	case call.EndedEvent:
		c.Phase, c.Reason, c.Texts, c.Over, c.Until = call.Ended, e.Reason, e.Texts, now, time.Time{}
		return c.forgetCode()
	}
	return c
}

// moved takes a new phase. The steps of the time line follow from it.
func (c Call) moved(to call.AgentPhase, now time.Time) Call {
	if to == call.Ended {
		c.Before = c.Phase
	}
	back := to == call.Open && c.Phase == call.Admitting
	c.Phase = to
	switch to {
	case call.Creating:
		c.Until = now.Add(offer.Lifetime) // a moment before the offer's own: never too late
	case call.Open:
		c.Refused = back
		for step := StepOpened; step < stepCount; step++ {
			c.Done[step] = time.Time{}
		}
	case call.Admitting:
		c.Done[StepOpened], c.Done[StepBank], c.Refused = now, now, false
	case call.Revealed:
		c.Done[StepDevice], c.Until, c.ShowsQR, c.Frame = now, time.Time{}, false, ""
	case call.ReadBack:
		c.Until, c.Early = now.Add(call.ReadbackWindow), false
	case call.Securing:
		c.Done[StepCheck], c.Until, c.Wrong = now, time.Time{}, false
	case call.Secure:
		c.Done[StepSecure] = now
		return c.forgetCode()
	case call.Ended:
		c.Until = time.Time{}
	}
	return c
}

// forgetCode takes code and QR off the screen: they have done their work.
func (c Call) forgetCode() Call {
	c.Code, c.Frame, c.ShowsQR = "", "", false
	return c
}

// alerted sorts an alert to where it is read: a connection is lost or back, a
// typed text or read-back was not taken, or something else happened that stays
// in view.
func (c Call) alerted(key call.AlertKey) Call {
	switch {
	case key == call.AlertBack:
		c.Alerts = without(c.Alerts, call.AlertLost)
	case key == call.AlertLost:
		c.Alerts = without(c.Alerts, call.AlertBack)
	case key == call.AlertMessage, key == call.AlertNotYet && c.Phase == call.Secure:
		c.Chat = append(slices.Clip(c.Chat), Said{Notice: true, Text: string(key)})
		return c
	case key == call.AlertNotYet:
		c.Early = true
		return c
	}
	if !slices.Contains(c.Alerts, key) {
		c.Alerts = append(slices.Clip(c.Alerts), key)
	}
	return c
}

func without(keys []call.AlertKey, gone call.AlertKey) []call.AlertKey {
	return slices.DeleteFunc(slices.Clone(keys), func(k call.AlertKey) bool { return k == gone })
}

// said is the call after the agent sent a text.
func (c Call) said(text string) Call {
	c.Chat = append(slices.Clip(c.Chat), Said{Own: true, Text: text})
	c.Alerts = without(c.Alerts, call.AlertBack)
	return c
}

// offers reports whether the code can still be answered.
func (c Call) offers() bool { return c.Phase.Offering() }

// renewable reports whether a new code may take the place of this one: from
// the code to the last read-back, not once the bank is told.
func (c Call) renewable() bool {
	return (c.offers() || c.Phase == call.Revealed || c.Phase == call.ReadBack) && !c.Renewing
}

// closing reports whether the call has ended and its ending is still on its way.
func (c Call) closing() bool { return c.Phase == call.Ended && c.Reason == "" }

// shown is the phase that the screen tells: a call that is closing keeps its
// screen for that moment, so that nothing jumps twice.
func (c Call) shown() call.AgentPhase {
	if c.closing() {
		return c.Before
	}
	return c.Phase
}

// current is the step that is awaited, stepCount when all are done.
func (c Call) current() Step {
	for step := range stepCount {
		if c.Done[step].IsZero() {
			return step
		}
	}
	return stepCount
}

// hadCode reports whether a code was ever shown.
func (c Call) hadCode() bool { return !c.Done[StepShown].IsZero() }

// secured reports whether the call was ever secure.
func (c Call) secured() bool { return !c.Done[StepSecure].IsZero() }

// left is how much time the code or the check still has.
func (c Call) left(now time.Time) time.Duration {
	if c.Until.IsZero() {
		return 0
	}
	return max(0, c.Until.Sub(now))
}

// window is the whole time that left counts down from.
func (c Call) window() time.Duration {
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
