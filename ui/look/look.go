// Package look owns how Countersign looks: its colours, sizes and the theme
// that gives them to Fyne, in light and in dark, for the training kiosk, and on
// the colour of a verdict.
//
// It must not know any screen or any word, and nothing of a call: a widget asks
// for a colour or a size by its name here.
//
// Rules: all text stands out from what is behind it by a contrast of at least
// 4.5 to 1, on a verdict by at least 7 to 1 (WCAG 2.2, 1.4.3 and 1.4.6); the
// tests compute it. Verdict colours are the same in every theme and no bank's
// colour ever replaces them.
package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Variant is the person's choice between light and dark.
type Variant int

// The variants.
const (
	System Variant = iota // as the system is set
	Light
	Dark
)

// Settings are what a person can choose, and what the window's size asks for.
type Settings struct {
	TextScale float32 // 1 to 2: times every size of text
	Variant   Variant
	Training  bool // the kiosk's own palette
	Compact   bool // a small window: tighter spacing, smaller headlines
	Low       bool // a low window: tighter spacing alone
}

// The largest and the smallest size of text that can be chosen.
const (
	MinTextScale float32 = 1
	MaxTextScale float32 = 2
)

// Mood is the colour of a whole window.
type Mood int

// The moods.
const (
	Calm       Mood = iota // paper
	Verified               // green
	Stopped                // red
	Unverified             // amber
)

// New makes the theme.
func New(s Settings) fyne.Theme {
	s.TextScale = min(max(s.TextScale, MinTextScale), MaxTextScale)
	return &look{settings: s}
}

// look is the theme of one window, or of a part of it that has a mood.
type look struct {
	settings Settings
	mood     Mood
	roomy    bool
}

// On returns the theme for what stands directly on a mood's colour.
func On(m Mood, base fyne.Theme) fyne.Theme {
	l, ok := base.(*look)
	if !ok {
		l = &look{settings: Settings{TextScale: MinTextScale}}
	}
	return &look{settings: l.settings, mood: m}
}

// Plain returns the theme without a mood: for white insets on a verdict, which
// are light in every theme, so that facts look alike.
func Plain(base fyne.Theme) fyne.Theme {
	l, ok := base.(*look)
	if !ok {
		l = &look{settings: Settings{TextScale: MinTextScale}}
	}
	s := l.settings
	s.Variant = Light
	return &look{settings: s}
}

// Roomy returns the theme with more room around text, for boxes to type in.
func Roomy(base fyne.Theme) fyne.Theme {
	l, ok := base.(*look)
	if !ok {
		return base
	}
	return &look{settings: l.settings, mood: l.mood, roomy: true}
}

// Color returns a colour by its name.
func (l *look) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if c, ok := l.palette(variant)[name]; ok {
		return c
	}
	return theme.DefaultTheme().Color(name, l.variant(variant))
}

func (l *look) variant(asked fyne.ThemeVariant) fyne.ThemeVariant {
	switch l.settings.Variant {
	case Light:
		return theme.VariantLight
	case Dark:
		return theme.VariantDark
	}
	return asked
}

// Font returns Fyne's own fonts: Noto Sans, and DejaVu Sans Mono for digits,
// which both have every letter of our languages.
func (l *look) Font(style fyne.TextStyle) fyne.Resource { return theme.DefaultTheme().Font(style) }

// Icon returns Fyne's own icons.
func (l *look) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }
