// This file tests the rules of the look: contrast of every colour of text with
// what may be behind it, and sizes that people with poor sight can read and hit.

package look

import (
	"fmt"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"pgregory.net/rapid"
)

// looks are all themes that can be on a screen.
func looks() map[string]fyne.Theme {
	all := map[string]fyne.Theme{}
	for _, variant := range []Variant{Light, Dark} {
		for _, training := range []bool{false, true} {
			base := New(Settings{TextScale: 1, Variant: variant, Training: training})
			name := fmt.Sprintf("variant %d, training %t", variant, training)
			all[name] = base
			all[name+", inset"] = Plain(base)
			for _, mood := range []Mood{Verified, Stopped, Unverified} {
				all[fmt.Sprintf("%s, mood %d", name, mood)] = On(mood, base)
			}
		}
	}
	return all
}

func TestTextStandsOut(t *testing.T) {
	pairs := []struct {
		text, behind fyne.ThemeColorName
	}{
		{Ink, Paper}, {Ink, Panel}, {Muted, Paper}, {Muted, Panel}, {OnPrimary, Primary},
		{Ink, theme.ColorNameButton}, {Muted, theme.ColorNameDisabledButton},
		{Ink, theme.ColorNameInputBackground}, {Muted, theme.ColorNameInputBackground},
		{theme.ColorNameDisabled, Paper}, {theme.ColorNameDisabled, Panel}, {Error, Paper}, {Error, Panel},
		{theme.ColorNameHyperlink, Paper}, {OnDark, Green}, {OnDark, Red}, {TrainingText, TrainingPanel}, {OnDark, TrainingBand},
	}
	for name, l := range looks() {
		for _, p := range pairs {
			if c := contrast(l, p.text, p.behind); c < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.2f", name, p.text, p.behind, c)
			}
		}
	}
}

func TestVerdictsStandOutMore(t *testing.T) {
	for name, l := range looks() {
		if l.(*look).mood == Calm {
			continue
		}
		for _, text := range []fyne.ThemeColorName{Ink, Muted, Primary} {
			if c := contrast(l, text, Paper); c < 7 {
				t.Errorf("%s: %s has a contrast of %.2f", name, text, c)
			}
		}
		if c := contrast(l, OnPrimary, Primary); c < 7 {
			t.Errorf("%s: the one action has a contrast of %.2f", name, c)
		}
	}
}

// Borders of controls, the focus ring and the steps' signs are not text: 3 to 1
// is what they need (WCAG 2.2, 1.4.11).
func TestControlsStandOut(t *testing.T) {
	for name, l := range looks() {
		for _, p := range [][2]fyne.ThemeColorName{{Line, Paper}, {Focus, Paper}, {Primary, Paper}, {Focus, Panel}} {
			if c := contrast(l, p[0], p[1]); c < 3 {
				t.Errorf("%s: %s on %s has a contrast of %.2f", name, p[0], p[1], c)
			}
		}
	}
}

func TestVerdictColoursAreTheSameEverywhere(t *testing.T) {
	want := map[Mood]color.Color{Verified: green, Stopped: red, Unverified: amber}
	for name, l := range looks() {
		if mood := l.(*look).mood; mood != Calm && l.Color(Paper, theme.VariantLight) != want[mood] {
			t.Errorf("%s: the verdict has another colour", name)
		}
	}
}

func contrast(l fyne.Theme, text, behind fyne.ThemeColorName) float64 {
	return Contrast(l.Color(text, theme.VariantLight), l.Color(behind, theme.VariantLight))
}

func TestContrastIsThatOfTheStandard(t *testing.T) {
	for _, test := range []struct {
		a, b uint32
		want float64
	}{
		{0x000000, 0xFFFFFF, 21}, {0xFFFFFF, 0xFFFFFF, 1}, {0x777777, 0xFFFFFF, 4.48},
	} {
		if got := Contrast(hex(test.a), hex(test.b)); math.Abs(got-test.want) > 0.01 {
			t.Errorf("%06X on %06X: %.3f", test.a, test.b, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := hex(rapid.Uint32Max(0xFFFFFF).Draw(t, "a")), hex(rapid.Uint32Max(0xFFFFFF).Draw(t, "b"))
		if c := Contrast(a, b); c < 1 || c > 21.001 || c != Contrast(b, a) {
			t.Fatalf("contrast %v", c)
		}
	})
}

func TestTheSystemsVariantIsFollowedUnlessOneIsChosen(t *testing.T) {
	for _, test := range []struct {
		chosen Variant
		system fyne.ThemeVariant
		want   color.Color
	}{
		{System, theme.VariantLight, light[Paper]}, {System, theme.VariantDark, dark[Paper]},
		{Light, theme.VariantDark, light[Paper]}, {Dark, theme.VariantLight, dark[Paper]},
	} {
		if got := New(Settings{Variant: test.chosen}).Color(Paper, test.system); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

func TestTextSizes(t *testing.T) {
	normal, large, compact := New(Settings{TextScale: 1}), New(Settings{TextScale: 2}), New(Settings{TextScale: 1, Compact: true})
	for name, s := range sizes {
		if s.text && large.Size(name) != 2*normal.Size(name) {
			t.Errorf("%s does not follow the text size", name)
		}
		if compact.Size(name) > normal.Size(name) {
			t.Errorf("%s is larger in a small window", name)
		}
	}
	for _, name := range []fyne.ThemeSizeName{Note, Body, Lead, Headline, VerdictHeadline, Value} {
		if compact.Size(name) < 18 {
			t.Errorf("%s is too small to read: %v", name, compact.Size(name))
		}
	}
	if New(Settings{TextScale: 9}).Size(Body) != 40 || New(Settings{}).Size(Body) != 20 {
		t.Error("the text size is not kept within its limits")
	}
}
