// This file owns what a program prints: standard output as lines, each with
// the time when it came, and the end of standard error.

package programs

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// Limits of what is kept: a program that runs wild must not take this one along.
const (
	maxLine   = 64 << 10 // bytes of one line; what is longer is cut into several
	maxEvents = 10_000
	maxStderr = 64 << 10 // bytes
)

// Event is one line of standard output.
type Event struct {
	At   time.Time // when it was read
	Line string    // as printed, without the line's end

	// The fields of a JSON event; Name is "" when the line is none.
	Name      string   `json:"event"`
	Code      string   `json:"code"`       // code, readback
	Text      string   `json:"text"`       // qr, alert, message
	TriesLeft int      `json:"tries_left"` // readback_wrong
	Result    string   `json:"result"`     // verdict
	Reasons   []string `json:"reasons"`    // verdict
	Agent     *Agent   `json:"agent"`      // verdict, unless stopped
	Bank      string   `json:"bank"`
	Domain    string   `json:"domain"`
	Purpose   string   `json:"purpose"`
	Direction string   `json:"direction"`
	Reason    string   `json:"reason"` // ended
	// Of this side's own texts, at the end.
	NotArrived   int    `json:"not_arrived"`   // ended
	NotConfirmed int    `json:"not_confirmed"` // ended
	Words        string `json:"words"`         // enrolled
}

// Agent is who a verdict names.
type Agent struct {
	Name       string `json:"name"`
	Role       string `json:"role"`
	Department string `json:"department"`
}

func parse(line string, at time.Time) Event {
	var e Event
	if json.Unmarshal([]byte(line), &e) != nil {
		e = Event{} // not JSON, or not as it should be: then the line speaks for itself
	}
	e.At, e.Line = at, line
	return e
}

// lineWriter cuts what a process prints into lines.
type lineWriter struct{ *Process }

// Write implements io.Writer.
func (w lineWriter) Write(data []byte) (int, error) {
	w.rest = append(w.rest, data...)
	for {
		line, rest, whole := bytes.Cut(w.rest, []byte("\n"))
		if !whole && len(w.rest) < maxLine {
			return len(data), nil
		}
		w.rest = bytes.Clone(rest)
		w.line(string(line))
	}
}

// line keeps one line. The listener hears of it first, so that whoever waits
// for the line finds it told.
func (p *Process) line(text string) {
	e := parse(strings.TrimRight(text, "\r"), time.Now())
	p.tell(e)
	p.mu.Lock()
	if len(p.events) < maxEvents {
		p.events = append(p.events, e)
	}
	close(p.changed)
	p.changed = make(chan struct{})
	p.mu.Unlock()
}

// words keeps the end of what was written.
type words struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (w *words) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, data...)
	if over := len(w.text) - maxStderr; over > 0 {
		w.text = bytes.Clone(w.text[over:])
	}
	return len(data), nil
}

// String returns what was kept.
func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.text)
}
