// This file owns the cast that plays with the programs for terminals: one
// program for each call, events instead of screens.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"countersign/app/tools/demo/programs"
	"countersign/session/computer/qr"
	"countersign/session/computer/vault/keyringtest"
)

// textCast are two people at terminals.
type textCast struct {
	*stage
	bank     textAgent
	person   textCustomer
	keyrings []*keyringtest.Keyring
}

// textPerson is one of them.
type textPerson struct {
	*textCast
	side side
	env  []string
	args []string          // that lead to the person's home and secrets
	call *programs.Process // the last one
	log  []programs.Event
}

type textAgent struct {
	textPerson
	qr string // text of the first QR code
}

type textCustomer struct{ textPerson }

func (c *textCast) agent() agentPart       { return &c.bank }
func (c *textCast) customer() customerPart { return &c.person }

// seat implements cast.
func (c *textCast) seat(ctx context.Context, s *stage) error {
	c.stage = s
	c.bank.textPerson = textPerson{textCast: c, side: bankSide}
	c.person.textPerson = textPerson{textCast: c, side: customerSide}
	return errors.Join(
		c.bank.seat(ctx, "agent", newAgent),
		c.person.seat(ctx, "customer", newCustomer),
	)
}

// seat gives a person a home and secrets, and enrols the computer with a ticket
// from the bank.
func (p *textPerson) seat(ctx context.Context, role string, invitation []string) error {
	base := filepath.Join(p.dir, role)
	if err := os.MkdirAll(base, 0o700); err != nil {
		return err
	}
	p.args = []string{"--home", filepath.Join(base, "home"), "--language", "en"}
	where, err := p.giveSecrets(ctx, base)
	if err != nil {
		return err
	}
	ticket, words, err := p.invite(ctx, invitation...)
	if err != nil {
		return err
	}
	enrol, err := p.run(nil, role, "enrol", "-", "--json", "--unprompted", "--fingerprint", words)
	if err != nil {
		return err
	}
	if err := enrol.Type(ticket); err != nil { // not as an argument: those are visible to other users
		return err
	}
	if _, err := enrol.AwaitEvent(ctx, "enrolled"); err != nil {
		return err
	}
	if err := p.ends(ctx, "completed", 0); err != nil {
		return err
	}
	p.page.item(good, fmt.Sprintf("The %s's computer is enrolled with a ticket; its secrets are in %s.", role, where))
	return nil
}

// giveSecrets gives a person a keyring, or a file sealed by a passphrase where
// none can be had, and says where the secrets are.
func (p *textPerson) giveSecrets(ctx context.Context, base string) (where string, err error) {
	if keyringtest.Available() {
		k, err := keyringtest.Open(ctx, base)
		if err != nil {
			return "", err
		}
		p.keyrings, p.env = append(p.keyrings, k), k.Env()
		return "a keyring of its own", nil
	}
	phrase := filepath.Join(base, "passphrase")
	p.args = append(p.args, "--keyring", "passphrase", "--passphrase-file", phrase)
	return "a file sealed by a passphrase, because dbus-daemon or gnome-keyring-daemon is not installed here",
		os.WriteFile(phrase, []byte("four words for a demo\n"), 0o600)
}

// close implements cast.
func (c *textCast) close() {
	for _, k := range c.keyrings {
		k.Close()
	}
}

// run starts the text program for a person.
func (p *textPerson) run(tell func(programs.Event), args ...string) (*programs.Process, error) {
	call, err := p.start(programs.Command{Path: p.program("countersign-text"), Args: slices.Concat(p.args, args), Env: p.env, OnEvent: tell})
	p.call = call
	return call, err
}

// tell keeps and prints a person's events.
func (p *textPerson) tell(e programs.Event) {
	p.printing.Lock()
	p.log = append(p.log, e)
	p.printing.Unlock()
	if m, text := sentence(p.side, e); text != "" {
		p.row(e.At, p.side, m, text)
	}
}

// ends waits for the call's ending and the program's exit status.
func (p *textPerson) ends(ctx context.Context, reason string, status int) error {
	e, err := p.call.AwaitEvent(ctx, "ended")
	if err != nil {
		return err
	}
	got, err := p.call.Wait(ctx)
	switch {
	case err != nil:
		return err
	case e.Reason != reason || got != status:
		return fmt.Errorf("a call should have ended as %s with status %d, but ended as %s with status %d: %s",
			reason, status, e.Reason, got, strings.TrimSpace(p.call.Stderr()))
	}
	return nil
}

