// This file owns the receipt of a call that is over.

package customer

import (
	"fyne.io/fyne/v2"

	"countersign/session"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const Receipt Kind = "receipt" // over

func (s *Side) receipt() screen {
	st := s.state.Story
	title := words.Ending(st.reason(), st.family())
	done := parts.NewButton(parts.Primary, words.Say("customer.done"), s.Rested(s.leave))
	rows, actions := []fyne.CanvasObject{st.undelivered(), s.receiptFacts(st)}, []fyne.CanvasObject{done}
	if st.Judged { // only these are kept
		rows = append(rows, parts.Note(words.Say("customer.receipt.kept")))
		actions = append(actions, parts.NewButton(parts.Secondary, words.Say("customer.past_calls"), s.Rested(func() {
			s.goHome()
			s.openPast()
		})))
	}
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			parts.Heading(title, words.Say(receiptLead(st))),
			parts.Column(rows...),
			parts.Actions(actions...)),
		Focus: done,
		Back:  s.leave,
	}}
}

// receiptLead says what the ending means for the person.
func receiptLead(st Story) string {
	switch {
	case st.WasSecure && st.green():
		return "customer.receipt.secure"
	case st.WasSecure:
		return "customer.receipt.guest"
	}
	return "customer.receipt.nothing"
}

// receiptFacts are when, who and what about: what the verdict let be told.
func (s *Side) receiptFacts(st Story) fyne.CanvasObject {
	p := session.Past{
		Began: st.Began, Lasted: st.Ended.Sub(st.Began), Bank: st.Shown.Bank.Name, Domain: st.Shown.Bank.Domain,
		Name: st.Shown.Name, Department: st.Shown.Department, Purpose: st.Shown.Purpose, Direction: st.Shown.Direction,
		Reason: st.reason(), Secure: st.WasSecure && st.green(),
	}
	return s.pastFacts(p)
}
