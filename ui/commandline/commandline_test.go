// Tests of the three ways in which reading a command line ends.

package commandline

import (
	"errors"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// flags are a small program's.
type flags struct {
	Version kong.VersionFlag
	Number  int
	Broken  broken
}

// broken is a flag with a fault of its own.
type broken string

func (*broken) UnmarshalText([]byte) error { panic(errBroken) }

var errBroken = errors.New("a fault of the program")

func TestALineIsReadOrAnsweredOrWrong(t *testing.T) {
	for line, want := range map[string]struct {
		read   bool
		told   string
		failed bool
	}{
		"--number 7":           {read: true},
		"":                     {read: true},
		"--version":            {told: "small 1.2.3\n"},
		"--version --number 7": {told: "small 1.2.3\n"},
		"--help":               {told: "Usage: small"},
		"--number x":           {failed: true},
		"--other":              {failed: true},
	} {
		var out, wrong strings.Builder
		var f flags
		parsed, err := Parse(&f, "small", "1.2.3", strings.Fields(line), &out, &wrong)
		if (parsed != nil) != want.read || (err != nil) != want.failed || !strings.HasPrefix(out.String(), want.told) || wrong.Len() > 0 {
			t.Errorf("%q: read %t, error %v, told %q and %q", line, parsed != nil, err, &out, &wrong)
		}
		if want.told == "" && out.Len() > 0 {
			t.Errorf("%q: told %q", line, &out)
		}
	}
}

func TestAFaultOfTheProgramIsNotHidden(t *testing.T) {
	defer func() {
		if left := recover(); left != errBroken {
			t.Errorf("%v is left", left)
		}
	}()
	_, err := Parse(&flags{}, "small", "1.2.3", []string{"--broken=x"}, t.Output(), t.Output())
	t.Errorf("the fault became %v", err)
}
