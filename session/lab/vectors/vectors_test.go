// This file holds the program to the vectors: every file is read, every vector
// agrees with the real code, every invalid input is refused with its one
// error, and no byte of a valid input can change unseen. It also holds the
// files to the second implementation, which alone makes them.

package vectors_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"countersign/session/lab/vectors"
	"countersign/session/protocol/ending"
)

var update = flag.Bool("update", false, "make the files of vectors anew (only when CP1 itself changes)")

// folder is where the files lie.
const folder = "../../protocol/testdata/cp1"

// minInvalid is how many invalid inputs CP1 promises to other implementations.
const minInvalid = 60

func read(t testing.TB) map[string]vectors.File {
	t.Helper()
	files, err := vectors.ReadAll(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// runs calls each of the given vectors whose check stands in this package.
func runs(t *testing.T, each func(t *testing.T, v vectors.Vector, check vectors.Check)) {
	for name, file := range read(t) {
		for _, v := range file.Vectors {
			if slices.Contains(vectors.HandshakeChecks, v.Check) {
				continue
			}
			check, known := checks[v.Check]
			if !known {
				t.Errorf("%s: %s: there is no check %q", name, v.Name, v.Check)
				continue
			}
			t.Run(v.Name, func(t *testing.T) { each(t, v, check) })
		}
	}
}

func TestEveryVectorHolds(t *testing.T) {
	runs(t, func(t *testing.T, v vectors.Vector, check vectors.Check) {
		if complaint := v.Complaint(check); complaint != "" {
			t.Error(complaint)
		}
	})
}

func TestEveryInvalidInputIsRefusedWithItsError(t *testing.T) {
	files := read(t)
	for _, i := range invalidOf(files) {
		v, known := vectors.Find(files, i.Of)
		if !known {
			t.Errorf("%s: there is no vector %q", i.Name, i.Of)
			continue
		}
		if slices.Contains(vectors.HandshakeChecks, v.Check) {
			continue
		}
		t.Run(i.Name, func(t *testing.T) {
			if complaint := i.Complaint(v, checks[v.Check]); complaint != "" {
				t.Error(complaint)
			}
			otherwise := i
			if otherwise.Error = ending.Busy; otherwise.Complaint(v, checks[v.Check]) == "" {
				t.Error("another error would do as well")
			}
		})
	}
}

// TestNoByteOfAVectorChangesUnseen: a check that looked at nothing would agree
// with every vector. Each sequence of bytes in each input counts.
func TestNoByteOfAVectorChangesUnseen(t *testing.T) {
	runs(t, func(t *testing.T, v vectors.Vector, check vectors.Check) {
		changes, err := vectors.Flips(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, changed := range changes {
			if changed.Complaint(check) == "" && !mayChange(v, changed.Where) {
				t.Errorf("the same output after a change of %s", changed.Where)
			}
		}
	})
}

// mayChange lists what a check rightly does not look at.
func mayChange(v vectors.Vector, where string) bool {
	if strings.HasPrefix(v.Name, "verdict of what a forged") || strings.HasPrefix(v.Name, "verdict of what a broken") {
		return true // what is forged already can be forged once more
	}
	switch where {
	case "anchor.roots.1", "anchor.roots.2":
		return true // two of the three roots are enough
	case "own.lines.0", "own.lines.1":
		return v.Check == "verdict" // the call is on one line
	case "roots_hash":
		return v.Check == "typed words" // the words are 88 of its 256 bits
	case "region":
		return v.Check == "typed number" // DE, which reads as a byte: a number in full has its own country
	case "content":
		return v.Name == "verdict with newer bundle and content" // the newer one counts
	case "own.pseudonym":
		return strings.HasSuffix(v.Name, "of a call by the customer") // the offer names nobody
	}
	return false
}

// TestHexHasOneForm: equal bytes are equal text.
func TestHexHasOneForm(t *testing.T) {
	var b Hex
	if err := b.UnmarshalText([]byte("0a")); err != nil || !bytes.Equal(b, []byte{10}) {
		t.Errorf("0a is read as %x, %v", b, err)
	}
	if err := b.UnmarshalText([]byte("0A")); err == nil {
		t.Error("0A is read")
	}
}

func TestEveryCheckHasAVector(t *testing.T) {
	used := map[string]bool{}
	for _, file := range read(t) {
		for _, v := range file.Vectors {
			used[v.Check] = true
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(checks)), vectors.HandshakeChecks) {
		if !used[name] {
			t.Errorf("no vector has the check %q", name)
		}
	}
	for kind := range messages {
		if !slices.ContainsFunc(relayMessages(), func(m message) bool { return m.kind == kind }) {
			t.Errorf("no vector is a message %q", kind)
		}
	}
}

func TestNamesAndInputsAreDistinct(t *testing.T) {
	files := read(t)
	names, inputs := map[string]bool{}, map[string]string{}
	distinct := func(name string, input string) {
		if name == "" || names[name] {
			t.Errorf("%q is no name, or is the name of two", name)
		}
		if other := inputs[input]; other != "" {
			t.Errorf("%s and %s are the same", name, other)
		}
		names[name], inputs[input] = true, name
	}
	for _, f := range files {
		for _, v := range f.Vectors {
			distinct(v.Name, v.Check+string(v.Input))
		}
	}
	invalid := invalidOf(files)
	if len(invalid) < minInvalid {
		t.Errorf("%d invalid inputs, CP1 promises %d", len(invalid), minInvalid)
	}
	for _, i := range invalid {
		v, _ := vectors.Find(files, i.Of)
		input, err := vectors.Patch(v.Input, i.Change)
		if err != nil {
			t.Errorf("%s: %v", i.Name, err)
		}
		distinct(i.Name, v.Check+string(input))
		if !i.Error.Known() || !strings.HasSuffix(i.Why, ".") {
			t.Errorf("%s: an error of CP1's table and a sentence why", i.Name)
		}
	}
}

// TestTheReadmeNamesEveryFileAndCheck, so that a stranger finds the way.
func TestTheReadmeNamesEveryFileAndCheck(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Concat(slices.Collect(maps.Keys(read(t))), slices.Collect(maps.Keys(checks)), vectors.HandshakeChecks)
	for _, name := range names {
		if !bytes.Contains(text, []byte("`"+name+"`")) {
			t.Errorf("the README does not name %s", name)
		}
	}
}

// TestTheReadmeNamesEveryInputOfAVerdict: it has the most, and many of them may
// be left out, so that no file shows them all.
func TestTheReadmeNamesEveryInputOfAVerdict(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []any{verdictInput{}, served{}, own{}, anchor{}} {
		fields := reflect.TypeOf(of)
		for i := range fields.NumField() {
			name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
			if !bytes.Contains(text, []byte("`"+name+"`")) {
				t.Errorf("the README does not say what %s is", name)
			}
		}
	}
}

// TestTheSecondImplementationMakesTheFiles: the files are what the second
// implementation computes from the keys and random values in them. With
// -update it writes them; two runs write the same bytes.
func TestTheSecondImplementationMakesTheFiles(t *testing.T) {
	made := files()
	if *update {
		write(t, made)
	}
	for name := range read(t) {
		if _, ok := made[name]; !ok {
			t.Errorf("nobody makes %s", name)
		}
	}
	for name, file := range made {
		want, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(asText(t, file), want) {
			t.Errorf("the second implementation makes another %s", name)
		}
	}
}

func write(t *testing.T, made map[string]vectors.File) {
	t.Helper()
	for name, file := range made {
		if err := os.WriteFile(filepath.Join(folder, name), asText(t, file), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func asText(t *testing.T, file vectors.File) []byte {
	t.Helper()
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func invalidOf(files map[string]vectors.File) (out []vectors.Invalid) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out = append(out, files[name].Invalid...)
	}
	return out
}

func TestFixedValuesAreAsDescribed(t *testing.T) {
	if got := hex.EncodeToString(fixed("x", 40)); got != hex.EncodeToString(hash("CP1 vectors", []byte("x"), []byte{0}))+hex.EncodeToString(hash("CP1 vectors", []byte("x"), []byte{1}))[:16] {
		t.Errorf("fixed gives %s", got)
	}
}
