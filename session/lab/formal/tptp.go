// This file owns the printing of a problem in TPTP's clause form (CNF): the
// attacker's own rules, the rules of the protocol, and a query's goals. All
// clauses are Horn clauses: at most one conclusion each.

package formal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// known is the predicate of what the attacker has.
const known = "att"

// later makes of a fact of now a fact of the second time.
const later = "later"

// maxDepth bounds definitions that call each other.
const maxDepth = 50

// Problem prints the problem of a query about the protocol, changed by the
// named mutant ("" is the protocol itself). A prover that finds the clauses
// contradictory has found an attack, or reached what a Reachable query wants;
// one that finds them satisfiable has shown that there is none.
func (m *Model) Problem(query, mutant string) (string, error) {
	q, err := m.query(query)
	if err != nil {
		return "", err
	}
	changed, err := m.mutated(mutant)
	if err != nil {
		return "", err
	}
	p := problem{model: changed, predicates: map[string]int{}}
	fmt.Fprintf(&p.text, "%% CP1, query %s, protocol %s\n%% %s\n", query, orOriginal(mutant), q.Says)
	p.attacker(known)
	rules := replaced(dropped(changed.rules, append(changed.options(q.with), q.drop...)), q.rules)
	for _, r := range rules {
		p.rule(r)
	}
	if q.later {
		p.secondTime(goingOn(rules, q.goesOn))
	}
	for _, f := range q.facts {
		p.clause("assumed", nil, f.literals)
	}
	for _, g := range q.goals {
		p.goal(g)
	}
	return p.text.String(), errors.Join(p.errors...)
}

// options names the optional rules that a query does not ask for.
func (m *Model) options(wanted []string) []string {
	var names []string
	for _, r := range m.rules {
		if r.option && !slices.Contains(wanted, r.name) {
			names = append(names, r.name)
		}
	}
	return names
}

func orOriginal(mutant string) string {
	if mutant == "" {
		return "as specified"
	}
	return "mutant " + mutant
}

// Check prints every problem that is to be decided, and finds what a reader of
// the source misses: names that are not declared, wrong numbers of arguments,
// rules that do not exist, mutants that change nothing.
func (m *Model) Check() error {
	names := map[string]bool{}
	for _, r := range m.rules {
		if names[r.name] {
			return fmt.Errorf("two rules are called %s", r.name)
		}
		names[r.name] = true
	}
	for _, q := range m.queries {
		if _, err := m.Problem(q.Name, ""); err != nil {
			return fmt.Errorf("query %s: %w", q.Name, err)
		}
		for _, name := range slices.Concat(q.drop, q.with, q.goesOn) {
			own := slices.ContainsFunc(q.rules, func(r rule) bool { return r.name == name })
			if !names[name] && !own {
				return fmt.Errorf("query %s speaks of %s, which is no rule", q.Name, name)
			}
		}
	}
	for _, x := range m.mutants {
		if err := m.checkMutant(x, names); err != nil {
			return fmt.Errorf("mutant %s: %w", x.Name, err)
		}
	}
	return nil
}

// checkMutant makes sure that a mutant changes what each of its queries asks.
func (m *Model) checkMutant(x Mutant, rules map[string]bool) error {
	for _, name := range x.drop {
		if !rules[name] {
			return fmt.Errorf("it leaves out %s, which is no rule", name)
		}
	}
	for _, d := range x.definitions {
		if old, ok := m.definitions[d.name]; !ok || len(old.parameters) != len(d.parameters) {
			return fmt.Errorf("it redefines %s, which is not defined so", d.name)
		}
	}
	if len(x.Attacks)+len(x.Holds) == 0 {
		return errors.New("no query is expected to notice it")
	}
	for _, name := range slices.Concat(x.Attacks, x.Holds) {
		before, err := m.Problem(name, "")
		if err != nil {
			return err
		}
		after, err := m.Problem(name, x.Name)
		if err != nil {
			return err
		}
		if clauses(before) == clauses(after) {
			return fmt.Errorf("it changes nothing in query %s", name)
		}
	}
	return nil
}

// clauses is a problem without the comments.
func clauses(text string) string {
	lines := strings.Split(text, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "%") }), "\n")
}

// problem is one problem while it is printed.
type problem struct {
	model      *Model
	text       strings.Builder
	number     int
	predicates map[string]int // arity of every predicate so far
	order      []string       // predicates as they came up
	forms      []string       // forms that have their "differs" clauses
	errors     []error
}

// attacker prints what everybody can do with each symbol.
func (p *problem) attacker(predicate string) {
	for _, s := range p.model.symbols {
		arguments := variables(s.arity)
		whole := fact(predicate, term{s.name, arguments})
		var parts []term
		for _, a := range arguments {
			parts = append(parts, fact(predicate, a))
		}
		switch s.kind {
		case private:
			continue
		case tuple:
			for _, part := range parts {
				p.clause("attacker", []term{whole}, []term{part})
			}
		}
		p.clause("attacker", parts, []term{whole})
	}
}

func fact(predicate string, about term) term { return term{predicate, []term{about}} }

func variables(count int) []term {
	list := make([]term, count)
	for i := range list {
		list[i] = term{name: fmt.Sprintf("X%d", i+1)}
	}
	return list
}

func (p *problem) rule(r rule) { p.clause(r.name, r.premises, r.conclusions) }

// secondTime repeats everything for the second time: what is known stays
// known, and the rules that are given go on working.
func (p *problem) secondTime(rules []rule) {
	for _, name := range slices.Clone(p.order) {
		if strings.HasSuffix(name, "_"+later) {
			continue
		}
		now := term{name, variables(p.predicates[name])}
		p.clause("stays", []term{now}, []term{{later, []term{now}}})
	}
	p.attacker(known + "_" + later)
	for _, r := range rules {
		p.clause(r.name, inSecondTime(r.premises), inSecondTime(r.conclusions))
	}
}

