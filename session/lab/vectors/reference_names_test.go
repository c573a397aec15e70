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
var writtenTogether = [][]string{{"Latin", "Han", "Hiragana", "Katakana"}, {"Latin", "Han", "Hangul"}, {"Han", "Bopomofo"}}

// notOfToday are first and last characters of section 2.6's list.
const notOfToday = "\u0138\u0138\u01c0\u01c3\u0234\u0236\u02b0\u02ff\u0370\u037f\u03cf\u03ff\u0460\u0489\u0591\u05af\u05c4\u05c5\u0610\u061a\u06d6\u06ed\u0870\u089f\u08c8\u08ff" +
	"\u10a0\u10c5\u1100\u11ff\u302e\u302f\u1c80\u1c8f\u1cd0\u1cff\u1d00\u1dff\u2100\u218f\u2c60\u2c7f\u2d00\u2d2f\u2de0\u2dff\ua640\ua69f\ua720\ua7ff\ua8e0\ua8ff\ua960\ua97f" +
	"\uab30\uab6f\ud7b0\ud7fb\ufb00\ufdff\ufe20\ufefe\U00010000\U0001ffff"

// strokesThatHide and likeLatinLetters are first and last characters of section
// 2.6's lists.
const strokesThatHide = "\u0559\u0559\u05d5\u05d5\u05d9\u05d9\u05df\u05df\u05f0\u05f2\u0621\u0623\u0625\u0625\u0627\u0627\u0631\u0632\u0644\u0644\u0671\u0673\u093d\u093d" +
	"\u0971\u0971\u09bd\u09bd\u0abd\u0abd\u0b3d\u0b3d\u0b83\u0b83\u0c3d\u0c3d\u0cbd\u0cbd\u0d3d\u0d3d\u0e2f\u0e30\u0e32\u0e32\u0e40\u0e40\u0e45\u0e46" +
	"\u0eb0\u0eb0\u0eb2\u0eb2\u0ec0\u0ec0\u0ec6\u0ec6\u17d7\u17d7\u17dc\u17dc\u3041\u3041\u3043\u3043\u3045\u3045\u3047\u3047\u3049\u3049\u3063\u3063" +
	"\u3078\u3078\u3083\u3083\u3085\u3085\u3087\u3087\u308e\u308e\u3095\u3096\u309d\u309e\u30a1\u30a1\u30a3\u30a3\u30a5\u30a5\u30a7\u30a7\u30a9\u30a9" +
	"\u30c3\u30c3\u30ce\u30ce\u30d8\u30d8\u30e3\u30e3\u30e5\u30e5\u30e7\u30e7\u30ee\u30ee\u30f5\u30f6\u30fc\u30fe\u31f0\u31ff\u4e00\u4e00\u4e28\u4e28" +
	"\u4e36\u4e37\u4e3f\u4e41\u4e5a\u4e5b\u4e85\u4e85\u4ea0\u4ea0\u5196\u5196\u51ab\u51ab"
const likeLatinLetters = "\u304f\u304f\u3057\u3057\u306e\u306e\u3093\u3093\u30a8\u30a8\u30c8\u30c8\u30cb\u30cb\u30d2\u30d2\u30e8\u30e8\u30ec\u30ec\u30ed\u30ed\u4e01\u4e06\u4e0b\u4e0c\u4e29\u4e29\u4e2b\u4e2b" +
	"\u4e39\u4e39\u4e42\u4e43\u4e47\u4e47\u4e59\u4e59\u4e86\u4e86\u4e8c\u4e8c\u4e8e\u4e8e\u4ea1\u4ea1\u4eba\u4ebb\u5165\u5165\u516b\u516b\u51e0\u51e1" +
	"\u5182\u5182\u51f5\u51f5\u5200\u5200\u529b\u529b\u5315\u5315\u531a\u531a\u5338\u5338\u5341\u5346\u534c\u534c\u535c\u535c\u5369\u5369\u5382\u5382" +
	"\u53b6\u53b6\u53e3\u53e3\u56d7\u56d7\u571f\u571f\u58eb\u58eb\u5c38\u5c38\u5c3a\u5c3a\u5ddd\u5ddd\u5de5\u5de5\u5df1\u5df3\u5dfe\u5dfe\u5e72\u5e72" +
	"\u5efe\u5eff\u5f0b\u5f0b\u5f13\u5f13\u5f50\u5f50\u65e5\u65e5\u66f0\u66f0\u722a\u722a\u7247\u7247"

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
	if within(notOfToday, c) {
		return false
	}
	if 0x250 <= c && c <= 0x2af && unicode.ToUpper(c) == c || unicode.Is(unicode.Variation_Selector, c) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, c) {
		return false
	}
	return norm.NFKC.String(string(c)) == string(c) || slices.Contains([]rune{0xaa, 0xba, 0xe33, 0xeb3}, c)
}

// within says whether a list of first and last characters has c.
func within(list string, c rune) bool {
	for bounds := []rune(list); len(bounds) > 0; bounds = bounds[2:] {
		if between(c, bounds[0], bounds[1]) {
			return true
		}
	}
	return false
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
	words := strings.FieldsFunc(name, func(c rune) bool { return strings.ContainsRune(" -&+,/()\u30fb", c) })
	return letters > 0 && enclose(name) && !slices.ContainsFunc(words, mixed) && !slices.ContainsFunc(words, standsIn) && !strays(name)
}

