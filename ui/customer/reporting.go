// This file owns the screen that is there while the bank is told of a stop.

package customer

import (
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const Reporting Kind = "reporting" // the bank is being told

func (s *Side) reporting() screen {
	title := words.Say("customer.reporting")
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Content: parts.Page(parts.Headline(title), parts.Working(words.Say("customer.reporting_lead")), nil),
	}}
}
