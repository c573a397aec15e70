// This file owns the screen that stands there before any bank is added.

package customer

import (
	"fyne.io/fyne/v2"

	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const NoBank Kind = "no-bank" // nothing is enrolled yet

func (s *Side) noBank() screen {
	title := words.Say("customer.welcome")
	add := parts.NewButton(parts.Home, words.Say("customer.add_your_bank"), s.addBank)
	past := parts.NewButton(parts.Secondary, words.Say("customer.past_calls"), s.openPast)
	var actions []fyne.CanvasObject
	if len(s.state.Past) > 0 {
		actions = append(actions, past)
	}
	if len(s.state.Agents) > 0 { // one of them may stand in the way of the bank to be added
		actions = append(actions, parts.NewButton(parts.Secondary, words.Say("customer.banks"), s.openBanks))
	}
	var foot fyne.CanvasObject
	if len(actions) > 0 {
		foot = parts.Actions(actions...)
	}
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			parts.Heading(title, words.Say("customer.welcome_lead")),
			parts.Column(add, parts.Body(words.Say("customer.welcome_need"))),
			foot),
		Focus: add,
	}}
}
