// Fuzz target of what is remembered of a person's wishes: anybody may have
// edited it.

package shell

import (
	"math"
	"slices"
	"testing"

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

// FuzzKept: what is read is brought into its limits.
func FuzzKept(f *testing.F) {
	f.Add("agent", 1.5)
	f.Add("dark", 4000.0)
	f.Add("pl", math.NaN())
	f.Add("\x00", math.Inf(-1))
	f.Fuzz(func(t *testing.T, word string, number float64) {
		k := kept{edited{word, number}}
		if w := k.who(); w != Nobody && w != Agent && w != Customer {
			t.Errorf("%q is %q", word, w)
		}
		if scale := k.textScale(); !(scale >= look.MinTextScale && scale <= look.MaxTextScale) {
			t.Errorf("%v is the size %v", number, scale)
		}
		if v := k.variant(); v != look.System && v != look.Light && v != look.Dark {
			t.Errorf("%q is %v", word, v)
		}
		if l := k.language(); l != "" && !slices.Contains(words.Languages, l) {
			t.Errorf("%q is the language %q", word, l)
		}
		if s := k.windowSize(); !(s.Width >= minWidth && s.Height >= minHeight && s.Width <= largestSize.Width && s.Height <= largestSize.Height) {
			t.Errorf("%v is a window of %v", number, s)
		}
	})
}
