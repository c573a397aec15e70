// This file owns the screen that says that a bank is added.

package customer

import (
	"fyne.io/fyne/v2"

	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const Enrolled Kind = "enrolled" // done

func (s *Side) enrolled() screen {
	b := s.state.Enrol.Bank
	title := words.Say("enrol.done", words.With{"Bank": bankName(b)})
	lead := words.Say("customer.joined_lead")
	if !b.Enrolled {
		title, lead = words.Say("enrol.pinned", words.With{"Bank": bankName(b)}), words.Say("customer.joined_guest")
	}
	done := parts.NewButton(parts.Primary, words.Say("customer.done"), s.leave)
	rows := []fyne.CanvasObject{}
	switch below := words.BankBelow(b.Name, b.Domain); {
	case look.Draws(b.Name):
	case b.Domain == "":
		lead = below
	default:
		rows = append(rows, card(parts.Body(below)))
	}
	if len(b.OwnLines) > 0 {
		rows = append(rows, card(parts.Body(words.Say("customer.bank.own", words.With{"Digits": endings(b.OwnLines)}))))
	}
	return screen{Page: shell.Page{
		Title:   title,
		Content: parts.Page(parts.Heading(title, lead), parts.Column(rows...), parts.Actions(done)),
		Focus:   done,
		Back:    s.leave,
	}}
}
