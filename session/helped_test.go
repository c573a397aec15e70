// This file tests calls of customers whom somebody helps through a
// remote-control program: amber at best, plain text only.

package session_test

import (
	"slices"
	"testing"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict"
)

// TestHelpedCallIsNeverGreen: the call goes on like a guest's, with read-back
// and text, and no event of it ever says verified.
func TestHelpedCallIsNeverGreen(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	a := agent.Call(t.Context(), bankCalls("C-1"))
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code, Helped: true})
	out := next[call.VerdictGiven](t, c).Output
	if out.Result != verdict.Unverified || !slices.Equal(out.Reasons, []ending.Reason{ending.RemoteControl}) {
		t.Errorf("the helped verdict is %v %v", out.Result, out.Reasons)
	}
	if shown := out.Shown(); shown.Result != verdict.Unverified || shown.Name != "Anna Kowalska" {
		t.Errorf("shown is %+v", shown)
	}
	becomesSecure(t, a, c)
	c.Say("hello")
	if got := next[call.Message](t, a).Text; got != "hello" {
		t.Errorf("agent read %q", got)
	}
	a.End()
	for e := range c.Events() {
		if given, again := e.(call.VerdictGiven); again {
			t.Errorf("the verdict changed to %v", given.Output.Result)
		}
		if end, ended := e.(call.EndedEvent); ended && end.Reason != ending.Completed {
			t.Errorf("ended as %s", end.Reason)
		}
	}
	endsAs(t, a, ending.Completed)
	past, err := customer.History(t.Context())
	if got := lastOf(t, past, err, 1); !got.Unverified || got.Guest || got.Reason != ending.Completed {
		t.Errorf("remembered as %+v", got)
	}
}

// TestHelpLiftsNoStop: what stops a call stops it for a helped customer too,
// and is reported.
func TestHelpLiftsNoStop(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	a := agent.Call(t.Context(), bankCalls("C-1"))
	c := customer.Verify(t.Context(), session.Verification{Answers: iCalled, Code: next[call.CodeShown](t, a).Code, Helped: true})
	out := next[call.VerdictGiven](t, c).Output
	if out.Result != verdict.Stopped || out.Reasons[0] != ending.WrongDirection {
		t.Errorf("the verdict is %v %v", out.Result, out.Reasons)
	}
	endsAs(t, c, ending.WrongDirection)
	endsAs(t, a, ending.WrongDirection)
}
