// This file owns the rules for tests: none waits by the clock and none is left
// out. A test that sleeps is slow on a fast machine and wrong on a slow one; a
// test that is skipped proves nothing and looks as if it did.

package layout

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// exceptions lists the test files that these rules leave alone. It is empty and
// should stay so.
var exceptions = []string{}

func TestNoTestSleepsOrIsSkipped(t *testing.T) {
	for _, file := range code(t) {
		if file.test() && !slices.Contains(exceptions, file.name) {
			report(t, badHabits(file))
		}
	}
}

func TestRuleOfHabitsFindsABreach(t *testing.T) {
	for _, breach := range []string{
		`import "time"; func f() { time.Sleep(1) }`,
		`import clock "time"; func f() { clock.Sleep(1) }`,
		`import "time"; var wait = time.Sleep`,
		`import "time"; func f() { <-time.After(1) }`,
		`import "testing"; func f(t *testing.T) { t.Skip() }`,
		`import "testing"; func f(b *testing.B) { b.Skipf("x") }`,
		`import "testing"; func f(tb testing.TB) { tb.SkipNow() }`,
		`import "pgregory.net/rapid"; func f(x *rapid.T) { x.Skip() }`,
	} {
		if len(badHabits(parse(t, "x_test.go", "package p\n"+breach))) != 1 {
			t.Errorf("nobody complains about %s", breach)
		}
	}
	for _, fine := range []string{
		`import "time"; func f() { select { case <-time.After(1): } }`,
		`func f(reader interface{ Skip() }) { reader.Skip() }`,
		`import "time"; var _ = time.Second`,
	} {
		if complaints := badHabits(parse(t, "x_test.go", "package p\n"+fine)); len(complaints) != 0 {
			t.Error(fine, complaints)
		}
	}
}

// badHabits lists where a test file sleeps or skips.
func badHabits(file goFile) []string {
	clock, runners := importedAs(file, "time"), testRunners(file)
	deadlines := map[ast.Stmt]bool{} // cases of a select, which end a wait for something else
	var complaints []string
	ast.Inspect(file.File, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.CommClause:
			deadlines[node.Comm] = true
		case *ast.SelectorExpr:
			owner, isName := node.X.(*ast.Ident)
			switch {
			case !isName:
			case owner.Name == clock && node.Sel.Name == "Sleep":
				complaints = append(complaints, fmt.Sprintf("%s: a test does not sleep; it waits for what it expects, or has its own clock", file.name))
			case slices.Contains(runners, owner.Name) && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, node.Sel.Name):
				complaints = append(complaints, fmt.Sprintf("%s: a test is not skipped; what it needs is installed by make deps", file.name))
			}
		case *ast.ExprStmt:
			if !deadlines[node] && waitsForTimer(node.X, clock) {
				complaints = append(complaints, fmt.Sprintf("%s: waiting for time.After is a sleep by another name", file.name))
			}
		}
		return true
	})
	return complaints
}

// waitsForTimer says whether an expression is <-time.After(x).
func waitsForTimer(expression ast.Expr, clock string) bool {
	receive, ok := expression.(*ast.UnaryExpr)
	if !ok || receive.Op != token.ARROW {
		return false
	}
	call, ok := receive.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	owner, ok := function.X.(*ast.Ident)
	return ok && owner.Name == clock && function.Sel.Name == "After"
}

// importedAs is the name by which a file calls an imported package, or nothing.
func importedAs(file goFile, imported string) string {
	for _, spec := range file.Imports {
		if strings.Trim(spec.Path.Value, `"`) != imported {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(imported)
	}
	return ""
}

// testRunners lists the parameters of a file that can skip a test.
func testRunners(file goFile) []string {
	packages := []string{importedAs(file, "testing"), importedAs(file, "pgregory.net/rapid")}
	var names []string
	ast.Inspect(file.File, func(node ast.Node) bool {
		field, ok := node.(*ast.Field)
		if !ok {
			return true
		}
		kind := field.Type
		if pointer, ok := kind.(*ast.StarExpr); ok {
			kind = pointer.X
		}
		selector, ok := kind.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if owner, ok := selector.X.(*ast.Ident); ok && slices.Contains(packages, owner.Name) {
			for _, name := range field.Names {
				names = append(names, name.Name)
			}
		}
		return true
	})
	return names
}
