// This file owns the boxes that take digits: the spoken code in three groups
// of three, and six digits in one box. Rules: digits stand from the first box on
// without a gap, so none is lost or misplaced wherever somebody clicks. Once all
// are there they were handed on: the first key that changes anything begins
// anew at box one, so that nothing is ever sent that is half of an earlier try.
// A box takes digits and nothing else; what else is typed goes to the page.

package parts

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"countersign/session/protocol/spelling"
	"countersign/ui/look"
)

// DigitBoxes takes a fixed number of digits. The last one needs no Enter.
// Before it is there, digits are edited as in any text.
type DigitBoxes struct {
	widget.BaseWidget
	name           string
	groups, per    int
	framed         bool // a frame for each group, else one for all
	digits         string
	cursor         int  // the next digit comes before digits[cursor]
	whole          bool // all digits were there: what is typed next is another try
	focused        bool
	done, OnChange func(digits string)
	// Misfit is told of a paste that is not digits, or too many.
	Misfit func()
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
	d.ExtendBaseWidget(d)
	return d
}

// places is how many digits there are to be.
func (d *DigitBoxes) places() int { return d.groups * d.per }

// Digits are the digits typed so far.
func (d *DigitBoxes) Digits() string { return d.digits }

// Full reports whether every place has its digit.
func (d *DigitBoxes) Full() bool { return len(d.digits) == d.places() }

// Missing is how many digits are still to come.
func (d *DigitBoxes) Missing() int { return d.places() - len(d.digits) }

// Clear empties the boxes.
func (d *DigitBoxes) Clear() { d.SetDigits("") }

// SetDigits shows digits without calling anybody.
func (d *DigitBoxes) SetDigits(digits string) {
	d.digits = digits[:min(len(digits), d.places())]
	d.cursor, d.whole = len(d.digits), d.Full()
	d.Refresh()
}

// another begins another try, if the digits of the last one are all there.
func (d *DigitBoxes) another() bool {
	if !d.whole {
		return false
	}
	d.digits, d.cursor, d.whole = "", 0, false
	return true
}

// insert puts digits where the cursor is, those that there is room for.
func (d *DigitBoxes) insert(digits string) {
	d.another()
	digits = digits[:min(len(digits), d.Missing())]
	d.digits = d.digits[:d.cursor] + digits + d.digits[d.cursor:]
	d.cursor += len(digits)
	d.whole = d.Full()
	d.Refresh()
	d.changed()
	if d.whole && d.done != nil {
		d.done(d.digits)
	}
}

// paste takes all digits in the place of those that stand here, or some where
// the cursor is. It takes nothing by halves.
func (d *DigitBoxes) paste(text string) {
	digits := spelling.Bare(text)
	room := d.Missing()
	if d.whole {
		room = d.places()
	}
	switch {
	case digits == "" && strings.TrimSpace(text) == "":
	case digits == "" || strings.Trim(digits, "0123456789") != "" || len(digits) > room && len(digits) != d.places():
		if d.Misfit != nil {
			d.Misfit()
		}
	default:
		if len(digits) == d.places() {
			d.digits, d.cursor, d.whole = "", 0, false
		}
		d.insert(digits)
	}
}

func (d *DigitBoxes) changed() {
	if d.OnChange != nil {
		d.OnChange(d.digits)
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
	switch digit := spelling.Fold(r); {
	case digit >= '0' && digit <= '9':
		d.insert(string(digit))
	case spelling.PassedOver(r):
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
		d.erase(d.cursor - 1)
	case fyne.KeyDelete:
		d.erase(d.cursor)
	case fyne.KeyLeft:
		d.cursor = max(0, d.cursor-1)
	case fyne.KeyRight:
		d.cursor = min(len(d.digits), d.cursor+1)
	case fyne.KeyHome:
		d.cursor = 0
	case fyne.KeyEnd:
		d.cursor = len(d.digits)
	case fyne.KeyReturn, fyne.KeyEnter:
		if d.Full() && d.done != nil {
			d.done(d.digits)
		}
	case fyne.KeySpace:
	default:
		passKey(d, e)
	}
	d.Refresh()
}

// erase takes the digit at a place away; of a try that was handed on, all.
func (d *DigitBoxes) erase(at int) {
	if !d.another() {
		if at < 0 || at >= len(d.digits) {
			return
		}
		d.digits, d.cursor = d.digits[:at]+d.digits[at+1:], at
	}
	d.changed()
}

// TypedShortcut takes what is pasted and gives every other shortcut to the
// window. Nothing is ever copied from here.
func (d *DigitBoxes) TypedShortcut(s fyne.Shortcut) {
	if paste, ok := s.(*fyne.ShortcutPaste); ok && paste.Clipboard != nil {
		d.paste(paste.Clipboard.Content())
		return
	}
	passShortcut(d, s)
}

// Tapped puts the cursor where the person pressed, but never behind a gap.
func (d *DigitBoxes) Tapped(e *fyne.PointEvent) {
	if c := canvasOf(d); c != nil {
		c.Focus(d)
	}
	place := int(e.Position.X / d.Size().Width * float32(d.places()))
	d.cursor = min(max(0, place), len(d.digits))
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
	for range d.places() {
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
		text.Text, text.TextSize, text.Color = " ", r.textSize(), colour(d, look.Ink)
		if i < len(d.digits) {
			text.Text = d.digits[i : i+1]
		}
		text.Refresh()
	}
	r.caret.FillColor = colour(d, look.Primary)
	r.caret.Hidden = !d.focused
	r.Layout(d.Size())
	r.caret.Refresh()
}
