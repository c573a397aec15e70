// This file owns the screen that takes a guest's eight words.

package customer

import (
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const EightWords Kind = "eight-words" // a guest's way

func (s *Side) eightWords() screen {
	title := words.Say("customer.words")
	line, fault := faultLine()
	fault(s.state.Enrol)
	address := box(words.Say("customer.ticket.address"), "countersign.examplebank.com:4443", s.state.Enrol.Address,
		func(typed string) { s.state.Enrol.Address = typed }, s.pin)
	back := func() { s.moveTo(Ticket) }
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			parts.Heading(title, words.Say("customer.words.lead")),
			parts.Column(line, parts.Field(words.Say("customer.ticket.address"), address, ""), s.wordsField(s.pin)),
			parts.Actions(parts.NewButton(parts.Primary, words.Say("customer.add"), s.pin), s.backButton(back))),
		Focus: address,
		Back:  back,
	}}
}
