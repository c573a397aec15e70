// A26: "our app is down today", "forget the app". The program itself says
// whether the bank can be reached; without it nobody becomes the customer.

package attacks_test

import (
	"testing"

	"countersign/session"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/verdict"
)

func TestAttackA26TheProgramSaysItself(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	code := agent.code()
	secured(agent, w.customer("C-1").types(code, theyCalled)) // it is not down, whatever the caller says
	w.server.Close()
	customer := w.customer("C-1").types(code, theyCalled)
	customer.ends(ending.ServerDown)
	if told[call.VerdictGiven](customer) {
		t.Error("without the bank's server there was a verdict")
	}
	w.agent(anna).dials("C-1").ends(ending.ServerDown)
	outcome(t, "A26", attacks.Stopped, "both programs say themselves when the bank cannot be reached, and say nothing else then")
}

// TestAttackA26WithoutTheEnrolledDevice: "I have lost my telephone, the app does
// not work": whoever cannot show the enrolled device is not the customer.
func TestAttackA26WithoutTheEnrolledDevice(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	code := agent.code()
	w.customer("guest").types(code, theyCalled).ends(ending.Guest)
	if told[call.Opened](agent) || told[call.Secured](agent) {
		t.Error("the agent was told that the customer answered")
	}
	secured(agent, w.customer("C-1").types(code, theyCalled))
	outcome(t, "A26", attacks.Stopped, "where the customer has a device, nothing else stands in for it, and the customer's own answer still counts")
}

// TestAttackA26ARelayThatLetsAGuestIn: the relay says in the authority's place
// that somebody without the enrolled device may come in. The agent's own program
// does not even ask.
func TestAttackA26ARelayThatLetsAGuestIn(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	guest := w.hacked("")
	found, err := guest.LookUp(t.Context(), agent.code())
	w.must(err)
	hands, reply, err := guest.Reply(found, theyCalled, 0)
	w.must(err)
	w.relay.On(adversary.Request("cp1.agent.admit"), func(m *adversary.Message) {
		m.Reply(relay.AdmitAnswer{Staple: []byte{}, Ticket: []byte("come in")})
	})
	reveals := w.relay.Watch(adversary.Down(relay.KindReveal))
	w.must(guest.Send(t.Context(), found.OID, relay.KindReply, reply))
	if got, err := guest.Refusal(t.Context(), hands); err != nil || got != ending.Guest {
		t.Errorf("a guest in the place of a device was told %q, %v", got, err)
	}
	if len(reveals) != 0 || told[call.Opened](agent) {
		t.Error("a guest was let in where the customer has a device")
	}
	outcome(t, "A26", attacks.Stopped, "no relay lets somebody in without the device that the bank knows of")
}

// TestAttackA26WithoutTheNetwork shows what is left: people can be talked into
// going on without the programs. They get amber at best, and the agent nothing.
func TestAttackA26WithoutTheNetwork(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	customer := w.customer("C-1").checks(session.Verification{Answers: theyCalled, QRText: agent.picture(), Offline: true})
	if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Unverified {
		t.Errorf("without the network it is %s %v", out.Result, out.Reasons)
	}
	customer.ends(ending.Offline)
	agent.End()
	agent.ends(ending.Cancelled)
	if told[call.Opened](agent) {
		t.Error("the agent was told that the customer answered")
	}
	outcome(t, "A26", attacks.Limited, "whether people insist on the programs is theirs: without them nothing is green, and nothing forbids the telephone")
}
