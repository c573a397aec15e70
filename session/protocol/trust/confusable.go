// This file owns the comparison of names that can be taken for one another. It
// decides nothing but whether a person is warned, and once, before a bank is
// pinned. Rules: CP1, section 2.6; the letters and what they look like are in
// confusable_table.go.

package trust

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:generate go test -run TestTheTableIsMadeOfUnicodesData -update .

// Confusable reports whether two names can be taken for one another: equal once
// case, accents, spaces, signs, and letters and digits that look alike are folded
// together. Some letters look like others only as capitals, so the names and
// their capitals are compared.
func Confusable(a, b string) bool {
	return alike(skeleton(a), skeleton(b)) || alike(skeleton(strings.ToUpper(a)), skeleton(strings.ToUpper(b)))
}

// pieces are what in two skeletons is taken for one another although the letters
// differ: letters that look like two others, and letters drawn close together.
// What the table makes of i, 1, w, d and 3 is l, l, vv, cl and e here.
var pieces = [][2]string{
	{"\u00df", "ss"}, {"\u00df", "b"}, {"\u00fe", "p"}, {"\u00fe", "b"}, {"\u00df", "\u00fe"}, {"\u0254", "o"}, {"\u0254", "c"},
	{"h", "ll"}, {"h", "ln"}, // I-ISBC, Nortlngate
	{"n", "lv"}, {"n", "rl"}, {"rn", "lvl"}, {"rn", "rvl"}, // IVorthgate, rIorthgate, IVIonzo, rvlonzo
	{"b", "le"}, {"b", "lo"}, {"r", "lz"}, {"u", "lj"}, // 13ank, loank, I2abobank, IJBS
	{"g", "cj"}, {"cl", "ol"}, {"vv", "uu"}, {"rn", "nn"}, // Northcjate, Norolea, Suuedbank, nnBank; not k and lc: KBC, ICBC
}

// alike reports whether two skeletons can be cut into the same number of parts,
// each pair of them one letter or one of pieces.
func alike(a, b string) bool {
	seen := map[[2]int]bool{} // the lengths left from which there is no way
	var rest func(a, b string) bool
	rest = func(a, b string) bool {
		left := [2]int{len(a), len(b)}
		if a == b || seen[left] {
			return a == b
		}
		seen[left] = true
		r, size := utf8.DecodeRuneInString(a)
		if other, _ := utf8.DecodeRuneInString(b); a != "" && b != "" && r == other && rest(a[size:], b[size:]) {
			return true
		}
		return slices.ContainsFunc(pieces, func(p [2]string) bool {
			return swallow(a, p[0], b, p[1], rest) || swallow(a, p[1], b, p[0], rest)
		})
	}
	return rest(a, b)
}

// swallow takes a piece from the front of both, where it stands there, and asks
// about the rest.
func swallow(a, pieceA, b, pieceB string, rest func(a, b string) bool) bool {
	restA, isA := strings.CutPrefix(a, pieceA)
	restB, isB := strings.CutPrefix(b, pieceB)
	return isA && isB && rest(restA, restB)
}

// skeleton returns what is left of a name when everything that a glance misses
// is gone. It is for comparison only.
func skeleton(name string) string {
	table := looksLike()
	var out strings.Builder
	for _, r := range norm.NFKD.String(name) {
		switch like, ok := table[r]; {
		case strings.ContainsRune(between, r): // U+02BC counts as a letter elsewhere
		case ok:
			out.WriteString(like)
		case unicode.In(r, unicode.L, unicode.Mc, unicode.Nd):
			out.WriteRune(unicode.ToLower(r))
		}
	}
	return out.String()
}

// looksLike is the table with a row for each letter.
var looksLike = sync.OnceValue(func() map[rune]string {
	table := map[rune]string{}
	for _, row := range lookAlikes {
		for _, r := range row.letters {
			table[r] = row.like
		}
	}
	return table
})
