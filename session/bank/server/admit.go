// This file owns how one companion gets into a call: admit redeems the offer,
// secure says that the read-back was right.

package server

import (
	"bytes"
	"context"
	"crypto/hmac"
	"time"

	"countersign/session/bank/directory"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
)

// admit redeems an offer for the companion whose reply the agent has accepted,
// or takes up a call again by its ticket.
func (s *services) admit(ctx context.Context, from asker, q relay.AdmitRequest) (relay.AdmitAnswer, error) {
	s.book.deciding.Lock()
	defer s.book.deciding.Unlock()
	if len(q.Ticket) > 0 {
		return s.readmitAgent(ctx, from, q)
	}
	c, err := s.ownCall(from.nkey, from.id, q.OID)
	if err != nil {
		return relay.AdmitAnswer{}, err
	}
	r := c.record.Load()
	if r.running() && r.Companion == q.Companion && bytes.Equal(r.Device, q.Device) {
		return s.admission(ctx, r) // the same request again: its answer was lost
	}
	if refusal := s.admitRefusal(c, r, q); refusal != "" {
		return relay.AdmitAnswer{}, ending.Because(refusal, "the offer cannot be redeemed by this companion")
	}
	customer, err := s.admittedCustomer(ctx, r, q.Device)
	if err != nil {
		return relay.AdmitAnswer{}, err
	}
	if err := s.redeem(ctx, c, q, customer); err != nil {
		return relay.AdmitAnswer{}, err
	}
	return s.admission(ctx, c.record.Load())
}

func (s *services) admitRefusal(c *call, r *record, q relay.AdmitRequest) ending.Reason {
	switch {
	case r.Stage == ended && r.Companion == "":
		return r.Reason
	case r.Stage != live:
		return ending.UsedCode
	case s.now().After(time.Unix(r.Expiry, 0).Add(admitGrace)):
		return ending.Expired
	case !c.wasSeenBy(q.Companion), len(q.Device) != 0 && len(q.Device) != 16:
		return ending.Forged
	}
	return ""
}

// admittedCustomer returns the customer whose device is let in, or nil for a
// guest. A guest cannot stand in for a customer who has a device.
func (s *services) admittedCustomer(ctx context.Context, r *record, device []byte) (*directory.Customer, error) {
	if len(device) == 0 {
		return nil, s.checkGuest(ctx, r)
	}
	customer, err := s.people.OwnerOf(ctx, [16]byte(device))
	if ending.Of(err, "") == ending.UnknownCode {
		return nil, ending.Because(ending.Forged, "no such device")
	}
	if err != nil {
		return nil, err
	}
	if len(r.Pseudonym) > 0 && !hmac.Equal(r.Pseudonym, customer.Pseudonym[:]) {
		return nil, ending.Because(ending.Forged, "another customer's device")
	}
	if d, ok := customer.Device([16]byte(device)); !ok || !d.Active(s.now()) {
		return nil, ending.Because(ending.Revoked, "the device is revoked or expired")
	}
	_, err = s.holdFor(ctx, r.Direction, customer.Pseudonym)
	return &customer, err
}

func (s *services) checkGuest(ctx context.Context, r *record) error {
	if len(r.Pseudonym) == 0 {
		return nil
	}
	customer, err := s.people.CustomerOf(ctx, [16]byte(r.Pseudonym))
	if err != nil {
		return err
	}
	if customer.Enrolled(s.now()) {
		return ending.Because(ending.Guest, "the customer has an enrolled device")
	}
	_, err = s.holdFor(ctx, r.Direction, customer.Pseudonym)
	return err
}

// redeem marks the code as used. The customer of an offer that named none is
// known only now, so the collision rule is applied now.
func (s *services) redeem(ctx context.Context, c *call, q relay.AdmitRequest, customer *directory.Customer) error {
	r := *c.record.Load()
	if len(r.Customer) == 0 && customer != nil {
		r.nameCustomer(customer.Pseudonym[:])
		if err := s.collide(ctx, &r); err != nil {
			return s.endColliding(ctx, c, err)
		}
		if err := s.supersede(ctx, &r); err != nil {
			return err
		}
	}
	for _, slot := range slotsOf(&r) {
		if other := s.book.in(slot); other != nil && other != c {
			return ending.Because(ending.Collision, "another call is in this one's place")
		}
	}
	err := s.book.change(ctx, c, func(changed *record) {
		*changed = r
		changed.Stage, changed.Companion, changed.Device = admitted, q.Companion, q.Device
		changed.Deadline = readbackEnd(r.Expiry)
	})
	if err != nil {
		return err
	}
	return s.book.fill(ctx, &r)
}

// endColliding ends the call that the collision rule refused.
func (s *services) endColliding(ctx context.Context, c *call, refused error) error {
	if ending.Of(refused, "") != ending.Collision {
		return refused
	}
	if err := s.retire(ctx, c, ending.Collision, ending.Collision); err != nil {
		return err
	}
	return refused
}

// readbackEnd is when an admitted call ends unless it is secure by then.
func readbackEnd(expiry int64) int64 { return time.Unix(expiry, 0).Add(readbackTime).Unix() }

// admission answers for an admitted call, and sends the companion its ticket.
func (s *services) admission(ctx context.Context, r *record) (relay.AdmitAnswer, error) {
	answer := relay.AdmitAnswer{Staple: []byte{}}
	var err error
	if len(r.Device) > 0 {
		if answer.Staple, err = s.goodStaple(ctx, [16]byte(r.Device)); err != nil {
			return relay.AdmitAnswer{}, err
		}
	}
	answer.Ticket, err = s.issueTicket(r)
	return answer, err
}

// secure renews the ticket of a call whose read-back was right.
func (s *services) secure(ctx context.Context, from asker, q relay.SecureRequest) (relay.SecureAnswer, error) {
	s.book.deciding.Lock()
	defer s.book.deciding.Unlock()
	c, err := s.ownCall(from.nkey, from.id, q.OID)
	if err != nil {
		return relay.SecureAnswer{}, err
	}
	r := c.record.Load()
	switch {
	case r.Stage == ended:
		return relay.SecureAnswer{}, ending.Because(r.Reason, "the call has ended")
	case !r.running():
		return relay.SecureAnswer{}, ending.Because(ending.Forged, "nobody was admitted to this call")
	}
	err = s.book.change(ctx, c, func(r *record) {
		r.Stage, r.Deadline = secure, s.now().Add(quietTime).Unix()
	})
	if err != nil {
		return relay.SecureAnswer{}, err
	}
	ticket, err := s.issueTicket(c.record.Load())
	return relay.SecureAnswer{Ticket: ticket}, err
}

// goodStaple returns a credential's staple. Reason: revoked.
func (s *services) goodStaple(ctx context.Context, credential [16]byte) ([]byte, error) {
	signed, err := s.people.Staple(ctx, credential)
	if err != nil {
		return nil, err
	}
	staple, err := trust.PeekStaple(signed)
	if err != nil {
		return nil, err
	}
	if !staple.Good {
		return nil, ending.Because(ending.Revoked, "the credential is revoked")
	}
	return signed, nil
}
