// Tests of what a name holds: names of real banks and people as they type them,
// and everything that a name must not hide.

package trust

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// realBanks are names of banks as they write them, of many countries. No two
// may be taken for one another: TestDifferentBanksAreNotConfusable.
var realBanks = []string{
	"1822direkt", "3 Banken", "A+ Federal Credit Union", "ABN AMRO", "AIB", "ANZ", "AT&T Credit Union", "Aareal Bank", "Alior Bank", "Alpha Bank",
	"BBVA", "BNP Paribas", "BNP Paribas Fortis", "BPCE", "BPI", "BPH", "BRD – Groupe Soci\u00e9t\u00e9 G\u00e9n\u00e9rale", "BS2 Bank", "Banca Mediolanum",
	"Banca Monte dei Paschi di Siena", "Banca Transilvania", "Banco BPM", "Banco Sabadell", "Banco Santander, S.A.", "Banco do Brasil S/A", "Bank 24",
	"Bank Austria", "Bank Gospodarstwa Krajowego", "Bank Millennium", "Bank Pekao", "Bank Pocztowy", "Bank of America", "Bank of China (Hong Kong)",
	"Bank of Hawai\u02bbi", "Bank of Ireland", "Bank of Scotland", "Bankia", "Bankinter", "Barclays (UK)", "Belfius", "Berliner Sparkasse", "Bunq",
	"BunkerBank", "CIC", "CIMB", "Caixa d\u2019Enginyers", "CaixaBank", "Capital One", "Charles Schwab", "Citi", "City Bank", "Comdirect", "Commerzbank",
	"Cr\u00e9dit Agricole d\u2019\u00cele-de-France", "Cr\u00e9dit Mutuel", "Credit Suisse", "\u010cSOB", "\u010cesk\u00e1 spo\u0159itelna", "DKB", "DNB", "DZ Bank", "Danske Bank A/S",
	"Deutsche Bank", "Eurobank", "Erste Group", "First Direct", "Garanti BBVA", "HSBC (UK)", "HypoVereinsbank", "ICBC", "IKB", "ING", "ING-DiBa", "Intesa Sanpaolo",
	"J.P. Morgan", "Jyske Bank A/S", "KBC", "KfW", "Kutxabank", "LBBW", "LCL", "La Banque Postale", "Landesbank Hessen-Th\u00fcringen", "Lloyds Bank", "M&T Bank",
	"MKB", "mBank S.A.", "Millennium BCP", "Monese", "Monzo", "Morgan Stanley", "N26", "NLB", "NatWest", "Nationwide", "Nest Bank", "Nordea", "OTP Bank", "PKO BP",
	"PNC", "Postbank", "Prima banka", "Rabobank", "Raiffeisen Bank", "Revolut", "SEB", "SG", "SNS", "Santander", "Sberbank", "Soci\u00e9t\u00e9 G\u00e9n\u00e9rale", "Sparkasse KölnBonn",
	"Standard Chartered", "Starling", "Swedbank", "Sydbank", "T-Bank", "TSB", "Tatra banka", "Triodos", "UBS", "UniCredit", "VTB", "VUB", "Virgin Money", "Volksbank", "Wells Fargo",
	"Wise", "Ziraat Bankas\u0131", "\u0130\u015f Bankas\u0131", "Yap\u0131 Kredi", "\u00d6sterreichische Nationalbank", "Az\u0259rbaycan Beyn\u0259lxalq Bank\u0131",
	"\u0421\u0431\u0435\u0440\u0431\u0430\u043d\u043a", "\u0422-\u0411\u0430\u043d\u043a", "\u0410\u043b\u044c\u0444\u0430-\u0411\u0430\u043d\u043a", "\u0413\u0430\u0437\u043f\u0440\u043e\u043c\u0431\u0430\u043d\u043a", "\u041f\u0440\u0438\u0432\u0430\u0442\u0411\u0430\u043d\u043a", "\u041f\u0418\u0411", "\u041e\u0442\u043a\u0440\u044b\u0442\u0438\u0435", "\u041e\u0449\u0430\u0434\u0431\u0430\u043d\u043a",
	"\u0395\u03b8\u03bd\u03b9\u03ba\u03ae \u03a4\u03c1\u03ac\u03c0\u03b5\u03b6\u03b1", "\u03a4\u03c1\u03ac\u03c0\u03b5\u03b6\u03b1 \u03a0\u03b5\u03b9\u03c1\u03b1\u03b9\u03ce\u03c2", "\u0531\u0574\u0565\u0580\u056b\u0561\u0562\u0561\u0576\u056f",
	"\u10e1\u10d0\u10e5\u10d0\u10e0\u10d7\u10d5\u10d4\u10da\u10dd\u10e1 \u10d1\u10d0\u10dc\u10d9\u10d8", "\u05d1\u05e0\u05e7 \u05d4\u05e4\u05d5\u05e2\u05dc\u05d9\u05dd \u05d1\u05e2\u05f4\u05de", "\u05d1\u05e0\u05e7 \u05dc\u05d0\u05d5\u05de\u05d9",
	"\u0627\u0644\u0628\u0646\u0643 \u0627\u0644\u0623\u0647\u0644\u064a", "\u0645\u0635\u0631\u0641 \u0627\u0644\u0631\u0627\u062c\u062d\u064a", "\u0628\u0627\u0646\u06a9 \u0645\u0644\u06cc",
	"\u0e18\u0e19\u0e32\u0e04\u0e32\u0e23\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e", "\u0e18\u0e19\u0e32\u0e04\u0e32\u0e23\u0e01\u0e23\u0e38\u0e07\u0e44\u0e17\u0e22 \u0e08\u0e33\u0e01\u0e31\u0e14", "\u092d\u093e\u0930\u0924\u0940\u092f \u0938\u094d\u091f\u0947\u091f \u092c\u0948\u0902\u0915", "\u092c\u0948\u0902\u0915 \u0911\u092b \u092c\u0921\u093c\u094c\u0926\u093e",
	"\u4e09\u83f1UFJ\u9280\u884c", "\u4e09\u4e95\u4f4f\u53cb\u9280\u884c", "\u307f\u305a\u307b\u9280\u884c", "\u3086\u3046\u3061\u3087\u9280\u884c", "PayPay\u9280\u884c", "GMO\u3042\u304a\u305e\u3089\u30cd\u30c3\u30c8\u9280\u884c", "\u30aa\u30ea\u30c3\u30af\u30b9\u30fb\u30d0\u30f3\u30af",
	"KB\uad6d\ubbfc\uc740\ud589", "\uc2e0\ud55c\uc740\ud589", "\uce74\uce74\uc624\ubc45\ud06c", "\u4e2d\u56fd\u5de5\u5546\u94f6\u884c", "\u62db\u5546\u94f6\u884c", "\u4e2d\u56fd\u94f6\u884c", "Ng\u00e2n h\u00e0ng Vietcombank", "Raiffeisen \u0411\u0430\u043d\u043a",
}

