// A05: the QR code on the agent's screen is photographed, forwarded or shared.
// The defences: frames age, by the agent's own clock; an offer is for one
// customer and reveals once; without the network nothing is ever green.

package attacks_test

import (
	"testing"
	"time"

	"countersign/session"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/verdict"
)

// age lets at least ten seconds a frame pass while the agent's screen makes
// fresh ones, and returns the newest.
func age(agent *side, frames int) (newest string) {
	agent.w.Helper()
	for range frames {
		agent.w.clock.passes(offer.FramePeriod)
		newest = nextInTime[call.QRShown](agent).Text // a little later if the timer was wound up late
	}
	return newest
}

func TestAttackA05OldPhotograph(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	photograph := agent.picture()
	fresh := age(agent, 3)
	w.clock.passes(time.Second) // the photograph is at least 31 seconds old, the screen 1

	victim := w.customer("C-1")
	customer := victim.scans(photograph, theyCalled)
	if shown := next[call.VerdictGiven](customer).Output.Shown(); shown.Result != verdict.Stopped || shown.Name != "" {
		t.Errorf("an old photograph shows %+v", shown)
	}
	customer.ends(ending.FrameStale)

	// The offer is not used up: who sees the screen gets through.
	secured(agent, victim.scans(fresh, theyCalled))
	outcome(t, "A05", attacks.Stopped, "a frame of 31 seconds ends as frame_stale by the agent's clock, and the screen still works for who sees it")
}

// TestAttackA05OldPhotographAndSlowClock: the victim's clock is slow, so that
// only the agent's can find the frame old.
func TestAttackA05OldPhotographAndSlowClock(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	photograph := agent.picture()
	age(agent, 3)
	w.clock.passes(time.Second)

	slow := w.hacked("C-1") // its owner's clock stands where the photograph was taken
	f, err := slow.LookUpFrame(t.Context(), photograph)
	w.must(err)
	frame, err := offer.ParseText(photograph)
	w.must(err)
	_, at, err := frame.Peek()
	w.must(err)
	hands, envelope, err := slow.Reply(f, theyCalled, at.Unix())
	w.must(err)
	w.must(slow.Send(t.Context(), f.OID, relay.KindReply, envelope))
	if got, err := slow.Refusal(t.Context(), hands); err != nil || got != ending.FrameStale {
		t.Errorf("the agent refused with %q, %v", got, err)
	}
	outcome(t, "A05", attacks.Stopped, "the agent's own clock decides about the age of a frame")
}

func TestAttackA05ForwardedToAnother(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	photograph := agent.picture()
	w.customer("C-2").scans(photograph, theyCalled).ends(ending.NotForYou)
	w.customer("C-2").checks(session.Verification{Answers: theyCalled, QRText: photograph, Offline: true}).ends(ending.NotForYou)

	// A companion that does not look at the reference answers all the same.
	greedy := w.hacked("C-2")
	f, err := greedy.LookUpFrame(t.Context(), photograph)
	w.must(err)
	hands, envelope, err := greedy.Reply(f, theyCalled, w.clock.Now().Unix())
	w.must(err)
	w.must(greedy.Send(t.Context(), f.OID, relay.KindReply, envelope))
	if got, err := greedy.Refusal(t.Context(), hands); err != nil || got != ending.NotForYou {
		t.Errorf("the agent refused with %q, %v", got, err)
	}

	// So does a guest's, with no credential at all.
	guest := w.hacked("")
	f, err = guest.LookUpFrame(t.Context(), photograph)
	w.must(err)
	hands, envelope, err = guest.Reply(f, theyCalled, w.clock.Now().Unix())
	w.must(err)
	w.must(guest.Send(t.Context(), f.OID, relay.KindReply, envelope))
	if got, err := guest.Refusal(t.Context(), hands); err != nil || got != ending.Guest {
		t.Errorf("the agent refused the guest with %q, %v", got, err)
	}

	secured(agent, w.customer("C-1").scans(photograph, theyCalled))
	outcome(t, "A05", attacks.Stopped, "another customer's or a guest's device gets no reveal, and the offer waits for its own customer")
}

// TestAttackA05SharedScreen: a thief of the victim's device key sees the shared
// screen and answers beside the victim.
func TestAttackA05SharedScreen(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	screen := agent.picture()
	reveals := w.relay.Watch(adversary.Down(relay.KindReveal))
	customer := w.customer("C-1").scans(screen, theyCalled)
	opened(agent, customer)

	twin := w.hacked("C-1")
	if _, err := twin.LookUpFrame(t.Context(), screen); ending.Of(err, "") != ending.UsedCode {
		t.Errorf("an answered offer was served again: %v", err)
	}

	// One that looked the offer up earlier may still send its reply.
	agent.End()
	agent.ends(ending.Cancelled)
	customer.ends(ending.Cancelled)
	agent = w.agent(anna).dials("C-1")
	screen = agent.picture()
	f, err := twin.LookUpFrame(t.Context(), screen)
	w.must(err)
	customer = w.customer("C-1").scans(screen, theyCalled)
	opened(agent, customer)
	hands, envelope, err := twin.Reply(f, theyCalled, w.clock.Now().Unix())
	w.must(err)
	w.must(twin.Send(t.Context(), f.OID, relay.KindReply, envelope))
	if got, err := twin.Refusal(t.Context(), hands); err != nil || got != ending.Replayed {
		t.Errorf("the second reply got %q, %v", got, err)
	}
	agent.ends(ending.Replayed)
	customer.ends(ending.Replayed)
	if len(reveals) != 2 {
		t.Errorf("two offers gave %d reveals", len(reveals))
	}
	outcome(t, "A05", attacks.Stopped, "an offer reveals once: a second device of the same customer ends both calls as replayed")
}

func TestAttackA05OfflineIsNeverGreen(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	photograph := agent.picture()
	replies := w.relay.Watch(adversary.Or(adversary.Up(), adversary.Request("cp1.lookup")))
	customer := w.customer("C-1").checks(session.Verification{Answers: theyCalled, QRText: photograph, Offline: true})
	if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Unverified {
		t.Errorf("offline is %v %v", out.Result, out.Reasons)
	}
	customer.ends(ending.Offline)
	if len(replies) != 0 || told[call.ReadbackShown](customer) {
		t.Error("an offline check used the network or went on")
	}

	// Days later the photograph is worth nothing even offline.
	w.clock.passes(24 * time.Hour)
	w.customer("C-1").checks(session.Verification{Answers: theyCalled, QRText: photograph, Offline: true}).ends(ending.Expired)
	outcome(t, "A05", attacks.Stopped, "without the network a code is amber at best, and expired after five minutes")
}
