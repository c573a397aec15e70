// This file owns the stand-ins for the tests: people behind doors, a call that
// follows a script, and a console whose terminal is typed at in answer to what
// it shows.

package text

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
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

// patience bounds every wait of a test for something that must happen.
const patience = time.Minute

// fakeTalk is a call whose other side is a function.
type fakeTalk struct {
	t        *testing.T
	ctx      context.Context // of the call
	events   chan call.Event
	commands chan string
	phase    call.AgentPhase
}

// talkOf starts a call that plays the script. The last event is its own.
func talkOf(ctx context.Context, t *testing.T, script func(*fakeTalk)) *fakeTalk {
	f := &fakeTalk{t: t, ctx: ctx, events: make(chan call.Event), commands: make(chan string, 64)}
	go func() {
		defer close(f.events)
		script(f)
	}()
	return f
}

// tell tells events, each behind its phase as real calls tell them: the lines of
// the text form are a contract that phases are no part of.
func (f *fakeTalk) tell(events ...call.Event) {
	for _, e := range events {
		switch e.(type) {
		case call.CodeShown:
			f.phase = call.Open
		case call.Opened:
			f.phase = call.ReadBack
		}
		for _, next := range []call.Event{call.Moved[call.AgentPhase]{Phase: f.phase}, call.Moved[call.CustomerPhase]{Phase: call.ReadBack}, e} {
			select {
			case f.events <- next:
			case <-time.After(patience):
				f.t.Errorf("nobody takes the event %T", next)
				return
			}
		}
	}
}

// hears waits for a command and checks it.
func (f *fakeTalk) hears(want string) {
	select {
	case got := <-f.commands:
		if got != want {
			f.t.Errorf("command %q, want %q", got, want)
		}
	case <-time.After(patience):
		f.t.Errorf("the command %q never came", want)
	}
}

func (f *fakeTalk) Events() <-chan call.Event { return f.events }
func (f *fakeTalk) Say(text string)           { f.commands <- "say " + text }
func (f *fakeTalk) Readback(digits string)    { f.commands <- "readback " + digits }
func (f *fakeTalk) Wrong()                    { f.commands <- "wrong" }
func (f *fakeTalk) End()                      { f.commands <- "end" }

// fakePeople are both sides of session. What they are asked is kept.
type fakePeople struct {
	t       *testing.T
	script  func(*fakeTalk) // of every call
	banks   []session.Bank
	failure error // of opening, enrolling and pinning
	totp    string

	mu       sync.Mutex
	options  session.Options
	enrolled []session.Enrolment
	pinned   [][2]string
	removed  [][16]byte
	left     [][16]byte // by RemoveAgents
	lines    []string   // of the agent's bank; nil: exampleBank's
	verified []session.Verification
	offered  []session.Offering
}

func (f *fakePeople) doors() doors {
	return doors{
		customer: func(_ context.Context, o session.Options) (customer, error) {
			f.options = o
			return fakeCustomer{f}, f.failure
		},
		agent: func(_ context.Context, o session.Options) (agent, error) {
			f.options = o
			return fakeAgent{f}, f.failure
		},
	}
}

var exampleBank = session.Bank{
	ID: [16]byte{1}, Naming: verdict.Naming{Name: "Example Bank", Domain: "examplebank.com"}, Enrolled: true, Lines: []string{"+48221112233"},
	Words: []string{"abandon", "ability", "able", "about", "above", "absent", "absorb", "abstract"},
}

func (f *fakePeople) enrol(e session.Enrolment) (session.Bank, error) {
	f.enrolled = append(f.enrolled, e)
	return exampleBank, nil
}

type fakeCustomer struct{ *fakePeople }

func (f fakeCustomer) Enrol(_ context.Context, e session.Enrolment) (session.Bank, error) {
	return f.enrol(e)
}

func (f fakeCustomer) Pin(_ context.Context, addr, words string) (session.Bank, error) {
	f.pinned = append(f.pinned, [2]string{addr, words})
	guest := exampleBank
	guest.Enrolled = false
	return guest, nil
}

func (f fakeCustomer) Banks(context.Context) ([]session.Bank, error) {
	return slices.DeleteFunc(slices.Clone(f.banks), func(b session.Bank) bool { return b.AgentsOnly }), nil
}

func (f fakeCustomer) Known(context.Context) ([]session.Bank, error) { return f.banks, nil }

func (f fakeCustomer) RemoveAgents(_ context.Context, id [16]byte) error {
	f.left = append(f.left, id)
	return nil
}

func (f fakeCustomer) Remove(_ context.Context, id [16]byte) error {
	f.removed = append(f.removed, id)
	return nil
}

func (f fakeCustomer) Verify(ctx context.Context, v session.Verification) running {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.verified = append(f.verified, v)
	return talkOf(ctx, f.t, f.script)
}

type fakeAgent struct{ *fakePeople }

func (f fakeAgent) Enrol(_ context.Context, e session.Enrolment) (session.AgentBank, error) {
	bank, err := f.enrol(e)
	return session.AgentBank{Bank: bank, Authenticator: f.totp}, err
}

