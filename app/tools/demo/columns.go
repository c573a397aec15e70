// This file owns the page: two columns, the bank on the left and the customer
// on the right, with the time before both. It knows nothing of calls.
//
// Rules: a sign and words say everything that a colour says. Text is wrapped
// at spaces and never leaves its column. The layout does not depend on colour.

package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// side is a column.
type side int

const (
	bankSide side = iota
	customerSide
)

// mood is how a line is marked: the sign for everybody, the colour for those
// who see it.
type mood struct {
	sign   string
	colour string // ANSI SGR parameters, "" for none
}

// The moods.
var (
	plain   = mood{"·", ""}
	voice   = mood{"»", "36"}
	typing  = mood{">", ""}
	written = mood{"«", ""}
	good    = mood{"✓", "1;32"}
	bad     = mood{"✕", "1;31"}
	unsure  = mood{"▲", "1;33"}
)

const (
	timeWidth = 8 // "  12.34 "
	gap       = 3 // between the columns
	signWidth = 2
	minWidth  = 72
	maxWidth  = 120
	pageWidth = 100 // where nobody says how wide the paper is
)

// page prints columns.
type page struct {
	out    io.Writer
	width  int // of the whole page, in characters
	colour bool
}

func (p page) column() int { return (p.width - timeWidth - gap) / 2 }

// row prints what happened on one side at a time, given in seconds.
func (p page) row(at float64, where side, m mood, text string) {
	stamp := fmt.Sprintf("%6.2f  ", at)
	for i, line := range wrap(text, p.column()-signWidth) {
		sign := "  "
		if i == 0 {
			sign = m.sign + " "
		}
		p.print(stamp, where, m, sign+line)
		stamp = strings.Repeat(" ", timeWidth)
	}
}

func (p page) print(stamp string, where side, m mood, cell string) {
	indent := ""
	if where == customerSide {
		indent = strings.Repeat(" ", p.column()+gap)
	}
	fmt.Fprintln(p.out, stamp+indent+p.paint(m.colour, strings.ReplaceAll(cell, together, " ")))
}

// head prints the names of the columns and a line below them.
func (p page) head(left, right string) {
	between := strings.Repeat(" ", gap)
	pad := strings.Repeat(" ", max(0, p.column()-utf8.RuneCountInString(left)))
	fmt.Fprintln(p.out, p.paint("1", "seconds ")+p.paint("1", left)+pad+between+p.paint("1", right))
	rule := strings.Repeat("─", p.column())
	fmt.Fprintln(p.out, strings.Repeat("─", timeWidth-1)+" "+rule+between+rule)
}

// chapter prints a title and what it is about, across the whole page.
func (p page) chapter(title, about string) {
	fmt.Fprintln(p.out, "\n"+p.paint("1", title))
	if about != "" {
		p.paragraph(about)
	}
	fmt.Fprintln(p.out)
}

// paragraph prints text across the whole page.
func (p page) paragraph(text string) {
	for _, line := range wrap(text, p.width) {
		fmt.Fprintln(p.out, line)
	}
}

// item prints a marked sentence across the whole page.
func (p page) item(m mood, text string) {
	for i, line := range wrap(text, p.width-2*signWidth) {
		sign := strings.Repeat(" ", signWidth)
		if i == 0 {
			sign = p.paint(m.colour, m.sign) + " "
		}
		fmt.Fprintln(p.out, "  "+sign+line)
	}
}

func (p page) paint(colour, text string) string {
	if !p.colour || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// together is a space at which text is not wrapped: groups of digits are read
// at one glance.
const together = "\u00a0"

// wrap breaks text at spaces into lines of at most width characters. A word
// that is longer than a line is broken. There is always at least one line.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) && string(r) != together }) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
		for utf8.RuneCountInString(line) > width {
			cut := len(string([]rune(line)[:width]))
			lines, line = append(lines, line[:cut]), line[cut:]
		}
	}
	return append(lines, line)
}
