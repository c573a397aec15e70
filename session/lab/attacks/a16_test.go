// A16: somebody takes the call over once it is verified: another agent of the
// bank, another device, or another person to whom the telephone is handed.

package attacks_test

import (
	"testing"

	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
)

func TestAttackA16AnotherAgentTakesOver(t *testing.T) {
	w := newWorld(t)
	tickets := w.relay.Watch(adversary.PushTo(relay.RoleCompanion, relay.KindTicket))
	agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	ticket := receive(w, tickets)
	stolen, victim := adversary.Read[relay.Push](ticket), ticket.From.Nkey()

	// With an offer of their own.
	w.agent(jan).dials("C-1").ends(ending.Collision)
	for _, end := range []*side{agent, customer} {
		if alert := next[call.AlertEvent](end); alert.Key != call.AlertCollision {
			t.Errorf("%s: alert %q", end.who, alert.Key)
		}
	}
	// With the call's own name and its stolen ticket.
	rogue := w.rogue(jan)
	_, err := rogue.Admit(t.Context(), relay.AdmitRequest{OID: stolen.OID, Companion: victim, Ticket: stolen.Body})
	if ending.Of(err, "") != ending.Forged {
		t.Errorf("another agent presents the ticket: %v", err)
	}
	if err := rogue.End(t.Context(), relay.EndRequest{OID: stolen.OID, Reason: ending.Completed}); ending.Of(err, "") != ending.Forged {
		t.Errorf("another agent ends the call: %v", err)
	}
	// With a device of another customer.
	if err := w.hacked("C-2").Send(t.Context(), stolen.OID, relay.KindReadmit, stolen.Body); ending.Of(err, "") != ending.Forged {
		t.Errorf("another device presents the ticket: %v", err)
	}
	says(agent, customer, "still here")
	says(customer, agent, "so am I")
	outcome(t, "A16", attacks.Stopped, "neither another agent nor another device gets into a call, and both screens warn of the attempt")
}

// TestAttackA16TheEndIsSeen: whoever takes the line away ends the call on both
// screens; no secure call stays on a screen without its other end.
func TestAttackA16TheEndIsSeen(t *testing.T) {
	w := newWorld(t)
	agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	agent.End()
	agent.ends(ending.Completed)
	customer.ends(ending.Completed)

	agent, customer = w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	w.relay.Drop(adversary.Or(adversary.Up(), adversary.Down()))
	agent.endsInTime(ending.LineLost)
	customer.endsInTime(ending.LineLost)
	outcome(t, "A16", attacks.Detected, "a call whose other end is gone does not stay secure on any screen")
}

// TestAttackA16TheTelephoneIsHandedOn shows what is left: after a hold or a
// transfer within the same secure call nothing asks again who is there.
func TestAttackA16TheTelephoneIsHandedOn(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	customer := w.customer("C-1").types(agent.code(), theyCalled)
	digits := opened(agent, customer)
	agent.Readback(digits)
	next[call.Secured](agent)
	next[call.Secured](customer)

	agent.Readback(digits) // "would you read it to my colleague": there is no second read-back
	if alert := next[call.AlertEvent](agent); alert.Key != call.AlertNotYet {
		t.Errorf("a read-back in a secure call: alert %q", alert.Key)
	}
	says(agent, customer, "my colleague has taken over")
	says(customer, agent, "and who would know?")
	if got := next[call.VerdictGiven](customer.again()).Output.Shown().Name; got != anna {
		t.Errorf("the screen names %q", got)
	}
	outcome(t, "A16", attacks.Limited, "the screen goes on naming the first agent, whoever speaks: hand-off and a new read-back are not built yet")
}

// again is the side as it was told from the beginning.
func (s *side) again() *side {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &side{w: s.w, who: s.who, heard: s.heard, over: true, more: make(chan struct{}, 1)}
}
