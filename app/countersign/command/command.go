// This file owns the whole command line.

// Package command owns the command line of the program with windows: what it
// accepts, and what it asks of the window.
//
// It must not know of windows or homes. A link on the command line is hostile:
// the system hands over whatever a web page names.
package command

import (
	"io"

	"github.com/alecthomas/kong"

	"countersign/app/countersign/instance"
	"countersign/session/computer/screenpop"
	"countersign/ui/commandline"
	"countersign/ui/shell"
)

// flags is the whole command line.
type flags struct {
	Home     string           `placeholder:"DIR" help:"Where state is kept (default: countersign in the platform's usual place)."`
	Language string           `enum:",en,pl" default:"" placeholder:"en|pl" help:"Language of the window (default: as chosen in its settings, else the system's)."`
	Version  kong.VersionFlag `help:"Print the version and end."`

	Agent    agentForm `cmd:"" help:"Open the agent's form for a new call, filled in. Nothing starts before a press of its button."`
	Customer struct{}  `cmd:"" help:"Open the customer's window."`
	Open     struct {
		Link string `arg:"" optional:"" help:"A countersign:// link: opens the agent's form, filled in."`
	} `cmd:"" default:"withargs" help:"Open the window (what happens without a command)."`
}

type agentForm struct {
	Customer  string `placeholder:"REF" help:"The customer's reference."`
	Direction string `placeholder:"bank-called|customer-called" help:"Who dialled."`
	Line      string `placeholder:"NUMBER" help:"The number that was dialled."`
	Purpose   string `placeholder:"KEY" help:"card-payment, transfer, account-access, new-payee, personal-data or other."`
}

// Request is a command line that makes sense.
type Request struct {
	Home     string    // the folder of state, "" for the platform's usual place
	Language string    // "" for the one chosen in the settings, else the system's
	Who      shell.Who // Nobody: as remembered
	Start    instance.Start
}

// Exit statuses.
const (
	statusDone  = 0
	statusUsage = 2 // the flags are wrong, or a link is not one of ours
)

// Parse reads the command line, args without the program's name. It returns
// nil when the program is done, with the exit status and what is wrong, if
// anything.
func Parse(args []string, version string, out, errors io.Writer) (asked *Request, status int, err error) {
	var f flags
	command, err := commandline.Parse(&f, "countersign", version, args, out, errors,
		kong.Description("Countersign in a window: a bank's agent and a customer prove to each other who they are during a telephone call."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	switch {
	case err != nil:
		return nil, statusUsage, err
	case command == nil:
		return nil, statusDone, nil
	}
	asked = &Request{Home: f.Home, Language: f.Language}
	if err := asked.understand(command.Selected().Name, f); err != nil {
		return nil, statusUsage, err
	}
	return asked, statusDone, nil
}

// understand turns a command into a request. A link never says whose computer
// this is: anybody can make a person click one.
func (r *Request) understand(command string, f flags) error {
	var form screenpop.Request
	var err error
	switch {
	case command == "customer":
		r.Who = shell.Customer
		return nil
	case command == "agent":
		r.Who = shell.Agent
		form, err = screenpop.FromFlags(f.Agent.Customer, f.Agent.Direction, f.Agent.Purpose, f.Agent.Line)
	case f.Open.Link != "":
		form, err = screenpop.Parse(f.Open.Link)
	default:
		return nil
	}
	if err == nil && (form != screenpop.Request{}) {
		r.Start.Call = &form
	}
	return err
}
