// This file owns the screen that is there while the proof is under way.

package customer

import (
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const Enrolling Kind = "enrolling" // the proof is under way

func (s *Side) enrolling() screen {
	title := words.Say("customer.joining")
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Content: parts.Page(parts.Headline(title), parts.Working(words.Say("customer.joining_lead")), nil),
	}}
}
