// This file owns the collision rule: one customer is in one call with the bank
// at a time, and one agent in one call. The caller holds book.deciding.

package server

import (
	"context"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
)

// collide refuses a call whose customer is in another agent's. Before the
// other call is secure nobody can tell which of the two is the fraud: both
// end. After it, the new one ends and the other is warned.
func (s *services) collide(ctx context.Context, r *record) error {
	if len(r.Customer) == 0 {
		return nil
	}
	other := s.book.in(customerSlot(r.Customer))
	if other == nil || other.record.Load().AgentID == r.AgentID {
		return nil
	}
	refused := ending.Because(ending.Collision, "the customer is in another agent's call")
	if other.record.Load().Stage == secure {
		s.alert(other, ending.Collision)
		return refused
	}
	if err := s.retire(ctx, other, ending.Collision, ending.Collision); err != nil {
		return err
	}
	return refused
}

// supersede ends the call that the agent is in, and any other of the agent's
// with the same customer, in favour of a new one.
func (s *services) supersede(ctx context.Context, r *record) error {
	for _, slot := range slotsOf(r) {
		old := s.book.in(slot)
		if old == nil || old.record.Load().OID == r.OID {
			continue
		}
		if err := s.retire(ctx, old, ending.Superseded, ending.Superseded); err != nil {
			return err
		}
	}
	return nil
}

// retire ends a call and tells both sides, each with a reason of its own.
func (s *services) retire(ctx context.Context, c *call, toAgent, toCompanion ending.Reason) error {
	if err := s.book.retire(ctx, c, toAgent, s.now()); err != nil {
		return err
	}
	s.tellAgent(c, relay.KindNotice, toAgent)
	s.tellCompanions(c, relay.KindNotice, toCompanion)
	return nil
}

// alert warns both sides of a call that goes on.
func (s *services) alert(c *call, reason ending.Reason) {
	s.tellAgent(c, relay.KindAlert, reason)
	s.tellCompanions(c, relay.KindAlert, reason)
}

func (s *services) tellAgent(c *call, kind relay.Kind, reason ending.Reason) {
	r := c.record.Load()
	s.push(r.AgentKey, relay.Push{OID: r.OID, Kind: kind, Body: []byte(reason)})
}

func (s *services) tellCompanions(c *call, kind relay.Kind, reason ending.Reason) {
	for _, nkey := range c.companions() {
		s.push(nkey, relay.Push{OID: c.record.Load().OID, Kind: kind, Body: []byte(reason)})
	}
}
