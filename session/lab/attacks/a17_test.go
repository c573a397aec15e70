// A17: a wrong clock, by chance or by somebody's hand. A difference is
// tolerated up to a minute and shown; beyond it has its own name, and never
// that of a forgery.

package attacks_test

import (
	"testing"
	"time"

	"countersign/session"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict"
)

// shifted is one person's clock that differs from the world's.
type shifted struct {
	*clock
	by time.Duration
}

// Now implements session.Clock.
func (s shifted) Now() time.Time { return s.clock.Now().Add(s.by) }

// customerOff is a customer whose clock is off.
func (w *world) customerOff(ref string, by time.Duration) *phone {
	w.Helper()
	o := w.options(w.houseOf(ref))
	o.Clock = shifted{w.clock, by}
	c, err := session.OpenCustomer(w.Context(), o)
	w.must(err)
	return &phone{Customer: c, w: w}
}

func TestAttackA17TheCustomersClock(t *testing.T) {
	w := newWorld(t)
	for _, by := range []time.Duration{-10 * time.Minute, -3 * time.Minute, 7 * time.Minute, 24 * time.Hour} {
		agent := w.agent(anna).dials("C-1")
		customer := w.customerOff("C-1", by).types(agent.code(), theyCalled)
		out := next[call.VerdictGiven](customer).Output
		if out.Result != verdict.Stopped || out.Reasons[0] != ending.WrongClock {
			t.Errorf("%v off: %s %v", by, out.Result, out.Reasons)
		}
		customer.ends(ending.WrongClock)
		agent.End()
		agent.ends(ending.Cancelled)
	}
	outcome(t, "A17", attacks.Stopped, "a clock that is off ends the check under its own name, never as a forgery")
}

func TestAttackA17ASmallDifferenceIsShown(t *testing.T) {
	w := newWorld(t)
	for by, warned := range map[time.Duration]bool{-50 * time.Second: true, -30 * time.Second: true, -2 * time.Second: false} {
		agent := w.agent(anna).dials("C-1")
		customer := w.customerOff("C-1", by).types(agent.code(), theyCalled)
		if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Verified {
			t.Errorf("%v off: %s %v", by, out.Result, out.Reasons)
		}
		secured(agent, customer)
		if told[call.AlertEvent](customer) != warned {
			t.Errorf("%v off: warned %t, want %t", by, !warned, warned)
		}
		agent.End()
		agent.ends(ending.Completed)
		customer.ends(ending.Completed)
	}
	outcome(t, "A17", attacks.Stopped, "up to a minute is tolerated, and shown from five seconds on")
}

func TestAttackA17TheAgentsClock(t *testing.T) {
	w := newWorld(t)
	for _, by := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		o := w.options(w.houseOf(anna))
		o.Clock = shifted{w.clock, by}
		a, err := session.OpenAgent(t.Context(), o)
		w.must(err)
		(&desk{Agent: a, w: w}).dials("C-1").ends(ending.WrongClock)
	}
	outcome(t, "A17", attacks.Stopped, "an agent whose clock is off cannot sign in, and is told why")
}

// TestAttackA17ASetBackClock: a customer is made to set the clock back, so that
// an old picture of a QR code looks fresh. Without the network nobody can tell;
// that is why it is never green.
func TestAttackA17ASetBackClock(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	picture := agent.picture()
	agent.End()
	agent.ends(ending.Cancelled)
	w.clock.passes(time.Hour)
	offline := session.Verification{Answers: theyCalled, QRText: picture, Offline: true}
	w.customer("C-1").checks(offline).ends(ending.Expired)
	amber := w.customerOff("C-1", -time.Hour).checks(offline)
	if out := next[call.VerdictGiven](amber).Output; out.Result != verdict.Unverified {
		t.Errorf("an old picture under a clock set back is %s %v", out.Result, out.Reasons)
	}
	amber.ends(ending.Offline)
	red := w.customerOff("C-1", -time.Hour).scans(picture, theyCalled)
	if out := next[call.VerdictGiven](red).Output; out.Result != verdict.Stopped {
		t.Errorf("with the network it is %s %v", out.Result, out.Reasons)
	}
	// The server knows what became of the offer, until it sweeps such memories out.
	if end := next[call.EndedEvent](red).Reason; end != ending.Cancelled && end != ending.UnknownCode {
		t.Errorf("with the network it ended %q", end)
	}
	outcome(t, "A17", attacks.Stopped, "a clock set back makes an old picture amber without the network, red with it, green never")
}
