// This file owns the call ticket: what a call is issued, and how a server that
// remembers nothing takes a call up again from it. The caller holds
// book.deciding where not said otherwise.

package server

import (
	"context"
	"errors"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// issueTicket signs the ticket of an admitted call and sends it to the
// companion; the agent gets it in the answer. Before the read-back it lasts as
// long as the read-back may take.
func (s *services) issueTicket(r *record) ([]byte, error) {
	now := s.now()
	t := relay.Ticket{
		Status: wire.KeyID(wire.Point(&s.bank.StatusAt(now).PublicKey)),
		OID:    r.OID, CallID: r.CallID, AgentID: r.AgentID, Credential: r.Credential,
		Device: r.Device, Companion: r.Companion, Secure: r.Stage == secure,
		IssuedAt: now.Unix(), Expiry: readbackEnd(r.Expiry),
	}
	if t.Secure {
		t.Expiry = now.Add(relay.TicketLifetime).Unix()
	}
	copy(t.Customer[:], r.Customer)
	signed, err := t.Sign(s.bank.StatusAt(now))
	if err != nil {
		return nil, err
	}
	s.push(r.Companion, relay.Push{OID: r.OID, Kind: relay.KindTicket, Body: signed})
	return signed, nil
}

// readmitCompanion takes a companion's ticket. It answers with the staple of
// the agent's credential. It takes book.deciding itself.
func (s *services) readmitCompanion(ctx context.Context, from string, data []byte) ([]byte, error) {
	u, err := relay.Decode[relay.Up](data)
	if err != nil {
		return nil, ending.Because(ending.Unsupported, "a message of another version, or malformed")
	}
	// Before the lock: a stranger's junk must cost nobody else a turn.
	t, err := s.openTicket(u.Body, u.OID)
	if err != nil {
		return nil, err
	}
	if t.Companion != from {
		return nil, ending.Because(ending.Forged, "another companion's ticket")
	}
	s.book.deciding.Lock()
	defer s.book.deciding.Unlock()
	if err := s.takeUp(ctx, t, ""); err != nil {
		return nil, err
	}
	return s.goodStaple(ctx, t.Credential)
}

// readmitAgent takes an agent's ticket, on the agent's present connection. It
// answers with the staple of the companion's device.
func (s *services) readmitAgent(ctx context.Context, from asker, q relay.AdmitRequest) (relay.AdmitAnswer, error) {
	t, err := s.openTicket(q.Ticket, q.OID)
	if err != nil {
		return relay.AdmitAnswer{}, err
	}
	if t.AgentID != from.id || t.Companion != q.Companion {
		return relay.AdmitAnswer{}, ending.Because(ending.Forged, "the ticket of another call")
	}
	if err := s.takeUp(ctx, t, from.nkey); err != nil {
		return relay.AdmitAnswer{}, err
	}
	answer := relay.AdmitAnswer{Staple: []byte{}, Ticket: q.Ticket}
	if len(t.Device) > 0 {
		answer.Staple, err = s.goodStaple(ctx, [16]byte(t.Device))
	}
	return answer, err
}

func (s *services) openTicket(signed []byte, oid offer.ID) (relay.Ticket, error) {
	t, err := relay.OpenTicket(signed, s.bank.Bundle)
	switch {
	case err != nil, t.OID != oid, len(t.Device) != 0 && len(t.Device) != 16:
		return relay.Ticket{}, ending.Because(ending.Forged, "not a ticket of this call")
	case s.now().Unix() > t.Expiry:
		return relay.Ticket{}, ending.Because(ending.Expired, "the ticket has expired")
	}
	return t, nil
}

// takeUp brings a call back, or keeps it going, by a ticket that was checked.
// agentKey is the agent's connection, or "" when the companion comes first.
func (s *services) takeUp(ctx context.Context, t relay.Ticket, agentKey string) error {
	c := s.book.find(t.OID)
	if c == nil {
		return s.rebuild(ctx, t, agentKey)
	}
	r := c.record.Load()
	switch {
	case r.Stage == ended:
		return ending.Because(r.Reason, "the call has ended")
	case !r.running() || r.Companion != t.Companion:
		return ending.Because(ending.Forged, "the ticket of another call")
	}
	return s.book.change(ctx, c, func(r *record) {
		if agentKey != "" {
			r.AgentKey = agentKey
		}
		if t.Secure {
			r.Stage = secure
		}
		if r.Stage == secure {
			r.Deadline = s.now().Add(quietTime).Unix()
		}
	})
}

// rebuild makes a record from a ticket alone and fills the slots again, so
// that the collision rule holds after a restart.
func (s *services) rebuild(ctx context.Context, t relay.Ticket, agentKey string) error {
	r := record{
		OID: t.OID, CallID: t.CallID, AgentID: t.AgentID, AgentKey: agentKey, Credential: t.Credential,
		Expiry: time.Unix(t.Expiry, 0).Add(-readbackTime).Unix(),
		Stage:  admitted, Companion: t.Companion, Device: t.Device, Deadline: t.Expiry,
	}
	if t.Customer != ([32]byte{}) {
		r.Customer = t.Customer[:]
	}
	if t.Secure {
		r.Stage, r.Deadline = secure, s.now().Add(quietTime).Unix()
	}
	if err := s.makeRoom(ctx, &r); err != nil {
		return err
	}
	c, err := s.book.add(ctx, r)
	if err != nil {
		return err
	}
	if err := s.book.fill(ctx, &r); err != nil {
		return errors.Join(err, s.book.retire(ctx, c, ending.Collision, s.now()))
	}
	return nil
}

// makeRoom applies the collision rule to a call that is older than what stands
// in its slots. The agent's own newer call stays. Against another agent's, the
// call that is secure stays; if neither is, both end.
func (s *services) makeRoom(ctx context.Context, r *record) error {
	if s.book.in(agentSlot(r.AgentID)) != nil {
		return ending.Because(ending.Superseded, "the agent is in a newer call")
	}
	if len(r.Customer) == 0 {
		return nil
	}
	other := s.book.in(customerSlot(r.Customer))
	if other == nil || r.Stage != secure || other.record.Load().Stage == secure {
		return s.collide(ctx, r)
	}
	if err := s.retire(ctx, other, ending.Collision, ending.Collision); err != nil {
		return err
	}
	s.push(r.AgentKey, relay.Push{OID: r.OID, Kind: relay.KindAlert, Body: []byte(ending.Collision)})
	s.push(r.Companion, relay.Push{OID: r.OID, Kind: relay.KindAlert, Body: []byte(ending.Collision)})
	return nil
}
