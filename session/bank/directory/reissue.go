// This file owns new tickets for those who are on file: a computer was lost,
// stolen or set up anew, so its key goes and another takes its place.
//
// Rules: the old key is out before the new ticket exists, not when the ticket is
// used; tickets that were out before are void with it. Where a step fails,
// nobody has a key, and the command may be given again.

package directory

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
)

// ReissueAgent ends an agent's key and second factor, and returns a ticket for
// new ones and when it expires. The agent keeps number and name. A revoked agent
// stays revoked: that is an error. Reason: unknown_code.
func (d *Directory) ReissueAgent(ctx context.Context, id uint64) (enrol.Ticket, time.Time, error) {
	return d.reissueAgent(ctx, id, 0)
}

// reissueAgent is ReissueAgent to an epoch that is at least the given one.
func (d *Directory) reissueAgent(ctx context.Context, id, epoch uint64) (enrol.Ticket, time.Time, error) {
	// Every credential by the old key names the old id, which then counts no more.
	fresh := newID()
	if _, err := d.Agent(ctx, id); err != nil {
		return enrol.Ticket{}, time.Time{}, err
	}
	if err := create(ctx, d, credentialKey(fresh), holder{Agent: id}); err != nil {
		return enrol.Ticket{}, time.Time{}, err
	}
	a, err := change(ctx, d, agentKey(id), func(a *Agent) error {
		if a.Revoked {
			return errors.New("this agent is revoked, which is for good: add the agent anew")
		}
		a.CredentialID, a.Public, a.Enrolled = fresh, nil, 0
		a.Epoch = max(a.Epoch+1, epoch)
		a.Acts = d.note(ctx, a.Acts, "new ticket instead of the old key")
		return nil
	})
	d.forgetStaples()
	if err != nil {
		return enrol.Ticket{}, time.Time{}, err
	}
	if err := d.ended(ctx, Ended{Agent: id, Epoch: a.Epoch}); err != nil {
		return enrol.Ticket{}, time.Time{}, err
	}
	return d.newTicket(ctx, ticket{Agent: id, Epoch: a.Epoch})
}

// ReissueCustomer ends all devices of a customer and all tickets that are out,
// or only one device and no ticket, and returns a ticket for a new device and
// when it expires. Reason: unknown_code.
func (d *Directory) ReissueCustomer(ctx context.Context, ref string, device *[16]byte) (enrol.Ticket, time.Time, error) {
	c, err := change(ctx, d, customerKey(ref), func(c *Customer) error {
		if device == nil {
			c.Epoch++
			c.Acts = d.note(ctx, c.Acts, "new ticket instead of all devices and tickets")
		} else {
			if _, known := c.Device(*device); !known {
				return ending.Because(ending.UnknownCode, "not a device of this customer")
			}
			c.Acts = d.note(ctx, c.Acts, "new ticket instead of device "+hex.EncodeToString(device[:]))
		}
		for i := range c.Devices {
			if device == nil || c.Devices[i].ID == *device {
				c.Devices[i].Revoked = true
			}
		}
		return nil
	})
	d.forgetStaples()
	if err != nil {
		return enrol.Ticket{}, time.Time{}, err
	}
	line := Ended{Customer: customerKey(ref), Epoch: c.Epoch}
	if device != nil {
		line = Ended{Device: hex.EncodeToString(device[:])}
	}
	if err := d.ended(ctx, line); err != nil {
		return enrol.Ticket{}, time.Time{}, err
	}
	return d.newTicket(ctx, ticket{Customer: customerKey(ref), Epoch: c.Epoch})
}
