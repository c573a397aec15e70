// This file owns the screen of a live call, from its code to the last read-back.
// Left is what to say, in speaking order; right is what happens, in the order of
// time.

package agent

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"countersign/session/protocol/call"
	"countersign/session/protocol/offer"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// Live is a call until it is secure.
const Live Kind = "live"

// hurry is when the agent is reminded that a new code can be had.
const hurry = 30 * time.Second

func (s *Side) live() screen {
	small := s.Stage.Compact() // fewer words then
	about, code := parts.Note(""), parts.NewDigits("", look.BigDigits)
	ring, left, hint := parts.NewRing(), parts.Strong(""), parts.Note("")
	renew := parts.NewButton(parts.Quiet, words.Say("agent.live.new"), s.renew).SetHint("N")
	turn := parts.NewButton(parts.Quiet, words.Say("agent.live.qr"), s.turnQR).SetHint("Q")
	box := parts.NewSixDigits(words.Say("agent.readback"), s.readback)
	wanted := parts.Note("") // what to type, or how much of it is missing
	answer := parts.Body("") // what came of the digits, or what to say
	box.OnChange = func(digits string) {
		s.state.Digits = digits
		tellLeft(wanted, box)
	}
	box.Misfit = func() { wanted.SetText(words.Capital(words.Say(string(call.AlertReadback)))) }
	end := parts.NewButton(parts.Secondary, words.Say("agent.live.end"), s.hangUp)
	events := s.newEventsPanel()
	clock := container.NewBorder(nil, nil, container.NewCenter(ring), nil,
		parts.Tight(left, container.NewHBox(renew, gap(), turn)))
	check := parts.Card(parts.Tight(wanted,
		container.NewBorder(nil, nil, container.NewCenter(box), nil, answer)))
	tick := func() {
		c := s.state.Call
		remain := c.left(s.Stage.Now())
		ring.Set(float64(remain) / float64(c.window()))
		left.SetText(leftWords(c, remain))
	}
	return screen{
		Page: shell.Page{
			Title: words.Say("agent.live.title"),
			Content: s.twoSides(sides{
				left:    parts.Column(about, parts.Tight(hint, code), clock, check),
				right:   events.card,
				actions: parts.Actions(end),
				stacked: func(short bool) { // a narrow window can do without
					show(about, !short)
					show(events.rule, !short)
				},
			}),
			Focus: box,
			Keys:  s.codeKeys(),
		},
		Update: func(st State) {
			c := st.Call
			about.SetText(callWords(c))
			code.SetText(offer.Groups(c.Code))
			code.SetQuiet(!c.offers())
			hint.SetText(liveHint(c, small))
			answer.SetText(answerWords(c, small))
			if box.Digits() != st.Digits {
				box.SetDigits(st.Digits)
			}
			tellLeft(wanted, box)
			show(renew, c.renewable())
			show(turn, c.offers() && c.Frame != "")
			enable(end, !c.closing())
			show(ring, !c.Until.IsZero())
			if c.Until.IsZero() {
				left.SetText(waitingWords(c))
			} else {
				tick()
			}
			events.update(st)
		},
		Tick: s.countdown(tick),
	}
}

// codeKeys are the keys of a call whose code is shown.
func (s *Side) codeKeys() map[shell.Key]func() {
	return map[shell.Key]func(){"n": s.renew, "q": s.turnQR}
}

// gap is room between two texts in a row.
func gap() *widget.Label { return parts.OneLine(parts.Note("")) }

// liveHint is what to say now, above the digits. What is said beside the box
// where there is room is not said twice.
func liveHint(c Story, small bool) string {
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
func waitingWords(c Story) string {
	switch {
	case c.closing():
		return words.Say("agent.live.ending")
	case c.Phase == call.Securing:
		return words.Say("agent.live.checking")
	}
	return words.Say("agent.opened")
}

// answerWords say what came of the digits, or what to say. The box empties itself
// for the next try; digits that are not judged yet stay.
func answerWords(c Story, small bool) string {
	switch {
	case c.Wrong:
		return wrongWords(c, small)
	case c.Early:
		return words.Say("agent.live.early")
	case c.Phase == call.ReadBack && !small:
		return words.Say("agent.say_readback")
	}
	return ""
}

// tellLeft says how many digits are missing once somebody has begun to type.
func tellLeft(wanted *widget.Label, box *parts.DigitBoxes) {
	if box.Digits() == "" || box.Full() {
		wanted.SetText(words.Say("agent.live.type"))
		return
	}
	wanted.SetText(digitsLeft(box))
}

// digitsLeft says how many digits a box still takes.
func digitsLeft(box *parts.DigitBoxes) string {
	return words.Say("agent.digits_left", words.With{"Count": strconv.Itoa(box.Missing())})
}

// wrongWords says that the digits were wrong, in fewer words where room is short.
func wrongWords(c Story, small bool) string {
	tries := words.With{"Tries": strconv.Itoa(c.TriesLeft)}
	if small {
		return words.Say("agent.live.tries", tries)
	}
	return words.Say("agent.readback_wrong", tries)
}

func leftWords(c Story, left time.Duration) string {
	switch {
	case c.Phase == call.ReadBack:
		return secondsLeft(left) + " " + words.Say("agent.live.check_left")
	case left <= hurry:
		return secondsLeft(left) + " · " + words.Say("agent.live.still")
	}
	return secondsLeft(left) + " " + words.Say("agent.live.code_left")
}
