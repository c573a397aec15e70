// This file owns the sizes. They are logical pixels; text follows the person's
// text size, and a small window makes the largest of them smaller.

package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The names of sizes of text.
const (
	Body                               = theme.SizeNameText
	Small                              = theme.SizeNameCaptionText
	Note            fyne.ThemeSizeName = "note"
	Lead            fyne.ThemeSizeName = "lead"
	Headline        fyne.ThemeSizeName = "headline"
	VerdictHeadline fyne.ThemeSizeName = "verdict-headline"
	Value           fyne.ThemeSizeName = "value"      // a fact's value
	Digits          fyne.ThemeSizeName = "digits"     // digits that are read aloud
	BigDigits       fyne.ThemeSizeName = "big-digits" // the spoken code
	BoxDigits       fyne.ThemeSizeName = "box-digits" // digits in the boxes that take them
)

// The names of other sizes.
const (
	Gap          fyne.ThemeSizeName = "gap"           // between things that belong together
	Space        fyne.ThemeSizeName = "space"         // between things that do not
	Margin       fyne.ThemeSizeName = "margin"        // around a page
	TargetHeight fyne.ThemeSizeName = "target-height" // of an action
	HomeHeight   fyne.ThemeSizeName = "home-height"   // of the home button
	Radius       fyne.ThemeSizeName = "radius"
	FocusRing    fyne.ThemeSizeName = "focus-ring"
	HeaderHeight fyne.ThemeSizeName = "header-height"
	VerdictIcon  fyne.ThemeSizeName = "verdict-icon"
	RingSize     fyne.ThemeSizeName = "ring"
)

// size is a size in a normal and in a small window, and whether it follows the
// person's text size.
type size struct {
	normal, compact float32
	text            bool
}

var sizes = map[fyne.ThemeSizeName]size{
	Body:            {20, 18, true},
	Small:           {16, 16, true},
	Note:            {18, 18, true},
	Lead:            {24, 20, true},
	Headline:        {34, 27, true},
	VerdictHeadline: {46, 34, true},
	Value:           {28, 22, true},
	Digits:          {68, 50, true},
	BigDigits:       {92, 64, true},
	BoxDigits:       {56, 44, true},

	theme.SizeNameHeadingText:    {34, 27, true},
	theme.SizeNameSubHeadingText: {24, 20, true},

	Gap:          {8, 6, false},
	Space:        {24, 12, false},
	Margin:       {64, 24, false},
	TargetHeight: {64, 52, false},
	HomeHeight:   {120, 92, false},
	HeaderHeight: {56, 44, false},
	VerdictIcon:  {96, 64, true},
	RingSize:     {72, 56, true},
	Radius:       {12, 10, false},
	FocusRing:    {4, 4, false},

	theme.SizeNamePadding:         {8, 6, false},
	theme.SizeNameInnerPadding:    {9, 7, false},
	theme.SizeNameLineSpacing:     {6, 4, false},
	theme.SizeNameInlineIcon:      {24, 20, true},
	theme.SizeNameScrollBar:       {14, 14, false},
	theme.SizeNameScrollBarSmall:  {8, 8, false},
	theme.SizeNameInputBorder:     {3, 3, false},
	theme.SizeNameInputRadius:     {10, 10, false},
	theme.SizeNameSelectionRadius: {6, 6, false},
	theme.SizeNameScrollBarRadius: {6, 6, false},
	theme.SizeNameButtonRadius:    {10, 10, false},
}

// Size returns a size by its name.
func (l *look) Size(name fyne.ThemeSizeName) float32 {
	s, ok := sizes[name]
	if !ok {
		return theme.DefaultTheme().Size(name)
	}
	pixels := s.normal
	if l.settings.Compact || l.settings.Low && !s.text {
		pixels = s.compact
	}
	if l.roomy && name == theme.SizeNameInnerPadding {
		pixels *= 1.6
	}
	if s.text {
		pixels *= l.settings.TextScale
	}
	return pixels
}
