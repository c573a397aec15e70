// This file owns the bank around the windows: a server in this process, and
// the other person of each call, who has no window.

package frames

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/bank/server"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
)

const (
	reference = "C-1001"
	telephone = "+48600700789"
)

// world is a bank with a running server.
type world struct {
	t      *testing.T
	server *server.Server
	mu     sync.Mutex
	down   bool
	dialed []net.Conn // by whoever has a window
}

func newWorld(t *testing.T) *world {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	dir := t.TempDir() + "/bank"
	err = bank.Init(dir, bank.Options{
		Name: "Example Bank", Domain: "examplebank.com", Relay: "tls://" + address, Lines: []string{"+48221112233"}, Now: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t}
	if w.server, err = server.Start(t.Context(), server.Options{Dir: dir, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.server.Close)
	return w
}

// stop makes the server unreachable, as a network that is gone.
func (w *world) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
	for _, c := range w.dialed {
		c.Close()
	}
}

func (w *world) dial(ctx context.Context, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return nil, errors.New("nobody answers there")
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err == nil {
		w.dialed = append(w.dialed, c)
	}
	return c, err
}

func (w *world) customerTicket() string {
	w.t.Helper()
	ticket, _, err := w.server.Directory().AddCustomer(w.t.Context(), reference, []string{telephone})
	if err != nil {
		w.t.Fatal(err)
	}
	return ticket.String()
}

func (w *world) agentTicket() string {
	w.t.Helper()
	ticket, _, err := w.server.Directory().AddAgent(w.t.Context(), "Anna Kowalska", "Adviser", "Fraud team")
	if err != nil {
		w.t.Fatal(err)
	}
	return ticket.String()
}

// agent is an agent without a window, enrolled and signed in.
func (w *world) agent() *session.Agent {
	w.t.Helper()
	a, err := session.OpenAgent(w.t.Context(), session.Options{Dir: w.t.TempDir(), Store: vault.NewMemory()})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := a.Enrol(w.t.Context(), session.Enrolment{Ticket: w.agentTicket()}); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// customer is a customer without a window, enrolled.
func (w *world) customer() *session.Customer {
	w.t.Helper()
	c, err := session.OpenCustomer(w.t.Context(), session.Options{Dir: w.t.TempDir(), Store: vault.NewMemory()})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := c.Enrol(w.t.Context(), session.Enrolment{Ticket: w.customerTicket()}); err != nil {
		w.t.Fatal(err)
	}
	return c
}

// told is what a person without a window is told.
type told struct {
	t      *testing.T
	events <-chan call.Event
}

func listen(t *testing.T, events <-chan call.Event) told { return told{t, events} }

// await returns the next event of a kind and leaves out what comes before it.
func await[E call.Event](from told) E {
	from.t.Helper()
	enough := time.After(patience)
	for {
		select {
		case e, open := <-from.events:
			if wanted, ok := e.(E); ok {
				return wanted
			}
			if ended, ok := e.(call.EndedEvent); ok {
				from.t.Fatalf("the call ended: %s", ended.Reason)
			}
			if !open {
				from.t.Fatal("the call is over")
			}
		case <-enough:
			from.t.Fatalf("waited in vain for %T", *new(E))
		}
	}
}
