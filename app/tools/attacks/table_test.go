// These tests show the table runs that must not pass for good ones: a row
// without a test, a failure, a skipped test, a run that broke off.

package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/app/tools/gotest"
	"countersign/session/lab/attacks"
)

var (
	rows = []attacks.Row{
		{ID: "A01", Attack: "one", Outcome: attacks.Stopped},
		{ID: "A02", Attack: "two", Outcome: attacks.Limited, Why: "something is left"},
	}
	one    = gotest.Test{Name: "TestAttackA01First", Action: gotest.Pass, Took: 1500 * time.Millisecond, Output: "    a01_test.go:9: attack A01 stopped: all is well\n"}
	second = gotest.Test{Name: "TestAttackA01Second", Action: gotest.Pass, Took: 2 * time.Second, Output: "    a01_test.go:19: attack A01 stopped: all is well\n    a01_test.go:20: attack A02 not stopped: elsewhere\n"}
	two    = gotest.Test{Name: "TestAttackA02", Action: gotest.Pass, Took: 251 * time.Millisecond, Output: "=== RUN\n    x.go:1: attack A02 stopped: this\n    x.go:1: attack A02 not stopped: that\n"}
)

// printed is what people see of a run, and the complaints.
func printed(report gotest.Report) (table, failures string, complaint error) {
	var out, log strings.Builder
	complaints := printTable(&out, rows, report)
	printFailures(&log, report)
	return out.String(), log.String(), errors.Join(complaints...)
}

func TestTableOfAGoodRun(t *testing.T) {
	table, failures, complaint := printed(gotest.Report{Passed: true, Tests: []gotest.Test{two, second, one}, Output: "ok\n"})
	if complaint != nil || failures != "" {
		t.Errorf("complaint %v, printed %q", complaint, failures)
	}
	const want = `id   attack  outcome  test                 time
A01  one     stopped  TestAttackA01First   1.5s
             stopped  TestAttackA01Second  2s
A02  two     limited  TestAttackA02        250ms

A02 limited: something is left.
`
	if table != want {
		t.Errorf("printed\n%swant\n%s", table, want)
	}
}

func TestEveryBadRunIsComplainedOf(t *testing.T) {
	failed, skipped := two, two
	failed.Action, failed.Output = gotest.Fail, "it went through\n"
	skipped.Action = gotest.Skip
	silent, better := two, two
	silent.Output, better.Output = "", "    x.go:1: attack A02 stopped: all of it\n"
	ofNoRow := gotest.Test{Name: "TestAttackTableIsWellFormed", Action: gotest.Fail}
	for name, row := range map[string]struct {
		report                     gotest.Report
		complaint, table, failures string
	}{
		"nothing":                   {gotest.Report{Passed: true}, "A01 (one) has no test", "NOT PLAYED", ""},
		"a row without a test":      {gotest.Report{Passed: true, Tests: []gotest.Test{one}}, "A02 (two) has no test", "NOT PLAYED", ""},
		"a failure":                 {gotest.Report{Tests: []gotest.Test{one, failed}}, "TestAttackA02: fail", "FAIL", "it went through"},
		"a skipped test":            {gotest.Report{Passed: true, Tests: []gotest.Test{one, skipped}}, "TestAttackA02: skip", "SKIP", ""},
		"a test of no row":          {gotest.Report{Tests: []gotest.Test{one, two, ofNoRow}}, "TestAttackTableIsWellFormed: fail", "", ""},
		"a test that tells nothing": {gotest.Report{Passed: true, Tests: []gotest.Test{one, silent}}, "TestAttackA02 does not tell", "", ""},
		"another outcome":           {gotest.Report{Passed: true, Tests: []gotest.Test{one, better}}, "A02 is limited in the table, and stopped when played", "", ""},
		"a broken run":              {gotest.Report{Tests: []gotest.Test{one, two}, Output: "exit status 2\n"}, "the run failed", "", "exit status 2"},
	} {
		table, failures, complaint := printed(row.report)
		if complaint == nil || !strings.Contains(complaint.Error(), row.complaint) {
			t.Errorf("%s: complaint %v", name, complaint)
		}
		if !strings.Contains(table, row.table) || !strings.Contains(failures, row.failures) || strings.Contains(failures, "all is well") {
			t.Errorf("%s: table\n%s, printed %q", name, table, failures)
		}
	}
}
