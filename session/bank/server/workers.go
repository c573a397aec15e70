// This file owns the workers: goroutines that take one request after another.
// A few of them stand by as long as the server lives, because a new goroutine
// spends more on growing its stack than a lookup costs; others come when these
// are all busy, and go again.

package server

import (
	"context"
	"sync/atomic"
)

// standing is how many workers stand by. More would not share the processors
// any better, and idle stacks are small again when their turn comes.
const standing = 16

// workers work on so many requests at once and no more.
type workers struct {
	most int64
	busy atomic.Int64 // requests taken and not yet done
	next chan func()  // to a worker that stands by
}

// newWorkers makes workers for at most so many requests, until ctx ends.
func newWorkers(ctx context.Context, most int) *workers {
	w := &workers{most: int64(most), next: make(chan func())}
	for range min(standing, most) {
		go w.stand(ctx)
	}
	return w
}

// take has a request worked on, or reports false when too many are.
func (w *workers) take(request func()) bool {
	if w.busy.Add(1) > w.most {
		w.busy.Add(-1)
		return false
	}
	select {
	case w.next <- request:
	default:
		go w.do(request)
	}
	return true
}

func (w *workers) do(request func()) {
	defer w.busy.Add(-1)
	request()
}

func (w *workers) stand(ctx context.Context) {
	for {
		select {
		case request := <-w.next:
			w.do(request)
		case <-ctx.Done():
			return
		}
	}
}
