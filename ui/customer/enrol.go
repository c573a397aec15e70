// This file owns the screens by which a bank is added: first the question who
// wants it, then the letter's address and code, or a guest's eight words.

package customer

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"countersign/session"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

func (s *Side) askPrompted() screen {
	var q question
	q.add(words.Say("customer.prompted.no"), words.Say("customer.prompted.no_note"), func() { s.moveTo(Ticket) })
	q.add(words.Say("customer.prompted.yes"), "", func() { s.moveTo(PromptedStop) })
	return s.question(q, words.Say("ask.prompted"), words.Say("customer.prompted.lead"), s.leave)
}

func (s *Side) promptedStop() screen {
	title := words.Say("verdict.hang_up")
	done := parts.NewButton(parts.Primary, words.Say("customer.close"), s.leave)
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Mood:    look.Stopped,
		Content: parts.Page(
			parts.VerdictHead(look.Stopped, title, words.Say("customer.prompted.stop")),
			parts.Column(parts.Inset(parts.Tight(strong(words.Say("customer.prompted.nothing")), safeSteps()))),
			parts.Actions(done)),
		Focus: done,
		Back:  s.leave,
	}}
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
func faultLine() (*widget.Label, func(Join)) {
	line := parts.Strong("")
	return line, func(j Join) {
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

func (s *Side) ticket() screen {
	title := words.Say("customer.ticket")
	var address, code *parts.Entry
	spread := func(string) {
		j := s.state.Join.fill(address.Text, code.Text)
		s.state.Join = j
		if j.Address != address.Text || j.Code != code.Text {
			address.SetText(j.Address)
			code.SetText(j.Code)
		}
	}
	address = box(words.Say("customer.ticket.address"), "countersign.examplebank.com:4443", s.state.Join.Address, spread, s.enrol)
	code = box(words.Say("customer.ticket.code"), "XXXX-XXXX-XXXX-XXXX", s.state.Join.Code, spread, s.enrol)
	line, fault := faultLine()
	update := func(st State) {
		fault(st.Join)
		address.SetText(st.Join.Address)
		code.SetText(st.Join.Code)
	}
	rows := []fyne.CanvasObject{
		line,
		parts.Field(words.Say("customer.ticket.address"), address, ""),
		parts.Field(words.Say("customer.ticket.code"), code, words.Say("customer.ticket.hint")),
	}
	more := []fyne.CanvasObject{parts.NewButton(parts.Primary, words.Say("customer.add"), s.enrol)}
	if s.state.Join.WithWords {
		rows = append(rows, s.wordsField(s.enrol))
	} else {
		more = append(more, parts.NewButton(parts.Secondary, words.Say("customer.ticket.words_too"), func() {
			s.state.Join.WithWords = true
			s.Redraw()
		}))
	}
	more = append(more,
		parts.NewButton(parts.Secondary, words.Say("customer.ticket.none"), func() {
			s.state.Join = Join{Address: s.state.Join.Address, Words: s.state.Join.Words}
			s.moveTo(EightWords)
		}),
		s.backButton(s.leave))
	return screen{
		Page: shell.Page{
			Title:   title,
			Content: parts.Page(heading(title, words.Say("customer.ticket.lead")), parts.Column(rows...), parts.Actions(more...)),
			Focus:   address,
			Back:    s.leave,
			Dropped: s.ticketDropped,
		},
		Update: update,
	}
}

func (s *Side) wordsField(submit func()) fyne.CanvasObject {
	e := box(words.Say("customer.words.box"), "", s.state.Join.Words, func(typed string) { s.state.Join.Words = typed }, submit)
	return parts.Field(words.Say("customer.words.box"), e, words.Say("customer.words.hint"))
}

func (s *Side) eightWords() screen {
	title := words.Say("customer.words")
	line, fault := faultLine()
	fault(s.state.Join)
	address := box(words.Say("customer.ticket.address"), "countersign.examplebank.com:4443", s.state.Join.Address,
		func(typed string) { s.state.Join.Address = typed }, s.pin)
	back := func() { s.moveTo(Ticket) }
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			heading(title, words.Say("customer.words.lead")),
			parts.Column(line, parts.Field(words.Say("customer.ticket.address"), address, ""), s.wordsField(s.pin)),
			parts.Actions(parts.NewButton(parts.Primary, words.Say("customer.add"), s.pin), s.backButton(back))),
		Focus: address,
		Back:  back,
	}}
}

func (s *Side) joining() screen {
	title := words.Say("customer.joining")
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Content: parts.Page(parts.Headline(title), parts.Working(words.Say("customer.joining_lead")), nil),
	}}
}

// clash shows two banks of which one can be taken for the other. Nobody here
// can tell which is the false one.
func (s *Side) clash() screen {
	c := s.state.Join.Clash
	title := words.Say("customer.clash")
	bank := func(when string, b session.Bank) fyne.CanvasObject {
		rows := []fyne.CanvasObject{parts.Note(when), strong(words.Bank(b.Name, b.Domain)), parts.Body(words.BankBelow(b.Name, b.Domain))}
		if was := words.Formerly(b.Naming, s.Stage.Now()); was != "" { // it may be this name that is alike
			rows = append(rows, parts.Note(was))
		}
		if b.Claims.Name != "" { // or this one
			rows = append(rows, parts.Note(words.Say("bank.claims", words.With{"Bank": words.BankAndDomain(b.Claims.Name, b.Claims.Domain)})))
		}
		return card(rows...)
	}
	since := words.Say("customer.clash.known", words.With{"Date": words.Day(c.Known.Since, s.Stage.Now())})
	done := parts.NewButton(parts.Primary, words.Say("customer.close"), s.leave)
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			heading(title, words.Say("customer.clash.lead")),
			parts.Column(
				parts.Columns(bank(since, c.Known), bank(words.Say("customer.clash.new"), c.New), 0.5),
				parts.Card(steps(words.Say("customer.clash.ring"), words.Say("customer.clash.ask"), words.Say("customer.clash.remove")))),
			parts.Actions(done, parts.NewButton(parts.Secondary, words.Say("customer.banks"), s.openBanks))),
		Focus: done,
		Back:  s.leave,
	}}
}

func (s *Side) joined() screen {
	b := s.state.Join.Bank
	title := words.Say("enrol.done", words.With{"Bank": bankName(b)})
	lead := words.Say("customer.joined_lead")
	if !b.Enrolled {
		title, lead = words.Say("enrol.pinned", words.With{"Bank": bankName(b)}), words.Say("customer.joined_guest")
	}
	done := parts.NewButton(parts.Primary, words.Say("customer.done"), s.leave)
	rows := []fyne.CanvasObject{}
	switch below := words.BankBelow(b.Name, b.Domain); {
	case look.Draws(b.Name):
	case b.Domain == "":
		lead = below
	default:
		rows = append(rows, card(parts.Body(below)))
	}
	if len(b.OwnLines) > 0 {
		rows = append(rows, card(parts.Body(words.Say("customer.bank.own", words.With{"Digits": endings(b.OwnLines)}))))
	}
	return screen{Page: shell.Page{
		Title:   title,
		Content: parts.Page(heading(title, lead), parts.Column(rows...), parts.Actions(done)),
		Focus:   done,
		Back:    s.leave,
	}}
}
