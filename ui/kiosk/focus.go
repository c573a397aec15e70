// This file owns where keys go: two halves share one window, and only one of
// them has the focus. A half whose screen changes by itself never takes it from
// the other, where somebody may be typing.

package kiosk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/parts"
)

// Keys of the kiosk itself.
const (
	keyOther = fyne.KeyF6 // to the other half
	keyHelp  = fyne.KeyF1
)

var _ parts.KeyTaker = (*Kiosk)(nil)

// TakeRune implements parts.KeyTaker.
func (k *Kiosk) TakeRune(r rune) {
	if p := k.current(); p != nil {
		p.frame.TakeRune(r)
	}
}

// TakeKey implements parts.KeyTaker.
func (k *Kiosk) TakeKey(e *fyne.KeyEvent) {
	p := k.current()
	switch {
	case p == nil:
	case e.Name == keyOther && p != k.cover:
		k.switchTo(k.other(p))
	case e.Name == keyHelp && p != k.cover:
		p.Help("")
	default:
		p.frame.TakeKey(e)
	}
}

// current is the pane that keys go to: the cover, while there is one, else the
// half that has the focus, else the one that had it last.
func (k *Kiosk) current() *pane {
	if k.covered() {
		return k.cover
	}
	f := k.options.Window.Canvas().Focused()
	if f == nil || f == k.given {
		return k.active
	}
	// The person moved it, so everything has its place on the screen.
	for _, p := range []*pane{k.agent, k.customer} {
		if p != nil && p.surrounds(f) {
			k.active, k.given = p, f
		}
	}
	return k.active
}

func (k *Kiosk) other(p *pane) *pane {
	if p == k.agent {
		return k.customer
	}
	return k.agent
}

// switchTo gives the focus to a half, where it was the last time.
func (k *Kiosk) switchTo(p *pane) {
	k.keep()
	k.active = p
	p.enter()
	k.title()
}

// keep remembers where in its pane the focus is.
func (k *Kiosk) keep() {
	p, f := k.current(), k.options.Window.Canvas().Focused()
	if p != nil && f != nil && f == k.given {
		p.held = f
	}
}

// surrounds reports whether something on the screen is in the pane: it is where
// the pane is, and nothing else is there.
func (p *pane) surrounds(f fyne.Focusable) bool {
	o, ok := f.(fyne.CanvasObject)
	if !ok {
		return false
	}
	driver := fyne.CurrentApp().Driver()
	at, from := driver.AbsolutePositionForObject(o), driver.AbsolutePositionForObject(p.object)
	within := func(at, from, length float32) bool { return at >= from && at < from+length }
	return within(at.X, from.X, p.object.Size().Width) && within(at.Y, from.Y, p.object.Size().Height)
}

// enter gives the pane the focus, where it was, else at its first control.
func (p *pane) enter() {
	p.focus(p.held)
	if c := p.kiosk.options.Window.Canvas(); c.Focused() == nil {
		p.first()
	}
}

// focus gives the focus to a control of the pane; nil takes it away.
func (p *pane) focus(f fyne.Focusable) {
	c := p.kiosk.options.Window.Canvas()
	c.Unfocus()
	if f != nil {
		c.Focus(f)
	}
	p.kiosk.given = c.Focused()
}

// first gives the focus to the first control of the pane, if it has one. Fyne
// knows the control after another one only: the one after the first mark is
// that control, or the last mark.
func (p *pane) first() {
	c := p.kiosk.options.Window.Canvas()
	p.begin.Enable()
	p.end.Enable()
	c.Focus(p.begin)
	c.FocusNext()
	if c.Focused() == fyne.Focusable(p.end) {
		c.Unfocus()
	}
	p.begin.Disable()
	p.end.Disable()
	p.kiosk.given = c.Focused()
}

// paneCanvas is the window's canvas as a pane's frame sees it: the focus and
// the shortcuts are those of the pane alone.
type paneCanvas struct {
	fyne.Canvas
	pane *pane
}

func (c paneCanvas) isActive() bool { return c.pane.kiosk.current() == c.pane }

// Focus gives the focus to a control, now or when the pane is active.
func (c paneCanvas) Focus(f fyne.Focusable) {
	c.pane.held = f
	if c.isActive() {
		c.pane.focus(f)
	}
}

// Unfocus takes the focus from the pane's controls.
func (c paneCanvas) Unfocus() {
	if c.isActive() {
		c.pane.focus(nil)
	}
	c.pane.held = nil
}

// Focused is the control of the pane that has the focus, or will have it.
func (c paneCanvas) Focused() fyne.Focusable {
	if c.isActive() {
		return c.Canvas.Focused()
	}
	return c.pane.held
}

// FocusNext gives the focus to the pane's first control: a frame asks for it
// when nothing of its page has it.
func (c paneCanvas) FocusNext() {
	if c.isActive() {
		c.pane.first()
	}
}

// AddShortcut listens to a shortcut while the pane is active.
func (c paneCanvas) AddShortcut(s fyne.Shortcut, do func(fyne.Shortcut)) {
	c.pane.shortcuts[s.ShortcutName()] = do
	c.Canvas.AddShortcut(s, func(s fyne.Shortcut) {
		if p := c.pane.kiosk.current(); p != nil {
			if do := p.shortcuts[s.ShortcutName()]; do != nil {
				do(s)
			}
		}
	})
}

// RemoveShortcut ends that. The canvas keeps listening: the other half may
// have the same shortcut.
func (c paneCanvas) RemoveShortcut(s fyne.Shortcut) { delete(c.pane.shortcuts, s.ShortcutName()) }

// mark stands before and after a pane's controls, has no size, and takes no part
// in anything but finding the first of them.
type mark struct {
	widget.BaseWidget
	open bool
}

func newMark() *mark {
	m := &mark{}
	m.ExtendBaseWidget(m)
	return m
}

// CreateRenderer implements fyne.Widget.
func (m *mark) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}

// Disabled implements fyne.Disableable: Tab passes the mark by.
func (m *mark) Disabled() bool { return !m.open }

// Disable implements fyne.Disableable.
func (m *mark) Disable() { m.open = false }

// Enable implements fyne.Disableable.
func (m *mark) Enable() { m.open = true }

// FocusGained implements fyne.Focusable.
func (m *mark) FocusGained() {}

// FocusLost implements fyne.Focusable.
func (m *mark) FocusLost() {}

// TypedRune implements fyne.Focusable.
func (m *mark) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (m *mark) TypedKey(*fyne.KeyEvent) {}