// goingOn keeps the rules that need only the attacker, and those with a name.
func goingOn(rules []rule, names []string) []rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r rule) bool { return !r.always && !slices.Contains(names, r.name) })
}

func inSecondTime(literals []term) []term {
	var moved []term
	for _, l := range literals {
		if l.name != later {
			l = term{later, []term{l}}
		}
		moved = append(moved, l)
	}
	return moved
}

// goal prints the negation of a goal, and what "differs" means for its forms.
func (p *problem) goal(g goal) {
	literals := slices.Clone(g.literals)
	for _, d := range g.differences {
		form := p.expandTerm(d.form, 0)
		literals = append(literals, fact(p.differs(form), term{name: d.variable}))
	}
	p.clause("goal", literals, nil)
}

// differs prints the clauses of a predicate that holds of every term that is
// not of the form. A variable in the form stands for anything, so it never
// makes a difference. Symbols are free: different ones never give the same.
func (p *problem) differs(form term) string {
	key := form.String()
	index := slices.Index(p.forms, key)
	if index < 0 {
		index = len(p.forms)
		p.forms = append(p.forms, key)
	}
	predicate := fmt.Sprintf("differs%d", index)
	if _, printed := p.predicates[predicate]; printed {
		return predicate
	}
	p.predicates[predicate] = 1
	for _, s := range p.model.symbols {
		other := term{s.name, variables(s.arity)}
		if s.name != form.name {
			p.clause("differs", nil, []term{fact(predicate, other)})
			continue
		}
		for i, part := range form.arguments {
			if !part.variable() {
				p.clause("differs", []term{fact(p.differs(part), other.arguments[i])}, []term{fact(predicate, other)})
			}
		}
	}
	return predicate
}

// clause prints a rule, one clause for each conclusion; without conclusions the
// premises together are impossible.
func (p *problem) clause(name string, premises, conclusions []term) {
	var negative []string
	for _, l := range p.expandLiterals(premises, 0) {
		negative = append(negative, "~"+p.literal(l))
	}
	positive := p.expandLiterals(conclusions, 0)
	if len(conclusions) == 0 {
		p.print(name, "negated_conjecture", negative)
	}
	for _, l := range positive {
		p.print(name, "axiom", append(slices.Clone(negative), p.literal(l)))
	}
}

func (p *problem) print(name, role string, literals []string) {
	p.number++
	fmt.Fprintf(&p.text, "cnf(%s_%d,%s,(%s)).\n", name, p.number, role, strings.Join(literals, "|"))
}

// literal prints a fact and holds its predicate to one number of arguments.
func (p *problem) literal(l term) string {
	if l.name == later && len(l.arguments) == 1 {
		l = term{l.arguments[0].name + "_" + later, l.arguments[0].arguments}
	}
	arity, seen := p.predicates[l.name]
	if !seen {
		p.predicates[l.name], arity = len(l.arguments), len(l.arguments)
		p.order = append(p.order, l.name)
	}
	if arity != len(l.arguments) || l.variable() {
		p.errors = append(p.errors, fmt.Errorf("%s is not used as elsewhere", l))
	}
	return l.String()
}

// expandLiterals puts definitions in the place of their names; one literal may
// become several.
func (p *problem) expandLiterals(literals []term, depth int) []term {
	var expanded []term
	for _, l := range literals {
		if d, ok := p.model.definitions[l.name]; ok {
			expanded = append(expanded, p.expandLiterals(p.apply(d, l, depth), depth+1)...)
			continue
		}
		if l.name == later && len(l.arguments) == 1 {
			for _, inner := range p.expandLiterals(l.arguments, depth) {
				expanded = append(expanded, term{later, []term{inner}})
			}
			continue
		}
		expanded = append(expanded, term{l.name, p.expandTerms(l.arguments, depth)})
	}
	return expanded
}

func (p *problem) expandTerms(terms []term, depth int) []term {
	expanded := make([]term, len(terms))
	for i, t := range terms {
		expanded[i] = p.expandTerm(t, depth)
	}
	return expanded
}

func (p *problem) expandTerm(t term, depth int) term {
	if t.variable() {
		if len(t.arguments) > 0 {
			p.errors = append(p.errors, fmt.Errorf("the variable %s has arguments", t))
		}
		return t
	}
	if d, ok := p.model.definitions[t.name]; ok {
		body := p.apply(d, t, depth)
		if len(body) != 1 {
			p.errors = append(p.errors, fmt.Errorf("%s stands for %d terms", t.name, len(body)))
			return t
		}
		return p.expandTerm(body[0], depth+1)
	}
	if arity, ok := p.model.arity[t.name]; !ok || arity != len(t.arguments) {
		p.errors = append(p.errors, fmt.Errorf("%s with %d arguments is not declared", t.name, len(t.arguments)))
	}
	return term{t.name, p.expandTerms(t.arguments, depth)}
}

// apply is the body of a definition with its parameters filled in.
func (p *problem) apply(d definition, call term, depth int) []term {
	if len(d.parameters) != len(call.arguments) || depth > maxDepth {
		p.errors = append(p.errors, fmt.Errorf("%s takes %d arguments, and must not lead to itself", d.name, len(d.parameters)))
		return nil
	}
	values := map[string]term{}
	for i, name := range d.parameters {
		values[name] = call.arguments[i]
	}
	return substituteAll(d.body, values)
}
