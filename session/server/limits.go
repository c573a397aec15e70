// This file owns which limit counts for which request.

package server

import (
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"countersign/session/server/limit"
)

// buckets are the token buckets of all limits.
type buckets struct {
	lookupKey, lookupAddress *limit.Buckets
	lookups                  *rate.Limiter
	enrols, reports, agents  *limit.Buckets
	messages                 *limit.Buckets
}

func newBuckets(l limit.Limits) *buckets {
	perMinute := func(n int) *limit.Buckets { return limit.NewBuckets(limit.PerMinute(n), n) }
	return &buckets{
		lookupKey:     limit.NewBuckets(limit.PerMinute(l.LookupsPerMinute), l.LookupBurst),
		lookupAddress: perMinute(l.LookupsPerAddress),
		lookups:       rate.NewLimiter(rate.Limit(l.LookupsPerSecond), l.LookupsPerSecond),
		enrols:        perMinute(l.EnrolStepsPerAddress),
		reports:       perMinute(l.ReportsPerAddress),
		agents:        perMinute(l.RequestsPerAgent),
		messages:      limit.NewBuckets(limit.PerMinute(l.MessagesPerMinute), l.MessageBurst),
	}
}

// lookup takes from the key's bucket, then the address's, then the one for
// all, so that what one asker is refused costs the others nothing.
func (b *buckets) lookup(nkey, address string, now time.Time) bool {
	return b.lookupKey.Allow(nkey, now) &&
		b.lookupAddress.Allow(limit.Network(address), now) &&
		b.lookups.AllowN(now, 1)
}

func (b *buckets) enrol(address string, now time.Time) bool {
	return b.enrols.Allow(limit.Network(address), now)
}

func (b *buckets) report(address string, now time.Time) bool {
	return b.reports.Allow(limit.Network(address), now)
}

func (b *buckets) agent(id uint64, now time.Time) bool {
	return b.agents.Allow(strconv.FormatUint(id, 10), now)
}

// message counts what one connection sends to the other side of its call.
// People and pings need a few a second; a flood would fill the other side's
// line and every relay between.
func (b *buckets) message(nkey string, now time.Time) bool { return b.messages.Allow(nkey, now) }
