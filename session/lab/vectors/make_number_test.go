// This file makes the vectors of telephone numbers as people type them. The
// numbers come from a small reading of the plans of a few countries, written
// from CP1, section 2.6, which shares nothing with the first: no table and no
// library. It reads the cases below and no others.

package vectors_test

import (
	"strings"

	"countersign/session/lab/vectors"
	"countersign/session/protocol/ending"
)

// plan is how the numbers of a country are dialled.
type plan struct {
	code   string // the country code
	abroad string // dialled before another country's code
	trunk  string // dialled before an area code, and no part of the number
	whole  bool   // a zero in front is part of the number
	length int    // digits of a number without its country code, where all have as many
}

var plans = map[string]plan{
	"GB": {code: "44", abroad: "00", trunk: "0"},
	"PL": {code: "48", abroad: "00", trunk: "0", length: 9}, // the 0 is written still, and dialled no more
	"DE": {code: "49", abroad: "00", trunk: "0"},
	"FR": {code: "33", abroad: "00", trunk: "0", length: 9},
	"IT": {code: "39", abroad: "00", whole: true},
	"ES": {code: "34", abroad: "00", trunk: "0", length: 9}, // never dialled, and written by strangers
	"US": {code: "1", abroad: "011", trunk: "0", length: 10},
	"IN": {code: "91", abroad: "00", trunk: "0", length: 10},
	"BR": {code: "55", abroad: "00", trunk: "0"},
	"AU": {code: "61", abroad: "0011", trunk: "0"},
	"HU": {code: "36", abroad: "00", trunk: "06", length: 8},
	"JP": {code: "81", abroad: "010", trunk: "0"},
}

// readDialled reads a number that can be read.
func readDialled(typed, region string) string {
	var digits strings.Builder
	for _, r := range typed {
		for _, zero := range []rune{'0', '\uff10', '\u0660', '\u06f0', '\u0966'} {
			if r >= zero && r <= zero+9 {
				digits.WriteRune('0' + r - zero)
			}
		}
		if r == '+' || r == '\uff0b' {
			digits.WriteByte('+')
		}
	}
	own := plans[region]
	number, international := strings.CutPrefix(digits.String(), "+")
	for _, prefix := range []string{own.abroad, "00"} {
		if !international && prefix != "" {
			number, international = strings.CutPrefix(number, prefix)
		}
	}
	if !international && own.length > 0 && len(number) == len(own.code)+own.length && strings.HasPrefix(number, own.code) {
		international = true
	}
	if international {
		own = plan{}
		for _, p := range plans {
			if rest, found := strings.CutPrefix(number, p.code); found && len(p.code) > len(own.code) {
				own, number = p, rest
				break // no code here begins like another
			}
		}
	}
	if !own.whole && own.trunk != "" {
		number = strings.TrimPrefix(number, own.trunk)
	}
	return "+" + own.code + number
}

