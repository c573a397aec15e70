// This file tests the page: that text stays in its column, whatever it is, and
// that colour adds nothing but colour.

package main

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

var escapes = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func TestRowsOfBothSides(t *testing.T) {
	var out strings.Builder
	p := page{out: &out, width: 72}
	p.row(1.234, bankSide, good, "A sentence that is longer than its column has room for.")
	p.row(12, customerSide, bad, "Short.")
	want := "" +
		"  1.23  ✓ A sentence that is longer\n" +
		"          than its column has room\n" +
		"          for.\n" +
		" 12.00                                   ✕ Short.\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestHeadStandsAboveTheColumns(t *testing.T) {
	var out strings.Builder
	p := page{out: &out, width: 100}
	p.head("BANK", "CUSTOMER")
	p.row(0, customerSide, plain, "x")
	lines := strings.Split(out.String(), "\n")
	if at(lines[0], "CUSTOMER") != at(lines[2], "·") || at(lines[0], "BANK") != timeWidth {
		t.Errorf("columns are not in line:\n%s", out.String())
	}
}

// at is where a text begins in a line, in characters.
func at(line, text string) int {
	before, _, _ := strings.Cut(line, text)
	return utf8.RuneCountInString(before)
}

func TestTextStaysInItsColumn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out strings.Builder
		p := page{out: &out, width: rapid.IntRange(minWidth, maxWidth).Draw(t, "width")}
		where := rapid.SampledFrom([]side{bankSide, customerSide}).Draw(t, "side")
		p.row(rapid.Float64Range(0, 999).Draw(t, "time"), where, plain, rapid.String().Draw(t, "text"))
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSuffix(line, "\n")
			last := timeWidth + p.column()
			if where == customerSide {
				last += gap + p.column()
			}
			if n := utf8.RuneCountInString(line); n > last {
				t.Fatalf("%d characters where there is room for %d: %q", n, last, line)
			}
		}
	})
}

func TestWrapLosesNothingButSpace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, width := rapid.String().Draw(t, "text"), rapid.IntRange(1, 60).Draw(t, "width")
		if without(strings.Join(wrap(text, width), "")) != without(text) {
			t.Fatalf("%q became %q", text, wrap(text, width))
		}
	})
}

// without removes all space.
func without(text string) string { return strings.Join(strings.Fields(text), "") }

func TestDigitsStayTogether(t *testing.T) {
	for width := 11; width < 40; width++ {
		if !strings.Contains(strings.Join(wrap("Please type "+inThrees("123456789")+" now.", width), "\n"), "123\u00a0456\u00a0789") {
			t.Errorf("the code is broken at %d characters a line", width)
		}
	}
	var out strings.Builder
	page{out: &out, width: pageWidth}.row(0, bankSide, plain, inThrees("123456"))
	if !strings.Contains(out.String(), "123 456") {
		t.Errorf("the page does not print plain spaces: %q", out.String())
	}
}

func TestColourAddsNothingButColour(t *testing.T) {
	draw := func(colour bool) string {
		var out strings.Builder
		p := page{out: &out, width: pageWidth, colour: colour}
		p.chapter("1. A title", "What it is about.")
		p.head("BANK", "CUSTOMER")
		for _, m := range []mood{plain, voice, typing, written, good, bad, unsure} {
			p.row(1, bankSide, m, "left")
			p.row(2, customerSide, m, "right")
			p.item(m, "across")
		}
		return out.String()
	}
	coloured, bare := draw(true), draw(false)
	if strings.Contains(bare, "\x1b") || !strings.Contains(coloured, "\x1b") {
		t.Error("colour is not where it was asked for")
	}
	if escapes.ReplaceAllString(coloured, "") != bare {
		t.Error("the page differs in more than colour")
	}
}

func TestMoodsDifferWithoutColour(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range []mood{plain, voice, typing, written, good, bad, unsure} {
		if seen[m.sign] || utf8.RuneCountInString(m.sign) != signWidth-1 {
			t.Errorf("the sign %q is used twice or is not one character", m.sign)
		}
		seen[m.sign] = true
	}
}
