// Package training owns a whole bank in one process, for people who practise:
// the bank, its server, one agent and one customer, both enrolled. It is made
// afresh by Open and gone after Close.
//
// It must not know of windows. It holds both ends and the server, so it is an
// operator's package: no program of an agent or a customer may reach it.
//
// Rules: no port is opened and no address of a network is ever dialled; no
// secret leaves the process by way of a keyring; what the engine keeps in
// files lies in one private temporary folder, in memory where the system has a
// place for that (/dev/shm), and is removed by Close. Between the two people
// and the server everything is as it is between computers: TLS, the pinned
// key, tokens and tickets.
package training

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/bank/server"
	"countersign/session/computer/vault"
	"countersign/session/protocol/enrol"
)

// Whom people meet in training, for the words beside the screens.
const (
	BankName   = "Training Bank"
	BankLine   = "+48221112233"
	AgentName  = "Robin Nowak"
	AgentRole  = "Adviser"
	AgentTeam  = "Card payments"
	Reference  = "C-1001"       // the customer's
	Telephone  = "+48600700800" // the customer's, on file
	bankDomain = "bank.example"
)

// address stands in the bundle and in tickets. It leads nowhere (RFC 2606), so
// that not even a mistake reaches a network.
const address = "training.invalid:4222"

// errElsewhere says that something asked for another server than the one here.
var errElsewhere = errors.New("training reaches no server but its own")

// Bank is an open training bank.
type Bank struct {
	folder   string
	unlock   func() error
	server   *server.Server
	agent    *session.Agent
	customer *session.Customer
	once     sync.Once
	closed   error
}

// Open makes a bank and enrols both people. A nil clock means the system's.
func Open(ctx context.Context, clock session.Clock) (*Bank, error) {
	folder, err := privateFolder()
	if err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	b := &Bank{folder: folder}
	if err := b.open(ctx, clock); err != nil {
		return nil, fmt.Errorf("training: %w", errors.Join(err, b.Close()))
	}
	return b, nil
}

// privateFolder makes a folder for this process alone, in memory if possible.
func privateFolder() (string, error) {
	const inMemory = "/dev/shm"
	pattern := fmt.Sprintf("countersign-training-%d-", os.Getpid())
	if folder, err := os.MkdirTemp(inMemory, pattern); err == nil {
		return folder, nil
	}
	return os.MkdirTemp("", pattern)
}

// open brings up one thing after the other; Close undoes what it got to.
func (b *Bank) open(ctx context.Context, clock session.Clock) error {
	now := time.Now
	if clock != nil {
		now = clock.Now
	}
	if err := b.serve(ctx, now); err != nil {
		return err
	}
	var err error
	if b.agent, err = session.OpenAgent(ctx, b.home("agent", clock)); err != nil {
		return err
	}
	if b.customer, err = session.OpenCustomer(ctx, b.home("customer", clock)); err != nil {
		return err
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return b.enrolAgent(ctx) })
	both.Go(func() error { return b.enrolCustomer(ctx) })
	return both.Wait()
}

// serve makes the bank and starts its server, which listens nowhere.
func (b *Bank) serve(ctx context.Context, now func() time.Time) error {
	folder := filepath.Join(b.folder, "bank")
	err := bank.Init(folder, bank.Options{
		Name: BankName, Domain: bankDomain, Relay: "tls://" + address, Lines: []string{BankLine}, Now: now(),
	})
	if err != nil {
		return err
	}
	if b.unlock, err = bank.Lock(folder); err != nil {
		return err
	}
	b.server, err = server.Start(ctx, server.Options{Dir: folder, DontListen: true, Memory: true, Now: now})
	return err
}

// home is where one person's program keeps its state.
func (b *Bank) home(name string, clock session.Clock) session.Options {
	return session.Options{Dir: filepath.Join(b.folder, name), Store: vault.NewMemory(), Clock: clock, Dial: b.dial}
}

// dial is the only network of the training.
func (b *Bank) dial(_ context.Context, to string) (net.Conn, error) {
	if to != address {
		return nil, errElsewhere
	}
	return b.server.InProcessConn()
}

func (b *Bank) enrolAgent(ctx context.Context) error {
	ticket, _, err := b.server.Directory().AddAgent(ctx, AgentName, AgentRole, AgentTeam)
	if err != nil {
		return err
	}
	if _, err := b.agent.Enrol(ctx, enrolment(ticket)); err != nil {
		return err
	}
	_, err = b.agent.SignIn(ctx, "")
	return err
}

func (b *Bank) enrolCustomer(ctx context.Context) error {
	ticket, _, err := b.server.Directory().AddCustomer(ctx, Reference, []string{Telephone})
	if err != nil {
		return err
	}
	_, err = b.customer.Enrol(ctx, enrolment(ticket))
	return err
}

func enrolment(t enrol.Ticket) session.Enrolment { return session.Enrolment{Ticket: t.String()} }

// Agent is the agent's program: enrolled and signed in.
func (b *Bank) Agent() *session.Agent { return b.agent }

// Customer is the customer's program: enrolled.
func (b *Bank) Customer() *session.Customer { return b.customer }

// Close ends the server and removes everything. Calls should have ended: one
// that has not loses its connection. It may be called more than once.
func (b *Bank) Close() error {
	b.once.Do(func() { b.closed = b.shut() })
	return b.closed
}

func (b *Bank) shut() error {
	if b.server != nil {
		b.server.Close()
	}
	var failed error
	if b.unlock != nil {
		failed = b.unlock()
	}
	return errors.Join(failed, os.RemoveAll(b.folder))
}
