// This file owns how an offer comes to life: it is checked as the companion
// will check it, against the directory besides, and placed in one decision.

package server

import (
	"bytes"
	"context"
	"errors"
	"time"

	"countersign/session/bank/directory"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
)

func (s *services) create(ctx context.Context, from asker, q relay.CreateRequest) (nothing, error) {
	core, credential, err := s.openOffer(from, q)
	if err != nil {
		return nothing{}, err
	}
	if err := s.checkTimes(core, credential); err != nil {
		return nothing{}, err
	}
	if err := s.checkCustomer(ctx, core, q); err != nil {
		return nothing{}, err
	}
	// The first staple is made here, so that no lookup waits for it.
	if _, err := s.people.Staple(ctx, credential.ID); err != nil {
		return nothing{}, err
	}
	r := record{
		OID: core.ID(), CallID: core.CallID, AgentID: from.id, AgentKey: from.nkey, Credential: credential.ID,
		Direction: core.Direction, Expiry: core.Expiry(), Stage: live,
		Offer:    servedOffer{Core: q.Core, Credential: q.Credential, PKA: q.PKA, CA: q.CA},
		Deadline: time.Unix(core.Expiry(), 0).Add(admitGrace).Unix(),
	}
	r.nameCustomer(q.Pseudonym)
	return nothing{}, s.place(ctx, r)
}

// nameCustomer says whose call it is; nobody's, as long as that is not known.
func (r *record) nameCustomer(pseudonym []byte) {
	if len(pseudonym) != 16 {
		return
	}
	hash := relay.CustomerHash([16]byte(pseudonym))
	r.Pseudonym, r.Customer = pseudonym, hash[:]
}

// openOffer checks everything that the offer itself says: whose it is, that
// its parts belong together, and that this agent may make it.
func (s *services) openOffer(from asker, q relay.CreateRequest) (offer.Core, *trust.Credential, error) {
	forged := func(detail string) (offer.Core, *trust.Credential, error) {
		return offer.Core{}, nil, ending.Because(ending.Forged, detail)
	}
	credential, err := s.bank.Bundle.Credential(q.Credential)
	if err != nil || credential.AgentID != from.id {
		return forged("not a credential of this agent")
	}
	core, err := offer.Open(q.Core, credential.Key())
	if err != nil {
		return forged("the offer's signature or form")
	}
	switch {
	case !s.bank.Bundle.AllowsSuite(core.Suite):
		return offer.Core{}, nil, ending.Because(ending.Unsupported, "the bank does not allow this suite")
	case q.Code != offer.Code(core.ID()):
		return forged("the code is not the offer's")
	case core.Credential != credential.Hash():
		return forged("the offer names another credential")
	case core.Keys != q.Keys(s.bank.Bundle.BankID).Hash():
		return forged("the offer names other keys")
	case trust.CheckHPKEKey(q.PKA) != nil:
		return forged("nobody can seal a reply to this key")
	case !credential.Allows(core.Purpose):
		return forged("this agent may not call for this purpose")
	}
	return core, credential, nil
}

// checkTimes compares the agent's clock with ours.
func (s *services) checkTimes(core offer.Core, credential *trust.Credential) error {
	now := s.now()
	switch {
	case now.Unix() > credential.Expiry:
		return ending.Because(ending.Expired, "the agent's credential has expired")
	case now.Unix() > core.Expiry():
		return ending.Because(ending.Expired, "the offer has expired")
	case time.Unix(core.Start, 0).Sub(now) > trust.Skew, time.Unix(credential.NotBefore, 0).Sub(now) > trust.Skew:
		return ending.Because(ending.WrongClock, "the agent's clock differs from the server's")
	}
	return nil
}

// checkCustomer checks what the offer says of the customer and the line
// against the directory.
func (s *services) checkCustomer(ctx context.Context, core offer.Core, q relay.CreateRequest) error {
	customer, err := s.namedCustomer(ctx, core, q.Pseudonym)
	if err != nil {
		return err
	}
	number, err := s.number(core.Direction, customer, q.Number)
	if err != nil {
		return err
	}
	if trust.LineOf(number) != core.Line {
		return ending.Because(ending.WrongNumber, "the offer's line is not the number's")
	}
	return nil
}

// namedCustomer returns the customer of the request, if the reference in the
// offer is the same customer's; nil when both name none.
func (s *services) namedCustomer(ctx context.Context, core offer.Core, pseudonym []byte) (*directory.Customer, error) {
	if len(pseudonym) == 0 && core.Ref == nil {
		return nil, nil
	}
	if len(pseudonym) != 16 {
		return nil, ending.Because(ending.Forged, "the offer and the request name different customers")
	}
	ref := offer.RefHash(core.CallID, [16]byte(pseudonym))
	if !bytes.Equal(core.Ref, ref[:]) {
		return nil, ending.Because(ending.Forged, "the offer and the request name different customers")
	}
	customer, err := s.people.CustomerOf(ctx, [16]byte(pseudonym))
	return &customer, err
}

// place puts a checked offer into the book: one decision over hold, collision,
// code and slots.
func (s *services) place(ctx context.Context, r record) error {
	s.book.deciding.Lock()
	defer s.book.deciding.Unlock()
	if c := s.book.find(r.OID); c != nil && c.record.Load().Stage == live && c.record.Load().AgentKey == r.AgentKey {
		return nil // the same request again: its answer was lost
	}
	if s.book.withCode(r.code()) != nil {
		return ending.Because(ending.UsedCode, "the code is taken")
	}
	if len(r.Pseudonym) > 0 {
		if _, err := s.holdFor(ctx, r.Direction, [16]byte(r.Pseudonym)); err != nil {
			return err
		}
	}
	if err := s.collide(ctx, &r); err != nil {
		return err
	}
	if err := s.supersede(ctx, &r); err != nil {
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
