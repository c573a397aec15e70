// Package call owns the story of one protected call, told twice: as the agent
// lives it (agent.go) and as the customer's companion lives it (customer.go).
// Both are plain values. Step takes what happened and returns the next value
// and the effects to carry out, in order. Read customer.go from the top to
// follow a call.
//
// It must not know the clock, the network, the keyring or any key: timers are
// effects that come back as Fired, messages are opened and checked before they
// come in, and what goes out is named, not encoded. Package session runs the
// effects.
//
// Rules: every phase answers every input, if only by ignoring it; nothing
// leaves Ended; a new phase is told first of what a step does; an ending is
// told exactly once and last; nothing sensitive is said or accepted before
// secure.
package call

import (
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
)

// The times that the contract gives.
const (
	// Patience bounds every wait for the other side or the relay before secure.
	Patience = 15 * time.Second
	// PingEvery is how often a side shows that it is there.
	PingEvery = 2 * time.Second
	// QuietAfter is how long the other side may be silent before people are told.
	QuietAfter = 4 * time.Second
	// LostAfter is how long a secure call survives without the other side.
	LostAfter = 60 * time.Second
	// ReadbackWindow is how long people have for the read-back.
	ReadbackWindow = 5 * time.Minute
	// RefreshEvery is how often each side asks for the other's staple.
	RefreshEvery = 5 * time.Minute
	// ReportPatience bounds the wait for a stop report to be taken.
	ReportPatience = 5 * time.Second
	// Tries is how many wrong read-backs end a call.
	Tries = 3
	// skewShown is the clock difference from which people are told. Every two
	// computers differ by a second or two.
	skewShown = 5 * time.Second
	// createAttempts is how often an agent makes a new offer because the code was taken.
	createAttempts = 3
	// framePeriod is how often a QR frame is made afresh.
	framePeriod = offer.FramePeriod
)

// Phase is where a call stands. Each side has phases of its own: AgentPhase in
// agent.go, CustomerPhase in customer.go.
type Phase interface{ AgentPhase | CustomerPhase }

// The phases that both sides have.
const (
	Idle     = ""          // not begun
	ReadBack = "read-back" // six digits travel by voice
	Secure   = "secure"
	Ended    = "ended"
)

// moved tells a new phase before everything else that a step does.
func moved[P Phase](from, to P, effects []Effect) []Effect {
	if from == to {
		return effects
	}
	return append([]Effect{Tell{Moved[P]{to}}}, effects...)
}

// Timer names one of a call's timers. Arming a timer replaces it.
type Timer uint8

// The timers.
const (
	TimerPatience Timer = iota // the step in hand takes too long
	TimerExpiry                // the offer's five minutes, then the read-back's
	TimerFrame                 // a fresh QR frame is due
	TimerPing                  // time to show that this side is there
	TimerQuiet                 // nothing heard for a while
	TimerLost                  // nothing heard for too long
	TimerRefresh               // the other side's staple is due
)

// Input is something that happened.
type Input interface{ input() }

// Inputs that both sides know.
type (
	// Begin starts the call.
	Begin struct{}
	// Say is text typed here for the other side.
	Say struct{ Text string }
	// End is this side's wish to end the call.
	End struct{}
	// ConnectionDown says that the connection to the relay broke.
	ConnectionDown struct{}
	// ConnectionUp says that the connection to the relay is back.
	ConnectionUp struct{}
	// ConnectionFailed says that the connection can never come back (another TLS key).
	ConnectionFailed struct{ Reason ending.Reason }
	// Fired says that a timer ran out.
	Fired struct{ Timer Timer }
	// Heard says that an authentic sign of life of the other side arrived (ping; acknowledgements are not authentic).
	Heard struct{}
	// TextArrived is a message of the other side.
	TextArrived struct{ Text string }
	// SASOKArrived says that the agent typed the right read-back.
	SASOKArrived struct{}
	// EndArrived is the other side's authenticated ending. Complete tells
	// whether every record either side sent has arrived.
	EndArrived struct {
		Reason   ending.Reason
		Complete bool
	}
	// RecordBroken says that a record did not open, or that one is missing.
	RecordBroken struct{ Reason ending.Reason }
	// Notice is the relay's word that the offer or call has ended.
	Notice struct{ Reason ending.Reason }
	// Warned is the relay's word that something was tried, without effect on this call.
	Warned struct{ Reason ending.Reason }
	// Refreshed is the state of the other side's credential: "" good.
	Refreshed struct{ Reason ending.Reason }
)

