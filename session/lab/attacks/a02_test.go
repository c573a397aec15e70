// A02, the two-leg relay: a fraudster rings the bank as the victim and the
// victim as the bank, and carries between the two what each of them says. The
// defence is what the customer is asked before anything is shown, and what the
// bank and the device remember afterwards.

package attacks_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
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

// TestAttackA02LetterOfAnother: the fraudster is a customer of the bank too, and
// passes a genuine letter of their own on to the victim, whose computer would
// stand for the fraudster from then on: the offer for the fraudster, asked for
// under the fraudster's number, would be green for a victim who tells no lie.
func TestAttackA02LetterOfAnother(t *testing.T) {
	w := newWorld(t)
	victim := w.customer("C-1")
	letter := session.Enrolment{Ticket: w.customerTicket("C-66", "+48600700866")}
	files := victim.house.sealedFiles(w)
	for range 2 { // nor when it is tried again
		_, err := victim.Enrol(t.Context(), letter)
		held, ok := errors.AsType[*session.SomebodyElse](err)
		if !ok || ending.Of(err, "") != ending.NotForYou || held.Agent || held.Known.ID != w.id() || held.Known.Name != bankName || held.Known.Domain != bankDomain {
			t.Fatalf("a letter for another customer of the bank: %v", err)
		}
	}
	if !maps.EqualFunc(files, victim.house.sealedFiles(w), slices.Equal[[]byte]) {
		t.Error("what is kept of the bank was changed")
	}
	fraud := w.agent(anna).dials("C-66")
	victim.types(fraud.code(), theyCalled).ends(ending.NotForYou)
	fraud.End()
	fraud.ends(ending.Cancelled)
	victim.green(w, w.agent(jan), "C-1") // and the customer's own calls go on

	// A letter for the same customer goes on working.
	ticket, _, err := w.server.Directory().ReissueCustomer(t.Context(), "C-1", nil)
	w.must(err)
	if got := victim.enrols(session.Enrolment{Ticket: ticket.String()}); got != "" {
		t.Fatalf("a new letter for the same customer: %q", got)
	}
	victim.green(w, w.agent(jan), "C-1")

	// Who wants to be the other customer here removes the bank first, and not
	// while a stop holds. The letter is not used up by what was refused.
	held := w.agent(anna).dials("C-1")
	victim.types(held.code(), offer.Answers{How: offer.ICalled, Dialled: bankLine}).ends(ending.WrongDirection)
	if err := victim.Remove(t.Context(), w.id()); ending.Of(err, "") != ending.OnHold {
		t.Errorf("removing the bank under a hold: %v", err)
	}
	if got := victim.enrols(letter); got != ending.NotForYou {
		t.Errorf("the letter under a hold: %q", got)
	}
	w.clock.passes(31 * time.Minute)
	w.must(victim.Remove(t.Context(), w.id()))
	joined, err := victim.Enrol(t.Context(), letter)
	w.must(err)
	if want := []string{trust.LineOf("+48600700866")}; !slices.Equal(joined.OwnLines, want) {
		t.Errorf("the numbers on file are told as %q, want %q", joined.OwnLines, want)
	}

	// Only this computer can say it: a server's word for it is none.
	w.relay.On(adversary.First(1, adversary.Request("cp1.enrol")), func(m *adversary.Message) { m.Refuse(ending.NotForYou) })
	if got := w.stranger().enrols(letter); got != ending.Unsupported {
		t.Errorf("refused so by the server: %q", got)
	}
	outcome(t, "A02", attacks.Stopped, "a genuine letter for another customer does not enrol a computer that is enrolled at the bank; with the bank removed it does, and the numbers on file are told")
}

// TestAttackA02TicketOfAnotherAgent: the same for an agent's computer.
func TestAttackA02TicketOfAnotherAgent(t *testing.T) {
	w := newWorld(t)
	clerk := w.agent(anna)
	files := clerk.house.sealedFiles(w)
	ticket := session.Enrolment{Ticket: w.agentTicket("Ewa Lis")}
	_, err := clerk.Enrol(t.Context(), ticket)
	held, ok := errors.AsType[*session.SomebodyElse](err)
	if !ok || ending.Of(err, "") != ending.NotForYou || !held.Agent || held.Known.ID != w.id() {
		t.Errorf("a ticket for another agent of the bank: %v", err)
	}
	if !maps.EqualFunc(files, clerk.house.sealedFiles(w), slices.Equal[[]byte]) {
		t.Error("what is kept of the bank was changed")
	}
	if shown := w.customer("C-1").green(w, clerk, "C-1"); shown.Name != anna {
		t.Errorf("afterwards the agent is shown as %q", shown.Name)
	}
	w.must(clerk.Leave(t.Context()))
	_, err = clerk.Enrol(t.Context(), ticket)
	w.must(err)
	outcome(t, "A02", attacks.Stopped, "a genuine ticket for another agent does not enrol an agent's computer")
}
