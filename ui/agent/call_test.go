// This file owns the tests of the reducer: what a call's events make of the
// call that is shown.

package agent

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
)

// after folds events into a call, one second apart.
func after(c Story, events ...call.Event) Story {
	for i, e := range events {
		c = c.After(e, noon.Add(time.Duration(i)*time.Second))
	}
	return c
}

func inPhase(p call.AgentPhase) Story { return Story{AgentStory: call.AgentStory{Phase: p}} }

func TestTheTimeLineFollowsThePhases(t *testing.T) {
	for _, c := range []struct {
		phase   call.AgentPhase
		current Step
	}{
		{call.Preparing, StepShown}, {call.Creating, StepShown}, {call.Open, StepOpened}, {call.Admitting, StepDevice},
		{call.Revealed, StepCheck}, {call.ReadBack, StepCheck}, {call.Securing, StepSecure},
		{call.Secure, stepCount}, {call.Ended, stepCount},
	} {
		_, events := until(t, c.phase)
		got := after(Story{}, events...)
		if got.Phase != c.phase || got.current() != c.current {
			t.Errorf("%s: phase %s, step %d awaited, not %d", c.phase, got.Phase, got.current(), c.current)
		}
	}
}

func TestARefusedDeviceTakesTheTimeLineBack(t *testing.T) {
	machine, events := until(t, call.Admitting)
	c := after(Story{}, events...)
	_, more := told(machine, call.AdmitFailed{Reason: ending.Guest})
	c = after(c, more...)
	if c.current() != StepOpened || !c.Refused || c.Code == "" {
		t.Errorf("%+v", c)
	}
	c = c.After(call.Moved[call.AgentPhase]{Phase: call.Admitting}, noon)
	if c.Refused {
		t.Error("the next device is still told as refused")
	}
}

func TestWhatRunsOut(t *testing.T) {
	for _, c := range []struct {
		phase call.AgentPhase
		left  time.Duration
		all   time.Duration
	}{
		{call.Open, offer.Lifetime, offer.Lifetime}, {call.Admitting, offer.Lifetime, offer.Lifetime},
		{call.Revealed, 0, 0}, {call.ReadBack, call.ReadbackWindow, call.ReadbackWindow},
		{call.Securing, 0, 0}, {call.Secure, 0, 0}, {call.Ended, 0, 0},
	} {
		_, events := until(t, c.phase)
		got := Story{}
		for _, e := range events {
			got = got.After(e, noon)
		}
		if left := got.left(noon); left != c.left || left > 0 && got.window() != c.all {
			t.Errorf("%s: %v of %v left, not %v", c.phase, left, got.window(), c.left)
		}
		if got.left(noon.Add(time.Hour)) != 0 {
			t.Errorf("%s: time is left after it ran out", c.phase)
		}
	}
}

func TestTheCodeIsShownOnlyWhileItMatters(t *testing.T) {
	for _, phase := range call.AgentPhases() {
		_, events := until(t, phase)
		c := after(Story{}, events...)
		if shown := c.Code != ""; shown != (!phase.Starting() && phase != call.Secure && phase != call.Ended) {
			t.Errorf("%s: the code is shown: %t", phase, shown)
		}
		if frame := c.Frame != ""; frame != phase.Offering() {
			t.Errorf("%s: a QR code is kept: %t", phase, frame)
		}
	}
}

func TestWrongDigitsLeaveTries(t *testing.T) {
	machine, events := until(t, call.ReadBack)
	c := after(Story{}, events...)
	for tries := call.Tries - 1; tries > 0; tries-- {
		machine, events = told(machine, call.ReadbackTyped{})
		if c = after(c, events...); !c.Wrong || c.TriesLeft != tries {
			t.Errorf("%d tries left, not %d", c.TriesLeft, tries)
		}
	}
	_, events = told(machine, call.ReadbackTyped{Right: true})
	if c = after(c, events...); c.Wrong {
		t.Error("the right digits are still told as wrong")
	}
}

func TestACallThatIsClosingKeepsItsScreen(t *testing.T) {
	_, events := until(t, call.Secure)
	s := State{At: InCall, Call: after(Story{}, events...)}
	s = s.After(call.Moved[call.AgentPhase]{Phase: call.Ended}, noon)
	if s.Kind() != Secure || !s.Call.closing() {
		t.Errorf("while it closes: %s", s.Kind())
	}
	if s = s.After(call.EndedEvent{Reason: ending.Completed}, noon); s.Kind() != Receipt || s.inCall() {
		t.Errorf("after its end: %s", s.Kind())
	}
}

