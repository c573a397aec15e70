// This file plays a stranger who has heard the code. Whatever is not signed by
// the customer's device must leave the offer and the call alone.

package session_test

import (
	"context"
	"testing"

	"countersign/session"
	"countersign/session/call"
	"countersign/session/ending"
	"countersign/session/verdict"
)

// guestOf pins the world's bank without a device of its own.
func guestOf(t *testing.T, w *world, enrolled *session.Customer) *session.Customer {
	t.Helper()
	banks, err := enrolled.Banks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	guest, _ := emptyCustomer(t)
	if _, err := guest.Pin(t.Context(), w.server.URL()[len("tls://"):], join(banks[0].Words)); err != nil {
		t.Fatal(err)
	}
	return guest
}

func join(words []string) (all string) {
	for _, w := range words {
		all += w + " "
	}
	return all
}

func TestStrangerWithTheCodeChangesNothing(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	guest := guestOf(t, w, customer)
	a := agent.Call(t.Context(), bankCalls("C-1"))
	code := next[call.CodeShown](t, a).Code
	asked := session.Verification{Answers: theyCalled, Code: code}
	for range 2 {
		endsAs(t, guest.Verify(t.Context(), asked), ending.Guest)
	}
	c := customer.Verify(t.Context(), asked)
	if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Verified {
		t.Fatalf("after the stranger: %v %v", out.Result, out.Reasons)
	}
	a.Readback(next[call.ReadbackShown](t, c).Code)
	next[call.Secured](t, a)
	next[call.Secured](t, c)
	a.End()
	endsAs(t, a, ending.Completed)
	endsAs(t, c, ending.Completed)
}

// TestTheAgentIsToldWhoAnswered: what the bank knew before the call does not
// count. A device is withdrawn, and somebody who only heard the code answers.
func TestTheAgentIsToldWhoAnswered(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	guest := guestOf(t, w, customer)
	answeredBy := func(c *session.Customer) bool {
		t.Helper()
		a := agent.Call(t.Context(), bankCalls("C-1"))
		asked := c.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
		enrolled := next[call.Opened](t, a).Enrolled
		next[call.ReadbackShown](t, asked)
		a.End()
		endsAs(t, a, ending.Cancelled)
		endsAs(t, asked, ending.Cancelled)
		return enrolled
	}
	if !answeredBy(customer) {
		t.Error("the enrolled device is told as a guest")
	}
	before, err := agent.Preview(t.Context(), bankCalls("C-1"))
	if err != nil || !before.Enrolled {
		t.Fatalf("%+v, %v", before, err)
	}
	if _, err := w.server.Directory().RevokeCustomer(t.Context(), "C-1"); err != nil {
		t.Fatal(err)
	}
	if answeredBy(guest) {
		t.Error("a guest is told as the enrolled device")
	}
}

// TestCancelledContextStillReports: the end of the context is a wish to end,
// and does not cut off what protects the customer.
func TestCancelledContextStillReports(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	a := agent.Call(t.Context(), bankCalls("C-1"))
	ctx, cancel := contextOf(t)
	c := customer.Verify(ctx, session.Verification{Answers: iCalled, Code: next[call.CodeShown](t, a).Code})
	next[call.VerdictGiven](t, c)
	cancel()
	endsAs(t, c, ending.WrongDirection)
	endsAs(t, a, ending.WrongDirection)
}

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(t.Context())
}
