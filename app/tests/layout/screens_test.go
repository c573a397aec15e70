// This file owns the rule of the list of screens: a screen that is not in it
// cannot be drawn, and what is in it has a golden (the sides' own tests ask).

package layout

import (
	"go/ast"
	"go/token"
	"testing"
)

func TestEveryScreenIsListed(t *testing.T) {
	sides := map[string][]goFile{"ui/agent": nil, "ui/customer": nil}
	for _, file := range code(t) {
		if side, is := sides[file.folder()]; is && !file.test() {
			sides[file.folder()] = append(side, file)
		}
	}
	for folder, files := range sides {
		named, unlisted := unlistedScreens(files)
		if named == 0 {
			t.Errorf("%s: found no screens", folder)
		}
		for _, kind := range unlisted {
			t.Errorf("%s: %s is not in the list of screens", folder, kind)
		}
	}
}

func TestTheListOfScreensIsReadAsItIsWritten(t *testing.T) {
	named, unlisted := unlistedScreens([]goFile{
		parse(t, "ui/agent/one.go", "package p\nconst InCall Kind = \"in-call\"\nconst (\n\tOne Kind = \"one\"\n\tTwo Kind = \"two\"\n)\nconst three = 3\n"),
		parse(t, "ui/agent/screens.go", "package p\nvar screens = map[Kind]func(*Side) screen{\n\tOne: (*Side).one,\n}\n"),
	})
	if named != 2 || len(unlisted) != 1 || unlisted[0] != "Two" {
		t.Errorf("%d screens, of which %q are not listed", named, unlisted)
	}
}

// unlistedScreens counts the kinds of screens that files declare, and names
// those that their list does not have. InCall is a place, not a screen.
func unlistedScreens(files []goFile) (named int, unlisted []string) {
	listed := map[string]bool{"InCall": true}
	var kinds []string
	for _, file := range files {
		for _, declared := range file.Decls {
			general, is := declared.(*ast.GenDecl)
			if !is {
				continue
			}
			for _, spec := range general.Specs {
				value, is := spec.(*ast.ValueSpec)
				switch {
				case !is:
				case general.Tok == token.CONST && isIdent(value.Type, "Kind"):
					kinds = append(kinds, value.Names[0].Name)
				case general.Tok == token.VAR && value.Names[0].Name == "screens":
					for _, row := range value.Values[0].(*ast.CompositeLit).Elts {
						listed[row.(*ast.KeyValueExpr).Key.(*ast.Ident).Name] = true
					}
				}
			}
		}
	}
	for _, kind := range kinds {
		if kind != "InCall" {
			named++
		}
		if !listed[kind] {
			unlisted = append(unlisted, kind)
		}
	}
	return named, unlisted
}

func isIdent(e ast.Expr, name string) bool {
	ident, is := e.(*ast.Ident)
	return is && ident.Name == name
}
