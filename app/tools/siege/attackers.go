// This file owns what the attackers do: a crowd that takes places, flooders,
// and readers that let the server's answers pile up. Each has addresses of its
// own, and who is cut off comes back.

package main

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// Where they come from. Every address of 127.0.0.0/8 is this computer's own.
const (
	crowdAddress = "127.0.0.66"
	floodAddress = "127.0.0.7%d" // the flooder's number
	readAddress  = "127.0.1.%d"  // ten readers each
)

const (
	crowdSize   = 4000 // places that the crowd tries to take
	crowdAtOnce = 16   // how many of it connect at the same time
	longReply   = 128  // characters of the longest reply subject that is answered
	comeBack    = 100 * time.Millisecond
)

// toll is what the attackers did.
type toll struct {
	places   atomic.Int64 // that the crowd held at the same time, at most
	flooded  atomic.Int64 // bytes
	readers  atomic.Int64 // readers that were let in, repetitions counted
	intruded atomic.Int64 // connections of flooders, repetitions counted
}

// attack begins every attack. They end with ctx; wait for group.
func attack(ctx context.Context, group *sync.WaitGroup, address string, slowReaders int) *toll {
	t := &toll{}
	group.Go(func() { t.crowd(ctx, address) })
	for i, flood := range floods() {
		group.Go(func() { t.flood(ctx, address, numbered(floodAddress, i+1), flood) })
	}
	for i := range slowReaders {
		group.Go(func() { t.readSlowly(ctx, address, numbered(readAddress, 1+i/10)) })
	}
	return t
}

// crowd opens connections from one address, and keeps those that it gets.
func (t *toll) crowd(ctx context.Context, address string) {
	var held atomic.Int64
	var group sync.WaitGroup
	room := make(chan struct{}, crowdAtOnce)
	for range crowdSize {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		group.Go(func() {
			s, err := intrude(ctx, address, crowdAddress, "")
			if err != nil {
				pause(ctx, comeBack)
				<-room
				return
			}
			<-room
			t.places.Store(max(t.places.Load(), held.Add(1)))
			defer held.Add(-1)
			stop := context.AfterFunc(ctx, func() { s.Close() })
			defer stop()
			defer s.Close()
			s.swallow()
		})
	}
	group.Wait()
}

// flood is what one flooder writes, by its nkey.
type flood func(s *stranger) []byte

// floods are the three: what nobody may publish, the largest messages to a call
// that does not exist, and the smallest ones that ask for an answer.
func floods() []flood {
	large := bytes.Repeat([]byte{0x55}, wire.MaxMessage)
	small := wire.Marshal(relay.Up{Kind: relay.KindReply, Body: []byte{}})
	return []flood{
		func(s *stranger) []byte { return s.publication("cp1.agent.end."+s.nkey, 0, []byte("x")) },
		func(s *stranger) []byte { return s.publication(relay.UpSubject(s.nkey), 0, large) },
		func(s *stranger) []byte { return s.publication(relay.UpSubject(s.nkey), longReply, small) },
	}
}

func (t *toll) flood(ctx context.Context, address, from string, what flood) {
	for ctx.Err() == nil {
		s, err := intrude(ctx, address, from, "")
		if err != nil {
			pause(ctx, comeBack)
			continue
		}
		t.intruded.Add(1)
		go s.swallow()
		t.flooded.Add(s.pour(ctx, what(s)))
	}
}

// readSlowly asks for answers and reads none of them.
func (t *toll) readSlowly(ctx context.Context, address, from string) {
	for ctx.Err() == nil {
		s, err := intrude(ctx, address, from, relay.EnrolToken)
		if err != nil {
			pause(ctx, comeBack)
			continue
		}
		t.readers.Add(1)
		ask := s.publication(relay.EnrolSubject(s.nkey), longReply, wire.Marshal(relay.EnrolRequest{Step: relay.EnrolClock, Body: []byte{}}))
		listen := []byte("SUB _INBOX_" + s.nkey + ".> 1\r\n")
		if _, err := s.Write(listen); err == nil {
			t.flooded.Add(s.pour(ctx, append(ask, bytes.Repeat([]byte("PING\r\n"), 50)...)))
		}
		s.Close()
	}
}

// pause waits, or returns early when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
