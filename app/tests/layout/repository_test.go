// This file owns how the rules see the repository: its files, its parsed Go
// code and the packages that are linked. It reads; it judges nothing.

package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	root   = "../../.."     // from this package's folder, where go test runs it
	module = "countersign/" // every import path of ours begins so
)

// goFile is one parsed file.
type goFile struct {
	name string // slash-separated, from the root
	*ast.File
}

// folder is the folder of the file, which is its package's path in the module.
func (f goFile) folder() string { return path.Dir(f.name) }

// test says whether only go test compiles the file.
func (f goFile) test() bool { return strings.HasSuffix(f.name, "_test.go") }

// imports are the import paths of the file.
func (f goFile) imports() []string {
	var paths []string
	for _, spec := range f.Imports {
		paths = append(paths, strings.Trim(spec.Path.Value, `"`))
	}
	return paths
}

// files lists what belongs to the repository: what git has or would add, and
// without git (a release archive) everything but what make leaves behind.
func files(t *testing.T) []string {
	t.Helper()
	git := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	git.Dir = root
	out, err := git.Output()
	names := strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	if err != nil || !slices.Contains(names, "go.mod") {
		names = walk(t)
	}
	// A file that is deleted but not yet committed is still listed.
	return slices.DeleteFunc(names, func(name string) bool {
		_, err := os.Lstat(filepath.Join(root, name))
		return errors.Is(err, fs.ErrNotExist)
	})
}

func walk(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", "bin", "demo-out", "dist"}, name) {
			return fs.SkipDir
		}
		if !entry.IsDir() {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// code parses every Go file, whatever system or build tag it is for.
func code(t *testing.T) []goFile {
	t.Helper()
	var parsed []goFile
	for _, name := range files(t) {
		if !strings.HasSuffix(name, ".go") || strings.Contains(name, "/testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, parse(t, name, string(text)))
	}
	if len(parsed) == 0 {
		t.Fatal("found no Go code: the rules would hold for nothing")
	}
	return parsed
}

// parse reads one file; the tests of the rules give it breaches as text.
func parse(t *testing.T, name, text string) goFile {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return goFile{name, file}
}

// linked is one package as `go list -deps` reports it.
type linked struct {
	ImportPath string
	Imports    []string
	Module     *struct {
		Path, Dir string
		Main      bool
	}
	Error *struct{ Err string }
}

// ours says whether the package is in this module.
func (p linked) ours() bool { return strings.HasPrefix(p.ImportPath, module) }

// How packages are built: the programs with windows exist with cgo only.
const (
	withCgo    = "CGO_ENABLED=1"
	withoutCgo = "CGO_ENABLED=0"
)

// packages lists the packages that the patterns name and everything linked
// into them, as built for this system with cgo or without.
func packages(t *testing.T, cgo string, patterns ...string) map[string]linked {
	t.Helper()
	args := append([]string{"list", "-e", "-deps", "-json=ImportPath,Imports,Module,Error"}, patterns...)
	list := exec.Command("go", args...)
	list.Dir = root
	list.Env = append(os.Environ(), cgo)
	var complaints bytes.Buffer
	list.Stderr = &complaints
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaints.String())
	}
	found := map[string]linked{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p linked
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return found
		case err != nil:
			t.Fatal(err)
		}
		found[p.ImportPath] = p
	}
}

// report fails the test once for each complaint.
func report(t *testing.T, complaints []string) {
	t.Helper()
	for _, complaint := range complaints {
		t.Error(complaint)
	}
}
