// This file owns the contract between a window and what is shown in it: the
// stage that a side plays on, the pages that it shows, and the side itself.

package shell

import (
	"time"

	"fyne.io/fyne/v2"

	"countersign/ui/look"
)

// Stage is what a side gets to play on. All methods but Do belong to the main
// goroutine.
type Stage interface {
	// Show replaces what is shown.
	Show(Page)
	// Do runs f on the main goroutine, soon. Every other goroutine comes back
	// through it.
	Do(f func())
	// After runs f on the main goroutine after d, unless stop is called first.
	After(d time.Duration, f func()) (stop func())
	// Now is the time.
	Now() time.Time
	// Compact reports whether the window is small: spacing is tighter then.
	Compact() bool
	// Settings opens the settings; closing them shows the side's page again.
	Settings()
	// Help opens the help at a topic, "" for its beginning.
	Help(topic string)
}

// Page is what a side shows: a value, drawn by the stage.
type Page struct {
	// Title says what the screen says, as a sentence: it becomes the window's
	// title, which screen readers read first.
	Title string
	// Bank stands beside the program's name, Note at the right of the header.
	Bank, Note string
	// Content fills the window below the header.
	Content fyne.CanvasObject
	// Mood is the colour of the window below the header.
	Mood look.Mood
	// Focus is what has the focus first; nil: the first control.
	Focus fyne.Focusable
	// Actions stand in the header, before Help and Settings.
	Actions []Action
	// Keys work while no text box takes them.
	Keys map[Key]func()
	// Back is what Esc does; nil: nothing.
	Back func()
	// Dropped takes files that were dropped on the window; nil: they are ignored.
	Dropped func(paths []string)
	// Busy says that a call is under way: closing the window asks first.
	Busy bool
}

// Key is a key of the keyboard: a rune of its own ("1", "n") or the name of a
// key that types nothing ("F9"). Letters are given in lower case and match both.
type Key string

// CtrlEnter is the key of a page's main action. It works in text boxes too: a
// box gives shortcuts that are not its own to the window. Both Enter keys count.
const CtrlEnter Key = "Ctrl+Enter"

// Action is something that can be done from the header.
type Action struct {
	Text string
	Do   func()
}

// Side is one of the two people's programs, drawn on a stage.
type Side interface {
	// Start shows the first page.
	Start(Stage)
	// Stop ends what is under way, because the window closes, and returns at
	// once: kept is closed when nothing of a call is on its way any more, neither
	// to the bank nor to the disk. Nothing is shown after it.
	Stop() (kept <-chan struct{})
	// Redraw shows the current page again, after the language, the theme or the
	// size of the window changed. Nothing that was typed is lost.
	Redraw()
}
