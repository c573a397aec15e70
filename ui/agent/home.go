// This file owns the home screen, which is the form of a new call: everything
// in the order in which an agent learns it, and one button.

package agent

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"countersign/session"
	"countersign/session/protocol/trust"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// mostTiles is how many of the bank's lines are shown as tiles; with more the
// agent types which one it was.
const mostTiles = 6

// Home is the form of a new call.
const Home Kind = "home"

// formPage is the form with its controls.
type formPage struct {
	side      *Side
	reference *parts.Entry
	about     *widget.Label // what the bank knows of the customer
	direction *parts.Tiles
	dialled   *parts.Entry // bank-called: which number
	own       *parts.Tiles // customer-called: which of the bank's
	ownTyped  *parts.Entry // the same, where there are too many for tiles
	purpose   *parts.Tiles
	notice    *strip // why the last call did not start, who filled the form in, the shift's end
	missing   *strip
	waiting   *strip // a form that a call-centre program has ready
	dialledIn fyne.CanvasObject
	ownIn     fyne.CanvasObject
	page      *fyne.Container
}

func (s *Side) home() screen {
	v := &formPage{side: s}
	title := words.Say("agent.form.title")
	anew := func() { refresh(v.page) }
	v.notice, v.missing, v.waiting = newStrip(anew), newStrip(anew), newStrip(anew)
	v.makeReference()
	v.makeDirection()
	v.makePurpose()
	showCode := parts.NewButton(parts.Primary, words.Say("agent.form.show"), v.showCode).SetHint("Ctrl+Enter")
	foot := parts.Column(v.waiting.box, v.missing.box, showCode)
	if s.Stage.Compact() {
		// The tiles say what they are about; there is no room to say it twice.
		v.page = container.NewStack(parts.Page(nil,
			parts.Column(v.notice.box, v.customer(), v.direction, v.purpose, askFirst(false)), foot))
	} else {
		head := parts.Columns(parts.Headline(title), v.notice.box, 0.5)
		v.page = container.NewStack(parts.Page(head, parts.Column(
			v.customer(),
			parts.Field(words.Say("agent.form.direction"), v.direction, ""),
			parts.Field(words.Say("agent.form.purpose"), v.purpose, ""),
			askFirst(true),
		), foot))
	}
	return screen{
		Page: shell.Page{
			Title: title, Content: v.page,
			Focus: v.reference, // a form that somebody else filled in is checked first and then sent by its own key
			Keys:  map[shell.Key]func(){shell.CtrlEnter: v.showCode},
		},
		Update: v.update,
	}
}

// customer is who is called, on which number, and what the bank knows of both.
func (v *formPage) customer() fyne.CanvasObject {
	return container.New(&fields{wide: v.ownIn, words: v.about},
		parts.Field(words.Say("agent.form.reference"), v.reference, ""), v.dialledIn, v.ownIn, v.about)
}

func (v *formPage) makeReference() {
	v.reference = parts.NewEntry(words.Say("agent.form.reference"), "")
	v.reference.SetText(v.side.state.Form.Reference)
	v.reference.OnChanged = func(text string) { v.edit(func(f *Form) { f.Reference = text }) }
	v.reference.OnSubmitted = func(string) { v.next() }
	v.about = parts.Strong("")
}

