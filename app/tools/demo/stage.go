// This file owns what the story is played on: a bank with its server, two
// people with their own homes and keyrings, and the end of it all.

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/app/tools/demo/programs"
)

// What the demonstration is about. Nobody in it exists.
const (
	bankName   = "Example Bank"
	bankDomain = "examplebank.com"
	bankLine   = "+48221112233"
	reference  = "C-1001"
	phone      = "+48600100200" // the customer's number on file
)

// bankWithDomain is how the windows name the bank.
const bankWithDomain = bankName + " (" + bankDomain + ")"

// stage is everything that the story needs and leaves.
type stage struct {
	page     page
	programs string // folder of the programs
	dir      string // temporary folder
	bankDir  string
	cast     cast
	running  []*programs.Process
	began    time.Time // of the time line
	proven   []string
	printing sync.Mutex // guards the page
}

// people the bank has on file, as its commands take them.
var (
	newAgent    = []string{"agent", "add", "--name", agentName, "--role", agentRole, "--department", agentDepartment}
	newCustomer = []string{"customer", "add", "--ref", reference, "--phone", phone}
)

// set builds the stage: bank, server, people, enrolment.
func (s *stage) set(ctx context.Context) error {
	s.page.chapter("Countersign: a protected telephone call between real programs",
		"Everything below is told by the programs themselves as it happens. Only the spoken words are made up.")
	if err := s.openBank(ctx); err != nil {
		return err
	}
	if err := s.cast.seat(ctx, s); err != nil {
		return err
	}
	s.begin()
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
	s.cast.close()
	for _, p := range slices.Backward(s.running) {
		p.Stop()
	}
}
