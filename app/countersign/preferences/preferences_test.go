// This file tests that preferences last, and that a file that is none of ours does
// no harm.

package preferences

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestPreferencesLast(t *testing.T) {
	dir := t.TempDir()
	w := Open(dir)
	w.SetString("language", "pl")
	w.SetFloat("width", 1280.5)
	w.SetFloat("width", 900)
	if w.String("language") != "pl" || w.Float("width") != 900 {
		t.Error("what was just said is forgotten")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again := Open(dir)
	defer func() { _ = again.Close() }()
	if again.String("language") != "pl" || again.Float("width") != 900 || again.String("other") != "" || again.Float("language") != 0 {
		t.Errorf("%v is left", again.values)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v is left behind, %v", entries, err)
	}
	info, err := entries[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestNothingIsWrittenWithoutAPreference(t *testing.T) {
	dir := t.TempDir()
	w := Open(dir)
	w.String("language")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.SetString("language", "pl") // too late, and harmless
	if _, err := os.Stat(filepath.Join(dir, fileName)); err == nil {
		t.Error("a file was made")
	}
}

func TestFileThatIsNotOursIsNoFile(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "null", `{"language": {"a": 1}}`, `{"language": true}`, `{"language":"` + strings.Repeat("x", maxFile) + `"}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		w := Open(dir)
		if w.String("language") != "" || len(w.values) != 0 {
			t.Errorf("%.20q is believed: %v", text, w.values)
		}
		w.SetString("language", "en")
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		again := Open(dir)
		if again.String("language") != "en" {
			t.Errorf("%.20q cannot be replaced", text)
		}
		_ = again.Close()
	}
}

// Whenever somebody looks, the file is whole: a program that ends in the middle
// of a writing forgets at most the last preference.
func TestFileIsWholeAtAnyMoment(t *testing.T) {
	dir := t.TempDir()
	w := Open(dir)
	w.SetString("word", "0")
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range 200 {
			w.SetString("word", fmt.Sprint(i))
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		writer.Wait()
	}()
	for seen := false; ; {
		select {
		case <-looked:
			if read(filepath.Join(dir, fileName))["word"] != "199" {
				t.Error("the last preference is lost")
			}
			return
		default:
			word := read(filepath.Join(dir, fileName))["word"]
			if seen && word == nil {
				t.Fatal("the file was not whole")
			}
			seen = seen || word != nil
		}
	}
}

func TestHomeThatCannotBeWrittenIsSaid(t *testing.T) {
	w := Open(filepath.Join(t.TempDir(), "absent"))
	w.SetString("language", "pl")
	if w.Close() == nil {
		t.Error("a preference that was not kept is not said")
	}
}
