// This file owns message 0: which bank the call is about, how it began, and
// which number was dialled. One question a screen; nothing is sent.

package customer

import (
	"strconv"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// question shows answers to choose from, by their number or by pressing them.
type question struct {
	choices []*parts.Choice
	keys    map[shell.Key]func()
}

// lastKey is the highest number of an answer that has a key of its own.
const lastKey = 9

func (q *question) add(title, note string, chosen func()) {
	n := len(q.choices) + 1
	key := ""
	if n <= lastKey {
		key = strconv.Itoa(n)
		if q.keys == nil {
			q.keys = map[shell.Key]func(){}
		}
		q.keys[shell.Key(key)] = chosen
	}
	q.choices = append(q.choices, parts.NewChoice(key, title, note, chosen))
}

// page puts the question on a page.
func (s *Side) question(q question, title, lead string, back func()) screen {
	return screen{Page: shell.Page{
		Title:   title,
		Content: parts.Page(heading(title, lead), parts.Choices(q.choices...), parts.Actions(s.backButton(back))),
		Focus:   q.choices[0],
		Keys:    q.keys,
		Back:    back,
	}}
}

func (s *Side) whichBank() screen {
	var q question
	for _, b := range s.state.Banks {
		q.add(words.Bank(b.Name, b.Domain), dots(bankLine(b, s.Stage.Now()), words.Formerly(b.Naming, s.Stage.Now())), func() { s.choose(b) })
	}
	return s.question(q, words.Say("ask.bank"), "", s.leave)
}

func (s *Side) howBegan() screen {
	var q question
	q.add(words.Say("ask.they_called"), "", func() { s.answer(offer.Answers{How: offer.TheyCalled}) })
	for _, number := range s.state.Check.Bank.Lines {
		q.add(words.Say("customer.i_called_shown"), words.Number(number), func() {
			s.answer(offer.Answers{How: offer.ICalled, Dialled: number})
		})
	}
	q.add(words.Say("customer.i_called_other"), words.Say("customer.i_called_other_note"), func() {
		s.state.Check.Fault = ""
		s.moveTo(WhichNumber)
	})
	q.add(words.Say("ask.not_sure"), "", func() { s.answer(offer.Answers{How: offer.NotSure}) })
	return s.question(q, words.Say("ask.how"), words.Say("ask.how_calm"), s.backFromHow)
}

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
				heading(title, words.Say("customer.which_number_lead")),
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