func (f fakeAgent) Bank(context.Context) (session.Bank, error) {
	b := exampleBank
	if f.lines != nil {
		b.Lines = f.lines
	}
	return b, nil
}

func (f fakeAgent) Call(ctx context.Context, o session.Offering) running {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.offered = append(f.offered, o)
	return talkOf(ctx, f.t, f.script)
}

// ended plays an ending and nothing else.
func ended(reason ending.Reason) func(*fakeTalk) {
	return func(f *fakeTalk) { f.tell(call.EndedEvent{Reason: reason}) }
}

// green is a verdict with every check passed.
func green() verdict.Output {
	return verdict.Output{
		Result:     verdict.Verified,
		Reply:      true,
		Core:       offer.Core{Purpose: trust.CardPayment, Direction: offer.BankCalled},
		Credential: &trust.Credential{Name: "Anna Kowalska", Role: "Advisor", Department: "Fraud team"},
		Naming:     verdict.Naming{Name: "Example Bank", Domain: "examplebank.com"},
		Bundle:     &trust.Bundle{},
		Content: &trust.Content{
			Purposes: []trust.PurposeText{{Purpose: trust.CardPayment, Sentences: map[string]string{"en": "This call is about a card payment."}}},
			NeverAsk: map[string][]string{"en": {"move your money to keep it safe", "read out a code"}},
		},
	}
}

func amber(reasons ...ending.Reason) verdict.Output {
	out := green()
	out.Result, out.Reasons = verdict.Unverified, reasons
	out.Reply = slices.Equal(reasons, []ending.Reason{ending.Guest})
	return out
}

// red carries what the offer stated, on purpose: none of it may come out.
func red(reasons ...ending.Reason) verdict.Output {
	out := green()
	out.Result, out.Reasons, out.Reply = verdict.Stopped, reasons, false
	return out
}

// result is what one run left behind.
type result struct {
	status   int
	out, err string
}

// runPiped runs the program with standard input from a file or pipe.
func runPiped(t *testing.T, f *fakePeople, stdin string, args ...string) result {
	t.Helper()
	f.t = t
	var out, complaints bytes.Buffer
	status := run(t.Context(), Console{
		Args: homed(args), In: strings.NewReader(stdin), Out: &out, Err: &complaints, Env: func(string) string { return "" }, Version: "test",
	}, f.doors())
	return result{status, out.String(), complaints.String()}
}

// homed adds a place for state, so that no test depends on who runs it.
func homed(args []string) []string {
	if slices.Contains(args, "--home") {
		return args
	}
	return append(slices.Clone(args), "--home", "state")
}

// screen is a terminal's output that a test can wait on.
type screen struct {
	mu      sync.Mutex
	text    strings.Builder
	read    int           // how much of it the test has seen
	changed chan struct{} // closed and replaced with every write
}

func newScreen() *screen { return &screen{changed: make(chan struct{})} }

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// sees waits until the screen shows want after what was seen before.
func (s *screen) sees(want string) bool {
	deadline := time.After(patience)
	for {
		s.mu.Lock()
		at := strings.Index(s.text.String()[s.read:], want)
		if at >= 0 {
			s.read += at + len(want)
		}
		changed := s.changed
		s.mu.Unlock()
		if at >= 0 {
			return true
		}
		select {
		case <-changed:
		case <-deadline:
			return false
		}
	}
}

// turn is one exchange at a terminal: after the screen shows something, the
// person types a line.
type turn struct{ sees, types string }

// runTyped runs the program at a terminal. Everything typed is echoed to the
// screen, as a terminal does.
func runTyped(t *testing.T, f *fakePeople, turns []turn, args ...string) result {
	t.Helper()
	return runTypedIn(t, f, map[string]string{}, turns, args...)
}

func runTypedIn(t *testing.T, f *fakePeople, env map[string]string, turns []turn, args ...string) result {
	t.Helper()
	f.t = t
	in, keyboard := io.Pipe()
	out, complaints := newScreen(), newScreen()
	done := make(chan int)
	go func() {
		done <- run(t.Context(), Console{
			Args: homed(args), In: in, Out: out, Err: complaints, InIsTerminal: true, OutIsTerminal: true,
			Env: func(name string) string { return env[name] }, Version: "test",
			Secret: func(context.Context, string) (string, error) { return "a passphrase", nil },
		}, f.doors())
	}()
	for _, turn := range turns {
		if !out.sees(turn.sees) {
			t.Fatalf("the screen never shows %q; it shows:\n%s", turn.sees, out)
		}
		_, _ = io.WriteString(out, turn.types+"\n")
		_, _ = io.WriteString(keyboard, turn.types+"\n") // the test says what it sees if nobody reads
	}
	select {
	case status := <-done:
		return result{status, out.String(), complaints.String()}
	case <-time.After(patience):
		t.Fatalf("the program does not end; the screen shows:\n%s", out)
	}
	return result{}
}
