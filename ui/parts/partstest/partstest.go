// Package partstest owns what the tests of screens ask of a drawn page: which
// texts it shows, what can be focused and how that is named, what does not fit,
// and a picture of it.
//
// It must not know any screen. It is for tests only and knows Fyne's test
// driver.
package partstest

import (
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
	"countersign/ui/words"
)

// Window is a window of the test driver that shows content in a size, under
// the look's settings and in a language. It closes with the test.
func Window(t testing.TB, s look.Settings, language string, size fyne.Size) fyne.Window {
	t.Helper()
	app := test.NewTempApp(t)
	if s.TextScale == 0 {
		s.TextScale = 1
	}
	app.Settings().SetTheme(look.New(s))
	if err := words.Use(language); err != nil {
		t.Fatal(err)
	}
	w := app.NewWindow("")
	w.SetPadded(false)
	// Fyne's cache reads its clock only when something is painted. Without this,
	// what is drawn a minute after the last picture counts as expired at once
	// and loses its colours.
	w.Canvas().Capture()
	w.Resize(size)
	t.Cleanup(w.Close)
	return w
}

// Show puts content into a window of the test driver and lays it out twice:
// text that wraps learns its height from its width.
func Show(w fyne.Window, content fyne.CanvasObject, size fyne.Size) {
	w.SetContent(content)
	w.Resize(size)
	for range 3 {
		Walk(content, func(o fyne.CanvasObject) { relayout(o) })
	}
}

// Settle lays everything out again where it stands, as a real window does
// before it draws: what changed its size in place finds its room.
func Settle(w fyne.Window) {
	for range 3 {
		Walk(w.Content(), func(o fyne.CanvasObject) {
			relayout(o)
			if own, ok := o.(fyne.Widget); ok {
				test.WidgetRenderer(own).Layout(own.Size())
			}
		})
	}
}

// relayout lays a container out again in its own size.
func relayout(o fyne.CanvasObject) {
	if c, ok := o.(*fyne.Container); ok && c.Layout != nil {
		c.Layout.Layout(c.Objects, c.Size())
	}
}

// Texts are all words on a page, in the order in which they are drawn.
func Texts(o fyne.CanvasObject) string {
	var all []string
	Walk(o, func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *canvas.Text:
			all = append(all, o.Text)
		case *widget.Label:
			all = append(all, o.Text)
		}
	})
	return strings.Join(all, "\n")
}

// Focusables are all controls of a page, in the order of Tab.
func Focusables(o fyne.CanvasObject) []fyne.Focusable {
	var all []fyne.Focusable
	Walk(o, func(o fyne.CanvasObject) {
		if f, ok := o.(fyne.Focusable); ok {
			all = append(all, f)
		}
	})
	return all
}

// Unnamed lists the controls that a screen reader could not name.
func Unnamed(o fyne.CanvasObject) []string {
	var bad []string
	for _, f := range Focusables(o) {
		a, ok := f.(fyne.Accessible)
		if !ok || strings.TrimSpace(a.AccessibilityLabel()) == "" {
			bad = append(bad, fmt.Sprintf("%T", f))
		}
	}
	return bad
}

// Overflows lists what does not fit: things wider than the window, and, unless
// scrolling is allowed, pages that would have to scroll.
func Overflows(w fyne.Window, mayScroll bool) []string {
	var bad []string
	content := w.Content()
	if need, have := content.MinSize(), w.Canvas().Size(); need.Width > have.Width+0.5 || need.Height > have.Height+0.5 {
		bad = append(bad, fmt.Sprintf("the page needs %v and has %v", need, have))
	}
	Walk(content, func(o fyne.CanvasObject) {
		s, ok := o.(*container.Scroll)
		if !ok || s.Content == nil {
			return
		}
		need, have := s.Content.MinSize(), s.Size()
		if need.Width > have.Width+0.5 {
			bad = append(bad, fmt.Sprintf("content is %v wide in %v", need.Width, have.Width))
		}
		if !mayScroll && need.Height > have.Height+0.5 {
			bad = append(bad, fmt.Sprintf("content is %v high in %v", need.Height, have.Height))
		}
	})
	return bad
}

// Picture writes what a window shows as a PNG file, for people to look at.
func Picture(t testing.TB, w fyne.Window, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, w.Canvas().Capture()), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// Walk visits everything visible that is drawn, depth first.
func Walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			Walk(child, visit)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			Walk(child, visit)
		}
	}
}
