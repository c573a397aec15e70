// Tests of telephone numbers: the ways in which people of many countries write
// them, what must be refused, and that no number is taken for another.

package trust

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// written are numbers as people write them, by the number that they mean: the
// country of the bank's first line, then what is typed.
var written = map[string][][2]string{
	"+442079460958": {
		{"GB", "+44 20 7946 0958"}, {"GB", "+44 (0)20 7946 0958"}, {"GB", "+44(0)2079460958"}, {"GB", "020 7946 0958"},
		{"GB", "(020) 7946 0958"}, {"GB", "(0)20 7946 0958"}, {"GB", "0207 946 0958"}, {"GB", "0044 20 7946 0958"},
		{"GB", "00 44 (0)20 7946 0958"}, {"GB", "(+44) 20 7946 0958"}, {"GB", "44 20 7946 0958"}, {"GB", "20 7946 0958"},
		{"GB", "020-7946-0958"}, {"GB", "020.7946.0958"}, {"GB", "020\u00a07946\u00a00958"}, {"GB", "020\u20097946\u202f0958"},
		{"GB", "020\u20137946\u20110958"}, {"GB", "020\u20107946\u22120958"}, {"GB", "\t020 7946 0958 \r\n"},
		{"GB", "\uff0b\uff14\uff14 \uff12\uff10 \uff17\uff19\uff14\uff16 \uff10\uff19\uff15\uff18"},
		{"GB", "\uff10\uff12\uff10\uff08\uff17\uff19\uff14\uff16\uff09\uff10\uff19\uff15\uff18"},
		{"GB", "tel:+442079460958"}, {"GB", "TEL:+44-20-7946-0958"}, {"GB", "tel:02079460958"},
		{"GB", "\u202a+44 20 7946 0958\u202c"}, {"GB", "\u200e020 7946 0958\u200f"}, {"GB", "\u2066+442079460958\u2069"},
		{"GB", "\ufeff+44 20 7946 0958"}, {"GB", "\u201c+44 20 7946 0958\u201d"}, {"GB", "\u201e+44 20 7946 0958\u201c"}, {"GB", "'020 7946 0958'"},
		{"GB", "+44 020 7946 0958"}, {"GB", "020 / 7946 0958"}, {"GB", "[020] 7946 0958"}, {"GB", "+44\u200b20\u00ad79460958"},
		{"US", "+44 20 7946 0958"}, {"US", "011 44 20 7946 0958"}, {"US", "0044 20 7946 0958"}, {"AU", "0011 44 20 7946 0958"},
		{"AU", "0044 20 7946 0958"}, {"", "+44 (0)20 7946 0958"}, {"", "0044 20 7946 0958"}, {"PL", "+44 (0)20 7946 0958"},
		{"GB", "\u0660\u0662\u0660 \u0667\u0669\u0664\u0666 \u0660\u0669\u0665\u0668"},         // Arabic-Indic
		{"GB", "+\u06f4\u06f4 \u06f2\u06f0 \u06f7\u06f9\u06f4\u06f6 \u06f0\u06f9\u06f5\u06f8"}, // Persian
	},
	"+448001111":    {{"GB", "0800 1111"}, {"GB", "+44 (0)800 1111"}, {"GB", "+44 800 1111"}},
	"+447400123456": {{"GB", "07400 123456"}, {"GB", "+44 (0)7400 123 456"}, {"GB", "07400/123456"}},
	"+48221112233": {
		{"PL", "+48 22 111 22 33"}, {"PL", "+48 (0)22 111 22 33"}, {"PL", "+48 (22) 111-22-33"}, {"PL", "22 111 22 33"},
		{"PL", "(22) 111 22 33"}, {"PL", "022 111 22 33"}, {"PL", "(0-22) 111-22-33"}, {"PL", "(0 22) 111 22 33"}, {"PL", "22/111-22-33"},
		{"PL", "0048 22 111 22 33"}, {"PL", "0048 (22) 111.22.33"}, {"PL", "48 22 111 22 33"}, {"PL", "+48 022 111 22 33"}, {"GB", "0048 22 111 22 33"},
		{"", "+48221112233"}, {"PL", "+48 221 112 233"}, {"US", "+48 (0)22 111 22 33"},
	},
	"+48512345678": {{"PL", "512 345 678"}, {"PL", "512-345-678"}, {"PL", "+48 512-345-678"}},
	"+48801123456": {{"PL", "801 123 456"}, {"PL", "0 801 123 456"}, {"PL", "0-801 123 456"}},
	"+493012345678": {
		{"DE", "030 12345678"}, {"DE", "030/12345678"}, {"DE", "030 / 12 34 56 78"}, {"DE", "(030) 12345678"}, {"DE", "+49 30 12345678"},
		{"DE", "+49 (0)30 12345678"}, {"DE", "+49 (0) 30 / 12 34 56 78"}, {"DE", "0049 30 12345678"}, {"DE", "0049 (0)30 12345678"},
		{"DE", "030 123456-78"}, {"DE", "+49-30-123456-78"}, {"DE", "49 30 12345678"},
	},
	"+4915123456789": {{"DE", "0151 23456789"}, {"DE", "0151/23456789"}, {"DE", "+49 (0)151 / 23456789"}},
	"+33142685300": {
		{"FR", "01 42 68 53 00"}, {"FR", "01.42.68.53.00"}, {"FR", "01-42-68-53-00"}, {"FR", "+33 1 42 68 53 00"}, {"FR", "+33 (0)1 42 68 53 00"},
		{"FR", "0033 1 42 68 53 00"}, {"FR", "33 1 42 68 53 00"}, {"FR", "1 42 68 53 00"}, {"FR", "0142685300"},
	},
	"+33612345678": {{"FR", "06 12 34 56 78"}, {"FR", "+33 6 12 34 56 78"}},
	"+390612345678": {
		{"IT", "06 1234 5678"}, {"IT", "06/12345678"}, {"IT", "06-12345678"}, {"IT", "+39 06 1234 5678"}, {"IT", "+39 (06) 12345678"},
		{"IT", "0039 06 1234 5678"}, {"IT", "+39 (0)6 1234 5678"}, {"IT", "39 06 1234 5678"}, {"GB", "+39 06 1234 5678"},
	},
	"+393471234567": {{"IT", "347 123 4567"}, {"IT", "347/1234567"}, {"IT", "+39 347 1234567"}, {"IT", "0039 347 1234567"}},
	"+34911234567": {
		{"ES", "911 23 45 67"}, {"ES", "91 123 45 67"}, {"ES", "+34 91 123 45 67"}, {"ES", "0034 911 234 567"}, {"ES", "(91) 123-45-67"},
		{"ES", "+34 (0)91 123 45 67"}, {"ES", "34 911 234 567"},
	},
	"+12125550123": {
		{"US", "(212) 555-0123"}, {"US", "212-555-0123"}, {"US", "212.555.0123"}, {"US", "1-212-555-0123"}, {"US", "1 (212) 555-0123"},
		{"US", "+1 212 555 0123"}, {"US", "+1 (212) 555-0123"}, {"US", "2125550123"}, {"US", "12125550123"}, {"US", "001 212 555 0123"},
		{"GB", "001 212 555 0123"}, {"CA", "(212) 555-0123"}, {"US", "212/555-0123"}, {"US", "+1 (0)212 555 0123"}, {"US", "011 1 212 555 0123"},
	},
	"+18005550199": {{"US", "1-800-555-0199"}, {"US", "(800) 555-0199"}},
	"+912223456789": {
		{"IN", "022 2345 6789"}, {"IN", "022-23456789"}, {"IN", "(022) 2345 6789"}, {"IN", "+91 22 2345 6789"}, {"IN", "+91 (0)22 2345 6789"},
		{"IN", "0091 22 2345 6789"}, {"IN", "+91-22-23456789"},
		{"IN", "\u0966\u0968\u0968 \u0968\u0969\u096a\u096b \u096c\u096d\u096e\u096f"}, // Devanagari
	},
	"+919876543210": {{"IN", "98765 43210"}, {"IN", "098765 43210"}, {"IN", "+91 98765 43210"}, {"IN", "+91-9876543210"}, {"IN", "91 98765 43210"}},
	"+551123456789": {
		{"BR", "(11) 2345-6789"}, {"BR", "11 2345 6789"}, {"BR", "0 11 2345-6789"}, {"BR", "(011) 2345-6789"}, {"BR", "+55 11 2345-6789"},
		{"BR", "+55 (11) 2345-6789"}, {"BR", "+55 (0)11 2345-6789"}, {"BR", "0055 11 2345-6789"}, {"BR", "0 15 11 2345-6789"},
	},
	"+5511961234567": {{"BR", "(11) 96123-4567"}, {"BR", "+55 11 96123 4567"}},
	"+61293744000": {
		{"AU", "02 9374 4000"}, {"AU", "(02) 9374 4000"}, {"AU", "+61 2 9374 4000"}, {"AU", "+61 (0)2 9374 4000"}, {"AU", "0061 2 9374 4000"},
		{"AU", "2 9374 4000"}, {"AU", "0011 61 2 9374 4000"},
	},
	"+61132221":      {{"AU", "13 22 21"}, {"AU", "+61 13 22 21"}},
	"+611300975707":  {{"AU", "1300 975 707"}, {"AU", "+61 1300 975 707"}},
	"+41446681800":   {{"CH", "044 668 18 00"}, {"CH", "+41 (0)44 668 18 00"}, {"CH", "0041 44 668 18 00"}},
	"+431234567890":  {{"AT", "01/234567890"}, {"AT", "+43 (0)1 234567890"}, {"AT", "01 234567-890"}},
	"+3212345678":    {{"BE", "012/34.56.78"}, {"BE", "+32 (0)12 34 56 78"}, {"BE", "012 34 56 78"}},
	"+3612345678":    {{"HU", "06 1 234 5678"}, {"HU", "(06-1) 234-5678"}, {"HU", "+36 (06) 1 234 5678"}, {"HU", "06-1/234-5678"}},
	"+74951234567":   {{"RU", "8 (495) 123-45-67"}, {"RU", "+7 495 123-45-67"}},
	"+81312345678":   {{"JP", "03-1234-5678"}, {"JP", "\uff10\uff13\u30fc\uff11\uff12\uff13\uff14\u30fc\uff15\uff16\uff17\uff18"}, {"JP", "+81 3 1234 5678"}, {"JP", "010 81 3 1234 5678"}},
	"+5491123456789": {{"AR", "+54 9 11 2345 6789"}, {"AR", "011 15-2345-6789"}},
	"+80012345678":   {{"", "+800 1234 5678"}, {"GB", "00800 1234 5678"}, {"", "00800 1234 5678"}},
	"+390549886381":  {{"IT", "+39 0549 886381"}},
}

