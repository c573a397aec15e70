// This file tests the words: both languages complete and alike, nothing unused,
// nothing that shouts or guesses who people are, and text of others made safe.

package text

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"countersign/assets"
	"countersign/session/ending"
	"countersign/session/offer"
	"countersign/session/trust"
)

// families are the groups whose last part is computed, with all they may hold.
func families() map[string][]string {
	var reasons, purposes []string
	for _, r := range ending.All() {
		reasons = append(reasons, string(r))
	}
	for _, p := range trust.Purposes() {
		purposes = append(purposes, p.String())
	}
	directions := []string{offer.BankCalled.String(), offer.CustomerCalled.String()}
	return map[string][]string{
		"ending.":             reasons,
		"purpose.":            purposes,
		"agent.direction.":    directions,
		"customer.direction.": directions,
	}
}

// optional are the families that hold only what differs from "ending.".
var optional = []string{"ending." + forAgents + ".", "ending." + forStart + ".", "ending." + forEnrolment + ".", "ending." + forDevice + "."}

// keyForm is the form of every key.
var keyForm = regexp.MustCompile(`^[a-z]+(\.[a-z_-]+)*$`)

func TestEveryKeyIsTranslatedAndUsed(t *testing.T) {
	used := keysInCode(t)
	for prefix, members := range families() {
		delete(used, prefix)
		for _, member := range members {
			used[prefix+member] = true
		}
	}
	for _, lang := range []string{"en", "pl"} {
		sentences := translations(t, lang)
		for key := range used {
			if _, ok := sentences[key]; !ok {
				t.Errorf("%s.json has no %q", lang, key)
			}
		}
		for key := range sentences {
			if !used[key] && !isOverride(key) {
				t.Errorf("%s.json: nothing uses %q", lang, key)
			}
		}
	}
}

// isOverride reports whether a key is a known ending's words for one family.
func isOverride(key string) bool {
	return slices.ContainsFunc(optional, func(prefix string) bool {
		reason, ok := strings.CutPrefix(key, prefix)
		return ok && ending.Reason(reason).Known()
	})
}

func TestLanguagesTakeTheSameValues(t *testing.T) {
	placeholder := regexp.MustCompile(`{{[^}]*}}`)
	english, polish := translations(t, "en"), translations(t, "pl")
	if !maps.Equal(keys(english), keys(polish)) {
		t.Error("the languages have different keys")
	}
	for key := range english {
		en, pl := placeholder.FindAllString(english[key], -1), placeholder.FindAllString(polish[key], -1)
		slices.Sort(en)
		slices.Sort(pl)
		if !slices.Equal(en, pl) {
			t.Errorf("%s: %v in English, %v in Polish", key, en, pl)
		}
	}
}

func keys(m map[string]string) map[string]bool {
	set := map[string]bool{}
	for key := range m {
		set[key] = true
	}
	return set
}

func TestWordsAreCalmAndNeutral(t *testing.T) {
	for _, lang := range []string{"en", "pl"} {
		for key, sentence := range translations(t, lang) {
			if strings.ContainsRune(sentence, '!') {
				t.Errorf("%s %s has an exclamation mark", lang, key)
			}
			if strings.TrimSpace(sentence) != sentence || sentence == "" || clean(sentence) != sentence {
				t.Errorf("%s %s is empty or has stray characters: %q", lang, key, sentence)
			}
			for _, word := range strings.FieldsFunc(strings.ToLower(sentence), func(r rune) bool { return !unicode.IsLetter(r) }) {
				if guessesWho(lang, word) {
					t.Errorf("%s %s guesses who people are: %q in %q", lang, key, word, sentence)
				}
			}
		}
	}
	for lang, words := range map[string][]string{"en": {"she", "his"}, "pl": {"pani", "powiedziałaś", "dzwoniłem"}} {
		for _, word := range words {
			if !guessesWho(lang, word) {
				t.Errorf("%s: nobody complains about %q", lang, word)
			}
		}
	}
}

// guessesWho finds words that only fit a woman or only a man: pronouns, forms
// of address and, in Polish, past tenses of the first and second person.
func guessesWho(lang, word string) bool {
	fixed := map[string][]string{
		"en": {"he", "she", "him", "her", "his", "hers", "himself", "herself", "mr", "mrs", "sir", "madam"},
		"pl": {"pan", "pani", "pana", "panu", "panią", "klientka", "klientki", "konsultantka", "on", "ona"},
	}
	endings := map[string][]string{"pl": {"łeś", "łaś", "łem", "łam", "łbyś", "łabyś"}}
	return slices.Contains(fixed[lang], word) ||
		slices.ContainsFunc(endings[lang], func(end string) bool { return strings.HasSuffix(word, end) })
}

// keysInCode finds the keys in the text of this package and of the packages
// that name keys: every string constant of the form of a key whose first part
// is one that the translations know. A constant that ends with a dot begins a
// family.
func keysInCode(t *testing.T) map[string]bool {
	t.Helper()
	first := map[string]bool{}
	for key := range translations(t, "en") {
		group, _, _ := strings.Cut(key, ".")
		first[group] = true
	}
	found := map[string]bool{}
	for _, folder := range []string{".", "../../session/call"} {
		names, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(names) == 0 {
			t.Fatal(folder, err)
		}
		for _, name := range names {
			if !strings.HasSuffix(name, "_test.go") {
				addKeys(t, name, first, found)
			}
		}
	}
	return found
}

func addKeys(t *testing.T, name string, first, found map[string]bool) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if field, ok := node.(*ast.Field); ok && field.Tag != nil {
			return false // tags speak to kong and json
		}
		literal, ok := node.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		text, _ := strconv.Unquote(literal.Value)
		group, rest, dotted := strings.Cut(text, ".")
		if first[group] && (dotted && (rest == "" || keyForm.MatchString(strings.TrimSuffix(text, "."))) || text == "details") {
			found[text] = true
		}
		return true
	})
}

func translations(t *testing.T, lang string) map[string]string {
	t.Helper()
	data, err := assets.Translations.ReadFile("translations/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	sentences := map[string]string{}
	if err := json.Unmarshal(data, &sentences); err != nil {
		t.Fatal(err)
	}
	for key := range sentences {
		if !keyForm.MatchString(key) {
			t.Errorf("%s: %q is not a key", lang, key)
		}
	}
	return sentences
}

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
