//go:build e2e

// This file owns the last words of a call: who ends it while a text of theirs has
// not been acknowledged is told so, and `completed` does not hide it.

package e2e

import (
	"testing"

	"countersign/app/tools/demo/programs"
)

// TestLastWordsThatDidNotLeaveAreTold: the server is gone, and both programs know.
func TestLastWordsThatDidNotLeaveAreTold(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	p := s.secure(b.newAgent(), b.newCustomer())
	p.chat("this arrives", "and this")
	if err := b.server.Signal(killed); err != nil {
		t.Fatal(err)
	}
	s.exit(b.server)
	for _, who := range []*programs.Process{p.agent, p.customer} {
		s.event(who, "alert") // the connection is lost: from now on nothing leaves
		s.types(who, "say the last word")
		s.types(who, "say and another")
		s.types(who, "end")
		// The acknowledgement of what was said before may have been lost with the server.
		if e := s.ends(who, "completed", 0); e.NotArrived != 2 || e.NotConfirmed > 1 {
			t.Errorf("two texts never left, and the ending says %s", e.Line)
		}
	}
}

// TestLastWordsWithoutAnAnswerAreTold: the server stands still, so nobody knows how
// far the first text came; the second was never sent.
func TestLastWordsWithoutAnAnswerAreTold(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	p := s.secure(b.newAgent(), b.newCustomer())
	s.signal(b.server, stopped)
	both := []*programs.Process{p.agent, p.customer}
	for _, who := range both {
		s.types(who, "say the last word")
		s.types(who, "say and another")
		s.types(who, "end")
	}
	for _, who := range both {
		// A sign of life that was on its way would keep the first text back as well.
		if e := s.ends(who, "completed", 0); e.NotArrived+e.NotConfirmed != 2 || e.NotArrived == 0 {
			t.Errorf("one text may have left and one cannot, and the ending says %s", e.Line)
		}
	}
	s.signal(b.server, killed)
	s.exit(b.server)
}
