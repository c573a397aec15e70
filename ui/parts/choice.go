// This file owns answers to choose from: large tiles below each other, each an
// answer that is given by pressing it, and tiles of which one is selected.

package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
)

// Choice is one answer of a question: a tile over the whole width.
type Choice struct {
	press
	key, title, note string
	selectable       bool // one of Tiles
	selected         bool
	moved            func(by int) // arrow keys
}

// NewChoice makes an answer. key is shown as a key cap, "" for none; note
// stands below the title.
func NewChoice(key, title, note string, tapped func()) *Choice {
	c := &Choice{key: key, title: title, note: note}
	c.tapped = tapped
	c.become(c)
	return c
}

// Choices puts answers below each other.
func Choices(choices ...*Choice) fyne.CanvasObject {
	rows := make([]fyne.CanvasObject, len(choices))
	for i, c := range choices {
		rows[i] = c
	}
	return Column(rows...)
}

// SetNote changes what stands below the title.
func (c *Choice) SetNote(note string) { c.note = note; c.Refresh() }

// AccessibilityLabel implements fyne.Accessible.
func (c *Choice) AccessibilityLabel() string {
	if c.note == "" {
		return c.title
	}
	return c.title + ", " + c.note
}

// AccessibilityRole implements fyne.Accessible.
func (c *Choice) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// TypedKey implements fyne.Focusable: arrows go to the neighbours.
func (c *Choice) TypedKey(e *fyne.KeyEvent) {
	switch {
	case c.moved != nil && (e.Name == fyne.KeyRight || e.Name == fyne.KeyDown):
		c.moved(1)
	case c.moved != nil && (e.Name == fyne.KeyLeft || e.Name == fyne.KeyUp):
		c.moved(-1)
	default:
		c.press.TypedKey(e)
	}
}

// CreateRenderer implements fyne.Widget.
func (c *Choice) CreateRenderer() fyne.WidgetRenderer {
	r := &choiceRenderer{choice: c, frame: newFrame(), title: Lead(""), note: Note("")}
	words := container.New(&tightColumn{}, r.title, r.note)
	r.mark = newMark()
	if c.selectable {
		r.title.SizeName, r.title.Alignment, r.note.Alignment = look.Body, fyne.TextAlignCenter, fyne.TextAlignCenter
		r.row = container.NewStack(words)
		r.mark.Hide()
	} else if c.key != "" {
		r.row = container.NewBorder(nil, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 6, 12), container.NewCenter(KeyCap(c.key))), nil, words)
	} else {
		r.row = container.NewStack(words)
	}
	r.Refresh()
	return r
}

type choiceRenderer struct {
	choice      *Choice
	frame       frame
	title, note *widget.Label
	mark        *mark
	row         *fyne.Container
}

func (r *choiceRenderer) Objects() []fyne.CanvasObject {
	return append(r.frame.objects(), r.row, r.mark)
}

func (r *choiceRenderer) Destroy() {}

func (r *choiceRenderer) padding() (side, above float32) {
	gap := length(r.choice, look.Gap)
	if r.choice.selectable {
		return gap, gap
	}
	return 2 * gap, gap
}

func (r *choiceRenderer) MinSize() fyne.Size {
	side, above := r.padding()
	inner := r.row.MinSize()
	return fyne.NewSize(inner.Width+2*side, max(inner.Height+2*above, length(r.choice, look.TargetHeight)))
}

func (r *choiceRenderer) Layout(size fyne.Size) {
	r.frame.layout(size)
	side, above := r.padding()
	width := size.Width - 2*side
	r.row.Resize(fyne.NewSize(width, size.Height-2*above))
	height := min(r.row.MinSize().Height, size.Height-2*above)
	r.row.Resize(fyne.NewSize(width, height))
	r.row.Move(fyne.NewPos(side, (size.Height-height)/2))
	m := length(r.choice, look.Note)
	r.mark.Resize(fyne.NewSquareSize(m))
	r.mark.Move(fyne.NewPos(size.Width-m-6, 6))
}

func (r *choiceRenderer) Refresh() {
	c := r.choice
	border, width := fyne.ThemeColorName(look.Line), float32(2)
	if c.hovered && !c.disabled {
		border = look.Ink
	}
	fill := fyne.ThemeColorName(look.Paper)
	if c.selected {
		border, width = look.Primary, 3
	}
	if c.disabled {
		fill = look.Panel
	}
	r.frame.paint(c, fill, border, width, c.focused)
	r.title.Text, r.note.Text = c.title, c.note
	r.title.TextStyle.Bold = c.selected
	r.title.Importance = widget.MediumImportance
	if c.disabled {
		r.title.Importance = widget.LowImportance
	}
	r.note.Hidden = c.note == ""
	r.title.Refresh()
	r.note.Refresh()
	r.mark.Hidden = !c.selected
	r.mark.Refresh()
	r.Layout(c.Size())
}

// mark is the check mark of what is selected: colour and a thick border alone
// would say it to those only who see them.
type mark struct{ *Glyph }

func newMark() *mark { return &mark{NewGlyph(IconCheck, look.Primary, 18)} }

