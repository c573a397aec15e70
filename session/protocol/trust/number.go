// This file owns the rules for telephone numbers: the strict form of the wire,
// reading what a person writes, and writing a number for people. Rules: the
// wire is compared as it stands and never read anew; what a person wrote is
// read to E.164 or not at all; two numbers are equal only as E.164, never by
// their last digits or their national parts; what could mean two numbers means
// none, because a number misread stops an honest call.

package trust

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
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

// LineOf returns the line of an E.164 number: its last four digits.
func LineOf(number string) string {
	if len(number) < 4 {
		return ""
	}
	return number[len(number)-4:]
}

// IsLine reports whether s is a line: exactly four digits.
func IsLine(s string) bool { return line.MatchString(s) }

// ErrNumber says that what a person wrote cannot be read as one whole telephone
// number. It is no verdict on a call: the person is asked again.
var ErrNumber = errors.New("this cannot be read as a telephone number: write the whole number with + and its country code, such as +44 20 7946 0958")

// Number is a telephone number that a person wrote, as it was understood.
type Number struct {
	E164 string
	// Assigned says that the numbering plan of its country has such numbers. A
	// number without is only unusual: plans grow faster than programs.
	Assigned bool
}

// ReadDialled reads what a person wrote where a bank with these lines is
// meant: its first line says in which country a number without a country code
// is. A line of the bank, written in full, is that line even if no numbering
// plan knows it. Error: ErrNumber.
func ReadDialled(typed string, lines []string) (Number, error) {
	region := ""
	if len(lines) > 0 {
		region = RegionOf(lines[0])
	}
	n, err := ReadNumber(typed, region)
	if digits, plain := NumberDigits(typed); plain == nil && slices.Contains(lines, digits) {
		return Number{digits, n.E164 == digits && n.Assigned}, nil
	}
	return n, err
}

// ReadNumber reads a telephone number as a person writes it; region is the
// country (ISO 3166, two letters) that is meant when none is written, "" for
// none. Error: ErrNumber.
func ReadNumber(typed, region string) (Number, error) {
	text, err := NumberDigits(typed)
	if err != nil {
		return Number{}, err
	}
	read, found := understand(text, region)
	// 00 is the usual way to write +, also where another prefix is dialled.
	if rest, doubled := strings.CutPrefix(text, "00"); doubled {
		other, ok := understand("+"+rest, "")
		switch {
		case !ok:
		case !found || other.Assigned && !read.Assigned:
			read, found = other, true
		case other != read && other.Assigned == read.Assigned:
			found = false
		}
	}
	// Whoever reads the result again must find the same number.
	if again, same := understand(read.E164, ""); !found || !same || again != read || CheckNumber(read.E164) != nil {
		return Number{}, ErrNumber
	}
	return read, nil
}

// maxTyped is how much of a number is read, in characters.
const maxTyped = 64

// NumberDigits takes away how a number is written and leaves its digits, after
// a + if there is one: spaces, hyphens, dots, brackets, a slash after an area
// code, what steers the direction of writing, quotation marks around it,
// "tel:". Anything else is refused: letters, extensions, a second number. The
// digits mean the same to ReadNumber as what was typed. Error: ErrNumber.
func NumberDigits(typed string) (string, error) {
	typed = strings.TrimFunc(typed, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Pi, unicode.Pf) || strings.ContainsRune(`"'.,;`+"\u201e", r)
	})
	if utf8.RuneCountInString(typed) > maxTyped {
		return "", ErrNumber
	}
	if len(typed) > 4 && strings.EqualFold(typed[:4], "tel:") {
		typed = typed[4:]
	}
	var out strings.Builder
	for _, r := range typed {
		switch digit, isDigit := digitOf(r); {
		case isDigit:
			out.WriteByte(digit)
		case (r == '+' || r == '\uff0b') && out.Len() == 0:
			out.WriteByte('+')
		case isSlash(r) && afterAreaCode(out.String()):
		case !separates(r):
			return "", ErrNumber
		}
	}
	if strings.Trim(out.String(), "+") == "" {
		return "", ErrNumber
	}
	return out.String(), nil
}

// digitOf returns the ASCII digit that a decimal digit of any script stands for.
func digitOf(r rune) (byte, bool) {
	if r <= unicode.MaxASCII {
		return byte(r), '0' <= r && r <= '9'
	}
	// Every range of category Nd begins with a zero and holds whole tens.
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte('0' + (r-rune(t.Lo))%10), true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte('0' + (r-rune(t.Lo))%10), true
		}
	}
	return 0, false
}

