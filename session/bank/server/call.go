// This file owns one call as the server remembers it: from the offer to its
// tombstone. The record is what stands on the shelf; the rest is this
// process's own.

package server

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// How long a call stays in a stage.
const (
	// admitGrace lets the agent admit a reply that arrived in the last moment.
	admitGrace = 2 * time.Second
	// readbackTime is how long after the offer's expiry the read-back may take.
	readbackTime = 5 * time.Minute
	// quietTime ends a secure call of which nothing was heard: both ends
	// present their ticket every 5 minutes, so two of these were missed.
	quietTime = 12 * time.Minute
	// tombstoneTime is how long an ended call is remembered, so that expired,
	// used and unknown codes differ.
	tombstoneTime = 10 * time.Minute
)

// Bounds of what strangers can put into one offer.
const (
	maxSeen                = 256 // companions that looked it up
	maxNoticed             = 16  // of them, those that are told of its end
	maxReplies             = 32  // replies and declines forwarded
	maxRepliesPerCompanion = 8   // of them from one companion, repetitions included
)

// stage is how far a call has come.
type stage uint8

const (
	live     stage = 1 // the code can be looked up
	admitted stage = 2 // one companion is in; the code is used
	secure   stage = 3 // the read-back was right
	ended    stage = 4 // a tombstone
)

// record is a call on the shelf. A record is never changed, only replaced.
type record struct {
	OID        offer.ID        `cbor:"1,keyasint"`
	CallID     [16]byte        `cbor:"2,keyasint"`
	AgentID    uint64          `cbor:"3,keyasint"`
	AgentKey   string          `cbor:"4,keyasint,omitempty"` // nkey; absent after a restart, until the agent is back
	Credential [16]byte        `cbor:"5,keyasint"`           // id of the agent credential
	Customer   []byte          `cbor:"6,keyasint,omitempty"` // relay.CustomerHash; absent while no customer is known
	Pseudonym  []byte          `cbor:"7,keyasint,omitempty"` // absent with Customer, and in a call rebuilt from its ticket
	Direction  offer.Direction `cbor:"8,keyasint"`           // 0 in a call rebuilt from its ticket
	Expiry     int64           `cbor:"9,keyasint"`           // of the offer
	Offer      servedOffer     `cbor:"10,keyasint"`
	Stage      stage           `cbor:"11,keyasint"`
	Reason     ending.Reason   `cbor:"12,keyasint,omitempty"` // only when ended
	Companion  string          `cbor:"13,keyasint,omitempty"` // nkey, once admitted
	Device     []byte          `cbor:"14,keyasint,omitempty"` // device credential id; absent for a guest
	Deadline   int64           `cbor:"15,keyasint"`           // Unix seconds at which the stage ends by itself
}

// servedOffer is what a lookup answers with; empty in a call rebuilt from its ticket.
type servedOffer struct {
	Core       []byte   `cbor:"1,keyasint,omitempty"` // COSE_Sign1 under "CP1 offer"
	Credential []byte   `cbor:"2,keyasint,omitempty"`
	PKA        []byte   `cbor:"3,keyasint,omitempty"`
	CA         [32]byte `cbor:"4,keyasint"`
}

func (r *record) code() string { return offer.Code(r.OID) }

// running reports whether a companion is in and the call has not ended.
func (r *record) running() bool { return r.Stage == admitted || r.Stage == secure }

// lookupRefusal is why a code does not lead to an offer any more, or "".
func (r *record) lookupRefusal(now time.Time) ending.Reason {
	switch {
	case r.Companion != "":
		return ending.UsedCode
	case r.Stage == live && now.Unix() > r.Expiry:
		return ending.Expired
	case r.Stage == live:
		return ""
	}
	switch r.Reason {
	case ending.Expired, ending.Superseded, ending.Collision:
		return r.Reason
	case ending.WrongDirection, ending.WrongNumber, ending.Reported:
		return ending.Reported // not which: that would tell what the bank had stated
	}
	return ending.Cancelled
}

// call is a record with what only this process knows of it. Who looked an
// offer up is not on the shelf: it would cost every lookup a write.
type call struct {
	record atomic.Pointer[record]
	heard  atomic.Int64 // Unix seconds at which something was forwarded
	served atomic.Pointer[servedAnswer]

	mu      sync.Mutex
	seen    []string       // nkeys that looked it up, oldest first
	replies map[string]int // forwarded replies by nkey
	total   int            // of all of them
}

func newCall(r *record) *call {
	c := &call{replies: map[string]int{}}
	c.record.Store(r)
	return c
}

// see remembers that a companion looked the offer up, and may now reply. It
// reports false when too many have: the earlier ones keep their place, so that
// nobody pushes the customer out.
func (c *call) see(nkey string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.seen, nkey) {
		return true
	}
	if len(c.seen) >= maxSeen {
		return false
	}
	c.seen = append(c.seen, nkey)
	return true
}

func (c *call) wasSeenBy(nkey string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.seen, nkey)
}

// countReply takes one of the replies that may be forwarded.
func (c *call) countReply(nkey string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.total >= maxReplies || c.replies[nkey] >= maxRepliesPerCompanion {
		return false
	}
	c.total++
	c.replies[nkey]++
	return true
}

// companions are those who are told how the call ends: the one that is in, or
// else the first that looked it up.
func (c *call) companions() []string {
	if r := c.record.Load(); r.Companion != "" {
		return []string{r.Companion}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.seen[:min(len(c.seen), maxNoticed)])
}

// servedAnswer is a lookup answer as last encoded, and what it was made of.
type servedAnswer struct {
	staple []byte
	body   []byte
}

// answer is the lookup answer with these parts. A companion whose bundle and
// content are current gets the same bytes as the one before it.
func (c *call) answer(staple []byte, news relay.News) []byte {
	current := len(news.Bundles) == 0 && len(news.Content) == 0
	if last := c.served.Load(); current && last != nil && slices.Equal(last.staple, staple) {
		return last.body
	}
	o := c.record.Load().Offer
	body := wire.Marshal(relay.LookupAnswer{Core: o.Core, Credential: o.Credential, PKA: o.PKA, CA: o.CA, Staple: staple, News: news})
	if current {
		c.served.Store(&servedAnswer{staple: staple, body: body})
	}
	return body
}
