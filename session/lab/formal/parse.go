// This file owns the reading of a model's text. A block begins at the left
// edge; what is indented belongs to the block above; # begins a comment.

package formal

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Parse reads a model. The error names the block that breaks a rule.
func Parse(source string) (*Model, error) {
	m := &Model{arity: map[string]int{}, definitions: map[string]definition{}}
	for _, b := range blocks(source) {
		if err := m.add(b); err != nil {
			return nil, fmt.Errorf("line %d: %w", b.line, err)
		}
	}
	return m, nil
}

// block is a text that begins at the left edge, with the lines indented by two
// below it. Deeper lines continue the line above them.
type block struct {
	line  int
	text  string
	inner []block
}

func blocks(source string) []block {
	var all []block
	for number, text := range strings.Split(source, "\n") {
		text, _, _ = strings.Cut(text, "#")
		depth := len(text) - len(strings.TrimLeft(text, " "))
		text = strings.TrimSpace(text)
		switch {
		case text == "":
		case depth == 0 || len(all) == 0:
			all = append(all, block{line: number + 1, text: text})
		case depth == 2:
			last := &all[len(all)-1]
			last.inner = append(last.inner, block{line: number + 1, text: text})
		default:
			last := &all[len(all)-1]
			if n := len(last.inner); n > 0 {
				last.inner[n-1].text += " " + text
			} else {
				last.text += " " + text
			}
		}
	}
	return all
}

// whole is a block's text with its inner lines, for blocks without parts.
func (b block) whole() string {
	parts := []string{b.text}
	for _, inner := range b.inner {
		parts = append(parts, inner.text)
	}
	return strings.Join(parts, " ")
}

func (m *Model) add(b block) error {
	keyword, rest, _ := strings.Cut(b.whole(), " ")
	switch symbolKind(keyword) {
	case public, private, tuple, hash:
		return m.declare(symbolKind(keyword), rest)
	}
	switch keyword {
	case "define":
		d, err := parseDefinition(rest)
		if _, twice := m.definitions[d.name]; twice {
			return fmt.Errorf("%s is defined twice", d.name)
		}
		m.definitions[d.name] = d
		return err
	case "rule", "option", "always":
		r, err := parseRule(rest)
		r.option, r.always = keyword == "option", keyword == "always"
		m.rules = append(m.rules, r)
		return err
	case "query":
		q, err := parseQuery(b)
		m.queries = append(m.queries, q)
		return err
	case "mutant":
		x, err := parseMutant(b)
		m.mutants = append(m.mutants, x)
		return err
	}
	return fmt.Errorf("no block begins with %q", keyword)
}

// declare reads "name" or "name/arity", separated by commas.
func (m *Model) declare(kind symbolKind, list string) error {
	for part := range strings.SplitSeq(list, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(part), "/")
		arity := 0
		if number != "" {
			var err error
			if arity, err = strconv.Atoi(number); err != nil {
				return err
			}
		}
		if _, twice := m.arity[name]; twice || name == "" {
			return fmt.Errorf("%q is declared twice or has no name", name)
		}
		m.arity[name] = arity
		m.symbols = append(m.symbols, symbol{kind, name, arity})
	}
	return nil
}

// parseDefinition reads "name(A, B) = term" or "name(A, B) = literal, literal".
func parseDefinition(text string) (definition, error) {
	left, right, ok := strings.Cut(text, "=")
	if !ok {
		return definition{}, fmt.Errorf("a definition has an equals sign: %s", text)
	}
	heads, err := parseTerms(left)
	if err != nil || len(heads) != 1 {
		return definition{}, fmt.Errorf("a definition begins with its name: %s", text)
	}
	d := definition{name: heads[0].name}
	for _, p := range heads[0].arguments {
		d.parameters = append(d.parameters, p.name)
	}
	d.body, err = parseTerms(right)
	return d, err
}

// parseRule reads "name: premises -> conclusions where A = term, B = term". A
// rule without an arrow is a fact.
func parseRule(text string) (rule, error) {
	name, body, ok := strings.Cut(text, ":")
	if !ok {
		return rule{}, fmt.Errorf("a rule has a name and a colon: %s", text)
	}
	r := rule{name: strings.TrimSpace(name)}
	body, abbreviations, _ := cutWord(body, "where")
	premises, conclusions, isRule := strings.Cut(body, "->")
	if !isRule {
		premises, conclusions = "", body
	}
	var err error
	if r.premises, err = parseTerms(premises); err != nil {
		return r, err
	}
	if r.conclusions, err = parseTerms(conclusions); err != nil {
		return r, err
	}
	values, err := parseAbbreviations(abbreviations)
	r.premises, r.conclusions = substituteAll(r.premises, values), substituteAll(r.conclusions, values)
	return r, err
}

// parseAbbreviations reads "A = term, B = term"; a term may use the
// abbreviations before it.
func parseAbbreviations(text string) (map[string]term, error) {
	values := map[string]term{}
	for _, part := range splitTop(text) {
		name, value, ok := strings.Cut(part, "=")
		terms, err := parseTerms(value)
		if !ok || err != nil || len(terms) != 1 {
			return nil, fmt.Errorf("an abbreviation is NAME = term: %s", part)
		}
		values[strings.TrimSpace(name)] = terms[0].substitute(values)
	}
	return values, nil
}

