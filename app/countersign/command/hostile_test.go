// This file tests the command line with whatever a web page may name. It is a
// property and no fuzz target: a target would build all of Fyne once more. The
// two parsers behind it, of flags and of links, have targets of their own
// (ui/text, session/computer/screenpop).

package command

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"countersign/ui/shell"
)

// TestAnyCommandLine: a command line that is understood asks for nothing but
// a form that may be filled in, and a link never says whose computer this is.
func TestAnyCommandLine(t *testing.T) {
	words := []string{
		"countersign://call?customer=C-1001&direction=bank-called", "countersign://call?customer=%00", "countersign://eve@call", "open", "agent", "customer",
		"--customer", "C-1", "--direction", "customer-called", "bank-called", "--line", "+48221112233", "--purpose", "transfer", "other",
		"--home", "--home=/", "--language", "pl", "--language=xx", "--help", "--version", "--", "-", "", "\x00", "\u202e",
	}
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(words), rapid.String()), 0, 6).Draw(t, "args")
		var out, wrong bytes.Buffer
		asked, status, err := Parse(args, "0.1.0", &out, &wrong)
		if asked == nil {
			if err == nil && status != statusDone || err != nil && status != statusUsage {
				t.Fatalf("%q: status %d, %v", args, status, err)
			}
			return
		}
		if asked.Start.Call != nil && asked.Start.Call.Check() != nil {
			t.Fatalf("%q asks for %+v", args, *asked.Start.Call)
		}
		if asked.Who != shell.Nobody && strings.Contains(args[0], "://") {
			t.Fatalf("the link %q says that this is the %s's computer", args[0], asked.Who)
		}
		if asked.Language != "" && asked.Language != "en" && asked.Language != "pl" {
			t.Fatalf("%q asks for the language %q", args, asked.Language)
		}
	})
}
