// This file owns what is remembered of how a person likes it: the size of the text
// and of the window, light or dark, the language, and whose computer this is.
// Nothing else is: what is remembered here can be read by every program.
//
// Rules: what is read is brought into its limits, because anybody may have
// edited it.

package shell

import (
	"math"
	"slices"

	"fyne.io/fyne/v2"

	"countersign/ui/look"
	"countersign/ui/words"
)

// Preferences keep them. Its methods must not wait for a disk.
// Fyne's own preferences fit, too.
type Preferences interface {
	String(key string) string
	SetString(key, value string)
	Float(key string) float64
	SetFloat(key string, value float64)
}

// Who says whose computer this is.
type Who string

// The two people; Nobody: not asked yet.
const (
	Nobody   Who = ""
	Agent    Who = "agent"
	Customer Who = "customer"
)

// other is the other one.
func (w Who) other() Who {
	if w == Agent {
		return Customer
	}
	return Agent
}

// The keys of what is remembered.
const (
	keptWho      = "side"
	keptText     = "text-size"
	keptVariant  = "theme"
	keptLanguage = "language"
	keptWidth    = "window-width"
	keptHeight   = "window-height"
)

// kept reads and writes what is remembered.
type kept struct{ Preferences }

func (k kept) who() Who {
	if w := Who(k.String(keptWho)); w == Agent || w == Customer {
		return w
	}
	return Nobody
}

func (k kept) setWho(w Who) { k.SetString(keptWho, string(w)) }

// textStep is the step of the text size, as a share of the normal size.
const textStep = 0.1

// textScale is the size of the text in whole steps.
func (k kept) textScale() float32 {
	scale := float32(k.Float(keptText))
	if !(scale >= look.MinTextScale && scale <= look.MaxTextScale) { // not a number, too
		return look.MinTextScale
	}
	return float32(math.Round(float64(scale)/textStep) * textStep)
}

func (k kept) setTextScale(scale float32) { k.SetFloat(keptText, float64(scale)) }

// variants are the names of light and dark as they are remembered.
var variants = map[look.Variant]string{look.System: "", look.Light: "light", look.Dark: "dark"}

func (k kept) variant() look.Variant {
	for v, name := range variants {
		if name == k.String(keptVariant) {
			return v
		}
	}
	return look.System
}

func (k kept) setVariant(v look.Variant) { k.SetString(keptVariant, variants[v]) }

// language is "" for the system's.
func (k kept) language() string {
	if l := k.String(keptLanguage); slices.Contains(words.Languages, l) {
		return l
	}
	return ""
}

func (k kept) setLanguage(l string) { k.SetString(keptLanguage, l) }

// The window's size at the first start, and the largest that is believed: a
// window that opens beyond every screen cannot be found again.
var (
	firstSize   = fyne.NewSize(1280, 720)
	largestSize = fyne.NewSize(3840, 2160)
)

// windowSize is the size of the window when it was last used.
func (k kept) windowSize() fyne.Size {
	width, height := float32(k.Float(keptWidth)), float32(k.Float(keptHeight))
	if !(width >= minWidth && width <= largestSize.Width && height >= minHeight && height <= largestSize.Height) {
		return firstSize
	}
	return fyne.NewSize(width, height)
}

func (k kept) setWindowSize(s fyne.Size) {
	k.SetFloat(keptWidth, float64(s.Width))
	k.SetFloat(keptHeight, float64(s.Height))
}
