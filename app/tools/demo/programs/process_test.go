// This file tests processes and their lines, with this test program itself as
// the one that is run.

package programs

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// role makes this test program play another one.
const role = "PROGRAMS_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "echo": // answers each line by an event, ends by itself with status 3
		fmt.Println("ready here")
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			fmt.Printf("{\"event\":\"message\",\"text\":%q}\n", in.Text())
		}
		fmt.Fprintln(os.Stderr, "no more input")
		fmt.Print(`{"event":"ended","reason":"completed"}`) // the last line has no end
		os.Exit(3)
	case "deaf":
		fmt.Println("up")
		select {}
	}
}

func start(t *testing.T, play string, tell func(Event)) (*Process, context.Context) {
	t.Helper()
	p, err := Start(Command{Path: os.Args[0], Env: []string{role + "=" + play}, OnEvent: tell})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return p, ctx
}

func TestLinesComeInOrderAndTheEndIsKnown(t *testing.T) {
	var told []string
	p, ctx := start(t, "echo", func(e Event) { told = append(told, e.Line) })
	if _, err := p.Await(ctx, "ready", func(e Event) bool { return strings.HasPrefix(e.Line, "ready ") }); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two"} {
		if err := p.Type(text); err != nil {
			t.Fatal(err)
		}
		if e, err := p.AwaitEvent(ctx, "message"); err != nil || e.Text != text {
			t.Fatalf("got %+v, %v", e, err)
		}
	}
	if err := p.CloseInput(); err != nil {
		t.Fatal(err)
	}
	if e, err := p.AwaitEvent(ctx, "ended"); err != nil || e.Reason != "completed" {
		t.Fatalf("got %+v, %v", e, err)
	}
	if status, err := p.Wait(ctx); err != nil || status != 3 {
		t.Fatalf("status %d, %v", status, err)
	}
	if len(p.Events()) != 4 || len(told) != 4 || !strings.Contains(p.Stderr(), "no more input") {
		t.Fatalf("events %v, told %v, stderr %q", p.Events(), told, p.Stderr())
	}
	if _, err := p.AwaitEvent(ctx, "message"); err == nil || !strings.Contains(err.Error(), "status 3") {
		t.Fatalf("waiting after the end gives %v", err)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	p, ctx := start(t, "deaf", nil)
	if _, err := p.Await(ctx, "up", func(e Event) bool { return e.Line == "up" }); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := p.AwaitEvent(over, "ended"); err == nil {
		t.Fatal("an event that never came was found")
	}
	if _, err := p.Wait(over); err == nil {
		t.Fatal("a program that runs on has ended")
	}
	p.Stop()
	select {
	case <-p.Ended():
	default:
		t.Fatal("the program is still there")
	}
}

func TestMissingProgramIsAnError(t *testing.T) {
	if _, err := Start(Command{Path: "/no/such/program"}); err == nil {
		t.Fatal("a program that does not exist was started")
	}
}

func TestLongLinesAreCutAndNothingGrowsWithoutBound(t *testing.T) {
	p := &Process{tell: func(Event) {}, changed: make(chan struct{})}
	w := lineWriter{p}
	for range 3 * maxLine / 1024 {
		if _, err := w.Write([]byte(strings.Repeat("x", 1024))); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.Events()) != 3 || len(p.rest) != 0 {
		t.Fatalf("%d lines, %d bytes wait", len(p.Events()), len(p.rest))
	}
	var said words
	for range 3 {
		_, _ = fmt.Fprint(&said, strings.Repeat("y", maxStderr/2))
	}
	if len(said.String()) != maxStderr {
		t.Fatalf("%d bytes of standard error are kept", len(said.String()))
	}
}
