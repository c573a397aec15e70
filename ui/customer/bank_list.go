// This file owns the screen that lists the banks.

package customer

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const BankList Kind = "bank-list" // all banks

func (s *Side) bankList() screen {
	title := words.Say("customer.banks")
	add := parts.NewButton(parts.Primary, words.Say("customer.add_bank"), s.addBank)
	var cards []fyne.CanvasObject
	for _, b := range slices.Concat(s.state.Banks, s.state.Agents) {
		cards = append(cards, s.bankRow(b))
	}
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			parts.Heading(title, words.Say("customer.banks_lead")),
			parts.Column(cards...),
			parts.Actions(
				add,
				parts.NewButton(parts.Secondary, words.Say("customer.new_computer"), func() { s.moveTo(NewComputer) }),
				s.backButton(s.goHome))),
		Focus: add,
		Back:  s.goHome,
	}}
}

func (s *Side) bankRow(b session.Bank) fyne.CanvasObject {
	rows := []fyne.CanvasObject{
		parts.Strong(words.Bank(b.Name, b.Domain)),
		parts.Note(dots(bankLine(b, s.Stage.Now()), standing(b))),
	}
	if was := words.Formerly(b.Naming, s.Stage.Now()); was != "" {
		rows = append(rows, parts.Note(was))
	}
	if b.Claims.Name != "" {
		rows = append(rows, parts.Note(words.Say("bank.claims", words.With{"Bank": words.BankAndDomain(b.Claims.Name, b.Claims.Domain)})))
	}
	if len(b.OwnLines) > 0 {
		rows = append(rows, parts.Note(words.Say("customer.bank.own", words.With{"Digits": endings(b.OwnLines)})))
	}
	if b.AgentsOnly {
		rows = append(rows, parts.Note(words.Say("bank.agents")))
	}
	if b.Fault != "" {
		rows = append(rows, withIcon(parts.IconTriangle, look.Ink, parts.Body(words.Say("customer.bank.damaged"))))
	}
	if b.HoldUntil.After(s.Stage.Now()) {
		rows = append(rows, withIcon(parts.IconClock, look.Ink, parts.Body(holdText(b))))
	}
	remove := parts.NewButton(parts.Secondary, words.Say("customer.remove"), func() { s.askRemove(b) })
	return parts.Card(container.NewBorder(nil, nil, nil, container.NewCenter(remove), parts.Tight(rows...)))
}

// standing says what this computer is to the bank as a customer's, unless that
// cannot be read.
func standing(b session.Bank) string {
	if b.Fault != "" || b.AgentsOnly {
		return ""
	}
	if b.Enrolled {
		return words.Say("customer.bank.enrolled")
	}
	return words.Say("customer.bank.guest")
}
