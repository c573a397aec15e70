// This file owns the program as a whole: its surroundings, its exit statuses
// and the order in which flags, people and session meet.

// Package text is the text form of Countersign: a call told as plain sentences
// on a terminal, or as one JSON line an event for screen readers' scripts and
// call-centre integration. It owns the flags, the questions, the commands that
// people type and the wording of every event.
//
// It must not know a key, a message or a rule of CP1: session decides, this
// package asks and tells. It draws no window and reaches no server.
//
// Rules: nothing is asked unless standard input is a terminal and --json is
// absent. With --json standard output carries JSON lines only. Once the flags
// parse, exactly one `ended` is told, last. Text of the other side is never
// printed as it came. Colour never stands alone.
package text

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"countersign/session"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/trust"
	"countersign/ui/advice"
)

// Exit statuses.
const (
	statusCompleted = 0 // the call or enrolment is complete; with --offline, the signatures hold
	statusEnded     = 1 // any other ending
	statusUsage     = 2 // the flags are wrong, or an answer is missing and nobody can be asked
	statusLocal     = 3 // a fault of this computer: keyring, disk, no server
)

// Console is the surroundings of one run.
type Console struct {
	Args          []string // without the program's name
	In            io.Reader
	Out, Err      io.Writer
	InIsTerminal  bool
	OutIsTerminal bool
	Env           func(string) string // environment variables
	Version       string
	// Secret prints a prompt and reads a line without showing it. It is used
	// only when InIsTerminal is set, and returns when ctx ends.
	Secret func(ctx context.Context, prompt string) (string, error)
}

// Run runs the program and returns its exit status. The end of ctx means that
// the person wants to end (an interrupt): a call is then ended, not dropped.
func Run(ctx context.Context, c Console) int { return run(ctx, c, realDoors) }

// run is Run with session behind exchangeable doors.
func run(ctx context.Context, c Console, d doors) int {
	parsed, status, err := parse(c)
	if err != nil {
		fmt.Fprintf(c.Err, "countersign-text: %v\n", err)
	}
	if parsed == nil {
		return status
	}
	p, err := newProgram(c, d, parsed)
	if err != nil {
		fmt.Fprintf(c.Err, "countersign-text: %v\n", err)
		return statusLocal
	}
	if missing := parsed.command.missing(); len(missing) > 0 && !p.asks {
		fmt.Fprintf(c.Err, "countersign-text: %v\n", errMissing(missing))
		return statusUsage
	}
	reason, err := parsed.command.run(ctx, p)
	if errors.Is(err, errNoBank) {
		p.explained(err)
		return statusUsage
	}
	if errors.Is(err, trust.ErrNumber) || errors.Is(err, errNoLine) {
		fmt.Fprintf(c.Err, "countersign-text: %v\n", err)
		return statusUsage
	}
	if err != nil {
		reason = p.failure(ctx, err)
	}
	p.view.ended(reason, p.texts)
	return exitStatus(reason, parsed.command.offline())
}

// program is one run: what was asked for, who speaks and who listens.
type program struct {
	console Console
	doors   doors
	flags   *flags
	asks    bool // questions may be asked
	json    bool // standard output carries JSON lines only
	phrases phrases
	in      *lines
	view    view
	texts   call.Undelivered // of the call that has ended
}

func newProgram(c Console, d doors, parsed *parsedFlags) (*program, error) {
	w, err := newPhrases(languageOf(parsed.flags.Language, c.Env))
	if err != nil {
		return nil, err
	}
	p := &program{
		console: c, doors: d, flags: parsed.flags, phrases: w, in: newLines(c.In),
		asks: c.InIsTerminal && !parsed.command.json(), json: parsed.command.json(),
	}
	if p.json {
		p.view = &jsonView{out: c.Out, phrases: w}
	} else {
		p.view = parsed.command.view(page{out: c.Out, phrases: w, colour: coloured(c)}, p.asks)
	}
	return p, nil
}

// failure turns an error into the ending that is told, and its detail into a
// line for whoever looks after this computer. An error without an ending of
// its own is a fault of the disk or the keyring.
func (p *program) failure(ctx context.Context, err error) ending.Reason {
	if ctx.Err() != nil || errors.Is(err, errNoAnswer) {
		return ending.Cancelled
	}
	reason := ending.Of(err, ending.NoKeyring)
	if errors.Is(err, vault.ErrNoKeyring) {
		p.complain(p.phrases.say("keyring.way_out"))
	}
	if p.explained(err) {
		return reason
	}
	if detail := err.Error(); detail != string(reason) {
		p.complain(p.phrases.say("details", with{"Text": detail}))
	}
	return reason
}

// explained tells an error that is about several banks: which they are.
func (p *program) explained(err error) bool {
	if clash, ok := errors.AsType[*session.NameClash](err); ok {
		p.complain(p.phrases.say("clash.both", with{
			"Since": clash.Known.Since.Format(time.DateOnly), "Known": p.phrases.bank(clash.Known.Name, clash.Known.Domain),
			"New": p.phrases.bank(clash.New.Name, clash.New.Domain),
		}))
		if was := p.phrases.formerly(clash.Known.Naming); was != "" { // it may be this name that is alike
			p.complain(was)
		}
		if claims := clash.Known.Claims; claims.Name != "" { // or this one
			p.complain(p.phrases.say("bank.claims", with{"Bank": p.phrases.bank(claims.Name, claims.Domain)}))
		}
		return true
	}
	if other, ok := errors.AsType[*session.WorksForAnother](err); ok {
		p.complain(p.phrases.say("enrol.another", with{"Bank": p.phrases.bank(other.Known.Name, other.Known.Domain)}))
		return true
	}
	if held, ok := errors.AsType[*session.SomebodyElse](err); ok {
		key := "enrol.somebody_else"
		if held.Agent {
			key = "agent.enrol.somebody_else"
		}
		p.complain(p.phrases.say(key, with{"Bank": p.phrases.bank(held.Known.Name, held.Known.Domain)}))
		return true
	}
	none, ok := errors.AsType[*session.NotOneBank](err)
	if ok && len(none.Known) > 0 {
		p.complain(p.phrases.say("bank.which"))
		for _, b := range none.Known {
			p.complain(p.phrases.say("bank.which_one", with{"Bank": p.phrases.bank(b.Name, b.Domain), "ID": hex.EncodeToString(b.ID[:])}))
		}
	}
	return ok
}

// complain writes a line to standard error, which is for people in both forms.
func (p *program) complain(line string) { fmt.Fprintln(p.console.Err, advice.Clean(line)) }

// exitStatus is the program's status for an ending.
func exitStatus(reason ending.Reason, offline bool) int {
	switch {
	case reason == ending.Completed, offline && reason == ending.Offline:
		return statusCompleted
	case reason.LocalFault():
		return statusLocal
	}
	return statusEnded
}
