// Tests of the rules for domains and telephone numbers.

package trust

import (
	"strings"
	"testing"
)

func TestDomains(t *testing.T) {
	for d, good := range map[string]bool{
		"": true, "examplebank.com": true, "a.b-c.example": true, "xn--bnk-qla.example": true, "xn--e1afmkfd.xn--p1ai": true,
		"xn--a.com": false, "xn--zzzzzzzz99.com": false, "ab--cd.com": false, "examplebank.xn--": false, "examplebank.c0m": false,
		"example": false, "-a.com": false, "a-.com": false, "a..com": false, ".com": false, "EXAMPLE.com": false,
		"ex\u0430mple.com": false, "example.com.": false, "example.com:443": false, "a b.com": false,
		strings.Repeat("a.", 130) + "com": false,
	} {
		if err := CheckDomain(d); (err == nil) != good {
			t.Errorf("%q: %v", d, err)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("Anna Kowalska", "+48 22 111 22 33")
	f.Fuzz(func(t *testing.T, name, number string) {
		if CheckName(name) == nil && !Confusable(name, strings.ToUpper(name)) && strings.EqualFold(name, strings.ToUpper(name)) {
			t.Errorf("%q is not confusable with its capitals", name)
		}
		if mended := NormaliseName(name); NormaliseName(mended) != mended {
			t.Errorf("%q is mended twice", name)
		}
		if n, err := ReadNumber(number, "PL"); err == nil && !IsLine(LineOf(n.E164)) {
			t.Errorf("%q has no line", n.E164)
		}
	})
}

func TestDomainsAsPeopleTypeThem(t *testing.T) {
	for typed, want := range map[string]string{
		"examplebank.com": "examplebank.com", " ExampleBank.COM ": "examplebank.com", "https://www.examplebank.com/": "www.examplebank.com",
		"examplebank.com.": "examplebank.com", "bank-\u015bl\u0105ski.pl": "xn--bank-lski-gdb85g.pl", "": "",
	} {
		if got := NormaliseDomain(typed); got != want || CheckDomain(got) != nil {
			t.Errorf("%q: %q", typed, got)
		}
	}
	for _, typed := range []string{"examplebank.com/login", "examplebank.com:443", "example bank.com", "-a.com", "a..com"} {
		if got := NormaliseDomain(typed); CheckDomain(got) == nil {
			t.Errorf("%q was taken as %q", typed, got)
		}
	}
}
