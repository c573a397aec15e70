// This file plays a relay and an agent's program that serve an answered offer
// once more: the companion itself remembers.

package session

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	served "countersign/session/bank"
	"countersign/session/bank/server"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
)

func TestAnsweredOfferIsNeverAnsweredAgain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	dir := t.TempDir() + "/bank"
	err = served.Init(dir, served.Options{Name: "Example Bank", Relay: "tls://" + l.Addr().String(), Lines: []string{"+48221112233"}, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	start := func() *server.Server {
		s, err := server.Start(t.Context(), server.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	s := start()
	agentTicket, _, err := s.Directory().AddAgent(t.Context(), "Anna Kowalska", "Adviser", "Fraud team")
	if err != nil {
		t.Fatal(err)
	}
	customerTicket, _, err := s.Directory().AddCustomer(t.Context(), "C-1", []string{"+48600700800"})
	if err != nil {
		t.Fatal(err)
	}
	agent, customer := &Agent{newHome(t)}, &Customer{newHome(t)}
	if _, err := agent.Enrol(t.Context(), Enrolment{Ticket: agentTicket.String()}); err != nil {
		t.Fatal(err)
	}
	if _, err := customer.Enrol(t.Context(), Enrolment{Ticket: customerTicket.String()}); err != nil {
		t.Fatal(err)
	}

	side := &agentCall{
		runner: newRunner(t.Context(), agent.home),
		wanted: Offering{Direction: offer.BankCalled, Customer: "C-1", Purpose: trust.Transfer},
	}
	a := side.start(side)
	code := await[call.CodeShown](t, a).Code
	check := Verification{Answers: offer.Answers{How: offer.TheyCalled}, Code: code}
	c := customer.Verify(t.Context(), check)
	await[call.ReadbackShown](t, c)
	c.End()
	await[call.EndedEvent](t, c)
	await[call.EndedEvent](t, a)

	s.Close()
	start()
	in, err := signIn{home: agent.home, open: agent.dial}.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer in.conn.Close()
	if err := in.conn.Create(t.Context(), side.placed); err != nil {
		t.Fatal(err)
	}
	c = customer.Verify(t.Context(), check)
	if out := await[call.VerdictGiven](t, c).Output; out.Result != verdict.Stopped {
		t.Errorf("an answered offer is %v", out.Result)
	}
	if got := await[call.EndedEvent](t, c).Reason; got != ending.Replayed {
		t.Errorf("ended %q, want replayed", got)
	}
}

func await[E call.Event](t *testing.T, c *Call) E {
	t.Helper()
	for {
		select {
		case e, open := <-c.Events():
			if wanted, ok := e.(E); ok {
				return wanted
			}
			if !open {
				t.Fatal("the call is over")
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nothing within 20 seconds")
		}
	}
}

// TestAnAnsweredOfferIsKeptAlthoughTheCallEnds: another program is changing the
// bank's record while the reveal arrives, and the call ends before it is done.
func TestAnAnsweredOfferIsKeptAlthoughTheCallEnds(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	b, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		h.clock = worldClock{time.Now(), w.Now}
		unlock, err := h.lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c := &customerCall{runner: newRunner(t.Context(), h)}
		c.side, c.bank, c.core, c.oid = c, b, w.FinishedCore(), w.FinishedCore().ID()
		c.remember()
		stopped := make(chan struct{})
		go func() {
			c.stop()
			close(stopped)
		}()
		synctest.Wait() // the one waits for the record, the other for the one
		unlock()
		<-stopped
	})
	if b, err = h.bank(t.Context(), roleCustomer, id); err != nil || ending.Of(b.mayAnswer(w.FinishedCore().ID(), 0), "") != ending.Replayed {
		t.Errorf("the answered offer is not kept (%v)", err)
	}
}
