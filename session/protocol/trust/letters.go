// This file owns what a name shown to people may hold (CP1, section 2.6):
// which letters and marks, which signs between them, one script a word; and
// what is mended of a name as a person types it.
//
// Rules: on the wire a name is exactly right or refused; only NormaliseName is
// kind. The characters are those of Unicode 15.0.0, whatever Unicode the Go
// that compiles this knows, so that all programs refuse the same names.

package trust

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/rangetable"
	"golang.org/x/text/width"
)

const (
	maxName  = 40 // characters
	maxMarks = 4  // in a row (UTS 39, section 5.4)
)

// between are the signs that a name may hold beside letters, marks, digits and
// spaces: what stands in names of real banks and people. The first line is
// Unicode's own list of signs within words, as far as names use it.
const between = "'\u2019\u2018\u02bc\u02bb-.\u00b7\u05f3\u05f4\u0f0b\u30fb" + // O'Neil, O’Neil, ‘t Hooft, Hawaiʻi, col·lega, Hebrew and Tibetan, a middle dot between Japanese words
	"&+,/()" // M&T, A+, Santander, S.A., Danske Bank A/S, HSBC (UK)

// divides are the signs and spaces that end a word: on both sides of one the
// scripts may differ.
const divides = " -&+,/()\u30fb"

// CheckName enforces CP1's rule for names shown to people: Unicode NFC, 1 to 40
// characters; letters of the scripts that are in general use today, their
// marks, the digits 0 to 9, single spaces inside, and the signs of between; at
// least one letter, one script a word, and no strokes of another script that hide
// beside the name or in a Latin word. Errors: ErrContent.
func CheckName(name string) error {
	if name == "" || len([]rune(name)) > maxName || !norm.NFC.IsNormalString(name) {
		return fmt.Errorf("%w: a name has 1 to 40 characters in normal form", ErrContent)
	}
	if strings.HasPrefix(name, " ") || strings.HasSuffix(name, " ") || strings.Contains(name, "  ") {
		return fmt.Errorf("%w: in a name single spaces stand between words", ErrContent)
	}
	letters, marks := 0, 0
	var word scripts
	var before rune
	for _, r := range name {
		switch {
		case strings.ContainsRune(divides, r):
			word = 0
			fallthrough
		case strings.ContainsRune(between, r), '0' <= r && r <= '9':
			marks = maxMarks // none may follow
		case isLetter(r):
			letters++
			marks = 0
			word |= scriptOf(r)
		case isMark(r):
			if marks++; letters == 0 || marks > maxMarks || r == before {
				return fmt.Errorf("%w: in a name a mark belongs to a letter, at most 4 to one, no two the same", ErrContent)
			}
			word |= scriptOf(r)
		default:
			return fmt.Errorf("%w: a name holds letters of today's languages, digits 0 to 9, spaces and ' - . & + , / ( ) only", ErrContent)
		}
		if !word.together() {
			return fmt.Errorf("%w: the letters of one word of a name are of one script", ErrContent)
		}
		before = r
	}
	if letters == 0 {
		return fmt.Errorf("%w: a name has a letter", ErrContent)
	}
	if !brackets.MatchString(name) {
		return fmt.Errorf("%w: in a name brackets stand in pairs around something", ErrContent)
	}
	if hasStray(name) || hasStandIn(name) {
		return fmt.Errorf("%w: a name holds no strokes of another script beside its letters", ErrContent)
	}
	return nil
}

// brackets match what encloses something, and nothing that is drawn by half of a
// pair or an empty one: N( )rthgate, BANI(.
var brackets = regexp.MustCompile(`^([^()]|\([^()]*[\pL0-9][^()]*\))*$`)

// hasStray reports whether all letters that a name has of some script are
// strokes, and it has letters of another script: what looks like dust beside
// the name of a bank makes a second name of it.
func hasStray(name string) bool {
	var all, plain scripts
	for _, r := range name {
		if !isLetter(r) {
			continue
		}
		script := scriptOf(r)
		if script&eastAsian != 0 {
			script = eastAsian
		}
		all |= script
		if !isStroke(r) {
			plain |= script
		}
	}
	return all != plain && all != eastAsian && all&(all-1) != 0
}

// hasStandIn reports whether a word with Latin letters has Han or kana, between
// two others or at an end, that all look like Latin letters or strokes.
func hasStandIn(name string) bool {
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(divides, r) }) {
		if !strings.ContainsFunc(word, func(r rune) bool { return isLetter(r) && scriptOf(r) == latin }) {
			continue
		}
		for _, run := range strings.FieldsFunc(word, func(r rune) bool { return !isLetter(r) || scriptOf(r)&eastAsian == 0 }) {
			if !strings.ContainsFunc(run, func(r rune) bool { return !isStroke(r) && !strings.ContainsRune(likeLatin, r) }) {
				return true
			}
		}
	}
	return false
}

// isStroke reports whether r is one of strokes, of Bopomofo, or a Han character
// outside the first block: rare ones, many of them parts of others.
func isStroke(r rune) bool {
	return strings.ContainsRune(strokes, r) || scriptOf(r) == bopomofo || scriptOf(r) == han && (r < 0x4e00 || r > 0x9fff)
}

