// This file owns the call as the customer's companion lives it. Before it
// begins, the customer has answered how the call began; those answers are part
// of the check and cannot be changed.
//
//	Idle -> Looking -> Replying -> ReadBack -> Secure -> Ended
//	            \-> Reporting ------------------------/

package call

import (
	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict"
)

// CustomerPhase is where a call stands for the companion.
type CustomerPhase string

// The phases that only the companion's call has.
const (
	Looking   CustomerPhase = "looking"   // asking the relay
	Replying  CustomerPhase = "replying"  // waiting for the agent to prove it is there
	Reporting CustomerPhase = "reporting" // a stop is being reported
)

// CustomerPhases lists the phases that a companion's call can be in once it
// has begun, in the order of the story.
func CustomerPhases() []CustomerPhase {
	return []CustomerPhase{Looking, Replying, ReadBack, Secure, Reporting, Ended}
}

// hasChannel reports whether both sides hold keys.
func (p CustomerPhase) hasChannel() bool { return p == ReadBack || p == Secure }

// Customer is the companion's side of one call.
type Customer struct {
	Phase   CustomerPhase
	Verdict verdict.Output // once looked up
	Ending  ending.Reason  // once ended, or while a report is on its way
	life    life
}

// Inputs that only the companion knows.
type (
	// LookedUp carries the verdict's checks on the offer.
	LookedUp struct{ Output verdict.Output }
	// LookupFailed says why there is nothing to check: server_down, no_keyring, busy ...
	LookupFailed struct{ Reason ending.Reason }
	// ReplyFailed says that the relay did not take the reply.
	ReplyFailed struct{ Reason ending.Reason }
	// RevealArrived says that the agent proved, by opening its commitment, that it
	// answers now, and that the bank is still known here as it was judged.
	RevealArrived struct{}
	// RevealBroken says that what claimed to be the reveal does not hold.
	RevealBroken struct{ Reason ending.Reason }
	// RecheckFailed says why the companion could not make sure, after the reveal,
	// that what it keeps of the bank is as it was: busy, no_keyring ...
	RecheckFailed struct{ Reason ending.Reason }
	// RefuseArrived is the agent's authenticated refusal.
	RefuseArrived struct{ Reason ending.Reason }
	// ReportDone says that the stop report reached the authority, or could not be sent.
	ReportDone struct{}
	// Wrong is the customer's "Something is wrong".
	Wrong struct{}
)

func (LookedUp) input()      {}
func (LookupFailed) input()  {}
func (ReplyFailed) input()   {}
func (RevealArrived) input() {}
func (RevealBroken) input()  {}
func (RecheckFailed) input() {}
func (RefuseArrived) input() {}
func (ReportDone) input()    {}
func (Wrong) input()         {}

// Effects that only the companion knows.
type (
	// LookUp asks the relay for the offer and checks it; it answers with
	// LookedUp or LookupFailed.
	LookUp struct{}
	// SendReply answers the offer.
	SendReply struct{}
	// SendDecline tells the agent that the customer cancelled.
	SendDecline struct{ Reason ending.Reason }
	// SendConfirm completes the handshake.
	SendConfirm struct{}
	// ShowReadback tells the customer the six digits.
	ShowReadback struct{}
	// SendReport keeps the stop on this device and reports it to the
	// authority; it answers with ReportDone.
	SendReport struct{ Reason ending.Reason }
)

func (LookUp) effect()       {}
func (SendReply) effect()    {}
func (SendDecline) effect()  {}
func (SendConfirm) effect()  {}
func (ShowReadback) effect() {}
func (SendReport) effect()   {}

// Step takes what happened and returns the next state and what to do. A new
// phase is told first.
func (c Customer) Step(in Input) (Customer, []Effect) {
	next, effects := c.take(in)
	return next, moved(c.Phase, next.Phase, effects)
}