func substituteAll(terms []term, values map[string]term) []term {
	changed := make([]term, len(terms))
	for i, t := range terms {
		changed[i] = t.substitute(values)
	}
	return changed
}

func parseQuery(b block) (Query, error) {
	name, says, err := title(b.text)
	q := Query{Name: name, Says: says}
	for _, line := range b.inner {
		if err != nil {
			break
		}
		keyword, rest, _ := strings.Cut(line.text, " ")
		switch keyword {
		case "assume":
			err = addGoal(&q.facts, rest)
		case "never":
			err = addGoal(&q.goals, rest)
		case "reach":
			q.Reachable = true
			err = addGoal(&q.goals, rest)
		case "rule":
			var r rule
			r, err = parseRule(rest)
			q.rules = append(q.rules, r)
		case "drop":
			q.drop = append(q.drop, words(rest)...)
		case "with":
			q.with = append(q.with, words(rest)...)
		case "crosscheck":
			q.Crosscheck = true
		case "later":
			q.later, q.goesOn = true, words(strings.TrimPrefix(rest, "with"))
		default:
			err = fmt.Errorf("a query has no line that begins with %q", keyword)
		}
	}
	return q, err
}

// addGoal reads "literal, literal unless VARIABLE = form".
func addGoal(list *[]goal, text string) error {
	text, exceptions, _ := cutWord(text, "unless")
	literals, err := parseTerms(text)
	if err != nil {
		return err
	}
	g := goal{literals: literals}
	for _, part := range splitTop(exceptions) {
		variable, form, ok := strings.Cut(part, "=")
		forms, err := parseTerms(form)
		if !ok || err != nil || len(forms) != 1 {
			return fmt.Errorf("an exception is VARIABLE = form: %s", part)
		}
		g.differences = append(g.differences, difference{strings.TrimSpace(variable), forms[0]})
	}
	*list = append(*list, g)
	return nil
}

func parseMutant(b block) (Mutant, error) {
	name, says, err := title(b.text)
	x := Mutant{Name: name, Says: says}
	for _, line := range b.inner {
		if err != nil {
			break
		}
		keyword, rest, _ := strings.Cut(line.text, " ")
		switch keyword {
		case "define":
			var d definition
			d, err = parseDefinition(rest)
			x.definitions = append(x.definitions, d)
		case "rule":
			var r rule
			r, err = parseRule(rest)
			x.rules = append(x.rules, r)
		case "drop":
			x.drop = append(x.drop, words(rest)...)
		case "attacks":
			x.Attacks = append(x.Attacks, words(rest)...)
		case "holds":
			x.Holds = append(x.Holds, words(rest)...)
		default:
			err = fmt.Errorf("a mutant has no line that begins with %q", keyword)
		}
	}
	return x, err
}

// title reads "keyword name: sentence".
func title(text string) (name, says string, err error) {
	_, text, _ = strings.Cut(text, " ")
	name, says, ok := strings.Cut(text, ":")
	if !ok || strings.TrimSpace(says) == "" {
		return "", "", fmt.Errorf("a name, a colon and a sentence are needed: %s", text)
	}
	return strings.TrimSpace(name), strings.TrimSpace(says), nil
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
}

// cutWord is strings.Cut at a whole word.
func cutWord(text, word string) (before, after string, found bool) {
	return strings.Cut(text+" ", " "+word+" ")
}

// splitTop splits at the commas outside of brackets.
func splitTop(text string) []string {
	var parts []string
	depth, start := 0, 0
	for i, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				parts, start = append(parts, text[start:i]), i+1
			}
		}
	}
	if strings.TrimSpace(text[start:]) != "" {
		parts = append(parts, text[start:])
	}
	return parts
}

// token is a name or a single sign.
var token = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_]*|\S`)

// parseTerms reads a list of terms, perhaps empty.
func parseTerms(text string) ([]term, error) {
	tokens := token.FindAllString(text, -1)
	if len(tokens) == 0 {
		return nil, nil
	}
	terms, rest, err := readList(tokens)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("unexpected %q in %s", rest[0], text)
	}
	return terms, err
}

func readList(tokens []string) (terms []term, rest []string, err error) {
	for {
		if len(tokens) == 0 || !isLetter(tokens[0][0]) {
			return nil, nil, fmt.Errorf("a name is missing before %q", tokens)
		}
		t := term{name: tokens[0]}
		tokens = tokens[1:]
		if len(tokens) > 0 && tokens[0] == "(" {
			if t.arguments, tokens, err = readList(tokens[1:]); err != nil {
				return nil, nil, err
			}
			if len(tokens) == 0 || tokens[0] != ")" {
				return nil, nil, fmt.Errorf("a bracket is not closed after %s", t)
			}
			tokens = tokens[1:]
		}
		terms = append(terms, t)
		if len(tokens) == 0 || tokens[0] != "," {
			return terms, tokens, nil
		}
		tokens = tokens[1:]
	}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
