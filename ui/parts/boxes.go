// This file owns the boxes that take digits: the spoken code in three groups
// of three, and six digits in one box. A box takes digits and nothing else;
// what else is typed goes to the page.

package parts

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
)

// empty stands in a place that no digit was typed into.
const empty = ' '

// DigitBoxes takes a fixed number of digits. The last one needs no Enter. A
// wrong digit is replaced where it stands: the others are kept.
type DigitBoxes struct {
	widget.BaseWidget
	name           string
	groups, per    int
	framed         bool // a frame for each group, else one for all
	slots          []rune
	cursor         int
	focused        bool
	done, OnChange func(digits string)
	// OtherKey takes what is no digit; nil gives it to the window.
	OtherKey func(rune)
}

// NewDigitBoxes makes a box for each of so many groups of digits. done is
// called each time the last empty place was filled.
func NewDigitBoxes(name string, groups, per int, done func(digits string)) *DigitBoxes {
	return newBoxes(name, groups, per, true, done)
}

// NewSixDigits makes one box for six digits in pairs.
func NewSixDigits(name string, done func(digits string)) *DigitBoxes {
	return newBoxes(name, 3, 2, false, done)
}

func newBoxes(name string, groups, per int, framed bool, done func(string)) *DigitBoxes {
	d := &DigitBoxes{name: name, groups: groups, per: per, framed: framed, done: done}
	d.slots = []rune(strings.Repeat(string(empty), groups*per))
	d.ExtendBaseWidget(d)
	return d
}

// Digits are the digits typed so far.
func (d *DigitBoxes) Digits() string { return strings.ReplaceAll(string(d.slots), string(empty), "") }

// Full reports whether every place has its digit.
func (d *DigitBoxes) Full() bool { return len(d.Digits()) == len(d.slots) }

// Clear empties the boxes.
func (d *DigitBoxes) Clear() { d.SetDigits("") }

// SetDigits shows digits without calling anybody.
func (d *DigitBoxes) SetDigits(digits string) {
	d.cursor = 0
	for i := range d.slots {
		d.slots[i] = empty
	}
	for _, r := range digits {
		d.put(r)
	}
	d.Refresh()
}

func (d *DigitBoxes) put(r rune) bool {
	if r < '0' || r > '9' || d.cursor >= len(d.slots) {
		return false
	}
	d.slots[d.cursor] = r
	d.cursor++
	return true
}

// enter takes typed or pasted text and tells what came of it.
func (d *DigitBoxes) enter(text string) {
	entered := false
	for _, r := range text {
		entered = d.put(r) || entered
	}
	d.Refresh()
	if !entered {
		return
	}
	if d.OnChange != nil {
		d.OnChange(d.Digits())
	}
	if d.Full() && d.done != nil {
		d.done(d.Digits())
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (d *DigitBoxes) AccessibilityLabel() string { return d.name }

// AccessibilityRole implements fyne.Accessible.
func (d *DigitBoxes) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// FocusGained implements fyne.Focusable.
func (d *DigitBoxes) FocusGained() { d.focused = true; d.Refresh() }

// FocusLost implements fyne.Focusable.
func (d *DigitBoxes) FocusLost() { d.focused = false; d.Refresh() }

// TypedRune implements fyne.Focusable.
func (d *DigitBoxes) TypedRune(r rune) {
	switch {
	case r >= '0' && r <= '9':
		d.enter(string(r))
	case r == ' ' || r == '-':
		// People type the gaps that they see.
	case d.OtherKey != nil:
		d.OtherKey(r)
	default:
		passRune(d, r)
	}
}

// TypedKey implements fyne.Focusable.
func (d *DigitBoxes) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyBackspace:
		if d.cursor > 0 {
			d.cursor--
			d.erase()
		}
	case fyne.KeyDelete:
		d.erase()
	case fyne.KeyLeft:
		d.cursor = max(0, d.cursor-1)
	case fyne.KeyRight:
		d.cursor = min(len(d.slots), d.cursor+1)
	case fyne.KeyHome:
		d.cursor = 0
	case fyne.KeyEnd:
		d.cursor = len(d.Digits())
	case fyne.KeyReturn, fyne.KeyEnter:
		if d.Full() && d.done != nil {
			d.done(d.Digits())
		}
	case fyne.KeySpace:
	default:
		passKey(d, e)
	}
	d.Refresh()
}

func (d *DigitBoxes) erase() {
	if d.cursor < len(d.slots) {
		d.slots[d.cursor] = empty
	}
	if d.OnChange != nil {
		d.OnChange(d.Digits())
	}
}

// TypedShortcut takes what is pasted and gives every other shortcut to the
// window. Nothing is ever copied from here.
func (d *DigitBoxes) TypedShortcut(s fyne.Shortcut) {
	if paste, ok := s.(*fyne.ShortcutPaste); ok && paste.Clipboard != nil {
		d.cursor = 0
		d.enter(paste.Clipboard.Content())
		return
	}
	passShortcut(d, s)
}

