// This file owns the screen that waits for what is kept: a keyring may ask for
// its password.

package agent

import (
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// Opening waits for what is kept.
const Opening Kind = "opening"

func (s *Side) opening() screen {
	title := words.Say("agent.opening")
	return screen{Page: shell.Page{Title: title, Content: parts.Page(nil, parts.Working(title), nil)}}
}
