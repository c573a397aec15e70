// This file owns the command line: every flag, what it accepts, and which
// answers a command cannot do without.

package text

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"countersign/session"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/spelling"
	"countersign/session/protocol/trust"
	"countersign/ui/commandline"
)

// factorDigits is the length of a second factor.
const factorDigits = 6

// flags is the whole command line.
type flags struct {
	Home           string           `placeholder:"DIR" help:"Where state is kept (default: countersign in the platform's usual place)."`
	Keyring        string           `enum:",os,passphrase" default:"" placeholder:"os|passphrase" help:"Where secrets are kept: the system's keyring, or a file sealed by a passphrase (default: as chosen before, else os)."`
	PassphraseFile string           `placeholder:"FILE" help:"Read the passphrase from the first line of FILE."`
	Language       string           `enum:",en,pl" default:"" placeholder:"en|pl" help:"Language of the sentences (default: from LANG)."`
	Version        kong.VersionFlag `help:"Print the version and end."`

	Agent struct {
		Enrol agentEnrol `cmd:"" help:"Enrol this computer as an agent's."`
		Call  agentCall  `cmd:"" help:"Start a protected call as an agent."`
	} `cmd:"" help:"For the bank's agents."`
	Customer struct {
		Enrol  customerEnrol  `cmd:"" help:"Enrol this computer as a customer's."`
		Pin    customerPin    `cmd:"" help:"Pin a bank by its eight words, as a guest."`
		Verify customerVerify `cmd:"" help:"Check a call and go on with it."`
		Banks  customerBanks  `cmd:"" help:"List the banks that are known here."`
		Remove customerRemove `cmd:"" help:"Remove a bank from this computer."`
	} `cmd:"" help:"For customers."`
}

// command is what the command line asks for.
type command interface {
	missing() []string // answers that nobody has given yet, as flags
	json() bool
	offline() bool
	view(p page, hints bool) view // how a call is told in sentences
	run(context.Context, *program) (ending.Reason, error)
}

// parsedFlags is a command line that makes sense.
type parsedFlags struct {
	flags   *flags
	command command
}

// output is the flag that every command has.
type output struct {
	JSON bool `name:"json" help:"Tell events as JSON lines, ask nothing."`
}

func (o output) json() bool  { return o.JSON }
func (output) offline() bool { return false }

// enrolment is what both enrol commands have.
type enrolment struct {
	output
	Ticket      string `arg:"" optional:"" help:"The ticket, CT1:HOST:PORT/XXXX-XXXX-XXXX-XXXX; - reads it from standard input."`
	Fingerprint string `placeholder:"WORDS" help:"The bank's eight words."`
	Unprompted  bool   `help:"Nobody is telling me to do this."`
}

func (e enrolment) missing() []string {
	return absent(need{"TICKET", e.Ticket == ""}, need{"--unprompted", !e.Unprompted})
}

func (enrolment) view(p page, _ bool) view { return &enrolView{page: p} }

type agentEnrol struct{ enrolment }

type customerEnrol struct{ enrolment }

type customerPin struct {
	output
	Address     string `arg:"" optional:"" name:"host:port" help:"The bank's server."`
	Fingerprint string `placeholder:"WORDS" help:"The bank's eight words."`
	Unprompted  bool   `help:"Nobody is telling me to do this."`
}

func (customerPin) view(p page, _ bool) view { return &enrolView{page: p} }

func (c customerPin) missing() []string {
	return absent(need{"HOST:PORT", c.Address == ""}, need{"--fingerprint", c.Fingerprint == ""})
}

type agentCall struct {
	output
	Direction     direction `placeholder:"bank-called|customer-called" help:"Who dialled."`
	Customer      string    `placeholder:"REF" help:"The customer's reference."`
	Purpose       purpose   `placeholder:"KEY" help:"card-payment, transfer, account-access, new-payee, personal-data or other."`
	Line          number    `placeholder:"NUMBER" help:"bank-called: the number on file that was dialled (default: the first). customer-called: the bank's line (default: the only one)."`
	Authenticator sixDigits `placeholder:"CODE" help:"Six digits of the authenticator, where the bank asks for them."`
}

func (agentCall) view(p page, hints bool) view { return &agentView{page: p, hints: hints} }

func (c agentCall) missing() []string {
	return absent(need{"--direction", c.Direction == 0}, need{"--customer", c.Customer == ""}, need{"--purpose", c.Purpose == 0})
}

