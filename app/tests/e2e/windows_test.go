//go:build e2e

// This file owns people at windows: each with a virtual display, a home and a
// real keyring. These tests run one after the other, with two displays at most:
// a window that has to wait for the machine shows nothing worth testing.

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"countersign/app/tools/demo/people"
	"countersign/app/tools/demo/programs"
	"countersign/app/tools/demo/windows"
	"countersign/session/computer/vault/keyringtest"
	"countersign/ui/words"
)

// What the windows say of the bank and the agent.
const (
	bankName   = "Example Bank"
	bankDomain = bankName + " (examplebank.com)"
	agentName  = "Robin Nowak"
)

// newWindowScene begins a test with windows. They speak English, which the
// reader of their pictures has learnt.
func newWindowScene(t *testing.T) *scene {
	t.Helper()
	if err := words.Use("en"); err != nil {
		t.Fatal(err)
	}
	return newSceneAlone(t)
}

// window opens the program for a person, whose part it tells with the flags.
func (s *scene) window(part string, env []string, flags ...string) people.Person {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	display, err := windows.Open(ctx, windows.Laptop)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := display.Close(); err != nil {
			s.Error(err)
		}
	})
	window, err := display.Start(ctx, programs.Command{Path: program("countersign"), Args: append(flags, "--language", "en"), Env: env}, nil)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(window.Stop)
	s.Cleanup(func() { s.remember(part, window) })
	return people.Person{Window: window}
}

// remember says, after a failure, what a window showed, and keeps its picture
// where `go test -artifacts` wants it.
func (s *scene) remember(part string, w *windows.Window) {
	if !s.Failed() {
		return
	}
	picture, err := w.Picture()
	if err != nil {
		s.Logf("%s: no picture of the window: %v", part, err)
		return
	}
	read, err := windows.Read(context.Background(), picture)
	s.Logf("%s: titles %v\n  the window shows: %s %v\n  stderr: %s", part, w.Titles(), read, err, w.Program().Stderr())
	data, err := windows.PNG(picture)
	if err == nil {
		err = os.WriteFile(filepath.Join(s.ArtifactDir(), part+".png"), data, 0o600)
	}
	if err != nil {
		s.Log(err)
	}
}

// atWindow opens an enrolled person's window: what the text program has set up
// is there.
func (p *person) atWindow() people.Person {
	p.Helper()
	return p.window(p.part, p.env, "--home", p.home, p.part)
}

// newWindows are the windows of an agent and a customer of a new bank; the
// agent has signed in.
func (s *scene) newWindows() (people.Agent, people.Customer, *person) {
	s.Helper()
	agent, customer := s.newPair()
	a, c := people.Agent{Person: agent.atWindow()}, people.Customer{Person: customer.atWindow()}
	s.do(a.SignsIn)
	return a, c, customer
}

// newcomer opens the window of somebody who has never used the program.
func (s *scene) newcomer(part string) people.Person {
	s.Helper()
	return s.window(part, keyringtest.Start(s.T))
}

// do takes steps one after the other, each of which must succeed in time.
func (s *scene) do(all ...func(context.Context) error) {
	s.Helper()
	for i, step := range all {
		ctx, cancel := context.WithTimeout(s.Context(), patience)
		err := step(ctx)
		cancel()
		if err != nil {
			s.Fatalf("step %d: %v", i+1, err)
		}
	}
}

// learn takes a step that brings something to know.
func (s *scene) learn(step func(context.Context) (string, error)) (known string) {
	s.Helper()
	s.do(func(ctx context.Context) (err error) {
		known, err = step(ctx)
		return err
	})
	return known
}

// with gives a step what it needs.
func with[V any](step func(context.Context, V) error, v V) func(context.Context) error {
	return func(ctx context.Context) error { return step(ctx, v) }
}

// sees is the step of waiting for a screen.
func sees(p people.Person, key string, values ...words.With) func(context.Context) error {
	return func(ctx context.Context) error { return p.Sees(ctx, key, values...) }
}

// reads is the step of reading a sentence on a screen.
func reads(p people.Person, key string) func(context.Context) error {
	return with(p.Reads, words.Say(key))
}

// offers fills the form in and shows the code.
func (s *scene) offers(a people.Agent, direction people.Direction, reference string) (code string) {
	s.Helper()
	s.do(with(a.FillsIn, people.Call{Customer: reference, Direction: direction, Lines: 2}), a.ShowsCode)
	return s.learn(a.Code)
}

// verifies answers how the call began and types the code.
func (s *scene) verifies(c people.Customer, answer people.Answer, code string) {
	s.Helper()
	s.do(c.Begins, with(c.Answers, answer), with(c.Types, code))
}

// connects brings a verified call to where both may write.
func (s *scene) connects(a people.Agent, c people.Customer) {
	s.Helper()
	s.do(with(c.Green, bankName))
	s.readsBack(a, c)
	s.do(func(ctx context.Context) error { return c.Secure(ctx, agentName, bankName) })
}

// readsBack has the customer's digits read aloud and typed, once the agent's
// screen asks for them: earlier ones would be refused.
func (s *scene) readsBack(a people.Agent, c people.Customer) {
	s.Helper()
	digits := s.learn(c.Readback)
	s.do(reads(a.Person, "agent.live.used"), with(a.Types, digits), a.Secure)
}

// neverSaw fails if a window has had a title.
func (s *scene) neverSaw(p people.Person, key string, values ...words.With) {
	s.Helper()
	for _, t := range p.Titles() {
		if t.Text == people.Screen(key, values...) {
			s.Errorf("the window said %q", fmt.Sprint(t))
		}
	}
}
