// This file tests which language is spoken, and that text of others is made
// safe.

package text

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestLanguageOfTheEnvironment(t *testing.T) {
	for _, test := range []struct {
		flag, all, messages, lang, want string
	}{
		{"", "", "", "", "en"},
		{"", "", "", "pl_PL.UTF-8", "pl"},
		{"", "", "", "de_DE.UTF-8", "en"},
		{"", "", "en_GB", "pl_PL", "en"},
		{"", "pl", "en_GB", "C", "pl"},
		{"en", "pl", "pl", "pl", "en"},
	} {
		env := map[string]string{"LC_ALL": test.all, "LC_MESSAGES": test.messages, "LANG": test.lang}
		if got := languageOf(test.flag, func(name string) string { return env[name] }); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

// No text of the other side steers the terminal, and every line of a message
// says who wrote it.
func TestTextOfOthersCannotActAsOurs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("a\x1b[\n\r\t\u2028\u202e\u0085\u200f✓")), 0, 40, -1)).Draw(t, "text")
		var screen strings.Builder
		page{out: &screen}.message("Anna", text)
		for line := range strings.SplitSeq(strings.TrimSuffix(screen.String(), "\n"), "\n") {
			if !strings.HasPrefix(line, "Anna: ") {
				t.Errorf("%q makes the line %q", text, line)
			}
			for _, r := range line {
				if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
					t.Errorf("%q leaves %U in %q", text, r, line)
				}
			}
		}
	})
}

func TestUnknownKeyIsShownAsItIs(t *testing.T) {
	words, err := newPhrases("pl")
	if err != nil {
		t.Fatal(err)
	}
	if got := words.say("no.such_key"); got != "no.such_key" {
		t.Errorf("%q", got)
	}
}
