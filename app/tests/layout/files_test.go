// This file owns the rules for files of any kind: which names the top level
// may have, and that nothing names a folder of the machine it was written on.

package layout

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// topLevel lists every name that the root of the repository may hold.
var topLevel = []string{
	"app", "assets", "session", "ui",
	"go.mod", "go.sum", "FyneApp.toml", "Makefile",
	"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "NOTICE",
	".ci", ".github", ".editorconfig", ".gitattributes", ".gitignore",
}

// machinePaths finds folders that exist only where somebody happened to work.
// The pattern is put together from pieces so that it does not match itself.
var machinePaths = regexp.MustCompile(`(^|[^A-Za-z0-9_.\-/])/(` + strings.Join([]string{
	"work" + "/",
	"root" + "/",
	"tmp" + "/plan",
	"home" + "/[a-z]",
	"Users" + "/[A-Za-z]",
}, "|") + ")")

func TestTopLevelIsFixed(t *testing.T) {
	for _, name := range files(t) {
		top, _, _ := strings.Cut(name, "/")
		if !slices.Contains(topLevel, top) {
			t.Errorf("%s: the top level has no place for %s", name, top)
		}
	}
}

func TestNoFileNamesAMachinesFolders(t *testing.T) {
	for _, name := range files(t) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		report(t, machinePathsIn(name, text))
	}
}

func TestRuleOfMachinePathsFindsABreach(t *testing.T) {
	for _, breach := range []string{
		"see /" + "work/main", "\"/" + "root/go\"", "(/" + "tmp/plan)", "/" + "home/anna/x", "path=/" + "Users/Anna",
	} {
		if len(machinePathsIn("x.md", []byte(breach))) != 1 {
			t.Errorf("nobody complains about %q", breach)
		}
	}
	for _, fine := range []string{"issuer/root/key", "net" + "work/x", "https://example.org/work/x", "frame/work/s"} {
		if complaints := machinePathsIn("x.md", []byte(fine)); len(complaints) != 0 {
			t.Error(complaints)
		}
	}
}

// machinePathsIn finds the lines of a text file that name a machine's folders.
func machinePathsIn(name string, text []byte) []string {
	if bytes.IndexByte(text, 0) >= 0 {
		return nil // a picture or another binary file
	}
	var complaints []string
	for number, line := range strings.Split(string(text), "\n") {
		if found := machinePaths.FindString(line); found != "" {
			complaints = append(complaints, fmt.Sprintf("%s:%d names a folder of one machine: %s", name, number+1, found))
		}
	}
	return complaints
}
