// These tests look at what is remembered of whole calls: enough to recognise
// them, and never what was said in them.

package session_test

import (
	"testing"
	"time"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

// lastOf returns the newest call of a history that should have n.
func lastOf(t *testing.T, past []session.Past, err error, n int) session.Past {
	t.Helper()
	if err != nil || len(past) != n {
		t.Fatalf("%d calls are remembered, want %d (%v)", len(past), n, err)
	}
	if n == 0 {
		return session.Past{}
	}
	return past[0]
}

// only checks the times of a remembered call and returns the rest of it.
func only(t *testing.T, w *world, p session.Past) session.Past {
	t.Helper()
	if age := w.clock.Now().Sub(p.Began); age < 0 || age > time.Minute || p.Lasted < 0 || p.Lasted > time.Minute {
		t.Errorf("began %v ago and lasted %v", age, p.Lasted)
	}
	p.Began, p.Lasted = time.Time{}, 0
	return p
}

// keptAtTheEnd waits for the ending of a call and returns what its side
// remembers at that very moment.
func keptAtTheEnd(t *testing.T, c *session.Call, history func() ([]session.Past, error)) ([]session.Past, error) {
	t.Helper()
	next[call.EndedEvent](t, c)
	return history()
}

func TestBothSidesRememberTheCall(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	agents := func() ([]session.Past, error) { return agent.History(t.Context()) }
	customers := func() ([]session.Past, error) { return customer.History(t.Context()) }
	past, err := customers()
	lastOf(t, past, err, 0)

	a := agent.Call(t.Context(), bankCalls("C-1"))
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
	becomesSecure(t, a, c)
	past, err = agents()
	lastOf(t, past, err, 0) // not before it has ended
	a.End()
	past, err = keptAtTheEnd(t, a, agents)
	want := session.Past{
		Bank: "Example Bank", Domain: "examplebank.com", Name: "Anna Kowalska", Department: "Fraud team",
		Purpose: trust.CardPayment, Direction: offer.BankCalled, Reason: ending.Completed, Secure: true, Customer: "C-1",
	}
	if got := only(t, w, lastOf(t, past, err, 1)); got != want {
		t.Errorf("the agent remembers %+v", got)
	}
	past, err = keptAtTheEnd(t, c, customers)
	want.Customer = "" // the bank's word for this person
	if got := only(t, w, lastOf(t, past, err, 1)); got != want {
		t.Errorf("the customer remembers %+v", got)
	}

	// The next one comes before it.
	w.clock.passes(time.Hour)
	a = agent.Call(t.Context(), bankCalls("C-1"))
	next[call.CodeShown](t, a)
	a.End()
	past, err = keptAtTheEnd(t, a, agents)
	want = session.Past{
		Bank: "Example Bank", Domain: "examplebank.com", Name: "Anna Kowalska", Department: "Fraud team",
		Purpose: trust.CardPayment, Direction: offer.BankCalled, Reason: ending.Cancelled, Customer: "C-1",
	}
	if got := only(t, w, lastOf(t, past, err, 2)); got != want {
		t.Errorf("the agent remembers %+v", got)
	}
	if age := past[0].Began.Sub(past[1].Began); age < 59*time.Minute {
		t.Errorf("the newest call began %v after the one before", age)
	}
}

// TestStoppedCallLeavesNothingOfItsOffer: the list of past calls must not tell
// later what the screen did not.
func TestStoppedCallLeavesNothingOfItsOffer(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	w.customer("C-2", "+48600700900")
	check := func(n int, reason ending.Reason, o session.Offering, answers offer.Answers, take func(*session.Call) session.Verification) {
		t.Helper()
		a := agent.Call(t.Context(), o)
		v := take(a)
		v.Answers = answers
		c := customer.Verify(t.Context(), v)
		if got := next[call.EndedEvent](t, c).Reason; got != reason {
			t.Errorf("ended %q, want %q", got, reason)
		}
		past, err := customer.History(t.Context())
		want := session.Past{Bank: "Example Bank", Domain: "examplebank.com", Reason: reason, Unverified: true}
		if got := only(t, w, lastOf(t, past, err, n)); got != want {
			t.Errorf("of %q is kept %+v", reason, got)
		}
		a.End()
		next[call.EndedEvent](t, a)
	}
	code := func(a *session.Call) session.Verification {
		return session.Verification{Code: next[call.CodeShown](t, a).Code}
	}
	frame := func(a *session.Call) session.Verification {
		return session.Verification{QRText: next[call.QRShown](t, a).Text, Offline: true}
	}
	check(1, ending.NotForYou, bankCalls("C-2"), theyCalled, code)
	// Amber, and the call does not go on: nor is it told then who claimed to call.
	check(2, ending.NotSure, bankCalls("C-1"), offer.Answers{How: offer.NotSure}, code)
	check(3, ending.Offline, bankCalls("C-1"), theyCalled, frame)
	check(4, ending.WrongDirection, bankCalls("C-1"), iCalled, code)
}

func TestGuestIsRememberedAsOne(t *testing.T) {
	w := newWorld(t, "Example Bank")
	enrolled, agent := w.customer("C-1", "+48600700800"), w.agent("Anna Kowalska")
	guest := guestOf(t, w, enrolled)
	w.ticket("C-2", "+48600700900")
	a := agent.Call(t.Context(), bankCalls("C-2"))
	c := guest.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
	next[call.ReadbackShown](t, c)
	c.End()
	for _, ended := range []*session.Call{c, a} {
		next[call.EndedEvent](t, ended)
		for range ended.Events() { // until all is kept
		}
	}
	past, err := guest.History(t.Context())
	if got := lastOf(t, past, err, 1); !got.Guest || got.Name != "Anna Kowalska" || got.Reason != ending.Cancelled {
		t.Errorf("the guest remembers %+v", got)
	}
	past, err = agent.History(t.Context())
	if got := lastOf(t, past, err, 1); !got.Guest || got.Customer != "C-2" {
		t.Errorf("the agent remembers %+v", got)
	}
}

// TestCallWithoutAnOfferIsNotRemembered: a slip of the finger is no call.
func TestCallWithoutAnOfferIsNotRemembered(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	endsAs(t, agent.Call(t.Context(), bankCalls("C-9")), ending.UnknownCode)
	endsAs(t, customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: "123 456 788"}), ending.WrongCheckDigit)
	w.server.Close()
	endsAs(t, customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: "780757704"}), ending.ServerDown)
	past, err := agent.History(t.Context())
	lastOf(t, past, err, 0)
	past, err = customer.History(t.Context())
	lastOf(t, past, err, 0)
}
