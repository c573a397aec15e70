// This file tests links: a table of good ones, a table of hostile ones, and
// what holds for all.

package screenpop_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"countersign/session/bank/directory"
	"countersign/session/computer/screenpop"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

func TestLinksThatAreUnderstood(t *testing.T) {
	all := screenpop.Request{Customer: "C-1001", Direction: offer.BankCalled, Purpose: trust.CardPayment, Line: "+48221112233"}
	for link, want := range map[string]screenpop.Request{
		"countersign://call":                              {},
		"countersign://call/":                             {},
		"countersign://call?":                             {},
		"countersign://call?customer=C-1001":              {Customer: "C-1001"},
		"countersign://call/?customer=C-1001":             {Customer: "C-1001"},
		"COUNTERSIGN://call?customer=C-1001":              {Customer: "C-1001"},
		"countersign://call?customer=a+b":                 {Customer: "a+b"},
		"countersign://call?customer=a%20b":               {Customer: "a b"},
		"countersign://call?customer=%C5%81%C3%B3d%C5%BA": {Customer: "Łódź"},
		"countersign://call?customer=a%2526b":             {Customer: "a%26b"}, // decoded once, not twice
		"countersign://call?customer=a%26line%3D1":        {Customer: "a&line=1"},
		"countersign://call?direction=customer-called":    {Direction: offer.CustomerCalled},
		"countersign://call?line=+48221112233":            {Line: "+48221112233"},
		"countersign://call?line=%2B48221112233":          {Line: "+48221112233"},
		"countersign://call?line=+48%20(0)22-111-22-33":   {Line: "+48221112233"},
		"countersign://call?line=00442079460958":          {Line: "+442079460958"},
		"countersign://call?line=tel:%2B442079460958":     {Line: "+442079460958"},
		"countersign://call?line=020%207946%200958":       {Line: "02079460958"}, // which country, the form knows
		"countersign://call?line=%D9%A0%D9%A2%D9%A0%D9%A7%D9%A9%D9%A4%D9%A6%D9%A0%D9%A9%D9%A5%D9%A8": {Line: "02079460958"},
		"countersign://call?purpose=other": {Purpose: trust.OtherPurpose},
		"countersign://call?customer=C-1001&direction=bank-called&line=+48221112233&purpose=card-payment": all,
		"countersign://call?purpose=card-payment&line=+48221112233&direction=bank-called&customer=C-1001": all,
		"countersign://call?customer=" + strings.Repeat("x", 64):                                          {Customer: strings.Repeat("x", 64)},
	} {
		t.Run(link, func(t *testing.T) {
			got, err := screenpop.Parse(link)
			if err != nil || got != want {
				t.Fatalf("%+v, %v; want %+v", got, err, want)
			}
			if again, err := screenpop.Parse(got.Link()); err != nil || again != want {
				t.Errorf("its own link %q: %+v, %v", got.Link(), again, err)
			}
		})
	}
}

// longLink is good but for its length: everything in it is encoded that need
// not be.
func longLink() string {
	encoded := func(text string) (all string) {
		for i := range len(text) {
			all += fmt.Sprintf("%%%02X", text[i])
		}
		return all
	}
	return "countersign://call?customer=" + encoded(strings.Repeat("Ł", 64)) + "&direction=" + encoded("customer-called") +
		"&purpose=" + encoded("account-access") + "&line=" + encoded("+482211122334455")
}