func TestNumbersAsPeopleWriteThem(t *testing.T) {
	ways, countries := 0, map[string]bool{}
	for want, list := range written {
		for _, w := range list {
			ways++
			countries[w[0]] = true
			if got, err := ReadNumber(w[1], w[0]); err != nil || got != (Number{want, true}) {
				t.Errorf("%s %q: %+v, %v, want %s", w[0], w[1], got, err, want)
			}
		}
	}
	if ways < 60 || len(countries) < 10 {
		t.Errorf("%d ways of %d countries", ways, len(countries))
	}
}

// unreadable is what no number can be read from, or more than one.
var unreadable = [][2]string{
	{"GB", ""}, {"GB", " "}, {"GB", "+"}, {"GB", "unknown"}, {"GB", "0800 FLOWERS"}, {"US", "1-800-FLOWERS"}, {"US", "1 (800) 555-CALL"},
	{"US", "212-555-0123 ext. 4"}, {"US", "212-555-0123 x4"}, {"US", "212-555-0123#4"}, {"US", "+1 212 555 0123;ext=4"}, {"US", "tel:+12125550123;ext=4"},
	{"GB", "tel:020 7946 0958;phone-context=+44"}, {"US", "212-555-0123,,4"}, {"GB", "020 7946 0958, 020 7946 0959"}, {"GB", "020 7946 0958 / 0959"},
	{"GB", "020 7946 0958 020 7946 0959"}, {"GB", "+44 20 7946 0958 +44 20 7946 0959"}, {"GB", "020 7946 0958\n020 7946 0959"}, {"GB", "020 7946 0958 or 0959"},
	{"DE", "030 123456 / 123457"}, {"DE", "030 123456-7 / -8"}, {"DE", "03012345\n678"}, {"DE", "+49 30 123456/7"},
	{"GB", "3322"}, {"PL", "19 999"}, {"DE", "3322"}, {"DE", "33221"}, {"GB", "999"}, {"GB", "7946 0958"}, {"US", "555-0123"}, {"BR", "91234-5678"},
	{"DE", "1234567"}, {"DE", "2345678"}, {"AT", "2345678"}, {"BE", "2 123 45 67"}, {"PL", "22 111 22"}, {"PL", "22 111 22 33 4"},
	{"GB", "+44"}, {"GB", "+44 20"}, {"GB", "+44 20 7946 0958 12"}, {"GB", "+020 7946 0958"}, {"GB", "++44 20 7946 0958"}, {"GB", "44+ 20 7946 0958"},
	{"PL", "+4812345678901234"}, {"PL", "+48123"}, {"", "020 7946 0958"}, {"", "22 111 22 33"}, {"ZZ", "22 111 22 33"}, {"XX", "22 111 22 33"},
	{"GB", "+999 20 7946 0958"}, {"IT", "+39 6 1234 5678"}, {"PL", "+48 (0)99 999 99 99"}, {"GB", "*#31#020 7946 0958"}, {"GB", "\u260e 020 7946 0958"},
	{"GB", "020 7946 095\u00b2"}, {"GB", "020 7946 095\u2468"}, {"GB", "\u216b"}, {"GB", "+44 20 7946 095O"}, {"GB", "\u0441 020 7946 0958"},
	{"GB", "sip:+442079460958@example.com"}, {"GB", "+44%2020%207946%200958"}, {"GB", "tel:"}, {"GB", strings.Repeat(" 0", 40)},
	{"GB", "+44" + strings.Repeat(" ", 64) + "2079460958"}, {"GB", "\xff\xfe020 7946 0958"}, {"GB", "020 7946 0958\x00"},
}

