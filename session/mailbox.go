// This file owns the queue in front of a call's loop. It never blocks and
// never drops, so that neither a window nor the network can wait on a call.

package session

import "sync"

type mailbox struct {
	ready chan struct{} // holds one token while there is something to take
	mu    sync.Mutex
	queue []happening
	shut  bool
}

func newMailbox() *mailbox { return &mailbox{ready: make(chan struct{}, 1)} }

func (m *mailbox) put(h happening) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shut || h == nil {
		return
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
	m.queue = nil
	return q
}

func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shut, m.queue = true, nil
}