// strokes are letters that look like a stroke, a hook or a few dots.
const strokes = "\u4e00\u4e28\u4e36\u4e37\u4e3f\u4e40\u4e41\u4e5a\u4e5b\u4e85\u4ea0\u5196\u51ab" + // Han
	"\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e\u3095\u3096\u3078\u309d\u309e" + // small hiragana, he, iteration
	"\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7\u30ee\u30f5\u30f6\u30ce\u30d8\u30fc\u30fd\u30fe" + // small katakana, no, he, long vowel, iteration
	"\u31f0\u31f1\u31f2\u31f3\u31f4\u31f5\u31f6\u31f7\u31f8\u31f9\u31fa\u31fb\u31fc\u31fd\u31fe\u31ff" + // katakana of Ainu, small
	"\u05d5\u05d9\u05df\u05f0\u05f1\u05f2" + // vav, yod, final nun
	"\u0621\u0622\u0623\u0625\u0627\u0631\u0632\u0644\u0671\u0672\u0673" + // hamza, alef, reh, zain, lam
	"\u0559\u0e2f\u0e30\u0e32\u0e40\u0e45\u0e46\u0eb0\u0eb2\u0ec0\u0ec6\u17d7\u17dc" + // Armenian, Thai, Lao, Khmer
	"\u093d\u0971\u09bd\u0abd\u0b3d\u0b83\u0c3d\u0cbd\u0d3d" // avagraha, dots

// likeLatin are Han and kana that look like Latin letters. Those of names such as
// JA山口 and Tokyoメトロ are not among them: 山 and メ have rows of look-alikes.
const likeLatin = "\u4e01\u4e02\u4e03\u4e04\u4e05\u4e06\u4e0b\u4e0c\u4e29\u4e2b\u4e39\u4e42\u4e43\u4e47\u4e59\u4e86\u4e8c\u4e8e\u4ea1\u4eba\u4ebb" +
	"\u5165\u516b\u51e0\u51e1\u5182\u51f5\u5200\u529b\u5315\u531a\u5338\u5341\u5342\u5343\u5344\u5345\u5346\u534c\u535c\u5369\u5382\u53b6" +
	"\u53e3\u56d7\u571f\u58eb\u5c38\u5c3a\u5ddd\u5de5\u5df1\u5df2\u5df3\u5dfe\u5e72\u5efe\u5eff\u5f0b\u5f13\u5f50\u65e5\u66f0\u722a\u7247" +
	"\u304f\u3057\u306e\u3093\u30a8\u30c8\u30cb\u30d2\u30e8\u30ec\u30ed" // kana: ku, shi, no, n, e, to, ni, hi, yo, re, ro

// NormaliseName mends what a person cannot see, or cannot type otherwise:
// accents that stand after their letter, wide and half-width letters of East
// Asian keyboards, spaces of any kind at the ends and in a row, hyphens and
// apostrophes of other keyboards. CheckName judges the result.
func NormaliseName(typed string) string {
	name := norm.NFC.String(width.Fold.String(typed))
	return strings.Join(strings.Fields(otherKeyboards.Replace(name)), " ")
}

var otherKeyboards = strings.NewReplacer(
	"\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2212", "-", // hyphens, dashes, minus
	"\u00b4", "'", "`", "'", "\u2032", "'", // accents that stand alone, prime
	"\ufeff", " ", // the byte order mark of a file
)

// scripts is a set of scripts, one bit for each of recommended.
type scripts uint32

// recommended are the scripts in general use (UAX 31, table 5). Han, kana,
// Hangul and Bopomofo come first: they are written together.
var recommended = []*unicode.RangeTable{
	unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
	unicode.Arabic, unicode.Armenian, unicode.Bengali, unicode.Cyrillic, unicode.Devanagari, unicode.Ethiopic,
	unicode.Georgian, unicode.Greek, unicode.Gujarati, unicode.Gurmukhi, unicode.Hebrew, unicode.Kannada,
	unicode.Khmer, unicode.Lao, unicode.Malayalam, unicode.Myanmar, unicode.Oriya, unicode.Sinhala, unicode.Tamil,
	unicode.Telugu, unicode.Thaana, unicode.Thai, unicode.Tibetan,
}

const (
	latin, han, hiragana, katakana, hangul, bopomofo scripts = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5
	japanese, korean, chinese                                = latin | han | hiragana | katakana, latin | han | hangul, han | bopomofo
	eastAsian                                                = han | hiragana | katakana | hangul | bopomofo
)

// together reports whether a word may be written in these scripts: one, or those
// that Japanese, Korean and Chinese words are written in. Latin is among them
// (UTS 39, section 5.2, "highly restrictive"), because 三菱UFJ銀行 and KB국민은행
// are real banks; hasStandIn refuses what looks like Latin there. Not so beside
// Bopomofo: half of it looks like Latin letters, and no bank writes both.
func (s scripts) together() bool {
	return s&(s-1) == 0 || s&^japanese == 0 || s&^korean == 0 || s&^chinese == 0
}

