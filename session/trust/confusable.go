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
	return skeleton(a) == skeleton(b) || skeleton(strings.ToUpper(a)) == skeleton(strings.ToUpper(b))
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
