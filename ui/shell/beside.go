// This file owns what a side does beside the main goroutine: work whose result
// may come too late, calls that tell their events, and the end of both.
//
// Rules: nothing slow runs on the main goroutine. Once a side is stopped it
// hears nothing any more, but the program waits until its calls are kept: the
// report of a stop, the retiring of a code and the last record are on their way.

package shell

import (
	"context"
	"time"
)

// Beside runs a side's work. It belongs to the main goroutine.
type Beside struct {
	// Stage is where the side plays; nil before it starts.
	Stage Stage
	// Turn is what the page that is shown waits for.
	Turn Turn

	ctx    context.Context // of everything that runs beside; ends when the side is stopped
	cancel context.CancelFunc
	open   int           // calls that have not been kept yet
	kept   chan struct{} // closed once the side is stopped and its calls are kept
	ended  bool          // it is closed
}

func (b *Beside) init() {
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.kept = make(chan struct{})
	b.Turn = b.NewTurn()
}

// Context ends when the side is stopped. For a call that is the wish to end it.
func (b *Beside) Context() context.Context { return b.ctx }

// Stopped reports whether the side plays no more.
func (b *Beside) Stopped() bool { return b.ctx.Err() != nil }

// Stop implements Side.
func (b *Beside) Stop() (kept <-chan struct{}) {
	b.cancel()
	b.tellKept()
	return b.kept
}

func (b *Beside) tellKept() {
	if b.open == 0 && b.Stopped() && !b.ended {
		b.ended = true
		close(b.kept)
	}
}

// After runs f after a while, unless stop is called first or the side is
// stopped.
func (b *Beside) After(d time.Duration, f func()) (stop func()) {
	return b.Stage.After(d, func() {
		if !b.Stopped() {
			f()
		}
	})
}

// Turn is somebody's turn to wait for a piece of work. When it has passed, what
// comes of the work is too late.
type Turn struct {
	beside *Beside
	number int
	cancel context.CancelFunc
}

// NewTurn makes a turn beside that of the page.
func (b *Beside) NewTurn() Turn { return Turn{beside: b, cancel: func() {}} }

// Pass makes whatever is under way late.
func (t *Turn) Pass() {
	t.number++
	t.cancel()
}

// Await runs work off the main goroutine and then, on it, what comes of it,
// unless the turn has passed meanwhile. It passes by itself to the next work.
// The work's context ends with the turn.
func Await[T any](t *Turn, work func(context.Context) (T, error), then func(T, error)) {
	t.Pass()
	b, mine := t.beside, t.number
	ctx, cancel := context.WithCancel(b.ctx)
	t.cancel = cancel
	go func() {
		got, err := work(ctx)
		b.Stage.Do(func() {
			cancel()
			if mine == t.number && !b.Stopped() {
				then(got, err)
			}
		})
	}()
}

// Follow brings what a call tells to the main goroutine, in order. The call is
// kept once its events end.
func Follow[E any](b *Beside, events <-chan E, hear func(E)) {
	b.open++
	go func() {
		for e := range events {
			b.Stage.Do(func() {
				if !b.Stopped() {
					hear(e)
				}
			})
		}
		b.Stage.Do(func() {
			b.open--
			b.tellKept()
		})
	}()
}
