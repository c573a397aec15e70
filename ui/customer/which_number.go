// This file owns the screen that asks which number was dialled.

package customer

import (
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const WhichNumber Kind = "which-number" // the number that was dialled

func (s *Side) whichNumber() screen {
	title := words.Say("customer.which_number")
	number := parts.NewEntry(title, "+48 22 111 22 33")
	number.SetText(s.state.Check.Number)
	number.OnSubmitted = s.dialled
	heard := parts.Strong("") // what was understood, or why nothing was
	update := func(st State) { heard.SetText(st.Check.understood()) }
	number.OnChanged = func(typed string) {
		s.state.Check.Number, s.state.Check.Fault = typed, ""
		update(s.state)
	}
	back := func() { s.moveTo(HowBegan) }
	return screen{
		Page: shell.Page{
			Title: title,
			Content: parts.Page(
				parts.Heading(title, words.Say("customer.which_number_lead")),
				parts.Column(parts.Field(words.Say("customer.number"), number, words.Say("customer.number_hint")), heard),
				parts.Actions(
					parts.NewButton(parts.Primary, words.Say("customer.go_on"), func() { s.dialled(number.Text) }),
					parts.NewButton(parts.Secondary, words.Say("customer.number_unknown"), func() {
						s.answer(offer.Answers{How: offer.NotSure})
					}),
					s.backButton(back))),
			Focus: number,
			Back:  back,
		},
		Update: update,
	}
}

// understood says which number was understood, so that it is seen before it is
// used; after a press on one that cannot be read, how to write it. "": nothing
// yet.
func (c Check) understood() string {
	number, err := c.read(c.Number)
	switch {
	case err != nil && c.Fault == ending.NotACode:
		return words.Say("ask.number_form")
	case err != nil:
		return ""
	}
	return words.Understood(number)
}
