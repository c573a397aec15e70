// Package channel owns the records that the two ends of a call exchange after
// the handshake: their encryption, their strict order, and the rules for what
// is inside them.
//
// It must not know how records travel, what is kept until it is acknowledged,
// or what a message means to the call: connection and call do.
//
// Rules: a record that does not verify ends the call; sequence numbers are
// contiguous, so nothing can be dropped, repeated or reordered unseen; text
// that could steer a terminal never gets in or out. A Channel may not be used
// from two goroutines at once.
package channel

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/secret"
	"countersign/session/protocol/wire"
)

// MaxRecords is how many records one key may seal (CP1, "Channel").
const MaxRecords = 1 << 24

// maxRecord bounds a record: the longest text, the tag and the fields.
const maxRecord = MaxText + 256

var (
	// ErrFull says that this direction has sealed MaxRecords records.
	ErrFull = errors.New("the channel has carried as many records as its key may")
	// ErrOld says that a record has the number of one that already arrived: a
	// harmless repetition after a reconnect. Ignore it.
	ErrOld = errors.New("the record was received before")
	// ErrGap says that a genuine record came before its turn: one was lost or
	// held back. It ends the call.
	ErrGap = errors.New("a record is missing")
	// ErrClosed says that the next record came after this end took its last. It
	// does not count as received: nobody reads it, so it must not be acknowledged.
	ErrClosed = errors.New("this end takes no more records")
)

// Side is the end that sealed a record.
type Side uint8

// The two sides.
const (
	FromAgent     Side = 1
	FromCompanion Side = 2
)

// Type says what a record holds.
type Type uint8

// The types of records.
const (
	Text  Type = 1 // what a person wrote; see CheckText
	SASOK Type = 2 // agent: the read-back was right; empty
	Ended Type = 3 // this end has ended the call; see EncodeEnded
	Ping  Type = 4 // asks for nothing, shows that the other end lives; empty
)

// Channel is one end of the protected channel of one participant.
type Channel struct {
	callID   [16]byte
	slot     uint8
	own      Side
	out, in  direction
	sent     uint64 // records sealed: the next number to seal
	received uint64 // records opened in order: the next number expected
	closed   bool   // nothing is taken any more but the other end's ended
}

// direction is the cipher of one direction.
type direction struct {
	aead cipher.AEAD
	iv   [12]byte
}

// record is what travels.
type record struct {
	_          struct{} `cbor:",toarray"`
	Slot       uint8
	Side       Side
	Seq        uint64
	Type       Type
	Ciphertext []byte
}

// New makes this end's channel from the secrets of a handshake. The slot is
// the participant's place in the call, 0 for the customer of a call of two.
// Error: handshake.ErrSpent when the secrets are erased.
func New(s *handshake.Secrets, callID [16]byte, slot uint8, own Side) (c *Channel, err error) {
	secret.Do(func() { c, err = newChannel(s, callID, slot, own) })
	return c, err
}

func newChannel(s *handshake.Secrets, callID [16]byte, slot uint8, own Side) (*Channel, error) {
	fromAgent, fromCompanion, err := s.Channel()
	if err != nil {
		return nil, err
	}
	agent, err := newDirection(fromAgent)
	if err != nil {
		return nil, err
	}
	companion, err := newDirection(fromCompanion)
	if err != nil {
		return nil, err
	}
	c := &Channel{callID: callID, slot: slot, own: own}
	switch own {
	case FromAgent:
		c.out, c.in = agent, companion
	case FromCompanion:
		c.out, c.in = companion, agent
	default:
		return nil, errors.New("a channel has two sides: agent and companion")
	}
	return c, nil
}

func newDirection(k handshake.Keys) (direction, error) {
	block, err := aes.NewCipher(k.Key[:])
	if err != nil {
		return direction{}, err
	}
	aead, err := cipher.NewGCM(block)
	return direction{aead, k.IV}, err
}

// Sent is how many records this end has sealed.
func (c *Channel) Sent() uint64 { return c.sent }

// Received is how many records this end has opened, all in order.
func (c *Channel) Received() uint64 { return c.received }

// Close says that this end has ended the call: from now on Open takes nothing but
// the ended record of the other end.
func (c *Channel) Close() { c.closed = true }

// Seal makes the next record and returns its number. Errors: ErrFull, ErrText,
// ErrContent.
func (c *Channel) Seal(t Type, plain []byte) (sealed []byte, seq uint64, err error) {
	if err := checkContent(t, plain); err != nil {
		return nil, 0, err
	}
	if c.sent >= MaxRecords {
		return nil, 0, ErrFull
	}
	seq = c.sent
	r := record{Slot: c.slot, Side: c.own, Seq: seq, Type: t}
	r.Ciphertext = c.out.aead.Seal(nil, c.out.nonce(seq), plain, c.aad(r))
	c.sent++
	return wire.Marshal(r), seq, nil
}

// Open opens the next record of the other end. Errors: ErrOld (ignore it),
// ErrGap, ErrClosed, ending.Forged (anything else, also a genuine record of a type
// that CP1 does not have). Only success counts the record as received.
func (c *Channel) Open(sealed []byte) (Type, []byte, error) {
	var r record
	if err := wire.Unmarshal(sealed, maxRecord, &r); err != nil {
		return 0, nil, ending.Because(ending.Forged, "the record is malformed")
	}
	switch {
	case r.Slot != c.slot || r.Side != c.other():
		return 0, nil, ending.Because(ending.Forged, "the record belongs to another slot or direction")
	case r.Seq >= MaxRecords:
		return 0, nil, ending.Because(ending.Forged, "the record's number is beyond what a key may seal")
	case r.Seq < c.received:
		return 0, nil, ErrOld
	}
	// A record from the future is opened too: only a genuine one proves a gap.
	plain, err := c.in.aead.Open(nil, c.in.nonce(r.Seq), r.Ciphertext, c.aad(r))
	if err != nil {
		return 0, nil, ending.Because(ending.Forged, "the record does not verify")
	}
	if r.Seq > c.received {
		return 0, nil, ErrGap
	}
	if err := checkContent(r.Type, plain); err != nil {
		return 0, nil, ending.Wrap(ending.Forged, err)
	}
	if c.closed && r.Type != Ended {
		return 0, nil, ErrClosed
	}
	c.received++
	return r.Type, plain, nil
}

// Agrees reports whether the counts of an ended record that was just opened are
// this end's too: everything that the other end had sent is here, and it does not
// claim more than was sent to it. It may have fewer: it may end while a record of
// ours is on its way.
func (c *Channel) Agrees(counts Counts) bool {
	return counts.Sent+1 == c.received && counts.Received <= c.sent
}

func (c *Channel) other() Side {
	if c.own == FromAgent {
		return FromCompanion
	}
	return FromAgent
}

// nonce is the IV XOR the number, big-endian in its last eight bytes.
func (d direction) nonce(seq uint64) []byte {
	n := d.iv
	tail := n[4:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^seq)
	return n[:]
}

// aad is everything outside the ciphertext, so that nothing of it can change.
func (c *Channel) aad(r record) []byte {
	aad := append([]byte("CP1 rec"), c.callID[:]...)
	aad = append(aad, r.Slot, byte(r.Side))
	aad = binary.BigEndian.AppendUint64(aad, r.Seq)
	return append(aad, byte(r.Type))
}
