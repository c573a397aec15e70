// This file owns the memory of who was let in. It is bounded: companions are
// anonymous and cost nothing to make, so the ones that nobody has heard of for
// longest are forgotten; agents are known to the bank and few.

package callout

import (
	"slices"
	"sync"

	"countersign/session/protocol/relay"
)

const (
	// maxAnonymous is how many clients without a name one generation holds;
	// two generations are kept, about 20 MB.
	maxAnonymous = 1 << 16
	// maxPerAgent is how many connection keys one agent has at a time: a
	// desktop, and its earlier self that has not been noticed to be gone.
	maxPerAgent = 4
)

// Client is one connection key that was let in.
type Client struct {
	Nkey    string
	Role    relay.Role
	AgentID uint64 // 0 unless the role is agent
	Key     string // of an agent: the public key (wire.Point) whose token opened the connection
	Address string // IP address; "" inside one process
}

// Registry remembers the clients that were let in. The zero value is not
// usable: see NewRegistry.
type Registry struct {
	mu        sync.RWMutex
	agents    map[string]Client   // by nkey
	ofAgent   map[uint64][]string // nkeys, oldest first
	anonymous map[string]Client   // by nkey, this generation
	earlier   map[string]Client   // the generation before
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry {
	return &Registry{
		agents:    map[string]Client{},
		ofAgent:   map[uint64][]string{},
		anonymous: map[string]Client{},
		earlier:   map[string]Client{},
	}
}

// Agent returns the agent behind a connection key, or false when the key is not
// an agent's.
func (r *Registry) Agent(nkey string) (Client, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	c, ok := r.agents[nkey]
	return c, ok
}

// Address returns the address from which a connection key came, or "" when it
// is not known any more: those share one rate limit.
func (r *Registry) Address(nkey string) string {
	r.mu.RLock()
	c, ok := r.anonymous[nkey]
	old, wasThere := r.earlier[nkey]
	r.mu.RUnlock()
	switch {
	case ok:
		return c.Address
	case wasThere:
		r.add(old) // still in use: it lives on in this generation
		return old.Address
	}
	return ""
}

func (r *Registry) add(c Client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.Role == relay.RoleAgent {
		r.addAgent(c)
		return
	}
	if len(r.anonymous) >= maxAnonymous {
		r.earlier, r.anonymous = r.anonymous, map[string]Client{}
	}
	r.anonymous[c.Nkey] = c
}

// addAgent keeps the newest keys of an agent. A key stays with the agent whose
// token opened it, so nobody takes over a call by naming another's nkey: that
// takes the nkey's private half.
func (r *Registry) addAgent(c Client) {
	keys := slices.DeleteFunc(r.ofAgent[c.AgentID], func(nkey string) bool { return nkey == c.Nkey })
	keys = append(keys, c.Nkey)
	for len(keys) > maxPerAgent {
		delete(r.agents, keys[0])
		keys = keys[1:]
	}
	r.ofAgent[c.AgentID] = keys
	r.agents[c.Nkey] = c
}