func numberVectors() (out []vectors.Vector) {
	for _, v := range [][3]string{
		{"number in full", "PL", bankLine},
		{"number with spaces", "GB", "+44 20 7946 0958"},
		{"number with a zero in brackets", "GB", "+44 (0)20 7946 0958"},
		{"number with a zero in brackets that nobody dials any more", "PL", "+48 (0)22 111 22 33"},
		{"number with a zero after its country code", "PL", "+48 022 111 22 33"},
		{"number with 00", "PL", "0048 (22) 111-22.33"},
		{"number with 00 and a zero in brackets", "GB", "0044 (0)20 7946 0958"},
		{"number with 00 where 011 is dialled", "US", "0044 20 7946 0958"},
		{"number with 011", "US", "011 44 20 7946 0958"},
		{"number with 0011", "AU", "0011 44 20 7946 0958"},
		{"number with 010", "JP", "010 81 3 1234 5678"},
		{"number with its country code and no sign", "PL", "48 22 111 22 33"},
		{"number with its country code in brackets", "GB", "(+44) 20 7946 0958"},
		{"number of another country", "PL", "+44 20 7946 0958"},
		{"number of another country by 00", "GB", "0048 22 111 22 33"},
		{"number with a sign and no region", "", "+44 (0)20 7946 0958"},
		{"number with 00 and no region", "", "0044 20 7946 0958"},
		{"British number", "GB", "020 7946 0958"},
		{"British number in brackets", "GB", "(020) 7946 0958"},
		{"British number grouped otherwise", "GB", "0207 946 0958"},
		{"Polish number", "PL", "22 111 22 33"},
		{"Polish number as long ago", "PL", "(0-22) 111 22 33"},
		{"Polish number with a slash", "PL", "22/111-22-33"},
		{"Polish mobile number", "PL", "512 345 678"},
		{"German number", "DE", "030 12345678"},
		{"German number with a slash", "DE", "030/12345678"},
		{"German number with a slash and spaces", "DE", "+49 (0) 30 / 12 34 56 78"},
		{"German number with an extension of its own digits", "DE", "030 123456-78"},
		{"French number", "FR", "01 42 68 53 00"},
		{"French number with dots", "FR", "01.42.68.53.00"},
		{"French number with a zero in brackets", "FR", "+33 (0)1 42 68 53 00"},
		{"Italian number", "IT", "06 1234 5678"},
		{"Italian number in full", "IT", "+39 06 1234 5678"},
		{"Italian number with a zero in brackets", "IT", "+39 (0)6 1234 5678"},
		{"Italian mobile number", "IT", "347 123 4567"},
		{"Spanish number", "ES", "91 123 45 67"},
		{"Spanish number with a zero in brackets", "ES", "+34 (0)91 123 45 67"},
		{"American number", "US", "(212) 555-0123"},
		{"American number with dots", "US", "212.555.0123"},
		{"American number with a 1", "US", "1-212-555-0123"},
		{"American number in full", "US", "+1 (212) 555-0123"},
		{"Indian number", "IN", "022 2345 6789"},
		{"Indian mobile number", "IN", "98765 43210"},
		{"Indian mobile number with a zero", "IN", "098765 43210"},
		{"Indian number in Devanagari", "IN", "\u0966\u0968\u0968 \u0968\u0969\u096a\u096b \u096c\u096d\u096e\u096f"},
		{"Brazilian number", "BR", "(11) 2345-6789"},
		{"Brazilian number with a zero", "BR", "0 11 2345-6789"},
		{"Australian number", "AU", "(02) 9374 4000"},
		{"Australian number with a zero in brackets", "AU", "+61 (0)2 9374 4000"},
		{"Australian number of six digits", "AU", "13 22 21"},
		{"Hungarian number", "HU", "06 1 234 5678"},
		{"Japanese number in wide digits", "JP", "\uff10\uff13\u30fc\uff11\uff12\uff13\uff14\u30fc\uff15\uff16\uff17\uff18"},
		{"number in wide digits", "GB", "\uff0b\uff14\uff14 \uff12\uff10 \uff17\uff19\uff14\uff16 \uff10\uff19\uff15\uff18"},
		{"number in Arabic digits", "GB", "\u0660\u0662\u0660 \u0667\u0669\u0664\u0666 \u0660\u0669\u0665\u0668"},
		{"number in Persian digits", "GB", "+\u06f4\u06f4 \u06f2\u06f0 \u06f7\u06f9\u06f4\u06f6 \u06f0\u06f9\u06f5\u06f8"},
		{"number with spaces that do not break", "GB", "020\u00a07946\u202f0958"},
		{"number with thin spaces", "GB", "020\u20097946\u20090958"},
		{"number with a dash and a hyphen that does not break", "GB", "020\u20137946\u20110958"},
		{"number with a minus sign", "GB", "020\u22127946\u22120958"},
		{"number out of writing to the left", "GB", "\u202a+44 20 7946 0958\u202c"},
		{"number between marks of direction", "GB", "\u200e020 7946 0958\u200f"},
		{"number of a link", "GB", "tel:+44-20-7946-0958"},
		{"number of a link in capitals", "GB", "TEL:+442079460958"},
		{"number in quotation marks", "GB", "\u201c+44 20 7946 0958\u201d"},
		{"number with a line end after it", "GB", " 020 7946 0958 \r\n"},
		{"number that no plan knows", "PL", "+48 99 999 99 99"},
	} {
		number := readDialled(v[2], v[1])
		out = append(out, valid(v[0], "typed number", nil, numberInput{v[1], v[2]}, numberOutput{number, number[len(number)-4:]}))
	}
	return out
}

