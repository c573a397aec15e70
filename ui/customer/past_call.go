// This file owns the screen that shows one call of the past.

package customer

import (
	"time"

	"fyne.io/fyne/v2"

	"countersign/session"
	"countersign/ui/advice"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const PastCall Kind = "past-call" // one of them

func (s *Side) pastCall() screen {
	p := s.state.Reading
	title, lead := words.FirstSentence(words.Ending(p.Reason, advice.ForCustomers))
	back := s.backButton(func() { s.moveTo(PastCalls) })
	switch {
	case p.Guest:
		lead = words.Say("ending.guest")
	case p.Unverified && p.Secure:
		lead = words.Say("customer.receipt.guest")
	}
	return screen{Page: shell.Page{
		Title:   title,
		Content: parts.Page(parts.Heading(title, lead), s.pastFacts(p), parts.Actions(back)),
		Focus:   back,
		Back:    func() { s.moveTo(PastCalls) },
	}}
}

// pastFacts are the facts of a call that is over, without those that are not
// known.
func (s *Side) pastFacts(p session.Past) fyne.CanvasObject {
	lasted := ""
	if p.Lasted >= time.Second {
		lasted = words.Say("customer.lasted", words.With{"Time": words.Lasted(p.Lasted)})
	}
	when := parts.Fact(words.Say("customer.fact.when"), words.Capital(words.DayAndTime(p.Began, s.Stage.Now())), lasted)
	first := []fyne.CanvasObject{when}
	if p.Name != "" {
		first = append(first, parts.Fact(words.Say("customer.fact.who"), words.Name(p.Name), dots(words.NameBelow(p.Name, p.Department), words.BankAndDomain(p.Bank, p.Domain))))
	} else if p.Bank != "" {
		first = append(first, parts.Fact(words.Say("customer.fact.bank"), words.Bank(p.Bank, p.Domain), words.BankBelow(p.Bank, p.Domain)))
	}
	rows := []fyne.CanvasObject{parts.Card(parts.Facts(first...))}
	if p.Purpose.Known() {
		rows = append(rows, parts.Card(parts.Facts(
			parts.Fact(words.Say("customer.fact.reason"), words.Purpose(p.Purpose), ""),
			parts.Fact(words.Say("customer.fact.call"), direction(p.Direction), ""))))
	}
	return parts.Column(rows...)
}
