// This file owns the header: who this is on the left, what can be done from
// everywhere on the right. Where the width does not suffice for all of it, the
// actions stay, and what is said beside them is cut short.

package shell

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
	"countersign/ui/parts"
)

// header is the bar above every page.
type header struct {
	root             *fyne.Container
	name, bank, note *widget.Label
	row              *fyne.Container // the buttons
	actions          []Action
}

func newHeader() *header {
	h := &header{name: short(parts.Strong("")), bank: short(parts.Note("")), note: short(parts.Note("")), row: container.NewWithoutLayout()}
	h.name.SizeName = look.Note
	h.note.Alignment = fyne.TextAlignTrailing
	h.root = container.New(&headerLayout{h}, h.name, h.bank, h.note, h.row, widget.NewSeparator())
	return h
}

// short cuts a label off where its place ends.
func short(l *widget.Label) *widget.Label {
	l.Wrapping = fyne.TextWrapOff
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

// set brings the header up to a page. It reports whether the buttons are new
// ones: they are kept while they say the same, so that the focus can stay.
func (h *header) set(name string, p Page, actions []Action) (rebuilt bool) {
	h.name.SetText(name)
	h.bank.SetText(p.Bank)
	h.note.SetText(p.Note)
	rebuilt = !sameWords(h.actions, actions)
	h.actions = actions
	if rebuilt {
		h.row.Objects = nil
		for i, a := range actions {
			h.row.Add(parts.NewButton(parts.Quiet, a.Text, func() { h.actions[i].Do() }))
		}
	}
	h.root.Refresh()
	return rebuilt
}

func sameWords(a, b []Action) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Text != b[i].Text {
			return false
		}
	}
	return true
}

// holds reports whether the focus is in the header.
func (h *header) holds(focused fyne.Focusable) bool {
	for _, o := range h.row.Objects {
		if f, ok := o.(fyne.Focusable); ok && f == focused {
			return true
		}
	}
	return false
}

// headerLayout: name and bank from the left, buttons from the right, the note
// before the buttons.
type headerLayout struct{ header *header }

func size(name fyne.ThemeSizeName) float32 {
	return fyne.CurrentApp().Settings().Theme().Size(name)
}

// MinSize has no width: a header is cut short before it makes a window wider.
func (l *headerLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, max(size(look.HeaderHeight), l.header.name.MinSize().Height))
}

func (l *headerLayout) Layout(o []fyne.CanvasObject, space fyne.Size) {
	h, side, gap := l.header, size(look.Space)-size(theme.SizeNameInnerPadding), size(look.Gap)
	right := space.Width - size(look.Space)
	for _, button := range slices.Backward(h.row.Objects) {
		right = placeRight(button, right, space.Height) - gap
	}
	h.row.Resize(space)
	name, bank, note := share(right-side, natural(h.name), natural(h.bank), natural(h.note))
	left := placeLeft(h.name, side, name, space.Height)
	placeLeft(h.bank, left, bank, space.Height)
	placeLeft(h.note, right-note, note, space.Height)
	line := o[len(o)-1]
	line.Resize(fyne.NewSize(space.Width, 1))
	line.Move(fyne.NewPos(0, space.Height-1))
}

// share divides what is free. Where it does not suffice, the program's name
// goes first, which the window's title says too, then the end of the bank's
// name, then that of the note.
func share(free, name, bank, note float32) (float32, float32, float32) {
	free = max(0, free)
	if name+bank+note > free {
		name = 0
	}
	note = min(note, free)
	bank = min(bank, free-note)
	return name, whole(bank), whole(note)
}

// leastWords is the width below which a word cut short says nothing.
const leastWords = 40

func whole(width float32) float32 {
	if width < leastWords {
		return 0
	}
	return width
}

// natural is the width of a label that is not cut short.
func natural(l *widget.Label) float32 {
	if l.Text == "" {
		return 0
	}
	text := fyne.MeasureText(l.Text, size(l.SizeName), l.TextStyle)
	return text.Width + 2*size(theme.SizeNameInnerPadding) + 1
}

// placeLeft puts words in their place; without any they are hidden, because a
// label that has no width is drawn all the same.
func placeLeft(o *widget.Label, left, width, height float32) (end float32) {
	if o.Hidden != (width == 0) {
		o.Hidden = width == 0
		o.Refresh()
	}
	o.Resize(fyne.NewSize(width, o.MinSize().Height))
	o.Move(fyne.NewPos(left, (height-o.MinSize().Height)/2))
	return left + width
}

func placeRight(o fyne.CanvasObject, right, height float32) (start float32) {
	space := o.MinSize()
	o.Resize(space)
	o.Move(fyne.NewPos(right-space.Width, (height-space.Height)/2))
	return right - space.Width
}
