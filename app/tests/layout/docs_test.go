// This file owns the rules for what code says about itself: every package,
// every file and every public name of session tells a reader what it is.

package layout

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// vagueNames say nothing about what a package owns.
var vagueNames = []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "shared"}

// sentenceEnd is a full stop and what follows it.
var sentenceEnd = regexp.MustCompile(`[.!?][)"]?(\s|$)`)

// onlyLegal finds comments that name an owner or a licence and nothing else.
var onlyLegal = regexp.MustCompile(`(?i)^\s*(copyright|spdx-|licen[cs]ed? )`)

func TestEveryPackageSaysWhatItOwns(t *testing.T) {
	folders := map[string][]goFile{}
	for _, file := range code(t) {
		folders[file.folder()] = append(folders[file.folder()], file)
	}
	for folder, inside := range folders {
		report(t, packageComplaints(folder, inside))
	}
}

func TestEveryFileBeginsWithAComment(t *testing.T) {
	for _, file := range code(t) {
		if !beginsWithComment(file) {
			t.Errorf("%s does not begin with a comment that says what lives there", file.name)
		}
	}
}

func TestPublicNamesOfSessionAreExplained(t *testing.T) {
	for _, file := range code(t) {
		if within(file.folder(), "session") && !file.test() {
			report(t, unexplained(file))
		}
	}
}

func TestRulesOfDocsFindABreach(t *testing.T) {
	const good = "// Package p owns this. It must not know that.\npackage p\n"
	for _, breach := range []struct {
		name  string
		texts []string
	}{
		{"session/p", []string{"package p\n"}},
		{"session/p", []string{"// Package p owns this.\npackage p\n"}},
		{"session/p", []string{good, good}},
		{"session/p", []string{"// Package p owns this. It must not know that.\n\npackage p\n"}},
		{"session/util", []string{"// Package util owns this. It must not know that.\npackage util\n"}},
	} {
		var inside []goFile
		for i, text := range breach.texts {
			inside = append(inside, parse(t, fmt.Sprintf("%s/%d.go", breach.name, i), text))
		}
		if len(packageComplaints(breach.name, inside)) == 0 {
			t.Errorf("nobody complains about %s: %q", breach.name, breach.texts)
		}
	}
	if complaints := packageComplaints("session/p", []goFile{parse(t, "session/p/p.go", good)}); len(complaints) != 0 {
		t.Error(complaints)
	}

	for text, begins := range map[string]bool{
		"package p\n":                                                      false,
		"//go:build linux\n\npackage p\n":                                  false,
		"// Copyright 2026 Somebody\n\npackage p\n":                        false,
		"package p\n\n// Late words.\n":                                    false,
		"// What lives here.\n\npackage p\n":                               true,
		"//go:build linux\n\n// What lives here.\n\npackage p\n":           true,
		"// Copyright 2026 Somebody\n\n// What lives here.\n\npackage p\n": true,
		good: true,
	} {
		if beginsWithComment(parse(t, "x.go", text)) != begins {
			t.Errorf("begins with a comment (%t expected): %q", begins, text)
		}
	}

	for _, breach := range []string{
		"func F() {}", "type T int", "const C = 1", "var V = 1", "const (\n\tc = 1\n\tC = 2\n)",
		"// T is.\ntype T int\nfunc (T) M() {}", "// T is.\ntype T[X any] int\nfunc (*T[X]) M() {}",
	} {
		if len(unexplained(parse(t, "x.go", "package p\n"+breach))) != 1 {
			t.Errorf("nobody complains about %q", breach)
		}
	}
	for _, fine := range []string{
		"// F does.\nfunc F() {}", "type t int\nfunc (t) M() {}", "// All of them.\nconst (\n\tA = 1\n\tB = 2\n)",
		"const (\n\t// A is.\n\tA = 1\n\tB = 2 // B is\n)",
	} {
		if complaints := unexplained(parse(t, "x.go", "package p\n"+fine)); len(complaints) != 0 {
			t.Error(fine, complaints)
		}
	}
}

// packageComplaints judges one package: its name, and one doc comment of at
// least two sentences, what it owns and what it must not know. A package that
// is all tests says it in one of them.
func packageComplaints(folder string, inside []goFile) []string {
	var complaints []string
	allTests := !slices.ContainsFunc(inside, func(file goFile) bool { return !file.test() })
	var documented []string
	for _, file := range inside {
		if slices.Contains(vagueNames, file.Name.Name) || slices.Contains(vagueNames, path.Base(folder)) {
			complaints = append(complaints, file.name+": the package's name says nothing")
		}
		if file.Doc.Text() == "" || file.test() && !allTests {
			continue
		}
		documented = append(documented, file.name)
		if len(sentenceEnd.FindAllString(file.Doc.Text(), 2)) < 2 {
			complaints = append(complaints, file.name+": the package's comment is shorter than two sentences")
		}
	}
	switch len(documented) {
	case 0:
		complaints = append(complaints, folder+": the package has no comment")
	case 1:
	default:
		// go doc would run them together; a file's own comment stands apart
		// from the package clause by an empty line.
		complaints = append(complaints, fmt.Sprintf("%s: more than one file has the package's comment: %s", folder, strings.Join(documented, ", ")))
	}
	return complaints
}

// beginsWithComment says whether words stand before the package clause that
// are neither instructions to tools nor about owners and licences.
func beginsWithComment(file goFile) bool {
	return slices.ContainsFunc(file.Comments, func(group *ast.CommentGroup) bool {
		text := group.Text() // leaves instructions such as //go:build out
		return group.Pos() < file.Package && text != "" && !onlyLegal.MatchString(text)
	})
}

// unexplained lists the public names of a file that have no comment.
func unexplained(file goFile) []string {
	var complaints []string
	complain := func(name string) {
		complaints = append(complaints, fmt.Sprintf("%s: %s has no comment", file.name, name))
	}
	for _, declaration := range file.Decls {
		switch declared := declaration.(type) {
		case *ast.FuncDecl:
			if declared.Name.IsExported() && receiverIsPublic(declared) && declared.Doc.Text() == "" {
				complain(declared.Name.Name)
			}
		case *ast.GenDecl:
			if declared.Tok == token.IMPORT || declared.Doc.Text() != "" {
				continue // a comment above a group speaks for all in it
			}
			for _, spec := range declared.Specs {
				for _, name := range unexplainedIn(spec) {
					complain(name)
				}
			}
		}
	}
	return complaints
}

// unexplainedIn lists the public names of one line of a declaration when that
// line has no comment above or beside it.
func unexplainedIn(spec ast.Spec) []string {
	var names []*ast.Ident
	var comments string
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		names, comments = []*ast.Ident{spec.Name}, spec.Doc.Text()+spec.Comment.Text()
	case *ast.ValueSpec:
		names, comments = spec.Names, spec.Doc.Text()+spec.Comment.Text()
	}
	var public []string
	for _, name := range names {
		if name.IsExported() && comments == "" {
			public = append(public, name.Name)
		}
	}
	return public
}

// receiverIsPublic says whether a function is plain or a method of a public type.
func receiverIsPublic(function *ast.FuncDecl) bool {
	if function.Recv == nil {
		return true
	}
	receiver := function.Recv.List[0].Type
	for {
		switch inner := receiver.(type) {
		case *ast.StarExpr:
			receiver = inner.X
		case *ast.IndexExpr:
			receiver = inner.X
		case *ast.IndexListExpr:
			receiver = inner.X
		case *ast.ParenExpr:
			receiver = inner.X
		case *ast.Ident:
			return inner.IsExported()
		default:
			return true
		}
	}
}
