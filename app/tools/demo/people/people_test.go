// This file tests what counts as read.

package people

import "testing"

func TestATextStandsAmongWhatIsBesideIt(t *testing.T) {
	const text = "Is your account as you left it?"
	for read, want := range map[string]bool{
		"Bank: Is your account as you left it?":                                                  true,
		"Is your A be careful account as you left it ?":                                          true, // another column's line came along
		"lsyour is youraccount as. you left it":                                                  true, // spots, and spaces that are missing
		"Is anybody there? Is your account as you left it":                                       true, // the first word twice
		"Is your An earlier call was stopped; be A careful account as you left it?":              true, // and an icon
		"Is your account as you":                                                                 false,
		"your account as you left it":                                                            false,
		"Is your account, and then a great deal of other text of another column, as you left it": false,
		"": false,
	} {
		if stands(read, text) != want {
			t.Errorf("%q: %t", read, !want)
		}
	}
}

func TestATicketHasTwoParts(t *testing.T) {
	address, code, err := partsOf("CT1:bank.example:4443/ABCD-EFGH-IJKL-MNOP")
	if err != nil || address != "bank.example:4443" || code != "ABCD-EFGH-IJKL-MNOP" {
		t.Errorf("%q %q %v", address, code, err)
	}
	for _, other := range []string{"", "CT1:bank.example", "bank.example/ABCD", "https://bank.example/"} {
		if _, _, err := partsOf(other); err == nil {
			t.Errorf("%q is taken for a ticket", other)
		}
	}
}
