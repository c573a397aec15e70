// This file tests the memory of who was let in. That the callout decides well
// is tested in package server, over real connections.

package callout

import (
	"strconv"
	"testing"

	"countersign/session/protocol/relay"
)

func TestAnAgentHasItsNewestKeys(t *testing.T) {
	r := NewRegistry()
	add := func(nkey string, id uint64) { r.add(Client{Nkey: nkey, Role: relay.RoleAgent, AgentID: id}) }
	add("other", 2)
	for i := range maxPerAgent {
		add(strconv.Itoa(i), 1)
	}
	add("0", 1) // connected again: the newest now
	add("new", 1)
	for nkey, want := range map[string]bool{"0": true, "1": false, "2": true, "3": true, "new": true, "other": true, "unknown": false} {
		if _, ok := r.Agent(nkey); ok != want {
			t.Errorf("key %s: known %t, want %t", nkey, ok, want)
		}
	}
	if c, _ := r.Agent("other"); c.AgentID != 2 {
		t.Error("another agent's key")
	}
}

func TestCompanionsAreNoAgents(t *testing.T) {
	r := NewRegistry()
	r.add(Client{Nkey: "a", Role: relay.RoleCompanion, AgentID: 1, Address: "192.0.2.1"})
	if _, ok := r.Agent("a"); ok || r.Address("a") != "192.0.2.1" || r.Address("b") != "" {
		t.Error("not what was added")
	}
}

func TestAddressesAreBoundedAndKeptWhileInUse(t *testing.T) {
	r := NewRegistry()
	r.add(Client{Nkey: "in use", Address: "192.0.2.1"})
	r.add(Client{Nkey: "idle", Address: "192.0.2.2"})
	for i := range 3 * maxAnonymous {
		r.add(Client{Nkey: strconv.Itoa(i), Address: "192.0.2.3"})
		if i%(maxAnonymous/2) == 0 && r.Address("in use") != "192.0.2.1" {
			t.Fatal("a key in use was forgotten")
		}
	}
	if r.Address("idle") != "" || len(r.anonymous)+len(r.earlier) > 2*maxAnonymous {
		t.Error("the memory is not bounded")
	}
}
