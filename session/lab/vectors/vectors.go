// Package vectors owns the form of CP1's test vectors, the JSON files of
// session/protocol/testdata/cp1: what a vector is, how one is told from a file, and
// what it means that a program agrees with it. Its tests read those files and
// run the real decoders and verifiers on them; one part, where the secrets of
// a handshake must be given and not made, stands in the tests of handshake.
//
// It must not know what any check does, and nothing that people use may
// import it. It never writes: the files are made again only by its tests, on
// demand, by a second implementation that stands in them.
package vectors

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"countersign/session/protocol/ending"
)

// HandshakeChecks names the checks whose tests stand in package handshake:
// they begin from secrets that its programs make and never take.
var HandshakeChecks = []string{"reply", "reveal", "refusal", "confirm", "read-back", "records"}

// Hex is bytes that stand as lower-case hexadecimal digits in JSON.
type Hex []byte

// MarshalText implements encoding.TextMarshaler.
func (h Hex) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It takes lower-case
// digits only, so that equal bytes are equal text.
func (h *Hex) UnmarshalText(text []byte) error {
	if string(text) != strings.ToLower(string(text)) {
		return errors.New("hexadecimal digits stand in lower case")
	}
	b, err := hex.DecodeString(string(text))
	*h = b
	return err
}

// File is one file of vectors.
type File struct {
	About   string    `json:"about"`
	Vectors []Vector  `json:"vectors,omitempty"`
	Invalid []Invalid `json:"invalid,omitempty"`
}

// Vector is one input of a check with the output that it must give.
type Vector struct {
	Name   string          `json:"name"`
	Check  string          `json:"check"`
	Made   json.RawMessage `json:"made_with,omitempty"` // the keys and random values behind the input; no check takes them
	Input  json.RawMessage `json:"input"`
	Output json.RawMessage `json:"output"`
}

// Invalid is one input that a check must refuse, as its difference from the
// input of a valid vector.
type Invalid struct {
	Name   string          `json:"name"`
	Of     string          `json:"of"`     // the valid vector's name
	Change json.RawMessage `json:"change"` // JSON merge patch (RFC 7396) of its input
	Error  ending.Reason   `json:"error"`
	Why    string          `json:"why"`
}

// Check is one function of CP1: it takes a vector's input and returns its
// output, or an error that carries an ending. An output with a list of reasons
// in it is refused with them.
type Check func(input []byte) (output any, err error)

// Of makes a check from a function of Go values. The input is decoded
// strictly: a name that the function does not know is an error of the file.
func Of[I, O any](run func(I) (O, error)) Check {
	return func(input []byte) (any, error) {
		var in I
		if err := decode(input, &in); err != nil {
			return nil, err
		}
		return run(in)
	}
}

