// This file owns what the tests tell the screens: real calls, driven through
// session/protocol/call's own machine to a phase, and an agent's program without bank
// or network.

package agent

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// frame is as long as a QR frame's text.
const frame = "CP1:6BFOXN%TSMAHN-H/B5 DGJZH30IV7IO+R/C0V6T5*ZI$A95/EAJE*VP1N3Y7B+4M0Q8LX2C1SD9FGH.K:ZW$%UTRQPONMLKJIHGFEDCBA9876543210" +
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" +
	"9876543210ZYXWVUTSRQPONMLKJIHGFEDCBA:/.-+*%$ 9876543210ZYXWVUTSRQPONMLKJIHGFEDCBA:/.-+*%$ 9876543210ZYXWVUTSRQPONMLKJIHGFEDCBA" +
	"QWERTYUIOPASDFGHJKLZXCVBNM0918273645QWERTYUIOPASDFGHJKLZXCVBNM0918273645QWERTYUIOPASDFGHJKLZXCVBNM0918273645QWERTYUIOPASDFGHJKL" +
	"MNBVCXZLKJHGFDSAPOIUYTREWQ5647382910MNBVCXZLKJHGFDSAPOIUYTREWQ5647382910MNBVCXZLKJHGFDSAPOIUYTREWQ5647382910MNBVCXZLKJHGFDSA7"

// bank, shift and form are what the tests work with.
var (
	bank  = session.Bank{Naming: verdict.Naming{Name: "Example Bank", Domain: "examplebank.com"}, Enrolled: true, Lines: []string{"+48221112233"}}
	shift = session.Shift{
		Bank: bank, Name: "Anna Kowalska", Role: "agent", Department: "Fraud team",
		Until: time.Date(2026, time.November, 19, 16, 0, 0, 0, time.UTC),
	}
	filled = Form{Reference: "C-1001", Direction: offer.BankCalled, Purpose: trust.CardPayment}
)

// path are the inputs that lead an agent's call through its phases.
var path = []call.Input{
	call.Begin{},
	call.Prepared{},
	call.Created{Code: "482913057", Remain: offer.Lifetime},
	call.Replied{Companion: "companion"},
	call.Admitted{Enrolled: true},
	call.ConfirmArrived{},
	call.ReadbackTyped{Right: true},
	call.AuthorityTold{},
	call.End{},
}

// pathOfGuest are the inputs when somebody without an enrolled device answers.
func pathOfGuest() []call.Input {
	inputs := slices.Clone(path)
	inputs[4] = call.Admitted{}
	return inputs
}

// told is what a real call tells while it takes inputs, a QR frame included,
// which session makes when the machine asks for one.
func told(machine call.Agent, inputs ...call.Input) (call.Agent, []call.Event) {
	var events []call.Event
	for _, in := range inputs {
		var effects []call.Effect
		machine, effects = machine.Step(in)
		for _, effect := range effects {
			switch e := effect.(type) {
			case call.Tell:
				events = append(events, e.Event)
			case call.ShowFrame:
				events = append(events, call.QRShown{Text: frame})
			}
		}
	}
	return machine, events
}

// until is what a real call tells up to a phase.
func until(t *testing.T, phase call.AgentPhase) (call.Agent, []call.Event) {
	t.Helper()
	for n := range path {
		machine, events := told(call.Agent{}, path[:n+1]...)
		if machine.Phase == phase {
			return machine, events
		}
	}
	t.Fatalf("no inputs lead to the phase %s", phase)
	return call.Agent{}, nil
}

// program is an agent's program in memory.
type program struct {
	mu         sync.Mutex
	shift      session.Shift
	shiftErr   error
	signInErr  error
	previewErr error
	preview    session.Preview
	enrolled   session.AgentBank
	enrolErr   error
	leaveErr   error
	signOutErr error
	past       []session.Past
	pastErr    error
	talks      []*conversation
	offered    []session.Offering
	asked      []session.Offering
	factors    []string
	tickets    []string
	signedOut  int
	left       int
}

func (p *program) Enrol(_ context.Context, e session.Enrolment) (session.AgentBank, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tickets = append(p.tickets, e.Ticket)
	return p.enrolled, p.enrolErr
}

func (p *program) Shift(context.Context) (session.Shift, error) { return p.shift, p.shiftErr }

