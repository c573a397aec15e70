// This file owns the reading of programs.txt, whose head says what its lines
// mean. A line that is not understood is an error: the list is part of the
// program, and a typing mistake must not switch a row off.

package remote

import (
	_ "embed"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
)

//go:embed programs.txt
var programText string

// kind is what a row of the list says about its processes.
type kind string

const (
	program kind = "program"
	desktop kind = "desktop"
	display kind = "display"
	service kind = "service"
)

// row is one line of the list, for one system.
type row struct {
	kind  kind
	name  string
	names []string // of processes
	quiet []string // arguments of a process that only waits
}

// programs is the list for this system.
var programs = sync.OnceValues(func() ([]row, error) { return parse(programText, runtime.GOOS) })

// columns says which columns hold the process names of a system.
var columns = map[string]int{"linux": 2, "windows": 3, "darwin": 4}

// parse reads the rows that have processes on a system.
func parse(text, system string) ([]row, error) {
	var rows []row
	column, known := columns[system]
	for number, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		r, err := parseLine(line, column)
		if err != nil {
			return nil, fmt.Errorf("programs.txt, line %d: %w", number+1, err)
		}
		if known && len(r.names) > 0 {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func parseLine(line string, column int) (row, error) {
	fields := strings.Split(line, "|")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	if len(fields) != 7 || slices.Contains(fields, "") {
		return row{}, fmt.Errorf("it has %d columns, or an empty one, instead of 7 (\"-\" stands for nothing)", len(fields))
	}
	r := row{kind: kind(fields[0]), name: fields[1], names: words(fields[column], ","), quiet: words(fields[5], " ")}
	if !slices.Contains([]kind{program, desktop, display, service}, r.kind) {
		return row{}, fmt.Errorf("%q is no kind", r.kind)
	}
	return r, nil
}

// words splits a column; "-" has none.
func words(column, separator string) []string {
	if column == "-" {
		return nil
	}
	var found []string
	for _, word := range strings.Split(column, separator) {
		if word = strings.TrimSpace(word); word != "" {
			found = append(found, word)
		}
	}
	return found
}
