// This file tests what is remembered of a person's wishes: anybody may have
// edited it.

package shell

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"countersign/ui/look"
	"countersign/ui/words"
)

// edited are preferences in which every key holds the same.
type edited struct {
	word   string
	number float64
}

func (e edited) String(string) string   { return e.word }
func (e edited) Float(string) float64   { return e.number }
func (edited) SetString(string, string) {}
func (edited) SetFloat(string, float64) {}

// TestEditedWishesKeepTheirLimits: what is read is brought into its limits.
func TestEditedWishesKeepTheirLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.SampledFrom([]string{"agent", "customer", "dark", "light", "pl", "en", ""}), rapid.String()).Draw(t, "word")
		number := rapid.OneOf(rapid.Float64Range(0, 4000), rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)})).Draw(t, "number")
		k := kept{edited{word, number}}
		if w := k.who(); w != Nobody && w != Agent && w != Customer {
			t.Fatalf("%q is %q", word, w)
		}
		if scale := k.textScale(); !(scale >= look.MinTextScale && scale <= look.MaxTextScale) {
			t.Fatalf("%v is the size %v", number, scale)
		}
		if v := k.variant(); v != look.System && v != look.Light && v != look.Dark {
			t.Fatalf("%q is %v", word, v)
		}
		if l := k.language(); l != "" && !slices.Contains(words.Languages, l) {
			t.Fatalf("%q is the language %q", word, l)
		}
		if s := k.windowSize(); !(s.Width >= minWidth && s.Height >= minHeight && s.Width <= largestSize.Width && s.Height <= largestSize.Height) {
			t.Fatalf("%v is a window of %v", number, s)
		}
	})
}
