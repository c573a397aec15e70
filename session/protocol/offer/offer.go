// Package offer owns what an agent offers and how it travels: the offer core
// and its hash oid, the QR frame with its text form, and the spoken code.
//
// It must not judge an offer: whether the signatures, times and answers are
// good enough is verdict's business. It does no input or output and reads no
// clock. It knows credentials only as bytes that travel beside the core.
package offer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// Lifetime is the one lifetime of an offer and of everything in it.
const Lifetime = 5 * time.Minute

// MaxFrameAge is the age at which the agent, by its own clock, refuses a QR frame.
const MaxFrameAge = 30 * time.Second

// FramePeriod is how often an agent makes a fresh QR frame.
const FramePeriod = 10 * time.Second

// ErrRule says that a decoded offer breaks a rule of CP1 (a direction, purpose,
// line or time that does not exist).
var ErrRule = errors.New("offer breaks a rule of CP1")

// Direction says who dialled whom. There is no default.
type Direction uint8

// The two directions of a call.
const (
	BankCalled     Direction = 1 // the bank dialled a number on file
	CustomerCalled Direction = 2 // the customer dialled one of the bank's lines
)

// String returns the text form's name: "bank-called" or "customer-called".
func (d Direction) String() string {
	switch d {
	case BankCalled:
		return "bank-called"
	case CustomerCalled:
		return "customer-called"
	}
	return ""
}

// ParseDirection is the inverse of String.
func ParseDirection(s string) (Direction, error) {
	for _, d := range []Direction{BankCalled, CustomerCalled} {
		if d.String() == s {
			return d, nil
		}
	}
	return 0, fmt.Errorf("%w: unknown direction", ErrRule)
}

// Core is the offer itself. Everything that names an offer names H of its
// bytes. Its end is not in it: an offer always lasts Lifetime.
type Core struct {
	Credential [16]byte      `cbor:"1,keyasint"` // trust.Credential.Hash; the credential travels beside
	CallID     [16]byte      `cbor:"2,keyasint"`
	Start      int64         `cbor:"3,keyasint"` // Unix seconds, 1 to MaxStart
	Direction  Direction     `cbor:"4,keyasint"`
	Purpose    trust.Purpose `cbor:"5,keyasint"`
	Line       string        `cbor:"6,keyasint"`           // last four digits of the number the call runs on
	Ref        []byte        `cbor:"7,keyasint,omitempty"` // RefHash, 16 bytes; absent when the agent chose no customer
	Suite      uint8         `cbor:"8,keyasint"`
	Keys       [32]byte      `cbor:"9,keyasint"` // Keys.Hash
}

// MaxStart bounds an offer's start, so that its expiry cannot overflow.
const MaxStart = 1 << 40

// Expiry is the offer's last second in Unix seconds: Start and Lifetime.
func (c Core) Expiry() int64 { return c.Start + int64(Lifetime/time.Second) }

// Keys are what an agent makes afresh for one offer and shows before the reply.
// They travel beside the core, which holds their hash: so both are fixed, by
// the agent's signature, before anybody answers.
type Keys struct {
	// Bank is the id of the bank, from the caller's own bundle and never from
	// the wire: an offer counts at the bank that its agent meant.
	Bank [16]byte
	PKA  []byte   // the HPKE public key that the reply is sealed to
	CA   [32]byte // Commitment to the nonce that the reveal will show
}

// Hash is H("CP1 keys", bank id, pkA, CA). It is used in full: the agent makes
// two of its parts, and two pairs with one hash would let the commitment be
// chosen after the reply.
func (k Keys) Hash() [32]byte { return wire.H("CP1 keys", k.Bank[:], k.PKA, k.CA[:]) }

// ID is the offer's name: H("CP1 offer", core payload).
type ID = [32]byte

// Encode returns the core payload: the bytes that are hashed and signed.
func (c Core) Encode() []byte { return wire.Marshal(c) }

// ID returns oid.
func (c Core) ID() ID { return IDOf(c.Encode()) }

// IDOf returns oid for the bytes of a core payload.
func IDOf(payload []byte) ID { return wire.H(wire.LabelOffer, payload) }

// DecodeCore decodes a core payload. Errors: wire's, ErrRule.
func DecodeCore(payload []byte) (Core, error) {
	var c Core
	if err := wire.Unmarshal(payload, wire.MaxObject, &c); err != nil {
		return Core{}, err
	}
	return c, c.check()
}

func (c Core) check() error {
	switch {
	case c.Direction.String() == "":
		return fmt.Errorf("%w: direction", ErrRule)
	case !c.Purpose.Known():
		return fmt.Errorf("%w: purpose", ErrRule)
	case !trust.IsLine(c.Line):
		return fmt.Errorf("%w: a line is exactly four digits", ErrRule)
	case c.Start < 1 || c.Start > MaxStart:
		return fmt.Errorf("%w: start", ErrRule)
	case c.Ref != nil && len(c.Ref) != 16:
		return fmt.Errorf("%w: reference", ErrRule)
	}
	return nil
}

// Sign returns the core's own signature by the agent key (label "CP1 offer"),
// as the lookup answer carries it.
func (c Core) Sign(agent crypto.Signer) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return wire.Sign(wire.LabelOffer, agent, c.Encode())
}

// Open verifies a signed core by the agent key.
func Open(signed []byte, agent *ecdsa.PublicKey) (Core, error) {
	payload, err := wire.Verify(wire.LabelOffer, agent, signed, wire.MaxObject)
	if err != nil {
		return Core{}, err
	}
	return DecodeCore(payload)
}

// Peek decodes a signed core WITHOUT checking its signature.
func Peek(signed []byte) (Core, error) {
	payload, err := wire.Payload(signed, wire.MaxObject)
	if err != nil {
		return Core{}, err
	}
	return DecodeCore(payload)
}

// RefHash binds an offer to a customer without naming the customer to anybody
// who does not know the pseudonym: the first 16 bytes of
// H("CP1 ref", callid, pseudonym). Pseudonyms are the authority's to choose, so
// an agent who wants one offer to fit two customers needs a second preimage.
func RefHash(callID, pseudonym [16]byte) [16]byte {
	return wire.H16("CP1 ref", callID[:], pseudonym[:])
}

// Commitment is CA = H("CP1 commit", callid, nA).
func Commitment(callID [16]byte, nA [32]byte) [32]byte {
	return wire.H("CP1 commit", callID[:], nA[:])
}

// NewCallID returns a random call id.
func NewCallID() (id [16]byte) {
	rand.Read(id[:]) // never fails since Go 1.24: the program ends instead
	return id
}
