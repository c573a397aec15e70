// This file owns the rule for comparing secrets: what proves something by being
// equal to a secret is compared in constant time, so that how long a refusal
// takes tells nobody how near a guess was. The rule goes by names, like a
// reader: it knows the words that CP1 and this code have for secrets.

package layout

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// secretWords are the last words of names whose values are secret, or are
// compared with a secret.
var secretWords = []string{
	"mac", "hmac", "proof", "confirm", "confirmation", "readback", "digits", "secret", "passphrase", "phrase",
	"prk", "k0", "na", "nc", "seed", "factor", "totp", "token", "pseudonym", "words",
}

// quickComparisons stop at the first difference.
var quickComparisons = []string{"bytes.Equal", "bytes.Compare", "slices.Equal", "slices.Compare", "strings.EqualFold", "strings.Compare", "reflect.DeepEqual"}

func TestSecretsAreComparedInConstantTime(t *testing.T) {
	all := code(t)
	fixed := constantsOf(all...)
	for _, file := range all {
		attacker := within(file.folder(), "session/lab/adversary") // has no secrets to lose
		if within(file.folder(), "session") && !attacker && !file.test() {
			report(t, quickSecrets(file, fixed))
		}
	}
}

func TestRuleOfSecretsFindsABreach(t *testing.T) {
	for _, breach := range []string{
		"var _ = r.MAC == other", "var _ = want != s.Confirm()", "var _ = bytes.Equal(a.proof[:], b)", "var _ = string(typed) == Readback(0)",
		"var _ = slices.Equal(x, []byte(ticket.Secret))", "var _ = keys.nA == [32]byte(x)", "func f() { switch x { case passphrase: } }",
		"var _ = q.SecondFactor == right", "var _ = strings.EqualFold(Words(hash), typed)", "var _ = bytes.Equal(customer.Pseudonym[:], p)",
	} {
		file := parse(t, "session/p/x.go", "package p\n"+breach)
		if len(quickSecrets(file, constantsOf(file))) != 1 {
			t.Errorf("nobody complains about %s", breach)
		}
	}
	for _, fine := range []string{
		"var _ = hmac.Equal(r.MAC[:], other)", `var _ = secondFactor == ""`, "var _ = s.prk == nil", "var _ = len(secret) == 32",
		"var _ = bytes.Equal(again, data)", "var _ = machine == other", "func f() { switch passphrase { case \"\": } }",
		"const KindConfirm = 1; var _ = kind == KindConfirm", "const none = 0; var _ = other.SecondFactor == none",
	} {
		file := parse(t, "session/p/x.go", "package p\n"+fine)
		if complaints := quickSecrets(file, constantsOf(file)); len(complaints) != 0 {
			t.Error(fine, complaints)
		}
	}
}

// quickSecrets lists where a file compares a secret in a way that stops early.
func quickSecrets(file goFile, fixed map[string]bool) []string {
	var complaints []string
	judge := func(a, b ast.Expr) {
		if isFixed(a, fixed) || isFixed(b, fixed) {
			return
		}
		for _, e := range []ast.Expr{a, b} {
			if name := nameOf(e); isSecret(name) {
				complaints = append(complaints, fmt.Sprintf("%s: %s is compared in a time that tells how much is right: use hmac.Equal", file.name, name))
				return
			}
		}
	}
	ast.Inspect(file.File, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.BinaryExpr:
			if node.Op == token.EQL || node.Op == token.NEQ {
				judge(node.X, node.Y)
			}
		case *ast.CallExpr:
			if slices.Contains(quickComparisons, calledName(node)) && len(node.Args) == 2 {
				judge(node.Args[0], node.Args[1])
			}
		case *ast.SwitchStmt:
			for _, clause := range node.Body.List {
				for _, value := range clause.(*ast.CaseClause).List {
					if node.Tag != nil {
						judge(node.Tag, value)
					}
				}
			}
		}
		return true
	})
	return complaints
}

// nameOf is the last name of an expression: of x.Secret[:4], []byte(Secret) and
// Secret(1) it is Secret. A length has no name.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.ParenExpr:
		return nameOf(e.X)
	case *ast.StarExpr:
		return nameOf(e.X)
	case *ast.IndexExpr:
		return nameOf(e.X)
	case *ast.SliceExpr:
		return nameOf(e.X)
	case *ast.CallExpr:
		name := nameOf(e.Fun)
		if len(e.Args) == 1 && (name == "" || slices.Contains([]string{"string", "Clone", "TrimSpace", "ToUpper", "ToLower", "Join"}, name)) {
			return nameOf(e.Args[0]) // a conversion, or hardly more
		}
		return name
	}
	return ""
}

// isSecret says whether the last word of a name is a word for a secret: Secret
// and SecondFactor are, secretary is not.
func isSecret(name string) bool {
	return slices.ContainsFunc(secretWords, func(word string) bool {
		rest, found := strings.CutSuffix(strings.ToLower(name), word)
		if !found {
			return false
		}
		last := name[len(rest):]
		return rest == "" || last[0] >= 'A' && last[0] <= 'Z'
	})
}

// isFixed says whether an expression is written in the code: nothing is learned
// from a comparison with it.
func isFixed(e ast.Expr, fixed map[string]bool) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return e.Name == "nil" || fixed[e.Name]
	case *ast.SelectorExpr:
		return fixed[e.Sel.Name]
	case *ast.CompositeLit:
		return len(e.Elts) == 0
	}
	return false
}

// constantsOf lists the names of all constants of files.
func constantsOf(files ...goFile) map[string]bool {
	names := map[string]bool{}
	for _, file := range files {
		ast.Inspect(file.File, func(node ast.Node) bool {
			if declared, ok := node.(*ast.GenDecl); ok && declared.Tok == token.CONST {
				for _, spec := range declared.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						names[name.Name] = true
					}
				}
			}
			return true
		})
	}
	return names
}

// calledName is the called function as package.name.
func calledName(call *ast.CallExpr) string {
	if selector, ok := call.Fun.(*ast.SelectorExpr); ok {
		if owner, ok := selector.X.(*ast.Ident); ok {
			return owner.Name + "." + selector.Sel.Name
		}
	}
	return ""
}
