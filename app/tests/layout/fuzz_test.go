// This file owns the rule that bytes from outside are fuzzed: whatever
// decodes CBOR or JSON is reached, within its own folder, from a fuzz target.
// Reached means by name: a target that names a function is taken to call it.
// Other decoders (texts, pictures, links) have targets too, but no rule can
// find them.

package layout

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"
	"testing"
)

// decoders are the functions that turn bytes into values, by package and name.
var decoders = map[string][]string{
	module + "session/protocol/wire": {"Unmarshal"},
	"encoding/json":                  {"Unmarshal", "NewDecoder"},
}

// unfuzzed lists the folders that decode nothing from outside.
var unfuzzed = map[string]string{
	"app/tools/bench":       "reads what programs say that it has started itself",
	"app/tools/demo":        "reads what programs say that it has started itself",
	"app/tools/gotest":      "reads what go test says",
	"app/tools/siege":       "reads what the server says that it has started itself",
	"session/lab/adversary": "the adversary of tests, which no program links",
	"session/lab/vectors":   "the vectors of tests, which no program links",
	"ui/words":              "reads its own translations",
}

func TestEveryDecoderIsFuzzed(t *testing.T) {
	byFolder := map[string][]goFile{}
	for _, file := range code(t) {
		byFolder[file.folder()] = append(byFolder[file.folder()], file)
	}
	idle := maps.Clone(unfuzzed)
	for folder, files := range byFolder {
		missing := unfuzzedDecoders(files)
		if listed := exemption(folder); listed != "" {
			if len(missing) > 0 {
				delete(idle, listed)
			}
			continue
		}
		for _, name := range missing {
			t.Errorf("%s: no fuzz target of this folder reaches the decoder %s", folder, name)
		}
	}
	for folder := range idle {
		t.Errorf("%s decodes nothing: take it off the list", folder)
	}
}

func TestRuleOfDecodersFindsABreach(t *testing.T) {
	const decoder = `import "countersign/session/protocol/wire"; func decode(b []byte) error { var v int; return wire.Unmarshal(b, 1, &v) }; func Open(b []byte) error { return decode(b) }`
	for target, want := range map[string]int{
		`func FuzzOpen() { Open(nil) }`:                               0,
		`func FuzzOpen() { helper() }; func helper() { decode(nil) }`: 0,
		`func FuzzOther() {}`:                                         1,
		`func TestOpen() { Open(nil) }`:                               1,
	} {
		files := []goFile{parse(t, "p/x.go", "package p\n"+decoder), parse(t, "p/x_test.go", "package p\n"+target)}
		if got := unfuzzedDecoders(files); len(got) != want {
			t.Errorf("%s: %v", target, got)
		}
	}
}

// exemption is the listed folder that holds a folder, or nothing.
func exemption(folder string) string {
	for name := range unfuzzed {
		if within(folder, name) {
			return name
		}
	}
	return ""
}

// unfuzzedDecoders lists the functions of a folder's programs that decode and
// that no fuzz target of its tests reaches.
func unfuzzedDecoders(files []goFile) []string {
	names := map[string][]string{} // what each function of the folder names
	var decoding, reached []string
	for _, file := range files {
		for name, body := range bodies(file) {
			names[name] = append(names[name], namedIn(body)...)
			switch {
			case file.test() && strings.HasPrefix(name, "Fuzz"):
				reached = append(reached, name)
			case !file.test() && decodes(file, body):
				decoding = append(decoding, name)
			}
		}
	}
	for i := 0; i < len(reached); i++ {
		for _, name := range names[reached[i]] {
			if names[name] != nil && !slices.Contains(reached, name) {
				reached = append(reached, name)
			}
		}
	}
	return slices.DeleteFunc(decoding, func(name string) bool { return slices.Contains(reached, name) })
}

// bodies are the functions and the variables of a file, by name.
func bodies(file goFile) map[string]ast.Node {
	found := map[string]ast.Node{}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				found[d.Name.Name] = d.Body
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok {
					for _, name := range v.Names {
						found[name.Name] = v
					}
				}
			}
		}
	}
	return found
}

// namedIn lists every name in a function's body.
func namedIn(body ast.Node) []string {
	var names []string
	ast.Inspect(body, func(node ast.Node) bool {
		if name, ok := node.(*ast.Ident); ok {
			names = append(names, name.Name)
		}
		return true
	})
	return names
}

// decodes says whether a function's body calls one of the decoders.
func decodes(file goFile, body ast.Node) bool {
	called := map[string]bool{}
	for imported, functions := range decoders {
		for _, function := range functions {
			called[fmt.Sprint(importedAs(file, imported), ".", function)] = true
		}
	}
	found := false
	ast.Inspect(body, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			owner, isName := selector.X.(*ast.Ident)
			found = found || isName && called[owner.Name+"."+selector.Sel.Name]
		}
		return true
	})
	return found
}