func TestUnreadableNumbers(t *testing.T) {
	if len(unreadable) < 20 {
		t.Error("too few")
	}
	for _, w := range unreadable {
		if got, err := ReadNumber(w[1], w[0]); !errors.Is(err, ErrNumber) || got != (Number{}) {
			t.Errorf("%s %q: %+v, %v", w[0], w[1], got, err)
		}
	}
}

// TestUnusualNumbers: what no numbering plan has yet is read, and said to be
// unusual, where its country code stands there.
func TestUnusualNumbers(t *testing.T) {
	for typed, want := range map[string]string{
		"+48 99 999 99 99": "+48999999999", "0048 99 999 99 99": "+48999999999", "+1 555 123 4567": "+15551234567",
		"+34 (0)99 999 99 99": "+34999999999",
	} {
		if got, err := ReadNumber(typed, "PL"); err != nil || got != (Number{want, false}) {
			t.Errorf("%q: %+v, %v", typed, got, err)
		}
	}
	for region, typed := range map[string]string{"PL": "99 999 99 99", "US": "555 123 4567"} {
		if got, err := ReadNumber(typed, region); err == nil {
			t.Errorf("%s %q is guessed to be %+v", region, typed, got)
		}
	}
}

// TestNumbersOfOtherCountries: an equal national part makes no equal number.
func TestNumbersOfOtherCountries(t *testing.T) {
	lines := []string{"+442079460958"}
	for _, typed := range []string{"+49 20 7946 0958", "+1 207 946 0958", "+33 2 07 94 60 95 8", "+4420794609580", "+61 2 0794 6095", "020 7946 0959", "+39 020 7946 0958", "+49 (0)20 7946 0958"} {
		if got, err := ReadDialled(typed, lines); err == nil && got.E164 == lines[0] {
			t.Errorf("%q is taken for the bank's line", typed)
		}
	}
}

