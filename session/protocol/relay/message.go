// This file owns the messages: CBOR maps with integer keys, at most
// wire.MaxMessage bytes. A request is answered by an Answer; what is published
// without a reply subject (records, acknowledgements) is not answered.

package relay

import (
	"fmt"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/wire"
)

// Answer is what every request gets: a body, or the reason why not.
type Answer struct {
	Reason ending.Reason `cbor:"1,keyasint,omitempty"`
	Body   []byte        `cbor:"2,keyasint,omitempty"`
}

// LookupRequest asks for an offer by code or by oid, exactly one of them, and
// names the bundle and content that the companion holds.
type LookupRequest struct {
	Code           string   `cbor:"1,keyasint,omitempty"`
	OID            []byte   `cbor:"2,keyasint,omitempty"` // 32 bytes
	BundleVersion  uint64   `cbor:"3,keyasint"`
	BundleHash     [32]byte `cbor:"4,keyasint"`
	ContentVersion uint64   `cbor:"5,keyasint"`
}

// LookupAnswer is the offer as the relay serves it, with what the companion
// lacks to check it. Refusals: unknown_code, used_code, expired, superseded,
// collision, cancelled, reported, busy.
type LookupAnswer struct {
	Core       []byte `cbor:"1,keyasint"` // COSE_Sign1 under "CP1 offer"
	Credential []byte `cbor:"2,keyasint"`
	PKA        []byte `cbor:"3,keyasint"` // HPKE public key
	Staple     []byte `cbor:"4,keyasint"` // of the agent credential; empty when the authority has none
	News       News   `cbor:"5,keyasint"`
	// CA is the commitment to the agent's nonce. The core holds its hash with PKA.
	CA [32]byte `cbor:"6,keyasint"`
}

// Keys are what the offer's core names by their hash, at the bank of the
// caller's own bundle.
func (a LookupAnswer) Keys(bank [16]byte) offer.Keys {
	return offer.Keys{Bank: bank, PKA: a.PKA, CA: a.CA}
}

// News brings a client's bundle and content up to date.
type News struct {
	BundleVersion uint64   `cbor:"1,keyasint"` // the server's newest
	BundleHash    [32]byte `cbor:"2,keyasint"`
	Bundles       [][]byte `cbor:"3,keyasint"`           // every later bundle in order; empty when the client is up to date
	Content       []byte   `cbor:"4,keyasint,omitempty"` // signed, only when newer
}

// Kind says what the body of an Up, Down or Push is.
type Kind uint8

// The kinds.
const (
	KindReply   Kind = 1  // companion -> agent: handshake.Reply envelope
	KindDecline Kind = 2  // companion -> agent: sealed decline
	KindReveal  Kind = 3  // agent -> companion
	KindRefuse  Kind = 4  // agent -> companion
	KindConfirm Kind = 5  // companion -> agent
	KindRecord  Kind = 6  // both ways: channel record
	KindAck     Kind = 7  // both ways: how many records have arrived in order
	KindReadmit Kind = 8  // client -> relay: the call ticket, after any restart and every 5 minutes; the answer's body is the other side's staple
	KindTicket  Kind = 9  // relay -> companion: its call ticket
	KindNotice  Kind = 10 // relay -> both: the offer or call has ended, body = reason
	KindAlert   Kind = 11 // relay -> both: body = reason of what was tried (collision)
)

// Up is what a companion sends on its up subject.
type Up struct {
	OID  offer.ID `cbor:"1,keyasint"`
	Kind Kind     `cbor:"2,keyasint"`
	Body []byte   `cbor:"3,keyasint"`
}

// Down is what an agent sends to one companion.
type Down struct {
	OID       offer.ID `cbor:"1,keyasint"`
	Companion string   `cbor:"2,keyasint"` // the companion's nkey
	Kind      Kind     `cbor:"3,keyasint"`
	Body      []byte   `cbor:"4,keyasint"`
}

// Push is what the relay sends to a client's push subject.
type Push struct {
	OID  offer.ID `cbor:"1,keyasint"`
	Kind Kind     `cbor:"2,keyasint"`
	Body []byte   `cbor:"3,keyasint"`
	From string   `cbor:"4,keyasint,omitempty"` // to an agent: the companion's nkey
}

