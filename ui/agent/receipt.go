// This file owns the receipt of a call that is over.

package agent

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session/protocol/ending"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// Receipt says how a call ended.
const Receipt Kind = "receipt"

func (s *Side) receipt() screen {
	c := s.state.Call
	title := endingWords(c.Ending, c.Offered)
	anew := s.Rested(s.newCall)
	again := parts.NewButton(parts.Primary, words.Say("agent.ended.new"), anew).SetHint("Ctrl+Enter")
	line := parts.NewTimeLine(stepTitles(c.customer()))
	drawSteps(line, c)
	inner := container.NewStack()
	notice := newStrip(func() { inner.Refresh() })
	inner.Add(parts.Column(
		container.NewBorder(nil, nil, container.NewCenter(parts.Icon(endingIcon(c.Ending), look.Ink, endingIconSize)), nil, parts.Heading(words.FirstSentence(title))),
		undelivered(c),
		notice.box,
		parts.Facts(
			parts.Fact(words.Say("agent.fact.customer"), c.Form.Reference, ""),
			parts.Fact(words.Say("agent.fact.when"), words.Clock(c.Began), ""),
			parts.Fact(words.Say("agent.fact.lasted"), words.Lasted(c.Ended.Sub(c.Began)), ""),
		),
		parts.Facts(
			parts.Fact(words.Say("agent.fact.purpose"), words.Purpose(c.Form.Purpose), ""),
			parts.Fact(words.Say("agent.fact.direction"), words.Capital(shortDirection(c.Form.Direction)), ""),
		),
	))
	events := parts.Card(container.NewBorder(parts.Column(s.panelTitle(), line), nil, nil, nil))
	p := sides{left: inner, right: events, actions: parts.Actions(again)}
	if s.Stage.Compact() { // how a call ended may take a small window's height
		p.actions, p.pinned = nil, p.actions
	}
	return screen{
		Page:   shell.Page{Title: title, Content: s.twoSides(p), Focus: again, Keys: map[shell.Key]func(){shell.CtrlEnter: anew}},
		Update: func(st State) { notice.tell(waitingForm(st)) },
	}
}

// undelivered warns of texts that the customer did not get.
func undelivered(c Story) fyne.CanvasObject {
	if text := words.Undelivered(c.Texts); text != "" {
		return parts.Strip(parts.IconTriangle, text)
	}
	return nil
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
