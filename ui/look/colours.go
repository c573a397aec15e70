// This file owns the colours: their names, and a palette for each theme.

package look

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The names of colours. Those that Fyne's own widgets use keep Fyne's names.
const (
	Paper     = theme.ColorNameBackground
	Ink       = theme.ColorNameForeground
	Primary   = theme.ColorNamePrimary
	OnPrimary = theme.ColorNameForegroundOnPrimary
	Muted     = theme.ColorNamePlaceHolder
	Line      = theme.ColorNameInputBorder
	Focus     = theme.ColorNameFocus
	Error     = theme.ColorNameError

	Panel fyne.ThemeColorName = "panel" // cards
	// Pressed is behind what is under the pointer or pressed.
	Pressed = theme.ColorNameHover

	Green  fyne.ThemeColorName = "verified"
	Red    fyne.ThemeColorName = "stopped"
	Amber  fyne.ThemeColorName = "unverified"
	OnDark fyne.ThemeColorName = "on-verdict" // text on green and red

	TrainingBand  fyne.ThemeColorName = "training-band"
	TrainingPanel fyne.ThemeColorName = "training-panel"
	TrainingText  fyne.ThemeColorName = "training-text"
)

// palette maps names to colours.
type palette map[fyne.ThemeColorName]color.Color

var (
	white       = hex(0xFFFFFF)
	inkOnLight  = hex(0x1B1F24)
	green       = hex(0x0B5D3B)
	red         = hex(0x9A1B1E)
	amber       = hex(0xFFC53D)
	transparent = color.NRGBA{}
)

// light and dark are the calm palettes.
var (
	light = calm(colours{
		paper: white, panel: hex(0xF2F5F7), ink: inkOnLight, muted: hex(0x4A5560), line: hex(0x7B8894),
		edge: hex(0xD3DAE0), primary: hex(0x134E6F), onPrimary: white, err: hex(0x9A1B1E),
	})
	dark = calm(colours{
		paper: hex(0x14181C), panel: hex(0x1E242A), ink: hex(0xE9EEF2), muted: hex(0xA9B6C1), line: hex(0x76838F),
		edge: hex(0x343D46), primary: hex(0x7CC4EC), onPrimary: hex(0x14181C), err: hex(0xFF9A9C),
	})
	trainingLight = calm(colours{
		paper: hex(0xFBF8FE), panel: hex(0xF1E9F9), ink: hex(0x2B1145), muted: hex(0x5B4A6E), line: hex(0x8B78A3),
		edge: hex(0xDCCDEC), primary: hex(0x5B2A86), onPrimary: white, err: hex(0x9A1B1E),
	})
	trainingDark = calm(colours{
		paper: hex(0x1A0B2A), panel: hex(0x2B1145), ink: hex(0xE7D3FF), muted: hex(0xC2A9DE), line: hex(0x8F74AE),
		edge: hex(0x4A2C69), primary: hex(0xD5B3FF), onPrimary: hex(0x2B1145), err: hex(0xFF9A9C),
	})
)

// colours are what a calm palette is made of.
type colours struct {
	paper, panel, ink, muted, line, edge, primary, onPrimary, err color.Color
}

func calm(c colours) palette {
	return withFixed(palette{
		Paper: c.paper, Panel: c.panel, Ink: c.ink, Muted: c.muted, Line: c.line,
		Primary: c.primary, OnPrimary: c.onPrimary, Error: c.err, Focus: c.primary,
		Pressed: over(c.ink, 0x14), theme.ColorNamePressed: over(c.ink, 0x22),
		theme.ColorNameButton: c.panel, theme.ColorNameDisabledButton: c.panel,
		theme.ColorNameDisabled: c.muted, theme.ColorNameInputBackground: c.paper,
		theme.ColorNameSeparator: c.edge, theme.ColorNameHyperlink: c.primary,
		theme.ColorNameSelection: over(c.primary, 0x40), theme.ColorNameScrollBar: c.line,
		theme.ColorNameScrollBarBackground: c.panel, theme.ColorNameShadow: transparent,
		theme.ColorNameHeaderBackground: c.panel, theme.ColorNameOverlayBackground: c.paper,
		theme.ColorNameMenuBackground: c.panel,
	})
}

// verdictPalette is for what stands on a verdict's colour: the field's colour
// is the paper, and the one action is the other way round.
func verdictPalette(field, ink color.Color) palette {
	return withFixed(palette{
		Paper: field, Panel: field, Ink: ink, Muted: ink, Line: ink,
		Primary: ink, OnPrimary: field, Error: ink, Focus: ink,
		Pressed: over(ink, 0x22), theme.ColorNamePressed: over(ink, 0x33),
		theme.ColorNameButton: field, theme.ColorNameDisabledButton: field,
		theme.ColorNameDisabled: ink, theme.ColorNameInputBackground: field,
		theme.ColorNameSeparator: ink, theme.ColorNameHyperlink: ink,
		theme.ColorNameSelection: over(ink, 0x40), theme.ColorNameScrollBar: ink,
		theme.ColorNameScrollBarBackground: field, theme.ColorNameShadow: transparent,
		theme.ColorNameHeaderBackground: field, theme.ColorNameOverlayBackground: field,
		theme.ColorNameMenuBackground: field,
	})
}

// withFixed adds the colours that no theme and no mood changes.
func withFixed(p palette) palette {
	p[Green], p[Red], p[Amber], p[OnDark] = green, red, amber, white
	p[TrainingBand], p[TrainingPanel], p[TrainingText] = hex(0x5B2A86), hex(0x2B1145), hex(0xE7D3FF)
	return p
}

var (
	onGreen = verdictPalette(green, white)
	onRed   = verdictPalette(red, white)
	onAmber = verdictPalette(amber, inkOnLight)
)

func (l *look) palette(asked fyne.ThemeVariant) palette {
	switch l.mood {
	case Verified:
		return onGreen
	case Stopped:
		return onRed
	case Unverified:
		return onAmber
	}
	isDark := l.variant(asked) == theme.VariantDark
	switch {
	case l.settings.Training && isDark:
		return trainingDark
	case l.settings.Training:
		return trainingLight
	case isDark:
		return dark
	}
	return light
}

// Contrast is the contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2,
// "contrast ratio").
func Contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

// luminance is the relative luminance of a colour (WCAG 2.2).
func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		s := float64(v) / 0xFFFF
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func hex(rgb uint32) color.Color {
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xFF}
}

// over is a colour that lets what is below it shine through.
func over(c color.Color, alpha uint8) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = alpha
	return n
}
