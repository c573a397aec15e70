// This file owns the screen that tells what help through a program that shows this screen costs.

package customer

import (
	"fyne.io/fyne/v2"

	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const FamilyHelps Kind = "family-helps" // what help through such a program costs

func (s *Side) familyHelps() screen {
	title := words.Say("customer.family.ask")
	cost, forms := s.costOfHelp()
	back := s.backButton(func() { s.moveTo(RemoteFound) })
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Mood:    look.Unverified,
		Content: parts.Page(
			parts.VerdictHead(look.Unverified, title, words.Say("customer.family.who")),
			parts.Column(parts.Inset(parts.Tight(
				parts.Lead(cost),
				ifAny(forms, parts.Lead),
				strong(words.Say("customer.family.caller"))))),
			parts.Actions(back, parts.NewButton(parts.Secondary, words.Say("customer.family.go_on"), s.helped))),
		Focus: fyne.Focusable(back),
		Back:  func() { s.moveTo(RemoteFound) },
	}}
}

// costOfHelp says what a helper's eyes on this screen cost.
func (s *Side) costOfHelp() (cost, forms string) {
	if s.state.Check.Adding {
		return words.Say("customer.family.adding"), ""
	}
	return words.Say("customer.family.cost"), words.Say("customer.family.forms")
}
