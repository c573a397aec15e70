// This file owns the rules for names, domains and telephone numbers that are
// shown to people or compared with what people type.

package trust

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

const maxName = 40 // characters

var (
	version = regexp.MustCompile(`^(0|[1-9][0-9]{0,3})(\.(0|[1-9][0-9]{0,3})){2}$`)

	number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`) // E.164
	line   = regexp.MustCompile(`^[0-9]{4}$`)
	domain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])$`)
)

// CheckName enforces CP1's rule for names shown to people: Unicode NFC,
// letters (with their combining marks), spaces and ' - . only, 1 to 40
// characters, at least one letter and a letter or mark before each mark, no
// format, bidi or invisible characters, no space at the ends.
func CheckName(name string) error {
	if name == "" || len([]rune(name)) > maxName || !norm.NFC.IsNormalString(name) || strings.TrimSpace(name) != name {
		return fmt.Errorf("%w: a name has 1 to 40 characters in normal form", ErrContent)
	}
	letters, afterLetter := 0, false
	for _, r := range name {
		switch {
		case invisible(r):
			return fmt.Errorf("%w: a name holds no invisible characters", ErrContent)
		case unicode.IsLetter(r):
			letters++
			afterLetter = true
		case unicode.Is(unicode.Mn, r) && afterLetter:
		case strings.ContainsRune(" '-.", r):
			afterLetter = false
		default:
			return fmt.Errorf("%w: a name holds letters, spaces, and ' - . only", ErrContent)
		}
	}
	if letters == 0 {
		return fmt.Errorf("%w: a name has a letter", ErrContent)
	}
	return nil
}

// invisible finds the letters and marks that show as nothing, such as the
// Hangul fillers: with them a name can be blank, or differ unseen.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// CheckNumber accepts a telephone number in E.164 form (+ and 7 to 15 digits).
func CheckNumber(n string) error {
	if !number.MatchString(n) {
		return fmt.Errorf("%w: a telephone number is + and 7 to 15 digits", ErrContent)
	}
	return nil
}

// NormaliseNumber takes a number as a person types it (spaces, hyphens,
// brackets, 00 for +) and returns E.164, or an error.
func NormaliseNumber(typed string) (string, error) {
	n := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "", "\u00a0", "").Replace(typed)
	if strings.HasPrefix(n, "00") {
		n = "+" + n[2:]
	}
	return n, CheckNumber(n)
}

// CheckVersion accepts the version of a program: three numbers, "0.1.0".
func CheckVersion(v string) error {
	if !version.MatchString(v) {
		return fmt.Errorf("%w: a version is three numbers", ErrContent)
	}
	return nil
}

// LineOf returns the line of an E.164 number: its last four digits.
func LineOf(number string) string {
	if len(number) < 4 {
		return ""
	}
	return number[len(number)-4:]
}

// IsLine reports whether s is a line: exactly four digits.
func IsLine(s string) bool { return line.MatchString(s) }

// Confusable reports whether two names can be taken for one another: equal
// once case, accents, spaces, punctuation and look-alike letters of the Latin,
// Greek and Cyrillic scripts are folded together (after Unicode UTS 39,
// section 4, cut down to the letters that a name may hold). Some letters look
// like others only as capitals, so both spellings count.
func Confusable(a, b string) bool {
	return skeleton(a) == skeleton(b) || skeleton(strings.ToUpper(a)) == skeleton(strings.ToUpper(b))
}

func skeleton(name string) string {
	var out strings.Builder
	for _, r := range norm.NFKD.String(name) {
		for _, l := range strings.ToLower(lookAlikes.Replace(string(r))) {
			if unicode.IsLetter(l) {
				out.WriteString(lookAlikes.Replace(string(l)))
			}
		}
	}
	return strings.ReplaceAll(strings.ReplaceAll(out.String(), "rn", "m"), "vv", "w")
}

// lookAlikes maps letters to the Latin letter that they resemble in common
// typefaces. Capital letters are listed where only the capital resembles.
var lookAlikes = strings.NewReplacer(
	// Latin: capital i and small L, and letters that NFKD leaves whole.
	"I", "l", "i", "l", "\u0131", "l", "\u0142", "l", "\u0141", "l", "\u00f8", "o", "\u00d8", "o", "\u0111", "d", "\u0110", "d", "\u0251", "a", "\u0261", "g",
	// Cyrillic.
	"\u0430", "a", "\u0410", "a", "\u0412", "b", "\u0432", "b", "\u0435", "e", "\u0415", "e", "\u0456", "l", "\u0406", "l", "\u0458", "j", "\u0408", "j",
	"\u043a", "k", "\u041a", "k", "\u041c", "m", "\u043c", "m", "\u041d", "h", "\u043d", "h", "\u043e", "o", "\u041e", "o", "\u0440", "p", "\u0420", "p",
	"\u0441", "c", "\u0421", "c", "\u0422", "t", "\u0442", "t", "\u0443", "y", "\u0423", "y", "\u0445", "x", "\u0425", "x", "\u0455", "s", "\u0405", "s", "\u0501", "d", "\u051b", "q", "\u051d", "w",
	// Greek.
	"\u03b1", "a", "\u0391", "a", "\u0392", "b", "\u0395", "e", "\u0396", "z", "\u0397", "h", "\u0399", "l", "\u03b9", "l", "\u039a", "k", "\u03ba", "k",
	"\u039c", "m", "\u039d", "n", "\u03bd", "v", "\u039f", "o", "\u03bf", "o", "\u03a1", "p", "\u03c1", "p", "\u03a4", "t", "\u03a5", "y", "\u03c5", "u", "\u03a7", "x",
)

// checkSentence accepts text that a signed object may bring to a screen: one
// line of 1 to 400 characters without control or format characters.
func checkSentence(s string) error {
	if n := len([]rune(s)); n < 1 || n > 400 || !norm.NFC.IsNormalString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%w: a sentence is one printable line", ErrContent)
	}
	return nil
}

// CheckDomain accepts a domain name as DNS has it, in lower case, or "" for none.
// A label of another script stands as its A-label, xn--..., which must be one
// (RFC 5891, section 5.4); no other label has hyphens in its third and fourth place.
func CheckDomain(d string) error {
	if d == "" {
		return nil
	}
	if ascii, err := idna.Lookup.ToASCII(d); err != nil || ascii != d || len(d) > maxHost || !domain.MatchString(d) {
		return fmt.Errorf("%w: domain name", ErrContent)
	}
	return nil
}
