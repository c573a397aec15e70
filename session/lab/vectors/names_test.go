// Tests that both implementations of CP1's section 2.6 say the same of names
// that no vector holds: the program goes by a table made in advance, the second
// implementation by Unicode's data themselves.

package vectors_test

import (
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"countersign/session/protocol/trust"
)

func TestBothImplementationsKnowTheSameCharacters(t *testing.T) {
	for c := rune(0); c < 0x20000; c++ {
		if 0x3500 < c && c < 0x4d80 || 0x7300 < c && c < 0x9f00 || 0xac80 < c && c < 0xd700 { // the inside of Han and Hangul
			continue
		}
		for _, name := range []string{string(c), "q" + string(c), "N2 " + string(c) + "\u0301", "\u0e01" + string(c), "N26 " + string(c)} {
			if (trust.CheckName(name) == nil) != isName(name) {
				t.Errorf("%+q: %v, the second implementation says %v", name, trust.CheckName(name), isName(name))
			}
		}
	}
}

func TestBothImplementationsCompareNamesAlike(t *testing.T) {
	letters := rapid.RuneFrom([]rune("aIl1oO0rnmvwcd5sS8bB2zN26 -'\u2019\u00e9\u0142\u00df\u0430\u0415\u0445\u043c\u04cf\u04c0\u0438\u043f\u0411\u03b1\u03b7\u039d\u03c9\u03a3\u0561\u0578\u0555\u05d9\u05d5\u0627\u0634\u0e01\u0e33\u0915\u093e\u0906\u30cf\u30d0\u30fc\u53e3\uad6d\u00df\u00fe\u0254\u03b2\u1e9e\u5c71\u4e28pqbc347ghkuj()"),
		unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Hebrew, unicode.Devanagari, unicode.Hangul, unicode.Han)
	part := rapid.StringOfN(letters, 1, 4, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := part.Draw(t, "a"), part.Draw(t, "b")
		if isName(a) && isName(b) && trust.Confusable(a, b) != areConfusable(a, b) {
			t.Fatalf("%+q and %+q: %v, the second implementation says otherwise", a, b, trust.Confusable(a, b))
		}
	})
	// Two drawn names are seldom alike: what each folds to is compared as well.
	for c := rune(0); c < 0x20000; c++ {
		if name := string(c); isName(name) {
			if folded := likeName(name); isName(folded) && trust.Confusable(name, folded) != areConfusable(name, folded) {
				t.Errorf("%+q and %+q: %v, the second implementation says otherwise", name, folded, trust.Confusable(name, folded))
			}
		}
	}
}
