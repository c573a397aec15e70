// This file owns the right side of a call: the time line, warnings, and the
// script, which stays locked until the call is secure.

package agent

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"countersign/session/protocol/call"
	"countersign/ui/advice"
	"countersign/ui/parts"
	"countersign/ui/words"
)

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
	p := &eventsPanel{small: s.Stage.Compact(), script: parts.Strong(""), rule: parts.Note("")}
	p.line = parts.NewTimeLine(stepTitles(s.state.Call.customer()))
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
	if s.Stage.Compact() {
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
	p.line.SetTitle(int(StepDevice), stepTitles(s.Call.customer())[StepDevice])
	drawSteps(p.line, s.Call)
	p.alerts.warn(alertIcon(s.Call), p.warning(s))
	p.script.SetText(words.Say("agent.live.script") + " · " + scriptState(s.Call))
	p.rule.SetText(scriptRule(s.Call))
}

// drawSteps draws the time line: what is done with its time, what is awaited,
// and, once the call has ended, where it ended.
func drawSteps(line *parts.TimeLine, c Story) {
	for step := range stepCount {
		switch {
		case step == StepDevice && c.customer() == Guest && !c.done(step).IsZero():
			line.Set(int(step), parts.Empty, words.Second(c.done(step))) // it answered; nobody has checked it
		case !c.done(step).IsZero():
			line.Set(int(step), parts.Done, words.Second(c.done(step)))
		case step == c.current() && c.Over:
			line.Set(int(step), parts.Failed, words.Second(c.Ended))
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
	if s.Call.Lost {
		all = append(all, alertWords(call.AlertLost))
	}
	for _, key := range s.Call.Alerts {
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

func alertIcon(c Story) parts.IconName {
	if c.Lost {
		return parts.IconLineLost
	}
	return parts.IconTriangle
}

func scriptState(c Story) string {
	if c.Phase == call.Secure {
		return words.Say("agent.live.unlocked")
	}
	return words.Say("agent.live.locked")
}

func scriptRule(c Story) string {
	switch {
	case c.Phase != call.Secure:
		return words.Say("agent.live.ask_nothing")
	case c.customer() == Enrolled:
		return words.Say("agent.live.type_only")
	}
	return words.Say("agent.live.guest_only")
}
