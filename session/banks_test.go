// These tests look at what people may know of their banks after real calls.

package session_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
)

func onlyBank(t *testing.T, c *session.Customer) session.Bank {
	t.Helper()
	banks, err := c.Banks(t.Context())
	if err != nil || len(banks) != 1 {
		t.Fatalf("%d banks (%v)", len(banks), err)
	}
	return banks[0]
}

func TestBankShowsOwnLinesHoldAndLastCheck(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	guest := guestOf(t, w, customer)
	if lines := onlyBank(t, guest).OwnLines; lines != nil {
		t.Errorf("a guest's own lines are %v", lines)
	}
	known := onlyBank(t, customer)
	if !slices.Equal(known.OwnLines, []string{"0800"}) || !known.HoldUntil.IsZero() {
		t.Errorf("enrolled: %+v", known)
	}

	enrolled := known.Checked
	w.clock.passes(2 * time.Hour)
	check := func() {
		t.Helper()
		a := agent.Call(t.Context(), bankCalls("C-1"))
		c := customer.Verify(t.Context(), session.Verification{Answers: iCalled, Code: next[call.CodeShown](t, a).Code})
		endsAs(t, c, ending.WrongDirection)
		endsAs(t, a, ending.WrongDirection)
	}
	check()
	known = onlyBank(t, customer)
	if age := known.Checked.Sub(enrolled); age < 119*time.Minute || age > 121*time.Minute {
		t.Errorf("checked %v after enrolling", age)
	}
	if left := known.HoldUntil.Sub(w.clock.Now()); left < 29*time.Minute || left > 30*time.Minute {
		t.Errorf("held for %v", left)
	}
	if err := customer.Remove(t.Context(), known.ID); ending.Of(err, "") != ending.OnHold {
		t.Errorf("removed during the hold: %v", err)
	}

	// A server that does not answer, or refuses, brings nothing up to date.
	before := known.Checked
	w.clock.passes(2 * time.Hour)
	next[call.EndedEvent](t, customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: "780757704"}))
	known = onlyBank(t, customer)
	if !known.Checked.Equal(before) || !known.HoldUntil.IsZero() {
		t.Errorf("after an unknown code: checked %v later, held until %v", known.Checked.Sub(before), known.HoldUntil)
	}
	if err := customer.Remove(t.Context(), known.ID); err != nil {
		t.Errorf("after the hold: %v", err)
	}
	if _, err := customer.Enrol(t.Context(), session.Enrolment{Ticket: w.ticket("C-2", "+48600700900")}); err != nil {
		t.Errorf("enrolling again: %v", err)
	}
}

// TestAgentWorksForOneBank: with two the agent's program could never sign in
// again. The ticket of the second is not used up.
func TestAgentWorksForOneBank(t *testing.T) {
	ours, theirs := newWorld(t, "Example Bank"), newWorld(t, "Northern Trust")
	agent := ours.agent("Anna Kowalska")
	ticket, _, err := theirs.server.Directory().AddAgent(t.Context(), "Anna Kowalska", "Adviser", "Fraud team")
	if err != nil {
		t.Fatal(err)
	}
	_, err = agent.Enrol(t.Context(), session.Enrolment{Ticket: ticket.String()})
	other, ok := errors.AsType[*session.WorksForAnother](err)
	if !ok || other.Known.Name != "Example Bank" || ending.Of(err, "") != ending.Unsupported {
		t.Fatalf("a second bank: %v", err)
	}
	if _, err := agent.SignIn(t.Context(), ""); err != nil {
		t.Errorf("the agent cannot sign in any more: %v", err)
	}
	if err := agent.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := agent.Enrol(t.Context(), session.Enrolment{Ticket: ticket.String()}); err != nil {
		t.Errorf("after leaving the first: %v", err)
	}
}