// realPeople are names of people, roles and departments as they are typed.
var realPeople = []string{
	"Anna Kowalska", "Ma\u0142gorzata \u015awi\u0119cicka-\u0141\u0119cka", "O'Brien-Smith Jr.", "Se\u00e1n O\u2019Neil", "Sean O\u00b4Neil", "Se\u00e1n \u00d3 S\u00failleabh\u00e1in", "Jean-Luc Lef\u00e8vre",
	"M\u00fcller, Dr.", "J\u00fcrgen Gro\u00df", "M\u00aa Jos\u00e9 Garc\u00eda", "Mart\u00edn Nu\u00f1ez i Marcel\u00b7l\u00ed", "Gerard 't Hooft", "Gerard \u2018t Hooft", "H\u00e5kon \u00d8stby", "\u00de\u00f3ra Sigur\u00f0ard\u00f3ttir",
	"Ji\u0159\u00ed Dvo\u0159\u00e1k", "\u0218tefan Popescu", "Nguy\u1ec5n Th\u1ecb H\u1ea3i Y\u1ebfn", "I\u015f\u0131l \u00d6zt\u00fcrk", "\u00c1goston S\u0171r\u0171", "Adaora Nwosu", "Ad\u00e9b\u00e1y\u1ecd\u0300 \u1eccl\u00e1t\u00fanj\u00ed", "Ka\u02bbiulani Akana",
	"\u0410\u043d\u043d\u0430 \u0421\u043e\u043b\u043e\u0432\u044c\u0451\u0432\u0430", "\u041c\u0430\u0440'\u044f\u043d\u0430 \u0411\u0443\u0440\u044f\u043a", "\u0413\u0435\u043e\u0440\u0433\u0438 \u0419\u043e\u0446\u043e\u0432", "\u0393\u03b9\u03ce\u03c1\u03b3\u03bf\u03c2 \u03a0\u03b1\u03c0\u03b1\u03b4\u03cc\u03c0\u03bf\u03c5\u03bb\u03bf\u03c2",
	"\u05d3\u05d5\u05d3 \u05db\u05d4\u05df", "\u0645\u062d\u0645\u0651\u062f \u0639\u0644\u064a", "\u0e2a\u0e21\u0e0a\u0e32\u0e22 \u0e43\u0e08\u0e14\u0e35", "\u0928\u0930\u0947\u0928\u094d\u0926\u094d\u0930 \u0936\u0930\u094d\u092e\u093e", "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd\u0b9a\u0bc6\u0bb2\u0bcd\u0bb5\u0bbf", "\u7530\u4e2d \u592a\u90ce", "\u30a2\u30f3\u30ca\u30fb\u30b3\u30ef\u30eb\u30b9\u30ab",
	"\ubc15\uc9c0\ubbfc", "\u6b27\u9633\u5a1c\u5a1c", "Fraud team 2", "Cards & payments", "Privat-/Firmenkunden", "Head of Security (nights)",
}

