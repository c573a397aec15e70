// This file owns the rule that there is one version, wherever it is written:
// the programs, their packages and the software centres tell the same.

package layout

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// versions lists the files that hold the version, and how they write it.
var versions = map[string]*regexp.Regexp{
	"FyneApp.toml":             regexp.MustCompile(`(?m)^Version = "(.*)"$`),
	"session/session.go":       regexp.MustCompile(`(?m)^const Version = "(.*)"$`),
	"app/countersignd/main.go": regexp.MustCompile(`(?m)^const version = "(.*)"$`),
	"assets/packaging/linux/org.countersign.app.metainfo.xml": regexp.MustCompile(`<release version="(.*?)"`),
}

func TestThereIsOneVersion(t *testing.T) {
	want := writtenVersion(t, "FyneApp.toml")
	for name := range versions {
		if got := writtenVersion(t, name); got != want {
			t.Errorf("%s has version %q, FyneApp.toml %q", name, got, want)
		}
	}
}

// writtenVersion is the first version that a file tells.
func writtenVersion(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	found := versions[name].FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s: no version found", name)
	}
	return string(found[1])
}
