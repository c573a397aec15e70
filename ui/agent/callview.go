// This file owns the screens of a call under way: waiting for the code, the
// live call, its QR code on the whole page, and the secure call. Left is what
// to say, in speaking order; right is what happens, in the order of time.

package agent

import (
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"countersign/session/protocol/call"
	"countersign/session/protocol/offer"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// hurry is when the agent is reminded that a new code can be had.
const hurry = 30 * time.Second

// startingView waits for the code.
type startingView struct {
	quiet
	side    *Side
	words   *fyne.Container
	shown   string
	heading string
	cancel  *parts.Button
	page    fyne.CanvasObject
}

func newStartingView(s *Side) *startingView {
	v := &startingView{side: s, words: container.NewStack(), heading: startingKey(s.state)}
	v.cancel = parts.NewButton(parts.Secondary, words.Say("agent.starting.cancel"), s.rested(s.cancelStart))
	v.page = parts.Page(nil, parts.Column(parts.Body(callWords(s.state.Call)), v.words), parts.Actions(v.cancel))
	return v
}

func startingKey(s State) string {
	if s.Call.Renewing {
		return "agent.starting.renew"
	}
	return "agent.starting.title"
}

func (v *startingView) title() string              { return words.Say(v.heading) }
func (v *startingView) content() fyne.CanvasObject { return v.page }
func (v *startingView) focus() fyne.Focusable      { return v.cancel }
func (v *startingView) back() func()               { return v.side.cancelStart }

func (v *startingView) update(s State) {
	if key := startingKey(s); key != v.shown {
		v.shown = key
		parts.Put(v.words, parts.Working(words.Say(key)))
	}
}

// callWords says what the call is about: who called whom, why, on which number.
func callWords(c Call) string {
	text := capital(shortDirection(c.Form.Direction)) + " · " + purposeWords(c.Form.Purpose)
	if c.Line != "" {
		text += " · " + words.Say("agent.live.line", words.With{"Digits": c.Line})
	}
	return text
}

// liveView is the call from its code to the last read-back.
type liveView struct {
	quiet
	small      bool // the window is small: fewer words
	side       *Side
	about      *widget.Label
	code       *parts.Digits
	ring       *parts.Ring
	left, hint *widget.Label
	renew, qr  *parts.Button
	box        *parts.DigitBoxes
	wanted     *widget.Label // what to type, or how much of it is missing
	answer     *widget.Label // what came of the digits, or what to say
	end        *parts.Button
	events     *eventsPanel
	tries      int
	early      bool
	page       fyne.CanvasObject
}

func newLiveView(s *Side) *liveView {
	v := &liveView{side: s, small: s.stage.Compact(), tries: call.Tries}
	v.about = parts.Note("")
	v.code = parts.NewDigits("", look.BigDigits)
	v.ring, v.left, v.hint = parts.NewRing(), parts.Strong(""), parts.Note("")
	v.renew = parts.NewButton(parts.Quiet, words.Say("agent.live.new"), s.renew).SetHint("N")
	v.qr = parts.NewButton(parts.Quiet, words.Say("agent.live.qr"), s.turnQR).SetHint("Q")
	v.box = parts.NewSixDigits(words.Say("agent.readback"), s.readback)
	v.box.SetDigits(s.state.Typed)
	v.wanted = parts.Note(words.Say("agent.live.type"))
	v.box.OnChange = func(string) { v.tellLeft() }
	v.box.Misfit = func() { v.wanted.SetText(capital(words.Say(string(call.AlertReadback)))) }
	v.answer = parts.Body("")
	v.end = parts.NewButton(parts.Secondary, words.Say("agent.live.end"), s.hangUp)
	v.events = s.newEventsPanel()
	clock := container.NewBorder(nil, nil, container.NewCenter(v.ring), nil,
		parts.Tight(v.left, container.NewHBox(v.renew, gap(), v.qr)))
	check := parts.Card(parts.Tight(v.wanted,
		container.NewBorder(nil, nil, container.NewCenter(v.box), nil, v.answer)))
	v.page = s.twoSides(sides{
		left:    parts.Column(v.about, parts.Tight(v.hint, v.code), clock, check),
		right:   v.events.card,
		actions: parts.Actions(v.end),
		stacked: v.shorten,
	})
	return v
}

// shorten leaves out what a narrow window can do without.
func (v *liveView) shorten(short bool) {
	show(v.about, !short)
	show(v.events.rule, !short)
}

// gap is room between two texts in a row.
func gap() fyne.CanvasObject { return parts.OneLine(parts.Note("")) }

func (*liveView) title() string                { return words.Say("agent.live.title") }
func (v *liveView) content() fyne.CanvasObject { return v.page }
func (v *liveView) focus() fyne.Focusable      { return v.box }
func (v *liveView) typed() string              { return v.box.Digits() }

func (v *liveView) keys() map[shell.Key]func() {
	return map[shell.Key]func(){"n": v.side.renew, "q": v.side.turnQR}
}

func (v *liveView) update(s State) {
	c := s.Call
	v.about.SetText(callWords(c))
	v.code.SetText(offer.Groups(c.Code))
	v.code.SetQuiet(!c.offers())
	v.hint.SetText(liveHint(c, v.small))
	v.tellAnswer(c)
	show(v.renew, c.renewable())
	show(v.qr, c.offers() && c.Frame != "")
	enable(v.end, !c.closing())
	show(v.ring, !c.Until.IsZero())
	if c.Until.IsZero() {
		v.left.SetText(waitingWords(c))
	} else {
		v.tick(c, s.Now)
	}
	v.events.update(s)
}

// liveHint is what to say now, above the digits. What is said beside the box
// where there is room is not said twice.
func liveHint(c Call, small bool) string {
	switch {
	case c.offers():
		return words.Say("agent.say_code")
	case c.Phase != call.ReadBack:
		return words.Say("agent.live.answered")
	case small:
		return words.Say("agent.say_readback")
	}
	return words.Say("agent.live.used")
}

// waitingWords stand where the countdown stood while nothing runs out.
func waitingWords(c Call) string {
	switch {
	case c.closing():
		return words.Say("agent.live.ending")
	case c.Phase == call.Securing:
		return words.Say("agent.live.checking")
	}
	return words.Say("agent.opened")
}

// tellAnswer says what came of the digits. The box empties itself for the next
// try; digits that are not judged yet stay.
func (v *liveView) tellAnswer(c Call) {
	switch {
	case c.Wrong:
		v.answer.SetText(wrongWords(c, v.small))
		if c.TriesLeft != v.tries {
			v.tries = c.TriesLeft
			v.box.Clear()
		}
	case c.Early:
		v.answer.SetText(words.Say("agent.live.early"))
		if !v.early {
			v.box.Clear()
		}
	case c.Phase == call.ReadBack && !v.small:
		v.answer.SetText(words.Say("agent.say_readback"))
	default:
		v.answer.SetText("")
	}
	v.early = c.Early
	v.tellLeft()
}

// tellLeft says how many digits are missing once somebody has begun to type.
func (v *liveView) tellLeft() {
	if v.box.Digits() == "" || v.box.Full() {
		v.wanted.SetText(words.Say("agent.live.type"))
		return
	}
	v.wanted.SetText(digitsLeft(v.box))
}

// digitsLeft says how many digits a box still takes.
func digitsLeft(box *parts.DigitBoxes) string {
	return words.Say("agent.digits_left", words.With{"Count": strconv.Itoa(box.Missing())})
}

// wrongWords says that the digits were wrong, in fewer words where room is short.
func wrongWords(c Call, small bool) string {
	tries := words.With{"Tries": strconv.Itoa(c.TriesLeft)}
	if small {
		return words.Say("agent.live.tries", tries)
	}
	return words.Say("agent.readback_wrong", tries)
}

// tick is all that a second changes.
func (v *liveView) tick(c Call, now time.Time) {
	left := c.left(now)
	v.ring.Set(float64(left) / float64(c.window()))
	v.left.SetText(leftWords(c, left))
}

func leftWords(c Call, left time.Duration) string {
	switch {
	case c.Phase == call.ReadBack:
		return secondsLeft(left) + " " + words.Say("agent.live.check_left")
	case left <= hurry:
		return secondsLeft(left) + " · " + words.Say("agent.live.still")
	}
	return secondsLeft(left) + " " + words.Say("agent.live.code_left")
}

// qrView is the QR code on the whole page.
type qrView struct {
	side    *Side
	picture *fyne.Container
	frame   string
	left    *widget.Label
	leave   *parts.Button
	page    fyne.CanvasObject
}

// leastQR is the least edge of a QR code in logical pixels: smaller ones are
// hard to read for a camera.
const leastQR = 300

func newQRView(s *Side) *qrView {
	v := &qrView{side: s, picture: container.NewStack(), left: parts.Note("")}
	v.leave = parts.NewButton(parts.Secondary, words.Say("agent.qr.back"), s.turnQR).SetHint("Q")
	text := container.NewBorder(nil, parts.Actions(v.leave), nil, nil, parts.Column(parts.Headline(v.title()),
		parts.Lead(words.Say("agent.qr.help")), parts.Strong(words.Say("agent.qr.phone")), v.left))
	v.page = s.twoSides(sides{left: v.picture, right: text, leftGrows: true})
	return v
}

func (*qrView) title() string                { return words.Say("agent.qr.title") }
func (v *qrView) content() fyne.CanvasObject { return v.page }
func (v *qrView) focus() fyne.Focusable      { return v.leave }
func (v *qrView) back() func()               { return v.side.turnQR }

func (v *qrView) keys() map[shell.Key]func() {
	return map[shell.Key]func(){"n": v.side.renew, "q": v.side.turnQR}
}

func (v *qrView) update(s State) {
	v.tick(s.Call, s.Now)
	if s.Call.Frame == v.frame {
		return
	}
	v.frame = s.Call.Frame
	picture, err := parts.QR(v.frame, leastQR)
	if err != nil {
		picture = parts.Lead(words.Say("agent.qr_none"))
	}
	v.picture.Objects = []fyne.CanvasObject{picture}
	v.picture.Refresh()
}

func (v *qrView) tick(c Call, now time.Time) {
	v.left.SetText(words.Say("agent.qr.renews", words.With{"Time": secondsLeft(c.left(now))}))
}

// secureView is the call in which everything personal is typed.
type secureView struct {
	quiet
	side   *Side
	chat   *parts.Chat
	shown  int // lines of the conversation that are on the screen
	foot   *fyne.Container
	asks   bool
	end    *parts.Button
	events *eventsPanel
	page   fyne.CanvasObject
}

func newSecureView(s *Side) *secureView {
	v := &secureView{side: s, foot: container.NewStack(), events: s.newEventsPanel()}
	v.chat = parts.NewChat(words.Say("agent.live.message"), words.Say("agent.live.send"), s.say)
	v.chat.SetTyped(s.state.Typed)
	v.end = parts.NewButton(parts.Secondary, words.Say("agent.live.end"), s.hangUp)
	head := parts.Tight(parts.Note(callWords(s.state.Call)), parts.Strong(words.Say("agent.secure")))
	v.page = s.twoSides(sides{
		left: container.NewBorder(head, nil, nil, nil, v.chat), right: v.events.card, actions: v.foot,
		leftGrows: true, stacked: v.events.shorten,
	})
	v.ask(false)
	return v
}

func (*secureView) title() string                { return words.Say("agent.secure") }
func (v *secureView) content() fyne.CanvasObject { return v.page }
func (v *secureView) focus() fyne.Focusable      { return v.chat.First() }
func (v *secureView) typed() string              { return v.chat.Typed() }

// ask swaps the end button for the question whether the call is to end.
func (v *secureView) ask(sure bool) {
	v.asks = sure
	row, first := parts.Actions(v.end), fyne.Focusable(v.end)
	if sure {
		goOn := parts.NewButton(parts.Secondary, words.Say("agent.live.end_keep"), v.side.goOn)
		row, first = parts.Tight(parts.Strong(words.Say("agent.live.end_ask")), parts.Actions(
			goOn, parts.NewButton(parts.Primary, words.Say("agent.live.end_do"), v.side.endCall))), goOn
	}
	v.foot.Objects = []fyne.CanvasObject{row}
	refresh(v.page)
	parts.Focus(first)
}

func (v *secureView) update(s State) {
	for _, line := range s.Call.Chat[v.shown:] {
		switch {
		case line.Notice:
			v.chat.Notice(alertWords(call.AlertKey(line.Text)))
		case line.Own:
			v.chat.Add(words.Say("agent.live.you"), line.Text, true)
		default:
			v.chat.Add(words.Say("message.customer"), advice.Clean(line.Text), false)
		}
	}
	v.shown = len(s.Call.Chat)
	v.chat.SetEnabled(!s.Call.closing())
	enable(v.end, !s.Call.closing())
	if s.Leave != v.asks {
		v.ask(s.Leave)
	}
	v.events.update(s)
}

// eventsPanel is the right side of a call: the time line, warnings, and the
// script, which stays locked until the call is secure.
type eventsPanel struct {
	small  bool // one warning at a time: there is no room for more
	line   *parts.TimeLine
	alerts *strip
	script *widget.Label
	rule   *widget.Label
	card   fyne.CanvasObject
}

func (s *Side) newEventsPanel() *eventsPanel {
	p := &eventsPanel{small: s.stage.Compact(), script: parts.Strong(""), rule: parts.Note("")}
	p.line = parts.NewTimeLine(stepTitles(s.state.Call.Customer))
	inner := container.NewStack()
	p.alerts = newStrip(func() { inner.Refresh() })
	script := parts.Tight(widget.NewSeparator(), p.script, p.rule)
	top := parts.Column(s.panelTitle(), p.line, p.alerts.box)
	if p.small {
		top = parts.Column(p.alerts.box, p.line) // where something may be cut off, warnings are not
	}
	inner.Add(container.NewBorder(top, script, nil, nil))
	p.card = parts.Card(inner)
	return p
}

// shorten leaves the time line out: once it is complete, a narrow window has
// better use for its room.
func (p *eventsPanel) shorten(short bool) { show(p.line, !short) }

// panelTitle names the right side, where there is room.
func (s *Side) panelTitle() fyne.CanvasObject {
	if s.stage.Compact() {
		return nil
	}
	return parts.Strong(words.Say("agent.live.this"))
}

// stepTitles names the steps of the time line. What is not known is not said:
// a guest's computer answers, but nobody has checked it.
func stepTitles(k Knowledge) []string {
	device := words.Say("agent.live.unknown")
	switch k {
	case Enrolled:
		device = words.Say("agent.live.device")
	case Guest:
		device = words.Say("agent.live.guest")
	}
	return []string{
		words.Say("agent.live.shown"), words.Say("agent.live.opened"), words.Say("agent.live.bank"),
		device, words.Say("agent.live.check"), words.Say("agent.live.secure"),
	}
}

func (p *eventsPanel) update(s State) {
	p.line.SetTitle(int(StepDevice), stepTitles(s.Call.Customer)[StepDevice])
	drawSteps(p.line, s.Call)
	p.alerts.warn(alertIcon(s.Call), p.warning(s))
	p.script.SetText(words.Say("agent.live.script") + " · " + scriptState(s.Call))
	p.rule.SetText(scriptRule(s.Call))
}

// drawSteps draws the time line: what is done with its time, what is awaited,
// and, once the call has ended, where it ended.
func drawSteps(line *parts.TimeLine, c Call) {
	for step := range stepCount {
		switch {
		case step == StepDevice && c.Customer == Guest && !c.Done[step].IsZero():
			line.Set(int(step), parts.Empty, words.Second(c.Done[step])) // it answered; nobody has checked it
		case !c.Done[step].IsZero():
			line.Set(int(step), parts.Done, words.Second(c.Done[step]))
		case step == c.current() && c.Reason != "":
			line.Set(int(step), parts.Failed, words.Second(c.Over))
		case step == c.current():
			line.Set(int(step), parts.Current, "")
		default:
			line.Set(int(step), parts.Empty, "")
		}
	}
}

// warning is what the panel has room for.
func (p *eventsPanel) warning(s State) string {
	all := warnings(s)
	if p.small && len(all) > 0 {
		return all[0]
	}
	return strings.Join(all, "\n")
}

// warnings are what happened to the call and does not end it, and a form that
// waits for the end of this call; the most pressing first.
func warnings(s State) []string {
	var all []string
	for _, key := range s.Call.Alerts {
		if key == call.AlertLost {
			all = append([]string{alertWords(key)}, all...)
			continue
		}
		all = append(all, alertWords(key))
	}
	if s.Call.Refused {
		all = append(all, words.Say("agent.live.refused"))
	}
	if waiting := waitingForm(s); waiting != "" {
		all = append(all, waiting)
	}
	return all
}

// waitingForm says that a call-centre program has a form ready.
func waitingForm(s State) string {
	if s.Waiting == nil {
		return ""
	}
	return words.Say("agent.form.waiting", words.With{"Customer": short(advice.Clean(s.Waiting.Customer))})
}

// mostReference is how many characters of a reference a warning has room for.
const mostReference = 24

func short(reference string) string {
	runes := []rune(reference)
	if len(runes) <= mostReference {
		return reference
	}
	return string(runes[:mostReference-1]) + "…"
}

func alertIcon(c Call) parts.IconName {
	for _, key := range c.Alerts {
		if key == call.AlertLost {
			return parts.IconLineLost
		}
	}
	return parts.IconTriangle
}

func scriptState(c Call) string {
	if c.Phase == call.Secure {
		return words.Say("agent.live.unlocked")
	}
	return words.Say("agent.live.locked")
}

func scriptRule(c Call) string {
	switch {
	case c.Phase != call.Secure:
		return words.Say("agent.live.ask_nothing")
	case c.Customer == Enrolled:
		return words.Say("agent.live.type_only")
	}
	return words.Say("agent.live.guest_only")
}
