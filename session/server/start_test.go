// This file tests how a server starts and ends.

package server

import (
	"testing"

	"countersign/session/server/limit"
)

func TestStartSaysWhyItCannot(t *testing.T) {
	w := newWorld(t, generous())
	taken := w.server.broker.Address()
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
