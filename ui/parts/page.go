// This file owns the layout of pages: what stands where, with the look's
// margins and gaps.

package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
)

// readableWidth bounds the width of a page's content: longer lines are hard
// to read. It grows with the text.
const readableWidth = 1152

// Page is a page: head above, foot below, both always visible, and a body
// between them that scrolls where the window is too small for it. Any of the
// three may be nil.
func Page(head, body, foot fyne.CanvasObject) fyne.CanvasObject {
	p := &pageLayout{head: head, foot: foot}
	objects := []fyne.CanvasObject{}
	if head != nil {
		objects = append(objects, head)
	}
	if body != nil {
		p.body = container.NewVScroll(container.New(&besideBar{}, body))
		objects = append(objects, p.body)
	}
	if foot != nil {
		objects = append(objects, foot)
	}
	return container.New(p, objects...)
}

// besideBar keeps the body of a page clear of its scroll bar, which stands in
// the page's margin, and of the edge that would cut off borders.
type besideBar struct{}

const (
	barRoom  = 18
	edgeRoom = 9
)

func (besideBar) MinSize(o []fyne.CanvasObject) fyne.Size {
	return o[0].MinSize().AddWidthHeight(edgeRoom+barRoom, 0)
}

func (besideBar) Layout(o []fyne.CanvasObject, size fyne.Size) {
	out := flush(o[0])
	o[0].Move(fyne.NewPos(edgeRoom-out, 0))
	o[0].Resize(fyne.NewSize(size.Width-edgeRoom-barRoom+2*out, size.Height))
}

type pageLayout struct {
	head, foot fyne.CanvasObject
	body       *container.Scroll
}

func (p *pageLayout) margins() (side, above, between float32) {
	th := fyne.CurrentApp().Settings().Theme()
	side = th.Size(look.Margin)
	return side, min(side/2, 32), th.Size(look.Space) / 2
}

func (p *pageLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	side, above, between := p.margins()
	var size fyne.Size
	for _, o := range []fyne.CanvasObject{p.head, p.foot} {
		if o != nil {
			size = fyne.NewSize(max(size.Width, o.MinSize().Width), size.Height+o.MinSize().Height+between)
		}
	}
	if p.body != nil {
		inner := p.body.Content.MinSize()
		size = fyne.NewSize(max(size.Width, inner.Width), size.Height+p.body.MinSize().Height)
	}
	return size.AddWidthHeight(2*side, 2*above)
}

func (p *pageLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	side, above, between := p.margins()
	th := fyne.CurrentApp().Settings().Theme()
	readable := readableWidth * th.Size(look.Body) / 20
	width := min(size.Width-2*side, max(readable, readableWidth))
	left := (size.Width - width) / 2
	top, bottom := above, size.Height-above
	place := func(o fyne.CanvasObject, y, height float32) {
		out := flush(o)
		o.Move(fyne.NewPos(left-out, y))
		o.Resize(fyne.NewSize(width+2*out, height))
	}
	if p.head != nil {
		place(p.head, top, p.head.MinSize().Height) // labels learn their width first
		height := p.head.MinSize().Height
		place(p.head, top, height)
		top += height + between
	}
	if p.foot != nil {
		p.foot.Resize(fyne.NewSize(width, p.foot.MinSize().Height))
		height := p.foot.MinSize().Height
		place(p.foot, bottom-height, height)
		bottom -= height + between
	}
	if p.body != nil {
		p.body.Move(fyne.NewPos(left-edgeRoom, top))
		p.body.Resize(fyne.NewSize(width+edgeRoom+barRoom, max(0, bottom-top)))
	}
}

// Column puts things below each other with the look's gap between them.
func Column(rows ...fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&columnLayout{gap: look.Space, share: 0.5}, present(rows)...)
}

// KeepInSight is a Column on a page in which one of the rows comes first where
// not all of them are in sight: what must be read needs no scrolling.
func KeepInSight(vital fyne.CanvasObject, rows ...fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&sightLayout{columnLayout{gap: look.Space, share: 0.5}, vital}, present(rows)...)
}

// Tight puts things that belong together below each other, without a gap:
// labels bring their own.
func Tight(rows ...fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&tightColumn{}, present(rows)...)
}

func present(rows []fyne.CanvasObject) []fyne.CanvasObject {
	var kept []fyne.CanvasObject
	for _, row := range rows {
		if row != nil {
			kept = append(kept, row)
		}
	}
	return kept
}

// columnLayout lays rows below each other over the whole width. Rows that wrap
// are given their width before they are asked for their height.
type columnLayout struct {
	gap   fyne.ThemeSizeName
	share float32
}

func (c *columnLayout) between() float32 {
	return fyne.CurrentApp().Settings().Theme().Size(c.gap) * c.share
}