func (p *textPerson) secure(ctx context.Context) error {
	_, err := p.call.AwaitEvent(ctx, "secure")
	return err
}

func (p *textPerson) writes(_ context.Context, text string) error { return p.call.Type("say " + text) }

func (p *textPerson) reads(ctx context.Context, text string) error {
	e, err := p.call.AwaitEvent(ctx, "message")
	if err == nil && e.Text != text {
		err = fmt.Errorf("%q was sent and %q arrived", text, e.Text)
	}
	return err
}

// begins starts an agent's call.
func (a *textAgent) begins(direction string) error {
	_, err := a.run(a.tell, "agent", "call", "--json", "--direction", direction, "--customer", reference, "--purpose", "card-payment")
	return err
}

func (a *textAgent) offers(ctx context.Context, direction string) (string, error) {
	if err := a.begins(direction); err != nil {
		return "", err
	}
	code, err := a.call.AwaitEvent(ctx, "code")
	if err != nil {
		return "", err
	}
	frame, err := a.call.AwaitEvent(ctx, "qr")
	if a.qr == "" {
		a.qr = frame.Text
	}
	return code.Code, err
}

func (a *textAgent) refused(ctx context.Context, direction string) error {
	return errors.Join(a.begins(direction), a.textPerson.ends(ctx, "on_hold", 1))
}

func (a *textAgent) readsBack(ctx context.Context, digits string) error {
	if _, err := a.call.AwaitEvent(ctx, "opened"); err != nil {
		return err
	}
	return a.call.Type("readback " + digits)
}

func (a *textAgent) ends(ctx context.Context) error {
	return errors.Join(a.call.Type("end"), a.textPerson.ends(ctx, "completed", 0))
}

func (a *textAgent) stopped(ctx context.Context) error {
	return a.textPerson.ends(ctx, "wrong_direction", 1)
}

// checks gives the code by standard input: arguments are visible to other
// users.
func (c *textCustomer) checks(_ context.Context, code string) error {
	check, err := c.run(c.tell, "customer", "verify", "--json", "--who", "they-called", "--code", "-")
	if err != nil {
		return err
	}
	return check.Type(code)
}

func (c *textCustomer) verified(ctx context.Context) (string, error) {
	if err := c.verdict(ctx, "verified"); err != nil {
		return "", err
	}
	e, err := c.call.AwaitEvent(ctx, "readback")
	return e.Code, err
}

func (c *textCustomer) ended(ctx context.Context) error {
	return c.textPerson.ends(ctx, "completed", 0)
}

func (c *textCustomer) stopped(ctx context.Context) error {
	if err := c.verdict(ctx, "stopped", "wrong_direction"); err != nil {
		return err
	}
	return c.textPerson.ends(ctx, "wrong_direction", 1)
}

// verdict waits for the verdict and compares it with the story's.
func (c *textCustomer) verdict(ctx context.Context, result string, reasons ...string) error {
	e, err := c.call.AwaitEvent(ctx, "verdict")
	if err == nil && (e.Result != result || !slices.Equal(e.Reasons, reasons)) {
		err = fmt.Errorf("the verdict should be %s %v, but is %s %v", result, reasons, e.Result, e.Reasons)
	}
	return err
}

// qrModule is the size of a module of the kept QR code, in pixels.
const qrModule = 6

// keep implements cast: it writes the first QR code and both event logs.
func (c *textCast) keep(_ context.Context, folder string) (string, error) {
	png, err := qr.PNG(c.bank.qr, qrModule)
	if err != nil {
		return "", err
	}
	err = errors.Join(
		os.WriteFile(filepath.Join(folder, "qr.png"), png, 0o644),
		os.WriteFile(filepath.Join(folder, "agent.jsonl"), c.logOf(&c.bank.textPerson), 0o644),
		os.WriteFile(filepath.Join(folder, "customer.jsonl"), c.logOf(&c.person.textPerson), 0o644),
	)
	return "qr.png (the first offer's QR code), agent.jsonl and customer.jsonl (what each program told)", err
}

func (c *textCast) logOf(p *textPerson) []byte {
	c.printing.Lock()
	defer c.printing.Unlock()
	var log bytes.Buffer
	for _, e := range p.log {
		log.WriteString(e.Line + "\n")
	}
	return log.Bytes()
}
