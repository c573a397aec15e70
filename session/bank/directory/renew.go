// This file owns device credentials: signing them, and signing them afresh for
// a device that asks (CP1, 4.4 and 5.2). A credential says what is on file when
// it is signed, so a change of the numbers reaches a device when it asks next.
//
// Rules: asking writes nothing; who asks has proven the device's key, on this
// very connection; a fresh credential never counts for longer than the first.

package directory

import (
	"context"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// Renew signs a fresh credential for a device that is active, with the numbers
// now on file. Reasons: revoked (not known, or not active any more), forged
// (malformed, not signed by the device, or for another connection), wrong_clock.
func (d *Directory) Renew(ctx context.Context, nkey string, q relay.RenewRequest) (relay.RenewAnswer, error) {
	claimed, err := q.Peek()
	if err != nil {
		return relay.RenewAnswer{}, ending.Because(ending.Forged, "not a renewal")
	}
	c, device, err := d.deviceOf(ctx, claimed.Device)
	if err != nil {
		return relay.RenewAnswer{}, err
	}
	now := d.now()
	if err := device.askedFor(q, nkey, now); err != nil {
		return relay.RenewAnswer{}, err
	}
	signed, err := d.signDevice(c, device, now)
	return relay.RenewAnswer{Credential: signed}, err
}

// deviceOf finds a device and its customer. A device that nobody has on file
// does not count any more, as far as its holder can know. Reason: revoked.
func (d *Directory) deviceOf(ctx context.Context, id [16]byte) (Customer, Device, error) {
	c, err := d.OwnerOf(ctx, id)
	device, known := c.Device(id)
	if ending.Of(err, "") == ending.UnknownCode || err == nil && !known {
		return c, device, ending.Because(ending.Revoked, "the device is not on file")
	}
	return c, device, err
}

// askedFor says whether this device asks, now, on the connection with this
// nkey. Whether it is revoked is told to the device alone.
func (d Device) askedFor(q relay.RenewRequest, nkey string, now time.Time) error {
	key, err := wire.ParsePoint(d.Public)
	if err != nil {
		return err
	}
	r, err := q.Open(key)
	if err != nil {
		return ending.Because(ending.Forged, "not signed by the device")
	}
	if r.Nkey != nkey {
		return ending.Because(ending.Forged, "signed for another connection")
	}
	if !d.Active(now) || now.Unix() >= d.Expiry {
		return ending.Because(ending.Revoked, "the device is revoked, or its time is over")
	}
	// In whole seconds, as the device compares the answer's time with this one.
	if apart := now.Unix() - r.Time; apart > int64(trust.Skew/time.Second) || apart < -int64(trust.Skew/time.Second) {
		return ending.Because(ending.WrongClock, "the device's clock differs from the server's")
	}
	return nil
}

// signDevice signs what is on file of a device and its customer.
func (d *Directory) signDevice(c Customer, device Device, at time.Time) ([]byte, error) {
	return trust.SignDevice(trust.Device{
		Issuer:    wire.KeyID(wire.Point(&d.bank.IssuerAt(at).PublicKey)),
		ID:        device.ID,
		Pseudonym: c.Pseudonym,
		Public:    device.Public,
		NotBefore: at.Unix(),
		Expiry:    device.Expiry,
		Lines:     c.Lines(),
		Enrolled:  device.Enrolled,
	}, d.bank.IssuerAt(at))
}