func (v *formPage) makeDirection() {
	titles := []string{words.Say("agent.form.bank_called"), words.Say("agent.form.customer_called")}
	v.direction = parts.NewTiles(len(titles), titles, func(i int) {
		v.edit(func(f *Form) { f.Direction = directions[i] })
	})
	v.dialled = parts.NewEntry(words.Say("agent.form.line"), words.Say("agent.form.line_first"))
	v.ownTyped = parts.NewEntry(words.Say("agent.form.own_line"), "+48 22 111 22 33")
	if f := v.side.state.Form; f.typesLine() {
		v.dialled.SetText(f.Line)
	} else {
		v.ownTyped.SetText(f.Line)
	}
	v.dialled.OnChanged = func(text string) { v.edit(func(f *Form) { f.Line = text }) }
	v.dialled.OnSubmitted = func(string) { v.next() }
	v.ownTyped.OnChanged = func(text string) { v.edit(func(f *Form) { f.Line = ownLine(text, v.lines()) }) }
	v.dialledIn = parts.Field(words.Say("agent.form.line"), v.dialled, "")
	var titlesOwn []string
	for _, line := range v.lines() {
		titlesOwn = append(titlesOwn, words.Number(line))
	}
	columns := min(max(1, len(titlesOwn)), 3)
	v.own = parts.NewTiles(columns, titlesOwn, func(i int) { v.edit(func(f *Form) { f.Line = v.lines()[i] }) })
	box := fyne.CanvasObject(v.own)
	if len(v.lines()) > mostTiles {
		box = v.ownTyped
	}
	v.ownIn = parts.Field(words.Say("agent.form.own_line"), box, "")
}

// lines are the bank's own numbers.
func (v *formPage) lines() []string { return v.side.state.Shift.Bank.Lines }

func (v *formPage) makePurpose() {
	var titles []string
	for _, p := range purposes {
		titles = append(titles, words.Purpose(p))
	}
	v.purpose = parts.NewTiles(len(purposes), titles, func(i int) {
		v.edit(func(f *Form) { f.Purpose = purposes[i] })
	})
	for i, p := range purposes {
		if !mayOffer(v.side.state.Shift, p) {
			v.purpose.SetEnabled(i, false)
			v.purpose.SetNote(i, words.Say("agent.form.not_yours"))
		}
	}
}

// askFirst is what to say before the code is shown, and, where there is room,
// why: finding the computer then costs none of the five minutes.
func askFirst(why bool) fyne.CanvasObject {
	text := widget.NewRichText(&widget.TextSegment{Text: words.Say("agent.ask_open") + " ", Style: widget.RichTextStyle{
		Inline: true, ColorName: look.Ink, SizeName: look.Body, TextStyle: fyne.TextStyle{Bold: true},
	}})
	text.Wrapping = fyne.TextWrapWord
	if why {
		text.Segments = append(text.Segments, &widget.TextSegment{Text: words.Say("agent.form.five_minutes"), Style: widget.RichTextStyle{
			Inline: true, ColorName: look.Muted, SizeName: look.Body,
		}})
	}
	return parts.Card(text)
}

// edit takes one answer.
func (v *formPage) edit(change func(*Form)) {
	f := v.side.state.Form
	change(&f)
	if f != v.side.state.Form {
		v.side.edit(f)
	}
}

// next goes to the first answer that is missing, or shows the code: Enter
// leads through the form.
func (v *formPage) next() {
	if !v.focusMissing() {
		v.side.showCode()
	}
}

// showCode is the agent's press: what is missing is named, and gets the focus.
func (v *formPage) showCode() {
	if v.side.showCode() {
		v.focusMissing()
	}
}

// focusMissing gives the focus to the first control whose answer is missing, and
// reports whether there is one.
func (v *formPage) focusMissing() bool {
	missing := v.side.state.Form.missing(v.side.state.Shift)
	if len(missing) == 0 {
		return false
	}
	parts.Focus(v.control(missing[0]))
	return true
}

// control is where a missing answer is given.
func (v *formPage) control(key string) fyne.Focusable {
	switch key {
	case "agent.form.missing_direction":
		return v.direction.At(0)
	case "agent.form.missing_line":
		if len(v.lines()) > mostTiles {
			return v.ownTyped
		}
		return v.own.At(0)
	case "agent.form.missing_number":
		return v.dialled
	case "agent.form.missing_purpose":
		for i, p := range purposes {
			if mayOffer(v.side.state.Shift, p) {
				return v.purpose.At(i)
			}
		}
	}
	return v.reference
}

