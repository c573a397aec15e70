// This file owns the form of a patch:
//
//	Takes away: what defence, in one sentence
//	Killed by: ./folder TestOne TestTwo
//	Killed by: ./other TestThree
//
//	--- a/folder/file.go
//	+++ b/folder/file.go
//	@@ -1,3 +1,3 @@ ...
//
// Rules: one file, one line (changed, removed or added), and at least one test
// that must fail; every named test must. A part of a test (TestOne/part, with _
// for a space) stands alone on its line.

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// mutant is one patch.
type mutant struct {
	name  string // of the patch's file, without its ending
	path  string
	takes string // what defence it takes away
	file  string // that it changes, from the root of the module
	kills []kill
}

// kill names the tests of one package that must fail.
type kill struct {
	folder string // "./session/protocol/verdict"
	tests  []string
}

// pattern is what go test -run takes for the tests.
func (k kill) pattern() string {
	if whole, part, found := strings.Cut(k.tests[0], "/"); found {
		return "^" + whole + "$/^" + regexp.QuoteMeta(part) + "$"
	}
	return "^(" + strings.Join(k.tests, "|") + ")$"
}

var (
	patchName = regexp.MustCompile(`^\d\d\d-[a-z0-9-]+$`)
	testName  = regexp.MustCompile(`^Test[A-Z][A-Za-z0-9]*(/[^/]+)?$`)
	inHere    = regexp.MustCompile(`^\./[a-z0-9/]+$`)
	goFile    = regexp.MustCompile(`^[a-z0-9_/]+\.go$`)
)

// readMutant reads one patch and holds it to the rules.
func readMutant(path string) (mutant, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return mutant{}, err
	}
	m := mutant{name: strings.TrimSuffix(filepath.Base(path), ".patch"), path: path}
	if err := m.parse(string(text)); err != nil {
		return mutant{}, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func (m *mutant) parse(text string) error {
	head, change, found := strings.Cut(text, "\n--- a/")
	if !found || !patchName.MatchString(m.name) {
		return errors.New("not a patch with a head, in a file called NNN-name.patch")
	}
	if err := m.parseHead(head); err != nil {
		return err
	}
	return m.parseChange(strings.Split(strings.TrimSuffix(change, "\n"), "\n"))
}

func (m *mutant) parseHead(head string) error {
	for _, line := range strings.Split(strings.TrimSpace(head), "\n") {
		field, value, _ := strings.Cut(line, ": ")
		switch field {
		case "Takes away":
			m.takes = value
		case "Killed by":
			k, err := parseKill(strings.Fields(value))
			if err != nil {
				return err
			}
			m.kills = append(m.kills, k)
		default:
			return fmt.Errorf("%q belongs in no head", line)
		}
	}
	if m.takes == "" || len(m.kills) == 0 {
		return errors.New("the head must say what is taken away, and which tests notice")
	}
	return nil
}

func parseKill(words []string) (kill, error) {
	if len(words) < 2 || !inHere.MatchString(words[0]) {
		return kill{}, fmt.Errorf("%q is no folder with tests", words)
	}
	for _, test := range words[1:] {
		if !testName.MatchString(test) || strings.Contains(test, "/") && len(words) > 2 {
			return kill{}, fmt.Errorf("%q is no test, or a part of one that does not stand alone", test)
		}
	}
	return kill{words[0], words[1:]}, nil
}

// parseChange takes the lines behind "--- a/".
func (m *mutant) parseChange(lines []string) error {
	m.file = lines[0]
	if !goFile.MatchString(m.file) || strings.HasSuffix(m.file, "_test.go") {
		return fmt.Errorf("%s is no file of a program", m.file)
	}
	if len(lines) < 3 || lines[1] != "+++ b/"+m.file || !strings.HasPrefix(lines[2], "@@ ") {
		return errors.New("not a change of one file")
	}
	removed, added := 0, 0
	for _, line := range lines[3:] {
		switch {
		case strings.HasPrefix(line, "-"):
			removed++
		case strings.HasPrefix(line, "+"):
			added++
		case !strings.HasPrefix(line, " ") && line != "":
			return errors.New("not a single change")
		}
	}
	if removed > 1 || added > 1 || removed+added == 0 {
		return fmt.Errorf("%d lines removed and %d added, where one line changes", removed, added)
	}
	return nil
}