func TestDialledNumbersAreReadAsTheBanksCountryDoes(t *testing.T) {
	for _, test := range []struct {
		lines       []string
		typed, want string
	}{
		{[]string{"+442079460958"}, "020 7946 0958", "+442079460958"},
		{[]string{"+442079460958", "+48221112233"}, "020 7946 0958", "+442079460958"},
		{[]string{"+48221112233", "+442079460958"}, "020 7946 0958", ""}, // nine digits and a zero: not of Poland
		{[]string{"+80012345678", "+442079460958"}, "020 7946 0958", ""},
		{[]string{"+80012345678"}, "+80012345678", "+80012345678"},
		{nil, "020 7946 0958", ""},
		{nil, "+44 20 7946 0958", "+442079460958"},
		// Lines that no plan knows, or that libphonenumber would write in another way.
		{[]string{"+4402079460958"}, "+44 020 7946 0958", "+4402079460958"},
		{[]string{"+9991234567"}, "+999 123 45 67", "+9991234567"},
		{[]string{"+4812345"}, "+48 12 345", "+4812345"},
		{[]string{"+4812345"}, "12 345", ""},
	} {
		got, err := ReadDialled(test.typed, test.lines)
		if (err == nil) != (test.want != "") || got.E164 != test.want {
			t.Errorf("%v %q: %+v, %v", test.lines, test.typed, got, err)
		}
	}
}