func TestWhatDidNotStartGoesBackToTheForm(t *testing.T) {
	for reason, want := range map[ending.Reason]struct {
		kind    Kind
		problem ending.Reason
		ask     bool
	}{
		ending.UnknownCode: {Home, ending.UnknownCode, false},
		ending.WrongNumber: {Home, ending.WrongNumber, false},
		ending.OnHold:      {Home, ending.OnHold, false},
		ending.Cancelled:   {Home, "", false},
		ending.NotACode:    {SignIn, ending.NotACode, true},
	} {
		s := State{At: InCall, Form: filled, Call: Story{Form: filled, AgentStory: call.AgentStory{Phase: call.Preparing}}}
		s = s.After(call.Moved[call.AgentPhase]{Phase: call.Ended}, noon).After(call.EndedEvent{Reason: reason}, noon)
		if s.Kind() != want.kind || s.Problem != want.problem || s.Ask != want.ask || s.Form != filled {
			t.Errorf("%s: %+v", reason, s)
		}
	}
}

// inputs are all that can happen to an agent's call.
func inputs() []call.Input {
	return []call.Input{
		call.Begin{}, call.Prepared{}, call.PrepareFailed{Reason: ending.Busy}, call.Created{Code: "482913057", Remain: time.Minute},
		call.CreateFailed{Reason: ending.UsedCode}, call.Replied{Companion: "a"}, call.Replied{Companion: "b"},
		call.Replied{Companion: "a", Reason: ending.Forged}, call.Replied{Companion: "a", Again: true},
		call.DeclineArrived{Reason: ending.Declined}, call.Admitted{}, call.Admitted{Enrolled: true}, call.Admitted{Reason: ending.Revoked},
		call.AdmitFailed{Reason: ending.Guest}, call.AdmitFailed{Reason: ending.OnHold}, call.ConfirmArrived{},
		call.ReadbackTyped{}, call.ReadbackTyped{Right: true}, call.AuthorityTold{}, call.AuthorityRefused{Reason: ending.OnHold},
		call.Say{Text: "x"}, call.End{}, call.ConnectionDown{}, call.ConnectionUp{}, call.ConnectionFailed{Reason: ending.WrongServerKey},
		call.Heard{}, call.TextArrived{Text: "x"}, call.EndArrived{Reason: ending.Completed, Complete: true},
		call.RecordBroken{Reason: ending.Forged}, call.Notice{Reason: ending.Superseded}, call.Warned{}, call.Refreshed{},
		call.Fired{Timer: call.TimerPatience}, call.Fired{Timer: call.TimerExpiry}, call.Fired{Timer: call.TimerFrame},
		call.Fired{Timer: call.TimerQuiet}, call.Fired{Timer: call.TimerLost},
	}
}

// TestTheScreenNeverRunsAhead drives the real machine with anything and holds
// the screen to it: the script opens, and text can be typed, only while the
// machine says that the call is secure; a code stands there only while the
// machine still offers it or checks its answer.
func TestTheScreenNeverRunsAhead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		machine, s := call.Agent{}, State{At: InCall, Form: filled, Call: Story{Form: filled}}
		onward := 0 // how far along the good path the story is
		for range rapid.IntRange(0, 40).Draw(t, "length") {
			in := rapid.SampledFrom(inputs()).Draw(t, "input")
			if onward < len(path) && rapid.IntRange(0, 3).Draw(t, "onward") > 0 {
				in = path[onward]
				onward++
			}
			var events []call.Event
			before := s
			machine, events = told(machine, in)
			for _, e := range events {
				s = s.After(e, noon)
			}
			if s.At != InCall {
				if before.Call.Offered || machine.Phase != call.Ended {
					t.Fatalf("%T left the call's screens in %s", in, machine.Phase)
				}
				return
			}
			if s.Call.Phase != machine.Phase {
				t.Fatalf("the screen is at %s, the call at %s", s.Call.Phase, machine.Phase)
			}
			secure := machine.Phase == call.Secure
			if (s.Kind() == Secure) != secure || (scriptState(s.Call) == scriptState(inPhase(call.Secure))) != secure {
				t.Fatalf("in %s the screen is %s", machine.Phase, s.Kind())
			}
			if s.Call.Code != "" && (machine.Phase.Starting() || machine.Phase == call.Secure || machine.Phase == call.Ended) {
				t.Fatalf("a code is shown in %s", machine.Phase)
			}
			if machine.Phase == call.Ended && s.Kind() != Receipt {
				t.Fatalf("the call has ended, the screen is %s", s.Kind())
			}
		}
	})
}
