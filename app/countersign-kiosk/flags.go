//go:build cgo

// This file owns the command line.

package main

import (
	"os"

	"github.com/alecthomas/kong"

	"countersign/assets"
	"countersign/ui/commandline"
	"countersign/ui/look"
)

// flags is the whole command line.
type flags struct {
	Language string           `enum:",en,pl" default:"" placeholder:"en|pl" help:"Language of the screens (default: the system's)."`
	Theme    string           `enum:"light,dark,system" default:"light" placeholder:"light|dark|system" help:"Light, dark, or as the system is set (default: light, which a projector shows best)."`
	Version  kong.VersionFlag `help:"Print the version and end."`
}

// parse reads the command line. It returns nil when the program is done, with
// the exit status and what is wrong, if anything.
func parse(args []string) (asked *flags, status int, err error) {
	asked = &flags{}
	parsed, err := commandline.Parse(asked, "countersign-kiosk", assets.Version, args, os.Stdout, os.Stderr,
		kong.Description("Countersign for practice: the agent's and the customer's screens side by side, in a bank that is not real. Nothing is kept."),
	)
	switch {
	case err != nil:
		return nil, statusUsage, err
	case parsed == nil:
		return nil, statusDone, nil
	}
	return asked, statusDone, nil
}

// variant is look's name for --theme.
func (f *flags) variant() look.Variant {
	return map[string]look.Variant{"light": look.Light, "dark": look.Dark, "system": look.System}[f.Theme]
}
