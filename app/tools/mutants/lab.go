// This file owns how a mutant is made and judged.
//
// Rules: the named tests pass without any mutant, or nothing is tried; a mutant
// is killed only by every test that its patch names failing as a test does. A
// build that fails, a time-out and a panic kill nothing: they would hide that
// no test looks at the defence.

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"countersign/app/tools/gotest"
)

const (
	// timeout bounds the tests that are to notice one mutant.
	timeout = 90 * time.Second
	// withoutAny bounds all tests of one package that are named by any mutant.
	withoutAny = 10 * time.Minute
)

// outcome is what became of a mutant.
type outcome string

const (
	killedByTests outcome = "killed"
	survived      outcome = "SURVIVED"
	broken        outcome = "BROKEN"
)

// fate is one mutant's end.
type fate struct {
	mutant  mutant
	outcome outcome
	why     string
	details string // for people, when it was not killed
	took    time.Duration
}

// lab makes mutants of the files below root, in a folder of its own.
type lab struct{ root, scratch string }

func newLab(root string) (*lab, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return nil, err
	}
	return &lab{root, scratch}, nil
}

func (l *lab) close() { os.RemoveAll(l.scratch) }

// passWithout demands that all named tests pass in the tree as it is: a test
// that is red already kills every mutant and proves nothing.
func (l *lab) passWithout(ctx context.Context, mutants []mutant) error {
	for _, k := range together(mutants) {
		report, err := l.test(ctx, k, "")
		if err != nil {
			return err
		}
		for _, test := range k.tests {
			if actionOf(report, test) != gotest.Pass {
				return fmt.Errorf("%s %s does not pass even without a mutant\n%s", k.folder, test, said(report))
			}
		}
	}
	return nil
}

// together lists what mutants' tests must pass without them, one run a package;
// of a test of which a part is named, the whole.
func together(mutants []mutant) []kill {
	named := map[string][]string{}
	for _, m := range mutants {
		for _, k := range m.kills {
			for _, test := range k.tests {
				whole, _, _ := strings.Cut(test, "/")
				named[k.folder] = append(named[k.folder], whole)
			}
		}
	}
	var all []kill
	for _, folder := range slices.Sorted(maps.Keys(named)) {
		slices.Sort(named[folder])
		all = append(all, kill{folder, slices.Compact(named[folder])})
	}
	return all
}

// try makes one mutant and runs the tests that must notice.
func (l *lab) try(ctx context.Context, m mutant) fate {
	began := time.Now()
	f := fate{mutant: m}
	overlay, err := l.make(ctx, m)
	if err != nil {
		f.outcome, f.why = broken, err.Error()
	} else {
		f.outcome, f.why, f.details = l.judge(ctx, m, overlay)
	}
	f.took = time.Since(began)
	return f
}

// make applies the patch to a copy of its file and returns the overlay that
// puts the copy in the file's place.
func (l *lab) make(ctx context.Context, m mutant) (overlay string, err error) {
	text, err := os.ReadFile(filepath.Join(l.root, m.file))
	if err != nil {
		return "", err
	}
	place := filepath.Join(l.scratch, m.name)
	copied := filepath.Join(place, m.file)
	if err := os.MkdirAll(filepath.Dir(copied), 0o700); err != nil {
		return "", err
	}
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		return "", err
	}
	patch, err := filepath.Abs(m.path)
	if err != nil {
		return "", err
	}
	// One line of context must fit, wherever it has moved to in the file.
	apply := exec.CommandContext(ctx, "git", "apply", "-C1", patch)
	apply.Dir = place
	apply.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+l.scratch) // no repository around it counts
	if out, err := apply.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the patch does not apply: %s", strings.TrimSpace(string(out)))
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(l.root, m.file): copied}})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(place, "overlay.json")
	return overlay, os.WriteFile(overlay, replace, 0o600)
}

// judge runs the tests of every package that the patch names.
func (l *lab) judge(ctx context.Context, m mutant, overlay string) (o outcome, why, details string) {
	var failed []string
	for _, k := range m.kills {
		report, err := l.test(ctx, k, overlay)
		if err != nil {
			return broken, err.Error(), beginning(said(report))
		}
		if fault := cutOff(report); fault != "" {
			return broken, fault, beginning(said(report))
		}
		for _, test := range k.tests {
			if actionOf(report, test) != gotest.Fail {
				return survived, fmt.Sprintf("%s %s stays green without: %s", k.folder, test, m.takes), ""
			}
			failed = append(failed, test)
		}
	}
	return killedByTests, strings.Join(failed, " "), ""
}

// test runs named tests of one package, over an overlay where there is one.
func (l *lab) test(ctx context.Context, k kill, overlay string) (gotest.Report, error) {
	arguments := []string{"-count=1", "-vet=off", "-run", k.pattern()}
	if overlay == "" {
		arguments = append(arguments, "-timeout="+withoutAny.String())
	} else {
		arguments = append(arguments, "-timeout="+timeout.String(), "-overlay", overlay)
	}
	return gotest.Run(ctx, l.root, append(arguments, k.folder)...)
}

// actionOf is how a test ended, "" when it did not run. A test of which only a
// part was run ended as that part did.
func actionOf(report gotest.Report, test string) string {
	whole, _, _ := strings.Cut(test, "/")
	for _, t := range report.Tests {
		if t.Name == whole {
			return t.Action
		}
	}
	return ""
}

// brokenOff finds a run that a panic or the time-out ended.
var brokenOff = regexp.MustCompile(`(?m)^\s*(panic: |fatal error: )`)

// cutOff says what kept a run from being one: no test ran, or a panic.
func cutOff(report gotest.Report) string {
	switch {
	case brokenOff.MatchString(said(report)):
		return "the tests panicked or ran out of time"
	case len(report.Tests) == 0:
		return "it does not compile, or no test ran"
	}
	return ""
}

// beginning is what people read of a long text: a panic prints every goroutine.
func beginning(text string) string {
	const enough = 3000 // characters
	if len(text) > enough {
		return text[:enough] + "\n..."
	}
	return text
}

// said is all that a run printed.
func said(report gotest.Report) string {
	var all strings.Builder
	for _, test := range report.Tests {
		all.WriteString(test.Output)
	}
	return all.String() + report.Output
}
