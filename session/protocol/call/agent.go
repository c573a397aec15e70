// This file owns the call as the agent lives it.
//
//	Idle -> Preparing -> Creating -> Open -> Admitting -> Revealed -> ReadBack -> Securing -> Secure -> Ended
//
// A reply that does not hold never leaves Open: whoever knows the code could
// otherwise use up the offer. A second reply that does hold ends both, because
// then two devices claim to be on one line.

package call

import (
	"time"

	"countersign/session/protocol/ending"
)

// AgentPhase is where a call stands for the agent.
type AgentPhase string

// The phases that only the agent's call has.
const (
	Preparing AgentPhase = "preparing" // asking the authority about customer and line
	Creating  AgentPhase = "creating"  // the offer is on its way to the relay
	Open      AgentPhase = "open"      // the code is shown
	Admitting AgentPhase = "admitting" // a good reply is being redeemed
	Revealed  AgentPhase = "revealed"  // waiting for the confirmation
	Securing  AgentPhase = "securing"  // the authority is told
)

// AgentPhases lists the phases that an agent's call can be in once it has
// begun, in the order of the story.
func AgentPhases() []AgentPhase {
	return []AgentPhase{Preparing, Creating, Open, Admitting, Revealed, ReadBack, Securing, Secure, Ended}
}

// placed reports whether the relay may hold the offer of a call that goes on.
func (p AgentPhase) placed() bool { return p != Idle && p != Preparing }

// Starting reports whether no code has been shown yet.
func (p AgentPhase) Starting() bool { return !p.placed() || p == Creating }

// Offering reports whether the code can still be answered.
func (p AgentPhase) Offering() bool { return p == Open || p == Admitting }

// hasChannel reports whether both sides hold keys.
func (p AgentPhase) hasChannel() bool { return p == ReadBack || p == Securing || p == Secure }

// Agent is the agent's side of one call.
type Agent struct {
	Phase     AgentPhase
	Companion string        // nkey of the companion whose reply was accepted
	Ending    ending.Reason // once ended
	enrolled  bool          // its device was checked; false for a guest
	attempts  int           // offers made because codes were taken
	wrong     int           // wrong read-backs
	over      bool          // the offer's time ran out while a reply was being redeemed
	life      life
}

// Inputs that only the agent knows.
type (
	// Prepared says that the authority knows the customer and the line.
	Prepared struct{}
	// PrepareFailed says why no offer can be made.
	PrepareFailed struct{ Reason ending.Reason }
	// Created says that the relay holds the offer.
	Created struct {
		Code   string
		Remain time.Duration // until the offer expires
	}
	// CreateFailed says that the relay did not take the offer.
	CreateFailed struct{ Reason ending.Reason }
	// Replied is a companion's reply, opened and checked. Reason is "" when
	// every check passed; Again marks the byte-identical reply of the accepted companion.
	Replied struct {
		Companion string
		Reason    ending.Reason
		Again     bool
	}
	// DeclineArrived is the accepted or a first companion's authenticated decline.
	DeclineArrived struct{ Reason ending.Reason }
	// Admitted says that the authority redeemed the offer; Reason is "" when
	// the device's staple is good. Enrolled says that there is such a device: a
	// guest has none.
	Admitted struct {
		Reason   ending.Reason
		Enrolled bool
	}
	// AdmitFailed says that the authority did not redeem the offer.
	AdmitFailed struct{ Reason ending.Reason }
	// ConfirmArrived says that the companion holds the same keys.
	ConfirmArrived struct{}
	// ReadbackTyped says whether the digits the agent typed are the device's.
	ReadbackTyped struct{ Right bool }
	// AuthorityTold says that the authority knows the call is secure.
	AuthorityTold struct{}
	// AuthorityRefused says why the call may not become secure.
	AuthorityRefused struct{ Reason ending.Reason }
)

func (Prepared) input()         {}
func (PrepareFailed) input()    {}
func (Created) input()          {}
func (CreateFailed) input()     {}
func (Replied) input()          {}
func (DeclineArrived) input()   {}
func (Admitted) input()         {}
func (AdmitFailed) input()      {}
func (ConfirmArrived) input()   {}
func (ReadbackTyped) input()    {}
func (AuthorityTold) input()    {}
func (AuthorityRefused) input() {}