// Tiles are several short answers of which one is selected. Each is a tab stop,
// arrow keys move between them, Space or Enter selects.
type Tiles struct {
	widget.BaseWidget
	columns int
	tiles   []*Choice
	chosen  int
	changed func(int)
}

// NewTiles makes tiles in so many columns, none selected.
func NewTiles(columns int, titles []string, changed func(i int)) *Tiles {
	t := &Tiles{columns: columns, chosen: -1, changed: changed}
	for i, title := range titles {
		c := NewChoice("", title, "", nil)
		c.selectable = true
		c.tapped = func() { t.choose(i) }
		c.moved = func(by int) { t.focus(i + by) }
		t.tiles = append(t.tiles, c)
	}
	t.ExtendBaseWidget(t)
	return t
}

func (t *Tiles) choose(i int) {
	t.SetSelected(i)
	if t.changed != nil {
		t.changed(i)
	}
}

func (t *Tiles) focus(i int) {
	if i < 0 || i >= len(t.tiles) {
		return
	}
	if c := canvasOf(t); c != nil {
		c.Focus(t.tiles[i])
	}
}

// SetSelected selects a tile without telling anybody; -1 selects none.
func (t *Tiles) SetSelected(i int) {
	t.chosen = i
	for n, tile := range t.tiles {
		tile.selected = n == i
		tile.Refresh()
	}
}

// Selected is the selected tile, or -1.
func (t *Tiles) Selected() int { return t.chosen }

// SetNote changes what stands below a tile's title.
func (t *Tiles) SetNote(i int, note string) { t.tiles[i].SetNote(note); t.Refresh() }

// SetEnabled lets a tile be selected, or not.
func (t *Tiles) SetEnabled(i int, enabled bool) {
	t.tiles[i].disabled = !enabled
	t.tiles[i].Refresh()
}

// At is a tile, to give it the focus.
func (t *Tiles) At(i int) fyne.Focusable { return t.tiles[i] }

// CreateRenderer implements fyne.Widget.
func (t *Tiles) CreateRenderer() fyne.WidgetRenderer {
	grid := container.New(&tileGrid{wished: t.columns, columns: t.columns})
	for _, tile := range t.tiles {
		grid.Add(tile)
	}
	return widget.NewSimpleRenderer(grid)
}

// narrowestTile is the least width of a tile, in sizes of ordinary text: a
// long word still stands on one line.
const narrowestTile = 6.2

// tileGrid lays tiles in columns of one width, in fewer of them where the
// tiles would become too narrow.
type tileGrid struct{ wished, columns int }

func (g *tileGrid) MinSize(tiles []fyne.CanvasObject) fyne.Size {
	return layout.NewGridLayoutWithColumns(g.columns).MinSize(tiles)
}

func (g *tileGrid) Layout(tiles []fyne.CanvasObject, size fyne.Size) {
	th := fyne.CurrentApp().Settings().Theme()
	least := narrowestTile * th.Size(look.Body)
	for g.columns = g.wished; g.columns > 1; g.columns = (g.columns + 1) / 2 {
		between := th.Size(theme.SizeNamePadding) * float32(g.columns-1)
		if (size.Width-between)/float32(g.columns) >= least {
			break
		}
	}
	layout.NewGridLayoutWithColumns(g.columns).Layout(tiles, size)
}

// KeyCap shows a key of the keyboard.
func KeyCap(key string) fyne.CanvasObject {
	box := canvas.NewRectangle(nil)
	k := &keyCap{box: box, text: OneLine(Note(key))}
	k.ExtendBaseWidget(k)
	return k
}

type keyCap struct {
	widget.BaseWidget
	box  *canvas.Rectangle
	text *widget.Label
}

// CreateRenderer implements fyne.Widget.
func (k *keyCap) CreateRenderer() fyne.WidgetRenderer {
	k.text.Alignment = fyne.TextAlignCenter
	return &keyCapRenderer{WidgetRenderer: widget.NewSimpleRenderer(container.NewStack(k.box, k.text)), cap: k}
}

type keyCapRenderer struct {
	fyne.WidgetRenderer
	cap *keyCap
}

// MinSize is at least a square, so that caps of one key are alike.
func (r *keyCapRenderer) MinSize() fyne.Size {
	size := r.WidgetRenderer.MinSize()
	return fyne.NewSize(max(size.Width, size.Height), size.Height)
}

// Layout paints too: a renderer's first layout comes before any refresh.
func (r *keyCapRenderer) Layout(size fyne.Size) {
	r.paint()
	r.WidgetRenderer.Layout(size)
}

func (r *keyCapRenderer) Refresh() {
	r.paint()
	r.WidgetRenderer.Refresh()
}

func (r *keyCapRenderer) paint() {
	r.cap.box.FillColor = colour(r.cap, look.Paper)
	r.cap.box.StrokeColor, r.cap.box.StrokeWidth = colour(r.cap, look.Line), 1.5
	r.cap.box.CornerRadius = length(r.cap, look.Radius) / 2
	r.cap.box.Refresh()
}
