// This file owns the screen that says why what is kept cannot be read.

package agent

import (
	"fyne.io/fyne/v2"

	"countersign/session/protocol/ending"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// CannotOpen says why what is kept cannot be read.
const CannotOpen Kind = "cannot-open"

func (s *Side) cannotOpen() screen {
	title := words.Say("agent.trouble.title")
	again := parts.NewButton(parts.Primary, words.Say("agent.trouble.again"), s.open)
	var anew fyne.CanvasObject
	if r := s.state.Problem; r == ending.Revoked || r == ending.Forged {
		anew = parts.NewButton(parts.Secondary, words.Say("agent.trouble.enrol"), s.askPrompted)
	}
	return screen{Page: shell.Page{
		Title:   title,
		Content: parts.Page(parts.Headline(title), parts.Column(parts.Lead(words.Ending(s.state.Problem, s.state.Family))), parts.Actions(again, anew)),
		Focus:   again,
	}}
}
