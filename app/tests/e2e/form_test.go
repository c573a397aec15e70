//go:build e2e

// This file owns the contract's form of events: their names, their fields and
// the one ending that comes last. Every test checks all it has seen against it.

package e2e

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"countersign/app/tools/demo/programs"
)

// fields lists the fields of each event besides its name.
var fields = map[string][]string{
	"code":           {"code"},
	"qr":             {"text"},
	"opened":         {},
	"readback_wrong": {"tries_left"},
	"readback":       {"code"},
	"secure":         {},
	"alert":          {"text"},
	"message":        {"text"},
	"ended":          {"reason"},
	"enrolled":       {"bank", "domain", "id", "words"},
}

// ofCustomers are the fields that an event has besides where it is a customer's.
var ofCustomers = map[string][]string{"enrolled": {"own_lines"}}

// Fields of a verdict; a stopped one has only the first two.
var (
	stoppedFields = []string{"reasons", "result"}
	verdictFields = []string{"agent", "bank", "direction", "domain", "purpose", "reasons", "result"}
)

var digits = map[string]*regexp.Regexp{
	"code":     regexp.MustCompile(`^[0-9]{9}$`),
	"readback": regexp.MustCompile(`^[0-9]{6}$`),
}

// wellFormed checks every line of a program that has ended.
func (s *scene) wellFormed(p *programs.Process) {
	s.Helper()
	events := p.Events()
	for i, e := range events {
		if complaint := formOf(e); complaint != "" {
			s.Errorf("%s: %.200s", complaint, e.Line)
		}
		if last := i == len(events)-1; (e.Name == "ended") != last {
			s.Errorf("line %d of %d: exactly one ending, the last line: %.200s", i+1, len(events), e.Line)
		}
	}
	if strings.Contains(p.Stderr(), "panic") || strings.Contains(p.Stderr(), "goroutine ") {
		s.Errorf("the program panicked")
	}
}

// formOf says what is wrong with the form of an event, or nothing.
func formOf(e programs.Event) string {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(e.Line), &object) != nil {
		return "not a JSON object"
	}
	delete(object, "event")
	if e.Name == "ended" { // absent where there is nothing to tell
		for field, n := range map[string]int{"not_arrived": e.NotArrived, "not_confirmed": e.NotConfirmed} {
			if n > 0 {
				delete(object, field)
			}
		}
	}
	got := slices.Sorted(maps.Keys(object))
	want, known := fields[e.Name]
	if e.Name == "verdict" {
		want, known = verdictFields, true
		if e.Result == "stopped" {
			want = stoppedFields
		}
		if string(object["reasons"]) == "null" {
			return "reasons is a list, never null"
		}
	}
	switch {
	case !known:
		return "an event that the contract does not know"
	case !slices.Equal(got, want) && (ofCustomers[e.Name] == nil || !slices.Equal(got, slices.Sorted(slices.Values(slices.Concat(want, ofCustomers[e.Name]))))):
		return "other fields than the contract's"
	case digits[e.Name] != nil && !digits[e.Name].MatchString(e.Code):
		return "not the digits of the contract"
	case !strings.HasPrefix(e.Line, `{"event":`):
		return "the event's name does not come first"
	}
	return ""
}

// story lists the names of the events in order. QR frames are repeated every
// ten seconds; only the first is part of the story.
func story(p *programs.Process) []string {
	var names []string
	for _, e := range p.Events() {
		if e.Name != "qr" || !slices.Contains(names, "qr") {
			names = append(names, e.Name)
		}
	}
	return names
}

// tells checks the order of everything that a program told.
func (s *scene) tells(p *programs.Process, names ...string) {
	s.Helper()
	if got := story(p); !slices.Equal(got, names) {
		s.Errorf("told %v, not %v", got, names)
	}
}
