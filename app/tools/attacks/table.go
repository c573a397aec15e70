// This file owns what is printed, and what is wrong with a run.

package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"countersign/app/tools/gotest"
	"countersign/session/lab/attacks"
)

// printTable prints a line for each test of each row, then what is left to the
// attackers. It returns a complaint for each row that was not played or came
// out otherwise than the table says, each test that did not pass, and a run
// that failed as a whole.
func printTable(w io.Writer, rows []attacks.Row, report gotest.Report) (complaints []error) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "id\tattack\toutcome\ttest\ttime")
	for _, row := range rows {
		own := testsOf(row, report.Tests)
		id, attack := row.ID, row.Attack
		for _, test := range own {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", id, attack, outcomeOf(row, test), test.Name, test.Took.Round(10*time.Millisecond))
			id, attack = "", ""
		}
		if len(own) == 0 {
			fmt.Fprintf(out, "%s\t%s\tNOT PLAYED\t\t\n", id, attack)
		}
		complaints = append(complaints, complaintsOf(row, own)...)
	}
	if err := out.Flush(); err != nil {
		complaints = append(complaints, err)
	}
	printLeft(w, rows)
	for _, test := range report.Tests {
		if test.Action != gotest.Pass {
			complaints = append(complaints, fmt.Errorf("%s: %s", test.Name, test.Action))
		}
	}
	if !report.Passed {
		complaints = append(complaints, errors.New("the run failed"))
	}
	return complaints
}

// testsOf are the tests of one row, by name.
func testsOf(row attacks.Row, played []gotest.Test) []gotest.Test {
	var own []gotest.Test
	for _, test := range played {
		if strings.HasPrefix(test.Name, "TestAttack"+row.ID) {
			own = append(own, test)
		}
	}
	slices.SortFunc(own, func(a, b gotest.Test) int { return strings.Compare(a.Name, b.Name) })
	return own
}

// toldLine is how a test tells what became of one variant of an attack.
var toldLine = regexp.MustCompile(`(?m): attack (A\d\d) ([a-z ]+): `)

// told lists the outcomes of an attack's variants, as one test told them.
func told(row attacks.Row, test gotest.Test) []attacks.Outcome {
	var outcomes []attacks.Outcome
	for _, line := range toldLine.FindAllStringSubmatch(test.Output, -1) {
		if line[1] == row.ID {
			outcomes = append(outcomes, attacks.Outcome(line[2]))
		}
	}
	return outcomes
}

// outcomeOf is what one test showed.
func outcomeOf(row attacks.Row, test gotest.Test) string {
	if test.Action == gotest.Pass {
		return string(attacks.Overall(told(row, test)))
	}
	return strings.ToUpper(test.Action)
}

// complaintsOf holds a row to its tests: each tells an outcome, and together
// they are the row's.
func complaintsOf(row attacks.Row, own []gotest.Test) (complaints []error) {
	if len(own) == 0 {
		return []error{fmt.Errorf("%s (%s) has no test", row.ID, row.Attack)}
	}
	var all []attacks.Outcome
	for _, test := range own {
		if test.Action != gotest.Pass {
			return nil // complained of as a test
		}
		outcomes := told(row, test)
		if len(outcomes) == 0 {
			complaints = append(complaints, fmt.Errorf("%s does not tell what became of the attack", test.Name))
		}
		all = append(all, outcomes...)
	}
	if overall := attacks.Overall(all); overall != row.Outcome && len(complaints) == 0 {
		complaints = append(complaints, fmt.Errorf("%s is %s in the table, and %s when played", row.ID, row.Outcome, overall))
	}
	return complaints
}

// printLeft says of every attack that is not simply stopped what is left to it.
func printLeft(w io.Writer, rows []attacks.Row) {
	fmt.Fprintln(w)
	for _, row := range rows {
		if row.Outcome != attacks.Stopped {
			fmt.Fprintf(w, "%s %s: %s.\n", row.ID, row.Outcome, row.Why)
		}
	}
}

// printFailures prints what tests that did not pass said, and a failed build.
func printFailures(w io.Writer, report gotest.Report) {
	for _, test := range report.Tests {
		if test.Action != gotest.Pass {
			io.WriteString(w, test.Output)
		}
	}
	if !report.Passed {
		io.WriteString(w, report.Output)
	}
}
