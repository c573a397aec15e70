// This file owns one rule for results: no return statement names a variable
// beside a call that changes it through its address. Go does not say which of
// the two comes first (the specification, "Order of evaluation"), and a verdict
// from before the last check would be the one that goes on.

package layout

import (
	"fmt"
	"go/ast"
	"go/token"
	"testing"
)

func TestNoResultIsReadBesideItsChange(t *testing.T) {
	for _, file := range code(t) {
		report(t, unorderedResults(file))
	}
}

func TestRuleOfResultsFindsABreach(t *testing.T) {
	for text, want := range map[string]int{
		`return v, change(&v)`:                         1,
		`return 1, v, wrap(change(2, &v))`:             1,
		`return v.n, change(&v)`:                       1,
		`err := change(&v); return v, err`:             0,
		`return v, change(&w)`:                         0,
		`return change(&v), nil`:                       0,
		`return func() { change(&v) }, change(nil)`:    0,
		`return v, func() error { return change(&v) }`: 0,
		`return p, change(&p.field)`:                   0, // p may be a pointer, which stays
		`return &v, change(&v)`:                        0,
	} {
		if got := len(unorderedResults(parse(t, "x.go", "package p\nfunc f() { "+text+" }"))); got != want {
			t.Errorf("%d complaints about %s", got, text)
		}
	}
}

// unorderedResults lists the return statements of a file that read a variable
// and change it.
func unorderedResults(file goFile) []string {
	var complaints []string
	ast.Inspect(file.File, func(node ast.Node) bool {
		back, ok := node.(*ast.ReturnStmt)
		if !ok {
			return true
		}
		changed := map[string]bool{}
		for _, result := range back.Results {
			ast.Inspect(result, func(node ast.Node) bool {
				if call, ok := node.(*ast.CallExpr); ok {
					for _, argument := range call.Args {
						if address, ok := argument.(*ast.UnaryExpr); ok && address.Op == token.AND {
							if name, ok := address.X.(*ast.Ident); ok {
								changed[name.Name] = true
							}
						}
					}
				}
				_, later := node.(*ast.FuncLit)
				return !later
			})
		}
		for _, result := range back.Results {
			if name := variable(result); name != "" && changed[name] {
				complaints = append(complaints, fmt.Sprintf("%s: a return statement reads %s beside a call that changes it: call first", file.name, name))
			}
		}
		return true
	})
	return complaints
}

// variable is the name of the variable that an expression is, or is a field of;
// "" for any other expression.
func variable(expression ast.Expr) string {
	for {
		switch e := expression.(type) {
		case *ast.Ident:
			return e.Name
		case *ast.SelectorExpr:
			expression = e.X
		default:
			return ""
		}
	}
}
