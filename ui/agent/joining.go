// This file owns the screens before the first shift: opening what is kept,
// enrolling this computer, and the authenticator's address.

package agent

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"countersign/session/protocol/ending"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// openingView waits for what is kept: a keyring may ask for its password.
type openingView struct{ quiet }

func newOpeningView() *openingView { return &openingView{} }

func (*openingView) title() string { return words.Say("agent.opening") }

func (*openingView) content() fyne.CanvasObject {
	return parts.Page(nil, parts.Working(words.Say("agent.opening")), nil)
}

// troubleView says why what is kept cannot be read.
type troubleView struct {
	quiet
	again *parts.Button
	page  fyne.CanvasObject
}

func newTroubleView(s *Side) *troubleView {
	v := &troubleView{again: parts.NewButton(parts.Primary, words.Say("agent.trouble.again"), s.open)}
	var anew fyne.CanvasObject
	if r := s.state.Problem; r == ending.Revoked || r == ending.Forged {
		anew = parts.NewButton(parts.Secondary, words.Say("agent.trouble.enrol"), s.backToQuestion)
	}
	v.page = parts.Page(parts.Headline(v.title()), parts.Column(parts.Lead(words.Ending(s.state.Problem, s.state.Family))), parts.Actions(v.again, anew))
	return v
}

func (*troubleView) title() string                { return words.Say("agent.trouble.title") }
func (v *troubleView) content() fyne.CanvasObject { return v.page }
func (v *troubleView) focus() fyne.Focusable      { return v.again }

// questionView asks what a fraudster would make a person do.
type questionView struct {
	quiet
	side *Side
	page fyne.CanvasObject
}

func newQuestionView(s *Side) *questionView {
	yes := parts.NewChoice("1", words.Say("ask.yes"), "", func() { s.answerPrompted(true) })
	no := parts.NewChoice("2", words.Say("ask.no"), "", func() { s.answerPrompted(false) })
	head := parts.Tight(parts.Headline(words.Say("agent.enrol.title")), parts.Lead(words.Say("agent.enrol.why")))
	return &questionView{side: s, page: parts.Page(head, parts.Column(parts.Strong(words.Say("ask.prompted")), parts.Choices(yes, no)), nil)}
}

func (*questionView) title() string                { return words.Say("ask.prompted") }
func (v *questionView) content() fyne.CanvasObject { return v.page }

func (v *questionView) keys() map[shell.Key]func() {
	return map[shell.Key]func(){
		"1": func() { v.side.answerPrompted(true) },
		"2": func() { v.side.answerPrompted(false) },
	}
}

// warnedView stops somebody who was told to enrol.
type warnedView struct {
	quiet
	side *Side
	page fyne.CanvasObject
}

func newWarnedView(s *Side) *warnedView {
	v := &warnedView{side: s}
	v.page = parts.Page(parts.VerdictHead(look.Stopped, v.title(), ""), parts.Column(parts.Lead(words.Say("agent.enrol.stop_why"))),
		parts.Actions(parts.NewButton(parts.Secondary, words.Say("agent.back"), s.backToQuestion)))
	return v
}

func (*warnedView) title() string                { return words.Say("agent.enrol.stop") }
func (v *warnedView) content() fyne.CanvasObject { return v.page }
func (*warnedView) mood() look.Mood              { return look.Stopped }
func (v *warnedView) back() func()               { return v.side.backToQuestion }

// ticketView takes the ticket: typed, pasted, or as a picture of its QR code.
type ticketView struct {
	quiet
	side                   *Side
	address, code, picture *parts.Entry
	enrol, read            *parts.Button
	problem                *strip
	working                *fyne.Container
	shown                  string // what is under way
	page                   fyne.CanvasObject
}

