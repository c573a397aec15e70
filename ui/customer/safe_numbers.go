// This file owns the screen that shows the bank's own numbers.

package customer

import (
	"fyne.io/fyne/v2"

	"countersign/session"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const SafeNumbers Kind = "safe-numbers" // the bank's own numbers

func (s *Side) safeNumbers() screen {
	title := words.Say("customer.numbers")
	back := s.backButton(s.back)
	var cards []fyne.CanvasObject
	for _, b := range s.numbered() {
		cards = append(cards, parts.Card(parts.Column(parts.Strong(bankName(b)), lines(b.Lines))))
	}
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Content: parts.Page(parts.Heading(title, words.Say("customer.numbers_lead")), parts.Column(cards...), parts.Actions(back)),
		Focus:   back,
		Back:    s.back,
	}}
}

// numbered are the banks whose numbers are shown: the one of the check, else
// all. They come from this computer's own data, never from a code.
func (s *Side) numbered() []session.Bank {
	if len(s.state.Check.Bank.Lines) > 0 {
		return []session.Bank{s.state.Check.Bank}
	}
	return s.state.Banks
}

// lines writes telephone numbers one below the other, to be dialled.
func lines(numbers []string) fyne.CanvasObject {
	rows := make([]fyne.CanvasObject, len(numbers))
	for i, n := range numbers {
		rows[i] = parts.NewDigits(words.Number(n), look.Value)
	}
	return parts.Column(rows...)
}
