// Package commandline owns how people's programs read their command line with
// kong: a flag that prints something and ends, --help or --version, ends the
// reading and not the program.
//
// It must not know any flag: those are the programs'.
package commandline

import (
	"io"

	"github.com/alecthomas/kong"
)

// printed is how kong leaves the reading after --help or --version.
type printed struct{}

// Parse reads args, without the program's name, into the flags of the program
// called name. It returns nil without an error when what was asked for is
// printed and the program is done. Errors say what is wrong with the line.
func Parse(flags any, name, version string, args []string, out, errors io.Writer, options ...kong.Option) (parsed *kong.Context, err error) {
	defer func() {
		switch left := recover(); left {
		case nil:
		case printed{}:
			parsed, err = nil, nil
		default:
			panic(left)
		}
	}()
	parser, err := kong.New(flags, append(options,
		kong.Name(name),
		kong.Vars{"version": name + " " + version},
		kong.Writers(out, errors),
		kong.Exit(func(int) { panic(printed{}) }),
	)...)
	if err != nil {
		return nil, err
	}
	parsed, err = parser.Parse(args)
	if err != nil {
		return nil, err // kong gives a context beside it
	}
	return parsed, nil
}
