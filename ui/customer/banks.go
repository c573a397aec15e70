// This file owns the list of banks, the removal of one, and the way to a new
// computer.

package customer

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// openBanks shows the banks, read afresh.
func (s *Side) openBanks() {
	s.moveTo(BankList)
	s.refresh()
}

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
			heading(title, words.Say("customer.banks_lead")),
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

func (s *Side) removeBank() screen {
	b := s.state.Chosen
	title := words.Say("customer.remove.ask", words.With{"Bank": bankName(b)})
	back := s.backButton(s.openBanks)
	rows := []fyne.CanvasObject{parts.Card(steps(words.Say("customer.remove.check"), words.Say("customer.remove.letter"), words.Say("customer.remove.past")))}
	actions := []fyne.CanvasObject{back, parts.NewButton(parts.Secondary, words.Say("customer.remove.do"), s.remove)}
	if s.state.Refused != "" {
		rows = []fyne.CanvasObject{parts.Card(withIcon(parts.IconTriangle, look.Ink, parts.Body(s.refusal())))}
	}
	if s.state.Refused == ending.OnHold {
		actions = actions[:1]
	}
	return screen{Page: shell.Page{
		Title:   title,
		Content: parts.Page(heading(title, words.Say("customer.remove.lead")), parts.Column(rows...), parts.Actions(actions...)),
		Focus:   back,
		Back:    s.openBanks,
	}}
}

// refusal says why a bank was not removed.
func (s *Side) refusal() string {
	if s.state.Refused == ending.OnHold {
		return words.Say("customer.remove.hold", words.With{"Time": words.Clock(s.state.Chosen.HoldUntil)})
	}
	return words.Ending(s.state.Refused, advice.ForDevice)
}

func (s *Side) newComputer() screen {
	title := words.Say("customer.new_computer")
	back := s.backButton(s.openBanks)
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			heading(title, words.Say("customer.computer.lead")),
			parts.Column(parts.Card(steps(words.Say("customer.computer.letter"), words.Say("customer.computer.add"), words.Say("customer.computer.remove")))),
			parts.Actions(back)),
		Focus: back,
		Back:  s.openBanks,
	}}
}