func TestRegions(t *testing.T) {
	for n, want := range map[string]string{
		"+442079460958": "GB", "+441534123456": "JE", "+48221112233": "PL", "+12125550123": "US", "+16135550123": "CA", "+390549886381": "IT",
		"+15551234567": "US", "+48999999999": "PL", "+80012345678": "", "+9991234567": "", "": "", "junk": "", "0207": "",
	} {
		if got := RegionOf(n); got != want {
			t.Errorf("%s: %q, want %q", n, got, want)
		}
	}
}

func TestNumbersAreShownAsTheirCountryWritesThem(t *testing.T) {
	for n, want := range map[string]string{
		"+442079460958": "+44 20 7946 0958", "+48221112233": "+48 22 111 22 33", "+12125550123": "+1 212-555-0123", "+390612345678": "+39 06 1234 5678",
		"+80012345678": "+800 1234 5678", "+9991234567": "+9991234567", "+48999999999": "+48 999 999 999", "+4899999999": "+48 999 999 99", "": "", "junk": "junk", "+4402079460958": "+4402079460958", "7789": "7789",
	} {
		if got := ShowNumber(n); got != want {
			t.Errorf("%s: %q, want %q", n, got, want)
		}
	}
}

// TestNumbersOfEveryCountry: every country's numbers are read as they are, in
// every form in which the library writes them, and shown without losing a digit.
func TestNumbersOfEveryCountry(t *testing.T) {
	kinds := []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE, phonenumbers.UAN, phonenumbers.SHARED_COST}
	checked := 0
	for region := range phonenumbers.GetSupportedRegions() {
		for _, kind := range kinds {
			n := phonenumbers.GetExampleNumberForType(region, kind)
			if n == nil {
				continue
			}
			e164 := phonenumbers.Format(n, phonenumbers.E164)
			if CheckNumber(e164) != nil || !phonenumbers.IsValidNumber(n) {
				continue // too short for the wire, or dialled within the country only
			}
			checked++
			for _, typed := range []string{
				e164, phonenumbers.Format(n, phonenumbers.INTERNATIONAL), "00" + e164[1:], "tel:" + e164, ShowNumber(e164),
			} {
				if got, err := ReadNumber(typed, region); err != nil || got.E164 != e164 {
					t.Errorf("%s %q: %+v, %v, want %s", region, typed, got, err, e164)
				}
			}
			typed := phonenumbers.Format(n, phonenumbers.NATIONAL)
			if got, err := ReadNumber(typed, region); err == nil && got.E164 != e164 {
				t.Errorf("%s %q: %+v, want %s", region, typed, got, e164)
			}
		}
	}
	if checked < 500 {
		t.Errorf("only %d numbers", checked)
	}
}

