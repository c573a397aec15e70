// This file owns the screen that lists the calls of the past.

package customer

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const PastCalls Kind = "past-calls" // all of them

func (s *Side) pastCalls() screen {
	title := words.Say("customer.past_calls")
	back := s.backButton(s.goHome)
	list := container.NewStack()
	drawn, shown := false, []session.Past(nil)
	update := func(st State) {
		if drawn && slices.Equal(shown, st.Past) {
			return // rebuilding a list takes the focus from its rows
		}
		drawn, shown = true, st.Past
		parts.Put(list, s.pastList(st))
	}
	return screen{
		Page: shell.Page{
			Title:   title,
			Content: parts.Page(parts.Heading(title, words.Say("customer.past_lead")), list, parts.Actions(back)),
			Focus:   back,
			Back:    s.goHome,
		},
		Update: update,
	}
}

func (s *Side) pastList(st State) fyne.CanvasObject {
	past := st.Past
	if st.Hidden != "" {
		return parts.Column(card(parts.Body(words.Ending(st.Hidden, advice.ForDevice))))
	}
	if len(past) == 0 {
		return parts.Column(card(parts.Body(words.Say("customer.no_call_yet"))))
	}
	rows := make([]fyne.CanvasObject, len(past))
	for i, p := range past {
		name, colour := signOf(p)
		ended, _ := words.FirstSentence(words.Ending(p.Reason, advice.ForCustomers))
		open := parts.NewChoice("",
			dots(words.Capital(words.DayAndTime(p.Began, s.Stage.Now())), words.Bank(p.Bank, p.Domain)),
			dots(words.Name(p.Name), words.Purpose(p.Purpose), ended, unchecked(p)),
			func() {
				s.state.Reading = p
				s.moveTo(PastCall)
			})
		rows[i] = withIcon(name, colour, open)
	}
	return parts.Column(rows...)
}

// unchecked says of a call that was secure that its check left something open.
func unchecked(p session.Past) string {
	if p.Secure && (p.Guest || p.Unverified) {
		return words.Say("verdict.unverified")
	}
	return ""
}

// signOf is the icon of how a call ended. The words beside it say the same.
func signOf(p session.Past) (parts.IconName, fyne.ThemeColorName) {
	switch {
	case p.Reason == ending.Completed && !p.Guest && !p.Unverified:
		return parts.IconShield, look.Primary
	case kindOf(p.Reason) == Red:
		return parts.IconOctagon, look.Error
	}
	return parts.IconTriangle, look.Muted
}

// openPast shows the calls of the past, read afresh.
func (s *Side) openPast() {
	s.moveTo(PastCalls)
	s.refresh()
}
