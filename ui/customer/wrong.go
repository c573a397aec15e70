// This file owns *Something is wrong*: the question in a call, the advice
// outside one, and the bank's own numbers.

package customer

import (
	"fyne.io/fyne/v2"

	"countersign/session"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

func (s *Side) askWrong() screen {
	title := words.Say("customer.wrong.ask")
	report := parts.NewButton(parts.Primary, words.Say("customer.wrong.report"), s.report)
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Content: parts.Page(
			heading(title, words.Say("customer.wrong.lead")),
			parts.Column(parts.Card(steps(s.reportMeans()...))),
			parts.Actions(report, parts.NewButton(parts.Secondary, words.Say("customer.wrong.back"), s.goOnTalking))),
		Focus: report,
		Back:  s.goOnTalking,
	}}
}

// reportMeans says what a report does. Without an offer there is nothing to
// report, and a guest's report is not counted by the bank.
func (s *Side) reportMeans() []string {
	means := []string{words.Say("customer.wrong.ends")}
	if offered := s.state.Story.Judged || s.state.Story.Replied; !offered {
		return means
	}
	if s.state.Check.Bank.Enrolled {
		means = append(means, words.Say("customer.wrong.told"))
	}
	return append(means, words.Say("customer.wrong.hold"))
}

func (s *Side) somethingWrong() screen {
	title := words.Say("customer.doubt")
	numbers := parts.NewButton(parts.Primary, words.Say("customer.show_numbers"), func() { s.beside(SafeNumbers) })
	if len(s.state.Banks) == 0 {
		numbers.Disable()
	}
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Content: parts.Page(
			heading(title, words.Say("customer.doubt_lead")),
			parts.Column(parts.Card(safeSteps()), parts.Body(words.Say("customer.doubt_never"))),
			parts.Actions(numbers, s.backButton(s.back))),
		Focus: numbers,
		Back:  s.back,
	}}
}

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
		Content: parts.Page(heading(title, words.Say("customer.numbers_lead")), parts.Column(cards...), parts.Actions(back)),
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
