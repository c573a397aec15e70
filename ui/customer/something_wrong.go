// This file owns the screen that says what to do when something is wrong and no call is under way.

package customer

import (
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const SomethingWrong Kind = "something-wrong" // what to do, when no call is under way

func (s *Side) somethingWrong() screen {
	title := words.Say("customer.doubt")
	numbers := parts.NewButton(parts.Primary, words.Say("customer.show_numbers"), func() { s.beside(SafeNumbers) })
	if len(s.state.Banks) == 0 {
		numbers.Disable()
	}
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Content: parts.Page(
			parts.Heading(title, words.Say("customer.doubt_lead")),
			parts.Column(parts.Card(safeSteps()), parts.Body(words.Say("customer.doubt_never"))),
			parts.Actions(numbers, s.backButton(s.back))),
		Focus: numbers,
		Back:  s.back,
	}}
}
