// A11: somebody has an agent's computer, or is an agent or operator gone bad.
// Credentials are short, a revocation counts at once, a second factor stands
// before the next shift; what one dishonest operator alone can do is shown.

package attacks_test

import (
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// TestAttackA11AStolenLaptop: until the bank is told, the thief is the agent.
// From then on the laptop begins nothing, and what it has begun ends.
func TestAttackA11AStolenLaptop(t *testing.T) {
	w := newWorld(t)
	thief := w.agent(anna)
	agent := thief.dials("C-1")
	customer := w.customer("C-1").types(agent.code(), theyCalled)
	if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Verified || out.Shown().Name != anna {
		t.Errorf("before the theft is known: %s %v", out.Result, out.Reasons)
	}
	secured(agent, customer)
	w.must(w.server.Directory().RevokeAgent(t.Context(), town.given[anna].AgentID))

	thief.dials("C-1").ends(ending.Revoked)
	readmitted := w.relay.Watch(adversary.AnswerTo("cp1.up"))
	w.relay.Cut() // whoever comes back presents the ticket and asks for the other side's staple
	receive(w, readmitted)
	customer.endsInTime(ending.Revoked)
	agent.endsInTime(ending.LineLost)
	w.secureCall(w.agent(jan), "C-2", w.customer("C-2")) // nobody else is concerned
	outcome(t, "A11", attacks.Limited, "a stolen laptop is the agent until the agent is revoked; then it begins nothing, and its calls end at their next staple")
}

// TestAttackA11AnOfferOfARevokedAgent: an offer that was open before the
// revocation is worth nothing after it.
func TestAttackA11AnOfferOfARevokedAgent(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	code := agent.code()
	w.must(w.server.Directory().RevokeAgent(t.Context(), town.given[anna].AgentID))
	replies := w.relay.Watch(adversary.Up())
	customer := w.customer("C-1").types(code, theyCalled)
	if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Stopped || out.Shown().Name != "" {
		t.Errorf("the offer of a revoked agent is %s and shows %q", out.Result, out.Shown().Name)
	}
	customer.ends(ending.Revoked)
	if len(replies) != 0 {
		t.Error("a revoked agent was answered")
	}
	outcome(t, "A11", attacks.Stopped, "the staple of a revoked agent is red for every offer, also for one that was open")
}

// TestAttackA11TheNextShift: the bank asks for a second factor. The thief has
// the computer and everything in it, but not the agent's authenticator.
func TestAttackA11TheNextShift(t *testing.T) {
	w := &world{T: t, dir: filepath.Join(t.TempDir(), "bank"), clock: &clock{now: dawn}, limits: generous()}
	w.must(bank.Init(w.dir, bank.Options{Name: bankName, Relay: "tls://" + relayAddress, Lines: []string{bankLine}, TOTP: true, Now: dawn}))
	w.open()
	t.Cleanup(w.close)
	w.customerTicket("C-1", phone1)
	d := w.agentAt(house{filepath.Join(t.TempDir(), "home"), newKeyring()})
	known, err := d.Enrol(t.Context(), session.Enrolment{Ticket: w.agentTicket(anna)})
	w.must(err)
	address, err := url.Parse(known.Authenticator)
	w.must(err)
	factor := func() string {
		t.Helper()
		code, err := totp.GenerateCode(address.Query().Get("secret"), w.clock.Now())
		w.must(err)
		return code
	}
	used := factor()
	_, err = d.SignIn(t.Context(), used)
	w.must(err)
	call := session.Offering{Direction: 1, Customer: "C-1", Purpose: trust.Transfer}
	with := func(factor string) session.Offering { o := call; o.SecondFactor = factor; return o }

	w.must(d.SignOut(t.Context()))
	d.offers(call).ends(ending.NotACode)
	d.offers(with(used)).ends(ending.Replayed)
	w.clock.passes(time.Minute)
	_, err = d.SignIn(t.Context(), factor())
	w.must(err)
	d.offers(call).code()
	w.clock.passes(trust.MaxCredential)
	d.offers(call).ends(ending.NotACode)
	d.offers(with(used)).ends(ending.Forged)
	for range 4 {
		d.offers(with(other(factor()))).ends(ending.Forged)
	}
	d.offers(with(factor())).ends(ending.Busy) // too many guesses: now even the right one waits
	outcome(t, "A11", attacks.Stopped, "after eight hours, or once signed out, a stolen laptop needs a code that is not in it; a used one and a sixth guess are refused")
}

// TestAttackA11OneOperatorAlone shows what is left: one operator of the bank
// writes a ticket for a customer's next device, enrols it, and is the customer.
func TestAttackA11OneOperatorAlone(t *testing.T) {
	w := newWorld(t)
	operator := w.stranger()
	_, err := operator.Enrol(t.Context(), session.Enrolment{Ticket: w.customerTicket("C-1", phone1)})
	w.must(err)
	agent := w.agent(anna).dials("C-1")
	impostor := operator.types(agent.code(), theyCalled)
	digits := next[call.ReadbackShown](impostor).Code
	if opened := next[call.Opened](agent); !opened.Enrolled {
		t.Error("the operator's device is told as a guest's: the row of A11 can be improved")
	}
	agent.Readback(digits)
	next[call.Secured](agent)
	outcome(t, "A11", attacks.NotStopped, "one dishonest operator enrols a device in a customer's name and nobody is told: two officers, the public log and the new-device notice are not built yet")
}
