// This file owns the screen that stops whoever shows this computer to somebody else through a program. It comes
// before any code is asked for.

package customer

import (
	"strings"

	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const RemoteFound Kind = "remote-found" // a program shows this screen to somebody else

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
