// This file owns the companion's side: it seals a reply or a decline, and
// takes the agent's reveal or refusal. It never acts on an answer whose MAC or
// commitment does not hold.

package handshake

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/rand"
	"errors"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/secret"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// Companion is the companion between its reply and the agent's answer. It
// holds secrets: Erase it when the call ends before the answer.
type Companion struct {
	callID [16]byte
	ca     [32]byte // named by the core, so fixed before the reply
	th     [32]byte
	k0     []byte
	nC     [32]byte
	spent  bool
}

// Start makes a reply to the offer core and the envelope to send to the agent.
// keys came beside the core; frameTime is the Unix time of the QR frame, 0 with
// ByCode. A nil device makes a guest's reply, which carries no credential.
// Errors: ending.NotSure (no reply is made without knowing how the call began),
// ending.Unsupported, ending.Forged (keys are not those that the core names).
func Start(core offer.Core, keys offer.Keys, a offer.Answers, e offer.EntryPath, frameTime int64, deviceCredential []byte, device crypto.Signer) (c *Companion, envelope []byte, err error) {
	secret.Do(func() { c, envelope, err = sealReply(core, keys, a, e, frameTime, deviceCredential, device) })
	return c, envelope, err
}

func sealReply(core offer.Core, keys offer.Keys, a offer.Answers, e offer.EntryPath, frameTime int64, deviceCredential []byte, device crypto.Signer) (*Companion, []byte, error) {
	if a.How == offer.NotSure {
		return nil, nil, ending.Because(ending.NotSure, "no reply without knowing how the call began")
	}
	enc, sender, err := seal(core, keys)
	if err != nil {
		return nil, nil, err
	}
	reply := Reply{OID: core.ID(), EncHash: encHash(enc), Answers: a, Entry: e, FrameTime: frameTime, Suite: core.Suite}
	rand.Read(reply.NC[:]) // never fails since Go 1.24: the program ends instead
	kind := guestReply
	if device != nil {
		kind, reply.Device = signedReply, deviceCredential
	}
	if err := reply.check(); err != nil {
		return nil, nil, err
	}
	body, err := signOrLeave(wire.LabelReply, device, wire.Marshal(reply))
	if err != nil {
		return nil, nil, err
	}
	ct, err := sender.Seal(core.CallID[:], wire.Marshal(content{Kind: kind, Body: body}))
	if err != nil {
		return nil, nil, err
	}
	k0, err := sender.Export(labelRoot, secretSize)
	if err != nil {
		return nil, nil, err
	}
	c := &Companion{callID: core.CallID, ca: keys.CA, th: transcript(reply.OID, keys.PKA, enc, ct), k0: k0, nC: reply.NC}
	return c, wire.Marshal(envelope{Enc: enc, CT: ct}), nil
}

// SealDecline makes the envelope that tells the agent that the customer will
// not go on, and why. The agent can check a signed one against the credential
// inside; a nil device makes a guest's. Errors as for Start.
func SealDecline(core offer.Core, keys offer.Keys, reason ending.Reason, deviceCredential []byte, device crypto.Signer) ([]byte, error) {
	if !reason.Known() {
		return nil, errors.New("a decline names a reason of CP1's table")
	}
	enc, sender, err := seal(core, keys)
	if err != nil {
		return nil, err
	}
	d, kind := decline{OID: core.ID(), Reason: reason}, guestDecline
	if device != nil {
		kind, d.Device = signedDecline, deviceCredential
	}
	body, err := signOrLeave(wire.LabelDecline, device, wire.Marshal(d))
	if err != nil {
		return nil, err
	}
	ct, err := sender.Seal(core.CallID[:], wire.Marshal(content{Kind: kind, Body: body}))
	if err != nil {
		return nil, err
	}
	return wire.Marshal(envelope{Enc: enc, CT: ct}), nil
}

// seal opens the HPKE context of a reply or decline, once the keys are known to
// be those that the offer names. Until then neither is used: pkA would let a
// relay read the reply, CA would let an agent choose its nonce after it.
func seal(core offer.Core, keys offer.Keys) (enc []byte, sender *hpke.Sender, err error) {
	if core.Suite != trust.Suite1 {
		return nil, nil, ending.Because(ending.Unsupported, "suite")
	}
	if keys.Hash() != core.Keys {
		return nil, nil, forged("the agent's keys are not those that the offer names")
	}
	key, err := kem().NewPublicKey(keys.PKA)
	if err != nil || trust.CheckHPKEKey(keys.PKA) != nil {
		return nil, nil, forged("the agent's key is not a key of suite 1")
	}
	return hpke.NewSender(key, kdf(), aead(), info(core.ID()))
}

func signOrLeave(label string, device crypto.Signer, payload []byte) ([]byte, error) {
	if device == nil {
		return payload, nil
	}
	return wire.Sign(label, device, payload)
}

// Reveal takes the agent's reveal: its MAC must come from who opened the
// reply, and its nonce must be the one that the offer committed to. Only after
// it may a verdict be green. Errors: ending.Forged; ErrSpent when an answer
// was handled before.
func (c *Companion) Reveal(body []byte) (s *Secrets, err error) {
	if c.spent {
		return nil, ErrSpent
	}
	defer c.Erase()
	secret.Do(func() { s, err = c.reveal(body) })
	return s, err
}

func (c *Companion) reveal(body []byte) (*Secrets, error) {
	var r reveal
	if err := wire.Unmarshal(body, maxAnswer, &r); err != nil {
		return nil, forged("the reveal is malformed")
	}
	if !hmac.Equal(answerMAC(labelReveal, c.th, c.k0, r.NA[:]), r.MAC[:]) {
		return nil, forged("the reveal's MAC does not verify")
	}
	if offer.Commitment(c.callID, r.NA) != c.ca {
		return nil, forged("the reveal is not what the offer committed to")
	}
	return newSecrets(c.th, c.k0, r.NA, c.nC), nil
}

// Refusal takes the agent's refusal and returns its reason. Errors:
// ending.Forged; ErrSpent when an answer was handled before.
func (c *Companion) Refusal(body []byte) (reason ending.Reason, err error) {
	if c.spent {
		return "", ErrSpent
	}
	defer c.Erase()
	secret.Do(func() { reason, err = c.refusal(body) })
	return reason, err
}

func (c *Companion) refusal(body []byte) (ending.Reason, error) {
	var r refusal
	if err := wire.Unmarshal(body, maxAnswer, &r); err != nil {
		return "", forged("the refusal is malformed")
	}
	if !hmac.Equal(answerMAC(labelRefuse, c.th, c.k0, []byte(r.Reason)), r.MAC[:]) {
		return "", forged("the refusal's MAC does not verify")
	}
	if !r.Reason.Known() {
		return "", ending.Because(ending.Unsupported, "the agent refused for a reason that CP1 does not have")
	}
	return r.Reason, nil
}

// Erase forgets the secrets. Later answers are ErrSpent.
func (c *Companion) Erase() {
	clear(c.k0)
	clear(c.nC[:])
	c.spent = true
}

// newSecrets derives what both ends hold after a reveal:
// prk = HKDF-Extract(th, k0 || nA || nC).
func newSecrets(th [32]byte, k0 []byte, nA, nC [32]byte) *Secrets {
	root := bytes.Join([][]byte{k0, nA[:], nC[:]}, nil)
	defer clear(root)
	return &Secrets{th: th, prk: extract(th, root)}
}