// read reads one file.
func read(folder fs.FS, name string) (File, error) {
	data, err := fs.ReadFile(folder, name)
	if err != nil {
		return File{}, err
	}
	var f File
	if err := decode(data, &f); err != nil {
		return File{}, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// ReadAll reads every file of the folder by its name. A file that is neither
// vectors nor the README is an error: nothing lies there that nobody reads.
func ReadAll(folder fs.FS) (map[string]File, error) {
	names, err := fs.Glob(folder, "*")
	if err != nil {
		return nil, err
	}
	files := map[string]File{}
	for _, name := range names {
		switch {
		case name == "README.md":
		case path.Ext(name) != ".json":
			return nil, fmt.Errorf("%s is not a file of vectors", name)
		default:
			if files[name], err = read(folder, name); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}

// Find returns the vector of a name.
func Find(files map[string]File, name string) (Vector, bool) {
	for _, f := range files {
		if i := slices.IndexFunc(f.Vectors, func(v Vector) bool { return v.Name == name }); i >= 0 {
			return f.Vectors[i], true
		}
	}
	return Vector{}, false
}

// Complaint says how a check disagrees with a vector, or nothing.
func (v Vector) Complaint(check Check) string {
	output, err := check(v.Input)
	if err != nil {
		return fmt.Sprintf("refused: %v", err)
	}
	got, err := json.Marshal(output)
	if err != nil {
		return err.Error()
	}
	if want := compact(v.Output); string(got) != want {
		return fmt.Sprintf("gives\n%s\nnot\n%s", got, want)
	}
	return ""
}

// Complaint says how a check disagrees with an invalid input made from the
// valid vector, or nothing: it must be refused with this very error, and with
// no other that the valid vector does not give.
func (i Invalid) Complaint(valid Vector, check Check) string {
	input, err := Patch(valid.Input, i.Change)
	if err != nil {
		return err.Error()
	}
	if same, err := Patch(valid.Input, []byte("{}")); err != nil || bytes.Equal(input, same) {
		return "the change changes nothing"
	}
	before, err := refusal(check, valid.Input)
	if err != nil {
		return err.Error()
	}
	reasons, err := refusal(check, input)
	reasons = slices.DeleteFunc(reasons, func(r ending.Reason) bool { return slices.Contains(before, r) })
	switch {
	case err != nil:
		return fmt.Sprintf("fails without an ending: %v", err)
	case len(reasons) == 0:
		return "is accepted"
	case len(reasons) > 1 || reasons[0] != i.Error:
		return fmt.Sprintf("is refused as %s, not as %s", reasons, i.Error)
	}
	return ""
}

// refusal returns the reasons with which a check refuses an input: of the
// error's ending, or those of the output; none when it is accepted.
func refusal(check Check, input []byte) ([]ending.Reason, error) {
	output, err := check(input)
	if err != nil {
		reason := ending.Of(err, "")
		if reason == "" {
			return nil, err
		}
		return []ending.Reason{reason}, nil
	}
	data, err := json.Marshal(output)
	if err != nil {
		return nil, err
	}
	var told struct {
		Reasons []ending.Reason `json:"reasons"`
	}
	err = json.Unmarshal(data, &told)
	return told.Reasons, err
}

// Patch applies a JSON merge patch (RFC 7396) to a document.
func Patch(document, patch []byte) ([]byte, error) {
	var before, change any
	if err := decode(document, &before); err != nil {
		return nil, err
	}
	if err := decode(patch, &change); err != nil {
		return nil, err
	}
	return json.Marshal(merge(before, change))
}

func merge(before, change any) any {
	members, isObject := change.(map[string]any)
	if !isObject {
		return change
	}
	merged := map[string]any{}
	if old, ok := before.(map[string]any); ok {
		for name, value := range old {
			merged[name] = value
		}
	}
	for name, value := range members {
		if value == nil {
			delete(merged, name)
			continue
		}
		merged[name] = merge(merged[name], value)
	}
	return merged
}

func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one JSON value")
	}
	return nil
}

func compact(document []byte) string {
	var out bytes.Buffer
	if err := json.Compact(&out, document); err != nil {
		return err.Error()
	}
	return out.String()
}

// longText is the length from which a text that is not hexadecimal is taken for
// an encoding of bytes: a QR code, a token.
const longText = 40

// Flip is a vector with one changed byte in its input.
type Flip struct {
	Vector
	Where string // the changed value: the names and numbers on the way to it
}

// Flips returns the vector with one bit changed, in the first, the middle and
// the last byte of every hexadecimal value of its input in turn, and with one
// character changed of every long text. A check that still gives the old
// output for one of them has not looked at it.
func Flips(v Vector) ([]Flip, error) {
	var input any
	if err := decode(v.Input, &input); err != nil {
		return nil, err
	}
	var out []Flip
	var failed error
	eachText("", input, func(where, text string, put func(string)) {
		defer put(text)
		for _, at := range []int{0, len(text) / 4 * 2, len(text) - 2} {
			b, err := hex.DecodeString(text)
			switch {
			case err == nil && len(text) > 0:
				b[at/2] ^= 1
				put(hex.EncodeToString(b))
			case len(text) >= longText && text[at] == 'A':
				put(text[:at] + "B" + text[at+1:])
			case len(text) >= longText:
				put(text[:at] + "A" + text[at+1:])
			default:
				return
			}
			changed := Flip{v, where}
			changed.Input, err = json.Marshal(input)
			failed = errors.Join(failed, err)
			out = append(out, changed)
		}
	})
	return out, failed
}

// eachText calls do for every text in a value: where it stands, what it is,
// and a function that puts another one in its place.
func eachText(where string, value any, do func(where, text string, put func(string))) {
	visit := func(where string, child any, put func(string)) {
		if text, isText := child.(string); isText {
			do(where, text, put)
			return
		}
		eachText(where, child, do)
	}
	switch value := value.(type) {
	case map[string]any:
		for name, child := range value {
			visit(strings.TrimPrefix(where+"."+name, "."), child, func(s string) { value[name] = s })
		}
	case []any:
		for i, child := range value {
			visit(fmt.Sprintf("%s.%d", where, i), child, func(s string) { value[i] = s })
		}
	}
}
