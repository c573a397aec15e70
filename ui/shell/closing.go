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
	if !s.page.Busy || s.isOver(isClosing) {
		s.options.Quit()
		return
	}
	s.raise(isClosing, s.closingPage)
}

// closingPage asks whether to end the call. Closing the window once more says
// yes.
func (s *Shell) closingPage() Page {
	stay := parts.NewButton(parts.Primary, words.Say("closing.stay"), s.lower)
	end := parts.NewButton(parts.Secondary, words.Say("closing.end"), s.options.Quit)
	return Page{
		Title:   words.Say("closing.title"),
		Content: s.sheet(parts.Heading(words.Say("closing.title"), words.Say("closing.means")), nil, parts.Actions(stay, end)),
		Focus:   stay,
		Back:    s.lower,
	}
}

// End ends what is under way, once the window is gone. kept is closed when
// nothing of a call is on its way any more, also not of the other person's side
// that played here before. Nothing is drawn after it.
func (s *Shell) End() (kept <-chan struct{}) {
	s.gone = true
	s.giveUp()
	s.leaveSide()
	all, left := make(chan struct{}), s.left
	go func() {
		for _, kept := range left {
			<-kept
		}
		close(all)
	}()
	return all
}