// Effects that only the agent knows.
type (
	// Prepare signs in and asks the authority; it answers with Prepared or PrepareFailed.
	Prepare struct{}
	// Create makes a fresh offer and places it; it answers with Created or CreateFailed.
	Create struct{}
	// Recreate places the same offer again after the relay may have forgotten it.
	Recreate struct{}
	// ShowFrame signs and shows a fresh QR frame.
	ShowFrame struct{}
	// Admit redeems the offer for the accepted companion; it answers with Admitted or AdmitFailed.
	Admit struct{}
	// Reveal proves to the accepted companion that this agent answers now.
	Reveal struct{}
	// Refuse tells a companion why its reply is not accepted.
	Refuse struct {
		Companion string
		Reason    ending.Reason
	}
	// TellAuthority says that the read-back was right; it answers with
	// AuthorityTold or AuthorityRefused.
	TellAuthority struct{}
	// SendSASOK opens the channel for text.
	SendSASOK struct{}
)

func (Prepare) effect()       {}
func (Create) effect()        {}
func (Recreate) effect()      {}
func (ShowFrame) effect()     {}
func (Admit) effect()         {}
func (Reveal) effect()        {}
func (Refuse) effect()        {}
func (TellAuthority) effect() {}
func (SendSASOK) effect()     {}

// Step takes what happened and returns the next state and what to do. A new
// phase is told first.
func (a Agent) Step(in Input) (Agent, []Effect) {
	next, effects := a.take(in)
	return next, moved(a.Phase, next.Phase, effects)
}

func (a Agent) take(in Input) (Agent, []Effect) {
	if a.Phase == Ended {
		return a, nil
	}
	switch in := in.(type) {
	case Begin:
		return a.begin()
	case Prepared:
		return a.prepared()
	case PrepareFailed:
		return a.during(Preparing, in.Reason)
	case Created:
		return a.created(in)
	case CreateFailed:
		return a.createFailed(in.Reason)
	case Replied:
		return a.replied(in)
	case DeclineArrived:
		return a.declined(in.Reason)
	case Admitted:
		return a.admitted(in)
	case AdmitFailed:
		return a.admitFailed(in.Reason)
	case ConfirmArrived:
		return a.confirmed()
	case ReadbackTyped:
		return a.readback(in.Right)
	case AuthorityTold:
		return a.secured()
	case AuthorityRefused:
		if a.Phase == Securing {
			return a.endBoth(in.Reason)
		}
	case Say:
		return a.say(in.Text)
	case End:
		return a.hangUp()
	case TextArrived:
		return a.hear(in.Text)
	case EndArrived:
		return a.peerEnded(in)
	case RecordBroken:
		return a.fail(in.Reason)
	case Notice:
		return a.noticed(ofRelay(in.Reason))
	case ConnectionFailed:
		return a.end(in.Reason)
	case Warned:
		return a, []Effect{Tell{AlertEvent{AlertCollision}}}
	case Refreshed:
		return a.refreshed(in.Reason)
	case Heard:
		return a.heard()
	case ConnectionDown:
		return a.connectionDown()
	case ConnectionUp:
		return a.connectionUp()
	case Fired:
		return a.fired(in.Timer)
	}
	return a, nil
}

func (a Agent) begin() (Agent, []Effect) {
	if a.Phase != Idle {
		return a, nil
	}
	a.Phase = Preparing
	return a, []Effect{Arm{TimerPatience, Patience}, Prepare{}}
}

func (a Agent) prepared() (Agent, []Effect) {
	if a.Phase != Preparing {
		return a, nil
	}
	a.Phase, a.attempts = Creating, 1
	return a, []Effect{Arm{TimerPatience, Patience}, Create{}}
}

func (a Agent) created(in Created) (Agent, []Effect) {
	if a.Phase != Creating {
		return a, nil
	}
	a.Phase = Open
	return a, []Effect{
		Disarm{TimerPatience}, Arm{TimerExpiry, in.Remain},
		Tell{CodeShown{in.Code}}, ShowFrame{}, Arm{TimerFrame, framePeriod},
	}
}

// createFailed makes another offer when only the code was taken: codes are
// short, so that happens in honest use.
func (a Agent) createFailed(reason ending.Reason) (Agent, []Effect) {
	switch {
	case a.Phase == Open: // the offer, placed again after a break, is not welcome any more
		return a.end(reason)
	case a.Phase != Creating:
		return a, nil
	case reason == ending.UsedCode && a.attempts < createAttempts:
		a.attempts++
		return a, []Effect{Arm{TimerPatience, Patience}, Create{}}
	}
	return a.end(reason)
}

