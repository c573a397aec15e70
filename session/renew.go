// This file owns the companion's renewal: asking the authority for a fresh
// credential of this device, judging it, and keeping it. When it is asked for
// is package verdict's to say.
//
// Rules: at most once a call, and only on the call's own connection; what came counts
// only if it is this device's own, and is kept after the bundle that vouches for
// it; a disk that does not take it costs the next call another question.

package session

import (
	"context"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// renew puts a fresh credential in the place of the own one, or the reason why
// there is none.
func (c *customerCall) renew(ctx context.Context, f *found, in *verdict.Input) {
	signed, fresh, err := c.askForFresh(ctx, *f)
	in.Now = c.clock.Now()
	if err != nil {
		in.Own.Renewal = ending.Of(err, ending.LineLost)
		c.log.Warn("no fresh credential of this device", "reason", in.Own.Renewal)
		return
	}
	in.Own.Credential = signed
	f.bank.Credential, f.own, f.fresh = signed, fresh, fresh
}

// askForFresh asks, and judges the answer by the newest bundle that was
// accepted: a relay may bring an older credential, or somebody else's.
func (c *customerCall) askForFresh(ctx context.Context, f found) ([]byte, *trust.Device, error) {
	asked := c.clock.Now().Unix()
	request, err := relay.Renewal{Device: f.own.ID, Nkey: f.conn.Nkey(), Time: asked}.Sign(f.device)
	if err != nil {
		return nil, nil, err
	}
	answer, err := f.conn.Renew(ctx, request)
	if err != nil {
		return nil, nil, err
	}
	fresh, err := f.own.Renewed(f.out.Bundle, answer.Credential, asked)
	if err != nil {
		return nil, nil, ending.Wrap(ending.Forged, err)
	}
	return answer.Credential, fresh, nil
}

// keepRenewed keeps a fresh credential for the next call and for checks without
// the network. Like an answered offer it holds nothing up; the record may
// meanwhile hold a newer one, or another enrolment's.
func (c *customerCall) keepRenewed(fresh *trust.Device) {
	if fresh == nil {
		return
	}
	id, signed := c.bank.bundle.BankID, c.bank.Credential
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), keepTime)
	c.story.keeping.Go(func() {
		defer cancel()
		err := c.change(ctx, roleCustomer, id, func(r *record) {
			kept, err := trust.PeekDevice(r.Credential)
			if err == nil && kept.ID == fresh.ID && kept.NotBefore <= fresh.NotBefore {
				r.Credential = signed
			}
		})
		if err != nil {
			c.log.Warn("a fresh credential of this device cannot be kept", "error", err)
		}
	})
}