func (c *columnLayout) MinSize(rows []fyne.CanvasObject) fyne.Size {
	return heightOf(rows, c.between())
}

func (c *columnLayout) Layout(rows []fyne.CanvasObject, size fyne.Size) {
	below(rows, size.Width, c.between())
}

// sightLayout is a columnLayout with a row that comes first in too little room.
// A page gives its body more height than it needs, or exactly that where it
// scrolls.
type sightLayout struct {
	columnLayout
	vital fyne.CanvasObject
}

func (s *sightLayout) Layout(rows []fyne.CanvasObject, size fyne.Size) {
	s.columnLayout.Layout(rows, size)
	if size.Height > s.MinSize(rows).Height {
		return
	}
	order := []fyne.CanvasObject{s.vital}
	for _, row := range rows {
		if row != s.vital {
			order = append(order, row)
		}
	}
	s.columnLayout.Layout(order, size)
}

// tightColumn lays labels below each other so close that the padding of two
// neighbours counts once.
type tightColumn struct{}

func (tightColumn) between() float32 {
	return -fyne.CurrentApp().Settings().Theme().Size(theme.SizeNameInnerPadding)
}

func (t tightColumn) MinSize(rows []fyne.CanvasObject) fyne.Size { return heightOf(rows, t.between()) }

func (t tightColumn) Layout(rows []fyne.CanvasObject, size fyne.Size) {
	below(rows, size.Width, t.between())
}

func heightOf(rows []fyne.CanvasObject, gap float32) fyne.Size {
	var size fyne.Size
	first := true
	for _, row := range rows {
		minimum := row.MinSize()
		if !row.Visible() || minimum.Height == 0 {
			continue // a place that is empty now needs no gap either
		}
		if !first {
			size.Height += gap
		}
		first = false
		size = fyne.NewSize(max(size.Width, minimum.Width), size.Height+minimum.Height)
	}
	return size
}

func below(rows []fyne.CanvasObject, width, gap float32) {
	y := float32(0)
	for _, row := range rows {
		if !row.Visible() {
			continue
		}
		out := flush(row)
		row.Move(fyne.NewPos(-out, y))
		row.Resize(fyne.NewSize(width+2*out, row.MinSize().Height))
		row.Resize(fyne.NewSize(width+2*out, row.MinSize().Height)) // its width may have changed its height
		if height := row.MinSize().Height; height > 0 {
			y += height + gap
		}
	}
}

// flush is how far a label stands out at both sides, so that its letters and
// not its padding line up with boxes above and below.
func flush(o fyne.CanvasObject) float32 {
	if _, ok := o.(*widget.Label); ok {
		return fyne.CurrentApp().Settings().Theme().Size(theme.SizeNameInnerPadding)
	}
	return 0
}

// Actions puts buttons in a row that goes on below where it is too narrow.
func Actions(buttons ...fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewRowWrapLayoutWithCustomPadding(16, 8), present(buttons)...)
}

// Columns puts two things beside each other; the left one gets share of the
// width. Where either would become too narrow to read, they stand below each
// other.
func Columns(left, right fyne.CanvasObject, share float32) fyne.CanvasObject {
	return container.New(&columnsLayout{share: share}, left, right)
}

type columnsLayout struct {
	share   float32
	stacked bool
}

// narrowest is the least width of a column, in sizes of ordinary text.
const narrowest = 11

func (c *columnsLayout) between() float32 {
	return fyne.CurrentApp().Settings().Theme().Size(look.Space)
}

func (c *columnsLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	left, right := o[0].MinSize(), o[1].MinSize()
	if c.stacked {
		return heightOf(o, c.between())
	}
	return fyne.NewSize(left.Width+right.Width+c.between(), max(left.Height, right.Height))
}

func (c *columnsLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	free := size.Width - c.between()
	least := narrowest * fyne.CurrentApp().Settings().Theme().Size(look.Body)
	c.stacked = max(least, o[0].MinSize().Width)+max(least, o[1].MinSize().Width) > free
	if c.stacked {
		below(o, size.Width, c.between())
		return
	}
	left := max(o[0].MinSize().Width, min(free*c.share, free-o[1].MinSize().Width))
	o[0].Resize(fyne.NewSize(left, size.Height))
	o[1].Move(fyne.NewPos(left+c.between(), 0))
	o[1].Resize(fyne.NewSize(free-left, size.Height))
}

// Gap is an empty space as high as the look's gap.
func Gap() fyne.CanvasObject {
	space := canvas.NewRectangle(color.Transparent)
	space.SetMinSize(fyne.NewSize(1, fyne.CurrentApp().Settings().Theme().Size(look.Gap)))
	return space
}
