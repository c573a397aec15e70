// A02, the two-leg relay: a fraudster rings the bank as the victim and the
// victim as the bank, and carries between the two what each of them says. The
// defence is what the customer is asked before anything is shown, and what the
// bank and the device remember afterwards.

package attacks_test

import (
	"testing"
	"time"

	"countersign/session/adversary"
	"countersign/session/attacks"
	"countersign/session/call"
	"countersign/session/ending"
	"countersign/session/offer"
	"countersign/session/verdict"
)

func TestAttackA02TwoLegRelay(t *testing.T) {
	w := newWorld(t)
	desk, victim := w.agent(anna), w.customer("C-1")
	f := w.fraudster(desk, victim, "C-1")

	agent := f.ringsBank(bankLine)
	code := agent.code()
	customer := f.ringsVictim(code, theyCalled) // the truth: the victim's phone rang
	shown := next[call.VerdictGiven](customer).Output.Shown()
	if shown.Result != verdict.Stopped || shown.Name != "" || shown.Bank.Name != "" || shown.Purpose != 0 || shown.Direction != 0 {
		t.Errorf("a stopped screen shows %+v: the fraudster hears what to say next", shown)
	}
	customer.ends(ending.WrongDirection)
	agent.ends(ending.WrongDirection)
	if told[call.ReadbackShown](customer) || told[call.Opened](agent) {
		t.Error("something was shown of a stopped call")
	}

	// The same code, a new code, another agent, and now the answer that fits.
	f.ringsVictim(code, iCalled).ends(ending.Reported)
	f.ringsBank(bankLine).ends(ending.OnHold)
	w.fraudster(w.agent(jan), victim, "C-1").ringsBank(bankLine).ends(ending.OnHold)

	// The bank itself dials the number on file: that works at once.
	agent = desk.dials("C-1")
	customer = victim.types(agent.code(), theyCalled)
	if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Verified || !out.EarlierStop {
		t.Errorf("the bank's own call after a stop: %v %v, earlier stop shown %t", out.Result, out.Reasons, out.EarlierStop)
	}
	secured(agent, customer)
	outcome(t, "A02", attacks.Stopped, "both sides end as wrong_direction, the victim's screen tells nothing, and for half an hour only the bank's own call to the number on file starts")
}

func TestAttackA02HoldNeedsNoReport(t *testing.T) {
	w := newWorld(t)
	desk, victim := w.agent(anna), w.customer("C-1")
	f := w.fraudster(desk, victim, "C-1")
	w.relay.On(adversary.Request("cp1.report"), func(m *adversary.Message) { m.Refuse(ending.Busy) })

	agent := f.ringsBank(bankLine)
	f.ringsVictim(agent.code(), theyCalled).ends(ending.WrongDirection)
	agent.End()
	agent.ends(ending.Cancelled)

	// The bank knows of nothing and makes a second offer. The device knows.
	agent = f.ringsBank(bankLine)
	customer := f.ringsVictim(agent.code(), iCalled)
	customer.ends(ending.OnHold)
	if told[call.ReadbackShown](customer) {
		t.Error("a second try with the other answer was let through")
	}
	agent.End()
	agent.ends(ending.Cancelled)

	// Neither removing the bank nor waiting less than half an hour helps.
	banks, err := victim.Banks(t.Context())
	w.must(err)
	if got := ending.Of(victim.Remove(t.Context(), banks[0].ID), ""); got != ending.OnHold {
		t.Errorf("removing the bank under a hold: %q", got)
	}
	w.clock.passes(29 * time.Minute)
	agent = f.ringsBank(bankLine)
	f.ringsVictim(agent.code(), iCalled).ends(ending.OnHold)
	outcome(t, "A02", attacks.Stopped, "a relay that swallows the stop report changes nothing: the device keeps the hold itself")
}

func TestAttackA02ReferenceOfAnother(t *testing.T) {
	w := newWorld(t)
	desk, victim := w.agent(anna), w.customer("C-1")
	w.customer("C-2")
	mule := w.fraudster(desk, victim, "C-2") // the fraudster is a customer too

	agent := mule.ringsBank(bankLine)
	code := agent.code()
	customer := mule.ringsVictim(code, iCalled)
	if shown := next[call.VerdictGiven](customer).Output.Shown(); shown.Result != verdict.Stopped || shown.Name != "" {
		t.Errorf("the offer for another customer shows %+v", shown)
	}
	customer.ends(ending.NotForYou)
	mule.ringsVictim(code, theyCalled).ends(ending.NotForYou)

	// No hold follows for anybody: else codes of others would be a weapon.
	agent.End()
	agent.ends(ending.Cancelled)
	agent = desk.isRung("C-1")
	secured(agent, victim.types(agent.code(), iCalled))
	outcome(t, "A02", attacks.Stopped, "an offer for the fraudster's own account ends as not_for_you on the victim's screen")
}

func TestAttackA02NotSureGetsNoAnswer(t *testing.T) {
	w := newWorld(t)
	f := w.fraudster(w.agent(anna), w.customer("C-1"), "C-1")
	replies := w.relay.Watch(adversary.Up())

	agent := f.ringsBank(bankLine)
	customer := f.ringsVictim(agent.code(), notSure)
	if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Unverified {
		t.Errorf("not sure is %v", out.Result)
	}
	customer.ends(ending.NotSure)
	if len(replies) != 0 {
		t.Error("a customer who is not sure answered the offer")
	}
	agent.End()
	agent.ends(ending.Cancelled)
	outcome(t, "A02", attacks.Stopped, "who is not sure answers nothing, and the agent learns nothing")
}

// TestAttackA02CoachedCustomer shows what is left: a customer who lies to the
// companion. The agent's side cannot tell, and says so in the threat model.
func TestAttackA02CoachedCustomer(t *testing.T) {
	w := newWorld(t)
	f := w.fraudster(w.agent(anna), w.customer("C-1"), "C-1")
	agent := f.ringsBank(bankLine)
	customer := f.ringsVictim(agent.code(), offer.Answers{How: offer.ICalled, Dialled: bankLine}) // a lie, as told to
	shown := next[call.VerdictGiven](customer).Output.Shown()
	if shown.Direction != offer.CustomerCalled || shown.Name != anna {
		t.Errorf("the screen says %+v: it must say who called whom, so that the lie stands before the customer's eyes", shown)
	}
	secured(agent, customer)
	outcome(t, "A02", attacks.NotStopped, "a customer who is coached to lie gets a secure call; the screen says \"you called us\"")
}
