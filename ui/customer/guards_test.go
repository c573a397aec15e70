// This file owns the tests of what must not slip through between two screens
// or two calls: a bank that goes, a late ending, what was typed, what was found
// on this computer.

package customer

import (
	"strings"
	"testing"

	"countersign/session"
	"countersign/session/computer/remote"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/verdict"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// TestTheLastBankMayGo: another program removes it while home is shown.
func TestTheLastBankMayGo(t *testing.T) {
	sc := quick(t)
	sc.start()
	sc.self.banks = nil
	sc.side.refresh()
	sc.await(NoBank)

	sc = quick(t)
	sc.before = func() { sc.stage.Do(func() { sc.side.state.Banks = nil }) } // while this computer is looked at
	sc.start().press("customer.on_a_call")
	sc.await(NoBank)

	sc = quick(t)
	sc.self.banks = append(sc.self.banks, otherBank(sc.now))
	sc.start().press("customer.on_a_call")
	sc.await(WhichBank)
	sc.self.banks = nil
	sc.side.refresh()
	sc.await(NoBank)
	sc.side.Redraw()
}

// TestWhatWasTypedStaysInItsCall: the box of the next call, perhaps of another
// bank, is empty.
func TestWhatWasTypedStaysInItsCall(t *testing.T) {
	sc := quick(t)
	sc.toSecure()
	sc.enter("customer.message", "my card 4111")
	sc.over(call.EndArrived{Reason: ending.LineLost, Complete: true})
	sc.press("customer.start_again")
	sc.await(HowBegan).press("ask.they_called")
	sc.await(TypeCode).digits(offer.Code(sc.world.FinishedCore().ID()))
	sc.until("the next call is checked", func() bool { return len(sc.self.checked) == 2 })
	sc.play(Green, sc.judge(nil), call.RevealArrived{})
	sc.play(Secure, call.SASOKArrived{})
	if e := sc.named(words.Say("customer.message")).(*parts.Entry); e.Text != "" {
		t.Errorf("the box holds %q", e.Text)
	}
}

// TestAHelpedCallIsNotRememberedAsVerified: neither in the list nor on its page.
func TestAHelpedCallIsNotRememberedAsVerified(t *testing.T) {
	sc := quick(t)
	p := sc.self.past[0]
	p.Unverified = true
	sc.self.past = []session.Past{p}
	if icon, _ := signOf(p); icon == parts.IconShield {
		t.Error("it has the sign of a verified call")
	}
	sc.start().press("customer.past_calls")
	sc.until("the list is there", func() bool { return strings.Contains(sc.texts(), words.Say("verdict.unverified")) })
	sc.side.state.Reading = p
	sc.side.moveTo(PastCall)
	if !sc.shows("customer.receipt.guest") {
		t.Errorf("its page does not say so:\n%s", sc.texts())
	}
}

// TestAFailingLookTakesNothingBack: what was found counts until a look that
// works finds nothing, also after the person went home.
func TestAFailingLookTakesNothingBack(t *testing.T) {
	sc := quick(t)
	anyDesk(sc)
	sc.start().press("customer.on_a_call")
	sc.await(RemoteFound)
	sc.found, sc.lookErr = nil, ending.Because(ending.Unsupported, "")
	sc.press("customer.remote.again")
	sc.until("this computer was looked at again", func() bool { return !sc.side.state.Check.Looking })
	if k := sc.side.state.Kind(); k != RemoteFound {
		t.Fatalf("a look that failed leads to screen %s", k)
	}
	sc.press("customer.close")
	sc.await(Home).press("customer.on_a_call")
	sc.await(RemoteFound)
	sc.lookErr = nil
	sc.press("customer.remote.again")
	sc.await(HowBegan)
}

// TestALateEndingStaysInItsCall: the ending of a call that the person has left
// does not end the next one.
func TestALateEndingStaysInItsCall(t *testing.T) {
	sc := quick(t)
	sc.toCheck()
	out := claims(verdict.Unverified, false, ending.Offline)
	sc.self.call.events <- out
	sc.await(Amber)
	late := sc.self.call
	sc.press("customer.try_again")
	sc.await(TypeCode).digits(offer.Code(sc.world.FinishedCore().ID()))
	sc.until("the next call is checked", func() bool { return sc.side.state.Story.Phase == call.Looking })
	sc.endsLate(late, ending.Offline)
	if sc.side.running == nil || sc.side.state.Story.Over || !sc.page.Busy {
		t.Error("the ending of one call ended another")
	}
}

// TestALateEndingMeetsNobodyDuringTheLook: also while this computer is looked
// at and the next call has not begun.
func TestALateEndingMeetsNobodyDuringTheLook(t *testing.T) {
	sc := quick(t)
	sc.toCheck()
	sc.self.call.events <- claims(verdict.Unverified, false, ending.Offline)
	sc.await(Amber)
	late := sc.self.call
	release := make(chan struct{})
	sc.before = func() { <-release }
	sc.side.send()
	sc.endsLate(late, ending.Offline)
	if sc.side.state.Story.Over {
		t.Error("the ending of one call ended the look before another")
	}
	close(release)
}

// TestEscDoesNotHideAnAmberVerdictThatJustCame: nobody has read it yet.
func TestEscDoesNotHideAnAmberVerdictThatJustCame(t *testing.T) {
	sc := quick(t)
	sc.toCheck()
	sc.now = sc.now.Add(shell.Rest)
	sc.self.call.events <- claims(verdict.Unverified, false, ending.Offline)
	sc.await(Amber).page.Back()
	if k := sc.side.state.Kind(); k != Amber {
		t.Errorf("it leads to screen %s", k)
	}
}

// TestTheProgramWaitsUntilTheCallIsKept: its end is told earlier.
func TestTheProgramWaitsUntilTheCallIsKept(t *testing.T) {
	sc := quick(t)
	sc.toGreen()
	sc.self.call.events <- call.EndedEvent{Reason: ending.Completed}
	sc.until("the call is over", func() bool { return sc.side.state.Story.Over })
	kept := sc.side.Stop()
	select {
	case <-kept:
		t.Fatal("nobody waits for what is kept")
	default:
	}
	if sc.page.Busy {
		t.Error("a call that is over is still under way")
	}
	close(sc.self.call.events)
	sc.until("the call is kept", func() bool {
		select {
		case <-kept:
			return true
		default:
			return false
		}
	})
}

// TestAmberAfterGreenSaysWhy: the verdict's reasons are none, the ending's is.
func TestAmberAfterGreenSaysWhy(t *testing.T) {
	sc := quick(t)
	sc.toSecure()
	sc.self.call.events <- call.EndedEvent{Reason: ending.ServerDown}
	sc.await(Amber)
	first, _ := words.FirstSentence(words.Ending(ending.ServerDown, sc.side.state.Story.family()))
	if !strings.Contains(sc.texts(), first) {
		t.Errorf("%q is missing:\n%s", first, sc.texts())
	}
}

// TestCodesAreForgottenOnceTheyAreUsed: the nine digits when the answers have
// left, the six when the connection check is done.
func TestCodesAreForgottenOnceTheyAreUsed(t *testing.T) {
	for name, last := range map[string]call.Event{"secure": call.Secured{}, "over": ended(ending.Completed)} {
		s := State{At: InCall, Check: Check{Digits: "123456789"}}
		for _, e := range append(green(), call.ReadbackShown{Code: readback}) {
			s = s.After(e, noon)
		}
		if s.Check.Digits != "" || s.Story.Readback != readback {
			t.Errorf("before: digits %q, read-back %q", s.Check.Digits, s.Story.Readback)
		}
		if got := s.After(last, noon).Story.Readback; got != "" {
			t.Errorf("%s: the read-back %q stays", name, got)
		}
	}
}

// TestThisComputerIsLookedAtBeforeABankIsAdded: whoever sees the screen would
// read the code of the letter. Once the program is ended, adding goes on.
func TestThisComputerIsLookedAtBeforeABankIsAdded(t *testing.T) {
	for _, then := range []string{"customer.remote.again", "customer.family"} {
		sc := quick(t)
		sc.found = []remote.Finding{{Name: "AnyDesk"}}
		sc.start().press("customer.add_bank")
		if sc.await(RemoteFound); sc.page.Mood != look.Stopped {
			t.Errorf("mood %v", sc.page.Mood)
		}
		sc.found = nil
		sc.press(then)
		if then == "customer.family" {
			if !sc.shows("customer.family.adding") || sc.shows("customer.family.cost") {
				t.Errorf("what help costs is not told:\n%s", sc.texts())
			}
			sc.press("customer.family.go_on")
		}
		sc.await(AskPrompted)
	}
}

// TestHelpIsAskedAboutForEveryCode: a new code is a new offer.
func TestHelpIsAskedAboutForEveryCode(t *testing.T) {
	sc := quick(t)
	anyDesk(sc)
	sc.start().press("customer.on_a_call")
	sc.await(RemoteFound).press("customer.family")
	sc.press("customer.family.go_on")
	sc.await(HowBegan).press("ask.they_called")
	code := offer.Code(sc.world.FinishedCore().ID())
	sc.await(TypeCode).digits(code)
	sc.until("the call is being checked", func() bool { return sc.self.call != nil })
	sc.over(call.LookupFailed{Reason: ending.Busy})
	sc.press("customer.try_again")
	sc.await(TypeCode)
	if sc.side.state.Check.Helped {
		t.Error("help for one code counts for the next")
	}
	sc.side.typed(code)
	sc.await(RemoteFound)
}
