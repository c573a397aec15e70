// This file owns the man in the middle who holds an agent's key and makes
// offers whose nonce is chosen after the reply. It derives everything from the
// text of CP1.md alone, sections 4.6 and 6, so that it can break the rules
// that our handshake package keeps.

package adversary

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// LooseOffer is an offer whose maker is not held to its commitment.
type LooseOffer struct {
	Offer
	NA      [32]byte        // the nonce that the offer commits to
	Private hpke.PrivateKey // the offer's own key
}

// LooseOffer makes an offer as NewOffer does.
func (a *Agent) LooseOffer(d offer.Direction, prepared relay.Prepared) (*LooseOffer, error) {
	private, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		return nil, err
	}
	l := &LooseOffer{Private: private}
	rand.Read(l.NA[:])
	var keys offer.Keys
	made, err := a.NewOffer(d, prepared, func(c *offer.Core) {
		keys = offer.Keys{Bank: a.Bundle.BankID, PKA: private.PublicKey().Bytes(), CA: offer.Commitment(c.CallID, l.NA)}
		c.Keys = keys.Hash()
	})
	if err != nil {
		return nil, err
	}
	l.Offer = *made
	l.Offer.Keys, l.Request.PKA, l.Request.CA = nil, keys.PKA, keys.CA
	return l, nil
}

// Heard is an opened reply with what its secrets come from.
type Heard struct {
	Reply  handshake.Reply
	th, k0 []byte
}

// Open opens a reply to the offer and checks nothing of it.
func (l *LooseOffer) Open(envelope []byte) (*Heard, error) {
	var e struct {
		_       struct{} `cbor:",toarray"`
		Enc, CT []byte
	}
	if err := wire.Unmarshal(envelope, handshake.MaxEnvelope, &e); err != nil {
		return nil, err
	}
	oid := l.Core.ID()
	recipient, err := hpke.NewRecipient(e.Enc, l.Private, hpke.HKDFSHA256(), hpke.AES256GCM(), append([]byte("CP1 hpke/1"), oid[:]...))
	if err != nil {
		return nil, err
	}
	plain, err := recipient.Open(l.Core.CallID[:], e.CT)
	if err != nil {
		return nil, err
	}
	k0, err := recipient.Export("CP1 root", 32)
	if err != nil {
		return nil, err
	}
	th := wire.H("CP1 transcript", oid[:], l.Request.PKA, e.Enc, e.CT)
	reply, err := replyIn(plain)
	return &Heard{Reply: reply, th: th[:], k0: k0}, err
}

func replyIn(plain []byte) (r handshake.Reply, err error) {
	var content struct {
		_    struct{} `cbor:",toarray"`
		Kind uint8
		Body []byte
	}
	if err := wire.Unmarshal(plain, handshake.MaxEnvelope, &content); err != nil {
		return r, err
	}
	body := content.Body
	switch content.Kind {
	case 0:
		if body, err = wire.Payload(body, handshake.MaxEnvelope); err != nil {
			return r, err
		}
	case 1:
	default:
		return r, errors.New("adversary: not a reply")
	}
	err = wire.Unmarshal(body, handshake.MaxEnvelope, &r)
	return r, err
}

// Reveal is the reveal of a nonce of the attacker's choice.
func (h *Heard) Reveal(nA [32]byte) []byte {
	mac := hmac.New(sha256.New, expand(extract(h.k0, h.th), "CP1 reveal"))
	mac.Write(nA[:])
	return wire.Marshal([]any{nA[:], mac.Sum(nil)})
}

// Readback is what the customer's screen shows after the reveal of a nonce.
func (h *Heard) Readback(nA [32]byte) string {
	key := expand(extract(bytes.Join([][]byte{h.k0, nA[:], h.Reply.NC[:]}, nil), h.th), "CP1 sas")
	mac := hmac.New(sha256.New, key)
	mac.Write(make([]byte, 8)) // counter 0
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xF
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7FFFFFFF%1_000_000)
}

func extract(ikm, salt []byte) []byte { return must(hkdf.Extract(sha256.New, ikm, salt)) }

func expand(prk []byte, label string) []byte { return must(hkdf.Expand(sha256.New, prk, label, 32)) }
