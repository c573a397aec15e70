// This file owns the comparison of names that can be taken for one another. It
// decides nothing but whether a person is warned, and once, before a bank is
// pinned. Rules: CP1, section 2.6; the letters and what they look like are in
// confusable_table.go.

package trust

import (
	"strings"
	"sync"
	"unicode"

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

// twoWays are what is left in a skeleton of letters that look like two others.
// Each place is read in the way that the other name asks for.
var twoWays = map[rune][]string{'\u00df': {"ss", "b"}, '\u00fe': {"p", "b"}, '\u0254': {"o", "c"}}

// alike reports whether two skeletons can be read as the same. The ways of a
// letter begin differently, so at most one goes on.
func alike(a, b []rune) bool {
	for len(a) > 0 && len(b) > 0 {
		if a[0] == b[0] {
			a, b = a[1:], b[1:]
			continue
		}
		readA, readB, ok := sameStart(a[0], b[0])
		if !ok {
			return false
		}
		a, b = append([]rune(readA), a[1:]...), append([]rune(readB), b[1:]...)
	}
	return len(a) == len(b)
}

// sameStart returns how the two letters are read with one first letter.
func sameStart(a, b rune) (readA, readB string, ok bool) {
	for _, readA := range append(twoWays[a], string(a)) {
		for _, readB := range append(twoWays[b], string(b)) {
			if []rune(readA)[0] == []rune(readB)[0] {
				return readA, readB, true
			}
		}
	}
	return "", "", false
}

// skeleton returns what is left of a name when everything that a glance misses
// is gone. It is for comparison only.
func skeleton(name string) []rune {
	table := looksLike()
	var out []rune
	for _, r := range norm.NFKD.String(name) {
		switch like, ok := table[r]; {
		case strings.ContainsRune(between, r): // U+02BC counts as a letter elsewhere
		case ok:
			out = append(out, []rune(like)...)
		case unicode.In(r, unicode.L, unicode.Mc, unicode.Nd):
			out = append(out, unicode.ToLower(r))
		}
	}
	return out
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
