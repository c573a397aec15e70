// Tests of names for which this computer has no letters, on the agent's side.

package agent

import (
	"strings"
	"testing"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/ui/look"
)

// boxes are letters that no font has: the last for private use.
const boxes = "\U0010fffc\U0010fffd"

func TestNamesThatCannotBeReadAreNotDrawn(t *testing.T) {
	s := newStage(t, look.Settings{}, "en", wide)
	mine := shift
	mine.Name, mine.Department, mine.Bank.Name = boxes, boxes, boxes
	d := newDesk(s, &program{shift: mine, preview: session.Preview{Line: "6789", Enrolled: true}, past: past()})
	drawsAll := func() {
		t.Helper()
		for _, text := range []string{s.texts(), s.page.Title, s.page.Bank, s.page.Note} {
			if !look.Draws(strings.ReplaceAll(text, "\n", " ")) {
				t.Errorf("page %q has letters that cannot be drawn: %+q", s.page.Title, text)
			}
		}
	}
	drawsAll()
	if !strings.HasPrefix(s.page.Bank, mine.Bank.Domain) || !strings.Contains(s.page.Note, "[unreadable name]") {
		t.Errorf("the window says %q and %q", s.page.Bank, s.page.Note)
	}
	d.callUntil(call.Secure)
	drawsAll()
}
