// Tests of the table: every ending is listed once, has a name that JSON and
// translations can use, and is found in wrapped errors; a cause is found
// and not told.

package ending

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestAllListsEveryEndingOnce(t *testing.T) {
	declared := declaredReasons(t)
	for _, r := range declared {
		if !slices.Contains(All(), r) {
			t.Errorf("%s is not in All", r)
		}
	}
	if len(All()) != len(declared) {
		t.Errorf("All has %d endings, %d are declared", len(All()), len(declared))
	}
	name := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := map[Reason]bool{}
	for _, r := range All() {
		if seen[r] {
			t.Errorf("%s is listed twice", r)
		}
		seen[r] = true
		if !name.MatchString(string(r)) {
			t.Errorf("%q is not a name for JSON", r)
		}
		if !r.Known() {
			t.Errorf("%s is not known", r)
		}
	}
}

// declaredReasons reads the constants of type Reason from the source.
func declaredReasons(t *testing.T) []Reason {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "ending.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []Reason
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Reason" {
			for _, v := range spec.Values {
				name, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, Reason(name))
			}
		}
		return true
	})
	return out
}

func TestUnknownNamesAreNotKnown(t *testing.T) {
	for _, r := range []Reason{"", "Forged", "forged ", "nonsense"} {
		if r.Known() {
			t.Errorf("%q is known", r)
		}
	}
}

func TestAmberAndLocalFault(t *testing.T) {
	amber := []Reason{NotSure, StatusStale, Guest, Offline, RemoteControl, NameClash}
	local := []Reason{NoKeyring, KeyringLocked, ServerDown}
	for _, r := range All() {
		if r.Amber() != slices.Contains(amber, r) {
			t.Errorf("%s: amber = %v", r, r.Amber())
		}
		if r.LocalFault() != slices.Contains(local, r) {
			t.Errorf("%s: local fault = %v", r, r.LocalFault())
		}
	}
}

func TestOfFindsTheReasonInAChain(t *testing.T) {
	forged := Because(Forged, "detail")
	for _, c := range []struct {
		err  error
		want Reason
	}{
		{forged, Forged},
		{fmt.Errorf("outer: %w", fmt.Errorf("inner: %w", forged)), Forged},
		{errors.Join(errors.New("other"), forged), Forged},
		{errors.New("other"), ServerDown},
		{nil, ServerDown},
	} {
		if got := Of(c.err, ServerDown); got != c.want {
			t.Errorf("%v: %s", c.err, got)
		}
	}
	if forged.Error() != "forged: detail" || Because(Forged, "").Error() != "forged" {
		t.Error("text")
	}
}

func TestACauseIsFoundAndItsTextIsTheDetail(t *testing.T) {
	cause := fs.ErrNotExist
	err := fmt.Errorf("outer: %w", Wrap(NoKeyring, fmt.Errorf("inner: %w", cause)))
	if !errors.Is(err, cause) || Of(err, "") != NoKeyring {
		t.Errorf("%v has lost its cause or its ending", err)
	}
	if err.Error() != "outer: no_keyring: inner: file does not exist" {
		t.Error(err)
	}
	if errors.Is(Because(NoKeyring, cause.Error()), cause) {
		t.Error("a detail counts as a cause")
	}
}

// What is told of an Error is its reason and its detail, never its cause.
func TestWhatACauseHoldsIsNotTold(t *testing.T) {
	const secret = "/home-of/anna/passphrase +48221112233 9f86d081884c7d65"
	err := &Error{Reason: KeyringLocked, Detail: "the passphrase file cannot be read", Err: errors.New(secret)}
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Error("failed", "error", err, "wrapped", fmt.Errorf("outer: %w", err))
	}
	fmt.Fprintf(&log, "%v %+v %s %q %v", err, err, err, err, fmt.Errorf("outer: %w", err))
	if told := strings.Count(log.String(), err.Detail); told != 9 {
		t.Errorf("the detail is told %d times: %s", told, &log)
	}
	for _, part := range strings.Fields(secret) {
		if strings.Contains(log.String(), part) {
			t.Errorf("%q is told: %s", part, &log)
		}
	}
}
