// This file owns the rule of the line: on which number a call may run, and
// whether a hold forbids it. Prepare asks it for the agent's form; create and
// admit ask it again.

package server

import (
	"context"
	"slices"
	"time"

	"countersign/session/bank/directory"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// prepare tells the agent what a call to or from a customer would run on. The
// answer is signed: who the customer is must not be the relay's to choose.
func (s *services) prepare(ctx context.Context, _ asker, q relay.PrepareRequest) (relay.PrepareAnswer, error) {
	prepared, err := s.prepared(ctx, q)
	if err != nil {
		return relay.PrepareAnswer{}, err
	}
	return prepared.Sign(s.bank.StatusAt(time.Unix(prepared.IssuedAt, 0)))
}

func (s *services) prepared(ctx context.Context, q relay.PrepareRequest) (relay.Prepared, error) {
	if q.Direction.String() == "" {
		return relay.Prepared{}, ending.Because(ending.Unsupported, "no such direction")
	}
	var customer *directory.Customer
	if q.Reference != "" {
		c, err := s.people.Customer(ctx, q.Reference)
		if err != nil {
			return relay.Prepared{}, err
		}
		customer = &c
	}
	number, err := s.number(q.Direction, customer, q.Number)
	if err != nil {
		return relay.Prepared{}, err
	}
	p := relay.Prepared{
		Status:    wire.KeyID(wire.Point(&s.bank.StatusAt(s.now()).PublicKey)),
		Reference: q.Reference, Direction: q.Direction, Number: q.Number,
		Line: trust.LineOf(number), IssuedAt: s.now().Unix(),
	}
	if customer == nil {
		return p, nil
	}
	until, err := s.holdFor(ctx, q.Direction, customer.Pseudonym)
	if err != nil {
		return relay.Prepared{}, err
	}
	p.Pseudonym, p.Enrolled = customer.Pseudonym, customer.Enrolled(s.now())
	if !until.IsZero() {
		p.HoldUntil = until.Unix()
	}
	return p, nil
}

// number returns the full number that a call runs on: one on file where the
// bank called, one of the bank's lines where the customer did. Without a wish
// it is the first on file, or the bank's only line. Where the bank called, a
// customer must be chosen: nobody else's number is on file.
func (s *services) number(d offer.Direction, customer *directory.Customer, wished string) (string, error) {
	allowed := s.bank.Bundle.Lines
	if d == offer.BankCalled {
		if customer == nil {
			return "", ending.Because(ending.WrongNumber, "the bank calls a customer, and none is chosen")
		}
		allowed = customer.Phones
	}
	switch {
	case slices.Contains(allowed, wished):
		return wished, nil
	case wished == "" && len(allowed) > 0 && (d == offer.BankCalled || len(allowed) == 1):
		return allowed[0], nil
	}
	return "", ending.Because(ending.WrongNumber, "not a number on file, or not a line of the bank")
}

// holdFor returns when the customer's hold ends, or the zero time. Under a
// hold a call may start only if the bank dialled a number on file: for any
// other the reason is on_hold.
func (s *services) holdFor(ctx context.Context, d offer.Direction, pseudonym [16]byte) (time.Time, error) {
	until, err := s.people.HoldUntil(ctx, pseudonym)
	if err != nil {
		return time.Time{}, err
	}
	if !until.IsZero() && d != offer.BankCalled {
		return time.Time{}, ending.Because(ending.OnHold, "an earlier stop holds calls of this customer")
	}
	return until, nil
}
