// This file owns the screen that asks before a bank is removed.

package customer

import (
	"fyne.io/fyne/v2"

	"countersign/session/protocol/ending"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const RemoveBank Kind = "remove-bank" // the question before it

func (s *Side) removeBank() screen {
	b := s.state.Chosen
	title := words.Say("customer.remove.ask", words.With{"Bank": bankName(b)})
	back := s.backButton(s.openBanks)
	rows := []fyne.CanvasObject{parts.Card(steps(words.Say("customer.remove.check"), words.Say("customer.remove.letter"), words.Say("customer.remove.past")))}
	actions := []fyne.CanvasObject{back, parts.NewButton(parts.Secondary, words.Say("customer.remove.do"), s.remove)}
	if s.state.Refused != "" {
		rows = []fyne.CanvasObject{parts.Card(withIcon(parts.IconTriangle, look.Ink, parts.Body(s.refusal())))}
	}
	if s.state.Refused == ending.OnHold {
		actions = actions[:1]
	}
	return screen{Page: shell.Page{
		Title:   title,
		Content: parts.Page(parts.Heading(title, words.Say("customer.remove.lead")), parts.Column(rows...), parts.Actions(actions...)),
		Focus:   back,
		Back:    s.openBanks,
	}}
}

// refusal says why a bank was not removed.
func (s *Side) refusal() string {
	if s.state.Refused == ending.OnHold {
		return words.Say("customer.remove.hold", words.With{"Time": words.Clock(s.state.Chosen.HoldUntil)})
	}
	return words.Ending(s.state.Refused, advice.ForDevice)
}
