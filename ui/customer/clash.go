// This file owns the screen that shows two banks of which one can be taken for the other.

package customer

import (
	"fyne.io/fyne/v2"

	"countersign/session"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const Clash Kind = "clash" // it can be taken for a bank that is known here

// clash shows two banks of which one can be taken for the other. Nobody here
// can tell which is the false one.
func (s *Side) clash() screen {
	c := s.state.Enrol.Clash
	title := words.Say("customer.clash")
	bank := func(when string, b session.Bank) fyne.CanvasObject {
		rows := []fyne.CanvasObject{parts.Note(when), strong(words.Bank(b.Name, b.Domain)), parts.Body(words.BankBelow(b.Name, b.Domain))}
		if was := words.Formerly(b.Naming, s.Stage.Now()); was != "" { // it may be this name that is alike
			rows = append(rows, parts.Note(was))
		}
		if b.Claims.Name != "" { // or this one
			rows = append(rows, parts.Note(words.Say("bank.claims", words.With{"Bank": words.BankAndDomain(b.Claims.Name, b.Claims.Domain)})))
		}
		return card(rows...)
	}
	since := words.Say("customer.clash.known", words.With{"Date": words.Day(c.Known.Since, s.Stage.Now())})
	done := parts.NewButton(parts.Primary, words.Say("customer.close"), s.leave)
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			parts.Heading(title, words.Say("customer.clash.lead")),
			parts.Column(
				parts.Columns(bank(since, c.Known), bank(words.Say("customer.clash.new"), c.New), 0.5),
				parts.Card(steps(words.Say("customer.clash.ring"), words.Say("customer.clash.ask"), words.Say("customer.clash.remove")))),
			parts.Actions(done, parts.NewButton(parts.Secondary, words.Say("customer.banks"), s.openBanks))),
		Focus: done,
		Back:  s.leave,
	}}
}
