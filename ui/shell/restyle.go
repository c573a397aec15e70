// This file owns what changes the look of everything at once: the theme, the
// language, and the window becoming small or large.

package shell

import (
	"time"

	"fyne.io/fyne/v2"

	"countersign/ui/look"
	"countersign/ui/words"
)

// A window below the first size is small; it is large again above the second.
// Between the two it stays what it is, so that nothing flickers at the edge.
// Large text needs more room: at 200 % a window counts as half as large.
var (
	smallBelow = fyne.NewSize(1000, 640)
	largeAbove = fyne.NewSize(1040, 680)
)

// A window below the first height is low, above the second no longer: its pages
// keep the size of their text and draw closer together.
const (
	lowBelow  = 760
	highAbove = 780
)

// rememberSizeAfter is how long a window keeps a size before it is remembered.
const rememberSizeAfter = time.Second

// isSmall says whether a window is small, given whether it was.
func isSmall(size fyne.Size, was bool) bool {
	if was {
		return size.Width < largeAbove.Width || size.Height < largeAbove.Height
	}
	return size.Width < smallBelow.Width || size.Height < smallBelow.Height
}

// isLow says whether a window is low, given whether it was.
func isLow(height float32, was bool) bool {
	if was {
		return height < highAbove
	}
	return height < lowBelow
}

// sized hears of every size of the window, in the middle of its layout: what
// follows from it happens afterwards.
func (s *Shell) sized(size fyne.Size) {
	if size.IsZero() {
		return
	}
	s.forgetSize()
	s.forgetSize = s.After(rememberSizeAfter, func() { s.kept.setWindowSize(size) })
	if !s.outgrown(size) {
		return
	}
	s.Do(func() {
		if s.outgrown(s.options.Window.Canvas().Size()) {
			s.restyle()
			s.redraw()
		}
	})
}

// outgrown reports whether a size asks for another look than the window has.
func (s *Shell) outgrown(size fyne.Size) bool {
	return s.isSmall(size) != s.compact || s.isLow(size) != s.low
}

func (s *Shell) isSmall(size fyne.Size) bool {
	scale := s.kept.textScale()
	return isSmall(fyne.NewSize(size.Width/scale, size.Height/scale), s.compact)
}

func (s *Shell) isLow(size fyne.Size) bool { return isLow(size.Height/s.kept.textScale(), s.low) }

// restyle gives the person's theme to the window. Fyne brings every widget up
// to it in place.
func (s *Shell) restyle() { s.restyleFor(s.options.Window.Canvas().Size()) }

// restyleFor is restyle for a window that is about to have a size.
func (s *Shell) restyleFor(size fyne.Size) {
	s.compact, s.low = s.isSmall(size), s.isLow(size)
	fyne.CurrentApp().Settings().SetTheme(look.New(look.Settings{
		TextScale: s.kept.textScale(), Variant: s.kept.variant(), Compact: s.compact, Low: s.low,
	}))
}

// redraw builds every page again: ours, and the side's.
func (s *Shell) redraw() {
	s.frame.SetStanding(s.standing())
	s.redraws = true
	switch {
	case s.base != nil:
		s.page, s.held = s.base(), nil
	case s.side != nil:
		s.side.Redraw()
	}
	s.redraws = false
	if s.over != nil {
		s.above = s.over()
	}
	s.draw()
}

// redrawSide builds the side's page again, below the settings: parts of it
// carry the theme that they were made under.
func (s *Shell) redrawSide() {
	if s.base != nil || s.side == nil {
		return
	}
	s.redraws = true
	s.side.Redraw()
	s.redraws = false
}

// speak uses the language that the person chose, or the command line.
func (s *Shell) speak() error {
	language := s.options.Language
	if language == "" {
		language = s.kept.language()
	}
	return words.Use(language)
}

// changeLanguage speaks another language from now on. During a call it waits:
// no sentence should change under the eyes of somebody who is just reading it.
func (s *Shell) changeLanguage() {
	s.awaits = s.page.Busy
	if s.awaits {
		return
	}
	if err := s.speak(); err != nil {
		fyne.LogError("the language cannot be changed", err)
		return
	}
	s.redraw()
}