func (v *formPage) update(s State) {
	f := s.Form
	v.direction.SetSelected(slices.Index(directions, f.Direction))
	v.purpose.SetSelected(slices.Index(purposes, f.Purpose))
	v.own.SetSelected(slices.Index(v.lines(), f.Line))
	if !f.typesLine() {
		v.dialled.Text = "" // the state has forgotten it with the direction
	}
	changed := v.dialledIn.Visible() != f.typesLine() || v.ownIn.Visible() != f.picksLine(s.Shift)
	show(v.dialledIn, f.typesLine())
	show(v.ownIn, f.picksLine(s.Shift))
	v.about.SetText(about(s))
	v.tellNotice(s)
	v.tellMissing(s)
	v.tellWaiting(s)
	if changed {
		refresh(v.page)
	}
}

// about says how the number was understood and what the bank knows of the
// customer: both are seen before the code is shown.
func about(s State) string {
	said := aboutCustomer(s)
	number, err := s.Form.number(s.Shift)
	if err != nil || number == (trust.Number{}) || s.Form.picksLine(s.Shift) && len(s.Shift.Bank.Lines) <= mostTiles {
		return said
	}
	return strings.TrimSpace(words.Understood(number) + " " + said)
}

// aboutCustomer says what the bank knows of the customer, once it was asked.
func aboutCustomer(s State) string {
	switch f := s.Found; {
	case f.Asked:
		return words.Say("agent.form.looking")
	case f.Reason != "" && f.Reason == s.Problem:
		return "" // the notice says it already
	case f.Reason != "":
		return endingWords(f.Reason, false)
	case !f.Known:
		return ""
	default:
		return words.Capital(computerWords(f.Preview)) + " · " + endingDigits(f.Preview.Line) + holdWords(f.Preview)
	}
}

func computerWords(p session.Preview) string {
	if p.Enrolled {
		return words.Say("agent.form.enrolled")
	}
	return words.Say("agent.form.guest")
}

func holdWords(p session.Preview) string {
	if p.HoldUntil.IsZero() {
		return ""
	}
	return " · " + words.Say("agent.form.hold", words.With{"Time": words.Clock(p.HoldUntil)})
}

// tellNotice says why the last call did not start, who filled the form in, or
// that the shift ends soon: one at a time, the most pressing first.
func (v *formPage) tellNotice(s State) {
	_, soon := s.shiftEnds(v.side.Stage.Now())
	switch {
	case s.Working != "":
		v.notice.tell(words.Say(s.Working))
	case s.Problem == "" && s.Form.Source != ByAgent:
		v.notice.tell(words.Say(string(s.Form.Source)))
	case s.Problem == "" && soon:
		v.notice.warn(parts.IconClock, words.Say("agent.shift.soon", words.With{"Time": words.Clock(s.Shift.Until)}))
	default:
		v.notice.problem(s)
	}
}

func (v *formPage) tellMissing(s State) {
	var what []string
	if s.Unfinished {
		for _, key := range s.Form.missing(s.Shift) {
			what = append(what, words.Say(key))
		}
	}
	text := ""
	if len(what) > 0 {
		text = words.Say("agent.form.missing", words.With{"What": strings.Join(what, ", ")})
	}
	v.missing.warn(parts.IconTriangle, text)
}

// tellWaiting offers the form that a call-centre program sent while the agent
// was filling in this one.
func (v *formPage) tellWaiting(s State) {
	if s.Waiting == nil {
		v.waiting.tell("")
		return
	}
	text := words.Say("agent.form.ready", words.With{"Customer": short(advice.Clean(s.Waiting.Customer))})
	use := parts.NewButton(parts.Secondary, words.Say("agent.form.use"), v.side.useWaiting)
	v.waiting.set(text, parts.Card(container.NewBorder(nil, nil, nil, container.NewCenter(use), parts.Body(text))))
}