func (c Customer) take(in Input) (Customer, []Effect) {
	switch c.Phase {
	case Ended:
		return c, nil
	case Reporting:
		return c.reporting(in)
	}
	switch in := in.(type) {
	case Begin:
		return c.begin()
	case LookedUp:
		return c.lookedUp(in.Output)
	case LookupFailed:
		return c.during(Looking, in.Reason)
	case ReplyFailed:
		return c.refused(in.Reason)
	case RevealArrived:
		return c.revealed()
	case RevealBroken:
		return c.refused(in.Reason)
	case RecheckFailed:
		return c.during(Replying, in.Reason)
	case RefuseArrived:
		return c.refused(in.Reason)
	case SASOKArrived:
		return c.secured()
	case Wrong:
		return c.wrong()
	case End:
		return c.hangUp()
	case Say:
		return c.say(in.Text)
	case TextArrived:
		return c.hear(in.Text)
	case EndArrived:
		return c.peerEnded(in)
	case RecordBroken:
		return c.fail(in.Reason)
	case Notice:
		return c.end(ofRelay(in.Reason))
	case ConnectionFailed:
		return c.end(in.Reason)
	case Warned:
		return c, []Effect{Tell{AlertEvent{AlertCollision}}}
	case Refreshed:
		return c.refreshed(in.Reason)
	case Heard:
		return c.heard()
	case ConnectionDown:
		return c.connectionDown()
	case ConnectionUp:
		return c.connectionUp()
	case Fired:
		return c.fired(in.Timer)
	}
	return c, nil
}

func (c Customer) begin() (Customer, []Effect) {
	if c.Phase != Idle {
		return c, nil
	}
	c.Phase = Looking
	return c, []Effect{Arm{TimerPatience, Patience}, LookUp{}}
}

// lookedUp acts on the checks. The reply is the first thing that leaves this
// computer because of the offer, and only a verdict that may reply sends it.
func (c Customer) lookedUp(out verdict.Output) (Customer, []Effect) {
	if c.Phase != Looking {
		return c, nil
	}
	c.Verdict = out
	switch {
	case out.Report != "":
		c.Phase, c.Ending = Reporting, verdict.Ending(out.Reasons)
		return c, append(tellVerdict(out), Arm{TimerPatience, ReportPatience}, SendReport{out.Report})
	case !out.Reply:
		c, effects := c.end(verdict.Ending(out.Reasons))
		return c, append(tellVerdict(out), effects...)
	}
	c.Phase = Replying
	return c, []Effect{Arm{TimerPatience, Patience}, SendReply{}}
}

// revealed is the moment when green may be shown: the agent that made the
// offer answered now, for this reply.
func (c Customer) revealed() (Customer, []Effect) {
	if c.Phase != Replying {
		return c, nil
	}
	c.Phase = ReadBack
	effects := []Effect{Disarm{TimerPatience}, SendConfirm{}}
	effects = append(append(effects, tellVerdict(c.Verdict)...), ShowReadback{})
	return c, append(effects, c.life.begin()...)
}

// tellVerdict tells the verdict and what people should know beside it.
func tellVerdict(out verdict.Output) []Effect {
	effects := []Effect{Tell{VerdictGiven{out}}}
	if out.EarlierStop {
		effects = append(effects, Tell{AlertEvent{AlertEarlier}})
	}
	if out.Skew >= skewShown {
		effects = append(effects, Tell{AlertEvent{AlertClockSkew}})
	}
	return effects
}

// refused turns what looked good until now into a verdict that says why not.
func (c Customer) refused(reason ending.Reason) (Customer, []Effect) {
	if c.Phase != Replying {
		return c, nil
	}
	c.Verdict = c.Verdict.Refused(reason)
	next, effects := c.end(c.Verdict.Reasons[0]) // as the verdict narrows it
	return next, append(tellVerdict(c.Verdict), effects...)
}

func (c Customer) secured() (Customer, []Effect) {
	if c.Phase != ReadBack {
		return c, nil
	}
	c.Phase = Secure
	var effects []Effect
	c.life, effects = c.life.heard(true)
	return c, append(effects, Tell{Secured{}})
}

// wrong reports first and ends second: a stop that the bank does not know of
// lets the next attempt begin.
func (c Customer) wrong() (Customer, []Effect) {
	if c.Verdict.Core.Start == 0 { // no offer yet: nothing to report against
		return c.end(ending.Reported)
	}
	var effects []Effect
	if c.Phase.hasChannel() {
		effects = append(effects, SendEnd{ending.Reported})
	} else {
		effects = append(effects, SendDecline{ending.Reported})
	}
	c.Phase, c.Ending = Reporting, ending.Reported
	return c, append(effects, Arm{TimerPatience, ReportPatience}, SendReport{ending.Reported})
}

