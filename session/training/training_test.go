// This file tests that the training bank works like a bank and leaves nothing
// behind: no file, no port, no entry in a keyring.

package training_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/training"
)

// patience bounds how long a test waits for an event that must come.
const patience = 30 * time.Second

// next waits for an event of type E and drops the others before it.
func next[E call.Event](t *testing.T, c *session.Call) E {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e, open := <-c.Events():
			if found, ok := e.(E); ok {
				return found
			}
			if end, ended := e.(call.EndedEvent); ended {
				t.Fatalf("ended as %s", end.Reason)
			}
			if !open {
				t.Fatal("the events ended")
			}
		case <-timeout:
			t.Fatalf("no %T", *new(E))
		}
	}
}

func endsAs(t *testing.T, c *session.Call, want ending.Reason) {
	t.Helper()
	for e := range c.Events() {
		if end, ended := e.(call.EndedEvent); ended && end.Reason != want {
			t.Errorf("ended as %s, not %s", end.Reason, want)
		}
	}
}

func open(t *testing.T) *training.Bank {
	t.Helper()
	b, err := training.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// TestACallAsBetweenComputers: both people are there at once, and a whole call works.
func TestACallAsBetweenComputers(t *testing.T) {
	b := open(t)
	shift, err := b.Agent().Shift(t.Context())
	if err != nil || shift.Name != training.AgentName || shift.Bank.Name != training.BankName {
		t.Errorf("the agent's shift is %+v, %v", shift, err)
	}
	a := b.Agent().Call(t.Context(), session.Offering{Customer: training.Reference, Direction: offer.BankCalled, Purpose: trust.CardPayment})
	c := b.Customer().Verify(t.Context(), session.Verification{Answers: offer.Answers{How: offer.TheyCalled}, Code: next[call.CodeShown](t, a).Code})
	if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Verified {
		t.Errorf("the verdict is %v %v", out.Result, out.Reasons)
	}
	a.Readback(next[call.ReadbackShown](t, c).Code)
	next[call.Secured](t, a)
	next[call.Secured](t, c)
	c.Say("hello")
	if text := next[call.Message](t, a).Text; text != "hello" {
		t.Errorf("the agent reads %q", text)
	}
	a.End()
	endsAs(t, a, ending.Completed)
	endsAs(t, c, ending.Completed)
}

// TestNothingIsLeftBehind looks for every trace that a bank could leave.
func TestNothingIsLeftBehind(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	// With an address at which nobody answers, whoever asks for a keyring fails.
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(temporary, "nobody"))
	home := t.TempDir()
	for _, variable := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(variable, home)
	}
	before := traces(t)
	b := open(t)
	if len(traces(t)) != len(before)+1 {
		t.Errorf("a bank has its folder in one place: %v", traces(t))
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if after := traces(t); !slices.Equal(after, before) {
		t.Errorf("left behind: %v", after)
	}
	for _, place := range []string{temporary, home} {
		if left, err := os.ReadDir(place); err != nil || len(left) != 0 {
			t.Errorf("left in %s: %v %v", place, left, err)
		}
	}
	if err := b.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

// traces are the folders of this process's training banks.
func traces(t *testing.T) (found []string) {
	t.Helper()
	for _, place := range []string{"/dev/shm", os.TempDir()} {
		matches, err := filepath.Glob(filepath.Join(place, fmt.Sprintf("countersign-training-%d-*", os.Getpid())))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, matches...)
	}
	return found
}

func TestOpenThatFailsLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	before := traces(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if b, err := training.Open(ended, nil); err == nil {
		_ = b.Close()
		t.Fatal("it opened although nobody wants it any more")
	}
	if after := traces(t); !slices.Equal(after, before) {
		t.Errorf("left behind: %v", after)
	}
}

// TestOtherServersAreOutOfReach: a ticket of a real bank does not lead out of
// the training.
func TestOtherServersAreOutOfReach(t *testing.T) {
	b := open(t)
	_, err := b.Customer().Enrol(t.Context(), session.Enrolment{Ticket: "CT1:127.0.0.1:4222/AAAA-AAAA-AAAA-AAAA"})
	if ending.Of(err, "") != ending.ServerDown || !strings.Contains(err.Error(), "training reaches no server but its own") {
		t.Errorf("enrolling elsewhere: %v", err)
	}
}

func TestTwoBanksAtOnce(t *testing.T) {
	first, second := open(t), open(t)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Agent().SignIn(t.Context(), ""); err != nil {
		t.Errorf("the second bank after the first has closed: %v", err)
	}
}
