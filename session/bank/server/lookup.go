// This file owns the lookup: a companion asks for an offer by its code or oid
// and gets it with the agent's staple and what its bundle and content lack.

package server

import (
	"context"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
)

func (s *services) lookup(ctx context.Context, from string, data []byte) ([]byte, error) {
	if !s.limits.lookup(from, s.clients.Address(from), s.now()) {
		return nil, ending.Because(ending.Busy, "too many lookups")
	}
	q, err := relay.Decode[relay.LookupRequest](data)
	if err != nil {
		return nil, ending.Because(ending.Unsupported, "a request of another version, or malformed")
	}
	c := s.lookedUp(q)
	if c == nil {
		return nil, ending.Because(ending.UnknownCode, "no offer has this code")
	}
	r := c.record.Load()
	if refusal := r.lookupRefusal(s.now()); refusal != "" {
		return nil, ending.Because(refusal, "the offer is over")
	}
	if !c.see(from) {
		return nil, ending.Because(ending.Busy, "too many have looked this offer up")
	}
	staple, err := s.people.Staple(ctx, r.Credential)
	if err != nil {
		return nil, err
	}
	return c.answer(staple, s.bank.News(q.BundleVersion, q.BundleHash, q.ContentVersion)), nil
}

// lookedUp finds the call that the request names by exactly one of its names.
func (s *services) lookedUp(q relay.LookupRequest) *call {
	switch {
	case q.Code != "" && len(q.OID) == 0:
		return s.book.withCode(q.Code)
	case q.Code == "" && len(q.OID) == len(offer.ID{}):
		return s.book.find(offer.ID(q.OID))
	}
	return nil
}
