// This file owns what a call has come to: its events, folded into plain values.
//
//	story = story.After(event, now)
//
// Whoever shows a call draws from AgentStory or CustomerStory; whoever remembers
// one takes its Course. What an event means for a call is said here and nowhere
// else; a reader may still look at an event to tell it, as a line of text does.
//
// Rules: After changes nothing in the value before it. A verdict leaves what may
// be told of it from then on. A code is gone once it is used, and a read-back once
// it was right. A Course holds nothing that anybody said or claimed.

package call

import (
	"slices"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// Course is how far a call has come, on either side.
type Course struct {
	Began     time.Time     // when the first thing was told
	Offered   bool          // there was a code, or a verdict
	WasSecure bool          // sensitive data could travel
	Closing   bool          // the end is near: nothing can be done any more
	Over      bool          // the ending was told
	Ended     time.Time     // once over
	Ending    ending.Reason // once over
	Texts     Undelivered   // once over
}

// After is the course after an event that was told at now.
func (c Course) After(e Event, now time.Time) Course {
	if c.Began.IsZero() {
		c.Began = now
	}
	switch e := e.(type) {
	case CodeShown, VerdictGiven:
		c.Offered = true
	case Secured:
		c.WasSecure = true
	case EndedEvent:
		c.Closing, c.Over, c.Ended, c.Ending, c.Texts = true, true, now, e.Reason, e.Texts
	}
	return c
}

// Talk is what is read during a call, beside where it stands.
type Talk struct {
	Said   []Said
	Lost   bool       // the connection is down
	Alerts []AlertKey // what else stays worth knowing, each once; AlertBack only until something is said
}

// Said is one line of the conversation.
type Said struct {
	Text string // as it was typed: nothing in it is safe to draw
	Own  bool
	Note AlertKey // instead of a text: what did not work
}

// With is the talk after one more line.
func (t Talk) With(s Said) Talk {
	t.Said = append(slices.Clip(t.Said), s)
	if s.Note == "" {
		t.Alerts = withoutBack(t.Alerts)
	}
	return t
}

// alerted sorts an alert to where it is read: a connection that is lost is a state,
// what was not sent belongs to the conversation, everything else stays.
func (t Talk) alerted(k AlertKey) Talk {
	switch k {
	case AlertMessage, AlertNotYet:
		return t.With(Said{Note: k})
	case AlertLost:
		t.Lost, t.Alerts = true, withoutBack(t.Alerts)
		return t
	case AlertBack:
		t.Lost = false
	}
	if !slices.Contains(t.Alerts, k) {
		t.Alerts = append(slices.Clip(t.Alerts), k)
	}
	return t
}

func withoutBack(keys []AlertKey) []AlertKey {
	return slices.DeleteFunc(slices.Clone(keys), func(k AlertKey) bool { return k == AlertBack })
}

// AgentStory is a call as the agent sees it.
type AgentStory struct {
	Course
	Talk
	Phase     AgentPhase
	before    AgentPhase // the phase that Ended came from
	Code      string     // nine digits, until the call is secure
	Frame     string     // text of the newest QR frame, while the code can be answered
	Opened    bool       // the customer's device has confirmed the handshake
	Enrolled  bool       // and proved its own credential: see the event
	Refused   bool       // a device that is not the enrolled one answered and was refused
	Wrong     bool       // the last read-back was wrong
	Early     bool       // digits were typed before there was anything to compare
	TriesLeft int        // after a wrong read-back
	Until     time.Time  // when the code or the read-back runs out; zero: nothing runs

	// When it happened; zero: not yet, or not any more.
	ShownAt    time.Time // the relay holds the offer, the code is shown
	AnsweredAt time.Time // a companion that has checked the offer has replied
	AdmittedAt time.Time // its reply and, unless a guest's, its credential are good
	CheckedAt  time.Time // the read-back was right
	SecuredAt  time.Time
}

// After is the story after an event that was told at now.
func (s AgentStory) After(e Event, now time.Time) AgentStory {
	s.Course = s.Course.After(e, now)
	switch e := e.(type) {
	case Moved[AgentPhase]:
		return s.moved(e.Phase, now)
	case CodeShown:
		s.Code, s.ShownAt = e.Code, now
	case QRShown:
		if s.Phase.Offering() {
			s.Frame = e.Text
		}
	case Opened:
		s.Opened, s.Enrolled = true, e.Enrolled
	case ReadbackWrong:
		s.Wrong, s.TriesLeft, s.Early = true, e.TriesLeft, false
	case AlertEvent:
		if e.Key == AlertNotYet && s.Phase != Secure {
			s.Early = true
			return s
		}
		s.Talk = s.alerted(e.Key)
	case Message:
		s.Talk = s.With(Said{Text: e.Text})
	case EndedEvent:
		s.Phase, s.Until, s.Code, s.Frame = Ended, time.Time{}, "", ""
	}
	return s
}

func (s AgentStory) moved(to AgentPhase, now time.Time) AgentStory {
	from := s.Phase
	s.Phase = to
	if !to.Offering() {
		s.Frame = ""
	}
	switch to {
	case Creating:
		s.Until = now.Add(offer.Lifetime) // a moment before the offer's own: never too late
	case Open:
		s.Refused = from == Admitting
		s.AnsweredAt = time.Time{}
	case Admitting:
		s.AnsweredAt, s.Refused = now, false
	case Revealed:
		s.AdmittedAt, s.Until = now, time.Time{}
	case ReadBack:
		s.Until, s.Early = now.Add(ReadbackWindow), false
	case Securing:
		s.CheckedAt, s.Until, s.Wrong = now, time.Time{}, false
	case Secure:
		s.Code = ""
		s.SecuredAt = now
	case Ended:
		s.before, s.Closing, s.Until = from, true, time.Time{}
	}
	return s
}

// Seen is the phase that people see: a call that is closing stays where it was
// until the ending is told, so that nothing jumps twice.
func (s AgentStory) Seen() AgentPhase {
	if s.Phase == Ended && !s.Over {
		return s.before
	}
	return s.Phase
}

// CustomerStory is a call as the customer sees it.
type CustomerStory struct {
	Course
	Talk
	Phase    CustomerPhase
	before   CustomerPhase  // the phase that Ended came from
	Judged   bool           // a verdict was told
	Shown    verdict.Shown  // of the verdict: see verdict.Output.Kept
	GoesOn   bool           // the verdict lets the call go on
	Content  *trust.Content // of a verdict that names the agent, else nil
	Line     string         // likewise: last digits of the customer's number that the offer says the bank rang, else ""
	Readback string         // six digits, until they were right
	Replied  bool           // the answers have left this computer
	Reported bool           // the stop was reported
}

// After is the story after an event that was told at now.
func (s CustomerStory) After(e Event, now time.Time) CustomerStory {
	s.Course = s.Course.After(e, now)
	switch e := e.(type) {
	case Moved[CustomerPhase]:
		return s.moved(e.Phase)
	case VerdictGiven:
		return s.judged(e.Output)
	case ReadbackShown:
		s.Readback = e.Code
	case Secured:
		s.Readback = ""
	case AlertEvent:
		s.Talk = s.alerted(e.Key)
	case Message:
		s.Talk = s.With(Said{Text: e.Text})
	case EndedEvent:
		s.Phase, s.Readback = Ended, ""
	}
	return s
}

func (s CustomerStory) moved(to CustomerPhase) CustomerStory {
	switch to {
	case Replying:
		s.Replied = true
	case Reporting:
		s.Reported = true
	case Ended:
		s.before, s.Closing = s.Phase, true
	}
	s.Phase = to
	return s
}

// judged keeps of a verdict what may be told, and nothing else.
func (s CustomerStory) judged(out verdict.Output) CustomerStory {
	s.Judged, s.GoesOn, s.Shown, s.Content, s.Line = true, out.Reply, out.Kept(), nil, ""
	if s.Shown.Tellable() {
		s.Content = out.Content
		if s.Shown.Direction == offer.BankCalled {
			s.Line = out.Core.Line
		}
	}
	return s
}

// Seen is the phase that people see: see AgentStory.Seen.
func (s CustomerStory) Seen() CustomerPhase {
	if s.Phase == Ended && !s.Over {
		return s.before
	}
	return s.Phase
}
