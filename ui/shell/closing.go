// This file owns the end of the window: a call is never dropped without a
// question, and never without its ending.

package shell

import (
	"time"

	"countersign/ui/parts"
	"countersign/ui/words"
)

// EndWithin is how long the end of a call may take after the window is closed.
// It is longer than a call waits for its last record to arrive.
const EndWithin = 3 * time.Second

// Close is what the window does when the person closes it.
func (s *Shell) Close() {
	if !s.page.Busy || s.isOver(isQuestion) && s.above.Closing != nil {
		s.options.Quit()
		return
	}
	s.raise(isQuestion, s.closingPage)
}

// closingPage asks whether to end the call. Closing the window once more says
// yes.
func (s *Shell) closingPage() Page {
	stay := parts.NewButton(parts.Primary, words.Say("closing.stay"), s.lower)
	end := parts.NewButton(parts.Secondary, words.Say("closing.end"), s.options.Quit)
	return Page{
		Title:   words.Say("closing.title"),
		Content: s.sheet(heading(words.Say("closing.title"), words.Say("closing.means")), nil, parts.Actions(stay, end)),
		Focus:   stay,
		Back:    s.lower,
		Closing: s.options.Quit,
	}
}

// End ends what is under way, once the window is gone. It returns whether a
// call is still ending: then Busy tells when it is over. Nothing is drawn any
// more.
func (s *Shell) End() (ending bool) {
	s.gone = true
	s.give()
	if s.page.Busy && s.page.Closing != nil {
		s.page.Closing()
	} else if s.side != nil {
		s.side.Stop()
	}
	return s.page.Busy
}

// Busy reports whether a call is under way.
func (s *Shell) Busy() bool { return s.page.Busy }
