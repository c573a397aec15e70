// This file owns how our own pages are laid out.

package shell

import (
	"fyne.io/fyne/v2"

	"countersign/ui/parts"
)

// largeTextAbove is the size of the text above which two columns are too narrow.
const largeTextAbove = 1.3

func (s *Shell) largeText() bool { return s.kept.textScale() > largeTextAbove }

// sheet is a page with its head above and its actions below. Where there is
// little room for large text, the head scrolls with the rest: it would leave
// nothing for it otherwise.
func (s *Shell) sheet(head, body, actions fyne.CanvasObject) fyne.CanvasObject {
	if s.compact && s.largeText() {
		return parts.Page(nil, parts.Column(head, body), actions)
	}
	return parts.Page(head, body, actions)
}
