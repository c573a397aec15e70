// This file owns how a call's two sides stand: what to say at the left, what
// happens at the right; below each other where the window is too narrow for
// both, which only its layout can tell.

package agent

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/ui/look"
	"countersign/ui/parts"
)

// narrow is the width, in sizes of ordinary text, below which two things are
// too much for one row.
const narrow = 40

func isNarrow(width float32) bool {
	return width < narrow*fyne.CurrentApp().Settings().Theme().Size(look.Body)
}

// The share of the width that the left side has. In a small window the time
// line's sentences need more of it.
const (
	leftShare      = 0.545
	leftShareSmall = 0.47
)

// sides are the parts of a page in two sides.
type sides struct {
	left, right fyne.CanvasObject
	actions     fyne.CanvasObject // below the left side; nil: none
	pinned      fyne.CanvasObject // below both, in sight also where they scroll; nil: none
	leftGrows   bool              // where the sides stand below each other, the left one takes the room that is left
	stacked     func(bool)        // is told when they begin or cease to stand so; nil: nobody
}

// twoSides makes a page of two sides.
func (s *Side) twoSides(p sides) fyne.CanvasObject {
	l := &sidesLayout{sides: p, share: leftShare}
	if s.Stage.Compact() {
		l.share = leftShareSmall
	}
	objects := []fyne.CanvasObject{p.left, p.right}
	if p.actions != nil {
		objects = append(objects, p.actions)
	}
	return parts.Page(nil, container.New(l, objects...), p.pinned)
}

type sidesLayout struct {
	sides
	share float32
	below bool // the sides stand below each other
}

func (l *sidesLayout) between() float32 {
	return fyne.CurrentApp().Settings().Theme().Size(look.Space)
}

// foot is the height that the actions take below the left side.
func (l *sidesLayout) foot() float32 {
	if l.actions == nil {
		return 0
	}
	return l.actions.MinSize().Height + l.between()/2
}

// MinSize implements fyne.Layout.
func (l *sidesLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	left, right := l.left.MinSize(), l.right.MinSize()
	if l.below {
		return fyne.NewSize(max(left.Width, right.Width), left.Height+l.foot()+l.between()/2+right.Height)
	}
	return fyne.NewSize(left.Width+l.between()+right.Width, max(left.Height+l.foot(), right.Height))
}

// Layout implements fyne.Layout.
func (l *sidesLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if below := isNarrow(size.Width); below != l.below {
		l.below = below
		if l.stacked != nil {
			l.stacked(below)
		}
	}
	if l.below {
		l.stack(size)
		return
	}
	width := (size.Width - l.between()) * l.share
	l.place(width, size.Height-l.foot())
	l.right.Move(fyne.NewPos(width+l.between(), 0))
	l.right.Resize(fyne.NewSize(size.Width-width-l.between(), size.Height))
}

// stack puts the right side below the left one.
func (l *sidesLayout) stack(size fyne.Size) {
	l.left.Resize(fyne.NewSize(size.Width, l.left.MinSize().Height)) // labels learn their width first
	l.right.Resize(fyne.NewSize(size.Width, l.right.MinSize().Height))
	left := l.left.MinSize().Height
	if l.leftGrows {
		left = max(left, size.Height-l.foot()-l.between()/2-l.right.MinSize().Height)
	}
	l.place(size.Width, left)
	top := left + l.foot() + l.between()/2
	l.right.Move(fyne.NewPos(0, top))
	l.right.Resize(fyne.NewSize(size.Width, max(l.right.MinSize().Height, size.Height-top)))
}

// place puts the left side and its actions at the top left.
func (l *sidesLayout) place(width, height float32) {
	l.left.Move(fyne.NewPos(0, 0))
	l.left.Resize(fyne.NewSize(width, height))
	if l.actions != nil {
		l.actions.Move(fyne.NewPos(0, height+l.between()/2))
		l.actions.Resize(fyne.NewSize(width, l.actions.MinSize().Height))
	}
}

