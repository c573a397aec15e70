//go:build cgo

// This file owns the way to the main goroutine, before and after the window is
// closed: a call that is under way then still ends properly.

package main

import (
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"countersign/ui/shell"
)

// lateWork is how many functions may wait for the main goroutine once the
// window is closed.
const lateWork = 256

// loop runs functions on the main goroutine.
type loop struct {
	over  atomic.Bool // the window is closed, or about to be
	late  chan func()
	leave func(quit func())
}

func newLoop() *loop {
	l := &loop{late: make(chan func(), lateWork)}
	var once sync.Once
	l.leave = func(quit func()) {
		once.Do(func() {
			l.over.Store(true) // from here on nothing may be lost in the closing window
			quit()
		})
	}
	return l
}

// do runs f on the main goroutine, soon.
func (l *loop) do(f func()) {
	if l.over.Load() {
		l.late <- f
		return
	}
	fyne.Do(f)
}

// end ends what is under way in a closed window and waits for it, but not
// longer than that can take.
func (l *loop) end(s *shell.Shell) {
	l.over.Store(true)
	kept := s.End()
	enough := time.NewTimer(shell.EndWithin)
	defer enough.Stop()
	for {
		select {
		case f := <-l.late:
			f()
		case <-kept:
			return
		case <-enough.C:
			return
		}
	}
}
