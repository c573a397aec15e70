// Package gotest owns running go test -json and reading what it says (go doc
// test2json): which tests ran, how each ended, and what it printed. It must
// not know what the tests are about, nor judge: what a failure means is its
// callers' business.
package gotest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// How a test ends, in test2json's words.
const (
	Pass = "pass"
	Fail = "fail"
	Skip = "skip"
)

// Test is one test that has ended. Parts of tests (subtests) belong to it.
type Test struct {
	Name   string
	Action string // Pass, Fail or Skip
	Took   time.Duration
	Output string // what it and its parts printed
}

// Report is what a run said.
type Report struct {
	Tests  []Test // in the order in which they ended
	Passed bool   // the run as a whole
	Output string // what was printed outside of any test that ended: by builds, by the package, by a test cut off
}

// event is what go test says happened.
type event struct {
	Action  string
	Test    string  // empty for the package and for builds
	Output  string  // with output and build-output
	Elapsed float64 // seconds, with pass, fail and skip
}

// Run runs go test -json with these arguments in a folder. Tests that fail are
// no error; a run that cannot be started, or whose words cannot be read, is.
func Run(ctx context.Context, folder string, arguments ...string) (Report, error) {
	test := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, arguments...)...)
	test.Dir = folder
	var said strings.Builder
	test.Stderr = &said
	events, err := test.StdoutPipe()
	if err != nil {
		return Report{}, err
	}
	if err := test.Start(); err != nil {
		return Report{}, err
	}
	report, broken := Read(events)
	err = test.Wait()
	report.Passed = err == nil
	report.Output += said.String()
	var status *exec.ExitError
	if errors.As(err, &status) && status.Exited() {
		err = nil // it has ended by itself, and the report says how
	}
	return report, errors.Join(broken, err)
}

// Read reads events to their end. It leaves Passed as it is: only the end of
// the process tells.
func Read(events io.Reader) (report Report, err error) {
	var rest strings.Builder
	printed := map[string]*strings.Builder{} // by test that has not ended
	defer func() {
		for _, out := range printed {
			rest.WriteString(out.String())
		}
		report.Output = rest.String()
	}()
	for decoder := json.NewDecoder(events); ; {
		var e event
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			return report, nil
		} else if err != nil {
			return report, fmt.Errorf("what go test -json says cannot be read: %w", err)
		}
		whole, _, part := strings.Cut(e.Test, "/")
		switch e.Action {
		case "output", "build-output":
			if whole == "" {
				rest.WriteString(e.Output)
				continue
			}
			if printed[whole] == nil {
				printed[whole] = new(strings.Builder)
			}
			printed[whole].WriteString(e.Output)
		case Pass, Fail, Skip:
			if part || whole == "" {
				continue
			}
			test := Test{Name: whole, Action: e.Action, Took: time.Duration(e.Elapsed * float64(time.Second))}
			if out := printed[whole]; out != nil {
				test.Output = out.String()
			}
			delete(printed, whole)
			report.Tests = append(report.Tests, test)
		}
	}
}
