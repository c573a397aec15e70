// This file owns facts: cards, insets on a verdict's colour, and values with
// their names.

package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
)

// Card puts content on a panel.
func Card(content fyne.CanvasObject) fyne.CanvasObject { return newCard(look.Panel, content) }

// Inset puts content on a white card, for facts on a verdict's colour. It is
// light in every theme.
func Inset(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewThemeOverride(newCard(look.Paper, content), look.Plain(fyne.CurrentApp().Settings().Theme()))
}

// OnMood puts content on a mood's colour: text and buttons change with it.
func OnMood(m look.Mood, content fyne.CanvasObject) fyne.CanvasObject {
	if m == look.Calm {
		return content
	}
	th := look.On(m, fyne.CurrentApp().Settings().Theme())
	return container.NewThemeOverride(newField(content), th)
}

// card is a filled, rounded box around content.
type card struct {
	widget.BaseWidget
	fill    fyne.ThemeColorName
	square  bool // no corners and no padding: the whole window
	content fyne.CanvasObject
}

func newCard(fill fyne.ThemeColorName, content fyne.CanvasObject) *card {
	c := &card{fill: fill, content: content}
	c.ExtendBaseWidget(c)
	return c
}

func newField(content fyne.CanvasObject) *card {
	c := &card{fill: look.Paper, square: true, content: content}
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer implements fyne.Widget.
func (c *card) CreateRenderer() fyne.WidgetRenderer {
	r := &cardRenderer{card: c, box: canvas.NewRectangle(nil)}
	r.paint()
	return r
}

type cardRenderer struct {
	card *card
	box  *canvas.Rectangle
}

func (r *cardRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.card.content}
}

func (r *cardRenderer) Destroy() {}

func (r *cardRenderer) padding() float32 {
	if r.card.square {
		return 0
	}
	return length(r.card, look.Space) * 0.7
}

func (r *cardRenderer) MinSize() fyne.Size {
	p := r.padding()
	return r.card.content.MinSize().AddWidthHeight(2*p, 2*p)
}

func (r *cardRenderer) Layout(size fyne.Size) {
	p := r.padding()
	r.box.Resize(size)
	r.card.content.Move(fyne.NewPos(p, p))
	r.card.content.Resize(size.SubtractWidthHeight(2*p, 2*p))
}

func (r *cardRenderer) paint() {
	r.box.FillColor = colour(r.card, r.card.fill)
	if !r.card.square {
		r.box.CornerRadius = length(r.card, look.Radius)
	}
}

func (r *cardRenderer) Refresh() {
	r.paint()
	r.box.Refresh()
	r.card.content.Refresh()
	r.Layout(r.card.Size())
}

// Fact is a value with its name above and more about it below, "" for none.
func Fact(name, value, note string) fyne.CanvasObject {
	rows := []fyne.CanvasObject{Note(name), label(value, look.Value, true)}
	if note != "" {
		rows = append(rows, Body(note))
	}
	return Tight(rows...)
}

// Facts puts facts beside each other in columns of one width.
func Facts(facts ...fyne.CanvasObject) fyne.CanvasObject {
	kept := present(facts)
	return container.New(layout.NewGridLayoutWithColumns(max(1, len(kept))), kept...)
}

// VerdictHead is the head of a verdict: its icon, what it says, and a line
// more. Colour, shape and words say the same.
func VerdictHead(m look.Mood, headline, sub string) fyne.CanvasObject {
	icon := NewGlyph(iconOf(m), look.Ink, 0)
	icon.sized = look.VerdictIcon
	words := []fyne.CanvasObject{VerdictHeadline(headline)}
	if sub != "" {
		words = append(words, Lead(sub))
	}
	beside := container.New(layout.NewCustomPaddedLayout(0, 0, 0, 18), container.NewCenter(icon))
	return container.NewBorder(nil, nil, beside, nil, container.New(&middle{}, Tight(words...)))
}

func iconOf(m look.Mood) IconName {
	switch m {
	case look.Verified:
		return IconShield
	case look.Unverified:
		return IconTriangle
	}
	return IconOctagon
}

// middle puts one thing in the middle of the height, over the whole width.
type middle struct{}

func (middle) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (middle) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Resize(fyne.NewSize(size.Width, o[0].MinSize().Height))
	height := o[0].MinSize().Height
	o[0].Resize(fyne.NewSize(size.Width, height))
	o[0].Move(fyne.NewPos(0, max(0, (size.Height-height)/2)))
}

// Strip is a line of warning with its icon, across the width.
func Strip(icon IconName, text string) fyne.CanvasObject {
	line := container.NewBorder(nil, nil, container.NewCenter(NewGlyph(icon, look.Ink, 28)), nil, Strong(text))
	return container.NewThemeOverride(newCard(look.Paper, line), look.On(look.Unverified, fyne.CurrentApp().Settings().Theme()))
}
