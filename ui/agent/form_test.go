// This file owns the tests of the form and of tickets as plain values.

package agent

import (
	"slices"
	"testing"

	"countersign/session"
	"countersign/session/computer/screenpop"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/ui/words"
)

func TestWhatAFormNeeds(t *testing.T) {
	one, several := shift, shift
	several.Bank.Lines = []string{"+48221112233", "+48221112244"}
	incoming := Form{Reference: "C-1", Direction: offer.CustomerCalled, Purpose: trust.Transfer}
	with := func(f Form, line string) Form { f.Line = line; return f }
	for name, c := range map[string]struct {
		form  Form
		shift session.Shift
		want  []string
	}{
		"nothing":               {Form{}, one, []string{"agent.form.missing_reference", "agent.form.missing_direction", "agent.form.missing_purpose"}},
		"blanks":                {Form{Reference: "  ", Direction: offer.BankCalled, Purpose: trust.Transfer}, one, []string{"agent.form.missing_reference"}},
		"all":                   {filled, one, nil},
		"a number that is none": {with(filled, "12"), one, []string{"agent.form.missing_number"}},
		"a number with letters": {with(filled, "0800 FLOWERS"), one, []string{"agent.form.missing_number"}},
		"an extension":          {with(filled, "22 111 22 33 ext. 4"), one, []string{"agent.form.missing_number"}},
		"a number":              {with(filled, "+48 600 123 789"), one, nil},
		"a number of here":      {with(filled, "600 123 789"), one, nil},
		"a number of elsewhere": {with(filled, "+44 (0)20 7946 0958"), one, nil},
		"the only line":         {incoming, one, nil},
		"which line":            {incoming, several, []string{"agent.form.missing_line"}},
		"that line":             {with(incoming, "+48221112244"), several, nil},
	} {
		if got := c.form.missing(c.shift); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAProgramFillsInOnlyWhatTheShiftAllows(t *testing.T) {
	limited := shift
	limited.Purposes = []trust.Purpose{trust.Transfer}
	for name, c := range map[string]struct {
		request screenpop.Request
		want    Form
	}{
		"purpose of another role": {screenpop.Request{Customer: "C-1", Purpose: trust.CardPayment},
			Form{Reference: "C-1", Source: ByProgram}},
		"own purpose": {screenpop.Request{Customer: "C-1", Purpose: trust.Transfer},
			Form{Reference: "C-1", Purpose: trust.Transfer, Source: ByProgram}},
		"somebody else's line": {screenpop.Request{Customer: "C-1", Direction: offer.CustomerCalled, Line: "+48999999999"},
			Form{Reference: "C-1", Direction: offer.CustomerCalled, Source: ByProgram}},
		"the bank's line": {screenpop.Request{Customer: "C-1", Direction: offer.CustomerCalled, Line: bank.Lines[0]},
			Form{Reference: "C-1", Direction: offer.CustomerCalled, Line: bank.Lines[0], Source: ByProgram}},
		"the bank's line, as its country writes it": {screenpop.Request{Customer: "C-1", Direction: offer.CustomerCalled, Line: "0221112233"},
			Form{Reference: "C-1", Direction: offer.CustomerCalled, Line: bank.Lines[0], Source: ByProgram}},
		"the customer's line": {screenpop.Request{Customer: "C-1", Direction: offer.BankCalled, Line: "+48600123789"},
			Form{Reference: "C-1", Direction: offer.BankCalled, Line: "+48600123789", Source: ByProgram}},
	} {
		if got := fromProgram(c.request).allowed(limited); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAnOfferingIsTheForm(t *testing.T) {
	for typed, line := range map[string]string{
		"+48 600 123 789": "+48600123789", "600-123-789": "+48600123789", "+48 (0)22 111 22 33": "+48221112233", "+44 (0)20 7946 0958": "+442079460958", " ": "",
	} {
		f := Form{Reference: " C-1001 ", Direction: offer.BankCalled, Purpose: trust.Transfer, Line: typed}
		want := session.Offering{Customer: "C-1001", Direction: offer.BankCalled, Purpose: trust.Transfer, Line: line}
		if got := f.offering(shift); got != want {
			t.Errorf("%q: %+v", typed, got)
		}
	}
}

// TestANumberIsSeenAsItIsUnderstood before it is used.
func TestANumberIsSeenAsItIsUnderstood(t *testing.T) {
	for typed, want := range map[string]string{
		"+44 (0)20 7946 0958": "+44 20 7946 0958", "600123789": "+48 600 123 789", "": "", "12": "", "call me": "",
	} {
		f := filled
		f.Line = typed
		said := about(State{Form: f, Shift: shift})
		if want != "" {
			want = words.Say("number.understood", words.With{"Number": want})
		}
		if said != want {
			t.Errorf("%q: said %q, want %q", typed, said, want)
		}
	}
}

// TestOnlyHarmlessEndingsKeepTheCustomer: after anything that may be fraud the
// next form begins empty.
func TestOnlyHarmlessEndingsKeepTheCustomer(t *testing.T) {
	for _, reason := range ending.All() {
		s := State{Call: Story{Form: filled}}
		s.Call.Ending = reason
		kept := s.again().Reference != ""
		switch reason {
		case ending.Expired, ending.Superseded, ending.Cancelled, ending.Declined, ending.LineLost, ending.ServerDown,
			ending.Busy, ending.UsedCode, ending.WrongClock, ending.NotACode:
			if !kept {
				t.Errorf("%s: the customer is not kept", reason)
			}
		default:
			if kept {
				t.Errorf("%s: the customer is kept", reason)
			}
		}
	}
	secured := State{Call: Story{Form: filled}}
	secured.Call.Ending, secured.Call.WasSecure = ending.LineLost, true
	if secured.again() != (Form{}) {
		t.Error("after a secure call the customer is kept")
	}
}

func TestATicketHasTwoParts(t *testing.T) {
	if (Enrol{Address: "x"}).complete() || (Enrol{Code: "x"}).complete() || !(Enrol{Address: "x", Code: "y"}).complete() {
		t.Error("a ticket has two parts")
	}
}
