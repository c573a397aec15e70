// This file owns what our widgets' renderers share: colours and sizes of the
// theme that a widget stands in, and the ring around what has the focus.

package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
)

// themed is a widget that knows the theme that it stands in.
type themed interface{ Theme() fyne.Theme }

func colour(w themed, name fyne.ThemeColorName) color.Color {
	return w.Theme().Color(name, fyne.CurrentApp().Settings().ThemeVariant())
}

func length(w themed, name fyne.ThemeSizeName) float32 { return w.Theme().Size(name) }

// frame is the box of something that can be pressed, with its focus ring.
type frame struct {
	box  *canvas.Rectangle
	ring *canvas.Rectangle
}

func newFrame() frame {
	return frame{box: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent)}
}

func (f frame) objects() []fyne.CanvasObject { return []fyne.CanvasObject{f.box, f.ring} }

// edge keeps a border inside the widget: half of a stroke stands outside of
// its rectangle, where a neighbour or the edge of a scrolled page cuts it off.
const edge = 2

func (f frame) layout(size fyne.Size) { f.place(size, edge) }

// place puts the ring further in than the box, for boxes whose own colour
// would hide it.
func (f frame) place(size fyne.Size, ring float32) {
	inset := func(r *canvas.Rectangle, by float32) {
		r.Move(fyne.NewSquareOffsetPos(by))
		r.Resize(size.SubtractWidthHeight(2*by, 2*by))
	}
	inset(f.box, edge)
	inset(f.ring, ring)
}

// paint fills the box, draws its border, and the ring when the widget has the
// focus.
func (f frame) paint(w themed, fill, border fyne.ThemeColorName, width float32, focused bool) {
	f.box.FillColor, f.box.StrokeColor, f.box.StrokeWidth = color.Transparent, color.Transparent, 0
	if fill != "" {
		f.box.FillColor = colour(w, fill)
	}
	if border != "" {
		f.box.StrokeColor, f.box.StrokeWidth = colour(w, border), width
	}
	f.box.CornerRadius, f.ring.CornerRadius = length(w, look.Radius), length(w, look.Radius)
	f.ring.StrokeColor, f.ring.StrokeWidth = color.Transparent, 0
	if focused {
		f.ring.StrokeColor, f.ring.StrokeWidth = colour(w, look.Focus), length(w, look.FocusRing)
	}
	f.box.Refresh()
	f.ring.Refresh()
}

// press is what every widget that can be pressed has in common.
type press struct {
	widget.BaseWidget
	self                       fyne.Widget // the widget that this is part of
	focused, hovered, disabled bool
	tapped                     func()
}

// become makes p part of the widget self.
func (p *press) become(self fyne.Widget) {
	p.self = self
	p.ExtendBaseWidget(self)
}

func (p *press) activate() {
	if !p.disabled && p.tapped != nil {
		p.tapped()
	}
}

// Tapped implements fyne.Tappable.
func (p *press) Tapped(*fyne.PointEvent) { p.activate() }

// MouseIn implements desktop.Hoverable.
func (p *press) MouseIn(*desktop.MouseEvent) { p.hovered = true; p.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (p *press) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (p *press) MouseOut() { p.hovered = false; p.Refresh() }

// Disabled reports whether pressing does nothing now.
func (p *press) Disabled() bool { return p.disabled }

// Enable makes pressing work.
func (p *press) Enable() { p.disabled = false; p.Refresh() }

// Disable makes pressing do nothing.
func (p *press) Disable() { p.disabled = true; p.Refresh() }

// FocusGained implements fyne.Focusable.
func (p *press) FocusGained() { p.focused = true; p.Refresh() }

// FocusLost implements fyne.Focusable.
func (p *press) FocusLost() { p.focused = false; p.Refresh() }

// TypedRune implements fyne.Focusable: letters and digits belong to the page.
func (p *press) TypedRune(r rune) { passRune(p.self, r) }

// TypedKey implements fyne.Focusable.
func (p *press) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		p.activate()
	default:
		passKey(p.self, e)
	}
}
