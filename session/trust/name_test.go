// Tests of the rules for names, domains and telephone numbers.

package trust

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestNames(t *testing.T) {
	for name, good := range map[string]bool{
		"Anna Kowalska":                        true,
		"O'Brien-Smith Jr.":                    true,
		"\u0141ukasz \u017b\u00f3\u0142\u0107": true, // Polish letters
		"\u05d3\u05d5\u05d3":                   true, // Hebrew letters need no bidi characters
		"\u0e01\u0e34":                         true, // a Thai letter with its mark
		strings.Repeat("\u0141", 40):           true,
		strings.Repeat("a", 41):                false,
		"":                                     false,
		" Anna":                                false,
		"Anna ":                                false,
		"Anna\u00a0Kowalska":                   false, // a space that does not break
		"Anna\u3000Kowalska":                   false, // a wide space
		"Anna 4":                               false,
		"Anna\nKowalska":                       false,
		"Anna\x1b[31m":                         false,
		"Anna\u202eaksalwoK":                   false, // right-to-left override
		"Anna\u2066Kowalska":                   false, // isolate
		"An\u200bna":                           false, // zero width space
		"An\u200dna":                           false, // zero width joiner
		"An\u00adna":                           false, // soft hyphen
		"An\ufe0fna":                           false, // variation selector, a mark
		"An\u034fna":                           false, // grapheme joiner, a mark
		"\u3164":                               false, // Hangul filler, a letter that shows nothing
		"\u115f\u1160":                         false,
		"Anna\uff21\u3164":                     false,
		"e\u0301":                              false, // not NFC: the composed letter exists
		"\u0334Anna":                           false, // a mark that lies over what stands before the name
		"Anna \u0334Kowalska":                  false,
		"Anna \u2705":                          false, // a check mark
		"Example\u2122":                        false,
		"...":                                  false,
		"- '":                                  false,
		"Anna/Kowalska":                        false,
		"Anna\ufffdKowalska":                   false,
		"Anna\xff":                             false,
		"\u2488 Bank":                          false, // a digit in disguise
		"<b>Anna</b>":                          false,
		"Anna_Kowalska":                        false,
	} {
		if err := CheckName(name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestNoAcceptedNameHoldsAFormatOrControlCharacter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if CheckName(name) != nil {
			return
		}
		for _, r := range name {
			if unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co, unicode.Cs, unicode.Nd, unicode.Bidi_Control) {
				t.Fatalf("%q holds %U", name, r)
			}
		}
	})
}

func TestConfusable(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Example Bank", "Example Bank", true},
		{"Example Bank", "EXAMPLE BANK", true},
		{"Example Bank", "Example-Bank", true},
		{"Example Bank", "ExampleBank", true},
		{"Example Bank", "Ex\u00e0mple Bank", true},        // accent
		{"Example Bank", "Ex\u0430mple Bank", true},        // Cyrillic a
		{"Example Bank", "\u0395xample Bank", true},        // Greek capital epsilon
		{"Example Bank", "Exarnple Bank", true},            // r n for m
		{"Example Bank", "ExampIe Bank", true},             // capital i for small L
		{"PKO Bank", "\u0420\u041a\u041e \u0412ank", true}, // Cyrillic capitals
		{"Wells", "VVells", true},                          // two v for w
		{"\u0141\u00f3d\u017a Bank", "Lodz Bank", true},    // Polish letters
		{"Example Bank", "Sample Bank", false},
		{"Example Bank", "Example Banks", false},
		{"North Bank", "South Bank", false},
	} {
		if got := Confusable(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
		if Confusable(c.a, c.b) != Confusable(c.b, c.a) {
			t.Errorf("%q and %q: not the same both ways", c.a, c.b)
		}
	}
}

func TestNumbers(t *testing.T) {
	for typed, want := range map[string]string{
		"+48221112233":        "+48221112233",
		"+48 22 111-22-33":    "+48221112233",
		"0048 (22) 111.22.33": "+48221112233",
		"+48\u00a0221112233":  "+48221112233",
		"22 111 22 33":        "",
		"+0221112233":         "",
		"+48123":              "",
		"+4812345678901234":   "",
		"+48221112233x":       "",
		"":                    "",
		"+":                   "",
		"+48\n221112233":      "",
		"+\u0664\u0668221112": "",
	} {
		got, err := NormaliseNumber(typed)
		if (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	if LineOf("+48221112233") != "2233" || LineOf("123") != "" {
		t.Error("LineOf")
	}
	for s, want := range map[string]bool{"1234": true, "0000": true, "123": false, "12345": false, "12a4": false, "1234\n": false, "": false} {
		if IsLine(s) != want {
			t.Errorf("IsLine(%q) = %v", s, !want)
		}
	}
}

func TestDomains(t *testing.T) {
	for d, good := range map[string]bool{
		"": true, "examplebank.com": true, "a.b-c.example": true, "xn--bnk-qla.example": true, "xn--e1afmkfd.xn--p1ai": true,
		"xn--a.com": false, "xn--zzzzzzzz99.com": false, "ab--cd.com": false, "examplebank.xn--": false, "examplebank.c0m": false,
		"example": false, "-a.com": false, "a-.com": false, "a..com": false, ".com": false, "EXAMPLE.com": false,
		"ex\u0430mple.com": false, "example.com.": false, "example.com:443": false, "a b.com": false,
		strings.Repeat("a.", 130) + "com": false,
	} {
		if err := CheckDomain(d); (err == nil) != good {
			t.Errorf("%q: %v", d, err)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("Anna Kowalska", "+48 22 111 22 33")
	f.Fuzz(func(t *testing.T, name, number string) {
		if CheckName(name) == nil && !Confusable(name, strings.ToUpper(name)) && strings.EqualFold(name, strings.ToUpper(name)) {
			t.Errorf("%q is not confusable with its capitals", name)
		}
		if n, err := NormaliseNumber(number); err == nil && !IsLine(LineOf(n)) {
			t.Errorf("%q has no line", n)
		}
	})
}
