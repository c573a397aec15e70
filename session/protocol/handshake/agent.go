// This file owns the agent's side: the keys of one offer, opening replies and
// declines, and the one reveal that an offer ever gives.

package handshake

import (
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/rand"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/secret"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// OfferKeys are the agent's secrets of one offer: the HPKE key skA and the
// nonce nA. They live in memory only, until the offer's end.
type OfferKeys struct {
	private  hpke.PrivateKey
	public   offer.Keys
	nA       [32]byte
	revealed *[32]byte // transcript of the one reply that got the reveal
}

// NewOfferKeys makes fresh keys for the offer with this call id at the bank
// with this id.
func NewOfferKeys(bank, callID [16]byte) (k *OfferKeys, err error) {
	secret.Do(func() { k, err = newOfferKeys(bank, callID) })
	return k, err
}

func newOfferKeys(bank, callID [16]byte) (*OfferKeys, error) {
	private, err := kem().GenerateKey()
	if err != nil {
		return nil, err
	}
	var nA [32]byte
	rand.Read(nA[:]) // never fails since Go 1.24: the program ends instead
	return keysOf(bank, callID, private, nA), nil
}

func keysOf(bank, callID [16]byte, private hpke.PrivateKey, nA [32]byte) *OfferKeys {
	public := offer.Keys{Bank: bank, PKA: private.PublicKey().Bytes(), CA: offer.Commitment(callID, nA)}
	return &OfferKeys{private: private, public: public, nA: nA}
}

// Public returns what travels beside the core, whose hash the core holds: pkA,
// and the commitment CA to nA. The commitment is what makes six digits of
// read-back enough: nobody can choose nA after seeing the reply.
func (k *OfferKeys) Public() offer.Keys { return k.public }

// Erase forgets the keys. Open fails afterwards.
func (k *OfferKeys) Erase() {
	k.private = nil
	clear(k.nA[:])
}

// Opened is an envelope that this offer's key opened. For a Guest nothing in
// it is signed. Until VerifyDevice has succeeded nothing in it is verified.
type Opened struct {
	Reply    Reply         // zero for a decline
	Guest    bool          // unsigned
	Declined ending.Reason // "" unless this is a decline
	Device   []byte        // signed device credential of the reply or decline; empty for a guest

	keys     *OfferKeys
	th       [32]byte
	k0       []byte
	signed   []byte // COSE_Sign1 of a device
	wellMade bool   // every rule of form held
	verified bool   // VerifyDevice succeeded
}

// Open opens the envelope of a reply or decline to core, which must be the
// offer of these keys. Errors: ending.Forged (not sealed for this offer, or a
// binding does not hold), ending.Unsupported (suite). Where the envelope opened
// but its content breaks a rule, Opened comes beside the error, only so that
// the agent can Refuse.
func (k *OfferKeys) Open(core offer.Core, sealed []byte) (o *Opened, err error) {
	secret.Do(func() { o, err = k.open(core, sealed) })
	return o, err
}

func (k *OfferKeys) open(core offer.Core, sealed []byte) (*Opened, error) {
	if k.private == nil {
		return nil, ErrSpent
	}
	var e envelope
	if err := wire.Unmarshal(sealed, MaxEnvelope, &e); err != nil {
		return nil, forged("the envelope is malformed")
	}
	oid := core.ID()
	recipient, err := hpke.NewRecipient(e.Enc, k.private, kdf(), aead(), info(oid))
	if err != nil {
		return nil, forged("the encapsulated key is malformed")
	}
	plain, err := recipient.Open(core.CallID[:], e.CT)
	if err != nil {
		return nil, forged("the envelope does not open with this offer's key")
	}
	k0, err := recipient.Export(labelRoot, secretSize)
	if err != nil {
		return nil, err
	}
	o := &Opened{keys: k, th: transcript(oid, k.public.PKA, e.Enc, e.CT), k0: k0}
	if err := o.decode(plain, oid, encHash(e.Enc)); err != nil {
		return o, err
	}
	o.wellMade = true
	return o, nil
}

func (o *Opened) decode(plain []byte, oid offer.ID, enc [32]byte) error {
	var c content
	if err := wire.Unmarshal(plain, MaxEnvelope, &c); err != nil {
		return forged("the envelope's content is malformed")
	}
	o.Guest = c.Kind == guestReply || c.Kind == guestDecline
	payload := c.Body
	if !o.Guest {
		o.signed = c.Body
		var err error
		if payload, err = wire.Payload(c.Body, MaxEnvelope); err != nil {
			return forged("the signed reply is malformed")
		}
	}
	switch c.Kind {
	case signedReply, guestReply:
		return o.decodeReply(payload, oid, enc)
	case signedDecline, guestDecline:
		return o.decodeDecline(payload, oid)
	}
	return forged("the envelope holds neither a reply nor a decline")
}

func (o *Opened) decodeReply(payload []byte, oid offer.ID, enc [32]byte) error {
	if err := wire.Unmarshal(payload, MaxEnvelope, &o.Reply); err != nil {
		return forged("the reply is malformed")
	}
	o.Device = o.Reply.Device
	switch {
	case o.Reply.OID != oid:
		return forged("the reply answers another offer")
	case o.Reply.EncHash != enc:
		return forged("the reply was made for another key agreement")
	case o.Reply.Suite != trust.Suite1:
		return ending.Because(ending.Unsupported, "suite")
	}
	if err := o.Reply.check(); err != nil {
		return forged(err.Error())
	}
	return o.checkCredentialPresence()
}

func (o *Opened) decodeDecline(payload []byte, oid offer.ID) error {
	var d decline
	if err := wire.Unmarshal(payload, MaxEnvelope, &d); err != nil {
		return forged("the decline is malformed")
	}
	if d.OID != oid {
		return forged("the decline answers another offer")
	}
	if !d.Reason.Known() {
		return forged("the decline's reason is not of CP1's table")
	}
	o.Declined, o.Device = d.Reason, d.Device
	return o.checkCredentialPresence()
}

func (o *Opened) checkCredentialPresence() error {
	if o.Guest != (len(o.Device) == 0) {
		return forged("a device credential belongs to what is signed, and to nothing else")
	}
	return nil
}

// VerifyDevice checks the signature of the reply or decline by the key of the
// device credential in it, which the caller has verified. Error: ending.Forged,
// also for a guest, who signed nothing.
func (o *Opened) VerifyDevice(key *ecdsa.PublicKey) error {
	if o.Guest || !o.wellMade {
		return forged("nothing here is signed by a device")
	}
	label := wire.LabelReply
	if o.Declined != "" {
		label = wire.LabelDecline
	}
	if _, err := wire.Verify(label, key, o.signed, MaxEnvelope); err != nil {
		return forged("the device's signature does not verify")
	}
	o.verified = true
	return nil
}

// Reveal makes the agent's one reveal. Call it only when every check of the
// reply has passed: it needs VerifyDevice first, except for a guest. One
// offer reveals to one reply; the same envelope gets the same bytes again.
// Errors: ending.Replayed (another reply got the reveal), ending.Forged (not
// verified, or a decline), ErrSpent.
func (o *Opened) Reveal() (body []byte, s *Secrets, err error) {
	secret.Do(func() { body, s, err = o.reveal() })
	return body, s, err
}

func (o *Opened) reveal() ([]byte, *Secrets, error) {
	switch {
	case o.k0 == nil || o.keys.private == nil:
		return nil, nil, ErrSpent
	case !o.wellMade || o.Declined != "" || !o.Guest && !o.verified:
		return nil, nil, forged("only a verified reply gets the reveal")
	case o.keys.revealed != nil && *o.keys.revealed != o.th:
		return nil, nil, ending.Because(ending.Replayed, "the offer revealed to another reply")
	}
	o.keys.revealed = &o.th
	r := reveal{NA: o.keys.nA, MAC: [32]byte(answerMAC(labelReveal, o.th, o.k0, o.keys.nA[:]))}
	secrets := newSecrets(o.th, o.k0, o.keys.nA, o.Reply.NC)
	o.Erase()
	return wire.Marshal(r), secrets, nil
}

// Refuse makes the agent's refusal with its reason. A refused reply does not
// use up the offer. Error: ErrSpent after Reveal, Refuse or Erase.
func (o *Opened) Refuse(reason ending.Reason) (body []byte, err error) {
	if o.k0 == nil {
		return nil, ErrSpent
	}
	secret.Do(func() {
		r := refusal{Reason: reason, MAC: [32]byte(answerMAC(labelRefuse, o.th, o.k0, []byte(reason)))}
		body = wire.Marshal(r)
	})
	o.Erase()
	return body, nil
}

// Erase forgets the secrets of this reply, the companion's nonce too; what else
// it says stays readable.
func (o *Opened) Erase() {
	clear(o.k0)
	o.k0 = nil
	clear(o.Reply.NC[:])
	o.signed = nil // holds the nonce once more
}
