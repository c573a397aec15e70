// This file owns how calls end: by the agent's word, by a stop report, or by
// themselves when their time is over.

package server

import (
	"context"
	"errors"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
)

// retryAfter is when to try again what a fault of the store prevented.
const retryAfter = 2 * time.Second

// end retires an offer or a call of the agent and tells the companion.
func (s *services) end(ctx context.Context, from asker, q relay.EndRequest) (nothing, error) {
	if !q.Reason.Known() {
		return nothing{}, ending.Because(ending.Unsupported, "no such ending")
	}
	s.book.deciding.Lock()
	defer s.book.deciding.Unlock()
	c, err := s.ownCall(from.nkey, from.id, q.OID)
	if err != nil || c.record.Load().Stage == ended {
		return nothing{}, err
	}
	if err := s.book.retire(ctx, c, q.Reason, s.now()); err != nil {
		return nothing{}, err
	}
	s.tellCompanions(c, relay.KindNotice, q.Reason)
	return nothing{}, nil
}

// report hands a sealed stop report to the authority. The answer is the same
// whether it counts or not. When it counts, the customer is on hold already,
// and the call ends: the agent learns why, companions only that it was reported.
func (s *services) report(ctx context.Context, from string, q relay.ReportRequest) (nothing, error) {
	if !s.limits.report(s.clients.Address(from), s.now()) {
		return nothing{}, ending.Because(ending.Busy, "too many reports")
	}
	c := s.book.find(q.OID)
	if c == nil {
		return nothing{}, nil
	}
	reason, counted, err := s.people.Report(ctx, q.OID, c.record.Load().Customer, q.Enc, q.Ciphertext)
	if !counted {
		return nothing{}, err
	}
	s.book.deciding.Lock()
	defer s.book.deciding.Unlock()
	if c.record.Load().Stage == ended {
		return nothing{}, err
	}
	// The call ends even when the report could not be kept: it then comes again.
	return nothing{}, errors.Join(err, s.retire(ctx, c, reason, ending.Reported))
}

// sweepUntilDone looks at deadlines until the server ends.
func (s *services) sweepUntilDone() {
	ticks := time.NewTicker(sweepPeriod)
	defer ticks.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-ticks.C:
			s.sweep()
		}
	}
}

// sweep ends what is due.
func (s *services) sweep() {
	now := s.now()
	for _, c := range s.book.due(now) {
		ctx, cancel := context.WithTimeout(s.ctx, answerWithin)
		if err := s.timeOut(ctx, c, now); err != nil && s.ctx.Err() == nil {
			s.log.Error("a call could not be ended", "error", err)
			s.book.later(c, now.Add(retryAfter))
		}
		cancel()
	}
}

// timeOut ends one stage of a call. An offer that nobody redeemed has expired,
// and both sides are told. A call that did not become secure ends in silence:
// both ends have the same five minutes for the read-back. A secure call ends
// when nothing was heard of it.
func (s *services) timeOut(ctx context.Context, c *call, now time.Time) error {
	s.book.deciding.Lock()
	defer s.book.deciding.Unlock()
	r := c.record.Load()
	if r.Deadline > now.Unix() {
		return nil
	}
	switch r.Stage {
	case live:
		return s.retire(ctx, c, ending.Expired, ending.Expired)
	case admitted:
		return s.book.retire(ctx, c, ending.Expired, now)
	case secure:
		return s.endQuiet(ctx, c, now)
	}
	return s.book.forget(ctx, c)
}

func (s *services) endQuiet(ctx context.Context, c *call, now time.Time) error {
	again := time.Unix(c.heard.Load(), 0).Add(quietTime)
	if again.After(now) {
		return s.book.change(ctx, c, func(r *record) { r.Deadline = again.Unix() })
	}
	return s.retire(ctx, c, ending.LineLost, ending.LineLost)
}
