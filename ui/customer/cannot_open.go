// This file owns the screen that says why the keyring or the files cannot be used.

package customer

import (
	"countersign/ui/advice"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const CannotOpen Kind = "cannot-open" // the keyring or the files cannot be used

func (s *Side) cannotOpen() screen {
	title := words.Say("customer.cannot_open")
	again := parts.NewButton(parts.Primary, words.Say("customer.try_again"), func() {
		s.moveTo(Opening)
		s.refresh()
	})
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			parts.Heading(title, words.Ending(s.state.Trouble, advice.ForDevice)),
			parts.Column(card(parts.Body(words.Say("customer.cannot_open_help")))),
			parts.Actions(again)),
		Focus: again,
	}}
}
