// This file owns the hostile customer: somebody with a customer's device key
// and credential (their own, or stolen ones), or a guest with neither, who
// speaks to the relay without the rules of the companion.

package adversary

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/rand"

	"countersign/session/computer/connection"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// Device is a hostile companion, connected. It is a guest without a key.
type Device struct {
	*connection.Conn
	Bank
	Key        *ecdsa.PrivateKey
	Credential []byte // as the issuer signed it
	Pushes     <-chan relay.Push
}

// Device connects as a companion. Errors are those of connection.
func (b Bank) Device(ctx context.Context, key *ecdsa.PrivateKey, credential []byte) (*Device, error) {
	conn, pushes, err := b.connect(ctx, connection.Options{Role: relay.RoleCompanion})
	return &Device{Conn: conn, Bank: b, Key: key, Credential: credential, Pushes: pushes}, err
}

// Found is an offer as the relay serves it.
type Found struct {
	Core offer.Core
	OID  offer.ID
	Keys offer.Keys
}

// Renewal is this device's signed question for a fresh credential, as it would
// be asked on the connection with this nkey.
func (d *Device) Renewal(nkey string) (relay.RenewRequest, error) {
	own, err := trust.PeekDevice(d.Credential)
	if err != nil {
		return relay.RenewRequest{}, err
	}
	return relay.Renewal{Device: own.ID, Nkey: nkey, Time: d.Now().Unix()}.Sign(d.Key)
}

// LookUp asks for an offer by its code and checks nothing.
func (d *Device) LookUp(ctx context.Context, code string) (Found, error) {
	return d.find(ctx, relay.LookupRequest{Code: code})
}

// LookUpFrame asks for the offer of a QR code's text and checks nothing.
func (d *Device) LookUpFrame(ctx context.Context, text string) (Found, error) {
	frame, err := offer.ParseText(text)
	if err != nil {
		return Found{}, err
	}
	core, _, err := frame.Peek()
	if err != nil {
		return Found{}, err
	}
	oid := core.ID()
	return d.find(ctx, relay.LookupRequest{OID: oid[:]})
}

func (d *Device) find(ctx context.Context, q relay.LookupRequest) (Found, error) {
	q.BundleVersion, q.BundleHash = d.Bundle.Version, d.Bundle.Hash()
	answer, err := d.Conn.Lookup(ctx, q)
	if err != nil {
		return Found{}, err
	}
	core, err := offer.Peek(answer.Core)
	return Found{Core: core, OID: core.ID(), Keys: answer.Keys(d.Bundle.BankID)}, err
}

// Reply makes an honest reply, with answers and frame time of the attacker's
// choice: 0 for a typed code.
func (d *Device) Reply(f Found, a offer.Answers, frameTime int64) (*handshake.Companion, []byte, error) {
	entry := offer.ByCode
	if frameTime != 0 {
		entry = offer.ByQR
	}
	return handshake.Start(f.Core, f.Keys, a, entry, frameTime, d.Credential, d.signer())
}

// signer is nil for a guest, and not a nil key that looks like one.
func (d *Device) signer() crypto.Signer {
	if d.Key == nil {
		return nil
	}
	return d.Key
}

// Forge makes a reply of any content: edit changes it before it is signed by
// the device's key, or left unsigned by a guest. It is sealed as it should be,
// so that nothing but the content is wrong.
func (d *Device) Forge(f Found, a offer.Answers, edit func(*handshake.Reply)) ([]byte, error) {
	key, err := hpke.MLKEM768X25519().NewPublicKey(f.Keys.PKA)
	if err != nil {
		return nil, err
	}
	enc, sender, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.AES256GCM(), append([]byte("CP1 hpke/1"), f.OID[:]...))
	if err != nil {
		return nil, err
	}
	r := handshake.Reply{OID: f.OID, EncHash: wire.H("CP1 enc", enc), Answers: a, Entry: offer.ByCode, Suite: f.Core.Suite, Device: d.Credential}
	rand.Read(r.NC[:])
	edit(&r)
	kind, body := uint8(1), wire.Marshal(r)
	if d.Key != nil {
		kind = 0
		if body, err = wire.Sign(wire.LabelReply, d.Key, body); err != nil {
			return nil, err
		}
	}
	ct, err := sender.Seal(f.Core.CallID[:], wire.Marshal([]any{kind, body}))
	return wire.Marshal([]any{enc, ct}), err
}

// Send sends an envelope, or anything else, as a message of a kind and waits
// for the relay's word: the reason of its refusal is in the error.
func (d *Device) Send(ctx context.Context, oid offer.ID, kind relay.Kind, body []byte) error {
	_, err := d.SendUp(ctx, relay.Up{OID: oid, Kind: kind, Body: body}, true)
	return err
}

// Finish waits for the agent's reveal to a reply, confirms, and returns the
// secrets of the call: what the agent's program takes for the customer's. A
// refusal is an error with its reason.
func (d *Device) Finish(ctx context.Context, f Found, c *handshake.Companion) (*handshake.Secrets, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		select {
		case p := <-d.Pushes:
			switch p.Kind {
			case relay.KindReveal:
				secrets, err := c.Reveal(p.Body)
				if err != nil {
					return nil, err
				}
				return secrets, d.Send(ctx, f.OID, relay.KindConfirm, secrets.Confirm())
			case relay.KindRefuse:
				reason, err := c.Refusal(p.Body)
				if err != nil {
					return nil, err
				}
				return nil, ending.Because(reason, "the agent refused")
			}
		case <-ctx.Done():
			return nil, errSilence
		}
	}
}

// Refusal waits for the agent's refusal of a reply and returns its reason.
func (d *Device) Refusal(ctx context.Context, c *handshake.Companion) (ending.Reason, error) {
	p, err := Next(ctx, d.Pushes, relay.KindRefuse)
	if err != nil {
		return "", err
	}
	return c.Refusal(p.Body)
}
