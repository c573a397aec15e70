// This file owns the form of a new call as a plain value: what is filled in,
// what is missing, and what a call-centre program may fill in. It sends
// nothing; whether the bank agrees is asked by session.

package agent

import (
	"slices"
	"strings"

	"countersign/session"
	"countersign/session/computer/screenpop"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

// Form is what the agent says about a call before it begins. No answer has a
// usual value: a wrong direction or number is final for the customer.
type Form struct {
	Reference string
	Direction offer.Direction
	Purpose   trust.Purpose
	Line      string // bank-called: as typed or as a program wrote it, "" for the first on file; customer-called: one of the bank's lines
	Source    Source // who filled it in
	Typed     bool   // the agent has typed or chosen something in it since
}

// Source says who filled a form in, when it was not the agent: that must be
// checked before anything is shown. It is a translation key.
type Source string

// The sources.
const (
	ByAgent    Source = ""
	ByProgram  Source = "agent.form.filled" // the call-centre program
	ByLastCall Source = "agent.form.same"   // the call before
)

// directions and purposes are the answers in the order of their tiles.
var (
	directions = []offer.Direction{offer.BankCalled, offer.CustomerCalled}
	purposes   = trust.Purposes()
)

// fromProgram is the form as a call-centre program asks for it.
func fromProgram(r screenpop.Request) Form {
	return Form{Reference: r.Customer, Direction: r.Direction, Purpose: r.Purpose, Line: r.Line, Source: ByProgram}
}

// taken reports whether the form holds an agent's own work, which nobody else
// may overwrite.
func (f Form) taken() bool {
	return f.Typed && f != Form{Source: f.Source, Typed: true}
}

// allowed drops what this shift cannot offer, so that it is missing and named
// instead of being refused later.
func (f Form) allowed(s session.Shift) Form {
	if f.Purpose != 0 && !mayOffer(s, f.Purpose) {
		f.Purpose = 0
	}
	if f.Direction == offer.CustomerCalled {
		f.Line = ownLine(f.Line, s.Bank.Lines)
	}
	return f
}

// ownLine is the bank's number that was typed, "" while there is none.
func ownLine(typed string, lines []string) string {
	number, err := trust.ReadDialled(typed, lines)
	if err != nil || !slices.Contains(lines, number.E164) {
		return ""
	}
	return number.E164
}

// mayOffer reports whether the agent's role has a purpose.
func mayOffer(s session.Shift, p trust.Purpose) bool {
	return len(s.Purposes) == 0 || slices.Contains(s.Purposes, p)
}

// picksLine reports whether the agent must say which of the bank's numbers the
// customer dialled: with a single one there is nothing to say.
func (f Form) picksLine(s session.Shift) bool {
	return f.Direction == offer.CustomerCalled && len(s.Bank.Lines) > 1
}

// typesLine reports whether the agent may say which number was dialled.
func (f Form) typesLine() bool { return f.Direction == offer.BankCalled }

// missing names what the form still needs, as translation keys in the order of
// the form.
func (f Form) missing(s session.Shift) []string {
	var keys []string
	if strings.TrimSpace(f.Reference) == "" {
		keys = append(keys, "agent.form.missing_reference")
	}
	if f.Direction == 0 {
		keys = append(keys, "agent.form.missing_direction")
	}
	if f.picksLine(s) && f.Line == "" {
		keys = append(keys, "agent.form.missing_line")
	}
	if _, err := f.number(s); f.typesLine() && err != nil {
		keys = append(keys, "agent.form.missing_number")
	}
	if f.Purpose == 0 {
		keys = append(keys, "agent.form.missing_purpose")
	}
	return keys
}

// asksAuthority reports whether enough is known to ask the bank what it knows
// of this customer.
func (f Form) asksAuthority(s session.Shift) bool {
	f.Purpose = trust.OtherPurpose // the bank's answer does not depend on it
	return len(f.missing(s)) == 0
}

// number is the number that the form names, as it was understood; none when the
// field is empty, which means the first on file or the only line. Error:
// trust.ErrNumber.
func (f Form) number(s session.Shift) (trust.Number, error) {
	if strings.TrimSpace(f.Line) == "" {
		return trust.Number{}, nil
	}
	return trust.ReadDialled(f.Line, s.Bank.Lines)
}

// offering is the form as session takes it.
func (f Form) offering(s session.Shift) session.Offering {
	o := session.Offering{Customer: strings.TrimSpace(f.Reference), Direction: f.Direction, Purpose: f.Purpose}
	if number, err := f.number(s); err == nil {
		o.Line = number.E164
	}
	return o
}

// sameCustomer reports whether two forms ask the authority the same question.
func (f Form) sameCustomer(other Form, s session.Shift) bool {
	a, b := f.offering(s), other.offering(s)
	a.Purpose, b.Purpose = 0, 0
	return a == b
}