// CredentialRequest asks for an agent credential; the agent is the one whose
// connect token opened the connection.
type CredentialRequest struct {
	SecondFactor   string   `cbor:"1,keyasint,omitempty"` // TOTP code where the bank asks for one
	BundleVersion  uint64   `cbor:"2,keyasint"`
	BundleHash     [32]byte `cbor:"3,keyasint"`
	ContentVersion uint64   `cbor:"4,keyasint"`
	// RefreshOnly asks for News alone: no second factor, no new credential.
	RefreshOnly bool `cbor:"5,keyasint,omitempty"`
}

// CredentialAnswer carries a fresh credential. Refusals: revoked; for the
// second factor not_a_code (missing), forged (wrong), replayed (used before),
// busy (too many guesses).
type CredentialAnswer struct {
	Credential []byte `cbor:"1,keyasint,omitempty"`
	News       News   `cbor:"2,keyasint"`
}

// PrepareRequest asks whether a call to or from a customer can be offered.
type PrepareRequest struct {
	Reference string          `cbor:"1,keyasint"`
	Direction offer.Direction `cbor:"2,keyasint"`
	Number    string          `cbor:"3,keyasint"` // E.164; "": the first on file, or the bank's only line
}

// PrepareAnswer carries what the agent needs for the core: a Prepared, signed,
// because the relay must not choose the customer. Refusals: unknown_code (no
// such reference), wrong_number (not on file), on_hold, busy.
type PrepareAnswer struct {
	Prepared []byte `cbor:"1,keyasint"` // COSE_Sign1 under "CP1 prepared"
}

// CreateRequest places an offer. Refusals: used_code (the code is taken: make
// another offer), collision, on_hold, forged, expired, wrong_clock, wrong_number, revoked.
type CreateRequest struct {
	Code       string `cbor:"1,keyasint"`
	Core       []byte `cbor:"2,keyasint"` // COSE_Sign1 under "CP1 offer"
	Credential []byte `cbor:"3,keyasint"`
	PKA        []byte `cbor:"4,keyasint"`
	Pseudonym  []byte `cbor:"5,keyasint,omitempty"` // 16 bytes; absent when the agent chose no customer
	Number     string `cbor:"6,keyasint"`           // the number prepared, E.164 or ""
	// CA is the commitment to the agent's nonce. The core holds its hash with PKA.
	CA [32]byte `cbor:"7,keyasint"`
}

// Keys are what the offer's core names by their hash, at the bank of the
// caller's own bundle.
func (r CreateRequest) Keys(bank [16]byte) offer.Keys {
	return offer.Keys{Bank: bank, PKA: r.PKA, CA: r.CA}
}

// AdmitRequest redeems an offer for one companion, or with Ticket re-admits a
// call after a restart. Refusals: used_code, expired, collision, on_hold,
// revoked, superseded, guest (the reference has an active device), forged.
type AdmitRequest struct {
	OID       offer.ID `cbor:"1,keyasint"`
	Device    []byte   `cbor:"2,keyasint,omitempty"` // device credential id, 16 bytes; absent for a guest
	Companion string   `cbor:"3,keyasint"`
	Ticket    []byte   `cbor:"4,keyasint,omitempty"`
}

// AdmitAnswer carries the device's staple (empty for a guest) and the ticket.
type AdmitAnswer struct {
	Staple []byte `cbor:"1,keyasint"`
	Ticket []byte `cbor:"2,keyasint"`
}

// SecureRequest tells the authority that the read-back was right.
type SecureRequest struct {
	OID offer.ID `cbor:"1,keyasint"`
}

// SecureAnswer carries the renewed ticket; the relay pushes it to the companion too.
type SecureAnswer struct {
	Ticket []byte `cbor:"1,keyasint"`
}

// EndRequest retires an offer or a call; the relay tells the companion.
type EndRequest struct {
	OID    offer.ID      `cbor:"1,keyasint"`
	Reason ending.Reason `cbor:"2,keyasint"`
}

// ReportRequest is a stop report sealed by HPKE to the bundle's report key
// (info "CP1 report", aad oid). The answer never says whether it counted.
type ReportRequest struct {
	OID        offer.ID `cbor:"1,keyasint"`
	Enc        []byte   `cbor:"2,keyasint"`
	Ciphertext []byte   `cbor:"3,keyasint"`
}

// RenewRequest asks for a fresh device credential with the numbers that are on
// file now. Refusals: revoked (the device does not count any more, or is not
// known), forged (not signed by the device, or for another connection),
// wrong_clock, busy.
type RenewRequest struct {
	Renewal []byte `cbor:"1,keyasint"` // COSE_Sign1 under "CP1 renew" of a Renewal
}

