// Package remote owns the question whether somebody else may see or steer this
// screen: it looks for remote-desktop sessions and for known remote-support
// programs, on Linux, Windows and macOS. What it finds is a reason to stop
// before a code is entered.
//
// It must not know of calls, verdicts or people's words, and it decides
// nothing. It is a best effort and promises no more: a program that is not in
// programs.txt, has another name or hides itself is not found, and a clean
// answer is no proof. It sends nothing and keeps nothing.
//
// Rules: whole names only, because a false alarm teaches people to ignore the
// true one; what always runs in the background is no finding; looking never
// takes longer than two seconds; what cannot be looked at is an error and no
// finding.
package remote

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Finding is one sign that somebody else may see or steer this screen.
type Finding struct {
	// Session says that this screen itself is a remote-desktop session;
	// otherwise a remote-support program runs.
	Session bool
	// Name is what people call it: "AnyDesk", "xrdp".
	Name string
}

// deadline bounds Look, however slow the system is.
const deadline = 2 * time.Second

// errNothing says that a system showed no process at all, not even this one.
var errNothing = errors.New("the system shows no processes")

// Look returns the signs found now, each once. An error means that it could
// not look, and nothing else: say nothing then, and go on.
func Look(ctx context.Context) ([]Finding, error) {
	return look(ctx, system)
}

// source reads what the pure part judges: the processes that can reach this
// person's screen, and what surrounds this program.
type source interface {
	processes(ctx context.Context) ([]process, error)
	surroundings() surroundings
}

func look(ctx context.Context, from source) ([]Finding, error) {
	list, err := programs()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	type answer struct {
		found []Finding
		err   error
	}
	answers := make(chan answer, 1) // nobody may wait any more
	go func() {
		running, err := from.processes(ctx)
		answers <- answer{find(list, running, from.surroundings()), err}
	}()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("looking for remote control: %w", ctx.Err())
	case a := <-answers:
		if a.err != nil && len(a.found) == 0 {
			return nil, fmt.Errorf("looking for remote control: %w", a.err)
		}
		return a.found, nil
	}
}
