// This file owns the words of an ending on a terminal.

package text

import (
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
)

// sentence returns what an ending is called in words for a family of people.
func (p phrases) sentence(reason ending.Reason, family string) string {
	return p.say(advice.Key(reason, family, p.has))
}
