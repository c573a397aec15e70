// This file holds the table of attacks to what stands beside it: the threat
// model says the same, every row has a test in a file of its name, and what is
// not stopped says why.

package attacks_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"countersign/session/lab/attacks"
)

// modelRow is a row of the threat model's table of attacks.
var modelRow = regexp.MustCompile(`(?m)^\| (A\d\d) \| ([^|]+) \| \*\*([^*]+)\*\*`)

func TestAttackTableAgreesWithTheThreatModel(t *testing.T) {
	text, err := os.ReadFile("../../protocol/SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	found := modelRow.FindAllStringSubmatch(string(text), -1)
	table := attacks.Table()
	if len(found) != len(table) {
		t.Fatalf("the threat model has %d attacks, the table %d", len(found), len(table))
	}
	for i, row := range table {
		model := attacks.Row{ID: found[i][1], Attack: found[i][2], Outcome: attacks.Outcome(found[i][3]), Why: row.Why}
		if model != row {
			t.Errorf("the threat model says %q %q %q, the table %q %q %q", model.ID, model.Attack, model.Outcome, row.ID, row.Attack, row.Outcome)
		}
	}
}

func TestAttackTableIsWellFormed(t *testing.T) {
	for i, row := range attacks.Table() {
		if want := fmt.Sprintf("A%02d", i+1); row.ID != want {
			t.Errorf("row %d is %q, want %q", i, row.ID, want)
		}
		switch row.Outcome {
		case attacks.Stopped:
			if row.Why != "" {
				t.Errorf("%s is stopped, and yet: %s", row.ID, row.Why)
			}
		case attacks.Detected, attacks.Limited, attacks.NotStopped:
			if row.Why == "" {
				t.Errorf("%s is %s and does not say what is left", row.ID, row.Outcome)
			}
		default:
			t.Errorf("%s: no such outcome: %q", row.ID, row.Outcome)
		}
	}
}

func TestAttackOutcomesAddUp(t *testing.T) {
	const s, d, l, n = attacks.Stopped, attacks.Detected, attacks.Limited, attacks.NotStopped
	for _, row := range []struct {
		variants []attacks.Outcome
		want     attacks.Outcome
	}{
		{nil, ""}, {[]attacks.Outcome{s}, s}, {[]attacks.Outcome{s, s}, s}, {[]attacks.Outcome{s, d}, d}, {[]attacks.Outcome{d}, d},
		{[]attacks.Outcome{d, s, l}, l}, {[]attacks.Outcome{l}, l}, {[]attacks.Outcome{s, n}, l}, {[]attacks.Outcome{d, n}, l},
		{[]attacks.Outcome{l, n}, l}, {[]attacks.Outcome{n}, n}, {[]attacks.Outcome{n, n}, n},
	} {
		if got := attacks.Overall(row.variants); got != row.want {
			t.Errorf("%v add up to %q, want %q", row.variants, got, row.want)
		}
	}
}

// TestAttackTestsStandInTheirFiles: aNN_test.go holds the tests of row NN, and
// every row has one.
func TestAttackTestsStandInTheirFiles(t *testing.T) {
	for _, row := range attacks.Table() {
		name := strings.ToLower(row.ID) + "_test.go"
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%s has no tests: %v", row.ID, err)
			continue
		}
		if len(testsOf(file, "TestAttack"+row.ID)) == 0 {
			t.Errorf("%s holds no TestAttack%s", name, row.ID)
		}
	}
	names, err := filepath.Glob("a[0-9][0-9]_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		own := "TestAttack" + strings.ToUpper(strings.TrimSuffix(name, "_test.go"))
		for _, test := range testsOf(file, "Test") {
			if !strings.HasPrefix(test, own) {
				t.Errorf("%s holds %s, which is no test of its row", name, test)
			}
		}
	}
}

// testsOf lists the functions of a file whose names begin so.
func testsOf(file *ast.File, prefix string) []string {
	var names []string
	for _, declaration := range file.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, prefix) {
			names = append(names, f.Name.Name)
		}
	}
	return names
}
