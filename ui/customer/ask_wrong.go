// This file owns the screen that asks before the call is reported and ended.

package customer

import (
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const AskWrong Kind = "ask-wrong" // "Report this call and end it?"

func (s *Side) askWrong() screen {
	title := words.Say("customer.wrong.ask")
	report := parts.NewButton(parts.Primary, words.Say("customer.wrong.report"), s.report)
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Content: parts.Page(
			parts.Heading(title, words.Say("customer.wrong.lead")),
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