// enclose says whether every bracket is one of a pair around something.
func enclose(name string) bool {
	for {
		before, rest, open := strings.Cut(name, "(")
		if !open {
			return !strings.Contains(name, ")")
		}
		inside, after, closed := strings.Cut(rest, ")")
		if strings.Contains(before, ")") || !closed || !strings.ContainsFunc(inside, func(c rune) bool { return unicode.IsLetter(c) || between(c, '0', '9') }) || strings.Contains(inside, "(") {
			return false
		}
		name = after
	}
}

// group is the script of a letter where those of East Asia are one; "" for what
// is no letter of a script.
func group(c rune) string {
	switch s := scriptOf(c); {
	case !unicode.IsLetter(c):
		return ""
	case slices.Contains([]string{"Han", "Hiragana", "Katakana", "Hangul", "Bopomofo"}, s):
		return "East Asian"
	default:
		return s
	}
}

func isStroke(c rune) bool {
	return within(strokesThatHide, c) || scriptOf(c) == "Bopomofo" || scriptOf(c) == "Han" && !between(c, 0x4e00, 0x9fff)
}

// strays says whether all letters that a name of more scripts has of one are strokes.
func strays(name string) bool {
	letters, others := map[string]bool{}, map[string]bool{}
	for _, c := range name {
		if g := group(c); g != "" {
			letters[g] = true
			others[g] = others[g] || !isStroke(c)
		}
	}
	for g := range letters {
		if len(letters) > 1 && !others[g] {
			return true
		}
	}
	return false
}

// standsIn says whether a word with a Latin letter has a run of East Asian
// letters that all look like Latin letters or strokes.
func standsIn(word string) bool {
	latin, run, like := false, 0, 0
	found := false
	for _, c := range word + "." {
		if group(c) == "East Asian" {
			run++
			if isStroke(c) || within(likeLatinLetters, c) {
				like++
			}
			continue
		}
		found = found || run > 0 && run == like
		run, like = 0, 0
		latin = latin || group(c) == "Latin"
	}
	return latin && found
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
	'i': "l", 'w': "vv", 'd': "cl", 'q': "g", '2': "z", '3': "e", '4': "a", '5': "s", '6': "b", '7': "t", '8': "b", '9': "g",
	0xdf: "\u00df", 0xfe: "\u00fe", 0x254: "\u0254", 0xf0: "d", 0x1dd: "e", 0xa793: "e", 0x25c: "e", 0x1b9: "e", 0x299: "b", 0x138: "k", 0x29e: "k",
	0x23f: "s", 0x240: "z", 0x26c: "l", 0x29c: "h", 0x265: "h", 0x1d1b: "t", 0x287: "t", 0x250: "a", 0x252: "a", 0x28c: "a", 0x1a7: "s", 0x1a8: "s", 0x5c71: "vv", 0x30e1: "x",
	0x43c: "m", 0x43f: "n", 0x418: "n", 0x3c0: "n", 0x438: "u", 0x3bc: "u", 0x3c7: "x", 0x3c9: "w", 0x39b: "a", 0x3a3: "e", 0x42f: "r", 0x44f: "r",
	0x1a9: "e", 0x237: "j", 0x24a: "g", 0x24b: "g", 0x48e: "p", 0x48f: "p", 0x53c: "l",
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

// partsThatLookAlike are those of section 2.6, each also the other way round.
var partsThatLookAlike = map[string][]string{
	"\u00df": {"ss", "b", "\u00fe"}, "\u00fe": {"p", "b"}, "\u0254": {"o", "c"},
	"h": {"ll", "ln"}, "n": {"lv", "rl"}, "rn": {"lvl", "rvl", "nn"}, "b": {"le", "lo"}, "g": {"cj"}, "vv": {"uu"},
	"r": {"lz"}, "u": {"lj"}, "cl": {"ol"},
}

// readTheSame says whether both can be cut into parts that are the same or look
// alike, from the left: ends[n] are the places in b up to which n bytes of a reach.
func readTheSame(a, b string) bool {
	ends := make([]map[int]bool, len(a)+4)
	for i := range ends {
		ends[i] = map[int]bool{}
	}
	ends[0][0] = true
	for i := range len(a) {
		for j := range ends[i] {
			if j < len(b) && a[i] == b[j] { // byte by byte is letter by letter in UTF-8
				ends[i+1][j+1] = true
			}
			for part, likes := range partsThatLookAlike {
				for _, other := range likes {
					if strings.HasPrefix(a[i:], part) && strings.HasPrefix(b[j:], other) {
						ends[i+len(part)][j+len(other)] = true
					}
					if strings.HasPrefix(a[i:], other) && strings.HasPrefix(b[j:], part) {
						ends[i+len(other)][j+len(part)] = true
					}
				}
			}
		}
	}
	return ends[len(a)][len(b)]
}

func areConfusable(a, b string) bool {
	return readTheSame(likeName(a), likeName(b)) || readTheSame(likeName(strings.ToUpper(a)), likeName(strings.ToUpper(b)))
}
