// This file owns how keys that a focused widget has no use for reach the
// window: Fyne gives a key to the focused widget alone, but the keys of a page
// must work wherever the focus is.

package parts

import (
	"fyne.io/fyne/v2"
)

// KeyTaker is a window's content that takes keys which the focused widget
// leaves. The shell sets it for its canvas.
type KeyTaker interface {
	TakeRune(r rune)
	TakeKey(*fyne.KeyEvent)
}

var takers = map[fyne.Canvas]KeyTaker{}

// PassKeys gives the keys that focused widgets of a canvas leave to a taker;
// nil ends it. It belongs to the main goroutine.
func PassKeys(c fyne.Canvas, t KeyTaker) {
	if t == nil {
		delete(takers, c)
		return
	}
	takers[c] = t
}

// canvasOf is the window that a widget stands in. Fyne knows it only once the
// widget was painted; a key that is pressed before must not be lost, so the one
// window that there is stands in for it.
func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil || len(takers) != 1 {
		return c
	}
	for c := range takers {
		return c
	}
	return nil
}

// Focus gives the focus to a control, also to one that has just come onto the
// page and was not painted yet.
func Focus(f fyne.Focusable) {
	if c := canvasOf(f.(fyne.CanvasObject)); c != nil {
		c.Focus(f)
	}
}

func passRune(o fyne.CanvasObject, r rune) {
	if t := takers[canvasOf(o)]; t != nil {
		t.TakeRune(r)
	}
}

func passKey(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if t := takers[canvasOf(o)]; t != nil {
		t.TakeKey(e)
	}
}

// passShortcut gives a shortcut to the window.
func passShortcut(o fyne.CanvasObject, s fyne.Shortcut) {
	if c, ok := canvasOf(o).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}
