// Tests of the rules for domains and telephone numbers.

package trust

import (
	"strings"
	"testing"
)

func TestNumbers(t *testing.T) {
	for typed, want := range map[string]string{
		"+48221112233":        "+48221112233",
		"+48 22 111-22-33":    "+48221112233",
		"0048 (22) 111.22.33": "+48221112233",
		"+48\u00a0221112233":  "+48221112233",
		"22 111 22 33":        "",
		"+0221112233":         "",
		"+48123":              "",
		"+4812345678901234":   "",
		"+48221112233x":       "",
		"":                    "",
		"+":                   "",
		"+48\n221112233":      "",
		"+\u0664\u0668221112": "",
	} {
		got, err := NormaliseNumber(typed)
		if (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
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
		if n, err := NormaliseNumber(number); err == nil && !IsLine(LineOf(n)) {
			t.Errorf("%q has no line", n)
		}
	})
}
