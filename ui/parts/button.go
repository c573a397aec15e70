// This file owns the button: the one action, the others, and those of the
// header.

package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
)

// Kind is how much a button stands out.
type Kind int

// The kinds.
const (
	Primary   Kind = iota // the one action of a page
	Secondary             // the others
	Quiet                 // in the header: text alone
	Home                  // the one button of the home page
)

// Button is something to do.
type Button struct {
	press
	kind       Kind
	text, hint string
}

// NewButton makes a button that does tapped.
func NewButton(kind Kind, text string, tapped func()) *Button {
	b := &Button{kind: kind, text: text}
	b.tapped = tapped
	b.become(b)
	return b
}

// SetText changes what the button says.
func (b *Button) SetText(text string) { b.text = text; b.Refresh() }

// SetHint names the keys that do the same, such as "Ctrl+Enter".
func (b *Button) SetHint(hint string) *Button { b.hint = hint; b.Refresh(); return b }

// AccessibilityLabel implements fyne.Accessible.
func (b *Button) AccessibilityLabel() string { return b.text }

// AccessibilityRole implements fyne.Accessible.
func (b *Button) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	text := widget.NewRichText(&widget.TextSegment{})
	r := &buttonRenderer{button: b, frame: newFrame(), text: text, hint: canvas.NewText("", nil)}
	if b.wraps() {
		text.Wrapping = fyne.TextWrapWord
	}
	r.Refresh()
	return r
}

// wraps: the large buttons fill the width that they get and break their text;
// the others stand in rows and are as wide as their text.
func (b *Button) wraps() bool { return b.kind == Home }

type buttonRenderer struct {
	button *Button
	frame  frame
	text   *widget.RichText
	hint   *canvas.Text
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return append(r.frame.objects(), r.text, r.hint)
}

func (r *buttonRenderer) Destroy() {}

func (r *buttonRenderer) sidePadding() float32 {
	if r.button.kind == Quiet {
		return edge
	}
	return 2 * length(r.button, theme.SizeNameInnerPadding)
}

func (r *buttonRenderer) minHeight() float32 {
	switch r.button.kind {
	case Home:
		return length(r.button, look.HomeHeight)
	case Quiet:
		return 0
	}
	return length(r.button, look.TargetHeight)
}

func (r *buttonRenderer) hintSpace() float32 {
	if r.button.hint == "" {
		return 0
	}
	return r.hint.MinSize().Width + 2*length(r.button, look.Gap)
}

func (r *buttonRenderer) MinSize() fyne.Size {
	text := r.text.MinSize()
	return fyne.NewSize(text.Width+2*r.sidePadding()+r.hintSpace(), max(text.Height, r.minHeight()))
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.frame.place(size, r.ringInset())
	inner := size.Width - 2*r.sidePadding() - r.hintSpace()
	width := inner
	if !r.button.wraps() {
		width = min(inner, r.text.MinSize().Width)
	}
	r.text.Resize(fyne.NewSize(width, r.text.MinSize().Height))
	height := r.text.MinSize().Height
	left := r.sidePadding() + (inner-width)/2
	r.text.Move(fyne.NewPos(left, (size.Height-height)/2))
	r.text.Resize(fyne.NewSize(width, height))
	r.hint.Resize(r.hint.MinSize())
	r.hint.Move(fyne.NewPos(left+width+length(r.button, look.Gap), (size.Height-r.hint.MinSize().Height)/2))
}

func (r *buttonRenderer) Refresh() {
	b := r.button
	fill, border, ink, size := fyne.ThemeColorName(theme.ColorNameButton), fyne.ThemeColorName(look.Line), fyne.ThemeColorName(look.Ink), fyne.ThemeSizeName(look.Body)
	bold := false
	switch b.kind {
	case Primary:
		fill, border, ink, bold = look.Primary, look.Primary, look.OnPrimary, true
	case Home:
		fill, border, ink, bold, size = look.Primary, look.Primary, look.OnPrimary, true, look.Value
	case Quiet:
		fill, border, ink, size = "", "", look.Muted, look.Note
	}
	if b.disabled && b.filled() {
		fill, border, ink = theme.ColorNameDisabledButton, look.Line, look.Muted
	}
	if b.hovered && !b.disabled && (b.kind == Secondary || b.kind == Quiet) {
		ink = look.Ink
		if b.kind == Secondary {
			border = look.Ink
		}
	}
	r.frame.paint(b, fill, border, 1.5, b.focused)
	if b.focused && b.filled() {
		r.frame.ring.StrokeColor = colour(b, look.OnPrimary)
	}
	segment := r.text.Segments[0].(*widget.TextSegment)
	segment.Text = b.text
	segment.Style = widget.RichTextStyle{
		Alignment: fyne.TextAlignCenter, ColorName: ink, SizeName: size, TextStyle: fyne.TextStyle{Bold: bold},
	}
	r.text.Refresh()
	r.hint.Text, r.hint.Color, r.hint.TextSize = b.hint, colour(b, ink), length(b, look.Small)
	r.hint.Refresh()
	r.Layout(b.Size())
}

// filled: such a button's ring has the colour of its text and is set in from
// the edge, because on the fill's own colour a ring would not be seen.
func (b *Button) filled() bool { return b.kind == Primary || b.kind == Home }

func (r *buttonRenderer) ringInset() float32 {
	if r.button.filled() {
		return edge + length(r.button, look.FocusRing)
	}
	return edge
}
