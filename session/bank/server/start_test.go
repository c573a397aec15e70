// This file tests how a server starts and ends.

package server

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"countersign/session/bank"
	"countersign/session/bank/limit"
	"countersign/session/computer/connection"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
)

func TestStartSaysWhyItCannot(t *testing.T) {
	w := newWorld(t, generous())
	taken := w.server.gate.Address()
	other := newWorld(t, generous())
	other.server.Close()
	for name, o := range map[string]Options{
		"no bank":        {Dir: t.TempDir()},
		"address in use": {Dir: other.dir, Listen: taken},
		"no address":     {Dir: other.dir, Listen: "here"},
		"port too high":  {Dir: other.dir, Listen: "127.0.0.1:70000"},
		"limits of zero": {Dir: other.dir, Listen: "127.0.0.1:0", Limits: limit.Limits{LookupBurst: 1}},
	} {
		if s, err := Start(t.Context(), o); err == nil {
			s.Close()
			t.Errorf("%s: started", name)
		}
	}
	other.start() // none of the failures left the store open
}

func TestTheDirectoryOpensWithoutAServer(t *testing.T) {
	w := newWorld(t, generous())
	w.server.Close()
	d, closeStore, err := OpenDirectory(t.Context(), w.dir)
	w.must(err)
	if a, err := d.Agent(t.Context(), town.people["Anna Kowalska"].id); err != nil || a.Name != "Anna Kowalska" {
		t.Errorf("got %+v, %v", a, err)
	}
	w.must(closeStore())
	w.start()
}

func TestAServerThatDoesNotListenHasNoAddress(t *testing.T) {
	w := newWorld(t, generous())
	w.server.Close()
	s, err := Start(t.Context(), Options{Dir: w.dir, DontListen: true, Now: w.now})
	w.must(err)
	defer s.Close()
	if s.URL() != "" {
		t.Errorf("listens at %s", s.URL())
	}
}

// TestALocalServerIsReachedByTLS: a client in the same process takes the path
// of every other client, pinned key and all.
func TestALocalServerIsReachedByTLS(t *testing.T) {
	w := newWorld(t, generous())
	w.server.Close()
	s, err := Start(t.Context(), Options{Dir: w.dir, DontListen: true, Now: w.now})
	w.must(err)
	defer s.Close()
	client := connection.Options{
		URL: "tls://bank.invalid:4222", KeyHash: w.bank.KeyHash, Role: relay.RoleCompanion,
		Dial: func(context.Context, string) (net.Conn, error) { return s.InProcessConn() },
	}
	conn, err := connection.Dial(t.Context(), client)
	w.must(err)
	defer conn.Close()
	if conn.SeenKey() != w.bank.KeyHash {
		t.Error("the server showed another key")
	}
	if _, err := conn.Lookup(t.Context(), relay.LookupRequest{Code: "123456784"}); ending.Of(err, "") != ending.UnknownCode {
		t.Errorf("a lookup gives %v", err)
	}
	client.KeyHash[0] ^= 1
	if _, err := connection.Dial(t.Context(), client); ending.Of(err, "") != ending.WrongServerKey {
		t.Errorf("with another pin: %v", err)
	}
}

func TestADirectoryInMemoryEndsWithItsServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bank")
	if err := bank.Init(dir, bank.Options{Name: "Example Bank", Relay: "tls://bank.invalid:4222", Lines: []string{bankLine}, Now: instant}); err != nil {
		t.Fatal(err)
	}
	add := func(o Options) (tickets int) {
		o.Dir, o.DontListen = dir, true
		s, err := Start(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		agents, err := s.Directory().FindAgents(t.Context(), "", "", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Directory().AddAgent(t.Context(), "Robin Nowak", "Adviser", "Cards"); err != nil {
			t.Fatal(err)
		}
		return len(agents)
	}
	if n := add(Options{Memory: true}); n != 0 {
		t.Errorf("a new bank has %d agents", n)
	}
	if n := add(Options{Memory: true}); n != 0 {
		t.Errorf("%d agents outlived their server", n)
	}
	if n := add(Options{}); n != 0 {
		t.Errorf("%d agents of the memory are on disk", n)
	}
}
