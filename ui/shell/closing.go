// This file owns the end of the window: a call is never dropped without a
// question, and never without its ending.

package shell

import (
	"countersign/session"
	"countersign/ui/parts"
	"countersign/ui/words"
)

// EndWithin is how long the end of a call may take after the window is closed.
// Nobody waits for it: the window is gone. Less would cut off the report of a
// stop, or what this computer must remember of it.
const EndWithin = session.EndsWithin

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
// call is still ending, or being kept: then Busy tells when that is over.
// Nothing is drawn any more.
func (s *Shell) End() (ending bool) {
	s.gone = true
	s.give()
	if s.page.Busy && s.page.Closing != nil {
		s.page.Closing()
	} else if s.side != nil {
		s.side.Stop()
	}
	return s.Busy()
}

// Busy reports whether a call is under way, or still being kept.
func (s *Shell) Busy() bool {
	return s.page.Busy || s.page.Keeping != nil && s.page.Keeping()
}
