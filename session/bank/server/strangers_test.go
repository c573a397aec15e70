// This file tests what strangers can use up: the log, the places, the queue that
// calls share, the patience of a call that types quickly. Strangers and callers
// come from different addresses of 127.0.0.0/8.

package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/session/bank/limit"
	"countersign/session/computer/connection"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
)

const (
	strangersAddress = "127.0.0.66"
	callersAddress   = "127.0.0.7"
)

func from(address string) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
}

// stranger connects from an address, or returns an error.
func (w *world) stranger(address string) (*nats.Conn, string, error) {
	pair, public := newNkey(w.T)
	conn, err := nats.Connect(w.server.URL(), append(options(pair, public, ""), nats.SetCustomDialer(from(address)))...)
	if err == nil {
		w.Cleanup(conn.Close)
	}
	return conn, public, err
}

// honest is how an honest companion connects, from an address.
func (w *world) honest(address string) (*connection.Conn, error) {
	return connection.Dial(w.Context(), connection.Options{
		URL: w.server.URL(), KeyHash: w.bank.KeyHash, Role: relay.RoleCompanion,
		Dial: func(ctx context.Context, to string) (net.Conn, error) {
			return from(address).DialContext(ctx, "tcp", to)
		},
	})
}

// lines counts what is logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) count() (n, bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), "\n"), l.text.Len()
}

// TestAStrangerFillsNoLog: who keeps breaking permissions is cut off, and
// however many come back, the log stays small.
func TestAStrangerFillsNoLog(t *testing.T) {
	w := newWorld(t, limit.Default())
	w.server.Close()
	var log lines
	var err error
	w.server, err = Start(t.Context(), Options{Dir: w.dir, Listen: "127.0.0.1:0", Now: w.now, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	w.must(err)
	for range 10 {
		conn, nkey, err := w.stranger(strangersAddress)
		w.must(err)
		gone := make(chan struct{})
		conn.SetClosedHandler(func(*nats.Conn) { close(gone) })
		for conn.Publish(relay.AgentSubject(relay.OpEnd, nkey), []byte("x")) == nil && conn.Flush() == nil {
		}
		select {
		case <-gone:
		case <-time.After(patience):
			t.Fatal("who breaks permissions again and again is not cut off")
		}
	}
	if n, bytes := log.count(); n > 25 || bytes > 16<<10 {
		t.Errorf("%d refused messages left %d lines, %d bytes", 10*limit.Default().Violations, n, bytes)
	}
}

// TestOneAddressTakesNotAllPlaces: a crowd from one address is told that the
// server is busy, and everybody else still gets in.
func TestOneAddressTakesNotAllPlaces(t *testing.T) {
	l := limit.Default()
	l.Connections = 60
	w := newWorld(t, l)
	crowd := 0
	for _, _, err := w.stranger(strangersAddress); err == nil; _, _, err = w.stranger(strangersAddress) {
		crowd++
	}
	if crowd != 5 {
		t.Errorf("one address took %d of 60 places", crowd)
	}
	if _, err := w.honest(strangersAddress); ending.Of(err, "") != ending.Busy {
		t.Errorf("one more of that address: %v", err)
	}
	conn, err := w.honest(callersAddress)
	w.must(err)
	defer conn.Close()
	if _, err := conn.Lookup(t.Context(), relay.LookupRequest{Code: "123456789"}); ending.Of(err, "") != ending.UnknownCode {
		t.Errorf("somebody else: %v", err)
	}
}

// TestAgentsAndCallsHaveAReserve: strangers of many addresses take all places
// that are theirs. Agents still get in, and the companion of a call comes back.
func TestAgentsAndCallsHaveAReserve(t *testing.T) {
	l := generous()
	l.Connections = 20
	w := newWorld(t, l)
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	strangers := 0
	for n := range 30 {
		if _, _, err := w.stranger(fmt.Sprintf("127.0.9.%d", n+1)); err == nil {
			strangers++
		}
	}
	if strangers != 15 {
		t.Errorf("strangers took %d of 20 places", strangers)
	}
	call.companion.conn.Close()
	back := w.dialAs(call.companion.pair, call.companion.nkey, "")
	back.up(call.oid, relay.KindRecord, "I am back", "")
	call.desk.pushed(relay.KindRecord, "I am back")
	w.desk(w.agent("Piotr Nowak")) // an agent who comes now
	if _, _, err := w.stranger("127.0.9.99"); err == nil {
		t.Error("a stranger took a place of the reserve")
	}
}

// TestTypingQuicklyLosesNothing: a sender over its limit is read later; the
// acknowledgements of the other side are not counted at all.
func TestTypingQuicklyLosesNothing(t *testing.T) {
	l := generous()
	l.MessageBurst, l.MessagesPerMinute = 10, 1200
	w := newWorld(t, l)
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	const typed = 30
	for n := range typed {
		w.must(call.desk.conn.Publish(call.desk.op(relay.OpDown), encode(relay.Down{
			OID: call.oid, Companion: call.companion.nkey, Kind: relay.KindRecord, Body: fmt.Append(nil, n),
		})))
		w.must(call.companion.conn.Publish(relay.UpSubject(call.companion.nkey), encode(relay.Up{
			OID: call.oid, Kind: relay.KindAck, Body: fmt.Append(nil, n),
		})))
	}
	for n := range typed {
		call.desk.pushed(relay.KindAck, fmt.Sprint(n))
	}
	for n := range typed {
		call.companion.pushed(relay.KindRecord, fmt.Sprint(n))
	}
}

// TestAcknowledgesKnowsNothingElse: only the two messages of CP1, of the kind
// acknowledgement, are free.
func TestAcknowledgesKnowsNothingElse(t *testing.T) {
	_, nkey := newNkey(t)
	up, down := relay.UpSubject(nkey), relay.AgentSubject(relay.OpDown, nkey)
	for _, try := range []struct {
		subject string
		body    any
		want    bool
	}{
		{up, relay.Up{Kind: relay.KindAck, Body: []byte{}}, true},
		{down, relay.Down{Companion: nkey, Kind: relay.KindAck, Body: []byte{}}, true},
		{up, relay.Up{Kind: relay.KindRecord, Body: []byte{}}, false},
		{up, relay.Up{Kind: relay.KindReadmit, Body: []byte{}}, false},
		{down, relay.Down{Companion: nkey, Kind: relay.KindRecord, Body: []byte{}}, false},
		{down, relay.Up{Kind: relay.KindAck, Body: []byte{}}, false},
		{relay.LookupSubject(nkey), relay.Up{Kind: relay.KindAck, Body: []byte{}}, false},
		{relay.AgentSubject(relay.OpCreate, nkey), relay.Down{Companion: nkey, Kind: relay.KindAck, Body: []byte{}}, false},
		{up, relay.LookupRequest{Code: "1"}, false},
	} {
		if acknowledges(try.subject, encode(try.body)) != try.want {
			t.Errorf("%s, %+v: want %t", try.subject, try.body, try.want)
		}
	}
}
