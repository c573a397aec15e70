// This file holds the grammar of CP1.md to the code: its ABNF is read by a parser
// of RFC 5234, every example that CP1.md gives is tried with both, what the
// grammar makes is what the code takes, and what the code takes the grammar
// matches.

package session_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	goabnf "github.com/pandatix/go-abnf"
	"pgregory.net/rapid"

	"countersign/session/protocol/enrol"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

// holds says what the code makes of a text, by the names of the rules.
var holds = map[string]func(text string) bool{
	"domain":          func(s string) bool { return s != "" && trust.CheckDomain(s) == nil },
	"relay-address":   func(s string) bool { return trust.CheckRelay(s) == nil },
	"ticket":          func(s string) bool { t, err := enrol.ParseTicket(s); return err == nil && t.String() == s },
	"code":            func(s string) bool { code, err := offer.ParseCode(s); return err == nil && code == s },
	"shown-code":      func(s string) bool { code, err := offer.ParseCode(s); return err == nil && offer.Groups(code) == s },
	"qr-text":         func(s string) bool { _, err := offer.ParseText(s); return err == nil },
	"number":          func(s string) bool { return trust.CheckNumber(s) == nil },
	"line":            trust.IsLine,
	"program-version": func(s string) bool { return trust.CheckVersion(s) == nil },
}

func grammar(t *testing.T) *goabnf.Grammar {
	t.Helper()
	_, rest, found := strings.Cut(section(t, "### 2.7"), "```abnf\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("CP1.md has no grammar")
	}
	g, err := goabnf.ParseABNF([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func matches(t interface{ Fatal(...any) }, g *goabnf.Grammar, rule, text string) bool {
	ok, err := g.IsValid(rule, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestSpecificationGivesTheGrammar(t *testing.T) {
	g, told := grammar(t), map[string]map[string]bool{}
	word := map[bool]string{true: "yes", false: "no"}
	for _, cells := range rows(section(t, "### 2.7")) {
		rule := strings.Trim(cells[0], "`")
		if rule == cells[0] {
			continue // the head
		}
		var text string
		if err := json.Unmarshal([]byte(strings.Trim(cells[1], "`")), &text); err != nil || len(cells) != 5 || holds[rule] == nil {
			t.Errorf("%q: %v, or no such rule", cells, err)
			continue
		}
		if got := word[matches(t, g, rule, text)]; got != cells[2] {
			t.Errorf("%s: whether the grammar matches %q is %s, and %s in CP1.md", rule, text, got, cells[2])
		}
		if got := word[holds[rule](text)]; got != cells[3] {
			t.Errorf("%s: whether the code takes %q is %s, and %s in CP1.md", rule, text, got, cells[3])
		}
		if told[rule] == nil {
			told[rule] = map[string]bool{}
		}
		told[rule][cells[3]] = true
	}
	for rule := range holds {
		if !told[rule]["no"] || !told[rule]["yes"] && rule != "qr-text" {
			t.Errorf("CP1.md has not two examples of %s", rule)
		}
	}
	for _, text := range textsOf(t) {
		if !matches(t, g, "qr-text", text) {
			t.Errorf("the grammar does not match the QR text of a vector: %s", text)
		}
	}
}

// textsOf are the texts of QR codes in the vectors, as drawn.
func textsOf(t *testing.T) (texts []string) {
	t.Helper()
	data, err := os.ReadFile("protocol/testdata/cp1/offers.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Vectors []struct {
			Check string `json:"check"`
			Input struct {
				Text string `json:"text"`
			} `json:"input"`
		} `json:"vectors"`
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	for _, v := range f.Vectors {
		if v.Check == "frame" {
			texts = append(texts, v.Input.Text)
		}
	}
	if len(texts) == 0 {
		t.Fatal("no vector is a frame")
	}
	return texts
}

// TestWhatTheGrammarMakesTheCodeTakes, but for what a grammar cannot say.
func TestWhatTheGrammarMakesTheCodeTakes(t *testing.T) {
	g := grammar(t)
	beyond := map[string]func(text string) bool{
		"domain":        func(s string) bool { return len(s) > 253 || strings.Contains(s, "--") },
		"relay-address": func(s string) bool { return len(s) > 253 },
		"ticket":        func(s string) bool { return len(s) > 253 },
	}
	for _, rule := range []string{"domain", "relay-address", "ticket", "number", "line", "program-version"} {
		tried := 0
		for seed := int64(0); tried < 200; seed++ {
			if seed == 5000 {
				t.Fatalf("%s: only %d texts were tried", rule, tried)
			}
			text, err := g.Generate(seed, rule, goabnf.WithRepMax(3))
			if err != nil {
				t.Fatal(err)
			}
			if beyond[rule] != nil && beyond[rule](string(text)) {
				continue
			}
			if tried++; !holds[rule](string(text)) {
				t.Errorf("%s: the code does not take %q", rule, text)
			}
		}
	}
}

// TestWhatTheCodeTakesTheGrammarMatches: texts that are nearly right are the ones
// that a check lets through.
func TestWhatTheCodeTakesTheGrammarMatches(t *testing.T) {
	g := grammar(t)
	good := map[string][]string{
		"domain":          {"examplebank.com", "a.b-c.example", "xn--e1afmkfd.xn--p1ai"},
		"relay-address":   {"tls://relay.examplebank.com:4222", "tls://127.0.0.1:443", "tls://[2001:db8::1:2]:80", "tls://[::ffff:192.0.2.1]:65535"},
		"ticket":          {"CT1:relay.examplebank.com:4222/ABCD-EFGH-IJKL-MN23"},
		"code":            {"780757704"},
		"shown-code":      {"780 757 704"},
		"number":          {"+48221112233"},
		"line":            {"2233"},
		"program-version": {"0.1.0"},
	}
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom([]string{"domain", "relay-address", "ticket", "code", "shown-code", "number", "line", "program-version"}).Draw(t, "rule")
		text := []rune(rapid.SampledFrom(good[rule]).Draw(t, "text"))
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			gone := rapid.IntRange(0, min(1, len(text)-at)).Draw(t, "gone")
			put := rapid.StringOfN(rapid.SampledFrom([]rune("0129aZz:.-[]/%@, \n+xA")), 0, 2, -1).Draw(t, "put")
			text = append(append(append([]rune{}, text[:at]...), []rune(put)...), text[at+gone:]...)
		}
		if s := string(text); holds[rule](s) && !matches(t, g, rule, s) {
			t.Fatalf("%s: the code takes %q", rule, s)
		}
	})
}
