// This file owns the rules of words: both languages complete and alike, nothing
// missing and nothing unused, nothing that shouts or guesses who people are. The
// windows and the text form share the same files.

package layout

import (
	"encoding/json"
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"countersign/assets"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/ui/advice"
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
	topics := []string{"call", "limits", "number", "keys", "text"}
	directions := []string{offer.BankCalled.String(), offer.CustomerCalled.String()}
	return map[string][]string{
		"ending.":             reasons,
		"purpose.":            purposes,
		"agent.direction.":    directions,
		"customer.direction.": directions,
		"help.title.":         topics,
		"help.text.":          topics,
		"help.agent.":         {"call", "keys"},
		"opening.":            {"no_keyring_why", "locked_why"},
		"settings.":           {"larger", "smaller"},
		"settings.side_":      {"agent", "customer"},
		"settings.side_ask_":  {"agent", "customer"},
		"month.":              {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"},
	}
}

// optional are the families that hold only what differs from "ending.".
var optional = []string{"ending." + advice.ForAgents + ".", "ending." + advice.ForStart + ".", "ending." + advice.ForEnrolment + ".", "ending." + advice.ForDevice + "."}

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
			if strings.TrimSpace(sentence) != sentence || sentence == "" || advice.Clean(sentence) != oneLine(key, sentence) {
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

// oneLine is a sentence as it should be without stray characters: only the help
// has several lines.
func oneLine(key, sentence string) string {
	if strings.HasPrefix(key, "help.") {
		return strings.ReplaceAll(sentence, "\n", " ")
	}
	return sentence
}

// guessesWho finds words that only fit a woman or only a man: pronouns, forms
// of address and, in Polish, past tenses of the first and second person.
func guessesWho(lang, word string) bool {
	fixed := map[string][]string{
		"en": {"he", "she", "him", "her", "his", "hers", "himself", "herself", "mr", "mrs", "sir", "madam"},
		"pl": {"pan", "pani", "pana", "panu", "panią", "klientka", "klientki", "konsultantka", "on", "ona"},
	}
	nouns := []string{"hasłem", "pomysłem"} // not people's doings, but nouns in the instrumental
	endings := map[string][]string{"pl": {"łeś", "łaś", "łem", "łam", "łbyś", "łabyś"}}
	return slices.Contains(fixed[lang], word) ||
		!slices.Contains(nouns, word) && slices.ContainsFunc(endings[lang], func(end string) bool { return strings.HasSuffix(word, end) })
}

// keysInCode finds the keys in the code of those who speak to people and of
// the packages that name keys for them: every string constant of the form of a
// key whose first part is one that the translations know. A constant that ends
// with a dot begins a family.
func keysInCode(t *testing.T) map[string]bool {
	t.Helper()
	first := map[string]bool{}
	for key := range translations(t, "en") {
		group, _, _ := strings.Cut(key, ".")
		first[group] = true
	}
	found := map[string]bool{}
	for _, file := range code(t) {
		if folder := file.folder(); !file.test() && (within(folder, "ui") || folder == "session/protocol/call" || within(folder, "app/countersign") || within(folder, "app/countersign-kiosk")) {
			addKeys(file, first, found)
		}
	}
	return found
}

func addKeys(file goFile, first, found map[string]bool) {
	ast.Inspect(file.File, func(node ast.Node) bool {
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
