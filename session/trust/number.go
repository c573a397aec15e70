// This file owns the rules for telephone numbers: the strict form of the wire,
// and reading what a person types.

package trust

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`) // E.164
	line   = regexp.MustCompile(`^[0-9]{4}$`)
)

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

// LineOf returns the line of an E.164 number: its last four digits.
func LineOf(number string) string {
	if len(number) < 4 {
		return ""
	}
	return number[len(number)-4:]
}

// IsLine reports whether s is a line: exactly four digits.
func IsLine(s string) bool { return line.MatchString(s) }