// Tapped puts the cursor where the person pressed.
func (d *DigitBoxes) Tapped(e *fyne.PointEvent) {
	if c := canvasOf(d); c != nil {
		c.Focus(d)
	}
	group := int(e.Position.X / (d.Size().Width / float32(d.groups)))
	first := min(max(0, group), d.groups-1) * d.per
	for d.cursor = first; d.cursor < min(first+d.per, len(d.slots)) && d.slots[d.cursor] != empty; d.cursor++ {
	}
	if d.Full() {
		d.cursor = first
	}
	d.Refresh()
}

// Cursor implements desktop.Cursorable.
func (d *DigitBoxes) Cursor() desktop.Cursor { return desktop.TextCursor }

// CreateRenderer implements fyne.Widget.
func (d *DigitBoxes) CreateRenderer() fyne.WidgetRenderer {
	r := &boxesRenderer{boxes: d, caret: canvas.NewRectangle(nil)}
	frames := 1
	if d.framed {
		frames = d.groups
	}
	for range frames {
		r.frames = append(r.frames, canvas.NewRectangle(nil))
	}
	for range d.slots {
		text := canvas.NewText("", nil)
		text.TextStyle = fyne.TextStyle{Monospace: true}
		text.Alignment = fyne.TextAlignCenter
		r.digits = append(r.digits, text)
	}
	r.Refresh()
	return r
}

type boxesRenderer struct {
	boxes  *DigitBoxes
	frames []*canvas.Rectangle
	digits []*canvas.Text
	caret  *canvas.Rectangle
}

func (r *boxesRenderer) Objects() []fyne.CanvasObject {
	var all []fyne.CanvasObject
	for _, f := range r.frames {
		all = append(all, f)
	}
	for _, d := range r.digits {
		all = append(all, d)
	}
	return append(all, r.caret)
}

func (r *boxesRenderer) Destroy() {}

func (r *boxesRenderer) textSize() float32 {
	size := length(r.boxes, look.BoxDigits)
	if !r.boxes.framed {
		size *= 0.72
	}
	return size
}

// digit is the place of one digit, gap the room between groups.
func (r *boxesRenderer) digit() (digit fyne.Size, gap, padding float32) {
	size := r.textSize()
	measured := fyne.MeasureText("0", size, fyne.TextStyle{Monospace: true})
	digit = fyne.NewSize(measured.Width*1.12, measured.Height)
	if r.boxes.framed {
		return digit, 2 * length(r.boxes, look.Gap), size / 2
	}
	return digit, size / 2, size / 2.4
}

func (r *boxesRenderer) group() fyne.Size {
	digit, _, padding := r.digit()
	width := digit.Width * float32(r.boxes.per)
	if r.boxes.framed {
		width += 2 * padding
	}
	return fyne.NewSize(width, digit.Height+padding)
}

func (r *boxesRenderer) MinSize() fyne.Size {
	_, gap, padding := r.digit()
	group := r.group()
	width := group.Width*float32(r.boxes.groups) + gap*float32(r.boxes.groups-1)
	if !r.boxes.framed {
		width += 2 * padding
	}
	return fyne.NewSize(width, max(group.Height, length(r.boxes, look.TargetHeight)))
}

func (r *boxesRenderer) Layout(size fyne.Size) {
	digit, gap, padding := r.digit()
	group := r.group()
	if !r.boxes.framed {
		r.frames[0].Move(fyne.NewSquareOffsetPos(edge))
		r.frames[0].Resize(size.SubtractWidthHeight(2*edge, 2*edge))
	}
	left := padding
	if r.boxes.framed {
		left = 0
	}
	for g := range r.boxes.groups {
		x := left + float32(g)*(group.Width+gap)
		if r.boxes.framed {
			r.frames[g].Move(fyne.NewPos(x+edge, edge))
			r.frames[g].Resize(fyne.NewSize(group.Width-2*edge, size.Height-2*edge))
			x += padding
		}
		for i := range r.boxes.per {
			text := r.digits[g*r.boxes.per+i]
			text.Move(fyne.NewPos(x+float32(i)*digit.Width, (size.Height-digit.Height)/2))
			text.Resize(digit)
		}
	}
	r.placeCaret(digit)
}

func (r *boxesRenderer) placeCaret(digit fyne.Size) {
	at := min(r.boxes.cursor, len(r.digits)-1)
	pos := r.digits[at].Position()
	if r.boxes.cursor >= len(r.digits) {
		pos.X += digit.Width
	}
	r.caret.Move(pos.AddXY(-1, digit.Height*0.15))
	r.caret.Resize(fyne.NewSize(3, digit.Height*0.7))
}

func (r *boxesRenderer) Refresh() {
	d := r.boxes
	active := min(d.cursor/d.per, d.groups-1)
	for g, f := range r.frames {
		f.FillColor, f.StrokeColor, f.StrokeWidth = colour(d, look.Paper), colour(d, look.Line), 2
		f.CornerRadius = length(d, look.Radius)
		if d.focused && (!d.framed || g == active) {
			f.StrokeColor, f.StrokeWidth = colour(d, look.Focus), length(d, look.FocusRing)
		}
		f.Refresh()
	}
	for i, text := range r.digits {
		text.Text, text.TextSize, text.Color = string(d.slots[i]), r.textSize(), colour(d, look.Ink)
		text.Refresh()
	}
	r.caret.FillColor = colour(d, look.Primary)
	r.caret.Hidden = !d.focused
	r.Layout(d.Size())
	r.caret.Refresh()
}
