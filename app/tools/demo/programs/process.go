// This file owns a running program: how it is started, spoken to, listened to
// and ended. Whoever waits for it waits for a line, an event or its end, never
// for a time, and gives a context that bounds the wait.

// Package programs runs Countersign's programs as real processes and reads
// the lines and JSON events that they print. The demo tells a story with it,
// the end-to-end tests check one.
//
// It must not know what a call is: which event should follow which is for its
// users to say. It imports nothing of the programs it runs, so that it sees
// them as any other program would.
package programs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// stopTime is how long a program may take to end after it was asked to.
const stopTime = 5 * time.Second

// Command is what to run.
type Command struct {
	Path    string
	Args    []string
	Env     []string    // "NAME=value", added to this process's own
	OnEvent func(Event) // told of each line as it comes, in order; may be nil
}

// Process is a program that was started. Its methods may be used from any
// goroutine.
type Process struct {
	name   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr words
	tell   func(Event)
	rest   []byte // a line that has not ended yet; only the writer of lines uses it

	mu      sync.Mutex
	events  []Event
	read    int           // events that Await has passed
	changed chan struct{} // closed and replaced at each change
	ended   chan struct{} // closed once the program has ended and all its lines are here
}

// Start starts a program. It ends with this process at the latest, where the
// system can see to that.
func Start(c Command) (*Process, error) {
	p := &Process{
		name: filepath.Base(c.Path), cmd: exec.Command(c.Path, c.Args...), tell: c.OnEvent,
		changed: make(chan struct{}), ended: make(chan struct{}),
	}
	if p.tell == nil {
		p.tell = func(Event) {}
	}
	p.cmd.Env = append(os.Environ(), c.Env...)
	p.cmd.Stdout, p.cmd.Stderr = lineWriter{p}, &p.stderr
	p.cmd.SysProcAttr = endsWithUs()
	p.cmd.WaitDelay = time.Second // a child of the program must not keep us waiting
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	started := make(chan error, 1)
	go p.live(started)
	return p, <-started
}

// live starts the program and waits for its end on one thread: Linux takes a
// program for orphaned when the thread that started it has gone.
func (p *Process) live(started chan<- error) {
	runtime.LockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait() // Status says how it ended
	if len(p.rest) > 0 {
		p.line(string(p.rest))
	}
	close(p.ended)
}

// Type gives the program a line of standard input.
func (p *Process) Type(line string) error {
	_, err := io.WriteString(p.stdin, line+"\n")
	return err
}

// CloseInput ends the program's standard input.
func (p *Process) CloseInput() error { return p.stdin.Close() }

// Signal sends a signal to the program. A program that has ended is no error.
func (p *Process) Signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// Stop asks the program to end, and kills it if it does not.
func (p *Process) Stop() {
	if p.Signal(terminate) != nil {
		_ = p.cmd.Process.Kill() // a system that has no such signal
	}
	select {
	case <-p.ended:
	case <-time.After(stopTime):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// Pid is the system's number of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Wait waits for the program's end and returns its exit status, -1 when a
// signal ended it.
func (p *Process) Wait(ctx context.Context) (status int, err error) {
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("%s has not ended in time", p.name)
	}
}

// Ended is closed once the program has ended and everything it printed is here.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Await returns the first line, after those that Await has returned or passed
// already, that fits. It fails when the program ends without one.
func (p *Process) Await(ctx context.Context, what string, fits func(Event) bool) (Event, error) {
	for {
		found, ok, changed := p.find(fits)
		if ok {
			return found, nil
		}
		select {
		case <-changed:
		case <-p.ended:
			if found, ok, _ := p.find(fits); ok {
				return found, nil
			}
			return Event{}, fmt.Errorf("%s ended (status %d) before %s; it said: %s",
				p.name, p.cmd.ProcessState.ExitCode(), what, p.lastWords())
		case <-ctx.Done():
			return Event{}, fmt.Errorf("%s printed no %s in time; it said: %s", p.name, what, p.lastWords())
		}
	}
}

// AwaitEvent is Await for the next event of that name.
func (p *Process) AwaitEvent(ctx context.Context, name string) (Event, error) {
	return p.Await(ctx, name, func(e Event) bool { return e.Name == name })
}

func (p *Process) find(fits func(Event) bool) (Event, bool, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.read < len(p.events) {
		e := p.events[p.read]
		p.read++
		if fits(e) {
			return e, true, nil
		}
	}
	return Event{}, false, p.changed
}

// Events returns everything printed until now, in order.
func (p *Process) Events() []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.events)
}

// Stderr returns what the program has written to standard error, the last of
// it if that is long.
func (p *Process) Stderr() string { return p.stderr.String() }

func (p *Process) lastWords() string {
	if said := strings.TrimSpace(p.Stderr()); said != "" {
		return said
	}
	if events := p.Events(); len(events) > 0 {
		return events[len(events)-1].Line
	}
	return "nothing"
}