func (p *program) SignIn(_ context.Context, factor string) (session.Shift, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.factors = append(p.factors, factor)
	return p.shift, p.signInErr
}

func (p *program) SignOut(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signedOut++
	return p.signOutErr
}

func (p *program) Leave(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left++
	return p.leaveErr
}

func (p *program) Preview(_ context.Context, o session.Offering) (session.Preview, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, o)
	return p.preview, p.previewErr
}

func (p *program) Call(ctx context.Context, o session.Offering) Running {
	p.mu.Lock()
	defer p.mu.Unlock()
	talk := &conversation{asked: ctx, events: make(chan call.Event, 100)}
	p.offered, p.talks = append(p.offered, o), append(p.talks, talk)
	return talk
}

func (p *program) History(context.Context) ([]session.Past, error) { return p.past, p.pastErr }

// conversation is a call whose events the test tells.
type conversation struct {
	asked   context.Context // its end is the wish to end the call
	events  chan call.Event
	machine call.Agent
	said    []string
	typed   []string
	ended   int
}

func (c *conversation) Events() <-chan call.Event { return c.events }
func (c *conversation) Say(text string)           { c.said = append(c.said, text) }
func (c *conversation) Readback(digits string)    { c.typed = append(c.typed, digits) }
func (c *conversation) End()                      { c.ended++ }

// desk is a side on a stage with its program.
type desk struct {
	*stage
	side    *Side
	program *program
	guest   bool             // somebody without an enrolled device answers
	lost    call.Undelivered // told at the end, as the call's loop does
}

// newDesk opens a side for a program and takes it past what is kept.
func newDesk(s *stage, p *program) *desk {
	s.t.Helper()
	d := &desk{stage: s, side: New(Options{Self: p}), program: p}
	s.t.Cleanup(func() { d.side.Stop() })
	d.side.Start(s)
	d.take()
	return d
}

// talk is the newest call.
func (d *desk) talk() *conversation { return d.program.talks[len(d.program.talks)-1] }

// feed drives the call's real machine and brings what it tells to the screen.
func (d *desk) feed(inputs ...call.Input) {
	d.t.Helper()
	talk := d.talk()
	var events []call.Event
	talk.machine, events = told(talk.machine, inputs...)
	for _, e := range events {
		if end, over := e.(call.EndedEvent); over {
			end.Texts = d.lost
			e = end
		}
		talk.events <- e
		d.take()
	}
	if talk.machine.Phase == call.Ended {
		close(talk.events)
		d.take() // it is kept
	}
}

// feedUntil drives the call to a phase.
func (d *desk) feedUntil(phase call.AgentPhase) {
	d.t.Helper()
	inputs := path
	if d.guest {
		inputs = pathOfGuest()
	}
	for n := range inputs {
		if machine, _ := told(call.Agent{}, inputs[:n+1]...); machine.Phase == phase {
			d.feed(inputs[:n+1]...)
			return
		}
	}
	d.t.Fatalf("no inputs lead to the phase %s", phase)
}

// callUntil fills in the form, shows the code and drives the call to a phase.
func (d *desk) callUntil(phase call.AgentPhase) {
	d.t.Helper()
	d.side.fill(filled)
	d.pass(time.Second)
	d.take() // the bank's answer
	d.side.showCode()
	d.feedUntil(phase)
}

// past is a history with every kind of row.
func past() []session.Past {
	at := func(hours int) time.Time { return noon.Add(-time.Duration(hours) * time.Hour) }
	return []session.Past{
		{Began: at(1), Lasted: 194 * time.Second, Customer: "C-1001", Purpose: trust.CardPayment, Direction: offer.BankCalled, Reason: ending.Completed, Secure: true},
		{Began: at(3), Lasted: 301 * time.Second, Customer: "C-1002", Purpose: trust.AccountAccess, Direction: offer.CustomerCalled, Reason: ending.Expired},
		{Began: at(26), Lasted: 48 * time.Second, Customer: "C-2290", Purpose: trust.NewPayee, Direction: offer.BankCalled, Reason: ending.WrongNumber},
		{Began: at(300), Lasted: 420 * time.Second, Customer: "C-0017", Purpose: trust.OtherPurpose, Direction: offer.CustomerCalled, Reason: ending.Completed, Secure: true, Guest: true},
	}
}
