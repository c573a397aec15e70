// This file owns the plain sentences of a call: what the customer reads, what
// the agent reads, and what people who enrol read.

package text

import (
	"strconv"
	"time"

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/ui/advice"
)

// customerView tells a call to a customer.
type customerView struct {
	page
	hints   bool // commands can be typed here
	call    call.CustomerStory
	picture advice.Picture // why a picture gave no code
}

// checking tells that the check has begun.
func (v *customerView) checking() { v.say("customer.checking") }

// event prints what is new: a line is printed once, when its event is told.
func (v *customerView) event(e call.Event) {
	v.call = folded(v.call, e)
	switch e := e.(type) {
	case call.VerdictGiven:
		v.judge()
	case call.ReadbackShown:
		v.readback()
	case call.Secured:
		v.headline(moodGood, v.phrases.say("customer.secure"))
	case call.AlertEvent:
		v.alert(e.Key)
	case call.Message:
		v.message(v.from(), e.Text)
	}
}

func (v *customerView) judge() {
	shown, tellable := v.call.Shown, v.call.Shown.Tellable()
	switch {
	case shown.Result == verdict.Verified && tellable:
		v.headline(moodGood, v.phrases.say("verdict.verified", v.named()))
		v.facts()
		v.neverAsk(shown.Bank.Name, v.call.Content)
		v.say("verdict.type_here")
		return
	case shown.Result != verdict.Unverified, v.call.GoesOn && !tellable:
		v.stop(v.explained())
		return
	}
	v.headline(moodUnknown, v.phrases.say("verdict.unverified"))
	for _, reason := range shown.Reasons {
		v.print(v.phrases.sentence(reason, advice.ForCustomers))
	}
	if v.call.GoesOn { // so people need to know with whom
		v.say("verdict.unverified_named", v.named())
		v.facts()
	}
	v.say(string(advice.NoSecrets))
}

// explained is the ending that the verdict has explained already, or "".
func (v *customerView) explained() ending.Reason {
	if !v.call.Judged || v.call.Shown.Result == verdict.Verified {
		return ""
	}
	return verdict.Ending(v.call.Shown.Reasons)
}

// named are the names of a sentence: who speaks, and for which bank.
func (v *customerView) named() with {
	s := v.call.Shown
	return with{"Bank": v.phrases.bank(s.Bank.Name, s.Bank.Domain), "Name": s.Name, "Team": s.Department}
}

// facts prints purpose and direction, the purpose in the bank's own approved
// words where it has some: quoted, so that they never read as this program's.
func (v *customerView) facts() {
	f, approved := v.call.Shown, ""
	if c := v.call.Content; c != nil {
		approved = c.Sentence(f.Purpose, v.phrases.language)
	}
	if approved != "" {
		v.ofOthers("", "  ", v.phrases.say("verdict.approved", with{"Bank": f.Bank.Name, "Text": advice.Quotable(approved)}))
	} else {
		v.say("verdict.purpose", with{"Purpose": v.phrases.say("purpose." + f.Purpose.String())})
	}
	v.say("customer.direction." + f.Direction.String())
	if was := v.phrases.formerly(f.Bank); was != "" {
		v.print(was)
	}
}

// neverAsk lists what the bank says that it never asks for, quoted.
func (v *customerView) neverAsk(bank string, c *trust.Content) {
	if c == nil || len(c.NeverAsk[v.phrases.language]) == 0 {
		return
	}
	v.say("verdict.never_ask", with{"Bank": bank})
	for _, what := range c.NeverAsk[v.phrases.language] {
		v.ofOthers("  - ", "    ", v.phrases.say("verdict.quote", with{"Text": advice.Quotable(what)}))
	}
}

func (v *customerView) readback() {
	v.print("")
	v.say("customer.readback", v.named())
	v.large(advice.Pairs(v.call.Readback))
	v.say("customer.readback_only")
	if v.hints {
		v.say("customer.commands")
	}
}

func (v *customerView) ended(reason ending.Reason, u call.Undelivered) {
	defer v.undelivered(u) // behind what to do, which matters more
	if reason == v.explained() {
		return
	}
	sentence := v.phrases.sentence(reason, v.family())
	if v.picture.Key != "" {
		sentence = v.phrases.say(v.picture.Key, with{"Kind": v.picture.Kind})
	}
	switch advice.Next(reason) {
	case advice.HangUp:
		v.stop(reason)
	case advice.Nothing:
		mood := moodUnknown
		if reason == ending.Completed {
			mood = moodGood
		}
		v.headline(mood, sentence)
	default:
		v.headline(moodUnknown, sentence)
		v.say(string(advice.Next(reason)))
	}
}

