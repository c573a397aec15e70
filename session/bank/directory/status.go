// This file owns whether a credential still counts: staples, and the
// revocations that turn them bad.

package directory

import (
	"context"
	"encoding/hex"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

const (
	stapleAge  = 60 * time.Second // how old a staple may be when it is handed out
	maxStaples = 1 << 16          // kept at once, about 20 MB
)

// staple is a signed staple kept for those who ask next.
type staple struct {
	signed []byte
	at     time.Time
}

// Staple says, signed by the status key, whether a credential is good at this
// time. It is at most 60 seconds old, and never older than a revocation made
// through this Directory. Reason: unknown_code. The result must not be changed.
func (d *Directory) Staple(ctx context.Context, credentialID [16]byte) ([]byte, error) {
	now := d.now()
	kept, changes, ok := d.keptStaple(credentialID, now)
	if ok {
		return kept, nil
	}
	good, err := d.good(ctx, credentialID, now)
	if err != nil {
		return nil, err
	}
	signed, err := trust.SignStaple(trust.Staple{
		Status:     wire.KeyID(wire.Point(&d.bank.StatusAt(now).PublicKey)),
		Credential: credentialID,
		Good:       good,
		IssuedAt:   now.Unix(),
	}, d.bank.StatusAt(now))
	if err != nil {
		return nil, err
	}
	d.keepStaple(credentialID, staple{signed: signed, at: now}, changes)
	return signed, nil
}

func (d *Directory) keptStaple(id [16]byte, now time.Time) (signed []byte, changes uint64, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.staples[id]
	return s.signed, d.changes, ok && now.Sub(s.at) <= stapleAge && !now.Before(s.at)
}

func (d *Directory) keepStaple(id [16]byte, s staple, changes uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.changes != changes {
		return // a revocation came between reading and now: it may be this one's
	}
	if len(d.staples) >= maxStaples {
		clear(d.staples)
	}
	d.staples[id] = s
}

// forgetStaples makes every later Staple read the directory again.
func (d *Directory) forgetStaples() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changes++
	clear(d.staples)
}

// good reads from the directory whether a credential counts.
func (d *Directory) good(ctx context.Context, id [16]byte, now time.Time) (bool, error) {
	h, err := read[holder](ctx, d, credentialKey(id))
	if err != nil {
		return false, err
	}
	if h.Agent != 0 {
		a, err := d.Agent(ctx, h.Agent)
		return !a.Revoked && len(a.Public) != 0 && a.CredentialID == id, err
	}
	c, err := read[Customer](ctx, d, h.Customer)
	if err != nil {
		return false, err
	}
	device, known := c.Device(id)
	return known && device.Active(now), nil
}

// RevokeAgent ends an agent's credentials, and the ticket if the agent has not
// enrolled yet, for good. Reason: unknown_code.
func (d *Directory) RevokeAgent(ctx context.Context, id uint64) error {
	_, err := change(ctx, d, agentKey(id), func(a *Agent) error {
		a.Revoked, a.Acts = true, d.note(ctx, a.Acts, "revoked")
		return nil
	})
	d.forgetStaples()
	if err != nil {
		return err
	}
	return d.ended(ctx, Ended{Agent: id})
}

// RevokeDevice ends one device of a customer for good. Reason: unknown_code.
func (d *Directory) RevokeDevice(ctx context.Context, id [16]byte) error {
	h, err := read[holder](ctx, d, credentialKey(id))
	if err != nil {
		return err
	}
	if h.Customer == "" {
		return ending.Because(ending.UnknownCode, "not a device")
	}
	_, err = change(ctx, d, h.Customer, func(c *Customer) error {
		for i := range c.Devices {
			if c.Devices[i].ID == id {
				c.Devices[i].Revoked = true
				c.Acts = d.note(ctx, c.Acts, "device "+hex.EncodeToString(id[:])+" revoked")
				return nil
			}
		}
		return ending.Because(ending.UnknownCode, "the device's enrolment was not finished")
	})
	d.forgetStaples()
	if err != nil {
		return err
	}
	return d.ended(ctx, Ended{Device: hex.EncodeToString(id[:])})
}

// RevokeCustomer ends all devices of a customer and all tickets that are out
// for more. The customer stays on file and may enrol again with a new ticket.
// It returns how many active devices it ended. Reason: unknown_code.
func (d *Directory) RevokeCustomer(ctx context.Context, ref string) (devices int, err error) {
	return d.revokeCustomer(ctx, ref, 0)
}

// revokeCustomer is RevokeCustomer to an epoch that is at least the given one.
func (d *Directory) revokeCustomer(ctx context.Context, ref string, epoch uint64) (devices int, err error) {
	c, err := change(ctx, d, customerKey(ref), func(c *Customer) error {
		devices = 0
		for i := range c.Devices {
			if c.Devices[i].Active(d.now()) {
				devices++
			}
			c.Devices[i].Revoked = true
		}
		c.Epoch = max(c.Epoch+1, epoch)
		c.Acts = d.note(ctx, c.Acts, "all devices and open tickets revoked")
		return nil
	})
	d.forgetStaples()
	if err != nil {
		return devices, err
	}
	return devices, d.ended(ctx, Ended{Customer: customerKey(ref), Epoch: c.Epoch})
}
