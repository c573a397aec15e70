// This file owns delivery: which record is on its way, and which texts of this
// side may never have been read. One record at a time travels until the other side
// acknowledges it, so that records arrive in order whatever breaks in between, and
// a gap can only mean that somebody removed one.
//
// Acknowledgements are not authenticated. A forged one makes the sender go on
// too early; the gap that follows ends the call. Whoever can forge one could
// have dropped the record as well. What the other side says in its `ended` is
// authenticated, and outweighs them.

package call

import (
	"encoding/binary"
	"time"
)

// RetransmitAfter is how long a record waits for its acknowledgement before it
// is sent again.
const RetransmitAfter = time.Second

type waiting struct {
	seq    uint64
	record []byte
	left   bool // it was handed to the network, so nobody here knows how far it came
}

// Outbox is the queue of sealed records, the first of them on its way.
type Outbox struct {
	queue   []waiting
	texts   []uint64 // numbers of the records that hold texts, in order
	unsent  int      // texts that came too late to be sealed
	told    bool     // the other side has said how many records it took
	took    uint64   // if told
	dropped bool     // nothing is sent any more
}

// Add queues a record and returns it if it should be sent now.
func (o *Outbox) Add(seq uint64, record []byte) []byte {
	o.queue = append(o.queue, waiting{seq: seq, record: record})
	if len(o.queue) == 1 {
		return o.InFlight()
	}
	return nil
}

// AddText is Add for a record that holds a text.
func (o *Outbox) AddText(seq uint64, record []byte) []byte {
	o.texts = append(o.texts, seq)
	return o.Add(seq, record)
}

// Unsent counts a text that was typed when nothing could be sent any more.
func (o *Outbox) Unsent() { o.unsent++ }

// InFlight returns the record on its way, or nil.
func (o *Outbox) InFlight() []byte {
	if len(o.queue) == 0 || o.dropped {
		return nil
	}
	return o.queue[0].record
}

// Left notes that the record on its way was handed to the network.
func (o *Outbox) Left() {
	if len(o.queue) > 0 {
		o.queue[0].left = true
	}
}

// Waiting reports whether something is not yet acknowledged and still sent.
func (o *Outbox) Waiting() bool { return len(o.queue) > 0 && !o.dropped }

// Acknowledged takes an acknowledgement and returns the next record to send,
// or nil. Anything that is not the acknowledgement of the record on its way is
// ignored.
func (o *Outbox) Acknowledged(ack []byte) []byte {
	if len(ack) != 8 || !o.Waiting() || binary.BigEndian.Uint64(ack) != o.queue[0].seq+1 {
		return nil
	}
	o.queue = o.queue[1:]
	return o.InFlight()
}

// Drop gives up what is not acknowledged: nothing is sent any more.
func (o *Outbox) Drop() { o.dropped = true }

// Took takes the other side's authenticated word, in its `ended`, on how many
// records it has taken. It takes no more, so the rest is dropped.
func (o *Outbox) Took(records uint64) {
	o.told, o.took = true, records
	o.Drop()
}

// Undelivered says which texts of this side may not have been read, as far as it
// is known here: see there.
func (o *Outbox) Undelivered() Undelivered {
	u := Undelivered{NotArrived: o.unsent}
	for _, seq := range o.texts {
		switch {
		case o.told && seq >= o.took:
			u.NotArrived++
		case o.told || len(o.queue) == 0 || seq < o.queue[0].seq:
			// Taken, or acknowledged.
		case seq == o.queue[0].seq && o.queue[0].left:
			u.NotConfirmed++
		default:
			u.NotArrived++
		}
	}
	return u
}

// EncodeAck says how many records have arrived in order: 8 bytes, big-endian.
func EncodeAck(received uint64) []byte { return binary.BigEndian.AppendUint64(nil, received) }
