// This file owns the book: all calls that the server remembers, by code, with
// the slots that say which call an agent or a customer is in. Reading it is a
// look into a map, whatever the number of calls.

package server

import (
	"container/heap"
	"context"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// Keys on the shelf: a record by its code, and slots that hold a code.
const (
	offerKeys    = "offer."
	agentKeys    = "agent."
	customerKeys = "customer."
)

func agentSlot(id uint64) string          { return agentKeys + strconv.FormatUint(id, 10) }
func customerSlot(customer []byte) string { return customerKeys + hex.EncodeToString(customer) }

// slotsOf are the slots that a call fills while it lasts.
func slotsOf(r *record) []string {
	slots := []string{agentSlot(r.AgentID)}
	if len(r.Customer) > 0 {
		slots = append(slots, customerSlot(r.Customer))
	}
	return slots
}

// book is the mirror of the shelf. Decisions that read it and then write take
// deciding; lookups and forwarding only read and never wait for a decision.
type book struct {
	shelf    *shelf
	vouch    func(nkey string) // told the companion of each call that runs
	deciding sync.Mutex

	mu        sync.RWMutex
	calls     map[string]*call // by code
	slots     map[string]string
	codes     map[string]string // by the nkey of the companion that was admitted
	deadlines deadlines
}

func openBook(ctx context.Context, js jetstream.JetStream, vouch func(nkey string)) (*book, error) {
	b := &book{vouch: vouch, calls: map[string]*call{}, slots: map[string]string{}, codes: map[string]string{}}
	var err error
	if b.shelf, err = openShelf(ctx, js, b.apply); err != nil {
		return nil, err
	}
	return b, nil
}

// apply takes one change of the shelf into the maps.
func (b *book) apply(key string, value []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	code, isOffer := strings.CutPrefix(key, offerKeys)
	switch {
	case !isOffer && value == nil:
		delete(b.slots, key)
	case !isOffer:
		b.slots[key] = string(value)
	case value == nil:
		if c := b.calls[code]; c != nil && b.codes[c.record.Load().Companion] == code {
			delete(b.codes, c.record.Load().Companion)
		}
		delete(b.calls, code)
	default:
		b.applyRecord(code, value)
	}
}

func (b *book) applyRecord(code string, value []byte) {
	r := &record{}
	if err := wire.Unmarshal(value, wire.MaxMessage, r); err != nil || r.code() != code {
		return // not ours: another version's record is left alone
	}
	if c, ok := b.calls[code]; ok {
		c.record.Store(r)
	} else {
		b.calls[code] = newCall(r)
	}
	if r.Companion != "" {
		b.codes[r.Companion] = code
	}
	if r.running() {
		b.vouch(r.Companion)
	}
	heap.Push(&b.deadlines, deadline{at: r.Deadline, code: code})
}

// calling reports whether this companion is in a call that runs.
func (b *book) calling(nkey string) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.calls[b.codes[nkey]]
	return c != nil && c.record.Load().running() && c.record.Load().Companion == nkey
}

// withCode returns the call with this code, or nil.
func (b *book) withCode(code string) *call {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.calls[code]
}

// find returns the call of this offer, or nil.
func (b *book) find(oid offer.ID) *call {
	c := b.withCode(offer.Code(oid))
	if c == nil || c.record.Load().OID != oid {
		return nil
	}
	return c
}

// in returns the call that fills a slot, or nil. A call that has ended fills
// none, even where a fault kept its slot from being emptied.
func (b *book) in(slot string) *call {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.calls[b.slots[slot]]
	if c == nil || c.record.Load().Stage == ended {
		return nil
	}
	return c
}

func (b *book) holds(slot, code string) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.slots[slot] == code
}

// add places a new record. Reason: used_code, when its code is taken.
func (b *book) add(ctx context.Context, r record) (*call, error) {
	if b.withCode(r.code()) != nil {
		return nil, ending.Because(ending.UsedCode, "the code is taken")
	}
	if err := b.shelf.put(ctx, offerKeys+r.code(), wire.Marshal(r)); err != nil {
		return nil, err
	}
	return b.find(r.OID), nil
}

// change replaces a call's record by an edited copy.
func (b *book) change(ctx context.Context, c *call, edit func(*record)) error {
	r := *c.record.Load()
	edit(&r)
	return b.shelf.put(ctx, offerKeys+r.code(), wire.Marshal(r))
}

// fill writes a call's code into all its slots.
func (b *book) fill(ctx context.Context, r *record) error {
	for _, slot := range slotsOf(r) {
		if err := b.shelf.put(ctx, slot, []byte(r.code())); err != nil {
			return err
		}
	}
	return nil
}

// retire makes a call a tombstone and empties its slots.
func (b *book) retire(ctx context.Context, c *call, reason ending.Reason, now time.Time) error {
	err := b.change(ctx, c, func(r *record) {
		remembered := tombstoneTime
		if r.Stage == secure {
			remembered = relay.TicketLifetime // its ticket must not bring it back
		}
		r.Stage, r.Reason, r.Deadline = ended, reason, now.Add(remembered).Unix()
	})
	if err != nil {
		return err
	}
	r := c.record.Load()
	for _, slot := range slotsOf(r) {
		if !b.holds(slot, r.code()) {
			continue
		}
		if err := b.shelf.remove(ctx, slot); err != nil {
			return err
		}
	}
	return nil
}

// forget removes a tombstone.
func (b *book) forget(ctx context.Context, c *call) error {
	return b.shelf.remove(ctx, offerKeys+c.record.Load().code())
}

// due takes the calls whose deadline has passed.
func (b *book) due(now time.Time) []*call {
	b.mu.Lock()
	defer b.mu.Unlock()
	var calls []*call
	for len(b.deadlines) > 0 && b.deadlines[0].at <= now.Unix() {
		d := heap.Pop(&b.deadlines).(deadline)
		if c, ok := b.calls[d.code]; ok && c.record.Load().Deadline <= now.Unix() {
			calls = append(calls, c)
		}
	}
	return calls
}

// later looks at a call again when nothing could be done about it now.
func (b *book) later(c *call, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	heap.Push(&b.deadlines, deadline{at: at.Unix(), code: c.record.Load().code()})
}

// deadline is a time at which to look at a call. Those that are out of date
// stay in the heap until they come up.
type deadline struct {
	at   int64
	code string
}

// deadlines is a heap (container/heap), the earliest first.
type deadlines []deadline

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].at < d[j].at }
func (d deadlines) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *deadlines) Push(x any)        { *d = append(*d, x.(deadline)) }
func (d *deadlines) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}
