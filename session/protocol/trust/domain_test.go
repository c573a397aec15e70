// These tests hold when two banks can be taken for one another.

package trust

import "testing"

func TestSameDomainIsOfOneRegistrant(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{"examplebank.com", "examplebank.com", true}, {"login.examplebank.com", "examplebank.com", true},
		{"a.b.examplebank.co.uk", "c.examplebank.co.uk", true}, {"examplebank.com", "examplebank.net", false},
		{"examplebank.co.uk", "otherbank.co.uk", false}, {"co.uk", "co.uk", true}, {"co.uk", "examplebank.co.uk", false},
		{"one.github.io", "two.github.io", false}, {"badexamplebank.com", "examplebank.com", false},
		{"", "", false}, {"", "examplebank.com", false}, {"examplebank.com", "", false},
	} {
		if got := SameDomain(row.a, row.b); got != row.want {
			t.Errorf("%q and %q: %t", row.a, row.b, got)
		}
	}
}

func TestMentionsIsOfWholeWords(t *testing.T) {
	for text, want := range map[string]bool{
		"Northgate Bank": true, "Cards, Northgate Bank": true, "Northgate-Bank (UK)": true, "N\u043erthgate Bank Team": true, // a Cyrillic letter
		"Northgate Bank-Alice": true, "Northgate Bank\u2019s Alice": true, "Alice&Northgate Bank": true, "Alice\u00b7Northgate Bank": true, "Northgate Bank.Alice": true,
		"Alice-northgate.example": true, "northgate.example's Alice": true, "Alice northgate\u00b7example": true, "Northgate Example": false,
		"northgate.example": true, "Help www.northgate.example": true, "Bank Northgate": false, "Northgate": false, "Anna Kowalska": false, "Northgate Banking": true, "TheNorthgateBank2": true, "Northgate the Bank": false,
		"northgate/example": true, "Northgate. Example": true, "": false,
	} {
		if got := Mentions(text, "Northgate Bank", "northgate.example"); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
	if Mentions("- &", "", "") || Mentions("Anna", "", "northgate.example") || !Mentions("northgate.example", "", "northgate.example") {
		t.Error("a bank without a name is found, or one without its domain")
	}
	if Mentions("Banking", "ING", "ing.example") || !Mentions("Team ING", "ING", "") || Mentions("Ing. Nov\u00e1k", "ING", "") {
		t.Error("a short name is found inside of a word, or not as one")
	}
	for text, want := range map[string]bool{
		"\u041d\u0405\u0412\u0421 Fraud team": true, "H5BC Fraud": true, "H-S-B-C": true, "HSB\u010a": true, "I-ISBC team": true, "HSBC\u2019s team": true,
		"hsbc": false, "Hsbc": false, "HSBCs": false, "Hasbc": false,
	} {
		if Mentions(text, "HSBC", "") != want {
			t.Errorf("%q beside HSBC", text)
		}
	}
	if Mentions("Ai Tanaka", "AL", "") || !Mentions("AL team", "AL", "") || !Mentions("1NG team", "ING", "") || Mentions("ing. de Vries", "ING", "") {
		t.Error("a name of two or three letters")
	}
}

func TestClashIsOfNameOrDomain(t *testing.T) {
	for _, row := range []struct {
		name, domain string
		want         bool // with Example Bank, examplebank.co.uk
	}{
		{"Example Bank", "", true}, {"EXAMPLE-BANK", "x.example", true}, {"Northern Trust", "login.examplebank.co.uk", true},
		{"examplebank.co.uk", "x.example", true}, {"ExampleBank.co.uk", "", true}, {"www.examplebank.co.uk", "x.example", true},
		{"exampIebank.co.uk", "", true}, // a capital i
		{"www.examplebank.co.uk (UK)", "", true}, {"Help, examplebank.co.uk/login", "", true}, {"Help exampIebank.co.uk", "", true},
		{"Northern Trust", "exarnplebank.co.uk", true}, {"Northern Trust", "example-bank.co.uk", true}, {"Northern Trust", "examp1ebank.co.uk", true},
		{"Northern Trust", "examplebank.co.uk.evil.test", true}, {"Northern Trust", "login-examplebank.co.uk-safe.test", true},
		{"examplebank.co.uk's help", "", true}, {"Help (examplebank.co.uk.net)", "", true},
		{"Northern Trust", "myexamplebank.co.uk", false}, {"Northern Trust", "examplebank.com", false},
		{"Northern Trust", "", false}, {"Northern Trust", "northern.co.uk", false}, {"northern.co.uk", "", false},
	} {
		if got := Clash(row.name, row.domain, "Example Bank", "examplebank.co.uk"); got != row.want {
			t.Errorf("%q, %q: %t", row.name, row.domain, got)
		}
		if got := Clash("Example Bank", "examplebank.co.uk", row.name, row.domain); got != row.want {
			t.Errorf("the other way round, %q, %q: %t", row.name, row.domain, got)
		}
	}
}
