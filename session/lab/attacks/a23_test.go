//go:build unix

// A23: somebody sees or steers the customer's screen. The companion looks for
// known programs before it takes a code; a helper whom the person trusts costs
// green; what hides is not found, and the agent's side is never told.

package attacks_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"countersign/session"
	"countersign/session/computer/remote"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict"
)

// runs starts a program that does nothing but wait, under a name, and returns
// what ends it.
func runs(t *testing.T, name string) (end func()) {
	t.Helper()
	cat, err := exec.LookPath("cat")
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(cat)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = from.Close() }()
	path := filepath.Join(t.TempDir(), name)
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	program := exec.Command(path)
	input, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(input.Close(), program.Wait()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// finds reports whether the look for remote control names AnyDesk.
func finds(t *testing.T) bool {
	t.Helper()
	found, err := remote.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(found, func(f remote.Finding) bool { return f.Name == "AnyDesk" })
}

func TestAttackA23AKnownProgram(t *testing.T) {
	if finds(t) {
		t.Fatal("AnyDesk is running on this computer: end it, or this test shows nothing")
	}
	end := runs(t, "anydesk")
	if !finds(t) {
		t.Error("a remote-support program runs and is not found")
	}
	end()
	if finds(t) {
		t.Error("a remote-support program that has ended is found")
	}
	outcome(t, "A23", attacks.Stopped, "a known remote-support program is found before a code is taken")
}

// TestAttackA23AHelperIsNeverGreen: "somebody I trust helps me" costs green and
// lifts no stop.
func TestAttackA23AHelperIsNeverGreen(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	customer := w.customer("C-1").checks(session.Verification{Answers: theyCalled, Code: agent.code(), Helped: true})
	out := next[call.VerdictGiven](customer).Output
	if out.Result != verdict.Unverified || !slices.Equal(out.Reasons, []ending.Reason{ending.RemoteControl}) {
		t.Errorf("a helped check is %s %v", out.Result, out.Reasons)
	}
	secured(agent, customer)
	agent.End()
	agent.ends(ending.Completed)
	customer.ends(ending.Completed)
	agent = w.agent(anna).dials("C-1")
	w.customer("C-1").checks(session.Verification{Answers: iCalled, Code: agent.code(), Helped: true}).ends(ending.WrongDirection)
	outcome(t, "A23", attacks.Stopped, "with a helper on the screen a call is never green, and what is red stays red")
}

// TestAttackA23AHiddenProgram shows what is left: under another name the same
// program is not found, the call is green, and the agent knows nothing.
func TestAttackA23AHiddenProgram(t *testing.T) {
	end := runs(t, "holiday-photos")
	defer end()
	if finds(t) {
		t.Error("a renamed program is found: the row of A23 can be improved")
	}
	w := newWorld(t)
	agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	says(agent, customer, "somebody reads along")
	outcome(t, "A23", attacks.Limited, "a program that hides its name is not found, and then green means nothing: best effort, and said so")
}
