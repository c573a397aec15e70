// Tests of what is passed over: anything of the lists, anywhere, changes
// nothing; anything else is never passed over.

package spelling

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDigitsAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"123456": "123456", "123 456": "123456", "12-34-56": "123456", "12 - 34 - 56": "123456", "12.34.56": "123456", "12/34/56": "123456",
		"123,456": "123456", "123_456": "123456", "(123) 456": "123456", "123\t456": "123456", "123\n456\r\n": "123456", "12:34:56": "123456",
		"123\u00a0456": "123456", "123\u2009456": "123456", "123\u2007456": "123456", "123\u202f456": "123456", "123\u3000456": "123456",
		"123\u2010456": "123456", "123\u2011456": "123456", "123\u2013456": "123456", "123\u2014456": "123456", "123\u2212456": "123456",
		"\"123456\"": "123456", "\u201e123456\u201d": "123456", "\u00ab123456\u00bb": "123456", "'123456'.": "123456", "<123456>": "123456",
		"\ufeff123456": "123456", "\u200e123\u200b456\u200f": "123456", "\u2068123456\u2069": "123456", "123\u00ad456": "123456",
		"\uff11\uff12\uff13\uff0d\uff14\uff15\uff16": "123456", "\u0661\u0662\u0663\u0664\u0665\u0666": "123456",
		"\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6": "123456", "\u0967\u0968\u0969\u096a\u096b\u096c": "123456", "\u0e51\u0e52\u0e53\u0e54\u0e55\u0e56": "123456",
		"": "", "12345": "", "1234567": "", "12345a": "", "+123456": "", "12345\u00b2": "", "12345\u2460": "", "12345\xff": "", "123=456": "",
		"#123456": "", "123456?": "", "O12345": "", "12345\x00": "", "\U0001d7cf23456": "",
	} {
		got, ok := Digits(text, 6)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", text, got, ok)
		}
	}
}

// between draws something of the lists.
func between(t *rapid.T) string {
	var all []rune
	for _, list := range [][]span{spaces, invisible, dashes, marks} {
		for _, s := range list {
			for r := s.first; r <= s.last; r++ {
				all = append(all, r)
			}
		}
	}
	all = append(all, []rune(asciiMarks)...)
	return string(rapid.SliceOfN(rapid.SampledFrom(all), 0, 3).Draw(t, "between"))
}

func TestWhatIsPassedOverChangesNothingAndNothingElseIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching("[0-9]{6}").Draw(t, "digits")
		var text strings.Builder
		for _, d := range digits {
			text.WriteString(between(t))
			text.WriteRune(d)
		}
		text.WriteString(between(t))
		if got, ok := Digits(text.String(), 6); !ok || got != digits {
			t.Fatalf("%q became %q", text.String(), got)
		}
		other := rapid.Rune().Filter(func(r rune) bool { return !PassedOver(r) }).Draw(t, "other")
		at := rapid.IntRange(0, 6).Draw(t, "at")
		if got, ok := Digits(digits[:at]+string(other)+digits[at:], 6); ok {
			t.Fatalf("%q is passed over: %q", other, got)
		}
	})
}

// A dash is a hyphen to somebody who only folds, and passed over by whoever
// passes over: the lists do not contradict each other.
func TestTheListsAgree(t *testing.T) {
	for r := rune(0); r < 0x20000; r++ {
		folded := Fold(r)
		if Fold(folded) != folded || PassedOver(folded) != PassedOver(r) {
			t.Errorf("%U: folded to %U", r, folded)
		}
		if digit := folded >= '0' && folded <= '9'; digit && PassedOver(r) {
			t.Errorf("%U is a digit and passed over", r)
		}
		if letter := folded >= 'A' && folded <= 'Z' || folded >= 'a' && folded <= 'z'; letter && PassedOver(r) {
			t.Errorf("%U is a letter and passed over", r)
		}
	}
}

func TestALineKeepsItsSpaces(t *testing.T) {
	for text, want := range map[string]string{
		"CP1:A B": "CP1:A B", "CP1:A\u00a0B": "CP1:A B", "CP1:A\u2007B": "CP1:A B", "CP1:A\r\nB\u2028C\tD": "CP1:ABCD",
		"\ufeffCP1:A\u200bB": "CP1:AB", "CP1:A-B": "CP1:A-B", "CP1:A\u2013B": "CP1:A\u2013B",
	} {
		if got := Line(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if got := Trim("\"CP1:A -%$.\",", ""); got != "CP1:A -%$" {
		t.Errorf("%q", got)
	}
}