// reporting lets nothing cut the report short, neither the other side's ending
// nor the relay's nor an impatient person, but its own patience.
func (c Customer) reporting(in Input) (Customer, []Effect) {
	switch in {
	case ReportDone{}, Fired{TimerPatience}:
		return c.end(c.Ending)
	}
	return c, nil
}

func (c Customer) hangUp() (Customer, []Effect) {
	switch c.Phase {
	case Replying:
		next, effects := c.end(ending.Cancelled)
		return next, append([]Effect{SendDecline{ending.Cancelled}}, effects...)
	case Secure:
		return c.endBoth(ending.Completed)
	}
	return c.endBoth(ending.Cancelled)
}

func (c Customer) say(text string) (Customer, []Effect) {
	if c.Phase != Secure {
		return c, []Effect{Tell{AlertEvent{AlertNotYet}}}
	}
	return c, []Effect{SendText{text}}
}

// hear shows text of the agent. Text before secure breaks the protocol.
func (c Customer) hear(text string) (Customer, []Effect) {
	switch c.Phase {
	case Secure:
		next, effects := c.heard()
		return next, append(effects, Tell{Message{text}})
	case ReadBack:
		return c.fail(ending.Forged)
	}
	return c, nil
}

func (c Customer) peerEnded(in EndArrived) (Customer, []Effect) {
	if !c.Phase.hasChannel() {
		return c, nil
	}
	return c.end(ofPeer(in.Reason, c.Phase == Secure, in.Complete))
}

// fail ends both sides because of something that this side found.
func (c Customer) fail(reason ending.Reason) (Customer, []Effect) {
	if !c.Phase.hasChannel() {
		return c, nil
	}
	return c.endBoth(reason)
}

func (c Customer) refreshed(reason ending.Reason) (Customer, []Effect) {
	switch {
	case !c.Phase.hasChannel() || reason == "":
		return c, nil
	case reason.Amber():
		return c, []Effect{Tell{AlertEvent{AlertStale}}}
	}
	return c.endBoth(reason)
}

func (c Customer) heard() (Customer, []Effect) {
	if !c.Phase.hasChannel() {
		return c, nil
	}
	var effects []Effect
	c.life, effects = c.life.heard(c.Phase == Secure)
	return c, effects
}

func (c Customer) connectionDown() (Customer, []Effect) {
	var effects []Effect
	c.life, effects = c.life.lost(c.Phase == Secure)
	return c, effects
}

// connectionUp: what waits for an answer asks again; a call with keys is re-admitted.
func (c Customer) connectionUp() (Customer, []Effect) {
	switch {
	case c.Phase.hasChannel():
		return c, []Effect{Readmit{}}
	case c.Phase == Replying:
		return c, []Effect{SendReply{}} // byte-identical: the same reply gets the same reveal
	}
	return c, nil
}

func (c Customer) fired(t Timer) (Customer, []Effect) {
	switch {
	case t == TimerPatience && (c.Phase == Looking || c.Phase == Replying):
		return c.end(ending.LineLost)
	case !c.Phase.hasChannel():
		return c, nil
	case t == TimerPing:
		return c, []Effect{SendPing{}, Arm{TimerPing, PingEvery}}
	case t == TimerQuiet:
		return c.connectionDown()
	case t == TimerLost:
		return c.end(ending.LineLost)
	case t == TimerRefresh:
		return c, []Effect{Readmit{}, Arm{TimerRefresh, RefreshEvery}}
	}
	return c, nil
}

// during ends the call by reason if it is still in that phase.
func (c Customer) during(p CustomerPhase, reason ending.Reason) (Customer, []Effect) {
	if c.Phase != p {
		return c, nil
	}
	return c.end(reason)
}

// endBoth tells the agent through the channel, if there is one, and ends.
func (c Customer) endBoth(reason ending.Reason) (Customer, []Effect) {
	reason = ofPhase(reason, c.Phase == Secure) // one ending, here and there
	var effects []Effect
	if c.Phase.hasChannel() {
		effects = append(effects, SendEnd{reason})
	}
	next, ended := c.end(reason)
	return next, append(effects, ended...)
}

func (c Customer) end(reason ending.Reason) (Customer, []Effect) {
	reason = ofPhase(reason, c.Phase == Secure)
	c.Phase, c.Ending = Ended, reason
	return c, []Effect{Finish{}, Tell{EndedEvent{Reason: reason}}}
}
