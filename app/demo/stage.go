// This file owns what the story is played on: a bank with its server, two
// people with their own homes and keyrings, and the end of it all.

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/app/demo/programs"
)

// What the demonstration is about. Nobody in it exists.
const (
	bankName   = "Example Bank"
	bankDomain = "examplebank.com"
	bankLine   = "+48221112233"
	reference  = "C-1001"
	phone      = "+48600100200" // the customer's number on file
)

// stage is everything that the story needs and leaves.
type stage struct {
	page     page
	programs string // folder of the programs
	dir      string // temporary folder
	bankDir  string
	keyrings bool // private keyrings, else files sealed by a passphrase
	agent    person
	customer person
	running  []*programs.Process
	began    time.Time // of the time line
	qr       string    // text of the first QR code
	proven   []string
	printing sync.Mutex // guards the page and the people's logs
}

// person is one human being at a computer.
type person struct {
	home string
	env  []string
	args []string // that lead to the person's home and secrets
	log  []programs.Event
}

// set builds the stage: bank, server, people, enrolment.
func (s *stage) set(ctx context.Context) error {
	s.keyrings = keyringTools()
	s.page.chapter("Countersign: a protected telephone call between real programs",
		"Everything below is told by the programs themselves as it happens. Only the spoken words are made up.")
	if err := s.openBank(ctx); err != nil {
		return err
	}
	if err := s.seat(ctx, &s.agent, "agent"); err != nil {
		return err
	}
	if err := s.seat(ctx, &s.customer, "customer"); err != nil {
		return err
	}
	s.began = time.Now()
	return nil
}

// openBank makes a bank and starts its server.
func (s *stage) openBank(ctx context.Context) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	s.bankDir = filepath.Join(s.dir, "bank")
	if _, err := s.countersignd(ctx, "bank", "init", "--name", bankName, "--relay", "tls://"+address, "--line", bankLine, "--domain", bankDomain); err != nil {
		return err
	}
	server, err := s.start(programs.Command{Path: s.program("countersignd"), Args: []string{"serve", "--dir", s.bankDir}})
	if err != nil {
		return err
	}
	ready, err := server.Await(ctx, "the line \"ready\"", func(e programs.Event) bool { return strings.HasPrefix(e.Line, "ready ") })
	if err != nil {
		return err
	}
	s.page.item(good, bankName+" is founded. Its server is "+strings.Replace(ready.Line, " ", " at ", 1)+".")
	return nil
}

// freeAddress finds a port on which nobody listens. A bank's address is signed
// into its bundle, so it must be known before the server starts.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// seat gives a person a home and a keyring, and enrols the computer with a
// ticket from the bank.
func (s *stage) seat(ctx context.Context, p *person, role string) error {
	base := filepath.Join(s.dir, role)
	p.home = filepath.Join(base, "home")
	if err := os.MkdirAll(base, 0o700); err != nil {
		return err
	}
	p.args = []string{"--home", p.home, "--language", "en"}
	if err := s.giveSecrets(ctx, p, base); err != nil {
		return err
	}
	invite := []string{"agent", "add", "--name", agentName, "--role", agentRole, "--department", agentDepartment}
	if role == "customer" {
		invite = []string{"customer", "add", "--ref", reference, "--phone", phone}
	}
	ticket, words, err := s.invite(ctx, invite...)
	if err != nil {
		return err
	}
	enrol, err := s.startText(p, nil, role, "enrol", "-", "--json", "--unprompted", "--fingerprint", words)
	if err != nil {
		return err
	}
	if err := enrol.Type(ticket); err != nil { // not as an argument: those are visible to other users
		return err
	}
	if _, err := enrol.AwaitEvent(ctx, "enrolled"); err != nil {
		return err
	}
	if err := expectEnd(ctx, enrol, "completed", 0); err != nil {
		return err
	}
	s.page.item(good, fmt.Sprintf("The %s's computer is enrolled with a ticket; its secrets are in %s.", role, s.secretsAre()))
	return nil
}

// giveSecrets gives a person a keyring, or the choice to do without.
func (s *stage) giveSecrets(ctx context.Context, p *person, base string) (err error) {
	if s.keyrings {
		p.env, err = s.startKeyring(ctx, base)
		return err
	}
	phrase := filepath.Join(base, "passphrase")
	p.args = append(p.args, "--keyring", "passphrase", "--passphrase-file", phrase)
	return os.WriteFile(phrase, []byte("four words for a demo\n"), 0o600)
}

func (s *stage) secretsAre() string {
	if s.keyrings {
		return "a keyring of its own"
	}
	return "a file sealed by a passphrase, because dbus-daemon or gnome-keyring-daemon is not installed here"
}

// invite puts somebody on the bank's file and returns the ticket and the words.
func (s *stage) invite(ctx context.Context, args ...string) (ticket, words string, err error) {
	lines, err := s.countersignd(ctx, args...)
	if err != nil {
		return "", "", err
	}
	for _, e := range lines {
		if text, found := strings.CutPrefix(e.Line, "ticket: "); found {
			ticket = text
		}
		if text, found := strings.CutPrefix(e.Line, "words: "); found {
			words = text
		}
	}
	if ticket == "" || words == "" {
		return "", "", errors.New("the bank gave no ticket")
	}
	return ticket, words, nil
}

// countersignd runs one of the bank's commands to its end.
func (s *stage) countersignd(ctx context.Context, args ...string) ([]programs.Event, error) {
	p, err := s.start(programs.Command{Path: s.program("countersignd"), Args: append(args, "--dir", s.bankDir)})
	if err != nil {
		return nil, err
	}
	status, err := p.Wait(ctx)
	if err == nil && status != 0 {
		err = fmt.Errorf("countersignd %s ended with status %d: %s", strings.Join(args[:2], " "), status, strings.TrimSpace(p.Stderr()))
	}
	return p.Events(), err
}

// startText starts the text program for a person.
func (s *stage) startText(p *person, tell func(programs.Event), args ...string) (*programs.Process, error) {
	return s.start(programs.Command{
		Path: s.program("countersign-text"), Args: slices.Concat(p.args, args), Env: p.env, OnEvent: tell,
	})
}

func (s *stage) start(c programs.Command) (*programs.Process, error) {
	p, err := programs.Start(c)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be started: %w", filepath.Base(c.Path), err)
	}
	s.running = append(s.running, p)
	return p, nil
}

// program is the path of one of our programs, which lie beside this one.
func (s *stage) program(name string) string { return filepath.Join(s.programs, name) }

// close ends everything, the last first.
func (s *stage) close() {
	for _, p := range slices.Backward(s.running) {
		p.Stop()
	}
}

// expectEnd waits for a program's ending and its exit status.
func expectEnd(ctx context.Context, p *programs.Process, reason string, status int) error {
	e, err := p.AwaitEvent(ctx, "ended")
	if err != nil {
		return err
	}
	got, err := p.Wait(ctx)
	switch {
	case err != nil:
		return err
	case e.Reason != reason || got != status:
		return fmt.Errorf("a call should have ended as %s with status %d, but ended as %s with status %d: %s",
			reason, status, e.Reason, got, strings.TrimSpace(p.Stderr()))
	}
	return nil
}
