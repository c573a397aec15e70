// This file is the second implementation's half of CP1's section 2.6, written
// from its text alone: what a name holds, how a typed one is mended, and which
// names can be taken for one another. It reads Unicode's data where they are,
// not from the program's tables, and is as slow as that is.

package vectors_test

import (
	"slices"
	"strings"
	"unicode"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/unicode/norm"
)

// scriptsOfToday are those of UAX 31, table 5, but for Common and Inherited.
var scriptsOfToday = strings.Fields(`Arabic Armenian Bengali Bopomofo Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul Hebrew
	Hiragana Kannada Katakana Khmer Lao Latin Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan`)

// writtenTogether are the sets of scripts that one word may have.
var writtenTogether = [][]string{{"Latin", "Han", "Hiragana", "Katakana"}, {"Latin", "Han", "Hangul"}, {"Latin", "Han", "Bopomofo"}}

// notOfToday are first and last characters of section 2.6's list.
const notOfToday = "\u0138\u0138\u01c0\u01c3\u0234\u0236\u02b0\u02ff\u0370\u037f\u03cf\u03ff\u0460\u0489\u0591\u05af\u05c4\u05c5\u0610\u061a\u06d6\u06ed\u0870\u089f\u08c8\u08ff" +
	"\u10a0\u10c5\u1100\u11ff\u302e\u302f\u1c80\u1c8f\u1cd0\u1cff\u1d00\u1dff\u2100\u218f\u2c60\u2c7f\u2d00\u2d2f\u2de0\u2dff\ua640\ua69f\ua720\ua7ff\ua8e0\ua8ff\ua960\ua97f" +
	"\uab30\uab6f\ud7b0\ud7fb\ufb00\ufdff\ufe20\ufefe\U00010000\U0001ffff"

// scriptOf is the script that decides where a character may stand; "" for none.
func scriptOf(c rune) string {
	if c == 0x30fc {
		return "Katakana"
	}
	i := slices.IndexFunc(scriptsOfToday, func(s string) bool { return unicode.Is(unicode.Scripts[s], c) })
	if i < 0 {
		return ""
	}
	return scriptsOfToday[i]
}

func ofToday(c rune) bool {
	bounds := []rune(notOfToday)
	for i := 0; i < len(bounds); i += 2 {
		if bounds[i] <= c && c <= bounds[i+1] {
			return false
		}
	}
	if 0x250 <= c && c <= 0x2af && unicode.ToUpper(c) == c || unicode.Is(unicode.Variation_Selector, c) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, c) {
		return false
	}
	return norm.NFKC.String(string(c)) == string(c) || slices.Contains([]rune{0xaa, 0xba, 0xe33, 0xeb3}, c)
}

func between(c, first, last rune) bool { return first <= c && c <= last }

// isName says whether a text is a name on the wire.
func isName(name string) bool {
	characters := []rune(name)
	if len(characters) < 1 || len(characters) > 40 || norm.NFC.String(name) != name || strings.Join(strings.FieldsFunc(name, isSpace), " ") != name {
		return false
	}
	letters := 0
	for i, c := range characters {
		common := between(c, 0x300, 0x333) || between(c, 0x64b, 0x655) || slices.Contains([]rune{0x670, 0x3099, 0x309a}, c)
		switch {
		case unicode.IsLetter(c) && ofToday(c) && scriptOf(c) != "":
			letters++
		case (unicode.Is(unicode.Mn, c) || unicode.Is(unicode.Mc, c)) && ofToday(c) && (common || scriptOf(c) != ""):
			if i == 0 || !unicode.In(characters[i-1], unicode.L, unicode.M) || scriptOf(characters[i-1]) == "" && unicode.IsLetter(characters[i-1]) || characters[i-1] == c {
				return false
			}
			if i >= 4 && !slices.ContainsFunc(characters[i-4:i], func(c rune) bool { return !unicode.IsMark(c) }) {
				return false
			}
		case !between(c, '0', '9') && !strings.ContainsRune(" '-.&+,/()\u2019\u2018\u02bc\u02bb\u00b7\u05f3\u05f4\u0f0b\u30fb", c):
			return false
		}
	}
	return letters > 0 && !slices.ContainsFunc(strings.FieldsFunc(name, func(c rune) bool { return strings.ContainsRune(" -&+,/()\u30fb", c) }), mixed)
}

func isSpace(c rune) bool { return c == ' ' }

// mixed says whether a word has more scripts than belong together.
func mixed(word string) bool {
	var has []string
	for _, c := range word {
		if s := scriptOf(c); s != "" && unicode.In(c, unicode.L, unicode.M) && !slices.Contains(has, s) {
			has = append(has, s)
		}
	}
	return len(has) > 1 && !slices.ContainsFunc(writtenTogether, func(set []string) bool {
		return !slices.ContainsFunc(has, func(s string) bool { return !slices.Contains(set, s) })
	})
}

// rowsOfLikes are those of section 2.6.
var rowsOfLikes = map[rune]string{
	'i': "l", 'w': "vv", 'd': "cl", '2': "z", '5': "s", '8': "b",
	0xdf: "ss", 0xf0: "d", 0x1dd: "e", 0xa793: "e", 0x299: "b", 0x138: "k", 0x29c: "h", 0x1d1b: "t",
	0x43c: "m", 0x43f: "n", 0x418: "n", 0x438: "u", 0x3bc: "u", 0x3c7: "x", 0x3c9: "w", 0x39b: "a", 0x3a3: "e",
}

// compared keeps what names are compared by.
func compared(c rune) rune {
	if unicode.In(c, unicode.L, unicode.Mc, unicode.Nd) && c != 0x2bb && c != 0x2bc {
		return c
	}
	return -1
}

func like(s string) string {
	next := ""
	for _, c := range s {
		switch row, prototype := rowsOfLikes[c], confusable.GetReplacement(c); {
		case row != "":
			next += row
		case prototype != "":
			next += prototype
		default:
			next += string(unicode.ToLower(c))
		}
	}
	next = strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Mn, c) {
			return -1
		}
		return c
	}, norm.NFKD.String(next))
	if letters := strings.Map(compared, next); letters != "" {
		next = letters
	}
	if next == "" || next == s {
		return s
	}
	return like(next)
}

// likeName is f of section 2.6.
func likeName(name string) (f string) {
	for _, c := range strings.Map(compared, norm.NFKD.String(name)) {
		f += like(string(c))
	}
	return f
}

func areConfusable(a, b string) bool {
	return likeName(a) == likeName(b) || likeName(strings.ToUpper(a)) == likeName(strings.ToUpper(b))
}
