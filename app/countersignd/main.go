// Command countersignd is the bank's side of Countersign: it makes a bank, runs
// its server, invites, lists, changes and revokes agents and customers, tells of stop
// reports, and explains any object of CP1. It owns flags and what is printed; it must not know how
// anything is stored, signed or carried.
//
// Rules of its text: a result goes to standard output and nothing else does;
// warnings and faults go to standard error, a fault as one sentence that says
// what to do. Exit status: 0 done, 1 a fault, 2 a mistake in the command line, 3 done
// with a warning (doctor).
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// Exit statuses.
const (
	statusFault  = 1
	statusUsage  = 2
	statusWarned = 3
)

// console is where a command reads and writes.
type console struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
}

// errSilent ends a command with status 1 whose output has said everything.
var errSilent = errors.New("")

// errWarned ends a command with status 3 whose output has said everything.
var errWarned = errors.New("warned")

// misused is a mistake in the command line whose sentence says what is expected:
// it needs no word about --help.
type misused struct{ error }

func main() {
	os.Exit(run(os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr, time.Now}))
}

// run carries out one command line and returns the exit status.
func run(args []string, c console) int {
	var commands commands
	parser := kong.Must(&commands,
		kong.Name("countersignd"),
		kong.Description("The bank's side of Countersign."),
		kong.Writers(c.out, c.err),
		kong.Bind(c),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	parsed, err := parser.Parse(args)
	if err == nil {
		err = checkText(args, parsed)
	}
	switch {
	case err == nil:
	case errors.As(err, new(misused)):
		fmt.Fprintf(c.err, "countersignd: %v\n", err)
		return statusUsage
	default: // what the command line itself lacks
		fmt.Fprintf(c.err, "countersignd: %v: see countersignd --help\n", err)
		return statusUsage
	}
	err = parsed.Run(c)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errWarned):
		return statusWarned
	case errors.Is(err, errSilent):
	case errors.As(err, new(misused)):
		fmt.Fprintf(c.err, "countersignd: %v\n", err)
		return statusUsage
	default:
		fmt.Fprintf(c.err, "countersignd: %v\n", err)
	}
	return statusFault
}

// checkText refuses what would be taken for something else: bytes that are not
// UTF-8 would all become one and the same character, and a flag without a value
// would name everybody, or nobody.
func checkText(args []string, parsed *kong.Context) error {
	for _, arg := range args {
		if !utf8.ValidString(arg) {
			return misused{errors.New("what was typed is not text in UTF-8: type it in a terminal that writes UTF-8")}
		}
	}
	for _, step := range parsed.Path {
		if step.Flag == nil || !step.Flag.Required {
			continue
		}
		if value, isText := parsed.FlagValue(step.Flag).(string); isText && strings.TrimSpace(value) == "" {
			return misused{fmt.Errorf("--%s needs a value", step.Flag.Name)}
		}
	}
	return nil
}
