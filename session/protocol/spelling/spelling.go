// This file owns the characters that people, letters and mail programs put
// around and between what counts, and the digits of other keyboards. The lists
// are CP1's (section 2.8): a change changes the specification and its vectors.

// Package spelling owns how a code, a ticket or six digits are freed of what
// people put between them: one rule for everything that is typed or pasted.
//
// It must not know what a code or a ticket is: offer and enrol do.
//
// Rules: nothing that counts is guessed. What is in no list stays, and whoever
// asked refuses it. The lists are closed, so that every implementation has the
// same whatever version of Unicode it knows.
package spelling

import "strings"

// span is a run of code points, both ends included.
type span struct{ first, last rune }

var (
	// spaces stand between words or end a line.
	spaces = []span{{0x09, 0x0D}, {0x20, 0x20}, {0x85, 0x85}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A},
		{0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}}
	// breaks are the spaces that end a line or jump: no text of one line has them.
	breaks = []span{{0x09, 0x0D}, {0x85, 0x85}, {0x2028, 0x2029}}
	// invisible are soft hyphens, joiners, marks of direction, variation
	// selectors and the byte order mark.
	invisible = []span{{0xAD, 0xAD}, {0x34F, 0x34F}, {0x61C, 0x61C}, {0x180E, 0x180E}, {0x200B, 0x200F}, {0x202A, 0x202E},
		{0x2060, 0x2064}, {0x2066, 0x206F}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}}
	// dashes are read as the hyphen of ASCII.
	dashes = []span{{0x2010, 0x2015}, {0x2043, 0x2043}, {0x2212, 0x2212}, {0xFE58, 0xFE58}, {0xFE63, 0xFE63}}
	// marks are quotes and dots beyond ASCII.
	marks = []span{{0xAB, 0xAB}, {0xB4, 0xB4}, {0xB7, 0xB7}, {0xBB, 0xBB}, {0x2018, 0x201F}, {0x2022, 0x2022}, {0x2039, 0x203A}}
	// zeros begin the ten digits of a script.
	zeros = []rune{0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xBE6, 0xE50}
)

// asciiMarks are the marks of ASCII that are passed over.
const asciiMarks = "-.,;:/\\_|*\"'`()[]{}<>"

// The full-width forms of ASCII, each at the same distance.
const (
	wideFirst, wideLast = 0xFF01, 0xFF5E
	wideBy              = wideFirst - 0x21
)

func among(r rune, list []span) bool {
	for _, s := range list {
		if r >= s.first && r <= s.last {
			return true
		}
	}
	return false
}

// Fold reads one character as the one of ASCII that it stands for: a digit of
// another script, a full-width form, a dash. Every other stays what it is.
func Fold(r rune) rune {
	switch {
	case r >= wideFirst && r <= wideLast:
		return r - wideBy
	case among(r, dashes):
		return '-'
	}
	for _, zero := range zeros {
		if r >= zero && r <= zero+9 {
			return '0' + r - zero
		}
	}
	return r
}

// PassedOver reports whether a character counts for nothing in a code.
func PassedOver(r rune) bool {
	r = Fold(r)
	return among(r, spaces) || among(r, invisible) || among(r, marks) || strings.ContainsRune(asciiMarks, r)
}

// Bare is what counts of a typed code: folded, and without what is passed over.
func Bare(text string) string {
	return strings.Map(func(r rune) rune {
		if PassedOver(r) {
			return -1
		}
		return Fold(r)
	}, text)
}

// Digits returns the digits typed, if they are exactly so many and nothing else.
func Digits(text string, count int) (string, bool) {
	bare := Bare(text)
	if len(bare) != count || strings.Trim(bare, "0123456789") != "" {
		return "", false
	}
	return bare, true
}

// Whole is a text that has no spaces of its own, such as a ticket, in which
// marks count: folded, without spaces and what is invisible.
func Whole(text string) string {
	return strings.Map(func(r rune) rune {
		if among(r, spaces) || among(r, invisible) {
			return -1
		}
		return Fold(r)
	}, text)
}

// Line is a text of one line that has spaces of its own, such as that of a QR
// code: without line ends, tabs and what is invisible, each other space as that
// of ASCII. Nothing else is folded.
func Line(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case among(r, breaks), among(r, invisible):
			return -1
		case among(r, spaces):
			return ' '
		}
		return r
	}, text)
}

// Trim takes what is passed over from both ends, but none of the characters to keep.
func Trim(text, keep string) string {
	return strings.TrimFunc(text, func(r rune) bool { return PassedOver(r) && !strings.ContainsRune(keep, r) })
}

// Upper writes the letters of ASCII as capitals, and no other: those of other
// scripts never become one of them.
func Upper(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, text)
}

// Lower writes the letters of ASCII as small ones, and no other.
func Lower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, text)
}
