// This file owns the screens after a call: its receipt, and the list of own
// calls.

package agent

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// endedView is the receipt.
type endedView struct {
	quiet
	side   *Side
	again  *parts.Button
	notice *strip
	page   fyne.CanvasObject
}

func newEndedView(s *Side) *endedView {
	v := &endedView{side: s}
	c := s.state.Call
	v.again = parts.NewButton(parts.Primary, words.Say("agent.ended.new"), s.rested(s.newCall)).SetHint("Ctrl+Enter")
	line := parts.NewTimeLine(stepTitles(c.Customer))
	drawSteps(line, c)
	inner := container.NewStack()
	v.notice = newStrip(func() { inner.Refresh() })
	inner.Add(parts.Column(
		container.NewBorder(nil, nil, container.NewCenter(parts.Icon(endingIcon(c.Reason), look.Ink, endingIconSize)), nil,
			endingHead(endingWords(c.Reason, c.hadCode()))),
		undelivered(c),
		v.notice.box,
		parts.Facts(
			parts.Fact(words.Say("agent.fact.customer"), c.Form.Reference, ""),
			parts.Fact(words.Say("agent.fact.when"), words.Clock(c.Began), ""),
			parts.Fact(words.Say("agent.fact.lasted"), words.Lasted(c.Over.Sub(c.Began)), ""),
		),
		parts.Facts(
			parts.Fact(words.Say("agent.fact.purpose"), purposeWords(c.Form.Purpose), ""),
			parts.Fact(words.Say("agent.fact.direction"), capital(shortDirection(c.Form.Direction)), ""),
		),
	))
	events := parts.Card(container.NewBorder(parts.Column(s.panelTitle(), line), nil, nil, nil))
	p := sides{left: inner, right: events, actions: parts.Actions(v.again)}
	if s.stage.Compact() { // how a call ended may take a small window's height
		p.actions, p.pinned = nil, p.actions
	}
	v.page = s.twoSides(p)
	return v
}

// undelivered warns of texts that the customer did not get.
func undelivered(c Call) fyne.CanvasObject {
	if text := words.Undelivered(c.Texts); text != "" {
		return parts.Strip(parts.IconTriangle, text)
	}
	return nil
}

// endingHead makes the first sentence the headline and the rest what to do.
func endingHead(text string) fyne.CanvasObject {
	first, rest, more := strings.Cut(text, ". ")
	if !more {
		return parts.Headline(text)
	}
	return parts.Tight(parts.Headline(first+"."), parts.Lead(rest))
}

// endingIconSize is the edge of the icon beside how a call ended.
const endingIconSize = 56

// endingIcon has a shape for each kind of ending: what is well, what may be
// fraud, and what is neither.
func endingIcon(r ending.Reason) parts.IconName {
	switch {
	case r == ending.Completed:
		return parts.IconShield
	case another(r):
		return parts.IconTriangle
	}
	return parts.IconOctagon
}

func (v *endedView) title() string {
	c := v.side.state.Call
	return endingWords(c.Reason, c.hadCode())
}

func (v *endedView) content() fyne.CanvasObject { return v.page }
func (v *endedView) focus() fyne.Focusable      { return v.again }

func (v *endedView) keys() map[shell.Key]func() {
	return map[shell.Key]func(){shell.CtrlEnter: v.side.rested(v.side.newCall)}
}

func (v *endedView) update(s State) { v.notice.tell(waitingForm(s)) }

// shortDirection is who called whom, in a word or two.
func shortDirection(d offer.Direction) string {
	if d == offer.BankCalled {
		return words.Say("agent.fact.outgoing")
	}
	return words.Say("agent.fact.incoming")
}

// pageOfPast is how many calls the list shows at first, and more each time.
const pageOfPast = 25

// historyView lists the own calls, the newest first.
type historyView struct {
	quiet
	side    *Side
	rows    *fyne.Container
	shown   int
	problem *strip
	drawn   bool
	leave   *parts.Button
	page    *fyne.Container
}

func newHistoryView(s *Side) *historyView {
	v := &historyView{side: s, shown: pageOfPast, rows: container.NewStack(), page: container.NewStack()}
	v.problem = newStrip(func() { refresh(v.page) })
	v.leave = parts.NewButton(parts.Secondary, words.Say("agent.back"), s.home)
	v.page.Add(parts.Page(parts.Headline(v.title()), parts.Column(v.problem.box, v.rows), parts.Actions(v.leave)))
	return v
}

func (*historyView) title() string                { return words.Say("agent.history.title") }
func (v *historyView) content() fyne.CanvasObject { return v.page }
func (v *historyView) focus() fyne.Focusable      { return v.leave }
func (v *historyView) back() func()               { return v.side.home }

func (v *historyView) update(s State) {
	v.problem.problem(s)
	if s.Working != "" {
		v.put(parts.Working(words.Say(s.Working)))
		return
	}
	if !v.drawn && s.Problem == "" {
		v.drawn = true
		v.draw(s)
	}
}

// draw lists the calls, or says what will stand here.
func (v *historyView) draw(s State) {
	if len(s.Past) == 0 {
		v.put(parts.Column(parts.Lead(words.Say("agent.history.none"))))
		return
	}
	var rows []fyne.CanvasObject
	for _, past := range s.Past[:min(v.shown, len(s.Past))] {
		rows = append(rows, pastRow(past, s.Now))
	}
	if len(s.Past) > v.shown {
		rows = append(rows, parts.Actions(parts.NewButton(parts.Secondary, words.Say("agent.history.more"), v.more)))
	}
	v.put(parts.Column(rows...))
}

func (v *historyView) more() {
	v.shown += pageOfPast
	v.draw(v.side.state)
}

func (v *historyView) put(o fyne.CanvasObject) {
	parts.Put(v.rows, o)
	refresh(v.page)
}

// pastRow is one call: when and with whom, what it was about, how it ended.
func pastRow(p session.Past, now time.Time) fyne.CanvasObject {
	what := purposeWords(p.Purpose) + " · " + shortDirection(p.Direction) + " · " + words.Lasted(p.Lasted) + " · " + securityWords(p)
	return parts.Card(parts.Columns(
		parts.Tight(parts.Strong(words.DayAndTime(p.Began, now)), parts.Note(p.Customer)),
		parts.Tight(parts.Body(endingWords(p.Reason, true)), parts.Note(what)), 0.24))
}

// securityWords says how far a call got.
func securityWords(p session.Past) string {
	switch {
	case p.Secure && p.Guest:
		return words.Say("agent.fact.guest")
	case p.Secure:
		return words.Say("agent.fact.secure")
	}
	return words.Say("agent.fact.not_secure")
}
