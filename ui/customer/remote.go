// This file owns the screens about programs through which somebody else may
// see or steer this computer. They come before any code is asked for.

package customer

import (
	"strings"

	"fyne.io/fyne/v2"

	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

func (s *Side) remoteFound() screen {
	title := words.Say("customer.remote")
	again := parts.NewButton(parts.Primary, words.Say("customer.remote.again"), s.Rested(s.lookAgain))
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Mood:    look.Stopped,
		Content: parts.Page(
			parts.VerdictHead(look.Stopped, title, words.Say("customer.remote.found", words.With{"Names": strings.Join(names(s.state.Check.Findings), ", ")})),
			parts.Column(
				parts.Inset(steps(words.Say("customer.remote.hang_up"), words.Say("customer.remote.close"), words.Say("customer.remote.then"))),
				parts.Body(words.Say("customer.remote.effort"))),
			parts.Column(
				parts.Actions(again, parts.NewButton(parts.Secondary, words.Say("customer.close"), s.Rested(s.leave))),
				parts.Actions(parts.NewButton(parts.Quiet, words.Say("customer.family"), s.Rested(func() { s.moveTo(FamilyHelps) }))))),
		Focus: again,
		Back:  s.leave,
	}}
}

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