// stop tells a stop: first what to do, then why, then what to do step by step.
// An ending that a new code or the bank can mend is a stop without alarm.
func (v *customerView) stop(reason ending.Reason) {
	next := advice.Next(reason)
	title := "verdict.stopped"
	if next == advice.HangUp {
		title = "verdict.hang_up"
	}
	v.headline(moodBad, v.phrases.say(title))
	v.print(v.phrases.sentence(reason, v.family()))
	if advice.StartsHold(reason) && v.call.Judged {
		v.say("next.hold")
	}
	if next != advice.Nothing {
		v.say(string(next))
	}
}

// family picks the sentences: before a verdict an ending is about this device
// and not about the call.
func (v *customerView) family() string {
	if v.call.Judged {
		return advice.ForCustomers
	}
	return advice.ForDevice
}

// from is who a message is from: never a name alone, which could read as a
// sentence of this program.
func (v *customerView) from() string {
	if v.call.Shown.Name == "" {
		return v.phrases.say("message.bank")
	}
	return v.phrases.say("message.agent", v.named())
}

// folded is a call after an event. What the other side says is printed and not
// kept: nobody draws it again, and a call may last for hours. No times are told.
func folded[S interface {
	After(call.Event, time.Time) S
}](s S, e call.Event) S {
	if _, said := e.(call.Message); said {
		return s
	}
	return s.After(e, time.Time{})
}

// agentView tells a call to an agent.
type agentView struct {
	page
	hints bool // commands can be typed here
	call  call.AgentStory
}

// begin tells what is about to be offered.
func (v *agentView) begin(o session.Offering) {
	v.say("agent.direction." + o.Direction.String())
	v.say("verdict.purpose", with{"Purpose": v.phrases.say("purpose." + o.Purpose.String())})
}

// event prints what is new: see customerView.
func (v *agentView) event(e call.Event) {
	v.call = folded(v.call, e)
	switch e := e.(type) {
	case call.CodeShown:
		v.say("agent.say_code")
		v.large(offer.Groups(e.Code))
		v.say("agent.code_help")
		if v.hints {
			v.say("agent.commands")
		}
	case call.Opened:
		v.headline(moodGood, v.phrases.say("agent.opened"))
		v.say("agent.readback")
		v.say("agent.say_readback")
	case call.ReadbackWrong:
		v.headline(moodUnknown, v.phrases.say("agent.readback_wrong", with{"Tries": strconv.Itoa(e.TriesLeft)}))
	case call.Secured:
		v.headline(moodGood, v.phrases.say("agent.secure"))
	case call.AlertEvent:
		v.alert(e.Key)
	case call.Message:
		v.message(v.phrases.say("message.customer"), e.Text)
	}
}

// showQR prints the newest QR frame in half blocks.
func (v *agentView) showQR() {
	picture := ""
	if v.call.Frame != "" {
		picture = qr.Terminal(v.call.Frame)
	}
	if picture == "" {
		v.say("agent.qr_none")
		return
	}
	// The picture is made here, of half blocks only: nothing in it came from elsewhere.
	v.raw(picture)
	v.say("agent.qr_help")
}

func (v *agentView) ended(reason ending.Reason, u call.Undelivered) {
	family, mood := advice.ForAgents, moodUnknown
	if !v.call.Offered {
		family = advice.ForStart
	}
	if reason == ending.Completed {
		mood = moodGood
	}
	v.headline(mood, v.phrases.sentence(reason, family))
	v.undelivered(u)
}

// enrolView tells an enrolment.
type enrolView struct {
	page
	prompted bool // somebody on the phone wanted it
}

// event: an enrolment is no call.
func (v *enrolView) event(call.Event) {}

func (v *enrolView) ended(reason ending.Reason, _ call.Undelivered) {
	if reason != ending.Completed {
		v.headline(moodBad, v.phrases.sentence(reason, advice.ForEnrolment))
	}
	if v.prompted {
		v.say("enrol.prompted")
	}
}
