//go:build e2e

// This file owns the tests that need another time of day. Processes have only
// the computer's clock, so agent, customer and server run in this process, each
// with a clock of its own, over a real connection and with secrets in memory.

package e2e

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/session"
	bankfolder "countersign/session/bank"
	"countersign/session/bank/server"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// clock is the computer's clock and a difference that tests change. It
// implements session.Clock.
type clock struct {
	mu      sync.Mutex
	ahead   time.Duration
	waiting map[*alarm]bool
}

// alarm is one timer: due by this clock, rung by the computer's.
type alarm struct {
	due  time.Time
	ring *time.Timer
}

func newClock() *clock { return &clock{waiting: map[*alarm]bool{}} }

// Now implements session.Clock.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// AfterFunc implements session.Clock.
func (c *clock) AfterFunc(d time.Duration, f func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &alarm{due: time.Now().Add(c.ahead + d)}
	a.ring = time.AfterFunc(d, func() {
		c.mu.Lock()
		delete(c.waiting, a)
		c.mu.Unlock()
		f()
	})
	c.waiting[a] = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		a.ring.Stop()
		delete(c.waiting, a)
	}
}

// jump moves the clock; timers that are due now ring.
func (c *clock) jump(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
	for a := range c.waiting {
		a.ring.Reset(time.Until(a.due.Add(-c.ahead)))
	}
}

// world is a bank with its server in this process, an agent and a customer,
// each with a clock of its own.
type world struct {
	*testing.T
	server                  *server.Server
	bank, agents, customers *clock
	agent                   *session.Agent
	customer                *session.Customer
}

