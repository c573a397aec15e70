// Package words owns the language of the windows: which one is spoken, and the
// way from a key to a sentence, a date or a telephone number. It stands between
// the screens and Fyne's lang package, which reads the same files as the text
// form.
//
// It must not know any screen. What may be told of an ending is advice's
// business, the sentences stand in assets/translations.
package words

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"countersign/assets"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/trust"
	"countersign/ui/advice"
)

// With names the values that a sentence takes.
type With map[string]string

// Languages are the languages that the programs speak.
var Languages = []string{"en", "pl"}

var spoken atomic.Value // string

// AssumeEnglish names a language where the environment names none: what reads it
// would complain, and English is what nobody asked for.
func AssumeEnglish() {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if os.Getenv(name) != "" {
			return
		}
	}
	os.Setenv("LANG", "en_US.UTF-8")
}

// Use makes the windows speak a language: "en", "pl", or "" for the system's.
// It is called before anything is drawn, and again when the person chooses
// another; what is on the screen must then be drawn again.
func Use(language string) error {
	language = known(language)
	sentences, err := assets.Translations.ReadFile("translations/" + language + ".json")
	if err != nil {
		return fmt.Errorf("language %s: %w", language, err)
	}
	// Fyne's lang follows the system's language and lets nobody choose another,
	// so the chosen sentences are given to it under every name it may ask for.
	for _, name := range Languages {
		if err := lang.AddTranslationsForLocale(sentences, fyne.Locale(name)); err != nil {
			return fmt.Errorf("language %s: %w", language, err)
		}
	}
	spoken.Store(language)
	return nil
}

// known returns a language that there is: the one that was asked for, else the
// system's, else English.
func known(language string) string {
	if language == "" {
		language = string(lang.SystemLocale())
	}
	for _, l := range Languages {
		if language == l || strings.HasPrefix(language, l+"-") || strings.HasPrefix(language, l+"_") {
			return l
		}
	}
	return "en"
}

// Language is the language in use: "en" or "pl".
func Language() string {
	if l, ok := spoken.Load().(string); ok {
		return l
	}
	return "en"
}

// Picture returns what is told of a picture that gave no code.
func Picture(p advice.Picture) string { return Say(p.Key, With{"Kind": p.Kind}) }

// Undelivered tells which texts typed here did not arrive, "" when all did.
func Undelivered(u call.Undelivered) string {
	var told []string
	for _, s := range advice.Undelivered(u) {
		told = append(told, Say(s.Key, With{"Count": s.Count}))
	}
	return strings.Join(told, " ")
}

// Say returns the sentence of a key. A key that has none is returned as it is:
// a strange word is better than silence in the middle of a call.
func Say(key string, values ...With) string {
	if len(values) > 0 {
		return lang.X(key, key, map[string]string(values[0]))
	}
	return lang.X(key, key)
}

// Capital begins a sentence or a title with a capital letter.
func Capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// FirstSentence splits a text after its first sentence.
func FirstSentence(text string) (first, rest string) {
	first, rest, found := strings.Cut(text, ". ")
	if !found {
		return text, ""
	}
	return first + ".", rest
}

// Purpose names what a call is about, "" where that is not known.
func Purpose(p trust.Purpose) string {
	if !p.Known() {
		return ""
	}
	return Capital(Say("purpose." + p.String()))
}

// Has reports whether a key has a sentence.
func Has(key string) bool { return sentenceKeys()[key] }

// Ending words an ending for a family of people (see advice).
func Ending(reason ending.Reason, family string) string {
	return Say(advice.Key(reason, family, Has))
}