func newTicketView(s *Side) *ticketView {
	v := &ticketView{side: s, working: container.NewStack()}
	v.address = parts.NewEntry(words.Say("agent.enrol.address"), "server.examplebank.com:4443")
	v.code = parts.NewEntry(words.Say("agent.enrol.code"), "ABCD-EFGH-IJKL-MNOP")
	v.picture = parts.NewEntry(words.Say("agent.enrol.picture"), "")
	v.address.OnChanged = func(text string) { v.change(func(t *Ticket) { t.Address = text }) }
	v.code.OnChanged = func(text string) { v.change(func(t *Ticket) { t.Code = text }) }
	v.picture.OnChanged = func(text string) { v.change(func(t *Ticket) { t.Picture = text }) }
	v.enrol = parts.NewButton(parts.Primary, words.Say("agent.enrol.do"), s.enrol)
	v.code.OnSubmitted = func(string) { v.send() }
	v.address.OnSubmitted = func(string) { v.send() }
	v.read = parts.NewButton(parts.Secondary, words.Say("agent.enrol.read"), func() { s.readPicture(s.state.Ticket.Picture) })
	v.picture.OnSubmitted = s.readPicture
	v.working.Hide()
	var body fyne.CanvasObject
	v.problem = newStrip(func() { refresh(body) })
	body = parts.Column(
		v.problem.box,
		container.New(&fields{},
			parts.Field(words.Say("agent.enrol.address"), v.address, ""),
			parts.Field(words.Say("agent.enrol.code"), v.code, "")),
		parts.Note(words.Say("agent.enrol.whole")),
		parts.Field(words.Say("agent.enrol.picture"), container.NewBorder(nil, nil, nil, v.read, v.picture), ""),
		v.working,
	)
	v.page = parts.Page(parts.Headline(v.title()), body,
		parts.Actions(v.enrol, parts.NewButton(parts.Secondary, words.Say("agent.back"), s.backToQuestion)))
	return v
}

// change takes one box's text.
func (v *ticketView) change(edit func(*Ticket)) {
	t := v.side.state.Ticket
	edit(&t)
	if t != v.side.state.Ticket {
		v.side.typeTicket(t)
	}
}

func (v *ticketView) send() {
	if v.side.state.Ticket.complete() {
		v.side.enrol()
	}
}

func (*ticketView) title() string                { return words.Say("agent.enrol.title") }
func (v *ticketView) content() fyne.CanvasObject { return v.page }
func (v *ticketView) focus() fyne.Focusable      { return v.address }
func (v *ticketView) back() func()               { return v.side.backToQuestion }

// dropped takes a picture that was dropped on the window.
func (v *ticketView) dropped(paths []string) {
	if len(paths) > 0 {
		v.side.readPicture(paths[0])
	}
}

func (v *ticketView) update(s State) {
	set(v.address, s.Ticket.Address)
	set(v.code, s.Ticket.Code)
	set(v.picture, s.Ticket.Picture)
	enable(v.enrol, s.Working == "" && s.Ticket.complete())
	enable(v.read, s.Working == "" && s.Ticket.Picture != "")
	v.problem.problem(s)
	if s.Working == v.shown {
		return
	}
	v.shown = s.Working
	parts.Put(v.working)
	if s.Working != "" {
		parts.Put(v.working, parts.Working(words.Say(s.Working)))
	}
	v.working.Hidden = s.Working == ""
	v.problem.around()
}

// authenticatorView shows the otpauth address, as a QR code for a phone and as
// text for everything else. It is shown once and kept nowhere.
type authenticatorView struct {
	quiet
	added *parts.Button
	page  fyne.CanvasObject
}

func newAuthenticatorView(s *Side) *authenticatorView {
	v := &authenticatorView{added: parts.NewButton(parts.Primary, words.Say("agent.enrol.added"), s.authenticatorAdded)}
	address := parts.Body(advice.Clean(s.state.Authenticator))
	address.Wrapping, address.TextStyle.Monospace = fyne.TextWrapBreak, true
	text := parts.Column(parts.Lead(words.Say("agent.enrol.authenticator_why")), parts.Field(words.Say("agent.enrol.otpauth"), address, ""))
	var body fyne.CanvasObject = text
	if code, err := parts.QR(s.state.Authenticator, 240); err == nil {
		body = parts.Columns(code, text, 0.4)
	}
	v.page = parts.Page(parts.Headline(v.title()), body, parts.Actions(v.added))
	return v
}

func (*authenticatorView) title() string                { return words.Say("agent.enrol.authenticator") }
func (v *authenticatorView) content() fyne.CanvasObject { return v.page }
func (v *authenticatorView) focus() fyne.Focusable      { return v.added }

