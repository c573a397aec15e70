// This file owns the screen that stops a call. It says nothing that the stopped offer claimed, and what
// to do.

package customer

import (
	"fyne.io/fyne/v2"

	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const Red Kind = "red" // stopped

func (s *Side) red() screen {
	st := s.state.Story
	reason := st.reason()
	title, todo := words.Say("verdict.hang_up"), safeSteps()
	if advice.Next(reason) == advice.AskBank {
		title, todo = words.Say("verdict.stopped"), parts.Lead(words.Say(string(advice.AskBank)))
	}
	first, rest := words.FirstSentence(words.Ending(reason, st.family()))
	numbers := parts.NewButton(parts.Primary, words.Say("customer.show_numbers"), s.Rested(func() { s.beside(SafeNumbers) }))
	closing := parts.NewButton(parts.Secondary, words.Say("customer.close"), s.Rested(s.leave))
	telling := parts.Body(words.Say("customer.reporting"))
	update := func(now State) {
		telling.Hidden = now.Story.Over
		if now.Story.Over {
			closing.Enable()
		} else {
			closing.Disable()
		}
	}
	return screen{
		Page: shell.Page{
			Title:   title,
			Actions: quiet,
			Mood:    look.Stopped,
			Content: parts.Page(
				parts.VerdictHead(look.Stopped, title, first),
				parts.Column(parts.Inset(parts.Tight(ifAny(rest, strong), todo)), s.holdLine(), st.undelivered(), telling),
				parts.Actions(numbers, closing)),
			Focus: numbers,
			Back:  s.leaveIfOver,
		},
		Update: update,
	}
}

// holdLine tells a hold where this stop began one.
func (s *Side) holdLine() fyne.CanvasObject {
	if !s.state.Story.holds() {
		return nil
	}
	return parts.Lead(words.Say("next.hold"))
}

func (s *Side) leaveIfOver() {
	if s.running == nil {
		s.leave()
	}
}