// TestDigitsOfEveryScript: a digit is the one that Unicode says.
func TestDigitsOfEveryScript(t *testing.T) {
	found := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		digit, is := digitOf(r)
		if is != unicode.Is(unicode.Nd, r) {
			t.Errorf("%U: %v", r, is)
		}
		if plain := norm.NFKC.String(string(r)); is && len(plain) == 1 && plain[0] != digit {
			t.Errorf("%U is %c, not %s", r, digit, plain)
		}
		if is && (digit-'0' != byte(found%10)) {
			t.Errorf("%U is %c, out of order", r, digit)
		}
		if is {
			found++
		}
	}
}

func TestTheWiresNumbersAreStrict(t *testing.T) {
	for n, good := range map[string]bool{
		"+48221112233": true, "+4812345": true, "+480221112233": true, "+9991234567": true, "+123456789012345": true,
		"+0221112233": false, "+48123": false, "+4812345678901234": false, "+48 221112233": false, "48221112233": false,
		"+48221112233\n": false, "+48221112233x": false, "+\u0664\u0668221112233": false, "": false, "+": false,
	} {
		if err := CheckNumber(n); (err == nil) != good {
			t.Errorf("%q: %v", n, err)
		}
	}
	if LineOf("+48221112233") != "2233" || LineOf("123") != "" {
		t.Error("LineOf")
	}
	for s, want := range map[string]bool{"1234": true, "0000": true, "123": false, "12345": false, "12a4": false, "1234\n": false, "": false} {
		if IsLine(s) != want {
			t.Errorf("IsLine(%q) = %v", s, !want)
		}
	}
}

// numberHolds: what was read fits the wire, and reading it again, in any
// country, changes nothing.
func numberHolds(t interface{ Errorf(string, ...any) }, typed, region string) {
	got, err := ReadNumber(typed, region)
	if err != nil {
		if !errors.Is(err, ErrNumber) || got != (Number{}) {
			t.Errorf("%q: %+v, %v", typed, got, err)
		}
		return
	}
	for _, elsewhere := range []string{"", "GB", "IT", "US", region} {
		if again, err := ReadNumber(got.E164, elsewhere); err != nil || again != got || CheckNumber(got.E164) != nil {
			t.Errorf("%s %q: %+v, and again in %q %+v, %v", region, typed, got, elsewhere, again, err)
		}
	}
	if shown, err := ReadNumber(ShowNumber(got.E164), ""); err != nil || shown != got {
		t.Errorf("%+v is shown as %q", got, ShowNumber(got.E164))
	}
	if RegionOf(got.E164) != "" && len(RegionOf(got.E164)) != 2 {
		t.Errorf("%+v is of %q", got, RegionOf(got.E164))
	}
}

func TestReadingIsStable(t *testing.T) {
	regions := []string{"", "GB", "PL", "DE", "FR", "IT", "ES", "US", "IN", "BR", "AU", "AR", "MX", "RU", "HU", "CI", "SM", "JE", "ID", "CN"}
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.StringMatching(`(\+|00|011|0|\(0\))?[0-9]{1,3}[ \-/(]?[0-9]{1,12}`).Draw(t, "typed")
		numberHolds(t, typed, rapid.SampledFrom(regions).Draw(t, "region"))
	})
}

func FuzzReadNumber(f *testing.F) {
	for want, list := range written {
		f.Add(list[0][1], list[0][0])
		f.Add(want, "")
	}
	for _, w := range unreadable {
		f.Add(w[1], w[0])
	}
	f.Fuzz(func(t *testing.T, typed, region string) { numberHolds(t, typed, region) })
}
