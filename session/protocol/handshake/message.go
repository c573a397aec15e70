// This file owns the bytes of the handshake's messages and their rules of
// form: envelope, reply, decline, reveal, refusal.

package handshake

import (
	"fmt"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// Reply is what a companion answers to an offer. An enrolled device signs it
// (label "CP1 reply"); a guest sends the same map unsigned.
type Reply struct {
	OID       offer.ID        `cbor:"1,keyasint"`
	EncHash   [32]byte        `cbor:"2,keyasint"` // H("CP1 enc", enc): the signature covers the key agreement
	NC        [32]byte        `cbor:"3,keyasint"` // the companion's nonce
	Answers   offer.Answers   `cbor:"4,keyasint"`
	Entry     offer.EntryPath `cbor:"5,keyasint"`
	FrameTime int64           `cbor:"6,keyasint"` // Unix seconds of the QR frame seen; 0 when the code was typed
	Suite     uint8           `cbor:"7,keyasint"`
	Device    []byte          `cbor:"8,keyasint"` // signed device credential; empty for a guest
}

// decline is what a companion sends instead of a reply (label "CP1 decline").
type decline struct {
	_      struct{} `cbor:",toarray"`
	OID    offer.ID
	Reason ending.Reason
	Device []byte // signed device credential; empty for a guest
}

// envelope is what travels: the encapsulated key and the ciphertext.
type envelope struct {
	_   struct{} `cbor:",toarray"`
	Enc []byte
	CT  []byte
}

// contentKind says what is inside an envelope.
type contentKind uint8

const (
	signedReply   contentKind = 0 // body: COSE_Sign1 under "CP1 reply"
	guestReply    contentKind = 1 // body: the map itself
	signedDecline contentKind = 2 // body: COSE_Sign1 under "CP1 decline"
	guestDecline  contentKind = 3 // body: the array itself
)

// content is the plaintext of an envelope.
type content struct {
	_    struct{} `cbor:",toarray"`
	Kind contentKind
	Body []byte
}

// reveal is the agent's yes: its nonce, which the offer committed to.
type reveal struct {
	_   struct{} `cbor:",toarray"`
	NA  [32]byte
	MAC [32]byte
}

// refusal is the agent's no.
type refusal struct {
	_      struct{} `cbor:",toarray"`
	Reason ending.Reason
	MAC    [32]byte
}

// check holds a reply's rules of form, the same on both ends.
func (r Reply) check() error {
	switch {
	case r.Answers.How != offer.TheyCalled && r.Answers.How != offer.ICalled:
		return fmt.Errorf("%w: only a customer who knows how the call began replies", wire.ErrMalformed)
	case r.Answers.How == offer.TheyCalled && r.Answers.Dialled != "":
		return fmt.Errorf("%w: a number was dialled though the phone rang", wire.ErrMalformed)
	case r.Answers.How == offer.ICalled && trust.CheckNumber(r.Answers.Dialled) != nil:
		return fmt.Errorf("%w: the number dialled is not E.164", wire.ErrMalformed)
	case r.Entry != offer.ByCode && r.Entry != offer.ByQR:
		return fmt.Errorf("%w: entry path", wire.ErrMalformed)
	case (r.Entry == offer.ByQR) != (r.FrameTime > 0) || r.FrameTime < 0:
		return fmt.Errorf("%w: a frame time belongs to a QR frame", wire.ErrMalformed)
	}
	return nil
}
