// This file owns what the screens show: plain values, changed by the person's
// steps and by what a call tells, which session/protocol/call understands. After
// and Kind are pure; nothing here knows how anything looks.

package customer

import (
	"slices"
	"time"

	"countersign/session"
	"countersign/session/computer/remote"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/verdict"
	"countersign/ui/advice"
)

// State is everything that the screens show.
type State struct {
	At      Kind // the screen; with InCall the call decides
	Beside  bool // it lies beside whatever is under way
	From    Kind // where it was opened, then
	Banks   []session.Bank
	Agents  []session.Bank // AgentsOnly: they can only be removed
	Past    []session.Past // newest first
	Trouble ending.Reason  // why the banks cannot be opened, else ""
	Hidden  ending.Reason  // why the calls of the past cannot be opened, else ""
	Check   Check
	Story   Story
	Draft   string // of a text to the agent, as typed
	Enrol   Enrol
	Chosen  session.Bank  // of the pages about one bank
	Refused ending.Reason // why the bank chosen was not removed, else ""
	Reading session.Past  // of the page about one call
}

// Check is what the person says and holds before a call is checked.
type Check struct {
	Looking  bool             // this computer is being looked at
	Findings []remote.Finding // through which somebody may see this screen
	Helped   bool             // the person said that family helps
	Adding   bool             // not a call is at hand, but a bank to be added
	Bank     session.Bank
	Answers  offer.Answers
	Number   string // the number dialled, as typed
	Digits   string // of the spoken code, as typed
	Refused  string // the nine digits that were refused last: to be read, never to be sent again
	Pasted   string // of the QR code: its text or a file's name, as typed
	QRText   string // of the QR code, once read
	Offline  bool
	Sent     bool           // something was sent with these answers: they stay
	Fault    ending.Reason  // of what was typed last, else ""
	Picture  advice.Picture // why a picture gave no code, where Fault is about one
	Reading  bool           // a picture is being read
}

// ready reports whether there is a code to check.
func (c Check) ready() bool { return c.QRText != "" || len(c.Digits) == offer.CodeDigits }

// Story is the call, and what the screens add to it.
type Story struct {
	call.CustomerStory        // Closing also from the person's wish on
	OwnNumber          string // last digits of the person's number that the bank rang, "" unknown
	AskingWrong        bool   // the person is asked whether something is wrong
}

// Enrol is what a person types to add a bank.
type Enrol struct {
	Address, Code, Words string
	WithWords            bool           // the box for the eight words is open
	Fault                ending.Reason  // why it did not work, else ""
	Picture              advice.Picture // why a picture gave no ticket, where Fault is about one
	Reading              bool           // a picture is being read
	Bank                 session.Bank   // once joined
	Clash                session.NameClash
	Held                 *session.SomebodyElse // as whom this computer is enrolled, where Fault is about it
}

// After is the state after something that a call told.
func (s State) After(e call.Event, now time.Time) State {
	st := &s.Story
	st.CustomerStory = st.CustomerStory.After(e, now)
	if slices.Contains(s.Check.Bank.OwnLines, st.Line) {
		st.OwnNumber = st.Line // a number of the offer alone is not told
	}
	if st.Replied {
		s.Check.Digits = "" // no other call may be checked with it
	}
	if st.Closing || st.Reported {
		st.AskingWrong = false
	}
	return s
}

// notes are the alerts that stay in sight; that the connection is back is seen.
func (st Story) notes() []call.AlertKey {
	return slices.DeleteFunc(slices.Clone(st.Alerts), func(k call.AlertKey) bool { return k == call.AlertBack })
}

// Kind says which screen shows the state.
func (s State) Kind() Kind {
	if s.At != InCall {
		return s.At
	}
	return s.Story.kind()
}

// kind is the screen of a call. A verdict that stops or leaves something open
// is shown as soon as it is told, whatever is still being reported or closed.
func (st Story) kind() Kind {
	switch {
	case st.Judged && st.Shown.Result == verdict.Stopped:
		return kindOf(st.reason())
	case st.Judged && !st.GoesOn:
		return Amber
	case st.Over:
		return kindOf(st.Ending)
	case st.AskingWrong:
		return AskWrong
	case st.Seen() == call.Reporting:
		return Reporting
	case !st.Judged:
		return Checking
	case st.Seen() == call.Secure && st.Shown.Result == verdict.Verified:
		return Secure
	case st.Seen() == call.Secure:
		return GuestTalk
	case st.Shown.Result == verdict.Verified:
		return Green
	}
	return Guest
}

// kindOf is the screen of an ending: what the person should do now decides.
func kindOf(r ending.Reason) Kind {
	switch advice.Next(r) {
	case advice.Nothing:
		return Receipt
	case advice.NewCode:
		return NewCode
	case advice.NoSecrets:
		return Amber
	}
	return Red
}

// reason is why the call is over or stopped. A stop keeps the verdict's reason,
// which is the one that the person has read.
func (st Story) reason() ending.Reason {
	if st.Judged && !st.GoesOn {
		return verdict.Ending(st.Shown.Reasons)
	}
	return st.Ending
}

// holds reports whether the stop leaves only calls by the bank to the person's
// own number for a while.
func (st Story) holds() bool {
	return advice.StartsHold(st.reason()) && (st.Judged || st.Reported)
}

// keepsAnswers reports whether a new code may be checked with the same
// answers: nothing was shown of the offer and no answer has left this computer.
func (st Story) keepsAnswers() bool { return !st.Replied && !st.Shown.Tellable() }

// family picks the sentences of an ending: before a verdict it is about this
// device and not about the call.
func (st Story) family() string {
	if st.Judged {
		return advice.ForCustomers
	}
	return advice.ForDevice
}

// mayRetry reports whether a screen that ended a check offers another try. A
// stop does not. Neither does an answer that nobody here is sure of: the person
// should find out first. They may still begin again, with another answer and
// the same code: what stands in the way of guessing is that the wrong answer
// stops the call and starts the hold.
func (st Story) mayRetry() bool {
	k := kindOf(st.reason())
	return (k == NewCode || k == Amber) && st.reason() != ending.NotSure && st.reason() != ending.Guest &&
		st.reason() != ending.RemoteControl
}

// held is the bank under a hold at now, of those given.
func held(banks []session.Bank, now time.Time) (session.Bank, bool) {
	i := slices.IndexFunc(banks, func(b session.Bank) bool { return b.HoldUntil.After(now) })
	if i < 0 {
		return session.Bank{}, false
	}
	return banks[i], true
}
