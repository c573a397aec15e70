// This file owns the command bank init.

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"countersign/session/bank"
	"countersign/session/bank/admin"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/trust"
)

type bankInit struct {
	folder
	Name         string   `required:"" help:"The bank's name as customers see it."`
	Relay        string   `required:"" placeholder:"tls://HOST:PORT" help:"Where clients reach the bank's server. It is signed into the bundle."`
	Line         []string `required:"" sep:"none" placeholder:"+48..." help:"A telephone number of the bank; repeat for more."`
	Domain       string   `placeholder:"D" help:"The bank's domain name."`
	SecondFactor string   `enum:"none,totp" default:"none" help:"What agents need to sign in, besides their computer: none or totp."`

	read []trust.Number // the lines as they were understood
}

// Validate finds mistakes in the flags, so that they count as usage.
func (b *bankInit) Validate() error {
	if b.Name == "" || b.Relay == "" || len(b.Line) == 0 {
		return nil // kong says what is missing
	}
	for i, typed := range b.Line {
		// The first line says in which country the bank is.
		number, err := trust.ReadDialled(typed, b.Line[:i])
		if err != nil {
			return mistake("--line "+typed, err)
		}
		b.Line[i], b.read = number.E164, append(b.read, number)
	}
	b.Name = trust.NormaliseName(b.Name)
	if err := trust.CheckName(b.Name); err != nil {
		return mistake("--name", err)
	}
	b.Domain = trust.NormaliseDomain(b.Domain)
	if err := b.options().Check(); err != nil {
		return misused{err}
	}
	return nil
}

func (b *bankInit) options() bank.Options {
	return bank.Options{Name: b.Name, Relay: b.Relay, Lines: b.Line, Domain: b.Domain, TOTP: b.SecondFactor == "totp", Now: time.Now()}
}

// Run makes the bank and warns of what a real one should do better.
func (b *bankInit) Run(c console) error {
	understood(c, "line", b.read)
	if err := admin.CheckFolder(b.Dir); err != nil {
		return misused{err} // now, and not when the bank is printed on letters and cannot be served
	}
	if err := bank.Init(b.Dir, b.options()); err != nil {
		return err
	}
	made, err := bank.Load(b.Dir)
	if err != nil {
		return err
	}
	if !made.TOTP {
		fmt.Fprintln(c.err, "warning: agents sign in without a second factor: whoever uses an agent's computer can call as that agent. A real bank uses --second-factor totp.")
	}
	fmt.Fprintf(c.err, "warning: the bank has one root key, in the file %s, which only your account can read: whoever copies it can speak for the bank. Move it to a place that is not connected; the server does not need it.\n",
		filepath.Join(b.Dir, bank.RootKeyFile))
	roots := trust.RootsHash(made.Bundle.Roots, int(made.Bundle.Threshold))
	_, err = fmt.Fprintf(c.out, "bank: %s\nrelay: %s\nwords: %s\n", made.Bundle.Name, made.Bundle.Relays[0].URL, strings.Join(enrol.Words(roots), " "))
	return err
}