func (Begin) input()            {}
func (Say) input()              {}
func (End) input()              {}
func (ConnectionDown) input()   {}
func (ConnectionUp) input()     {}
func (ConnectionFailed) input() {}
func (Fired) input()            {}
func (Heard) input()            {}
func (TextArrived) input()      {}
func (SASOKArrived) input()     {}
func (EndArrived) input()       {}
func (RecordBroken) input()     {}
func (Notice) input()           {}
func (Warned) input()           {}
func (Refreshed) input()        {}

// Effect is something to carry out.
type Effect interface{ effect() }

// Effects that both sides know.
type (
	// Arm sets a timer.
	Arm struct {
		Timer Timer
		After time.Duration
	}
	// Disarm stops a timer.
	Disarm struct{ Timer Timer }
	// Tell shows an event to people.
	Tell struct{ Event Event }
	// SendText sends text through the channel.
	SendText struct{ Text string }
	// SendPing sends a sign of life through the channel.
	SendPing struct{}
	// SendEnd sends the ending through the channel.
	SendEnd struct{ Reason ending.Reason }
	// Readmit presents the call ticket to the relay, which answers with the
	// other side's staple, and sends again what is not acknowledged.
	Readmit struct{}
	// Finish lets what is on its way arrive, then retires the offer at the
	// relay by Retire (the agent's side; "" otherwise), erases the keys and
	// closes the connection. The relay hears last, so that its word never overtakes
	// the authenticated ending. Tell{EndedEvent} follows, and whoever carries it
	// out adds which texts did not arrive.
	Finish struct{ Retire ending.Reason }
)

func (Arm) effect()      {}
func (Disarm) effect()   {}
func (Tell) effect()     {}
func (SendText) effect() {}
func (SendPing) effect() {}
func (SendEnd) effect()  {}
func (Readmit) effect()  {}
func (Finish) effect()   {}

// life is what both sides keep of whether the other side is there.
type life struct {
	quiet bool // people were told that the connection is lost
}

// begin starts the pulse and both watches.
func (life) begin() []Effect {
	return []Effect{
		Arm{TimerPing, PingEvery}, Arm{TimerQuiet, QuietAfter}, Arm{TimerLost, Patience},
		Arm{TimerRefresh, RefreshEvery},
	}
}

// heard winds both watches up again.
func (l life) heard(secure bool) (life, []Effect) {
	lost := Patience
	if secure {
		lost = LostAfter
	}
	effects := []Effect{Arm{TimerQuiet, QuietAfter}, Arm{TimerLost, lost}}
	if l.quiet {
		l.quiet = false
		effects = append(effects, Tell{AlertEvent{AlertBack}})
	}
	return l, effects
}

// lost tells people, once a silence, and only in a secure call: before it the
// ending follows within seconds and is clearer than a warning.
func (l life) lost(secure bool) (life, []Effect) {
	if !secure || l.quiet {
		return l, nil
	}
	l.quiet = true
	return l, []Effect{Tell{AlertEvent{AlertLost}}}
}

// ofRelay narrows what the relay may claim about the end of a call. The relay
// can always stop a call; it cannot make one look completed, nor put words in
// the other side's mouth that only a key can sign.
func ofRelay(r ending.Reason) ending.Reason {
	switch r {
	case ending.Expired, ending.Superseded, ending.Collision, ending.OnHold, ending.Revoked,
		ending.Cancelled, ending.Reported, ending.WrongDirection, ending.WrongNumber, ending.Replayed,
		ending.ReadbackFailed, ending.Declined:
		return r
	}
	return ending.LineLost
}

// ofPhase keeps "completed" for calls that were secure, whoever claims it.
func ofPhase(r ending.Reason, secure bool) ending.Reason {
	if r == ending.Completed && !secure || !r.Known() {
		return ending.LineLost
	}
	return r
}

// ofPeer narrows what the other side may claim through the channel: what
// happens between the two sides, never what only this computer can know, such
// as its keyring or who else sees its screen.
func ofPeer(r ending.Reason, secure, complete bool) ending.Reason {
	if !complete {
		return ending.LineLost // something either side sent never arrived
	}
	switch r {
	case ending.Completed:
		if secure {
			return r
		}
	case ending.Declined, ending.Reported, ending.ReadbackFailed, ending.Replayed, ending.Expired, ending.Superseded,
		ending.Collision, ending.Revoked, ending.StatusStale, ending.Forged, ending.LineLost, ending.ServerDown:
		return r
	}
	return ending.Cancelled
}
