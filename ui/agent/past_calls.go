// This file owns the list of own calls, the newest first.

package agent

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// PastCalls lists the own calls.
const PastCalls Kind = "past-calls"

// pageOfPast is how many calls the list shows at first, and more each time.
const pageOfPast = 25

func (s *Side) pastCalls() screen {
	title := words.Say("agent.history.title")
	rows, page := container.NewStack(), container.NewStack()
	put := func(o fyne.CanvasObject) {
		parts.Put(rows, o)
		refresh(page)
	}
	problem := newStrip(func() { refresh(page) })
	leave := parts.NewButton(parts.Secondary, words.Say("agent.back"), s.goHome)
	page.Add(parts.Page(parts.Headline(title), parts.Column(problem.box, rows), parts.Actions(leave)))
	shown := 0
	var more func()
	more = func() {
		shown += pageOfPast
		put(pastList(s.state.Past, shown, s.Stage.Now(), more))
	}
	return screen{
		Page: shell.Page{Title: title, Content: page, Focus: leave, Back: s.goHome},
		Update: func(st State) {
			problem.problem(st)
			switch {
			case st.Working != "":
				put(parts.Working(words.Say(st.Working)))
			case shown == 0 && st.Problem == "":
				more()
			}
		},
	}
}

// pastList lists the first calls, or says what will stand here.
func pastList(past []session.Past, most int, now time.Time, more func()) fyne.CanvasObject {
	if len(past) == 0 {
		return parts.Column(parts.Lead(words.Say("agent.history.none")))
	}
	var rows []fyne.CanvasObject
	for _, p := range past[:min(most, len(past))] {
		rows = append(rows, pastRow(p, now))
	}
	if len(past) > most {
		rows = append(rows, parts.Actions(parts.NewButton(parts.Secondary, words.Say("agent.history.more"), more)))
	}
	return parts.Column(rows...)
}

// pastRow is one call: when and with whom, what it was about, how it ended.
func pastRow(p session.Past, now time.Time) fyne.CanvasObject {
	what := words.Purpose(p.Purpose) + " · " + shortDirection(p.Direction) + " · " + words.Lasted(p.Lasted) + " · " + securityWords(p)
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
