// This file owns the two halves of renewing a bank that the bank's folder sees:
// a draft of the next bundle, and putting it in force once the roots have signed
// it. The root key itself never comes here.

package admin

import (
	"context"
	"fmt"
	"slices"

	"countersign/session/bank"
	"countersign/session/bank/directory"
	"countersign/session/protocol/trust"
)

// draft makes the next bundle.
func draft(ctx context.Context, b *bank.Bank, d *directory.Directory, r Request) (Answer, error) {
	if r.Renewal == nil {
		return Answer{}, fmt.Errorf("the command does not say what is renewed")
	}
	first, err := firstDevice(ctx, d)
	if err != nil {
		return Answer{}, err
	}
	made, err := b.Draft(*r.Renewal, first, d.Now())
	return Answer{Payload: made.Payload, Notes: made.Notes}, err
}

// firstDevice is when the first device that still counts was enrolled (Unix
// seconds), or 0 if there is none. Whichever issuer signed for it is needed.
func firstDevice(ctx context.Context, d *directory.Directory) (first int64, err error) {
	err = d.Customers(ctx, func(c directory.Customer) error {
		for _, device := range c.Devices {
			if device.Active(d.Now()) && (first == 0 || device.Enrolled < first) {
				first = device.Enrolled
			}
		}
		return nil
	})
	return first, err
}

// publish puts a signed bundle in force. Who signs credentials now is one of its
// issuers, so credentials that are out go on to count.
func publish(b *bank.Bank, d *directory.Directory, r Request) (Answer, error) {
	now := d.Now()
	next, err := b.Publish(r.Signed, now)
	if err != nil {
		return Answer{}, err
	}
	done := fmt.Sprintf("bundle %d is in force until %s", next.Version, bank.Day(next.Expiry))
	if !slices.Equal(next.Public(trust.RoleIssuer, now), b.Bundle.Public(trust.RoleIssuer, now)) {
		done += ", with a new issuer"
	}
	return Answer{Done: done, Renewed: true}, nil
}
