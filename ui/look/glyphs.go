// This file owns what this computer can draw: whether the fonts of the windows,
// or one of the system's, have a glyph for every character of a text. It asks
// in the order in which Fyne draws (its internal/painter): Fyne's own fonts
// first, then the system's by script. A test holds the two together.

package look

import (
	"bytes"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/fontscan"
	"github.com/go-text/typesetting/language"
)

// Draws reports whether every character of a text can be drawn here. Where one
// cannot, Fyne draws a box or a question mark in its place, which says nothing
// and looks the same for every letter. It may be called on any goroutine; the
// first character that is in none of Fyne's own fonts reads the list of the
// system's fonts.
func Draws(text string) bool {
	fonts.Lock()
	defer fonts.Unlock()
	for _, r := range text {
		if !fonts.have(r) {
			return false
		}
	}
	return true
}

// glyphs are the fonts, and what was found in them before.
type glyphs struct {
	sync.Mutex
	own    []*font.Face // regular and bold text, symbols
	system *fontscan.FontMap
	known  map[rune]bool
}

var fonts glyphs

func (g *glyphs) have(r rune) bool {
	if g.own == nil {
		g.open()
	}
	if has, ok := g.known[r]; ok {
		return has
	}
	text, symbols := g.own[:2], g.own[2]
	g.known[r] = has(text[0], r) && has(text[1], r) || has(symbols, r) || g.systemHas(r)
	return g.known[r]
}

func (g *glyphs) open() {
	g.known = map[rune]bool{}
	for _, resource := range []fyne.Resource{theme.DefaultTextFont(), theme.DefaultTextBoldFont(), theme.DefaultSymbolFont()} {
		face, err := font.ParseTTF(bytes.NewReader(resource.Content()))
		if err != nil {
			face = nil // then only the system's fonts count
		}
		g.own = append(g.own, face)
	}
}

// systemHas looks through the system's fonts. Without any, nothing beyond
// Fyne's own can be drawn.
func (g *glyphs) systemHas(r rune) bool {
	if g.system == nil {
		g.system = fontscan.NewFontMap(silent{})
		_ = g.system.UseSystemFonts("") // an empty map finds nothing
	}
	g.system.SetQuery(fontscan.Query{Families: []string{fontscan.SansSerif}})
	g.system.SetScript(language.LookupScript(r))
	return has(g.system.ResolveFace(r), r)
}

// has reports whether a font, if there is one, has a glyph for a character.
func has(face *font.Face, r rune) bool {
	if face == nil {
		return false
	}
	_, ok := face.NominalGlyph(r)
	return ok
}

// silent is where fontscan tells of fonts that it cannot read: nowhere.
type silent struct{}

// Printf implements fontscan.Logger.
func (silent) Printf(string, ...any) {}