func TestNamesOfRealBanksAndPeopleAreAcceptedAsTyped(t *testing.T) {
	for _, typed := range append(realBanks, realPeople...) {
		for _, typed := range []string{typed, norm.NFD.String(typed), " " + strings.ReplaceAll(typed, " ", "\u00a0 ") + "\t\n", wide(typed)} {
			name := NormaliseName(typed)
			if err := CheckName(name); err != nil {
				t.Errorf("%q, understood as %q: %v", typed, name, err)
			}
			if NormaliseName(name) != name {
				t.Errorf("%q is mended twice", typed)
			}
		}
	}
}

// wide writes a name in the wide letters of East Asian keyboards.
func wide(name string) string {
	return strings.Map(func(r rune) rune {
		if '!' <= r && r <= '~' {
			return r + 0xfee0
		}
		return r
	}, name)
}

func TestWhatIsMendedOfAName(t *testing.T) {
	for typed, want := range map[string]string{
		"Anna  Kowalska ":            "Anna Kowalska",
		"\ufeffAnna\u00a0Kowalska":   "Anna Kowalska",
		"\u3000Anna\u2003\nKowalska": "Anna Kowalska",
		"Soci\u0065\u0301t\u00e9":    "Soci\u00e9t\u00e9",
		"\uff2d\uff06\uff34":         "M&T",
		"\uff8a\uff9e\uff9d\uff78":   "\u30d0\u30f3\u30af",       // half-width katakana with a voice mark
		"\u0915\u093c\u0932\u092e":   "\u0915\u093c\u0932\u092e", // nukta: NFC keeps the two
		"Jean\u2010Luc":              "Jean-Luc",
		"M\u00fcller\u2013Schmidt":   "M\u00fcller-Schmidt",
		"O\u00b4Neil":                "O'Neil",
		"O\u2019Neil":                "O\u2019Neil", // right as it is
		"An\u200bna":                 "An\u200bna",  // not mended: CheckName refuses it
		"":                           "",
	} {
		if got := NormaliseName(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, good := range map[string]bool{
		strings.Repeat("\u0141", 40):          true,
		strings.Repeat("a", 41):               false,
		"":                                    false,
		" Anna":                               false,
		"Anna ":                               false,
		"Anna  Kowalska":                      false, // two spaces
		"Anna\u00a0Kowalska":                  false, // a space that does not break
		"Anna\u3000Kowalska":                  false, // a wide space
		"Anna 4":                              true,
		"Anna \u0664":                         false, // a digit of another script
		"365":                                 false, // no letter
		"Anna\nKowalska":                      false,
		"Anna\x1b[31m":                        false,
		"Anna\u202eaksalwoK":                  false, // right-to-left override
		"Anna\u2066Kowalska":                  false, // isolate
		"An\u200bna":                          false, // zero width space
		"An\u200dna":                          false, // zero width joiner
		"An\u00adna":                          false, // soft hyphen
		"An\ufe0fna":                          false, // variation selector, a mark
		"An\u034fna":                          false, // grapheme joiner, a mark
		"\u3164":                              false, // Hangul filler, a letter that shows nothing
		"\u115f\u1160":                        false,
		"Anna\uff21\u3164":                    false,
		"e\u0301":                             false, // not NFC: the composed letter exists
		"\u0334Anna":                          false, // a mark that lies over what stands before the name
		"Anna \u0301Kowalska":                 false,
		"Anna 4\u0301":                        false, // a mark on a digit
		"A\u0336n\u0336n\u0336a":              false, // struck through
		"q\u0300\u0301\u0302\u0303":           true,
		"q\u0300\u0301\u0302\u0303\u0304":     false, // a tower of marks
		"q\u0301\u0301":                       false, // two that look like one
		"Anna \u2705":                         false, // a check mark
		"Example\u2122":                       false,
		"...":                                 false,
		"- '":                                 false,
		"Anna/Kowalska":                       true,
		"Anna\ufffdKowalska":                  false,
		"Anna\xff":                            false,
		"\u2488 Bank":                         false, // a digit in disguise
		"\U0001d400nna":                       false, // a letter of formulas
		"\uff21nna":                           false, // a wide letter
		"\ufb01nance":                         false, // a ligature
		"<b>Anna</b>":                         false,
		"Anna_Kowalska":                       false,
		"anna@bank.com":                       false,
		"Anna\u2014Kowalska":                  false,
		"Bank: call us":                       false,
		"\u0466\u0461":                        false, // old Cyrillic
		"\u1d00\u0274\u0274\u1d00":            false, // small capitals of phonetics
		"\ua7c5":                              false,
		"\u2c80\u2c81":                        false, // Coptic
		"\u13aa\u13ab":                        false, // Cherokee
		"\ua4d0\ua4ee\ua4e0\ua4d7":            false, // Lisu
		"\u0138":                              false, // kra
		"\U0001e900":                          false, // Adlam
		"\u2d30":                              false, // Tifinagh
		"\u1401":                              false, // Canadian syllables
		"\u01c0loyds":                         false, // a click
		"\u1112\u1161\u11ab":                  false, // Hangul in loose parts is not NFC
		"\u0531\u0562\u0561":                  true,  // Armenian
		"\u10d0\u10d1":                        true,  // Georgian
		"\u0f56\u0f7c\u0f51\u0f0b":            true,  // Tibetan
		"\u13a0nna":                           false,
		"Raiffeisen \u0411\u0430\u043d\u043a": true, // one script a word
		"Raiffeisen-\u0411\u0430\u043d\u043a": true,
		"Ex\u0430mple Bank":                   false, // two in a word: Cyrillic a
		"\u0395xample Bank":                   false, // Greek epsilon
		"\u0555xford Bank":                    false, // Armenian o
		"S.\u0410. Bank":                      false, // a dot divides nothing
		"O\u2019\u041d\u0435\u0438\u043b":     false,
		"A\u05d0":                             false,
		"\u0e01A":                             false,
		"\u4e09\u83f1UFJ\u9280\u884c":         true,  // Japanese words hold Latin letters
		"\u30ab\u30fc\u30c9\u3055\u3093":      true,  // katakana, a long vowel, hiragana
		"A\u30ab\u30fc":                       true,  // Latin and katakana
		"\uad6d\u3042":                        false, // Hangul and hiragana
		"\u3105\u3042":                        false, // Bopomofo and hiragana
		"\u0411\u9280":                        false, // Cyrillic and Han
		"\u03b1\u30fc":                        false,
		"\u0431\u0430\u043d\u043a24":          true, // digits are of every script
		"\u0915\u0941\u0301":                  true,
		"A\u0941":                             false, // a Devanagari mark on a Latin letter
		"\u0e01\u0e34":                        true,  // a Thai letter with its mark
		"\u0915\u093f\u0924\u093e\u092c":      true,  // Devanagari marks that take room
		"\u0628\u0627\u0646\u06a9\u200c\u0645\u0644\u06cc": false, // a joiner that nobody sees
	} {
		if err := CheckName(name); (err == nil) != good || err != nil && !errors.Is(err, ErrContent) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestNoStrokesHideInAName plays somebody who enrols beside Citibank, Northgate
// Bank, Barclays and Pioneer with letters of another script: in a Latin word as
// letters of it, and beside the name as dust.
func TestNoStrokesHideInAName(t *testing.T) {
	for _, name := range []string{
		"C\u4e28T\u4e28BANK", "CI\u4e05IBANK", "\u531aITIBANK", "NOR\u4e05HGA\u4e05E BANK", "NOR\u3112HGATE BANK", "NORT\u5344GATE BANK", "N\u53e3RTHGATE BANK", "BARCLA\u311aS",
		"BARCLA\u4e2bS", "BARC\u4e28AYS", "P\u4e28oneer", "Northgate\u30fcBank", "Northgate Bank\u4e00", "Northgate Bank\u4e36", "Northgate Bank\u30fd", "Northgate\u30ceBank",
		"Northgate Bank\u3127", "N\u30edrthgate", "N\u30c8Hgate", "Northgate Bank\u30fc\u4e28", "\u4e3fNorthgate", "N\U000200caB", "N\u3405B", "BARCLA\u30e3S",
		"N26\u30fc", "\u9280\u884cUBS\u53e3", // in a word
		"Northgate Bank \u30fc", "Northgate Bank \u3127", "Northgate Bank \u4e28", "Northgate Bank \u4e00\u30ce", "Northgate Bank \u05d9", "Northgate Bank \u0627", "Northgate Bank \u05d5", "Northgate Bank \u0644",
		"Northgate-\u4e36-Bank", "Northgate Bank \u30fd", "\u05d9 Northgate Bank", "Northgate Bank \u0559", "Northgate Bank \u0e40", "Northgate Bank \u093d", "\u0421\u0431\u0435\u0440\u0431\u0430\u043d\u043a \u4e28", "\u0421\u0431\u0435\u0440\u0431\u0430\u043d\u043a \u05d5",
		"Northgate Bank \u31f1", "Northgate Bank \U000200ca", "\u30fc Bank \u0627", // alone
	} {
		if err := CheckName(name); !errors.Is(err, ErrContent) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{
		"JCB\u30ab\u30fc\u30c9", "PayPay\u30ab\u30fc\u30c9", "PayPay\u9280\u884c", "GMO\u3042\u304a\u305e\u3089\u30cd\u30c3\u30c8\u9280\u884c", "SBI\u65b0\u751f\u9280\u884c", "JA\u5c71\u53e3", "JA\u5341\u65e5\u753a", "Tokyo\u30e1\u30c8\u30ed",
		"IT\u90e8", "IT\u53e3\u5ea7\u90e8", "\u6797 \u4e00 (IT)", "\u5de5\u5546\u9280\u884c", "\u5341\u516d\u9280\u884c", "\u4e00", "\u30ce\u30fc\u30c8 PC", "\u4e09\u4e95\u4f4f\u53cb\u9280\u884c Bank \u4e00",
		"\u05d1\u05e0\u05e7 Citi", "\u05d1\u05e0\u05e7 \u05d9", "Citi \u0627\u0644\u0628\u0646\u0643 \u0627", "\uc624\ud2f0KB\uc740\ud589", "\u3105\u3106\u9280\u884c", "Bank \u9280\u884c",
	} {
		if err := CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestNoAcceptedNameHoldsAFormatOrControlCharacter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if CheckName(name) != nil {
			return
		}
		for _, r := range name {
			if unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co, unicode.Cs, unicode.Bidi_Control) || unicode.Is(unicode.Nd, r) && r > '9' {
				t.Fatalf("%q holds %U", name, r)
			}
		}
	})
}

// TestTheLettersOfNames counts what names may hold: another number means that
// the rules, or the Unicode of this Go, have changed, and CP1 with them.
func TestTheLettersOfNames(t *testing.T) {
	letters, marks := 0, 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if isLetter(r) {
			letters++
		}
		if isMark(r) {
			marks++
		}
	}
	if letters != 111563 || marks != 518 {
		t.Errorf("%d letters and %d marks", letters, marks)
	}
}
