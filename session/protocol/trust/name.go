// This file owns the rules for domains and sentences that are shown to people.
// Names have files of their own, letters.go and confusable.go, and so have
// telephone numbers.

package trust

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

var (
	version = regexp.MustCompile(`^(0|[1-9][0-9]{0,3})(\.(0|[1-9][0-9]{0,3})){2}$`)

	domain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])$`)
)

// CheckVersion accepts the version of a program: three numbers, "0.1.0".
func CheckVersion(v string) error {
	if !version.MatchString(v) {
		return fmt.Errorf("%w: a version is three numbers", ErrContent)
	}
	return nil
}

// checkSentence accepts text that a signed object may bring to a screen: one
// line of 1 to 400 characters without control or format characters. Signs such
// as a tick (category So) are this program's, and no blanks push a sentence's
// words to the start of another line. Error: ErrContent.
func checkSentence(s string) error {
	if n := len([]rune(s)); n < 1 || n > 400 || !norm.NFC.IsNormalString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%w: a sentence is one printable line", ErrContent)
	}
	if strings.Contains(s, "  ") || strings.ContainsFunc(s, isBlank) {
		return fmt.Errorf("%w: in a sentence single spaces stand between words", ErrContent)
	}
	if strings.ContainsFunc(s, isSign) {
		return fmt.Errorf("%w: a sentence holds no signs such as ticks, arrows and pictures", ErrContent)
	}
	return nil
}

// isSign reports whether r is a symbol other than of currency and mathematics.
func isSign(r rune) bool { return unicode.Is(unicode.So, r) }

// isBlank reports whether r counts as a letter and shows as nothing.
func isBlank(r rune) bool { return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) }

// NormaliseDomain mends a domain as a person types it: spaces around it, a web
// address in its place, capitals, letters of other scripts (to their A-labels,
// RFC 5891, section 4.4). CheckDomain judges the result.
func NormaliseDomain(typed string) string {
	d := strings.ToLower(strings.TrimSpace(typed))
	_, after, isAddress := strings.Cut(d, "://")
	if isAddress {
		d = after
	}
	d = strings.TrimSuffix(strings.TrimSuffix(d, "/"), ".")
	if ascii, err := idna.Lookup.ToASCII(d); err == nil {
		return ascii
	}
	return d
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
