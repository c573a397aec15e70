// This file owns the tests of the state: which screen a call's story has, and
// what the screens add to it.

package customer

import (
	"slices"
	"testing"
	"time"

	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

var noon = time.Unix(1_790_000_000, 0)

// told is the state of a call that has told these events.
func told(events ...call.Event) State {
	s := State{At: InCall}
	for _, e := range events {
		s = s.After(e, noon)
	}
	return s
}

// claims is an offer whose every claim is a word of its own, as far as people
// read it.
func claims(result verdict.Result, reply bool, reasons ...ending.Reason) call.VerdictGiven {
	return call.VerdictGiven{Output: verdict.Output{
		Result: result, Reply: reply, Reasons: reasons,
		Core:       offer.Core{Direction: offer.BankCalled, Purpose: trust.CardPayment, Line: "6789", Start: 1},
		Credential: &trust.Credential{Name: "Anna Kowalska", Role: "Specialist", Department: "Fraud team"},
		Bundle:     &trust.Bundle{}, Naming: verdict.Naming{Name: "Example Bank", Domain: "examplebank.com"},
		Content: &trust.Content{Purposes: []trust.PurposeText{{Purpose: trust.CardPayment, Sentences: map[string]string{"en": "About a card payment"}}}},
	}}
}

func moved(p call.CustomerPhase) call.Event { return call.Moved[call.CustomerPhase]{Phase: p} }
func ended(r ending.Reason) call.Event      { return call.EndedEvent{Reason: r} }
func alert(k call.AlertKey) call.Event      { return call.AlertEvent{Key: k} }
func stoppedBy(r ending.Reason) call.Event  { return claims(verdict.Stopped, false, r) }
func green() []call.Event {
	return []call.Event{moved(call.Looking), moved(call.Replying), moved(call.ReadBack), claims(verdict.Verified, true)}
}
func after(e []call.Event, more ...call.Event) []call.Event { return append(slices.Clip(e), more...) }

func TestWhichScreen(t *testing.T) {
	guestGoesOn := []call.Event{moved(call.Looking), moved(call.Replying), moved(call.ReadBack), claims(verdict.Unverified, true, ending.Guest)}
	for _, row := range []struct {
		name   string
		events []call.Event
		want   Kind
	}{
		{"nothing told yet", nil, Checking},
		{"looking", []call.Event{moved(call.Looking)}, Checking},
		{"replying", []call.Event{moved(call.Looking), moved(call.Replying)}, Checking},
		{"no green before the verdict is told", []call.Event{moved(call.ReadBack)}, Checking},
		{"verified", green(), Green},
		{"a guest goes on", guestGoesOn, Guest},
		{"secure", after(green(), moved(call.Secure), call.Secured{}), Secure},
		{"secure for a guest", after(guestGoesOn, moved(call.Secure), call.Secured{}), GuestTalk},
		{"stopped while it is reported", []call.Event{moved(call.Looking), moved(call.Reporting), stoppedBy(ending.WrongDirection)}, Red},
		{"stopped and over", []call.Event{moved(call.Looking), moved(call.Ended), stoppedBy(ending.NotForYou), ended(ending.NotForYou)}, Red},
		{"stopped, whatever the relay says at the end", []call.Event{stoppedBy(ending.WrongNumber), ended(ending.Completed)}, Red},
		{"a stop that a new code mends", []call.Event{stoppedBy(ending.Expired), ended(ending.Expired)}, NewCode},
		{"unknown bank", []call.Event{stoppedBy(ending.UnknownBank)}, Red},
		{"amber that ends", []call.Event{claims(verdict.Unverified, false, ending.Offline), ended(ending.Offline)}, Amber},
		{"not even looked up", []call.Event{moved(call.Looking), moved(call.Ended), ended(ending.ServerDown)}, Amber},
		{"busy", []call.Event{moved(call.Looking), ended(ending.Busy)}, NewCode},
		{"cancelled", []call.Event{moved(call.Looking), ended(ending.Cancelled)}, Receipt},
		{"completed", after(green(), moved(call.Secure), call.Secured{}, moved(call.Ended), ended(ending.Completed)), Receipt},
		{"forged in the call", after(green(), moved(call.Secure), call.Secured{}, ended(ending.Forged)), Red},
		{"the end is near, and not yet told", after(green(), moved(call.Secure), call.Secured{}, moved(call.Ended)), Secure},
		{"reported", after(green(), moved(call.Reporting)), Reporting},
		{"reported and over", after(green(), moved(call.Reporting), moved(call.Ended), ended(ending.Reported)), Red},
	} {
		if got := told(row.events...).Kind(); got != row.want {
			t.Errorf("%s: screen %s, want %s", row.name, got, row.want)
		}
	}
}

// TestAnEndingThatNobodyThoughtOfIsRed: every ending has a screen, and only
// those that are known to be harmless are not red.
func TestAnEndingThatNobodyThoughtOfIsRed(t *testing.T) {
	if k := told(ended("a name from outside")).Kind(); k != Red {
		t.Errorf("an unknown ending has screen %s", k)
	}
	for _, r := range ending.All() {
		switch k := kindOf(r); k {
		case Red, NewCode, Amber, Receipt:
		default:
			t.Errorf("%s has screen %s", r, k)
		}
	}
}

func TestTheNumberIsOnlyOneOfThePersonsOwn(t *testing.T) {
	s := State{At: InCall}
	s.Check.Bank.OwnLines = []string{"1111"}
	if st := s.After(claims(verdict.Verified, true), noon).Story; st.OwnNumber != "" {
		t.Errorf("a number of the offer alone is told: %q", st.OwnNumber)
	}
	s.Check.Bank.OwnLines = []string{"1111", "6789"}
	if st := s.After(claims(verdict.Verified, true), noon).Story; st.OwnNumber != "6789" {
		t.Errorf("own number %q", st.OwnNumber)
	}
}

func TestTheLineThatIsBackIsNoNote(t *testing.T) {
	st := told(alert(call.AlertEarlier), alert(call.AlertLost), alert(call.AlertBack)).Story
	if st.Lost || !slices.Equal(st.notes(), []call.AlertKey{call.AlertEarlier}) {
		t.Errorf("lost %v, notes %v", st.Lost, st.notes())
	}
}

// TestNoSecondTry: a stop by what the person answered, and an answer that
// nobody is sure of, leave no button for another try.
func TestNoSecondTry(t *testing.T) {
	for _, r := range ending.All() {
		st := told(stoppedBy(r), ended(r)).Story
		if kindOf(r) == Red && st.mayRetry() {
			t.Errorf("%s offers another try", r)
		}
	}
	if st := told(claims(verdict.Unverified, false, ending.NotSure), ended(ending.NotSure)).Story; st.mayRetry() {
		t.Error("not_sure offers another try")
	}
}

func TestAnswersStayOnlyWhereNothingWasShownOrSent(t *testing.T) {
	for _, row := range []struct {
		name   string
		events []call.Event
		want   bool
	}{
		{"server down", []call.Event{moved(call.Looking), ended(ending.ServerDown)}, true},
		{"expired before anything", []call.Event{moved(call.Looking), stoppedBy(ending.Expired), ended(ending.Expired)}, true},
		{"offline, nothing shown", []call.Event{claims(verdict.Unverified, false, ending.Offline), ended(ending.Offline)}, true},
		{"the reply was sent", []call.Event{moved(call.Looking), moved(call.Replying), ended(ending.LineLost)}, false},
		{"green was shown", after(green(), ended(ending.Expired)), false},
	} {
		if got := told(row.events...).Story.keepsAnswers(); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

// TestTheEndClosesTheQuestion: a call that ends while the person is asked
// whether something is wrong asks no more.
func TestTheEndClosesTheQuestion(t *testing.T) {
	s := told(after(green(), moved(call.Secure), call.Secured{})...)
	s.Story.AskingWrong = true
	if k := s.Kind(); k != AskWrong {
		t.Fatalf("screen %s", k)
	}
	if k := s.After(moved(call.Ended), noon).After(ended(ending.Completed), noon).Kind(); k != Receipt {
		t.Errorf("screen %s", k)
	}
}
