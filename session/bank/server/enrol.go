// This file owns the steps of an enrolment as they arrive from a ticket holder.

package server

import (
	"context"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

func (s *services) enrol(ctx context.Context, from string, data []byte) ([]byte, error) {
	if !s.limits.enrol(from, s.clients.Address(from), s.now()) {
		return nil, ending.Because(ending.Busy, "too many enrolments")
	}
	q, err := relay.Decode[relay.EnrolRequest](data)
	if err != nil {
		return nil, ending.Because(ending.Unsupported, "a request of another version, or malformed")
	}
	switch q.Step {
	case relay.EnrolHello:
		return typed(s.people.Hello)(ctx, from, q.Body)
	case relay.EnrolProve:
		return typed(s.people.Prove)(ctx, from, q.Body)
	case relay.EnrolBundle:
		return wire.Marshal(relay.EnrolBundleAnswer{Bundles: s.bank.Lineage, Content: s.bank.Content}), nil
	case relay.EnrolClock:
		return wire.Marshal(relay.EnrolClockAnswer{Now: s.now().Unix()}), nil
	}
	return nil, ending.Because(ending.Unsupported, "no such step")
}
