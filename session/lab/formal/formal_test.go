// This file owns what can be tested of the model without a prover: it reads,
// it prints well-formed Horn clauses, always the same ones, and a mistake in it
// is found. What the clauses prove is in prover_test.go.

package formal

import (
	"regexp"
	"strings"
	"testing"
)

// cp1 reads the model.
func cp1(t *testing.T) *Model {
	t.Helper()
	m, err := Parse(Source)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestModelHasNoMistakes(t *testing.T) {
	if err := cp1(t).Check(); err != nil {
		t.Fatal(err)
	}
}

// clauseForm is a clause as a prover reads it.
var clauseForm = regexp.MustCompile(`^cnf\(([a-z0-9_]+),(axiom|negated_conjecture),\(([A-Za-z0-9_,()~|]+)\)\)\.$`)

func TestProblemsAreHornClauses(t *testing.T) {
	m := cp1(t)
	for _, q := range m.Queries() {
		text, err := m.Problem(q.Name, "")
		if err != nil {
			t.Fatal(err)
		}
		goals, names := 0, map[string]bool{}
		for line := range strings.Lines(clauses(text)) {
			parts := clauseForm.FindStringSubmatch(strings.TrimSpace(line))
			if parts == nil || strings.Count(line, "(") != strings.Count(line, ")") {
				t.Fatalf("%s: not a clause: %s", q.Name, line)
			}
			if names[parts[1]] {
				t.Errorf("%s: two clauses are called %s", q.Name, parts[1])
			}
			names[parts[1]] = true
			positive := 0
			for literal := range strings.SplitSeq(parts[3], "|") {
				if !strings.HasPrefix(literal, "~") {
					positive++
				}
			}
			if parts[2] == "negated_conjecture" {
				goals++
			}
			if (positive == 0) != (parts[2] == "negated_conjecture") || positive > 1 {
				t.Errorf("%s: not a Horn clause, or not in its role: %s", q.Name, line)
			}
		}
		if goals == 0 {
			t.Errorf("%s asks nothing", q.Name)
		}
	}
}

func TestTheSameModelPrintsTheSame(t *testing.T) {
	first, second := cp1(t), cp1(t)
	for _, q := range first.Queries() {
		one, errOne := first.Problem(q.Name, "")
		two, errTwo := second.Problem(q.Name, "")
		if one != two || errOne != nil || errTwo != nil {
			t.Errorf("%s is printed in two ways: %v %v", q.Name, errOne, errTwo)
		}
	}
}

// TestEveryQueryIsAttackedOnce: a query that no mutant turns into an attack
// proves nothing of the model; a wish that something is reachable has no such
// mutant, because it shows that the rules are not empty.
func TestEveryQueryIsAttackedOnce(t *testing.T) {
	m := cp1(t)
	attacked := map[string]bool{}
	for _, x := range m.Mutants() {
		for _, name := range x.Attacks {
			attacked[name] = true
		}
	}
	for _, q := range m.Queries() {
		if !q.Reachable && !attacked[q.Name] {
			t.Errorf("no mutant is expected to break the query %s", q.Name)
		}
	}
}

// TestReadmeTellsEverything holds both tables of README.md to the model, row by row.
func TestReadmeTellsEverything(t *testing.T) {
	m := cp1(t)
	wants := func(cells ...string) {
		t.Helper()
		if row := "\n| " + strings.Join(cells, " | ") + " |\n"; !strings.Contains(readme, row) {
			t.Errorf("README.md has no row%s", row)
		}
	}
	sentence := func(says string) string { return strings.ToUpper(says[:1]) + says[1:] }
	for _, q := range m.Queries() {
		result := "no attack"
		if q.Reachable {
			result = "reached"
		}
		if q.Crosscheck {
			result += " (both provers)"
		}
		wants("`"+q.Name+"`", sentence(q.Says), result)
	}
	list := func(names []string) string {
		if len(names) == 0 {
			return "-"
		}
		return "`" + strings.Join(names, "`, `") + "`"
	}
	for _, x := range m.Mutants() {
		wants("`"+x.Name+"`", sentence(x.Says), list(x.Attacks), list(x.Holds))
	}
}

// small is a model with one of everything.
const small = `
public key, label
private secret/1
tuple pair/2
hash h/1
define both(A, B) = pair(A, h(B))
define seen(A, B) = att(A), att(B)
rule tells: seen(X, key) -> att(Y) where Y = both(X, secret(X))
rule keeps: other(X) -> att(secret(X))
query safe: the secret stays
  never att(secret(X))
query form: what is told has this form
  never told(X) unless X = pair(A, key)
  rule telling: att(pair(X, h(key))) -> told(pair(h(X), key))
query twice: later it leaks
  later with tells
  assume later(att(secret(key)))
  reach later(att(h(secret(key))))
mutant leak: it is told
  rule keeps: att(X) -> att(secret(X))
  attacks safe
`

func TestClausesSayWhatTheRulesSay(t *testing.T) {
	m, err := Parse(small)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ query, mutant, clause string }{
		{"safe", "", "~att(X)|~att(key)|att(pair(X,h(secret(X))))"},
		{"safe", "", "~other(X)|att(secret(X))"},
		{"safe", "", "~att(pair(X1,X2))|att(X2)"},
		{"safe", "", "~att(X1)|~att(X2)|att(pair(X1,X2))"},
		{"safe", "", "att(label)"},
		{"safe", "", "~att(secret(X))"},
		{"safe", "leak", "~att(X)|att(secret(X))"},
		{"form", "", "~told(X)|~differs0(X)"},
		{"form", "", "differs0(secret(X1))"},
		{"form", "", "~differs1(X2)|differs0(pair(X1,X2))"},
		{"form", "", "differs1(label)"},
		{"twice", "", "~att(X1)|att_later(X1)"},
		{"twice", "", "~att_later(X)|~att_later(key)|att_later(pair(X,h(secret(X))))"},
		{"twice", "", "att_later(secret(key))"},
		{"twice", "", "~att_later(h(secret(key)))"},
	} {
		text, err := m.Problem(c.query, c.mutant)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text, ",("+c.clause+")).\n") {
			t.Errorf("%s %s lacks %s:\n%s", c.query, c.mutant, c.clause, text)
		}
	}
	for query, clause := range map[string]string{
		"safe": "att(secret(X1))|", "form": "differs1(key)", "twice": "other_later(X)|",
	} {
		if text, _ := m.Problem(query, ""); strings.Contains(text, clause) {
			t.Errorf("%s has %s:\n%s", query, clause, text)
		}
	}
}

