// A09: a cloned voice reads the read-back. A voice proves nothing here, so a
// clone wins nothing with it: what counts is whether it was told the digits.

package attacks_test

import (
	"testing"

	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
)

func TestAttackA09AClonedVoiceThatGuesses(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	customer := w.customer("C-1").types(agent.code(), theyCalled)
	digits := opened(agent, customer)
	for left := call.Tries - 1; left >= 0; left-- {
		agent.Readback(other(digits))
		if got := next[call.ReadbackWrong](agent).TriesLeft; got != left {
			t.Errorf("%d tries left, want %d", got, left)
		}
	}
	agent.ends(ending.ReadbackFailed)
	customer.ends(ending.ReadbackFailed)
	if told[call.Secured](agent) || told[call.Secured](customer) {
		t.Error("a call became secure without its digits")
	}
	outcome(t, "A09", attacks.Detected, "a voice without the digits has three guesses in a million, then both screens say why the call ended")
}

// TestAttackA09AClonedVoiceThatWasToldTheDigits shows what is left: the digits
// on the customer's screen, in anybody's voice, are all that the agent's side
// asks for. That is why the agent is told of a device, and never of a person.
func TestAttackA09AClonedVoiceThatWasToldTheDigits(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	customer := w.customer("C-1").types(agent.code(), theyCalled)
	spoken := next[call.ReadbackShown](customer).Code // by the customer or by a clone: the same six digits
	if opened := next[call.Opened](agent); !opened.Enrolled {
		t.Errorf("the agent is told %+v", opened)
	}
	agent.Readback(spoken)
	next[call.Secured](agent)
	next[call.Secured](customer)
	outcome(t, "A09", attacks.Limited, "a clone that sees the customer's screen passes: nothing here proves a voice")
}
