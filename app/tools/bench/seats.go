// This file owns what our windows are opened on: a bank with its server, and an
// agent and a customer who have enrolled their computers and signed in, with a
// private keyring that has what they keep.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"countersign/app/tools/demo/programs"
	"countersign/session"
	"countersign/session/bank"
	"countersign/session/bank/server"
	"countersign/session/computer/vault/keyringtest"
)

// tickets are what a bank has sent to the two.
type tickets struct {
	Agent    string `json:"agent"`
	Customer string `json:"customer"`
}

// serveSeats is the part that runs the bank.
func serveSeats(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) != 0 {
		return errors.New("this part of bench takes no arguments")
	}
	return withServer(ctx, func(s *server.Server, _ *bank.Bank, _ string) error {
		sent, err := addPeople(ctx, s)
		if err != nil {
			return err
		}
		return serveUntilDone(ctx, sent, in, out)
	})
}

// addPeople gives a bank its two people.
func addPeople(ctx context.Context, s *server.Server) (t tickets, err error) {
	agent, _, err := s.Directory().AddAgent(ctx, "Anna Kowalska", "Specialist", "Fraud team")
	if err != nil {
		return t, err
	}
	person, _, err := s.Directory().AddCustomer(ctx, customer, []string{"+48600700800"})
	if err != nil {
		return t, err
	}
	return tickets{Agent: agent.String(), Customer: person.String()}, nil
}

// takeSeat is the part that enrols one of the two, with the keyring that its
// environment leads to: the folder for the agent's state and the ticket, or
// the customer's.
func takeSeat(ctx context.Context, args []string, _ io.Reader, out io.Writer) error {
	if len(args) != 3 {
		return errors.New("this part of bench takes a side, a folder and a ticket")
	}
	o, e := session.Options{Dir: args[1], Keyring: session.KeyringOS}, session.Enrolment{Ticket: args[2]}
	var err error
	if args[0] == sideAgent {
		err = seatAgent(ctx, o, e)
	} else {
		err = seatCustomer(ctx, o, e)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(args[0])
}

func seatAgent(ctx context.Context, o session.Options, e session.Enrolment) error {
	agent, err := session.OpenAgent(ctx, o)
	if err != nil {
		return err
	}
	if _, err := agent.Enrol(ctx, e); err != nil {
		return err
	}
	_, err = agent.SignIn(ctx, "")
	return err
}

func seatCustomer(ctx context.Context, o session.Options, e session.Enrolment) error {
	person, err := session.OpenCustomer(ctx, o)
	if err != nil {
		return err
	}
	_, err = person.Enrol(ctx, e)
	return err
}

// The two sides, as our window's command line calls them.
const (
	sideAgent    = "agent"
	sideCustomer = "customer"
)

// seats are the two people's computers.
type seats struct {
	dir     string
	keyring *keyringtest.Keyring
	bank    *programs.Process
}

// seat starts a bank and enrols the two. All of it ends with close or ctx.
func seat(ctx context.Context, dir string) (*seats, error) {
	s := &seats{dir: dir}
	if err := s.start(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *seats) start(ctx context.Context) (err error) {
	var sent tickets
	if s.bank, err = startPart(ctx, &sent, nil, partSeats); err != nil {
		return err
	}
	home := filepath.Join(s.dir, "k")
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	if s.keyring, err = keyringtest.Open(ctx, home); err != nil {
		return err
	}
	for side, ticket := range map[string]string{sideAgent: sent.Agent, sideCustomer: sent.Customer} {
		var seated string
		process, err := startPart(ctx, &seated, s.keyring.Env(), partSeat, side, s.home(side), ticket)
		if err != nil {
			return fmt.Errorf("enrolling the %s: %w", side, err)
		}
		process.Stop()
	}
	return nil
}

// home is the folder of a side's state.
func (s *seats) home(side string) string { return filepath.Join(s.dir, side) }

func (s *seats) close() {
	if s.keyring != nil {
		s.keyring.Close()
	}
	if s.bank != nil {
		s.bank.Stop()
	}
}
