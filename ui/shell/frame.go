// This file owns the frame around a page: the header with the program's name,
// the bank and what can be done from everywhere, the line of notice below it,
// and the page on the colour of its mood. The kiosk has two of them in one
// window.

package shell

import (
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"

	"countersign/ui/look"
	"countersign/ui/parts"
)

// keyHelp opens the help on every page.
const keyHelp = fyne.KeyF1

// Standing is what the header of a frame always shows.
type Standing struct {
	Name    string   // the program's name
	Actions []Action // after those of the page
}

// Frame draws pages, one after the other. It belongs to the main goroutine.
type Frame struct {
	canvas   fyne.Canvas
	root     *fyne.Container
	header   *header
	notice   *fyne.Container
	body     *fyne.Container
	standing Standing
	page     Page
	keys     []fyne.Shortcut // those of the page, given to the canvas
	resized  func(fyne.Size)
}

// NewFrame makes an empty frame on a canvas.
func NewFrame(c fyne.Canvas, s Standing) *Frame {
	f := &Frame{canvas: c, standing: s, header: newHeader(), notice: container.NewStack(), body: container.NewStack()}
	f.notice.Hide()
	// The page comes before the header: Tab goes through what matters first.
	f.root = container.New(&frameLayout{f}, f.body, f.notice, f.header.root)
	f.header.set(s.Name, Page{}, s.Actions)
	return f
}

// Object is what a window shows, or a part of it.
func (f *Frame) Object() fyne.CanvasObject { return f.root }

// SetStanding changes what the header always shows.
func (f *Frame) SetStanding(s Standing) {
	f.standing = s
	if f.drawHeader() {
		f.focus(f.page.Focus)
	}
}

// Draw shows a page. While the content is the same one, only what is around it
// changes, and the focus stays where it is.
func (f *Frame) Draw(p Page) {
	fresh := p.Content != f.page.Content || p.Mood != f.page.Mood
	f.page = p
	if fresh {
		for _, old := range f.body.Objects {
			parts.Rest(old)
		}
		f.body.Objects = []fyne.CanvasObject{parts.OnMood(p.Mood, p.Content)}
		f.body.Refresh()
	}
	lost := f.drawHeader()
	f.listen(p.Keys)
	if fresh || lost {
		f.focus(p.Focus)
	}
}

// drawHeader reports whether the focus was on a button that is gone.
func (f *Frame) drawHeader() (lost bool) {
	held := f.header.holds(f.canvas.Focused())
	actions := append(slices.Clone(f.page.Actions), f.standing.Actions...)
	return f.header.set(f.standing.Name, f.page, actions) && held
}

// focus gives the focus to what a page names, else to its first control.
func (f *Frame) focus(wanted fyne.Focusable) {
	f.canvas.Unfocus()
	if wanted != nil {
		f.canvas.Focus(wanted)
	}
	if f.canvas.Focused() == nil {
		f.canvas.FocusNext()
	}
}

// Notify shows a line below the header until the person closes it or another
// takes its place; "" takes it away.
func (f *Frame) Notify(text, closeLabel string) {
	f.notice.Objects = nil
	f.notice.Hidden = text == ""
	if text != "" {
		away := parts.NewButton(parts.Secondary, closeLabel, func() { f.Notify("", "") })
		line := container.NewBorder(nil, nil, nil, container.NewCenter(away), parts.Strip(parts.IconScreen, text))
		side := size(look.Space)
		f.notice.Objects = []fyne.CanvasObject{container.New(layout.NewCustomPaddedLayout(size(look.Gap), 0, side, side), line)}
	}
	f.root.Refresh()
	if f.canvas.Focused() == nil || text == "" {
		f.focus(f.page.Focus)
	}
}

// TakeRune does what a key that types something means on the page.
func (f *Frame) TakeRune(r rune) { f.press(Key(string(unicode.ToLower(r)))) }

// TakeKey does what a key that types nothing means on the page. Keys that type
// something come as runes too and must not count twice.
func (f *Frame) TakeKey(e *fyne.KeyEvent) {
	switch {
	case e.Name == fyne.KeyEscape && f.page.Back != nil:
		f.page.Back()
	case len(e.Name) > 1 && e.Name != fyne.KeySpace:
		f.press(Key(e.Name))
	}
}

func (f *Frame) press(k Key) {
	if do := f.page.Keys[k]; do != nil {
		do()
	}
}

// listen gives the page's keys with Ctrl to the canvas, in place of those of
// the page before.
func (f *Frame) listen(keys map[Key]func()) {
	for _, s := range f.keys {
		f.canvas.RemoveShortcut(s)
	}
	f.keys = nil
	for k := range keys {
		for _, s := range shortcuts(k) {
			f.canvas.AddShortcut(s, func(fyne.Shortcut) { f.press(k) })
			f.keys = append(f.keys, s)
		}
	}
}

// shortcuts are the ways to type a key with Ctrl: both Enter keys are one.
func shortcuts(k Key) []fyne.Shortcut {
	name, found := strings.CutPrefix(string(k), "Ctrl+")
	if !found {
		return nil
	}
	names := []fyne.KeyName{fyne.KeyName(name)}
	if name == "Enter" {
		names = []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter}
	}
	var all []fyne.Shortcut
	for _, n := range names {
		all = append(all, &desktop.CustomShortcut{KeyName: n, Modifier: fyne.KeyModifierShortcutDefault})
	}
	return all
}

// The smallest window in which everything can still be reached, in logical
// pixels. A page that needs more must scroll: a window that grew by itself
// could leave the screen.
const (
	minWidth  = 900
	minHeight = 500
)

// frameLayout puts the header above the notice above the page.
type frameLayout struct{ frame *Frame }

// MinSize is fixed, see minWidth. Half a window has no smallest size of its own.
func (l *frameLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, 0) }

func (l *frameLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	f := l.frame
	if f.resized != nil {
		f.resized(size)
	}
	top := float32(0)
	for _, bar := range []fyne.CanvasObject{f.header.root, f.notice} {
		if !bar.Visible() {
			continue
		}
		bar.Move(fyne.NewPos(0, top))
		bar.Resize(fyne.NewSize(size.Width, bar.MinSize().Height))
		bar.Resize(fyne.NewSize(size.Width, bar.MinSize().Height)) // words that wrap know their height now
		top += bar.MinSize().Height
	}
	f.body.Move(fyne.NewPos(0, top))
	f.body.Resize(fyne.NewSize(size.Width, max(0, size.Height-top)))
}
