// This file owns what the screens show: plain values, changed by the person's
// steps and by what a call tells. After and Kind are pure; nothing here knows
// how anything looks.

package customer

import (
	"slices"
	"time"

	"countersign/session"
	"countersign/session/computer/remote"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/ui/advice"
)

// State is everything that the screens show.
type State struct {
	At      Kind // the screen; with InCall the call decides
	From    Kind // where a page beside the call was opened
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

// Story is what a call has told until now.
type Story struct {
	Phase       call.CustomerPhase // the last one before the end
	Began       time.Time          // the first thing that was told
	Judged      bool               // a verdict was told
	Shown       verdict.Shown
	GoesOn      bool           // the verdict lets the call go on
	Content     *trust.Content // of a verdict that may be told
	OwnNumber   string         // last digits of the person's number that the bank rang, "" unknown
	Readback    string
	Said        []Said
	Notes       []call.AlertKey // what stays worth knowing, each once
	Lost        bool            // the connection is down
	Replied     bool            // the answers have left this computer
	Reported    bool            // the stop was reported
	AskingWrong bool            // the person is asked whether something is wrong
	Closing     bool            // the end is near: nothing can be done any more
	Over        bool
	Ending      ending.Reason    // once over
	Texts       call.Undelivered // once over: texts typed here
	Ended       time.Time
	WasSecure   bool
}

// Said is one line of the conversation.
type Said struct {
	Text string
	Own  bool
	Note call.AlertKey // instead of a text: what did not work
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
	if s.Story.Began.IsZero() {
		s.Story.Began = now
	}
	switch e := e.(type) {
	case call.Moved[call.CustomerPhase]:
		s.Story = s.Story.moved(e.Phase)
		if e.Phase == call.Replying {
			s.Check.Digits = "" // no other call may be checked with it
		}
	case call.VerdictGiven:
		s.Story = s.Story.judged(e.Output, s.Check.Bank.OwnLines)
	case call.ReadbackShown:
		s.Story.Readback = e.Code
	case call.Secured:
		s.Story.WasSecure, s.Story.Readback = true, ""
	case call.AlertEvent:
		s.Story = s.Story.alerted(e.Key)
	case call.Message:
		s.Story = s.Story.with(Said{Text: advice.Clean(e.Text)})
	case call.EndedEvent:
		s.Story.Over, s.Story.Closing, s.Story.Ending, s.Story.Ended = true, true, e.Reason, now
		s.Story.Texts = e.Texts
		s.Story.AskingWrong, s.Story.Readback = false, ""
	}
	return s
}

// moved keeps the last phase of a call that ends: until the ending itself is
// told, the screen stays what it was.
func (st Story) moved(p call.CustomerPhase) Story {
	switch p {
	case call.Ended:
		st.Closing, st.AskingWrong = true, false
		return st
	case call.Replying:
		st.Replied = true
	case call.Reporting:
		st.Reported, st.AskingWrong = true, false
	}
	st.Phase = p
	return st
}

// judged keeps of a verdict what may be shown, and nothing else. Where the call
// does not go on, what the code claims would only help somebody to coach the
// person, so not even an amber verdict leaves it here.
func (st Story) judged(out verdict.Output, own []string) Story {
	st.Judged, st.Shown, st.GoesOn = true, out.Shown(), out.Reply
	st.Content, st.OwnNumber = nil, ""
	if !out.Reply || !advice.Tellable(st.Shown) {
		st.Shown = verdict.Shown{Result: st.Shown.Result, Reasons: st.Shown.Reasons}
		return st
	}
	st.Content = out.Content
	if st.Shown.Direction == offer.BankCalled && slices.Contains(own, out.Core.Line) {
		st.OwnNumber = out.Core.Line
	}
	return st
}

// alerted: a connection that is lost is a state, a message that was not sent belongs
// to the conversation, everything else stays worth knowing.
func (st Story) alerted(k call.AlertKey) Story {
	switch k {
	case call.AlertLost:
		st.Lost = true
	case call.AlertBack:
		st.Lost = false
	case call.AlertMessage, call.AlertNotYet:
		return st.with(Said{Note: k})
	default:
		if !slices.Contains(st.Notes, k) {
			st.Notes = append(slices.Clip(st.Notes), k)
		}
	}
	return st
}

func (st Story) with(said Said) Story {
	st.Said = append(slices.Clip(st.Said), said)
	return st
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
	case st.Phase == call.Reporting:
		return Reporting
	case !st.Judged:
		return Checking
	case st.Phase == call.Secure && st.Shown.Result == verdict.Verified:
		return Secure
	case st.Phase == call.Secure:
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
func (st Story) keepsAnswers() bool { return !st.Replied && !advice.Tellable(st.Shown) }

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
