// Package formal owns the formal model of CP1's messages: it reads the model
// (cp1.model, a file of plain rules made for people) and prints, for one query
// and one variant of the protocol, the problem that a theorem prover decides.
// An honest variant and every mutant come from the same rules.
//
// It must not know the protocol, nor any prover: what a call does stands in
// cp1.model and nowhere else, and the provers are run by the tests. Nothing of
// it is linked into a program.
//
// Rules: the same model prints the same bytes; a name that is not declared, a
// wrong number of arguments, or a change that changes nothing is an error.
package formal

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Source is the model of CP1 as people read it.
//
//go:embed cp1.model
var Source string

// Model is what a source says: symbols, definitions, rules, queries, mutants.
type Model struct {
	symbols     []symbol // in the order of the source
	arity       map[string]int
	definitions map[string]definition
	rules       []rule
	queries     []Query
	mutants     []Mutant
}

// Query is one question about the protocol.
type Query struct {
	Name, Says string
	// Reachable tells that something must be derivable; else the query names
	// what must never be derivable.
	Reachable bool
	// Crosscheck tells that the second prover can decide the query too.
	Crosscheck bool

	facts, goals []goal
	rules        []rule
	drop, with   []string // rules left out, and options taken in
	later        bool     // whether a second time exists, in which more is known
	goesOn       []string // rules of the protocol that go on in that second time
}

// Mutant is a protocol with one defence less, or changed in one place.
type Mutant struct {
	Name, Says string
	// Attacks names the queries that this change must turn into attacks. None
	// means that another defence must still hold all queries of Holds.
	Attacks []string
	// Holds names queries that must stay without attack in spite of the change.
	Holds []string

	definitions []definition
	rules       []rule
	drop        []string
}

// symbolKind says what an attacker can do with a function symbol.
type symbolKind string

const (
	public  symbolKind = "public"  // a constant that everybody knows
	private symbolKind = "private" // nobody computes it: keys, nonces, call ids
	tuple   symbolKind = "tuple"   // everybody builds it and takes it apart
	hash    symbolKind = "hash"    // everybody builds it; nobody takes it apart
)

type symbol struct {
	kind  symbolKind
	name  string
	arity int
}

// definition is an abbreviation: for a term, or for several literals.
type definition struct {
	name       string
	parameters []string
	body       []term
}

// rule says: where all of the premises hold, all of the conclusions hold.
type rule struct {
	name                  string
	premises, conclusions []term
	option                bool // only in the queries that ask for it
	always                bool // needs only the attacker, so goes on in a second time
}

// goal is a conjunction that must never hold, or must hold. Each difference
// demands that a variable of it is not of a given form.
type goal struct {
	literals    []term
	differences []difference
}

type difference struct {
	variable string
	form     term
}

// Queries returns the questions in the order of the source.
func (m *Model) Queries() []Query { return slices.Clone(m.queries) }

// Mutants returns the changed protocols in the order of the source.
func (m *Model) Mutants() []Mutant { return slices.Clone(m.mutants) }

// query finds a query by its name.
func (m *Model) query(name string) (Query, error) {
	for _, q := range m.queries {
		if q.Name == name {
			return q, nil
		}
	}
	return Query{}, fmt.Errorf("no query is called %q", name)
}

// mutated is the model with the changes of the named mutant; "" changes nothing.
func (m *Model) mutated(name string) (*Model, error) {
	if name == "" {
		return m, nil
	}
	i := slices.IndexFunc(m.mutants, func(x Mutant) bool { return x.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("no mutant is called %q", name)
	}
	mutant, changed := m.mutants[i], *m
	changed.definitions = maps.Clone(m.definitions)
	for _, d := range mutant.definitions {
		changed.definitions[d.name] = d
	}
	changed.rules = replaced(dropped(m.rules, mutant.drop), mutant.rules)
	return &changed, nil
}

// dropped leaves rules out by name.
func dropped(rules []rule, names []string) []rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r rule) bool { return slices.Contains(names, r.name) })
}

// replaced puts each new rule in the place of the one with its name, or at the end.
func replaced(rules, with []rule) []rule {
	rules = slices.Clone(rules)
	for _, r := range with {
		if i := slices.IndexFunc(rules, func(old rule) bool { return old.name == r.name }); i >= 0 {
			rules[i] = r
		} else {
			rules = append(rules, r)
		}
	}
	return rules
}

// term is a variable (its name begins with a capital letter), or a function or
// predicate with its arguments.
type term struct {
	name      string
	arguments []term
}

func (t term) variable() bool { return t.name[0] >= 'A' && t.name[0] <= 'Z' }

func (t term) String() string {
	if len(t.arguments) == 0 {
		return t.name
	}
	parts := make([]string, len(t.arguments))
	for i, a := range t.arguments {
		parts[i] = a.String()
	}
	return t.name + "(" + strings.Join(parts, ",") + ")"
}

// substitute puts terms in the place of variables.
func (t term) substitute(values map[string]term) term {
	if t.variable() {
		if value, ok := values[t.name]; ok {
			return value
		}
		return t
	}
	arguments := make([]term, len(t.arguments))
	for i, a := range t.arguments {
		arguments[i] = a.substitute(values)
	}
	return term{t.name, arguments}
}
