//go:build cgo

// Tests of the way to the main goroutine: what waits for it when the window
// closes is not lost.

package main

import (
	"slices"
	"testing"
	"time"
)

// Fyne drops what it has not run when its window closes; the last of it may be
// the word that a call is kept.
func TestNothingIsLostInAWindowThatCloses(t *testing.T) {
	var asked []func() // of Fyne
	l := newLoop()
	l.wake = func(f func()) { asked = append(asked, f) }
	var played []int
	kept := make(chan struct{})
	for i := range 3 {
		l.do(func() { played = append(played, i) })
	}
	asked[0]()
	l.leave(func() {
		l.do(func() { played = append(played, 3) })
		asked[1]() // Fyne is a moment late: the window is gone
	})
	go func() {
		l.do(func() { played = append(played, 4); close(kept) }) // a call tells that it is kept
	}()
	l.await(kept, time.Minute)
	if !slices.Equal(played, []int{0, 1, 2, 3, 4}) {
		t.Errorf("played %v", played)
	}
	if len(asked) != 3 {
		t.Errorf("Fyne was asked %d times", len(asked))
	}
}

func TestTheEndOfACallIsNotAwaitedForEver(t *testing.T) {
	newLoop().await(make(chan struct{}), time.Millisecond)
}
