// This file owns what a new passphrase must be like. Whoever copies the sealed
// file can guess as long as they like, and only the passphrase and the second
// that each guess costs stand in the way.

package shell

import (
	"strings"
	"unicode/utf8"
)

const (
	// leastCharacters is the length of the shortest passphrase.
	leastCharacters = 12
	// leastDifferent is how many different characters one has at least.
	leastDifferent = 6
	// leastSurprises is how many characters do not simply go on from the one before.
	leastSurprises = 6
	// leastOwn is how many characters are left at least when well-known words are taken out.
	leastOwn = 8
)

// wellKnown are words that every list of passwords begins with, and our own name.
var wellKnown = []string{"password", "passwort", "passphrase", "hasło", "haslo", "letmein", "welcome", "admin", "qwerty", "countersign"}

// rows are runs that fingers follow on a keyboard.
var rows = []string{"1234567890", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm"}

// weakness says why a new passphrase will not do, as a translation key; "" if
// it will.
func weakness(phrase string) string {
	lower := strings.ToLower(phrase)
	switch {
	case utf8.RuneCountInString(strings.TrimSpace(phrase)) < leastCharacters:
		return "passphrase.short"
	case different(lower) < leastDifferent, surprises(lower) < leastSurprises,
		utf8.RuneCountInString(withoutWellKnown(lower)) < leastOwn, repeats(lower):
		return "passphrase.simple"
	}
	return ""
}

func different(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// surprises counts the characters that the one before does not already tell:
// neither the same again, nor the next one of the alphabet or the keyboard.
func surprises(s string) int {
	count, before := 0, rune(-10)
	for _, r := range s {
		if step := r - before; (step < -1 || step > 1) && !neighbours(before, r) {
			count++
		}
		before = r
	}
	return count
}

func neighbours(a, b rune) bool {
	for _, row := range rows {
		if strings.Contains(row, string([]rune{a, b})) || strings.Contains(row, string([]rune{b, a})) {
			return true
		}
	}
	return false
}

func withoutWellKnown(s string) string {
	for _, word := range wellKnown {
		s = strings.ReplaceAll(s, word, "")
	}
	return s
}

// repeats reports whether s is one short piece again and again.
func repeats(s string) bool {
	runes := []rune(s)
	for length := 1; length < leastOwn && length <= len(runes)/2; length++ {
		piece := string(runes[:length])
		if strings.HasPrefix(strings.Repeat(piece, len(runes)/length+1), s) {
			return true
		}
	}
	return false
}
