// A06: the caller asks "read me what you see". Before the verdict, and on a
// stopped one, nothing on the screen is worth reading; after it the digits are
// good for this call alone.

package attacks_test

import (
	"fmt"
	"strings"
	"testing"

	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
)

// screen is all that a side's screen may have shown so far, as text.
func (s *side) screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all strings.Builder
	for _, e := range s.heard {
		if given, ok := e.(call.VerdictGiven); ok {
			fmt.Fprintf(&all, "%+v\n", given.Output.Shown())
			continue
		}
		fmt.Fprintf(&all, "%T %+v\n", e, e)
	}
	return all.String()
}

// secrets of an offer: what a caller who is not the bank would like to hear.
func secretsOfOffer() []string {
	return []string{anna, "Adviser", "Fraud team", bankName, bankDomain, trust.LineOf(bankLine), trust.LineOf(phone1), trust.Transfer.String(), "customer-called", "bank-called"}
}

func TestAttackA06AStoppedScreenHasNothingToRead(t *testing.T) {
	w := newWorld(t)
	agent, victim := w.agent(anna).isRung("C-1"), w.customer("C-1")
	customer := victim.types(agent.code(), theyCalled)
	customer.ends(ending.WrongDirection)
	agent.ends(ending.WrongDirection)
	shown := customer.screen()
	past, err := victim.History(t.Context())
	w.must(err)
	if len(past) != 1 || past[0].Name+past[0].Department != "" || past[0].Purpose != 0 || past[0].Direction != 0 {
		t.Errorf("the history says of a stopped call: %+v", past)
	}
	for _, secret := range secretsOfOffer() {
		if strings.Contains(shown, secret) {
			t.Errorf("the stopped screen shows %q:\n%s", secret, shown)
		}
	}
	if told[call.ReadbackShown](customer) {
		t.Error("a stopped screen shows digits")
	}
	outcome(t, "A06", attacks.Stopped, "a stopped screen names nothing that the offer claimed, nor does the history")
}

func TestAttackA06NothingToReadBeforeTheAgentHasProven(t *testing.T) {
	w := newWorld(t)
	held := w.relay.Catch(adversary.Down(relay.KindReveal))
	agent := w.agent(anna).dials("C-1")
	customer := w.customer("C-1").types(agent.code(), theyCalled)
	reveal := receive(w, held)
	shown := customer.screen()
	for _, secret := range secretsOfOffer() {
		if strings.Contains(shown, secret) {
			t.Errorf("before the reveal the screen shows %q:\n%s", secret, shown)
		}
	}
	if told[call.VerdictGiven](customer) || told[call.ReadbackShown](customer) {
		t.Error("before the reveal there is a verdict, or digits")
	}
	reveal.Send()
	opened(agent, customer)
	outcome(t, "A06", attacks.Stopped, "until the agent has proven to be there now, the screen says only that it waits")
}

func TestAttackA06DigitsAreGoodForOneCallOnly(t *testing.T) {
	w := newWorld(t)
	mine, theirs := w.agent(anna).dials("C-1"), w.agent(jan).dials("C-2")
	victim := w.customer("C-1").types(mine.code(), theyCalled)
	fraudster := w.customer("C-2").types(theirs.code(), theyCalled)
	read := opened(mine, victim)
	if opened(theirs, fraudster) == read {
		t.Fatal("two calls have the same digits") // one run in a million
	}
	for range call.Tries {
		theirs.Readback(read)
		next[call.ReadbackWrong](theirs)
	}
	theirs.ends(ending.ReadbackFailed)
	fraudster.ends(ending.ReadbackFailed)
	if told[call.Secured](theirs) {
		t.Error("digits of another call made this one secure")
	}
	mine.Readback(read)
	next[call.Secured](mine)
	next[call.Secured](victim)
	outcome(t, "A06", attacks.Stopped, "digits read to a fraudster fail in any other call and do not harm their own")
}
