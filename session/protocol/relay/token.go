// This file owns the signed objects that only clients and server exchange: the
// connect token of an agent, a device's wish for a fresh credential, the
// authority's word on a customer, the call ticket.

package relay

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"strings"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// Connect is what an agent signs to open a connection (label "CP1 connect").
// It names the server's TLS key, so a token caught by another server is
// worthless at the real one.
type Connect struct {
	AgentID uint64   `cbor:"1,keyasint"`
	Nkey    string   `cbor:"2,keyasint"`
	Time    int64    `cbor:"3,keyasint"`
	KeyHash [32]byte `cbor:"4,keyasint"` // SHA-256 of the server's SubjectPublicKeyInfo
}

// Token signs c and returns the text for NATS's token field.
func (c Connect) Token(agent crypto.Signer) (string, error) {
	signed, err := wire.Sign(wire.LabelConnect, agent, wire.Marshal(c))
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(signed), nil
}

// PeekConnect decodes a token WITHOUT checking its signature: to find the
// agent's key.
func PeekConnect(token string) (Connect, error) {
	return object[Connect](tokenPayload(token, nil))
}

// OpenConnect verifies a token by the agent's key. The caller compares the
// fields: nkey, time, TLS key.
func OpenConnect(token string, agent *ecdsa.PublicKey) (Connect, error) {
	return object[Connect](tokenPayload(token, agent))
}

func tokenPayload(token string, key *ecdsa.PublicKey) ([]byte, error) {
	if len(token) > wire.MaxObject {
		return nil, wire.ErrTooLarge
	}
	signed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || strings.ContainsAny(token, "\r\n") { // Strict passes over line ends, and a token has one text
		return nil, wire.ErrMalformed
	}
	if key == nil {
		return wire.Payload(signed, wire.MaxObject)
	}
	return wire.Verify(wire.LabelConnect, key, signed, wire.MaxObject)
}

// Renewal is what a device signs to be given a fresh credential (label "CP1
// renew"). It names its connection, so nobody else can ask in its place.
type Renewal struct {
	Device [16]byte `cbor:"1,keyasint"` // device credential id
	Nkey   string   `cbor:"2,keyasint"`
	Time   int64    `cbor:"3,keyasint"`
}

// Sign signs r by the device's key and returns the request that carries it.
func (r Renewal) Sign(device crypto.Signer) (RenewRequest, error) {
	signed, err := wire.Sign(wire.LabelRenew, device, wire.Marshal(r))
	return RenewRequest{Renewal: signed}, err
}

// Peek decodes the request WITHOUT checking its signature: to find the device.
func (q RenewRequest) Peek() (Renewal, error) {
	return object[Renewal](wire.Payload(q.Renewal, wire.MaxObject))
}

// Open verifies the request by the device's key. The caller compares the
// fields: device, nkey, time.
func (q RenewRequest) Open(device *ecdsa.PublicKey) (Renewal, error) {
	return object[Renewal](wire.Verify(wire.LabelRenew, device, q.Renewal, wire.MaxObject))
}

// object decodes the payload that a signed object gave, or passes its error on.
func object[T any](payload []byte, err error) (T, error) {
	var o T
	if err == nil {
		err = wire.Unmarshal(payload, wire.MaxObject, &o)
	}
	return o, err
}

// Prepared is the authority's word on who a reference is and on which line a
// call may run (label "CP1 prepared", by a status key). It repeats what was
// asked, so that a relay can neither make one up nor give that of another
// customer, of another number, or of a time before a hold.
type Prepared struct {
	Status    [8]byte         `cbor:"1,keyasint"` // wire.KeyID of the status key
	Reference string          `cbor:"2,keyasint"` // as asked
	Direction offer.Direction `cbor:"3,keyasint"` // as asked
	Number    string          `cbor:"4,keyasint"` // as asked
	Pseudonym [16]byte        `cbor:"5,keyasint"`
	Line      string          `cbor:"6,keyasint"` // last four digits
	Enrolled  bool            `cbor:"7,keyasint"` // an active device exists
	HoldUntil int64           `cbor:"8,keyasint"` // Unix seconds; 0: no hold
	IssuedAt  int64           `cbor:"9,keyasint"` // Unix seconds
}

// Sign signs p by the status key and returns the answer that carries it.
func (p Prepared) Sign(status crypto.Signer) (PrepareAnswer, error) {
	signed, err := wire.Sign(wire.LabelPrepared, status, wire.Marshal(p))
	return PrepareAnswer{Prepared: signed}, err
}

// Open verifies the authority's word by the status keys of the bundle, and
// that it answers this request at now. Error: ending.Forged.
func (a PrepareAnswer) Open(b *trust.Bundle, q PrepareRequest, now time.Time) (Prepared, error) {
	forged := func(detail string) (Prepared, error) { return Prepared{}, ending.Because(ending.Forged, detail) }
	p, err := object[Prepared](wire.Payload(a.Prepared, wire.MaxObject))
	if err != nil {
		return forged("the authority's word is malformed")
	}
	if _, err := b.VerifyStatus(wire.LabelPrepared, p.Status, p.IssuedAt, a.Prepared); err != nil {
		return forged("not the authority's word")
	}
	if p.Reference != q.Reference || p.Direction != q.Direction || p.Number != q.Number {
		return forged("the authority's word on another question")
	}
	if now.Sub(time.Unix(p.IssuedAt, 0)).Abs() > trust.Skew {
		return forged("the authority's word of another time")
	}
	return p, nil
}

// TicketLifetime bounds a call ticket: a call that lasts longer signs in anew.
const TicketLifetime = 8 * time.Hour

// Ticket is the call ticket (label "CP1 ticket", by a status key): with it both
// ends are re-admitted by a server that remembers nothing.
type Ticket struct {
	Status     [8]byte  `cbor:"1,keyasint"` // wire.KeyID of the status key
	OID        offer.ID `cbor:"2,keyasint"`
	CallID     [16]byte `cbor:"3,keyasint"`
	AgentID    uint64   `cbor:"4,keyasint"`
	Credential [16]byte `cbor:"5,keyasint"`           // agent credential id, for its staple
	Device     []byte   `cbor:"6,keyasint,omitempty"` // device credential id; absent for a guest
	Customer   [32]byte `cbor:"7,keyasint"`           // CustomerHash(pseudonym), for the collision rule
	Companion  string   `cbor:"8,keyasint"`           // the companion's nkey
	Secure     bool     `cbor:"9,keyasint"`
	IssuedAt   int64    `cbor:"10,keyasint"`
	Expiry     int64    `cbor:"11,keyasint"`
}

// CustomerHash names a customer in a ticket without the pseudonym.
func CustomerHash(pseudonym [16]byte) [32]byte { return wire.H("CP1 customer", pseudonym[:]) }

// Sign signs the ticket by the status key.
func (t Ticket) Sign(status crypto.Signer) ([]byte, error) {
	return wire.Sign(wire.LabelTicket, status, wire.Marshal(t))
}

// OpenTicket verifies a ticket by the status keys of the bundle. It does not
// look at the clock: whoever admits by a ticket compares Expiry.
func OpenTicket(signed []byte, b *trust.Bundle) (Ticket, error) {
	t, err := object[Ticket](wire.Payload(signed, wire.MaxObject))
	if err != nil {
		return Ticket{}, err
	}
	if _, err := b.VerifyStatus(wire.LabelTicket, t.Status, t.IssuedAt, signed); err != nil {
		return Ticket{}, err
	}
	return t, nil
}
