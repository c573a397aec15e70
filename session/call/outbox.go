// This file owns delivery: which record is on its way. One record at a time
// travels until the other side acknowledges it, so that records arrive in
// order whatever breaks in between, and a gap can only mean that somebody
// removed one.
//
// Acknowledgements are not authenticated. A forged one makes the sender go on
// too early; the gap that follows ends the call. Whoever can forge one could
// have dropped the record as well.

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
}

// Outbox is the queue of sealed records, the first of them on its way.
type Outbox struct{ queue []waiting }

// Add queues a record and returns it if it should be sent now.
func (o *Outbox) Add(seq uint64, record []byte) []byte {
	o.queue = append(o.queue, waiting{seq, record})
	if len(o.queue) == 1 {
		return record
	}
	return nil
}

// InFlight returns the record on its way, or nil.
func (o *Outbox) InFlight() []byte {
	if len(o.queue) == 0 {
		return nil
	}
	return o.queue[0].record
}

// Waiting reports whether something is not yet acknowledged.
func (o *Outbox) Waiting() bool { return len(o.queue) > 0 }

// Acknowledged takes an acknowledgement and returns the next record to send,
// or nil. Anything that is not the acknowledgement of the record on its way is
// ignored.
func (o *Outbox) Acknowledged(ack []byte) []byte {
	if len(ack) != 8 || len(o.queue) == 0 || binary.BigEndian.Uint64(ack) != o.queue[0].seq+1 {
		return nil
	}
	o.queue = o.queue[1:]
	return o.InFlight()
}

// EncodeAck says how many records have arrived in order: 8 bytes, big-endian.
func EncodeAck(received uint64) []byte { return binary.BigEndian.AppendUint64(nil, received) }
