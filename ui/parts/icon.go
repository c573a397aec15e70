// This file owns the icons: our line icons in a colour of the theme that they
// stand in.

package parts

import (
	"bytes"
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"countersign/assets"
	"countersign/ui/look"
)

// IconName names an icon of assets/icons.
type IconName string

// The icons. Each verdict has a shape of its own.
const (
	IconShield   IconName = "shield"
	IconOctagon  IconName = "octagon"
	IconTriangle IconName = "triangle"
	IconCheck    IconName = "check"
	IconCross    IconName = "cross"
	IconClock    IconName = "clock"
	IconScreen   IconName = "screen"
	IconLineLost IconName = "line-lost"
)

// Glyph draws an icon.
type Glyph struct {
	widget.BaseWidget
	name   IconName
	colour fyne.ThemeColorName
	size   float32 // logical pixels at a text size of 100 %
	sized  fyne.ThemeSizeName
}

// noteSize is look.Note where the person's text size is 100 %, in a window of
// any size: icons grow with the words beside them.
const noteSize = 18

// NewGlyph draws an icon in a colour of the theme, with sides of size at 100 %.
func NewGlyph(name IconName, colour fyne.ThemeColorName, size float32) *Glyph {
	g := &Glyph{name: name, colour: colour, size: size}
	g.ExtendBaseWidget(g)
	return g
}

// Icon draws an icon.
func Icon(name IconName, colour fyne.ThemeColorName, size float32) fyne.CanvasObject {
	return NewGlyph(name, colour, size)
}

// SetIcon draws another icon.
func (g *Glyph) SetIcon(name IconName, colour fyne.ThemeColorName) {
	g.name, g.colour = name, colour
	g.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (g *Glyph) CreateRenderer() fyne.WidgetRenderer {
	image := canvas.NewImageFromResource(nil)
	image.FillMode = canvas.ImageFillContain
	r := &glyphRenderer{glyph: g, image: image}
	r.Refresh()
	return r
}

type glyphRenderer struct {
	glyph *Glyph
	image *canvas.Image
}

func (r *glyphRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.image} }
func (r *glyphRenderer) Destroy()                     {}
func (r *glyphRenderer) Layout(size fyne.Size)        { r.image.Resize(size) }

func (r *glyphRenderer) MinSize() fyne.Size {
	if r.glyph.sized != "" {
		return fyne.NewSquareSize(length(r.glyph, r.glyph.sized))
	}
	return fyne.NewSquareSize(r.glyph.size * length(r.glyph, look.Note) / noteSize)
}

func (r *glyphRenderer) Refresh() {
	if r.glyph.name == "" {
		return
	}
	r.image.Resource = drawn(r.glyph.name, colour(r.glyph, r.glyph.colour))
	r.image.Refresh()
}

// drawn is an icon in one colour.
func drawn(name IconName, c color.Color) fyne.Resource {
	svg, err := assets.Icons.ReadFile("icons/" + string(name) + ".svg")
	if err != nil {
		fyne.LogError("an icon is missing", err)
		return nil
	}
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	paint := fmt.Sprintf("#%02X%02X%02X", n.R, n.G, n.B)
	return fyne.NewStaticResource(string(name)+paint[1:]+".svg", bytes.ReplaceAll(svg, []byte("#000000"), []byte(paint)))
}
