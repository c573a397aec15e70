// This file holds CP1.md to the source of the code: every label and every map
// or array that goes over the wire stands in the specification, with its keys,
// which of them are optional, and their types. The specification marks the
// place of each by a comment with its name in the code.

package session_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sources lists the Go files of folders that programs are made of.
func sources(t *testing.T, folders ...string) (paths []string) {
	t.Helper()
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && slices.Contains([]string{"lab", "testdata"}, d.Name()):
				return filepath.SkipDir
			case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
				paths = append(paths, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// labelsInCode are the string literals that begin like a label. One that ends
// in a space is the beginning of several labels.
func labelsInCode(t *testing.T) map[string]bool {
	t.Helper()
	label := regexp.MustCompile(`^CP1 [a-z0-9/ ]+$`)
	labels := map[string]bool{}
	for _, path := range sources(t, ".") {
		ast.Inspect(parse(t, path), func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && label.MatchString(text) {
				labels[text] = true
			}
			return true
		})
	}
	if len(labels) < 30 {
		t.Fatalf("only %d labels were found in the code", len(labels))
	}
	return labels
}

func TestSpecificationNamesEveryLabel(t *testing.T) {
	inSpec := map[string]bool{}
	name := regexp.MustCompile("`(CP1 [^`]+)`")
	for _, cells := range rows(section(t, "### 2.4")) {
		for _, found := range name.FindAllStringSubmatch(cells[0], -1) {
			if inSpec[found[1]] {
				t.Errorf("the label %q has two rows", found[1])
			}
			inSpec[found[1]] = true
		}
	}
	inCode := labelsInCode(t)
	for label := range inCode {
		begins := func(l string) bool { return strings.HasSuffix(label, " ") && strings.HasPrefix(l, label) }
		if !inSpec[label] && !anyKey(inSpec, begins) {
			t.Errorf("CP1.md does not name the label %q", label)
		}
	}
	for label := range inSpec {
		begun := func(l string) bool { return strings.HasSuffix(l, " ") && strings.HasPrefix(label, l) }
		if !inCode[label] && !anyKey(inCode, begun) {
			t.Errorf("CP1.md names the label %q, which the code does not have", label)
		}
	}
}

func anyKey(set map[string]bool, is func(string) bool) bool {
	for key := range set {
		if is(key) {
			return true
		}
	}
	return false
}

// field is one entry of a map or array as the code declares it.
type field struct {
	optional bool
	words    []string // any of them must stand in its description
}

// object is a type of the code that goes over the wire.
type object struct {
	name   string // package and type
	array  bool
	fields map[int]field
}

// objects are the types with integer keys, and the arrays, of the packages
// that own what travels.
func objects(t *testing.T) (all []object) {
	t.Helper()
	for _, path := range sources(t, "protocol/wire", "protocol/trust", "protocol/offer", "protocol/handshake", "protocol/channel", "protocol/report", "protocol/relay") {
		file := parse(t, path)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				if o := objectOf(s); len(o.fields) > 0 {
					o.name = file.Name.Name + "." + spec.Name.Name
					all = append(all, o)
				}
			}
			return true
		})
	}
	return all
}

func objectOf(s *ast.StructType) object {
	o := object{fields: map[int]field{}}
	for _, f := range s.Fields.List {
		var tag reflect.StructTag
		if f.Tag != nil {
			tag = reflect.StructTag(strings.Trim(f.Tag.Value, "`"))
		}
		key, options, _ := strings.Cut(tag.Get("cbor"), ",")
		entry := field{optional: strings.Contains(options, "omitempty"), words: wordsOf(f.Type)}
		switch {
		case options == "toarray":
			o.array = true
		case o.array:
			for range f.Names {
				o.fields[len(o.fields)] = entry
			}
		case strings.HasPrefix(options, "keyasint"):
			if n, err := strconv.Atoi(key); err == nil {
				o.fields[n] = entry
			}
		}
	}
	return o
}

// wordsOf says how CP1.md calls a type of the code; nil: in its own words.
func wordsOf(expr ast.Expr) []string {
	switch e := expr.(type) {
	case *ast.Ident:
		return map[string][]string{"int64": {"time"}, "uint64": {"u64"}, "uint32": {"u32"}, "uint8": {"u8"}, "string": {"text"}, "bool": {"bool"}, "ID": {"bstr[32]"}}[e.Name]
	case *ast.SelectorExpr:
		return map[string][]string{"ID": {"bstr[32]"}, "Reason": {"text"}, "Direction": {"u8", "as asked"}}[e.Sel.Name]
	case *ast.ArrayType:
		element, _ := e.Elt.(*ast.Ident)
		size, fixed := e.Len.(*ast.BasicLit)
		switch {
		case element == nil || element.Name != "byte":
			return nil
		case fixed:
			return []string{"bstr[" + size.Value + "]"}
		}
		return []string{"bstr", "*point*", "byte string", "the map above", "signed object"}
	}
	return nil
}

// described is the place of an object in the specification: the row or the
// paragraph with its mark, or the table that follows a mark on its own line.
func described(t *testing.T, name string) string {
	t.Helper()
	mark := "<!-- " + name + " -->"
	before, after, found := strings.Cut(specification(t), mark)
	if !found {
		t.Errorf("CP1.md does not describe %s", name)
		return ""
	}
	start := before[strings.LastIndexByte(before, '\n')+1:]
	if strings.HasPrefix(start, "|") {
		row, _, _ := strings.Cut(after, "\n")
		return row
	}
	text, _, _ := strings.Cut(strings.TrimPrefix(after, "\n"), "\n\n")
	return text
}

var entryMark = regexp.MustCompile("`(\\d+)(\\??): |`\\[(\\d+)\\] |(?m:^\\| (\\d+)(\\??) \\|)")

// entries reads keys or positions with what is said of each.
func entries(text string) map[int]struct {
	optional bool
	said     string
} {
	all := map[int]struct {
		optional bool
		said     string
	}{}
	found := entryMark.FindAllStringSubmatchIndex(text, -1)
	for i, at := range found {
		part := func(n int) string {
			if at[2*n] < 0 {
				return ""
			}
			return text[at[2*n]:at[2*n+1]]
		}
		end := len(text)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		n, _ := strconv.Atoi(part(1) + part(3) + part(4))
		all[n] = struct {
			optional bool
			said     string
		}{part(2)+part(5) == "?", text[at[1]:end]}
	}
	return all
}

func TestSpecificationGivesEveryMapAndArray(t *testing.T) {
	all := objects(t)
	if len(all) < 40 {
		t.Fatalf("only %d objects were found in the code", len(all))
	}
	for _, o := range all {
		said := entries(described(t, o.name))
		for key, f := range o.fields {
			entry, ok := said[key]
			switch {
			case !ok:
				t.Errorf("%s: CP1.md does not give %d", o.name, key)
			case entry.optional != f.optional:
				t.Errorf("%s: whether %d may be absent differs from the code", o.name, key)
			case f.words != nil && !slices.ContainsFunc(f.words, func(w string) bool { return strings.Contains(entry.said, w) }):
				t.Errorf("%s: of %d CP1.md says %q, without any of %q", o.name, key, entry.said, f.words)
			}
		}
		if len(said) != len(o.fields) {
			t.Errorf("%s has %d entries in CP1.md and %d in the code", o.name, len(said), len(o.fields))
		}
	}
}
