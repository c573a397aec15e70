// A15: click-through. People press whatever makes a window go on. No button,
// and no row of buttons, makes a call secure or a red verdict green: it takes
// six digits that only the other end can show, and nine that only the bank has.

package attacks_test

import (
	"testing"

	"pgregory.net/rapid"

	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
)

func TestAttackA15PressingEverythingMakesNothingSecure(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	customer := w.customer("C-1").types(agent.code(), theyCalled)
	digits := opened(agent, customer)
	for _, typed := range []string{"", " ", "ok", "yes", "match", digits[:5], digits + "0", "x" + digits, "0x" + digits[:4]} {
		agent.Readback(typed)
	}
	agent.Say("go on")
	customer.Say("go on")
	customer.Readback(digits) // the customer's own screen is no place to confirm
	for range call.Tries {
		agent.Readback(other(digits))
	}
	agent.ends(ending.ReadbackFailed)
	customer.ends(ending.ReadbackFailed)
	if told[call.Secured](agent) || told[call.Secured](customer) || told[call.Message](agent) || told[call.Message](customer) {
		t.Error("pressing everything but the digits made the call secure")
	}
	outcome(t, "A15", attacks.Stopped, "without the six digits no button leads to a secure call")
}

func TestAttackA15ARedVerdictHasNoWayOn(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-2")
	customer := w.customer("C-1").types(agent.code(), theyCalled)
	next[call.VerdictGiven](customer)
	customer.Say("go on")
	customer.Readback("123456")
	customer.ends(ending.NotForYou)
	if told[call.ReadbackShown](customer) || told[call.Secured](customer) || told[call.Opened](agent) {
		t.Error("a stopped call went on")
	}
	for _, typed := range []string{"", "ok", "yes", "000"} {
		w.customer("C-1").types(typed, theyCalled).ends(ending.NotACode)
	}
	outcome(t, "A15", attacks.Stopped, "a stopped call has no \"continue anyway\", and a code is typed or there is none")
}

// TestAttackA15NoRowOfPressesIsTheDigits gives both machines any row of what
// people can do, the right digits left out, from every phase before secure.
func TestAttackA15NoRowOfPressesIsTheDigits(t *testing.T) {
	presses := []call.Input{
		call.Begin{}, call.Say{Text: "go on"}, call.End{}, call.Wrong{}, call.ReadbackTyped{Right: false},
	}
	rapid.Check(t, func(t *rapid.T) {
		agent := call.Agent{Phase: rapid.SampledFrom(call.AgentPhases()).Filter(beforeSecure[call.AgentPhase]).Draw(t, "agent")}
		customer := call.Customer{Phase: rapid.SampledFrom(call.CustomerPhases()).Filter(beforeSecure[call.CustomerPhase]).Draw(t, "customer")}
		for _, press := range rapid.SliceOfN(rapid.SampledFrom(presses), 1, 20).Draw(t, "presses") {
			agent, _ = agent.Step(press)
			customer, _ = customer.Step(press)
			if agent.Phase == call.Securing || agent.Phase == call.Secure || customer.Phase == call.Secure {
				t.Fatalf("agent %s, customer %s", agent.Phase, customer.Phase)
			}
		}
	})
	outcome(t, "A15", attacks.Stopped, "no row of presses, in any order, leads to a secure call")
}

// beforeSecure: from Securing on, the digits have been right.
func beforeSecure[P call.Phase](p P) bool {
	return p != call.Secure && p != call.Ended && string(p) != string(call.Securing)
}
