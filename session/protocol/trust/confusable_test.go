// Tests of names that can be taken for one another: what a fraudster writes
// instead of a bank's name is found, and different banks stay different.

package trust

import (
	"fmt"
	"strings"
	"testing"
)

// spoofs are names that are read as the name before them.
var spoofs = map[string][]string{
	"Example Bank": {
		"EXAMPLE BANK", "example bank", "Example-Bank", "ExampleBank", "Example. Bank", "Example (Bank)", "Example\u2019Bank", "Example\u02bc Bank",
		"Ex\u00e0mple Bank", "Ex\u0105mple Bank", "Examp\u0142e Bank", "Example B\u00e4nk", "\u1eb8xample Bank", // accents
		"Ex\u0430mple Bank", "\u0395xample Bank", "\u0415\u0445\u0430\u043c\u0440\u04cf\u0435 Bank", "\u0415\u0445\u0430\u043c\u0440\u04c0\u0435 \u042c\u0430\u043f\u043a", // Cyrillic, palochka
		"\u0415\u0425\u0410\u041c\u0420\u0406\u0415 \u0412\u0410\u0418\u041a", "Example \u0392\u0391\u039d\u039a", "\u0395\u03a7\u0391\u039c\u03a1\u0399\u0395 \u0392\u0391\u039d\u039a",
		"Exarnple Bank", "Example 8ank", "ExampIe Bank", "Examp1e Bank", "Exampie Bank", "Exampl\u0259 Bank", "Exampl\u025b Bank", "\u018fxample Bank",
		"Ex\u0251mple Bank", "Example \u0181ank", "Example Ba\u014bk", "Example Ban\u0199", "Exam\u01bfle Bank", "Exam\u00fele Bank", "Ex\u0101mpl\u0119 B\u0101\u0146\u0137", "Ex\u03b1mple Bank", "Exa\u0271ple Bank",
	},
	"Santander": {
		"5antander", "5ANTANDER", "\u0405\u0430\u043f\u0442\u0430\u043f\u0501\u0435\u0433", "Santan\u0501er", "Santancler", "Santanc1er", "\u054f\u0430ntander", "Sant\u0251nder", "San\u0165\u0103\u0144\u0111er", "Santander.",
		"S\u0391NT\u0391ND\u0395R", "\u01bcantander", "San\u0167ander", "S\u039bNT\u039bNDER", "Santa\u057cder", "Santande\u024d", "Sa\u0578ta\u0578der", "S\u03b1nt\u03b1nder",
	},
	"Monzo":                    {"IVIonzo", "lVlonzo", "rvlonzo", "Rnonzo", "Nnonzo"},
	"UBS":                      {"LJBS", "IJBS"},
	"Rabobank":                 {"I2abobank", "12abobank", "Rabolo4nk"},
	"Swedbank":                 {"Suuedbank", "SVVEDBANK"},
	"Qatar National Bank":      {"\u024aatar National Bank", "9atar National Bank"},
	"OSLO":                     {"\u0555\u054f\u053c\u0555"},
	"PKO":                      {"\u048e\u041a\u041e"},
	"Fjord":                    {"F\u0237ord"},
	"Bank Polski":              {"Bank Pol\u023fki", "BANK POL\u2c7eKI", "Bank Po\u026cski", "BANK PO\ua7adSKI"},
	"Zopa":                     {"\u0240opa", "\u2c7fopa"},
	"N26":                      {"\u039d26", "N 26", "N2\u0431", "NZ6", "\u014726", "n-26", "\u0147-Z6"},
	"Lloyds Bank":              {"L1oyds Bank", "LIoyds Bank", "\u0406\u0406oyds Bank", "\u04c0\u04c0\u043e\u0443\u0501\u0455 Bank", "LI0yds Bank", "Lloycls Bank", "Ll\u00f8yds Bank", "\u0141\u0142oyds Bank", "L\u05d5oyds Bank"},
	"PKO Bank":                 {"\u0420\u041a\u041e \u0412ank", "PK0 Bank", "P\u041a\u039f Bank", "PK\u0555 Bank", "\u0420\u039a\u0555 Bank"},
	"Wells Fargo":              {"VVells Fargo", "We11s Farg0", "\u051dells Fargo", "\u0428ells Fargo", "\u0561ells Fargo", "WeIls Far\u0261o", "VVELLS FARGO"},
	"HSBC":                     {"\u041d\u0405\u0412\u0421", "H5BC", "HS8C", "\u0397S\u0392C", "\u04baSBC", "h s b c", "\u041dSB\u0421", "I-ISBC", "l-lSBC", "I+ISBC", "HSI3C", "IISBC"},
	"Commerzbank":              {"Cornrnerzbank", "Commer2bank", "C0mmerzbank", "\u0421\u043e\u043c\u043cerzbank", "Commerz-Bank"},
	"Nordea":                   {"Norclea", "Norolea", "N\u00f8rdea", "\u039d\u043erdea", "Nor\u00f0ea", "\u0220ordea"},
	"O\u2019Neil":              {"O'Neil", "ONeil", "0'Neil", "O\u02bcNeil", "\u0555'Neil"},
	"Gro\u00dfbank":            {"Grossbank", "GROSSBANK", "Gro55bank", "Gro\u03b2bank"},
	"\u0141\u00f3d\u017a Bank": {"Lodz Bank", "L\u00f3dz Bank", "L0dz Bank"},
	"Northgate Bank":           {"Northgate \u1e9eank", "NORTHGATE \u1e9eANK", "Northgate \u00dfank", "Northgate \u03b2\u03b1\u03b7\u03ba", "Northgate \u0412\u0410\u041f\u041a", "Northgate \u00feank", "NORTHGATE \u00deANK", "N\u0254rthgate Bank", "NORTI-IGATE BANK", "Nortlngate Bank", "Nortligate Bank", "Northcjate Bank", "Northgate loank", "NORTHGATE I3ANK", "Northgate 13ank", "IVorthgate Bank", "rIorthgate Bank", "NORTHGAT\u01a9 BANK", "IVORTI-IGATE I3ANK", "Northgat\u025c Bank", "Northg\u0250te Bank", "Northg\u0252te Bank", "Nor\u0287hgate Bank", "Northgate B4nk", "Northgate 6ank", "Nor7hgate Bank", "Northqate Bank", "Northgat3 Bank", "Nort\u0265gate Bank", "Northgate Ban\u029e", "Northgat\u0437 Bank", "Nor7hqa7e 64nk", "North9ate Bank"},
	"BARCLAYS":                 {"BARCLAY\u01a7", "Barclay\u01a8", "B\u0245RCL\u0245YS", "B\u028crcl\u028cys", "\u00dfarclays"},
	"PIONEER":                  {"\u0420\u0406\u041e\u041f\u0415\u0415\u042f", "\u0440\u0456\u043e\u043f\u0435\u0435\u044f", "\u00deioneer", "Pi\u0254neer"},
	"Citibank":                 {"\u0254itibank", "\u0186ITIBANK"},
	"Swissbank":                {"Swi\u00dfbank", "Swi\u00df\u00dfank", "Swiss\u00dfank", "SWI\u1e9e\u1e9eANK"},
	"\u5de5\u5546\u9280\u884c": {"\u30a8\u5546\u9280\u884c"}, // katakana e for the Han letter
	"\u30ed\u30fc\u30f3":       {"\u53e3\u30fc\u30f3", "\u53e3\u4e00\u30f3"},
	"\u0421\u0431\u0435\u0440\u0431\u0430\u043d\u043a": {"\u0421\u0411\u0415\u0420\u0411\u0410\u041d\u041a", "C\u0431ep\u0431a\u043d\u043a"},
}