type customerVerify struct {
	output
	Bank    string `placeholder:"NAME|ID" help:"Which bank, if several are known here: its name, its domain, or its id."`
	Who     how    `placeholder:"they-called|i-called|not-sure" help:"How the call began."`
	Dialled number `placeholder:"NUMBER" help:"With i-called: the number dialled (default: the number that this program shows)."`
	Code    string `xor:"proof" placeholder:"DIGITS" help:"The nine digits that were spoken; - reads them from standard input."`
	QR      string `name:"qr" xor:"proof" placeholder:"TEXT" help:"The text of the QR code; - reads it from standard input."`
	Image   string `xor:"proof" placeholder:"FILE" help:"An image of the QR code."`
	Offline bool   `help:"Check a QR code without the network."`
}

func (c customerVerify) offline() bool { return c.Offline }

func (customerVerify) view(p page, hints bool) view { return &customerView{page: p, hints: hints} }

func (c customerVerify) missing() []string {
	return absent(need{"--who", c.Who == 0}, need{"--code, --qr or --image", !c.hasProof()})
}

func (c customerVerify) hasProof() bool { return c.Code != "" || c.QR != "" || c.Image != "" }

// Validate is called by kong: flags that contradict each other are a mistake.
func (c customerVerify) Validate() error {
	switch {
	case c.Dialled != "" && offer.How(c.Who) != offer.ICalled:
		return errors.New("--dialled goes with --who i-called")
	case c.Offline && c.Code != "":
		return errors.New("--offline checks a QR code: give --qr or --image")
	}
	return nil
}

type need struct {
	flag   string
	absent bool
}

// absent lists the flags of the needs that are not met.
func absent(needs ...need) []string {
	var flags []string
	for _, n := range needs {
		if n.absent {
			flags = append(flags, n.flag)
		}
	}
	return flags
}

// errNoBank is a mistake in the flags that shows once the banks are known.
var errNoBank = errMissing([]string{"--bank"})

// errNoLine is a mistake in the flags that shows once the bank is known.
var errNoLine = errMissing([]string{"--line"})

func errMissing(flags []string) error {
	return fmt.Errorf("%s: missing, and there is nobody to ask", strings.Join(flags, ", "))
}

// Flags with a fixed vocabulary. Their zero value means: not given.
type (
	how       offer.How
	direction offer.Direction
	purpose   trust.Purpose
	number    string // its digits as typed, after a + if there is one; read once the bank is known
	sixDigits string // of a second factor
)

func (h *how) UnmarshalText(text []byte) error {
	parsed, err := offer.ParseHow(string(text))
	if err != nil {
		return errors.New("expected they-called, i-called or not-sure")
	}
	*h = how(parsed)
	return nil
}

func (d *direction) UnmarshalText(text []byte) error {
	parsed, err := offer.ParseDirection(string(text))
	if err != nil {
		return errors.New("expected bank-called or customer-called")
	}
	*d = direction(parsed)
	return nil
}

func (p *purpose) UnmarshalText(text []byte) error {
	parsed, err := trust.ParsePurpose(string(text))
	if err != nil {
		return errors.New("expected card-payment, transfer, account-access, new-payee, personal-data or other")
	}
	*p = purpose(parsed)
	return nil
}

func (n *number) UnmarshalText(text []byte) error {
	digits, err := trust.NumberDigits(string(text))
	if err != nil {
		return err
	}
	*n = number(digits)
	return nil
}

func (d *sixDigits) UnmarshalText(text []byte) error {
	digits, ok := spelling.Digits(string(text), factorDigits)
	if !ok {
		return errors.New("expected the six digits that your authenticator shows")
	}
	*d = sixDigits(digits)
	return nil
}

// parse reads the command line. It returns nil flags when the program is done,
// with the exit status and what is wrong, if anything.
func parse(c Console) (parsed *parsedFlags, status int, err error) {
	var f flags
	for _, arg := range c.Args {
		if !utf8.ValidString(arg) { // all of them would become one and the same character
			return nil, statusUsage, errors.New("what was typed is not text in UTF-8")
		}
	}
	context, err := commandline.Parse(&f, "countersign-text", c.Version, c.Args, c.Out, c.Err,
		kong.Description("Countersign in text: a bank's agent and a customer prove to each other who they are during a telephone call."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	switch {
	case err != nil:
		return nil, statusUsage, err
	case context == nil:
		return nil, 0, nil
	}
	return &parsedFlags{flags: &f, command: context.Selected().Target.Addr().Interface().(command)}, 0, nil
}

// keyring is session's name for --keyring.
func (f *flags) keyring() session.KeyringChoice { return session.KeyringChoice(f.Keyring) }
