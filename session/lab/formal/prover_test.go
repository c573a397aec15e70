//go:build formal

// This file runs the provers: eprover decides every problem, and SPASS decides
// the smaller ones a second time. A prover that is missing, runs out of time or says
// anything but the exact result is a failure. PROBLEMS=folder keeps the
// problems there.

package formal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// Verdicts on a set of clauses.
const (
	satisfiable   = "Satisfiable"   // nothing more can be derived: no attack
	unsatisfiable = "Unsatisfiable" // a proof: an attack, or what should be reachable
)

// proverTime ends a prover that hangs; eprover has its own limit of processor
// time, this one is by the wall.
const proverTime = 5 * time.Minute

// task is a problem and the verdict that it must get.
type task struct {
	query, mutant, want string
	crosscheck          bool // by SPASS
}

func (x task) name() string {
	if x.mutant == "" {
		return x.query + "/as_specified"
	}
	return x.query + "/" + x.mutant
}

// tasks are the protocol's queries, and for each mutant those that it names.
func tasks(m *Model) []task {
	var all []task
	for _, q := range m.Queries() {
		want := satisfiable
		if q.Reachable {
			want = unsatisfiable
		}
		all = append(all, task{q.Name, "", want, q.Crosscheck})
	}
	for _, x := range m.Mutants() {
		for _, name := range x.Attacks {
			all = append(all, task{name, x.Name, unsatisfiable, m.crosscheck(name)})
		}
		for _, name := range x.Holds {
			all = append(all, task{name, x.Name, satisfiable, m.crosscheck(name)})
		}
	}
	return all
}

// crosscheck tells whether the second prover is to decide a query.
func (m *Model) crosscheck(query string) bool {
	q, err := m.query(query)
	return err == nil && q.Crosscheck
}

func TestProversDecideEveryProblem(t *testing.T) {
	m := cp1(t)
	folder := os.Getenv("PROBLEMS")
	if folder == "" {
		folder = t.TempDir()
	}
	for _, x := range tasks(m) {
		t.Run(x.name(), func(t *testing.T) {
			t.Parallel()
			text, err := m.Problem(x.query, x.mutant)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(folder, x.query+"-"+x.mutant+".p")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := eprover(t, file); got != x.want {
				t.Errorf("eprover says %s, want %s", got, x.want)
			}
			if !x.crosscheck {
				return
			}
			if got := spass(t, file); got != x.want {
				t.Errorf("SPASS says %s, want %s", got, x.want)
			}
		})
	}
}

// szs is the line in which a prover of TPTP says its result.
var szs = regexp.MustCompile(`(?m)^# SZS status (\w+)`)

func eprover(t *testing.T, file string) string {
	t.Helper()
	out := run(t, "eprover", "--auto", "--silent", "--cpu-limit=60", file)
	found := szs.FindAllSubmatch(out, -1)
	if len(found) != 1 {
		t.Fatalf("eprover gives no result:\n%s", out)
	}
	return string(found[0][1])
}

func spass(t *testing.T, file string) string {
	t.Helper()
	out := run(t, "SPASS", "-TPTP", "-TimeLimit=60", "-PGiven=0", "-PProblem=0", file)
	switch {
	case bytes.Contains(out, []byte("SPASS beiseite: Completion found.")):
		return satisfiable
	case bytes.Contains(out, []byte("SPASS beiseite: Proof found.")):
		return unsatisfiable
	}
	t.Fatalf("SPASS gives no result:\n%s", out)
	return ""
}

// run runs a prover. Their exit codes tell results apart, so only a program
// that does not start is an error.
func run(t *testing.T, name string, arguments ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), proverTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, arguments...).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s is needed (make deps installs it): %v", name, err)
	}
	return out
}
