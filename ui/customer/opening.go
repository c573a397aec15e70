// This file owns the screen that waits for the banks to be opened.

package customer

import (
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const Opening Kind = "opening" // the banks are being opened

func (s *Side) opening() screen {
	title := words.Say("customer.opening")
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Content: parts.Page(parts.Headline(title), parts.Working(words.Say("customer.opening_lead")), nil),
	}}
}