func (a Agent) replied(in Replied) (Agent, []Effect) {
	switch {
	case a.Phase.Starting():
		return a, nil
	case in.Again && !a.Phase.Offering():
		return a, []Effect{Reveal{}}
	case in.Again:
		return a, nil // the first one is still being redeemed
	case in.Reason != "":
		return a, []Effect{Refuse{in.Companion, in.Reason}}
	case a.Phase == Open:
		a.Phase, a.Companion = Admitting, in.Companion
		return a, []Effect{Arm{TimerPatience, Patience}, Admit{}}
	}
	next, effects := a.endBoth(ending.Replayed)
	return next, append([]Effect{Refuse{in.Companion, ending.Replayed}}, effects...)
}

// declined ends the offer: the customer's device said so under its own key.
func (a Agent) declined(reason ending.Reason) (Agent, []Effect) {
	if a.Phase.Starting() || a.Phase.hasChannel() {
		return a, nil
	}
	switch reason {
	case ending.Declined, ending.Reported:
	default:
		reason = ending.Cancelled
	}
	return a.end(reason)
}

func (a Agent) admitted(in Admitted) (Agent, []Effect) {
	if a.Phase != Admitting {
		return a, nil
	}
	if in.Reason != "" {
		next, effects := a.end(in.Reason)
		return next, append([]Effect{Refuse{a.Companion, in.Reason}}, effects...)
	}
	a.Phase, a.enrolled = Revealed, in.Enrolled
	return a, []Effect{Disarm{TimerFrame}, Disarm{TimerExpiry}, Arm{TimerPatience, Patience}, Reveal{}}
}

// admitFailed refuses the companion. A guest where a device is enrolled does
// not use up the offer, unless its time ran out meanwhile; everything else that
// the authority refuses does.
func (a Agent) admitFailed(reason ending.Reason) (Agent, []Effect) {
	if a.Phase != Admitting {
		return a, nil
	}
	refuse := Refuse{a.Companion, reason}
	if reason == ending.Guest && a.over {
		reason = ending.Expired
	}
	if reason == ending.Guest {
		a.Phase, a.Companion = Open, ""
		return a, []Effect{Disarm{TimerPatience}, refuse}
	}
	next, effects := a.end(reason)
	return next, append([]Effect{refuse}, effects...)
}

func (a Agent) confirmed() (Agent, []Effect) {
	if a.Phase != Revealed {
		return a, nil
	}
	a.Phase = ReadBack
	effects := []Effect{Disarm{TimerPatience}, Arm{TimerExpiry, ReadbackWindow}, Tell{Opened{a.enrolled}}}
	return a, append(effects, a.life.begin()...)
}

func (a Agent) readback(right bool) (Agent, []Effect) {
	switch {
	case a.Phase != ReadBack:
		return a, nil
	case right:
		a.Phase = Securing
		return a, []Effect{Disarm{TimerExpiry}, Arm{TimerPatience, Patience}, TellAuthority{}}
	}
	a.wrong++
	told := Tell{ReadbackWrong{Tries - a.wrong}}
	if a.wrong < Tries {
		return a, []Effect{told}
	}
	next, effects := a.endBoth(ending.ReadbackFailed)
	return next, append([]Effect{told}, effects...)
}

func (a Agent) secured() (Agent, []Effect) {
	if a.Phase != Securing {
		return a, nil
	}
	a.Phase = Secure
	var effects []Effect
	a.life, effects = a.life.heard(true)
	return a, append(effects, Disarm{TimerPatience}, SendSASOK{}, Tell{Secured{}})
}

func (a Agent) say(text string) (Agent, []Effect) {
	if a.Phase != Secure {
		return a, []Effect{Tell{AlertEvent{AlertNotYet}}}
	}
	return a, []Effect{SendText{text}}
}

func (a Agent) hangUp() (Agent, []Effect) {
	if a.Phase == Secure {
		return a.endBoth(ending.Completed)
	}
	return a.endBoth(ending.Cancelled)
}

// hear shows text of the companion. Before secure it breaks the protocol.
func (a Agent) hear(text string) (Agent, []Effect) {
	switch a.Phase {
	case Secure:
		next, effects := a.heard()
		return next, append(effects, Tell{Message{text}})
	case ReadBack, Securing:
		return a.fail(ending.Forged)
	}
	return a, nil
}

