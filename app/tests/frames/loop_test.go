// This file owns the main goroutine of these tests, the watch over it, and the
// keyring and network that wait for it.
//
// Whoever asks the keyring or the network waits until a function that was put
// into the queue has run. If the main goroutine itself asks, or waits for
// somebody who does, that function never runs: the test fails, on however fast
// a machine. How long functions work is measured by the processor's time, which
// a busy machine does not stretch; how long they wait, by the time of day less
// what the same machine kept a second, idle goroutine waiting meanwhile.

package frames

import (
	"context"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"countersign/session/computer/vault"
)

const (
	// patience bounds every wait.
	patience = 60 * time.Second
	// blockedAfter is how long a wait for the main goroutine lasts before it
	// counts as blocked, on a machine that does many other things.
	blockedAfter = 20 * time.Second
	// longest is how long a function may keep the main goroutine busy.
	longest = 100 * time.Millisecond
)

// mainLoop is a main goroutine.
type mainLoop struct {
	t     *testing.T
	queue chan task
	idle  chan struct{} // a function has run

	control *control

	once        sync.Once
	stop, ended chan struct{}

	mu    sync.Mutex
	worst map[string]time.Duration
}

type task struct {
	what string
	f    func()
}

func newMainLoop(t *testing.T) *mainLoop {
	m := &mainLoop{t: t, queue: make(chan task, 4096), idle: make(chan struct{}, 1), control: newControl(t), stop: make(chan struct{}), ended: make(chan struct{}), worst: map[string]time.Duration{}}
	go func() {
		defer close(m.ended)
		runtime.LockOSThread() // its processor time is counted by the system
		for {
			select {
			case next := <-m.queue:
				m.run(next)
			case <-m.stop:
				return
			}
		}
	}()
	t.Cleanup(m.halt)
	return m
}

// halt stops the main goroutine.
func (m *mainLoop) halt() {
	m.once.Do(func() { close(m.stop) })
	<-m.ended
}

// end halts it and tells what kept it for too long.
func (m *mainLoop) end() (slow map[string]time.Duration) {
	m.halt()
	m.mu.Lock()
	defer m.mu.Unlock()
	slow = map[string]time.Duration{}
	top, name := time.Duration(0), ""
	for what, took := range m.worst {
		if took > longest {
			slow[what] = took
		}
		if took > top {
			top, name = took, what
		}
	}
	m.t.Logf("the longest function on the main goroutine took %v: %s", top, name)
	return slow
}

func (m *mainLoop) run(next task) {
	began, busy := time.Now(), processorTime()
	m.control.reset()
	next.f()
	worked := processorTime() - busy
	waited := time.Since(began) - worked - m.control.late()
	m.mu.Lock()
	m.worst[next.what] = max(m.worst[next.what], worked, waited)
	m.mu.Unlock()
	select {
	case m.idle <- struct{}{}:
	default:
	}
}

// post is the stage's way to the main goroutine.
func (m *mainLoop) post(f func()) { m.queue <- task{"an event", f} }

// do runs f on the main goroutine and waits for it.
func (m *mainLoop) do(what string, f func()) {
	m.t.Helper()
	done := make(chan struct{})
	m.queue <- task{what, func() { defer close(done); f() }}
	select {
	case <-done:
	case <-time.After(patience):
		m.t.Fatalf("the main goroutine does not get to %q", what)
	}
}

// until asks, after each function that has run, whether something holds. The
// asking is the test's and is not measured.
func (m *mainLoop) until(holds func() bool) bool {
	enough := time.After(patience)
	for {
		held := false
		m.do("look", func() { held = holds() })
		if held {
			return true
		}
		select {
		case <-m.idle:
		case <-enough:
			return false
		}
	}
}

// control is a goroutine that does nothing but notice how late it is.
type control struct {
	mu   sync.Mutex
	last time.Time
	sum  time.Duration
}

const tick = 5 * time.Millisecond

func newControl(t *testing.T) *control {
	c := &control{last: time.Now()}
	ticker := time.NewTicker(tick)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				c.notice()
			case <-stop:
				return
			}
		}
	}()
	t.Cleanup(func() {
		ticker.Stop()
		close(stop)
	})
	return c
}

func (c *control) notice() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sum += max(0, time.Since(c.last)-tick)
	c.last = time.Now()
}

func (c *control) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last, c.sum = time.Now(), 0
}

// late is by how much it was late since the last reset.
func (c *control) late() time.Duration {
	c.notice()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sum
}

// free returns once the main goroutine has run a function: it is not blocked.
func (m *mainLoop) free(meanwhile string) {
	ran := make(chan struct{})
	m.queue <- task{"a frame", func() { close(ran) }}
	select {
	case <-ran:
	case <-time.After(blockedAfter):
		m.t.Errorf("the main goroutine stands still while %s", meanwhile)
	}
}

// slowStore is a keyring that answers when the main goroutine has shown that
// it does not wait for it.
type slowStore struct {
	vault.Store
	main *mainLoop
}

func (s slowStore) Get(ctx context.Context, item string) ([]byte, error) {
	s.main.free("the keyring is asked")
	return s.Store.Get(ctx, item)
}

func (s slowStore) Set(ctx context.Context, item string, secret []byte) error {
	s.main.free("the keyring is written")
	return s.Store.Set(ctx, item, secret)
}

func (s slowStore) Delete(ctx context.Context, item string) error {
	s.main.free("the keyring is cleared")
	return s.Store.Delete(ctx, item)
}

type dialer func(ctx context.Context, address string) (net.Conn, error)

// slowly makes a network of the same kind.
func (m *mainLoop) slowly(dial dialer) dialer {
	return func(ctx context.Context, address string) (net.Conn, error) {
		m.free("a server is dialled")
		return dial(ctx, address)
	}
}
