// This file owns the screen that takes the address and the code of the letter.

package customer

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/ui/advice"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const Ticket Kind = "ticket" // address and code of the letter

func (s *Side) ticket() screen {
	title := words.Say("customer.ticket")
	var address, code *parts.Entry
	spread := func(string) {
		j := s.state.Enrol
		j.Address, j.Code = enrol.Spread(address.Text, code.Text)
		s.state.Enrol = j
		if j.Address != address.Text || j.Code != code.Text {
			address.SetText(j.Address)
			code.SetText(j.Code)
		}
	}
	address = box(words.Say("customer.ticket.address"), "countersign.examplebank.com:4443", s.state.Enrol.Address, spread, s.enrol)
	code = box(words.Say("customer.ticket.code"), "XXXX-XXXX-XXXX-XXXX", s.state.Enrol.Code, spread, s.enrol)
	line, fault := faultLine()
	update := func(st State) {
		fault(st.Enrol)
		address.SetText(st.Enrol.Address)
		code.SetText(st.Enrol.Code)
	}
	rows := []fyne.CanvasObject{
		line,
		parts.Field(words.Say("customer.ticket.address"), address, ""),
		parts.Field(words.Say("customer.ticket.code"), code, words.Say("customer.ticket.hint")),
	}
	more := []fyne.CanvasObject{parts.NewButton(parts.Primary, words.Say("customer.add"), s.enrol)}
	if s.state.Enrol.WithWords {
		rows = append(rows, s.wordsField(s.enrol))
	} else {
		more = append(more, parts.NewButton(parts.Secondary, words.Say("customer.ticket.words_too"), func() {
			s.state.Enrol.WithWords = true
			s.Redraw()
		}))
	}
	more = append(more,
		parts.NewButton(parts.Secondary, words.Say("customer.ticket.none"), func() {
			s.state.Enrol = Enrol{Address: s.state.Enrol.Address, Words: s.state.Enrol.Words}
			s.moveTo(EightWords)
		}),
		s.backButton(s.leave))
	return screen{
		Page: shell.Page{
			Title:   title,
			Content: parts.Page(parts.Heading(title, words.Say("customer.ticket.lead")), parts.Column(rows...), parts.Actions(more...)),
			Focus:   address,
			Back:    s.leave,
			Dropped: s.ticketDropped,
		},
		Update: update,
	}
}

// box is a text box of a form whose text is kept as it is typed.
func box(name, example, text string, changed func(typed string), submit func()) *parts.Entry {
	e := parts.NewEntry(name, example)
	e.SetText(text)
	e.OnChanged = changed
	e.OnSubmitted = func(string) { submit() }
	return e
}

// fault is where a form says what did not work.
func faultLine() (*widget.Label, func(Enrol)) {
	line := parts.Strong("")
	return line, func(j Enrol) {
		line.Hidden = j.Fault == "" && !j.Reading
		switch {
		case j.Reading:
			line.SetText(words.Say("customer.picture_reading"))
		case j.Fault == ending.NotForYou && j.Held != nil:
			line.SetText(words.Ending(j.Fault, advice.ForEnrolment) + " " + words.Say("enrol.somebody_else", words.With{"Bank": bankName(j.Held.Known)}))
		case j.Fault != "":
			line.SetText(pictureFault(j.Fault, j.Picture, advice.ForEnrolment))
		}
	}
}

func (s *Side) wordsField(submit func()) fyne.CanvasObject {
	e := box(words.Say("customer.words.box"), "", s.state.Enrol.Words, func(typed string) { s.state.Enrol.Words = typed }, submit)
	return parts.Field(words.Say("customer.words.box"), e, words.Say("customer.words.hint"))
}

// pictureFault says why a picture was of no use, or else what the ending is.
func pictureFault(r ending.Reason, p advice.Picture, family string) string {
	if p.Key != "" {
		return words.Picture(p)
	}
	return words.Ending(r, family)
}
