//go:build e2e

// This file owns links and second starts: they fill the form of the window that
// is open, and nothing more.

package e2e

import (
	"context"
	"testing"

	"countersign/app/tools/demo/people"
	"countersign/app/tools/demo/programs"
	"countersign/ui/words"
)

func TestLinkFillsTheFormOfTheOpenWindowAndStartsNothing(t *testing.T) {
	s := newWindowScene(t)
	b := s.openBank()
	agent, customer := b.newAgent(), b.newCustomer()
	a := people.Agent{Person: agent.atWindow()}
	s.do(a.SignsIn)
	open := func(link string) (status int) {
		t.Helper()
		second := s.start("second start", programs.Command{
			Path: program("countersign"), Args: []string{"--home", agent.home, link}, Env: append(agent.env, a.Env()...),
		})
		return s.exit(second)
	}
	if status := open("countersign://call?customer=" + customer.reference + "&direction=bank-called&purpose=transfer"); status != 0 {
		t.Fatalf("the second start ended with status %d", status)
	}
	// What the bank knows of this customer stands beside the reference.
	known := words.Say("agent.form.number", words.With{"Digits": customer.phone[len(customer.phone)-4:]})
	s.do(reads(a.Person, "agent.form.filled"), with(a.Reads, known))
	for _, hostile := range []string{
		"countersign://call?customer=C-1&start=1", "countersign://enrol?ticket=CT1:x", "countersign://call?customer=C-1&customer=C-2",
	} {
		if status := open(hostile); status != 2 {
			t.Errorf("%s ended with status %d", hostile, status)
		}
	}
	s.do(with(a.Reads, known))
	s.neverSaw(a.Person, "agent.starting.title")
	s.neverSaw(a.Person, "agent.live.title")

	// A person's press does, once the form has been there for a moment.
	s.do(func(ctx context.Context) error { return a.Insists(ctx, "ctrl+Return", "agent.live.title") })
	s.learn(a.Code)
}
