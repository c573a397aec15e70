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
	lookups, renewals       asked
	enrols, reports, agents *limit.Buckets
	messages                *limit.Buckets
}

// asked limits what anybody may ask without having proven anything.
type asked struct {
	key, address *limit.Buckets
	all          *rate.Limiter
}

func newBuckets(l limit.Limits) *buckets {
	// Renewals have the numbers of lookups and buckets of their own: neither can
	// be used up by the other.
	open := func() asked {
		return asked{
			key:     limit.NewBuckets(limit.PerMinute(l.LookupsPerMinute), l.LookupBurst),
			address: limit.NewBuckets(limit.PerMinute(l.LookupsPerAddress), l.LookupsPerAddress),
			all:     rate.NewLimiter(rate.Limit(l.LookupsPerSecond), l.LookupsPerSecond),
		}
	}
	perMinute := func(n int) *limit.Buckets { return limit.NewBuckets(limit.PerMinute(n), n) }
	return &buckets{
		lookups:  open(),
		renewals: open(),
		enrols:   perMinute(l.EnrolStepsPerAddress),
		reports:  perMinute(l.ReportsPerAddress),
		agents:   perMinute(l.RequestsPerAgent),
		messages: limit.NewBuckets(limit.PerMinute(l.MessagesPerMinute), l.MessageBurst),
	}
}

// allow takes from the key's bucket, then the address's, then the one for all,
// so that what one asker is refused costs the others nothing.
func (a asked) allow(nkey, address string, now time.Time) bool {
	return a.key.Allow(nkey, now) && a.address.Allow(limit.Network(address), now) && a.all.AllowN(now, 1)
}

func (b *buckets) lookup(nkey, address string, now time.Time) bool {
	return b.lookups.allow(nkey, address, now)
}

func (b *buckets) renewal(nkey, address string, now time.Time) bool {
	return b.renewals.allow(nkey, address, now)
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
