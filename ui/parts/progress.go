// This file owns what shows progress: the countdown, the time line of a call,
// and the bar of work under way.

package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
)

// Ring is a countdown: the share of the time that is left, as an arc.
type Ring struct {
	widget.BaseWidget
	share float64
}

// NewRing makes a full ring.
func NewRing() *Ring {
	r := &Ring{share: 1}
	r.ExtendBaseWidget(r)
	return r
}

// Set shows how much is left, from 0 to 1.
func (r *Ring) Set(share float64) {
	r.share = min(max(share, 0), 1)
	r.Refresh()
}

// ringHole is the part of the radius that stays empty.
const ringHole = 0.76

// CreateRenderer implements fyne.Widget.
func (r *Ring) CreateRenderer() fyne.WidgetRenderer {
	v := &ringRenderer{ring: r, gone: canvas.NewDoughnutArc(0, 360, nil), left: canvas.NewDoughnutArc(0, 360, nil)}
	v.gone.CutoutRatio, v.left.CutoutRatio = ringHole, ringHole
	v.Refresh()
	return v
}

type ringRenderer struct {
	ring       *Ring
	gone, left *canvas.Arc
}

func (r *ringRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.gone, r.left}
}

func (r *ringRenderer) Destroy() {}

func (r *ringRenderer) MinSize() fyne.Size {
	return fyne.NewSquareSize(length(r.ring, look.RingSize))
}

func (r *ringRenderer) Layout(size fyne.Size) {
	side := min(size.Width, size.Height)
	for _, arc := range []*canvas.Arc{r.gone, r.left} {
		arc.Resize(fyne.NewSquareSize(side))
		arc.Move(fyne.NewPos((size.Width-side)/2, (size.Height-side)/2))
	}
}

func (r *ringRenderer) Refresh() {
	r.gone.FillColor, r.left.FillColor = colour(r.ring, look.Panel), colour(r.ring, look.Primary)
	r.left.StartAngle, r.left.EndAngle = float32(360*(1-r.ring.share)), 360
	r.gone.Refresh()
	r.left.Refresh()
}

// StepState is how far a step of the time line is.
type StepState int

// The states of a step.
const (
	Empty StepState = iota
	Current
	Done
	Failed
)

// TimeLine shows the steps of a call below each other, in the order of time.
type TimeLine struct {
	widget.BaseWidget
	steps []*step
}

// step is one row of a time line.
type step struct {
	title, at *widget.Label
	icon      *stepIcon
}

// NewTimeLine makes a time line of empty steps.
func NewTimeLine(titles []string) *TimeLine {
	t := &TimeLine{}
	for _, title := range titles {
		t.steps = append(t.steps, &step{title: Body(title), at: OneLine(Note("")), icon: newStepIcon()})
	}
	t.ExtendBaseWidget(t)
	t.show()
	return t
}

// Set tells how far a step is, and at what time it was done, "" for none.
func (t *TimeLine) Set(i int, state StepState, at string) {
	s := t.steps[i]
	if s.icon.state == state && s.at.Text == at {
		return
	}
	s.icon.state = state
	s.at.SetText(at)
	t.show()
	t.Refresh()
}

// SetTitle changes what a step is called.
func (t *TimeLine) SetTitle(i int, title string) {
	if t.steps[i].title.Text != title {
		t.steps[i].title.SetText(title)
	}
}

// State is how far a step is.
func (t *TimeLine) State(i int) StepState { return t.steps[i].icon.state }

func (t *TimeLine) show() {
	for _, s := range t.steps {
		s.title.TextStyle.Bold = s.icon.state == Current || s.icon.state == Failed
		s.title.Importance = widget.MediumImportance
		if s.icon.state == Empty {
			s.title.Importance = widget.LowImportance
		}
		s.title.Refresh()
		s.icon.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (t *TimeLine) CreateRenderer() fyne.WidgetRenderer {
	rows := make([]fyne.CanvasObject, len(t.steps))
	for i, s := range t.steps {
		rows[i] = container.NewBorder(nil, nil, container.NewCenter(s.icon), container.NewCenter(s.at), s.title)
	}
	return widget.NewSimpleRenderer(container.New(&columnLayout{gap: look.Gap, share: 0.4}, rows...))
}

// stepIcon is a step's sign: an empty ring, a thick ring, a disc with a check
// mark, or a cross. The shapes differ, not the colours alone.
type stepIcon struct {
	widget.BaseWidget
	state StepState
}

func newStepIcon() *stepIcon {
	s := &stepIcon{}
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer implements fyne.Widget.
func (s *stepIcon) CreateRenderer() fyne.WidgetRenderer {
	r := &stepRenderer{icon: s, disc: canvas.NewCircle(nil), glyph: NewGlyph(IconCheck, look.OnDark, 0)}
	r.Refresh()
	return r
}

type stepRenderer struct {
	icon  *stepIcon
	disc  *canvas.Circle
	glyph *Glyph
}

func (r *stepRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.disc, r.glyph} }
func (r *stepRenderer) Destroy()                     {}

func (r *stepRenderer) MinSize() fyne.Size {
	return fyne.NewSquareSize(length(r.icon, look.Body) * 1.3)
}

func (r *stepRenderer) Layout(size fyne.Size) {
	r.disc.Resize(size)
	inset := size.Width * 0.16
	r.glyph.Move(fyne.NewSquareOffsetPos(inset))
	r.glyph.Resize(size.SubtractWidthHeight(2*inset, 2*inset))
}

func (r *stepRenderer) Refresh() {
	r.disc.FillColor = nil
	r.disc.StrokeWidth = 0
	r.glyph.Hidden = true
	switch r.icon.state {
	case Empty:
		r.disc.StrokeColor, r.disc.StrokeWidth = colour(r.icon, look.Line), 2
	case Current:
		r.disc.StrokeColor, r.disc.StrokeWidth = colour(r.icon, look.Primary), 5
	case Done:
		r.disc.FillColor, r.glyph.Hidden = colour(r.icon, look.Green), false
		r.glyph.SetIcon(IconCheck, look.OnDark)
	case Failed:
		r.disc.FillColor, r.glyph.Hidden = colour(r.icon, look.Red), false
		r.glyph.SetIcon(IconCross, look.OnDark)
	}
	r.disc.Refresh()
}

// Working shows that work is under way: a moving bar with words. Whoever takes
// it from the screen calls Rest.
func Working(text string) fyne.CanvasObject {
	return Column(Lead(text), widget.NewProgressBarInfinite())
}

// Put replaces what a container holds, and stops what moved in it.
func Put(c *fyne.Container, objects ...fyne.CanvasObject) {
	Rest(c)
	c.Objects = objects
	c.Refresh()
}

// Rest stops what moves on a page that is not shown any more. Fyne would go on
// painting it for a minute.
func Rest(o fyne.CanvasObject) {
	switch o := o.(type) {
	case *widget.ProgressBarInfinite:
		o.Stop()
	case *fyne.Container:
		for _, child := range o.Objects {
			Rest(child)
		}
	case *container.Scroll:
		Rest(o.Content)
	case *container.ThemeOverride:
		Rest(o.Content)
	case *card:
		Rest(o.content)
	}
}