func TestHostileLinks(t *testing.T) {
	for name, link := range map[string]string{
		"nothing":                   "",
		"no scheme":                 "call?customer=C-1001",
		"another scheme":            "https://call?customer=C-1001",
		"a scheme that begins so":   "countersignx://call?customer=C-1001",
		"no slashes":                "countersign:call?customer=C-1001",
		"one slash":                 "countersign:/call?customer=C-1001",
		"three slashes":             "countersign:///call?customer=C-1001",
		"another place":             "countersign://enrol?customer=C-1001",
		"a place that begins so":    "countersign://call.example.com?customer=C-1001",
		"capitals in the place":     "countersign://CALL?customer=C-1001",
		"a port":                    "countersign://call:80?customer=C-1001",
		"a user":                    "countersign://eve@call?customer=C-1001",
		"a user and password":       "countersign://eve:x@call?customer=C-1001",
		"a path":                    "countersign://call/start?customer=C-1001",
		"a path upwards":            "countersign://call/..?customer=C-1001",
		"an encoded path":           "countersign://call/%2e?customer=C-1001",
		"an encoded place":          "countersign://c%61ll?customer=C-1001",
		"a fragment":                "countersign://call?customer=C-1001#start",
		"an empty fragment":         "countersign://call?customer=C-1001#",
		"an unknown parameter":      "countersign://call?customer=C-1001&start=1",
		"a parameter in capitals":   "countersign://call?Customer=C-1001",
		"an encoded parameter name": "countersign://call?c%75stomer=C-1001",
		"a repeated parameter":      "countersign://call?customer=C-1001&customer=C-1002",
		"the same twice":            "countersign://call?customer=C-1001&customer=C-1001",
		"no value":                  "countersign://call?customer",
		"an empty value":            "countersign://call?customer=",
		"an empty parameter":        "countersign://call?customer=C-1001&&line=+48221112233",
		"an end that is missing":    "countersign://call?customer=C-1001&",
		"a beginning that is":       "countersign://call?&customer=C-1001",
		"semicolons":                "countersign://call?customer=C-1001;line=+48221112233",
		"an equals sign in a value": "countersign://call?customer=C-1001=1",
		"two encodings":             "countersign://call?line=%252B48221112233",
		"a cut escape":              "countersign://call?customer=C%2",
		"an escape that is none":    "countersign://call?customer=C%zz",
		"a bare percent sign":       "countersign://call?customer=100%",
		"bytes that are no text":    "countersign://call?customer=%ff%fe",
		"half a character":          "countersign://call?customer=%C5",
		"an overlong slash":         "countersign://call?customer=%c0%af",
		"a zero byte":               "countersign://call?customer=C%001",
		"a new line":                "countersign://call?customer=C%0A1001",
		"an escape sequence":        "countersign://call?customer=%1b[31mC",
		"a bare new line":           "countersign://call?customer=C\n1001",
		"a space":                   "countersign://call?customer=C 1001",
		"spaces at the ends":        "countersign://call?customer=%20C-1001",
		"only a space":              "countersign://call?customer=%20",
		"writing that turns round":  "countersign://call?customer=%E2%80%AEC-1001",
		"an isolate":                "countersign://call?customer=%E2%81%A6C-1001",
		"an invisible character":    "countersign://call?customer=C%E2%80%8B1001",
		"a line separator":          "countersign://call?customer=C%E2%80%A81001",
		"a byte order mark":         "countersign://call?customer=%EF%BB%BFC-1001",
		"a replacement character":   "countersign://call?customer=%EF%BF%BD",
		"letters outside ASCII":     "countersign://call?customer=Łódź",
		"a long reference":          "countersign://call?customer=" + strings.Repeat("x", 65),
		"a long link":               longLink(),
		"a very long link":          "countersign://call?customer=" + strings.Repeat("x", 1<<20),
		"a direction of nobody":     "countersign://call?direction=both",
		"a direction by number":     "countersign://call?direction=1",
		"a purpose of nobody":       "countersign://call?purpose=all-my-money",
		"a purpose by number":       "countersign://call?purpose=1",
		"a short number":            "countersign://call?line=3322",
		"two lines":                 "countersign://call?line=+48221112233%20+48221112244",
		"a line on two lines":       "countersign://call?line=%2B4822%0A1112233",
		"a country of nobody":       "countersign://call?line=+999221112233",
		"a line with letters":       "countersign://call?line=+4822CALLNOW",
		"a line with an extension":  "countersign://call?line=+48221112233,,1234",
		"a short line":              "countersign://call?line=+482",
		"digits raised":             "countersign://call?line=%2B4822111223%C2%B3",
		"a flag":                    "--customer=C-1001",
		"a script":                  "countersign://call?customer=C&direction=bank-called&start=javascript:alert(1)",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := screenpop.Parse(link)
			if ending.Of(err, "") != ending.NotACode || got != (screenpop.Request{}) {
				t.Fatalf("%q gives %+v, %v", link, got, err)
			}
			if strings.Contains(err.Error(), "1001") {
				t.Errorf("the error repeats the link: %v", err)
			}
		})
	}
}

func TestFlags(t *testing.T) {
	got, err := screenpop.FromFlags("C-1001", "bank-called", "card-payment", "0048 22 111 22 33")
	want := screenpop.Request{Customer: "C-1001", Direction: offer.BankCalled, Purpose: trust.CardPayment, Line: "+48221112233"}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := screenpop.FromFlags("", "", "", ""); err != nil || got != (screenpop.Request{}) {
		t.Errorf("no flags: %+v, %v", got, err)
	}
	for _, flags := range [][4]string{
		{"C\x1b[31m", "", "", ""}, {strings.Repeat("x", 65), "", "", ""}, {" C", "", "", ""}, {"\xff", "", "", ""},
		{"", "sideways", "", ""}, {"", "", "gift", ""}, {"", "", "", "call me"}, {"", "", "", "12"}, {"", "", "", "+48 22 111 22 33 x4"},
	} {
		if got, err := screenpop.FromFlags(flags[0], flags[1], flags[2], flags[3]); ending.Of(err, "") != ending.NotACode || got != (screenpop.Request{}) {
			t.Errorf("%q gives %+v, %v", flags, got, err)
		}
	}
}

// TestReferencesAreTheDirectorys: a reference that the bank can have fits, up
// to the length of a link, and no other.
func TestReferencesAreTheDirectorys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ref := rapid.StringOfN(rapid.RuneFrom(nil, unicode.Latin, unicode.Cyrillic, unicode.Cf, unicode.Cc, unicode.Zs, unicode.Nd), 1, 70, 150).Draw(t, "reference")
		err := screenpop.Request{Customer: ref}.Check()
		atBank := directory.CheckCustomer(ref, []string{"+48600700800"})
		if len(screenpop.Request{Customer: ref}.Link()) <= 512 && (err == nil) != (atBank == nil) {
			t.Fatalf("%q: here %v, at the bank %v", ref, err, atBank)
		}
	})
}

// FuzzParse: what is understood passes Check and survives its own link; what
// is not understood has its reason.
func FuzzParse(f *testing.F) {
	f.Add("countersign://call?customer=C-1001&direction=bank-called&line=+48221112233&purpose=card-payment")
	f.Add("countersign://call?customer=%E2%80%AEC-1001")
	f.Add("countersign://eve@call:80/x?customer=C#f")
	f.Add("countersign://call?customer=C&customer=D")
	f.Fuzz(func(t *testing.T, link string) {
		r, err := screenpop.Parse(link)
		if err != nil {
			if ending.Of(err, "") != ending.NotACode || r != (screenpop.Request{}) {
				t.Fatalf("%+v, %v", r, err)
			}
			return
		}
		if err := r.Check(); err != nil {
			t.Fatalf("%+v does not pass its own check: %v", r, err)
		}
		if again, err := screenpop.Parse(r.Link()); err != nil || again != r {
			t.Fatalf("%+v became %+v, %v", r, again, err)
		}
	})
}
