// These tests read recorded words of go test, and run it once on a module of
// their own.

package gotest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReadGathersWhatEachTestSaid(t *testing.T) {
	report, err := Read(strings.NewReader(`{"ImportPath":"p","Action":"build-output","Output":"built\n"}
{"Action":"start"}
{"Action":"run","Test":"TestOne"}
{"Action":"output","Test":"TestOne/part","Output":"a word\n"}
{"Action":"run","Test":"TestCut"}
{"Action":"output","Test":"TestCut","Output":"cut off\n"}
{"Action":"fail","Test":"TestOne/part","Elapsed":1}
{"Action":"fail","Test":"TestOne","Elapsed":1.5}
{"Action":"skip","Test":"TestTwo","Elapsed":0}
{"Action":"output","Output":"FAIL\n"}
{"Action":"fail","Elapsed":2}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Test{{"TestOne", Fail, 1500 * time.Millisecond, "a word\n"}, {"TestTwo", Skip, 0, ""}}
	if !slices.Equal(report.Tests, want) {
		t.Errorf("tests %+v, want %+v", report.Tests, want)
	}
	if report.Output != "built\nFAIL\ncut off\n" || report.Passed {
		t.Errorf("output %q, passed %t", report.Output, report.Passed)
	}
}

func TestReadRefusesWhatIsNotAnEvent(t *testing.T) {
	for _, said := range []string{"{", "ok", `{"Action":1}`} {
		if _, err := Read(strings.NewReader(said)); err == nil {
			t.Errorf("%q was taken for events", said)
		}
	}
}

func TestRunTellsFailuresFromFaults(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module m\n",
		"a_test.go": "package m\n\nimport \"testing\"\n\nfunc TestGood(*testing.T) {}\n\nfunc TestBad(t *testing.T) { t.Error(\"bad\") }\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	report, err := Run(t.Context(), folder, "-run", "TestBad", ".")
	if err != nil || report.Passed || len(report.Tests) != 1 || report.Tests[0].Action != Fail || !strings.Contains(report.Tests[0].Output, "bad") {
		t.Errorf("a test that fails: %+v, %v", report, err)
	}
	if report, err = Run(t.Context(), folder, "-run", "TestGood", "."); err != nil || !report.Passed {
		t.Errorf("a test that passes: %+v, %v", report, err)
	}
	if report, err = Run(t.Context(), folder, "./nowhere"); err != nil || report.Passed || report.Output == "" {
		t.Errorf("a package that is not there: %+v, %v", report, err)
	}
	if _, err = Run(t.Context(), filepath.Join(folder, "nowhere"), "."); err == nil {
		t.Error("a folder that is not there is no fault")
	}
}
