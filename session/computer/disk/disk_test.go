// Tests of what is left where a file cannot be written.

package disk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestAFileIsReplacedWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "id")
	for _, text := range []string{"first\n", "second\n", ""} {
		if err := Replace(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if kept, err := os.ReadFile(path); err != nil || string(kept) != text {
			t.Errorf("%q, %v", kept, err)
		}
	}
	// What the name stood for stays whole until the new file has it: a program
	// that has opened it, or a second name, still sees all of it.
	if err := Replace(path, []byte("before")); err != nil {
		t.Fatal(err)
	}
	second := filepath.Join(t.TempDir(), "second")
	if err := os.Link(path, second); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("after")); err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(second); err != nil || string(kept) != "before" {
		t.Errorf("the file was written in its place: %q, %v", kept, err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	// A folder in its place cannot be replaced: the new file goes.
	taken := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(taken, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Replace(taken, []byte("x")); err == nil {
		t.Error("a folder was replaced")
	}
	if err := Replace(filepath.Join(dir, "no", "id"), nil); err == nil {
		t.Error("a file in no folder")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAFileIsMadeWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "backup")
	broken := errors.New("broken")
	if err := Create(path, func(out io.Writer) error { return errors.Join(write(out, "half"), broken) }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	err := Create(path, func(out io.Writer) error {
		if _, err := os.Lstat(path); err == nil {
			t.Error("it bears its name before it is whole")
		}
		return write(out, "whole")
	})
	if kept, read := os.ReadFile(path); err != nil || read != nil || string(kept) != "whole" {
		t.Errorf("%q, %v, %v", kept, err, read)
	}
	// What is there stays, also where it came while the other was written.
	late := filepath.Join(dir, "late")
	for name, err := range map[string]error{
		path: Create(path, func(out io.Writer) error { return write(out, "other") }),
		late: Create(late, func(out io.Writer) error {
			return errors.Join(os.WriteFile(late, []byte("whole"), 0o600), write(out, "other"))
		}),
	} {
		if kept, read := os.ReadFile(name); !errors.Is(err, fs.ErrExist) || read != nil || string(kept) != "whole" {
			t.Errorf("%q, %v, %v", kept, err, read)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func write(out io.Writer, text string) error {
	_, err := io.WriteString(out, text)
	return err
}
