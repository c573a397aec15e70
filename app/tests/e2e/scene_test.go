//go:build e2e

// This file owns a scene: one test with its processes, how long it waits for
// them, and what it prints of both sides when it fails.

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/app/tools/demo/programs"
)

// patience bounds every wait for an event. It is long, because machines are
// slow; what must be fast is checked by the times of events.
const patience = 90 * time.Second

// scene is one test.
type scene struct {
	*testing.T
	began time.Time
	cast  []actor
}

// actor is a process and what it plays.
type actor struct {
	part string
	args []string
	*programs.Process
}

// newScene begins a test that runs beside others.
func newScene(t *testing.T) *scene {
	t.Helper()
	t.Parallel()
	return newSceneAlone(t)
}

// newSceneAlone begins a test beside which no other runs.
func newSceneAlone(t *testing.T) *scene {
	t.Helper()
	s := &scene{T: t, began: time.Now()}
	t.Cleanup(s.finish)
	return s
}

// finish ends what still runs and, after a failure, prints what all saw.
func (s *scene) finish() {
	for i := len(s.cast) - 1; i >= 0; i-- {
		_ = s.cast[i].Signal(continued) // a process that is stopped would not hear the next signal
		s.cast[i].Stop()
	}
	if !s.Failed() {
		return
	}
	for _, a := range s.cast {
		var text strings.Builder
		fmt.Fprintf(&text, "%s: %s\n", a.part, strings.Join(a.args, " "))
		for _, e := range a.Events() {
			fmt.Fprintf(&text, "  %7.3f %.300s\n", e.At.Sub(s.began).Seconds(), e.Line)
		}
		for line := range strings.Lines(a.Stderr()) {
			fmt.Fprintf(&text, "  stderr: %s", line)
		}
		s.Log(text.String())
	}
}

// start starts a program that plays a part.
func (s *scene) start(part string, c programs.Command) *programs.Process {
	s.Helper()
	p, err := programs.Start(c)
	if err != nil {
		s.Fatal(err)
	}
	s.cast = append(s.cast, actor{part, c.Args, p})
	return p
}

// await waits for a line.
func (s *scene) await(p *programs.Process, what string, fits func(programs.Event) bool) programs.Event {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	e, err := p.Await(ctx, what, fits)
	if err != nil {
		s.Fatal(err)
	}
	return e
}

// event waits for the next event of that name. An ending on the way fails the
// test at once.
func (s *scene) event(p *programs.Process, name string) programs.Event {
	s.Helper()
	e := s.await(p, name, func(e programs.Event) bool { return e.Name == name || e.Name == "ended" })
	if e.Name != name {
		s.Fatalf("ended by %s before %s", e.Reason, name)
	}
	return e
}

// exit waits for a program's end and returns its exit status.
func (s *scene) exit(p *programs.Process) int {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	status, err := p.Wait(ctx)
	if err != nil {
		s.Fatal(err)
	}
	return status
}

// types gives a program a line of input.
func (s *scene) types(p *programs.Process, line string) {
	s.Helper()
	if err := p.Type(line); err != nil {
		s.Fatal(err)
	}
}

// ends waits for a program's ending and checks its reason and exit status,
// and that all it has told has the form of the contract.
func (s *scene) ends(p *programs.Process, reason string, status int) programs.Event {
	s.Helper()
	e := s.await(p, "ended", func(e programs.Event) bool { return e.Name == "ended" })
	got := s.exit(p)
	if e.Reason != reason || got != status {
		s.Fatalf("ended by %s with status %d, not by %s with status %d", e.Reason, got, reason, status)
	}
	s.wellFormed(p)
	return e
}