// fields lays boxes side by side, each a third of the row. What may be wide
// gets the rest of it, or a row of its own in a narrow window; words about the
// boxes stand beside them where they can, else below. Boxes without either
// share the row.
type fields struct {
	wide  fyne.CanvasObject // nil: none
	words fyne.CanvasObject // nil: none
	width float32           // of the last layout: heights depend on it
}

// thirds is how many boxes a row has room for.
const thirds = 3

// MinSize implements fyne.Layout.
func (f *fields) MinSize(all []fyne.CanvasObject) fyne.Size {
	least := float32(0)
	for _, o := range all {
		if o.Visible() {
			least = max(least, o.MinSize().Width)
		}
	}
	return fyne.NewSize(least, f.arrange(all, f.width, func(fyne.CanvasObject, fyne.Position, fyne.Size) {}))
}

// Layout implements fyne.Layout.
func (f *fields) Layout(all []fyne.CanvasObject, size fyne.Size) {
	f.width = size.Width
	f.arrange(all, size.Width, func(o fyne.CanvasObject, at fyne.Position, size fyne.Size) {
		o.Move(at)
		o.Resize(size)
	})
}

// arrange places everything in a width and returns the height that it takes.
func (f *fields) arrange(all []fyne.CanvasObject, width float32, place func(fyne.CanvasObject, fyne.Position, fyne.Size)) float32 {
	between := 2 * fyne.CurrentApp().Settings().Theme().Size(look.Gap)
	boxes, wide, words := f.sorted(all)
	if isNarrow(width) {
		if words != nil { // two boxes still stand side by side
			return f.below(f.row(boxes, 2, width, between, place), width, place, words, wide)
		}
		return f.below(0, width, place, boxes...)
	}
	columns := thirds
	if wide == nil && words == nil {
		columns = len(boxes)
	}
	height := f.row(boxes, columns, width, between, place)
	x := (width + between) / float32(columns) * float32(len(boxes))
	switch {
	case wide != nil:
		place(wide, fyne.NewPos(x, 0), fyne.NewSize(width-x, wide.MinSize().Height))
		return f.below(max(height, wide.MinSize().Height), width, place, words)
	case words != nil:
		least := words.MinSize().Height
		place(words, fyne.NewPos(x, max(0, (height-least)/2)), fyne.NewSize(width-x, least))
		return max(height, least)
	}
	return height
}

// sorted tells the boxes that are there from what may be wide and the words.
func (f *fields) sorted(all []fyne.CanvasObject) (boxes []fyne.CanvasObject, wide, words fyne.CanvasObject) {
	for _, o := range all {
		switch {
		case !o.Visible():
		case o == f.wide:
			wide = o
		case o == f.words:
			words = o
		default:
			boxes = append(boxes, o)
		}
	}
	return boxes, wide, words
}

// row places boxes side by side in so many columns and returns their height.
func (f *fields) row(boxes []fyne.CanvasObject, columns int, width, between float32, place func(fyne.CanvasObject, fyne.Position, fyne.Size)) float32 {
	each := (width - between*float32(columns-1)) / float32(columns)
	height := float32(0)
	for _, o := range boxes {
		height = max(height, o.MinSize().Height)
	}
	for i, o := range boxes {
		place(o, fyne.NewPos(float32(i)*(each+between), 0), fyne.NewSize(each, height))
	}
	return height
}

// below places things over the whole width from a height down and returns
// where they end.
func (f *fields) below(y, width float32, place func(fyne.CanvasObject, fyne.Position, fyne.Size), all ...fyne.CanvasObject) float32 {
	for _, o := range all {
		if o == nil {
			continue
		}
		place(o, fyne.NewPos(0, y), fyne.NewSize(width, o.MinSize().Height))
		y += o.MinSize().Height
	}
	return y
}