func TestConfusable(t *testing.T) {
	refused := 0
	for name, list := range spoofs {
		for _, other := range list {
			if !Confusable(name, other) || !Confusable(other, name) {
				t.Errorf("%q passes beside %q", other, name)
			}
			if CheckName(other) != nil {
				refused++
			}
		}
	}
	t.Logf("%d of them are refused as names already", refused)
}

// TestLookAlikesOfScriptsOutOfUseAreRefused holds the letters that only look
// right, and stand in no name, to be refused wherever they stand.
func TestLookAlikesOfScriptsOutOfUseAreRefused(t *testing.T) {
	for _, name := range []string{
		"\ua4d0\ua4ee\ua4e0\ua4d7", "\ua4e2\ua4ee\ua4e0\ua4d4\ua4ee\ua4e0\ua4d3\ua4f0\ua4e3", "\ua4d6\ua4f3", // Lisu: BANK, SANTANDER
		"\u13f4\u13aa\u13c0\u13e6", "\u13da\u13aa\u13a2", "\uab70\uab71", // Cherokee
		"\u2c82\u2c80\u2c9a\u2c94", "\u2c9f\u2ca3", "\u03e2\u03e3", // Coptic
		"Ban\u0138", "\u01c0\u01c0oyds", "E\u01c3", "E\u1d20ample", "\u0299\u1d00\u0274\u1d0b", "\ua731antander", "\u0461ells", "\u0475ells", "\ua64aells",
		"\u216cloyds", "\u2160NG", "\uff2e26", "\U0001d40d26", "\u24c3\u246126", "\u02e2antander", "\u212aBC", "\u2113loyds", "Ban\u2c6a", "\ua7aeNG", "\ua7b3ells",
		"\U000104b0\U000104c0", "\U00010300", "\U000118a0", "\u16c1", "\ua6df", "\U00016f3a", "\u14aa", "\u15b4",
	} {
		if CheckName(name) == nil {
			t.Errorf("%q is a name", name)
		}
	}
}

