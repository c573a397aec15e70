// Package parts owns our widgets: text in the look's sizes, actions, answers to
// choose from, boxes for digits, facts, progress, chat and the layout of a
// page. The screens are made of them and of nothing else.
//
// It must not know a call, a verdict's meaning or a sentence: words come in as
// text, what was done goes out as a callback. Setters belong to the main
// goroutine.
//
// Rules: everything that can be pressed can be focused by Tab, pressed by Space
// and Enter, shows its focus by a ring, and has a name for screen readers;
// nothing says anything by colour alone; nothing moves but the countdown and
// the bar of work under way.
package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
)

// Headline is the first line of a page.
func Headline(text string) *widget.Label { return label(text, look.Headline, true) }

// Lead is the sentence below a headline.
func Lead(text string) *widget.Label { return label(text, look.Lead, false) }

// Heading is a page's first two lines; the second may be "".
func Heading(headline, lead string) fyne.CanvasObject {
	if lead == "" {
		return Headline(headline)
	}
	return Tight(Headline(headline), Lead(lead))
}

// Body is ordinary text.
func Body(text string) *widget.Label { return label(text, look.Body, false) }

// Strong is ordinary text that must be read.
func Strong(text string) *widget.Label { return label(text, look.Body, true) }

// Note is quieter text that customers may read. Fyne draws a label of low
// importance in the colour of what is disabled, which the look sets to its
// muted colour.
func Note(text string) *widget.Label {
	l := label(text, look.Note, false)
	l.Importance = widget.LowImportance
	return l
}

// VerdictHeadline is what a verdict says.
func VerdictHeadline(text string) *widget.Label { return label(text, look.VerdictHeadline, true) }

func label(text string, size fyne.ThemeSizeName, bold bool) *widget.Label {
	l := widget.NewLabel(text)
	l.SizeName = size
	l.TextStyle.Bold = bold
	l.Wrapping = fyne.TextWrapWord
	return l
}

// OneLine keeps a label on one line, for rows that are made of several.
func OneLine(l *widget.Label) *widget.Label {
	l.Wrapping = fyne.TextWrapOff
	return l
}

// Digits are digits to be read aloud: one line in even widths that never
// breaks. Where the width does not suffice they become smaller.
type Digits struct {
	widget.BaseWidget
	text  string
	size  fyne.ThemeSizeName
	quiet bool
}

// NewDigits shows text in a size of the look.
func NewDigits(text string, size fyne.ThemeSizeName) *Digits {
	d := &Digits{text: text, size: size}
	d.ExtendBaseWidget(d)
	return d
}

// SetText shows other digits.
func (d *Digits) SetText(text string) {
	d.text = text
	d.Refresh()
}

// SetQuiet mutes digits that have done their work, or not.
func (d *Digits) SetQuiet(quiet bool) {
	d.quiet = quiet
	d.Refresh()
}

// smallestDigits is how much smaller digits may become to fit.
const smallestDigits = 0.5

// CreateRenderer implements fyne.Widget.
func (d *Digits) CreateRenderer() fyne.WidgetRenderer {
	d.ExtendBaseWidget(d)
	text := canvas.NewText(d.text, nil)
	text.TextStyle = fyne.TextStyle{Monospace: true}
	r := &digitsRenderer{digits: d, text: text}
	r.Refresh()
	return r
}

type digitsRenderer struct {
	digits *Digits
	text   *canvas.Text
}

func (r *digitsRenderer) natural() (size float32, space fyne.Size) {
	size = r.digits.Theme().Size(r.digits.size)
	return size, fyne.MeasureText(r.digits.text, size, r.text.TextStyle)
}

func (r *digitsRenderer) MinSize() fyne.Size {
	_, space := r.natural()
	return fyne.NewSize(space.Width*smallestDigits, space.Height)
}

func (r *digitsRenderer) Layout(size fyne.Size) {
	natural, space := r.natural()
	r.text.TextSize = natural
	if space.Width > size.Width && space.Width > 0 {
		r.text.TextSize = natural * max(smallestDigits, size.Width/space.Width)
	}
	r.text.Resize(size)
	r.text.Refresh()
}

func (r *digitsRenderer) Refresh() {
	r.text.Text = r.digits.text
	r.text.Color = colour(&r.digits.BaseWidget, look.Ink)
	if r.digits.quiet {
		r.text.Color = colour(&r.digits.BaseWidget, look.Muted)
	}
	r.Layout(r.digits.Size())
}

func (r *digitsRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.text} }
func (r *digitsRenderer) Destroy()                     {}