func (a Agent) peerEnded(in EndArrived) (Agent, []Effect) {
	if !a.Phase.hasChannel() {
		return a, nil
	}
	return a.end(ofPeer(in.Reason, a.Phase == Secure, in.Complete))
}

func (a Agent) fail(reason ending.Reason) (Agent, []Effect) {
	if !a.Phase.hasChannel() {
		return a, nil
	}
	return a.endBoth(reason)
}

// noticed acts on the relay's word that the offer or call is over. A companion
// that is already admitted is told through the channel as well.
func (a Agent) noticed(reason ending.Reason) (Agent, []Effect) {
	if !a.Phase.placed() {
		return a, nil
	}
	return a.endBoth(reason)
}

func (a Agent) refreshed(reason ending.Reason) (Agent, []Effect) {
	switch {
	case a.Phase == Revealed && reason == "":
		return a, []Effect{Reveal{}} // it may have been lost with the connection
	case a.Phase == Securing && reason == "":
		return a, []Effect{TellAuthority{}}
	case !a.Phase.hasChannel() || reason == "":
		return a, nil
	case reason.Amber():
		return a, []Effect{Tell{AlertEvent{AlertStale}}}
	}
	return a.endBoth(reason)
}

func (a Agent) heard() (Agent, []Effect) {
	if !a.Phase.hasChannel() {
		return a, nil
	}
	var effects []Effect
	a.life, effects = a.life.heard(a.Phase == Secure)
	return a, effects
}

func (a Agent) connectionDown() (Agent, []Effect) {
	if a.Phase == Open {
		return a, []Effect{Arm{TimerPatience, Patience}}
	}
	var effects []Effect
	a.life, effects = a.life.lost(a.Phase == Secure)
	return a, effects
}

// connectionUp asks again what may not have been answered: a restarted relay has
// forgotten an open offer, and knows a call only once it is re-admitted.
func (a Agent) connectionUp() (Agent, []Effect) {
	switch {
	case a.Phase == Open:
		return a, []Effect{Disarm{TimerPatience}, Recreate{}}
	case a.Phase == Admitting:
		return a, []Effect{Admit{}}
	case a.Phase == Revealed || a.Phase.hasChannel():
		return a, []Effect{Readmit{}}
	}
	return a, nil
}

func (a Agent) fired(t Timer) (Agent, []Effect) {
	switch {
	case t == TimerPatience && (!a.Phase.hasChannel() || a.Phase == Securing):
		return a.endBoth(ending.LineLost)
	case t == TimerExpiry && a.Phase == Admitting:
		a.over = true // admitted within moments, or never
		return a, nil
	case t == TimerExpiry && (a.Phase == Open || a.Phase == ReadBack):
		return a.endBoth(ending.Expired)
	case t == TimerFrame && a.Phase.Offering():
		return a, []Effect{ShowFrame{}, Arm{TimerFrame, framePeriod}}
	case !a.Phase.hasChannel():
		return a, nil
	case t == TimerPing:
		return a, []Effect{SendPing{}, Arm{TimerPing, PingEvery}}
	case t == TimerQuiet:
		return a.connectionDown()
	case t == TimerLost:
		return a.endBoth(ending.LineLost)
	case t == TimerRefresh:
		return a, []Effect{Readmit{}, Arm{TimerRefresh, RefreshEvery}}
	}
	return a, nil
}

func (a Agent) during(p AgentPhase, reason ending.Reason) (Agent, []Effect) {
	if a.Phase != p {
		return a, nil
	}
	return a.end(reason)
}

// endBoth tells the companion through the channel, if there is one, and ends.
func (a Agent) endBoth(reason ending.Reason) (Agent, []Effect) {
	reason = ofPhase(reason, a.Phase == Secure) // one ending, here and there
	var effects []Effect
	if a.Phase.hasChannel() {
		effects = append(effects, SendEnd{reason})
	}
	next, ended := a.end(reason)
	return next, append(effects, ended...)
}

// end retires the offer at the relay, which tells whoever looked it up.
func (a Agent) end(reason ending.Reason) (Agent, []Effect) {
	placed, reason := a.Phase.placed(), ofPhase(reason, a.Phase == Secure)
	a.Phase, a.Ending = Ended, reason
	if placed {
		return a, []Effect{Finish{reason}, Tell{EndedEvent{Reason: reason}}}
	}
	return a, []Effect{Finish{}, Tell{EndedEvent{Reason: reason}}}
}
