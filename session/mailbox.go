// This file owns the queue in front of a call's loop. It never blocks, so that
// neither a window nor the network can wait on a call. It drops only what the
// relay pushes faster than the loop takes it: a flood must not fill memory.

package session

import "sync"

// maxPushes is how many messages of the relay may wait. An honest other side
// has one record on its way, so it never gets near. What is dropped is like
// lost on the way: it is sent again, or leaves a gap that ends the call.
const maxPushes = 64

type mailbox struct {
	ready  chan struct{} // holds one token while there is something to take
	mu     sync.Mutex
	queue  []happening
	pushes int // of them in the queue
	shut   bool
}

func newMailbox() *mailbox { return &mailbox{ready: make(chan struct{}, 1)} }

func (m *mailbox) put(h happening) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shut || h == nil {
		return
	}
	if _, push := h.(pushed); push {
		if m.pushes >= maxPushes {
			return
		}
		m.pushes++
	}
	m.queue = append(m.queue, h)
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

func (m *mailbox) take() []happening {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.queue
	m.queue, m.pushes = nil, 0
	return q
}

func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shut, m.queue = true, nil
}
