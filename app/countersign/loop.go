//go:build cgo

// This file owns the way to the main goroutine, before and after the window is
// closed: a call that is under way then still ends properly.

package main

import (
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"countersign/ui/shell"
)

// loop runs functions on the main goroutine, in the order in which they came.
// They wait in a queue of its own, and Fyne is only asked to look into it: Fyne
// drops what it has not run when its window closes, and among that may be the
// word that a call is kept.
type loop struct {
	wake func(func()) // runs a function on the main goroutine, soon; not once over

	mu      sync.Mutex
	waiting []func()
	over    bool          // the window is closed, or about to be
	late    chan struct{} // something waits, once over
	leaving sync.Once
}

func newLoop() *loop { return &loop{wake: fyne.Do, late: make(chan struct{}, 1)} }

// do runs f on the main goroutine, soon.
func (l *loop) do(f func()) {
	l.mu.Lock()
	l.waiting = append(l.waiting, f)
	over := l.over
	l.mu.Unlock()
	if !over {
		l.wake(l.play)
		return
	}
	select {
	case l.late <- struct{}{}:
	default:
	}
}

// play runs what has waited longest, while the window is there.
func (l *loop) play() {
	if f := l.next(false); f != nil {
		f()
	}
}

// next takes what has waited longest, nil if nothing waits, or if the window
// has closed meanwhile (over): then it is end that plays.
func (l *loop) next(over bool) func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over != over || len(l.waiting) == 0 {
		return nil
	}
	f := l.waiting[0]
	l.waiting = l.waiting[1:]
	return f
}

// leave closes the window, by quit.
func (l *loop) leave(quit func()) {
	l.leaving.Do(func() {
		l.close()
		quit()
	})
}

func (l *loop) close() {
	l.mu.Lock()
	l.over = true
	l.mu.Unlock()
}

// open reports whether there is a window that can still show something.
func (l *loop) open() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.over
}

// end ends what is under way in a closed window and waits for it, but not
// longer than that can take.
func (l *loop) end(s *shell.Shell) { l.await(s.End(), shell.EndWithin) }

// await plays until kept is closed, but not longer than enough.
func (l *loop) await(kept <-chan struct{}, enough time.Duration) {
	l.close()
	timeout := time.NewTimer(enough)
	defer timeout.Stop()
	for {
		for f := l.next(true); f != nil; f = l.next(true) {
			f()
		}
		select {
		case <-l.late:
		case <-kept:
			return
		case <-timeout.C:
			return
		}
	}
}
