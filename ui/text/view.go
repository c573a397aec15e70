// This file owns what every way of telling a call has in common: the view, the
// page of plain sentences with its colours, and messages of the other side.

package text

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
)

// view tells people, or their scripts, what happens.
type view interface {
	// event tells everything but the ending.
	event(call.Event)
	// enrolled tells that a bank is known here now. authenticator is the
	// otpauth address of a second factor, or "".
	enrolled(bank session.Bank, authenticator string)
	// ended tells the ending, once, last, and which texts typed here did not arrive.
	ended(ending.Reason, call.Undelivered)
}

// mood is the sign and colour of a headline.
type mood struct {
	sign   string
	colour string // ANSI SGR parameters
}

// The moods. The signs differ in shape, and the headline says the same in words.
var (
	moodGood    = mood{"✓", "1;32"}
	moodBad     = mood{"✕", "1;31"}
	moodUnknown = mood{"▲", "1;33"}
)

// page is where plain sentences go.
type page struct {
	out     io.Writer
	phrases phrases
	colour  bool
}

// say prints the sentence of a key.
func (p page) say(key string, values ...with) { p.print(p.phrases.say(key, values...)) }

// print prints one line, without anything that steers a terminal.
func (p page) print(sentence string) { fmt.Fprintln(p.out, advice.Clean(sentence)) }

// raw prints what this program drew itself.
func (p page) raw(drawing string) { fmt.Fprint(p.out, drawing) }

// headline prints a line with its sign, and in colour where that is wanted.
func (p page) headline(m mood, sentence string) {
	line := m.sign + " " + advice.Clean(sentence)
	if p.colour {
		line = "\x1b[" + m.colour + "m" + line + "\x1b[0m"
	}
	fmt.Fprintln(p.out, "\n"+line)
}

// large prints digits that are read aloud, with room around them.
func (p page) large(digits string) { fmt.Fprintf(p.out, "\n    %s\n\n", advice.Clean(digits)) }

// alert prints a warning that does not end the call.
func (p page) alert(key call.AlertKey) {
	p.headline(moodUnknown, p.phrases.say("alert.label")+": "+p.phrases.say(string(key)))
}

// undelivered tells which texts typed here did not arrive.
func (p page) undelivered(u call.Undelivered) {
	for _, s := range advice.Undelivered(u) {
		p.headline(moodUnknown, p.phrases.say(s.Key, with{"Count": s.Count}))
	}
}

// message prints text of the other side. Every row of it begins with who wrote
// it, so that no message can look like a sentence of this program.
func (p page) message(from, text string) {
	lead := advice.Clean(from) + ": "
	for line := range strings.SplitSeq(text, "\n") {
		p.ofOthers(lead, lead, line)
	}
}

// columns are those of the terminals that people have at least. A terminal
// begins a row of its own where a line is longer, and then others decide what
// stands at its start.
const columns = 80

// ofOthers prints text with words of somebody else in rows that no terminal of
// that many columns breaks anew: lead begins the first, next each of the others.
func (p page) ofOthers(lead, next, text string) {
	room := max(columns-1-max(runewidth.StringWidth(lead), runewidth.StringWidth(next)), columns/4)
	var row string
	put := func() {
		fmt.Fprintln(p.out, lead+row)
		lead, row = next, ""
	}
	for word := range strings.FieldsSeq(advice.Clean(text)) {
		if row != "" && runewidth.StringWidth(row+" "+word) > room {
			put()
		}
		if row != "" {
			row += " "
		}
		pieces := strings.Split(runewidth.Wrap(word, room), "\n")
		for i, piece := range pieces {
			row += piece
			if i < len(pieces)-1 {
				put()
			}
		}
	}
	put()
}

// enrolled tells that a bank is known here now.
func (p page) enrolled(bank session.Bank, authenticator string) {
	key := "enrol.done"
	if !bank.Enrolled {
		key = "enrol.pinned"
	}
	p.headline(moodGood, p.phrases.say(key, with{"Bank": p.phrases.bank(bank.Name, bank.Domain)}))
	if len(bank.OwnLines) > 0 { // a number that is somebody else's shows whose letter it was
		p.say("customer.bank.own", with{"Digits": strings.Join(bank.OwnLines, ", ")})
	}
	if authenticator != "" {
		p.say("enrol.authenticator")
		p.print(authenticator)
	}
}

// coloured reports whether colour is wanted: on a terminal that can, and not
// where the person declined it (no-color.org).
func coloured(c Console) bool {
	return c.OutIsTerminal && c.Env("NO_COLOR") == "" && c.Env("TERM") != "dumb"
}