// signInView is one button; the box for the authenticator's digits comes when
// the bank asks for them.
type signInView struct {
	quiet
	side    *Side
	do      *parts.Button
	code    *parts.DigitBoxes
	box     fyne.CanvasObject
	left    *widget.Label // how many digits are missing
	problem *strip
	leaving *fyne.Container
	shown   bool // whether "remove this bank?" is asked
	page    fyne.CanvasObject
}

func newSignInView(s *Side) *signInView {
	v := &signInView{side: s, leaving: container.NewStack()}
	v.code = parts.NewSixDigits(words.Say("agent.signin.code"), func(digits string) { s.signIn(digits) })
	v.code.SetDigits(s.state.Typed)
	v.do = parts.NewButton(parts.Primary, words.Say("agent.signin.do"), v.signIn)
	v.left = parts.Note("")
	v.code.OnChange = func(string) { v.tellLeft(false) }
	v.code.Misfit = func() { v.left.SetText(words.Say("ask.six_digits")) }
	v.box = parts.Field(words.Say("agent.signin.code"), container.NewHBox(v.code, container.NewCenter(parts.OneLine(v.left))), "")
	var body fyne.CanvasObject
	v.problem = newStrip(func() { refresh(body) })
	body = parts.Column(v.problem.box, v.box, v.leaving)
	v.page = parts.Page(parts.Headline(v.title()), body, nil)
	v.ask(false)
	return v
}

func (*signInView) title() string                { return words.Say("agent.signin.title") }
func (v *signInView) content() fyne.CanvasObject { return v.page }
func (v *signInView) typed() string              { return v.code.Digits() }

func (v *signInView) focus() fyne.Focusable {
	if v.side.state.Ask {
		return v.code
	}
	return v.do
}

// signIn sends the digits, where the bank asks for them only once all are there.
func (v *signInView) signIn() {
	if v.side.state.Ask && !v.code.Full() {
		v.tellLeft(true)
		parts.Focus(v.code)
		return
	}
	v.side.signIn(v.code.Digits())
}

// tellLeft says how many digits are missing once somebody types, or wants to go on.
func (v *signInView) tellLeft(wanted bool) {
	if v.code.Full() || v.code.Digits() == "" && !wanted {
		v.left.SetText("")
		return
	}
	v.left.SetText(digitsLeft(v.code))
}

// ask swaps the actions for the question whether the bank is to be removed.
func (v *signInView) ask(sure bool) {
	v.shown = sure
	leave := func() { v.side.askLeave(true) }
	row := parts.Actions(v.do, parts.NewButton(parts.Secondary, words.Say("agent.signin.leave"), leave))
	first := v.focus()
	if sure {
		keep := parts.NewButton(parts.Secondary, words.Say("agent.signin.keep"), func() { v.side.askLeave(false) })
		row, first = parts.Column(parts.Strong(words.Say("agent.signin.leave_ask")), parts.Actions(
			keep, parts.NewButton(parts.Secondary, words.Say("agent.signin.leave_do"), v.side.leave))), keep
	}
	v.leaving.Objects = []fyne.CanvasObject{row}
	refresh(v.page)
	parts.Focus(first)
}

func (v *signInView) update(s State) {
	show(v.box, s.Ask)
	if s.Problem == ending.NotACode {
		v.problem.tell(words.Ending(s.Problem, s.Family)) // a question, not a fault
	} else {
		v.problem.problem(s)
	}
	text := "agent.signin.do"
	if s.Working != "" {
		text = s.Working
	}
	v.do.SetText(words.Say(text))
	enable(v.do, s.Working == "")
	if s.Leaving != v.shown {
		v.ask(s.Leaving)
	}
}

// set shows a text in a box unless it stands there already: the box tells
// every change, also ours.
func set(e *parts.Entry, text string) {
	if e.Text != text {
		e.SetText(text)
	}
}

func enable(b *parts.Button, enabled bool) {
	switch {
	case enabled && b.Disabled():
		b.Enable()
	case !enabled && !b.Disabled():
		b.Disable()
	}
}

func show(o fyne.CanvasObject, visible bool) {
	switch {
	case visible && !o.Visible():
		o.Show()
	case !visible && o.Visible():
		o.Hide()
	}
}

// refresh lays a page out anew after something came or went.
func refresh(o fyne.CanvasObject) {
	if o != nil {
		o.Refresh()
	}
}