// RenewAnswer carries the fresh device credential, for the device to judge
// (trust.Device.Renewed).
type RenewAnswer struct {
	Credential []byte `cbor:"1,keyasint"`
}

// EnrolStep is one step of an enrolment.
type EnrolStep uint8

// The steps.
const (
	EnrolHello  EnrolStep = 1
	EnrolProve  EnrolStep = 2
	EnrolBundle EnrolStep = 3 // bundle and content only: pinning, no ticket
	EnrolClock  EnrolStep = 4 // the server's time, to tell a wrong clock from a refused agent
)

// EnrolRequest wraps a step's body.
type EnrolRequest struct {
	Step EnrolStep `cbor:"1,keyasint"`
	Body []byte    `cbor:"2,keyasint"`
}

// EnrolHelloRequest opens a ticket. Refusals: unknown_code, ticket_used (by
// another key), ticket_expired, busy.
type EnrolHelloRequest struct {
	Ticket string   `cbor:"1,keyasint"` // the ticket's four-character name
	Public []byte   `cbor:"2,keyasint"` // device or agent key, compressed point
	Nonce  [32]byte `cbor:"3,keyasint"`
	Agent  bool     `cbor:"4,keyasint"` // an agent's ticket is expected
}

// EnrolHelloAnswer names the roots that the bank had when the ticket was
// printed, not yet proven.
type EnrolHelloAnswer struct {
	BankID    [16]byte `cbor:"1,keyasint"`
	RootsHash [32]byte `cbor:"2,keyasint"`
	Nonce     [32]byte `cbor:"3,keyasint"`
}

// EnrolProveRequest proves the ticket's secret, then possession of the key.
// Refusals: unknown_code (wrong secret), ticket_used (by another key),
// ticket_expired, forged, revoked, busy. Asked again with the same key it gets
// the same answer.
type EnrolProveRequest struct {
	Ticket     string `cbor:"1,keyasint"`
	Proof      []byte `cbor:"2,keyasint"` // COSE_Sign1 under "CP1 enrol c" of the transcript, by the ticket's key
	Possession []byte `cbor:"3,keyasint"` // COSE_Sign1 under "CP1 possession" of the transcript, by the new key
}

// EnrolProveAnswer is the bank's own proof and what it vouches for.
type EnrolProveAnswer struct {
	Proof      [32]byte `cbor:"1,keyasint"` // MAC under the ticket's MAC key of the roots hash and bank id of the hello
	Bundles    [][]byte `cbor:"2,keyasint"` // the lineage: version 1, each that changed the roots, the newest
	Content    []byte   `cbor:"3,keyasint"`
	Credential []byte   `cbor:"4,keyasint,omitempty"` // a device's; agents sign in for theirs
	AgentID    uint64   `cbor:"5,keyasint,omitempty"`
	TOTP       string   `cbor:"6,keyasint,omitempty"` // otpauth:// address of the second factor, where the bank asks for one; until its first code is accepted
}

// EnrolBundleAnswer serves the bank's lineage and content to somebody who pins
// by words.
type EnrolBundleAnswer struct {
	Bundles [][]byte `cbor:"1,keyasint"`
	Content []byte   `cbor:"2,keyasint"`
}

// EnrolClockAnswer is the server's time in Unix seconds.
type EnrolClockAnswer struct {
	Now int64 `cbor:"1,keyasint"`
}

// Decode decodes a message strictly within wire.MaxMessage, and holds it to what
// its fields may be. Errors: wire's.
func Decode[T any](data []byte) (T, error) {
	var m T
	err := wire.Unmarshal(data, wire.MaxMessage, &m)
	if c, ok := any(m).(checked); ok && err == nil && !c.wellFormed() {
		err = fmt.Errorf("%w: a value that its field cannot have", wire.ErrMalformed)
	}
	return m, err
}

// checked is a message whose fields have rules that CBOR does not know.
type checked interface{ wellFormed() bool }

func (r LookupRequest) wellFormed() bool {
	if r.Code != "" {
		return len(r.OID) == 0
	}
	return len(r.OID) == len(offer.ID{})
}

func (u Up) wellFormed() bool           { return u.Kind.known() }
func (d Down) wellFormed() bool         { return d.Kind.known() }
func (p Push) wellFormed() bool         { return p.Kind.known() }
func (r EnrolRequest) wellFormed() bool { return r.Step >= EnrolHello && r.Step <= EnrolClock }

func (k Kind) known() bool { return k >= KindReply && k <= KindAlert }