func TestDifferentBanksAreNotConfusable(t *testing.T) {
	pairs := 0
	for i, a := range realBanks {
		for _, b := range realBanks[:i] {
			if Confusable(a, b) {
				t.Errorf("%q and %q are taken for one another", a, b)
			}
			pairs++
		}
	}
	for _, pair := range [][2]string{
		{"ING", "ING-DiBa"}, {"N26", "M26"}, {"N26", "N27"}, {"Bank 24", "Bank 25"}, {"Example Bank", "Sample Bank"}, {"Example Bank", "Example Banks"},
		{"North Bank", "South Bank"}, {"Nord Bank", "Nordea"}, {"BNP", "BNB"}, {"BPH", "BPI"}, {"SEB", "SNB"}, {"UBS", "UBA"}, {"VTB", "VUB"}, {"DNB", "DKB"},
		{"Alpha Bank", "Alfa Bank"}, {"Nova Banka", "Nowa Banka"}, {"First Bank", "Fast Bank"}, {"Tatra banka", "Tatrabanka A"}, {"Bank A", "Bank B"}, {"Fidor", "Fido"},
		{"Gro\u00dfbank", "Grobank"}, {"Gro\u00dfbank", "Grossank"}, {"\u00deorbank", "Thorbank"}, {"C\u0254b", "Cab"}, {"Swi\u00df", "Swis"}, {"Bank 7", "Bank 1"}, {"Hill", "Hiu"}, {"Lenn", "Bern"}, {"KBC", "ICBC"},
	} {
		if Confusable(pair[0], pair[1]) {
			t.Errorf("%q and %q are taken for one another", pair[0], pair[1])
		}
	}
	t.Logf("%d pairs of %d banks", pairs, len(realBanks))
}

// TestWhatWasFoundBeforeIsFound holds the letters that were listed by hand
// before Unicode's data were there.
func TestWhatWasFoundBeforeIsFound(t *testing.T) {
	before := []string{
		"l", "Ii\u0131\u0142\u0141\u0456\u0406\u0399\u03b9", "o", "\u00f8\u00d8\u043e\u041e\u039f\u03bf", "d", "\u0111\u0110\u0501", "a", "\u0251\u0430\u0410\u03b1\u0391", "g", "\u0261",
		"b", "\u0412\u0432\u0392", "e", "\u0435\u0415\u0395", "j", "\u0458\u0408", "k", "\u043a\u041a\u039a\u03ba", "m", "\u041c\u043c\u039c", "h", "\u041d\u043d\u0397", "p", "\u0440\u0420\u03a1\u03c1",
		"c", "\u0441\u0421", "t", "\u0422\u0442\u03a4", "y", "\u0443\u0423\u03a5", "x", "\u0445\u0425\u03a7", "s", "\u0455\u0405", "q", "\u051b", "w", "\u051d", "z", "\u0396", "n", "\u039d", "v", "\u03bd", "u", "\u03c5",
	}
	for i := 0; i < len(before); i += 2 {
		for _, r := range before[i+1] {
			if a, b := before[i]+"ank", fmt.Sprintf("%cank", r); !Confusable(a, b) {
				t.Errorf("%q passes beside %q", b, a)
			}
		}
	}
}

func TestEveryNameIsConfusableWithItself(t *testing.T) {
	for _, name := range append(realBanks, realPeople...) {
		name = NormaliseName(name)
		if len(skeleton(name)) == 0 || !Confusable(name, name) || !Confusable(name, strings.ToUpper(name)) && strings.EqualFold(name, strings.ToUpper(name)) {
			t.Errorf("%q", name)
		}
	}
}
