// This file owns which limit counts for which request. How fast a connection may
// send at all, the gate decides before anything is here.

package server

import (
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"countersign/session/bank/limit"
	"countersign/session/protocol/relay"
)

// acknowledges reports whether a message is an acknowledgement: it answers a
// record of the other side, which has drawn on that side's bucket already.
func acknowledges(subject string, body []byte) bool {
	up, err := relay.Decode[relay.Up](body)
	if err == nil && subject == relay.UpSubject(relay.Sender(subject)) {
		return up.Kind == relay.KindAck
	}
	down, err := relay.Decode[relay.Down](body)
	return err == nil && relay.OpOf(subject) == relay.OpDown && down.Kind == relay.KindAck
}

// buckets are the token buckets of all limits.
type buckets struct {
	lookups, renewals asked
	enrols, enrolling *limit.Buckets // by address, by connection
	reports, agents   *limit.Buckets
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
		lookups:   open(),
		renewals:  open(),
		enrols:    perMinute(l.EnrolStepsPerAddress),
		enrolling: perMinute(l.EnrolStepsPerConnection),
		reports:   perMinute(l.ReportsPerAddress),
		agents:    perMinute(l.RequestsPerAgent),
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

// enrol asks the connection's bucket first: what it is refused costs the
// address, which others may share, nothing.
func (b *buckets) enrol(nkey, address string, now time.Time) bool {
	return b.enrolling.Allow(nkey, now) && b.enrols.Allow(limit.Network(address), now)
}

func (b *buckets) report(address string, now time.Time) bool {
	return b.reports.Allow(limit.Network(address), now)
}

func (b *buckets) agent(id uint64, now time.Time) bool {
	return b.agents.Allow(strconv.FormatUint(id, 10), now)
}