func invalidNumbers() (out []vectors.Invalid) {
	for _, v := range [][4]string{
		{"no number", "GB", "", "A number has digits."},
		{"number of a sign alone", "GB", "+", "A number has digits."},
		{"number of words", "GB", "unknown", "Letters are no digits."},
		{"number with letters for digits", "US", "1-800-FLOWERS", "Letters are no digits."},
		{"number with the letter O", "GB", "+44 20 7946 O958", "Letters are no digits."},
		{"number with an extension", "US", "212-555-0123 ext. 4", "An extension is not part of a number."},
		{"number with an extension by x", "US", "212-555-0123 x4", "An extension is not part of a number."},
		{"number with an extension by ;ext=", "US", "tel:+12125550123;ext=4", "An extension is not part of a number."},
		{"number with an extension by #", "US", "212-555-0123#4", "An extension is not part of a number."},
		{"number with pauses", "US", "212-555-0123,,4", "What is dialled later is not part of a number."},
		{"number after a service code", "GB", "*#31#020 7946 0958", "What is dialled before is not part of a number."},
		{"two numbers", "GB", "+44 20 7946 0958 +44 20 7946 0959", "A + stands in front of all digits."},
		{"two numbers with a comma", "GB", "020 7946 0958, 020 7946 0959", "Nothing but the characters of one number is read."},
		{"two numbers with a slash", "DE", "030 123456 / 123457", "A slash stands after an area code only."},
		{"two numbers on two lines", "GB", "020 7946 0958\n020 7946 0959", "The end of a line ends a number."},
		{"number without its area code", "GB", "7946 0958", "It has the length of a number within a town."},
		{"number that may lack its area code", "DE", "2345678", "In Germany it could be 0234 5678, or the end of another number."},
		{"American number without its area code", "US", "555-0123", "It has the length of a number within a town."},
		{"short number", "GB", "3322", "It is not of E.164."},
		{"short number of five digits", "PL", "19 999", "It is not of E.164."},
		{"number one digit too long", "PL", "22 111 22 33 4", "Polish numbers have nine digits."},
		{"number one digit too short", "PL", "22 111 22 3", "Polish numbers have nine digits."},
		{"number in full that is too long", "PL", "+4812345678901234", "E.164 has at most 15 digits."},
		{"number in full that is too short", "PL", "+48123", "Polish numbers have nine digits."},
		{"number of a country that there is not", "GB", "+999 20 7946 0958", "999 is no country code."},
		{"number with a zero for its country", "GB", "+020 7946 0958", "No country code begins with 0."},
		{"number without a country, of a bank without one", "", "020 7946 0958", "Without a region the country code must be there."},
		{"number without a country that its country does not have", "PL", "99 999 99 99", "Without a country code it must be one that the region's plan has."},
		{"number with a zero that may be part of it", "PL", "+48 (0)99 999 99 99", "Both numbers are possible, and neither is one that the plan has."},
		{"Italian number without its zero", "IT", "+39 6 1234 5678", "With the zero it would be one that the plan has."},
		{"number with a raised digit", "GB", "020 7946 095\u00b2", "Only decimal digits count."},
		{"number of over 64 characters", "GB", "+44 20 " + strings.Repeat("(", 30) + strings.Repeat(")", 30) + " 7946 0958", "A number is typed by a person."},
	} {
		out = append(out, invalid("British number", ending.NotACode, v[0], v[3], to{"region": v[1], "typed": v[2]}))
	}
	return out
}