// scriptOf returns the set that holds the character's script; none for marks
// that belong to letters of every script.
func scriptOf(r rune) scripts {
	switch {
	case r <= unicode.MaxASCII:
		return latin
	case r == prolonged:
		return katakana
	}
	for i, script := range recommended {
		if unicode.Is(script, r) {
			return 1 << i
		}
	}
	return 0
}

// prolonged is the sign of a long vowel in both kana. Unicode counts it to no script.
const prolonged = '\u30fc'

// isLetter reports whether r is a letter of a script in general use today: in
// Unicode 15.0.0, with no other spelling in normal form KC (which would be a
// wide letter, a ligature, a letter of formulas), visible, and not obsolete.
func isLetter(r rune) bool {
	if r <= unicode.MaxASCII {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) && inUse(r) && scriptOf(r) != 0
}

// isMark reports whether r is a combining mark of such a script, or one that
// belongs to letters of every script.
func isMark(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Mc) && inUse(r) && (scriptOf(r) != 0 || unicode.Is(sharedMarks, r))
}

func inUse(r rune) bool {
	return unicode.Is(assigned(), r) && !unicode.Is(apart, r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		(norm.NFKC.IsNormalString(string(r)) || strings.ContainsRune(twoSpellings, r))
}

// twoSpellings are the letters that names use although normal form KC writes
// them in another way: Spanish Mª and Portuguese Nº, the vowel am of Thai and Lao.
const twoSpellings = "\u00aa\u00ba\u0e33\u0eb3"

// assigned are the characters of the Unicode that CP1 names.
var assigned = sync.OnceValue(func() *unicode.RangeTable { return rangetable.Assigned("15.0.0") })

// sharedMarks are the marks of all scripts (script Inherited) that names need:
// accents that lie above or below a letter, Arabic vowels, the voice marks of kana.
var sharedMarks = &unicode.RangeTable{R16: []unicode.Range16{
	{0x0300, 0x0333, 1}, {0x064b, 0x0655, 1}, {0x0670, 0x0670, 1}, {0x3099, 0x309a, 1},
}}

// apart are letters and marks of those scripts that stand in no name of today:
// of phonetics, of old texts, of recitation, and loose parts of letters. Many
// look like letters in use.
var apart = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0138, 0x0138, 1}, // kra
		{0x01c0, 0x01c3, 1}, // clicks
		{0x0234, 0x0236, 1}, // phonetics
		{0x0255, 0x0255, 1}, {0x0258, 0x0258, 1}, {0x025a, 0x025a, 1}, {0x025d, 0x025f, 1}, {0x0262, 0x0262, 1}, {0x0264, 0x0264, 1},
		{0x0267, 0x0267, 1}, {0x026d, 0x026e, 1}, {0x0270, 0x0270, 1}, {0x0273, 0x0274, 1}, {0x0276, 0x027c, 1}, {0x027e, 0x027f, 1},
		{0x0281, 0x0281, 1}, {0x0284, 0x0286, 1}, {0x028d, 0x0291, 1}, {0x0293, 0x029c, 1}, {0x029f, 0x02ff, 1},
		{0x0370, 0x037f, 1}, {0x03cf, 0x03ff, 1}, // old Greek, Greek signs, Coptic
		{0x0460, 0x0489, 1},                      // old Cyrillic
		{0x0591, 0x05af, 1}, {0x05c4, 0x05c5, 1}, // Hebrew recitation
		{0x0610, 0x061a, 1}, {0x06d6, 0x06ed, 1}, {0x0870, 0x089f, 1}, {0x08c8, 0x08ff, 1}, // Arabic recitation, signs
		{0x10a0, 0x10c5, 1},                                           // old Georgian
		{0x1100, 0x11ff, 1},                                           // loose parts of Hangul
		{0x1c80, 0x1c8f, 1},                                           // old Cyrillic
		{0x1cd0, 0x1cff, 1},                                           // Vedic
		{0x1d00, 0x1dff, 1},                                           // phonetics
		{0x2100, 0x218f, 1},                                           // signs made of letters
		{0x2c60, 0x2c7f, 1},                                           // old Latin
		{0x2d00, 0x2d2f, 1},                                           // old Georgian
		{0x2de0, 0x2dff, 1},                                           // old Cyrillic
		{0x302e, 0x302f, 1},                                           // tones of Hangul
		{0xa640, 0xa69f, 1}, {0xa720, 0xa7ff, 1}, {0xa8e0, 0xa8ff, 1}, // old Cyrillic, Latin and Devanagari
		{0xa960, 0xa97f, 1},                      // loose parts of Hangul
		{0xab30, 0xab6f, 1},                      // dialects, phonetics
		{0xd7b0, 0xd7ff, 1},                      // loose parts of Hangul
		{0xfb00, 0xfdff, 1}, {0xfe20, 0xfefe, 1}, // ligatures, forms, halves of marks
	},
	R32: []unicode.Range32{{0x10000, 0x1ffff, 1}}, // above: Han alone
}
