// This file owns the screen that tells the way to a new computer.

package customer

import (
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const NewComputer Kind = "new-computer" // the way there

func (s *Side) newComputer() screen {
	title := words.Say("customer.new_computer")
	back := s.backButton(s.openBanks)
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			parts.Heading(title, words.Say("customer.computer.lead")),
			parts.Column(parts.Card(steps(words.Say("customer.computer.letter"), words.Say("customer.computer.add"), words.Say("customer.computer.remove")))),
			parts.Actions(back)),
		Focus: back,
		Back:  s.openBanks,
	}}
}
