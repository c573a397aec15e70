// This file owns the command bank renew, and how loudly the bank's ends are told.
//
// Rules: the root key is read here and nowhere else, and is not given to the
// server; a root key that is not in a file replaces SignBy and nothing else.

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"countersign/session/bank"
	"countersign/session/bank/admin"
	"countersign/session/protocol/trust"
)

type bankRenew struct {
	folder
	Root   string   `placeholder:"FILE" help:"The root key; default keys/root.pem in the bank's folder."`
	Name   *string  `help:"Another name."`
	Domain *string  `placeholder:"D" help:"Another domain name; empty for none."`
	Line   []string `sep:"none" placeholder:"+48..." help:"A telephone number of the bank from now on; repeat for more. The others go."`
	Relay  []string `placeholder:"tls://HOST:PORT" help:"Where clients reach the bank's server from now on, the server's own address first; repeat for more. The others go."`
	New    []string `enum:"issuer,status,report,content,relay" placeholder:"KEY" help:"Make a key anew: issuer, status, report, content or relay; repeat for more."`

	read []trust.Number // the lines as they were understood
}

// Validate finds mistakes in the flags, so that they count as usage.
func (r *bankRenew) Validate() error {
	if r.Name != nil {
		*r.Name = trust.NormaliseName(*r.Name)
		if err := trust.CheckName(*r.Name); err != nil {
			return mistake("--name", err)
		}
	}
	if r.Domain != nil {
		*r.Domain = trust.NormaliseDomain(*r.Domain)
		if err := trust.CheckDomain(*r.Domain); err != nil {
			return mistake("--domain "+*r.Domain, err)
		}
	}
	for i, typed := range r.Line {
		number, err := trust.ReadDialled(typed, r.Line[:i])
		if err != nil {
			return mistake("--line "+typed, err)
		}
		r.Line[i], r.read = number.E164, append(r.read, number)
	}
	for _, url := range r.Relay {
		if err := trust.CheckRelay(url); err != nil {
			return mistake("--relay "+url, err)
		}
	}
	r.New = slices.Compact(slices.Sorted(slices.Values(r.New)))
	return nil
}

// Run has the next bundle drafted, signs it, and puts it in force.
func (r *bankRenew) Run(c console) error {
	understood(c, "line", r.read)
	root := r.Root
	if root == "" {
		root = filepath.Join(r.Dir, bank.RootKeyFile)
	}
	draft, err := ask(r.Dir, admin.Request{Op: admin.MakeDraft, Renewal: &bank.Renewal{
		Name: r.Name, Domain: r.Domain, Lines: r.Line, Relays: r.Relay, New: r.New,
	}})
	if err != nil {
		return err
	}
	signed, err := bank.SignBy(root, draft.Payload)
	if err != nil {
		return err
	}
	if err := carryOut(c, r.Dir, admin.Request{Op: admin.Publish, Signed: signed}); err != nil {
		return err
	}
	for _, note := range draft.Notes {
		fmt.Fprintf(c.err, "note: %s.\n", note)
	}
	return nil
}

// AfterApply tells of what ends soon, before every command on a bank.
func (f folder) AfterApply(c console) error {
	b, err := bank.Load(f.Dir)
	if err != nil {
		return nil // the command itself says what is wrong with the folder
	}
	for _, warning := range endings(b, c.now()) {
		fmt.Fprintln(c.err, warning)
	}
	return nil
}

// endings are sentences about what of the bank ends within 90 days: one, about
// what ends first.
func endings(b *bank.Bank, now time.Time) []string {
	first := b.Ends(now)[0]
	loudness := first.Loudness(now)
	if loudness == 0 {
		return nil
	}
	word := []string{"note", "warning", "WARNING", "ALARM"}[loudness-1]
	return []string{fmt.Sprintf("%s: %s %s: run countersignd bank renew", word, first.What, first.When(now))}
}
