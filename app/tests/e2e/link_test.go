//go:build e2e

// This file owns a network that can fail: a stretch of network between clients
// and the server which tests freeze (nothing arrives, nobody is told) or cut
// (every connection breaks, new ones fail).

package e2e

import (
	"net"
	"sync"
	"testing"
)

// network is the state of a link.
type network int

const (
	working network = iota
	frozen
	cut
)

// link carries connections to a target while it works.
type link struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	state   network
	changed *sync.Cond
	open    map[net.Conn]bool
	over    bool
}

func newLink(t *testing.T, target string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{listener: listener, target: target, open: map[net.Conn]bool{}}
	l.changed = sync.NewCond(&l.mu)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.accept()
	}()
	t.Cleanup(func() {
		listener.Close()
		l.end()
		<-done
	})
	return l
}

func (l *link) address() string { return l.listener.Addr().String() }

// becomes changes the state of the link.
func (l *link) becomes(state network) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = state
	if state == cut {
		l.closeAll()
	}
	l.changed.Broadcast()
}

func (l *link) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	l.closeAll()
	l.changed.Broadcast()
}

func (l *link) closeAll() {
	for c := range l.open {
		c.Close()
	}
	clear(l.open)
}

func (l *link) accept() {
	var carrying sync.WaitGroup
	defer carrying.Wait()
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", l.target)
		if err != nil {
			client.Close()
			continue
		}
		if !l.keep(client, server) {
			continue
		}
		carrying.Go(func() { l.carry(server, client) })
		carrying.Go(func() { l.carry(client, server) })
	}
}

// keep takes both ends of a connection on, unless the link is cut.
func (l *link) keep(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range ends {
		if l.state == cut || l.over {
			c.Close()
		} else {
			l.open[c] = true
		}
	}
	return l.state != cut && !l.over
}

// carry copies one direction; while the link is frozen it holds back what it has.
func (l *link) carry(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if !l.passes() {
			return
		}
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			return
		}
	}
}

// passes waits while the link is frozen and reports whether it carries on.
func (l *link) passes() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.state == frozen && !l.over {
		l.changed.Wait()
	}
	return l.state == working && !l.over
}
