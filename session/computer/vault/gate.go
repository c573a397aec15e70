// This file owns the patience of the package: it lets one access at a time
// through to a keyring that may never answer, and never waits longer than the
// deadline itself.
//
// Rules: every access runs on a goroutine of its own. At most one such
// goroutine exists for each gate. Whoever asks while an access is overdue is
// refused at once instead of joining a queue. An answer that comes late is
// thrown away.

package vault

import (
	"context"
	"fmt"
	"sync"
	"time"
)

type gate struct {
	mu      sync.Mutex
	current *access // nil when nobody is inside
}

type access struct {
	done    chan struct{} // closed when the access has ended
	overdue chan struct{} // closed when it has lasted longer than its deadline
	timer   *time.Timer
}

type answer struct {
	secret []byte
	err    error
}

// run lets f ask the keyring and waits for its answer until the deadline or
// the end of ctx, then returns ErrLocked. The context that f gets ends when
// nobody waits for f any more: from then on f must not begin a change.
func (g *gate) run(ctx context.Context, deadline time.Duration, f func(context.Context) ([]byte, error)) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	inside, err := g.enter(ctx, deadline)
	if err != nil {
		return nil, err
	}
	answers := make(chan answer, 1) // room for a late answer, so that its goroutine can end
	go func() {
		defer g.leave(inside)
		answers <- ask(ctx, f)
	}()
	select {
	case got := <-answers:
		return got.secret, got.err
	case <-ctx.Done():
		return nil, unanswered(ctx)
	}
}

// ask calls f. The keyring library trusts what the keyring sends and panics,
// for example, when the session bus dies while a prompt is open; on a
// goroutine of our own that would end the whole program.
func ask(ctx context.Context, f func(context.Context) ([]byte, error)) (got answer) {
	defer func() {
		if recover() != nil {
			got = answer{err: fmt.Errorf("%w: it broke off while it was asked", ErrNoKeyring)}
		}
	}()
	secret, err := f(ctx)
	return answer{secret, err}
}

func (g *gate) enter(ctx context.Context, deadline time.Duration) (*access, error) {
	for {
		if ctx.Err() != nil {
			return nil, unanswered(ctx)
		}
		mine, other := g.tryEnter(deadline)
		if other == nil {
			return mine, nil
		}
		select {
		case <-other.done:
		case <-ctx.Done():
		case <-other.overdue:
			select {
			case <-other.done:
			default:
				return nil, fmt.Errorf("%w: it has not answered the question before this one", ErrLocked)
			}
		}
	}
}

// tryEnter returns either the caller's own access or the one in the way.
func (g *gate) tryEnter(deadline time.Duration) (mine, other *access) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.current != nil {
		return nil, g.current
	}
	mine = &access{done: make(chan struct{}), overdue: make(chan struct{})}
	mine.timer = time.AfterFunc(deadline, func() { close(mine.overdue) })
	g.current = mine
	return mine, nil
}

func (g *gate) leave(a *access) {
	g.mu.Lock()
	defer g.mu.Unlock()
	a.timer.Stop()
	g.current = nil
	close(a.done)
}

func unanswered(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ErrLocked, context.Cause(ctx))
}