const ownReference, ownPhone = "C-1", "+48600700800"

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{T: t, bank: newClock(), agents: newClock(), customers: newClock()}
	dir := filepath.Join(t.TempDir(), "bank")
	if err := bankfolder.Init(dir, bankfolder.Options{
		Name: "Example Bank", Relay: "tls://" + freeAddress(t), Lines: []string{bankLine}, Domain: "examplebank.com", Now: time.Now(),
	}); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.server, err = server.Start(t.Context(), server.Options{Dir: dir, Now: w.bank.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.server.Close)
	ticket, _, err := w.server.Directory().AddAgent(t.Context(), "Robin Nowak", "Adviser", "Card payments")
	if err != nil {
		t.Fatal(err)
	}
	if w.agent, err = session.OpenAgent(t.Context(), session.Options{Dir: t.TempDir(), Store: vault.NewMemory(), Clock: w.agents}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.agent.Enrol(t.Context(), session.Enrolment{Ticket: ticket.String()}); err != nil {
		t.Fatal(err)
	}
	w.customer = w.newCompanion()
	if _, err := w.customer.Enrol(t.Context(), session.Enrolment{Ticket: w.ticket(ownReference, ownPhone)}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) newCompanion() *session.Customer {
	w.Helper()
	c, err := session.OpenCustomer(w.Context(), session.Options{Dir: w.TempDir(), Store: vault.NewMemory(), Clock: w.customers})
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *world) ticket(reference, phone string) string {
	w.Helper()
	ticket, _, err := w.server.Directory().AddCustomer(w.Context(), reference, []string{phone})
	if err != nil {
		w.Fatal(err)
	}
	return ticket.String()
}

// calls starts the bank's call to the customer.
func (w *world) calls() *session.Call {
	return w.agent.Call(w.Context(), session.Offering{Direction: offer.BankCalled, Customer: ownReference, Purpose: trust.CardPayment})
}

func (w *world) checks(code string) *session.Call {
	return w.customer.Verify(w.Context(), session.Verification{Answers: offer.Answers{How: offer.TheyCalled}, Code: code})
}

func (w *world) checksQR(text string, offline bool) *session.Call {
	return w.customer.Verify(w.Context(), session.Verification{Answers: offer.Answers{How: offer.TheyCalled}, QRText: text, Offline: offline})
}

// told waits for the next event of a kind and passes over others.
func told[E call.Event](w *world, c *session.Call) E {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	var wanted E
	for {
		select {
		case e, open := <-c.Events():
			if found, ok := e.(E); ok {
				return found
			}
			if end, ok := e.(call.EndedEvent); ok || !open {
				w.Fatalf("ended by %s before %T", end.Reason, wanted)
			}
		case <-ctx.Done():
			w.Fatalf("no %T in time", wanted)
		}
	}
}

// endsBy waits for the ending, after which nothing comes.
func (w *world) endsBy(c *session.Call, reason ending.Reason) {
	w.Helper()
	if got := told[call.EndedEvent](w, c).Reason; got != reason {
		w.Errorf("ended by %s, not by %s", got, reason)
	}
	if e, open := <-c.Events(); open {
		w.Errorf("%T after the ending", e)
	}
}

// stoppedBy waits for a verdict that is stopped for a reason, and its ending.
func (w *world) stoppedBy(c *session.Call, reason ending.Reason) {
	w.Helper()
	out := told[call.VerdictGiven](w, c).Output
	if out.Result != verdict.Stopped || !slices.Contains(out.Reasons, reason) {
		w.Errorf("the verdict is %v %v, not stopped by %s", out.Result, out.Reasons, reason)
	}
	w.endsBy(c, reason)
}

// completes brings a call from the verdict to its end.
func (w *world) completes(agent, customer *session.Call) {
	w.Helper()
	digits := told[call.ReadbackShown](w, customer).Code
	told[call.Opened](w, agent)
	agent.Readback(digits)
	told[call.Secured](w, agent)
	told[call.Secured](w, customer)
	agent.End()
	w.endsBy(agent, ending.Completed)
	w.endsBy(customer, ending.Completed)
}

func TestOfferExpiresForEverybody(t *testing.T) {
	w := newWorld(t)
	a := w.calls()
	code, text := told[call.CodeShown](w, a).Code, told[call.QRShown](w, a).Text
	for _, c := range []*clock{w.bank, w.agents, w.customers} {
		c.jump(offer.Lifetime + 2*trust.Skew)
	}
	w.endsBy(a, ending.Expired)
	w.stoppedBy(w.checks(code), ending.Expired)
	w.stoppedBy(w.checksQR(text, false), ending.Expired)
	w.stoppedBy(w.checksQR(text, true), ending.Expired)
}

// An agent's program that is late, or sleeps, learns of the end from the server.
func TestServerEndsAnExpiredOffer(t *testing.T) {
	w := newWorld(t)
	a := w.calls()
	code := told[call.CodeShown](w, a).Code
	w.bank.jump(offer.Lifetime + time.Second)
	w.endsBy(a, ending.Expired)
	w.customers.jump(offer.Lifetime + time.Second)
	w.stoppedBy(w.checks(code), ending.Expired)
}

func TestClockTenMinutesOff(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{"ahead": 10 * time.Minute, "behind": -10 * time.Minute} {
		t.Run("customer "+name, func(t *testing.T) {
			w := newWorld(t)
			a := w.calls()
			code := told[call.CodeShown](w, a).Code
			w.customers.jump(off)
			w.stoppedBy(w.checks(code), ending.WrongClock)
			w.customers.jump(-off)
			w.completes(a, w.checks(code)) // the offer is as good as before
		})
		t.Run("agent "+name, func(t *testing.T) {
			w := newWorld(t)
			w.agents.jump(off)
			w.endsBy(w.calls(), ending.WrongClock)
			w.agents.jump(-off)
			a := w.calls()
			w.completes(a, w.checks(told[call.CodeShown](w, a).Code))
		})
	}
}

// Within a minute a clock may be off.
func TestClockAMinuteOffIsTolerated(t *testing.T) {
	w := newWorld(t)
	w.agents.jump(50 * time.Second)
	a := w.calls()
	w.completes(a, w.checks(told[call.CodeShown](w, a).Code))
}

// A QR code that was photographed and passed on is too old. The agent's clock
// says so, and the offer stays for the customer who reads a fresh frame.
func TestOldFrameIsRefusedByTheAgent(t *testing.T) {
	w := newWorld(t)
	a := w.calls()
	old := told[call.QRShown](w, a).Text
	w.agents.jump(offer.MaxFrameAge + 2*time.Second)
	w.stoppedBy(w.checksQR(old, false), ending.FrameStale)
	w.completes(a, w.checksQR(told[call.QRShown](w, a).Text, false))
}

func TestTicketExpires(t *testing.T) {
	w := newWorld(t)
	ticket := w.ticket("C-2", "+48600700900")
	w.bank.jump(60 * 24 * time.Hour)
	_, err := w.newCompanion().Enrol(t.Context(), session.Enrolment{Ticket: ticket})
	if got := ending.Of(err, ""); got != ending.TicketExpired {
		t.Errorf("an old ticket gives %q (%v)", got, err)
	}
}