// separates reports whether a character only parts or frames the digits. The
// end of a line is none of these: it may end a number.
func separates(r rune) bool {
	switch r {
	case '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
		return false
	case '.', '\uff0e', '\u00b7', '\u2212', '\u30fc', '(', ')', '[', ']', '\uff08', '\uff09', '\uff3b', '\uff3d':
		return true
	}
	return unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf)
}

func isSlash(r rune) bool { return strings.ContainsRune("/\u2044\u2215\uff0f", r) }

// afterAreaCode reports whether a slash may stand after these digits: later it
// rather begins a second number.
func afterAreaCode(digits string) bool {
	if strings.HasPrefix(digits, "+") || strings.HasPrefix(digits, "00") {
		return len(digits) <= 10
	}
	return len(digits) <= 6
}

// understand reads digits by the rules of libphonenumber, and then asks what
// those leave open. It finds nothing where two numbers could be meant.
func understand(digits, region string) (Number, bool) {
	n, ok := parse(digits, region)
	if !ok {
		return Number{}, false
	}
	plain := phonenumbers.Format(n, phonenumbers.E164)
	country, national := fmt.Sprintf("+%d", n.GetCountryCode()), phonenumbers.GetNationalSignificantNumber(n)
	source := n.GetCountryCodeSource()
	withCountry := source == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_PLUS_SIGN || source == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD
	if !withCountry && strings.HasPrefix(digits, "00") {
		return Number{}, false // no country's own numbers begin so
	}
	if phonenumbers.IsValidNumber(n) {
		return Number{plain, true}, withCountry || !maybeLocal(n, digits, national, region)
	}
	// The zero of "+48 (0)22 ..." where the country dials none any more.
	if rest, zero := strings.CutPrefix(national, "0"); zero {
		if without, ok := parse(country+rest, ""); ok && possible(without) {
			assigned := phonenumbers.IsValidNumber(without)
			return Number{country + rest, assigned}, assigned || withCountry && !possible(n)
		}
	}
	// A number without country code that its country does not have may be the
	// part of one that people dial within a town, or a short number.
	if !withCountry || !possible(n) {
		return Number{}, false
	}
	// The zero that an Italian number needs.
	if with, ok := parse(country+"0"+national, ""); ok && phonenumbers.IsValidNumber(with) {
		return Number{}, false
	}
	return Number{plain, false}, true
}

// parse reads digits that hold nothing but digits and a + in front.
func parse(digits, region string) (*phonenumbers.PhoneNumber, bool) {
	if region == "" {
		region = phonenumbers.UNKNOWN_REGION
	}
	n, err := phonenumbers.ParseAndKeepRawInput(digits, region)
	return n, err == nil
}

// possible reports whether a number has a length that its country's numbers
// have, dialled from anywhere.
func possible(n *phonenumbers.PhoneNumber) bool {
	return phonenumbers.IsPossibleNumberWithReason(n) == phonenumbers.IS_POSSIBLE
}

// longestLocal is how many digits people dial at most within a town.
const longestLocal = 8

// maybeLocal reports whether digits without a country code may be a number
// without its area code: its country writes a digit before the area code, and
// it is not there. Where numbers differ in length, such as in Germany, the rest
// of one number can be the whole of another.
func maybeLocal(n *phonenumbers.PhoneNumber, digits, national, region string) bool {
	trunk := phonenumbers.GetNddPrefixForRegion(region, true)
	return trunk != "" && len(national) <= longestLocal && !strings.HasPrefix(digits, trunk) &&
		strings.HasPrefix(phonenumbers.Format(n, phonenumbers.NATIONAL), trunk)
}

// RegionOf returns the country of an E.164 number (ISO 3166, two letters), ""
// if it has none: an international freephone number, say.
func RegionOf(number string) string {
	n, ok := parse(number, "")
	if !ok {
		return ""
	}
	region := phonenumbers.GetRegionCodeForNumber(n)
	if region == "" { // not assigned: the first country of its code
		region = phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
	}
	if len(region) != 2 || region == phonenumbers.UNKNOWN_REGION {
		return ""
	}
	return region
}

// ShowNumber writes an E.164 number in the groups in which its country writes
// it, with its country code: "+44 20 7946 0958"; in threes, where its country
// has no such numbers. What is no such number, or would lose a digit, is
// returned as it is.
func ShowNumber(number string) string {
	n, ok := parse(number, "")
	if !ok || CheckNumber(number) != nil {
		return number
	}
	shown := phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
	if country, rest, _ := strings.Cut(shown, " "); !strings.ContainsAny(rest, " -") {
		shown = country
		for len(rest) > 4 {
			shown, rest = shown+" "+rest[:3], rest[3:]
		}
		shown += " " + rest
	}
	if again, err := NumberDigits(shown); err != nil || again != number {
		return number
	}
	return shown
}