func TestMistakesAreFound(t *testing.T) {
	for name, source := range map[string]string{
		"unknown block":          "wish x\n",
		"declared twice":         "public x, x\n",
		"no arity":               "hash x/y\n",
		"defined twice":          "define x = y\ndefine x = z\n",
		"definition without =":   "define x\n",
		"rule without name":      "rule att(x)\n",
		"open bracket":           "rule x: att(X\n",
		"stray bracket":          "rule x: att(X))\n",
		"not a name":             "rule x: att(X) -> 7\n",
		"query without sentence": "query x:\n",
		"unknown line of query":  "query x: y\n  perhaps att(X)\n",
		"unknown line of mutant": "mutant x: y\n  perhaps att(X)\n",
		"bad exception":          "query x: y\n  never att(X) unless X\n",
		"bad abbreviation":       "rule x: att(X) where X\n",
	} {
		if _, err := Parse(source); err == nil {
			t.Errorf("nobody complains about: %s", name)
		}
	}
	for name, more := range map[string]string{
		"symbol not declared":    "rule x: att(unknown)\n",
		"wrong number":           "rule x: att(h(key, key))\n",
		"predicate used twice":   "rule x: other(key, key) -> att(key)\n",
		"definition with itself": "define x = h(x)\nrule y: att(x)\n",
		"two terms for one":      "rule x: att(h(seen(key, key)))\n",
		"same rule twice":        "rule tells: att(key)\n",
		"no such rule":           "query x: y\n  drop nothing\n  never att(key)\n",
		"mutant without query":   "mutant x: y\n  drop tells\n",
		"mutant of no rule":      "mutant x: y\n  drop nothing\n  attacks safe\n",
		"mutant of no query":     "mutant x: y\n  drop tells\n  attacks nothing\n",
		"mutant changes nothing": "mutant x: y\n  rule tells: seen(X, key) -> att(both(X, secret(X)))\n  attacks safe\n",
		"mutant of definition":   "mutant x: y\n  define neither = key\n  attacks safe\n",
	} {
		m, err := Parse(small + more)
		if err == nil {
			err = m.Check()
		}
		if err == nil {
			t.Errorf("nobody complains about: %s", name)
		}
	}
}
