// This file owns how the window is divided: the band, the halves and the seam
// between them.

package kiosk

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/words"
)

// The smallest window: each half is still a small window of its own.
const (
	minWidth  = 1200
	minHeight = 660
)

// seamWidth is the width of the line between the halves.
const seamWidth = 4

// A window narrower than the first width is drawn tighter, until it is wider
// than the second: nothing flickers at the edge.
const (
	smallBelow = 2000
	largeAbove = 2080
)

// build makes what is always in the window.
func (k *Kiosk) build() {
	k.cover = k.newPane(words.Say("shell.name"))
	k.halves = container.New(halvesLayout{})
	// The band comes last: Tab goes through the screens first.
	k.content = container.New(&windowLayout{k}, k.halves, k.cover.object, k.band())
}

// band says that nothing here is real. It is there on every screen.
func (k *Kiosk) band() fyne.CanvasObject {
	name := parts.OneLine(parts.Strong(words.Say("kiosk.band")))
	name.Alignment = fyne.TextAlignCenter
	hint := parts.OneLine(parts.Note(words.Say("kiosk.hint", words.With{"Reference": k.options.Reference})))
	reset := parts.NewButton(parts.Quiet, words.Say("kiosk.reset"), k.Reset)
	back := canvas.NewRectangle(k.colour(look.TrainingBand))
	row := container.New(bandLayout{}, hint, name, reset)
	return container.NewThemeOverride(container.NewStack(back, row), onBand{fyne.CurrentApp().Settings().Theme})
}

// seam is the line between the halves, in the colour of the band.
func (k *Kiosk) seam() fyne.CanvasObject { return canvas.NewRectangle(k.colour(look.TrainingBand)) }

func (k *Kiosk) colour(name fyne.ThemeColorName) color.Color {
	settings := fyne.CurrentApp().Settings()
	return settings.Theme().Color(name, settings.ThemeVariant())
}

// sized hears of every size of the window, in the middle of its layout: what
// follows from it happens afterwards.
func (k *Kiosk) sized(size fyne.Size) {
	compact := size.Width < smallBelow || k.compact && size.Width < largeAbove
	if size.IsZero() || compact == k.compact {
		return
	}
	k.compact = compact
	k.options.Do(func() {
		k.restyle()
		if k.bank != nil {
			k.bank.Agent.Redraw()
			k.bank.Customer.Redraw()
		}
	})
}

// onBand is the theme of what stands on the band, whatever the window's is now.
type onBand struct{ window func() fyne.Theme }

// Color implements fyne.Theme.
func (b onBand) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	switch name {
	case look.Ink, look.Muted, look.Primary, look.Focus, theme.ColorNameDisabled:
		name = look.TrainingText
	case look.Paper, look.Panel, theme.ColorNameButton:
		name = look.TrainingBand
	}
	return b.window().Color(name, v)
}

// Font implements fyne.Theme.
func (b onBand) Font(style fyne.TextStyle) fyne.Resource { return b.window().Font(style) }

// Icon implements fyne.Theme.
func (b onBand) Icon(name fyne.ThemeIconName) fyne.Resource { return b.window().Icon(name) }

// Size implements fyne.Theme.
func (b onBand) Size(name fyne.ThemeSizeName) float32 { return b.window().Size(name) }

// bandLayout puts the name into the middle, and the rest at the ends.
type bandLayout struct{}

func (bandLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	height := float32(0)
	for _, part := range o {
		height = max(height, part.MinSize().Height)
	}
	return fyne.NewSize(0, height)
}

func (bandLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	place := func(part fyne.CanvasObject, left float32) {
		space := part.MinSize()
		part.Resize(space)
		part.Move(fyne.NewPos(left, (size.Height-space.Height)/2))
	}
	margin := fyne.CurrentApp().Settings().Theme().Size(look.Space)
	hint, name, reset := o[0], o[1], o[2]
	place(hint, margin)
	place(name, (size.Width-name.MinSize().Width)/2)
	place(reset, size.Width-margin-reset.MinSize().Width)
}

// halvesLayout gives both halves the same width, with the seam between them.
type halvesLayout struct{}

func (halvesLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, 0) }

func (halvesLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	if len(o) == 0 {
		return
	}
	width := (size.Width - seamWidth) / 2
	for i, left := range []float32{0, width, width + seamWidth} {
		o[i].Move(fyne.NewPos(left, 0))
		o[i].Resize(fyne.NewSize(width, size.Height))
	}
	o[1].Resize(fyne.NewSize(seamWidth, size.Height))
}

// paneLayout gives the frame the whole pane, and the marks around it nothing.
type paneLayout struct{}

func (paneLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, 0) }

func (paneLayout) Layout(o []fyne.CanvasObject, size fyne.Size) { o[1].Resize(size) }

// windowLayout puts the band above everything.
type windowLayout struct{ kiosk *Kiosk }

func (*windowLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(minWidth, minHeight)
}

func (l *windowLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.kiosk.sized(size)
	band := o[len(o)-1]
	height := band.MinSize().Height
	band.Resize(fyne.NewSize(size.Width, height))
	for _, below := range o[:len(o)-1] {
		below.Move(fyne.NewPos(0, height))
		below.Resize(fyne.NewSize(size.Width, max(0, size.Height-height)))
	}
}
