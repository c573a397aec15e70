// This file owns text boxes: Fyne's entry with a name, and keys that reach
// the window.

package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
)

// Entry is a box for text.
type Entry struct {
	widget.Entry
	name string
}

// NewEntry makes a box. name is what it is for, told to screen readers;
// placeholder is an example of what to type.
func NewEntry(name, placeholder string) *Entry {
	e := &Entry{name: name}
	e.PlaceHolder = placeholder
	e.Wrapping = fyne.TextWrapOff
	e.Scroll = fyne.ScrollHorizontalOnly
	e.ExtendBaseWidget(e)
	return e
}

// NewSecretEntry makes a box that shows dots.
func NewSecretEntry(name string) *Entry {
	e := NewEntry(name, "")
	e.Password = true
	return e
}

// AccessibilityLabel implements fyne.Accessible.
func (e *Entry) AccessibilityLabel() string { return e.name }

// AccessibilityRole implements fyne.Accessible.
func (e *Entry) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// TypedKey gives Esc and the function keys to the window.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape || isFunctionKey(k.Name) {
		passKey(e, k)
		return
	}
	e.Entry.TypedKey(k)
}

// TypedShortcut gives what is not the box's own to the window: Fyne lets the
// focused box swallow every shortcut.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if _, custom := s.(*desktop.CustomShortcut); custom {
		passShortcut(e, s)
		return
	}
	e.Entry.TypedShortcut(s)
}

func isFunctionKey(name fyne.KeyName) bool {
	return len(name) >= 2 && name[0] == 'F' && name[1] >= '0' && name[1] <= '9'
}

// roomy gives a text box more room around its text than labels have.
func roomy(box fyne.CanvasObject) fyne.CanvasObject {
	if _, ok := box.(*Entry); !ok {
		return box
	}
	r := &roomyBox{}
	r.box = container.NewThemeOverride(box, look.Roomy(r.Theme()))
	r.ExtendBaseWidget(r)
	return r
}

// roomyBox keeps to the theme that it stands in: a part of the window with a
// theme of its own gives it to its widgets, but not to those that have one.
type roomyBox struct {
	widget.BaseWidget
	box *container.ThemeOverride
}

// Refresh implements fyne.Widget.
func (r *roomyBox) Refresh() {
	r.box.Theme = look.Roomy(r.Theme())
	r.box.Refresh()
	r.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (r *roomyBox) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// Field is a box with its name above it and, below it, a hint; "" for none.
func Field(name string, box fyne.CanvasObject, hint string) fyne.CanvasObject {
	rows := []fyne.CanvasObject{Note(name), roomy(box)}
	if hint != "" {
		rows = append(rows, Note(hint))
	}
	return Tight(rows...)
}
