// This file owns the way from a device to its customer.

package directory

import (
	"context"

	"countersign/session/protocol/ending"
)

// OwnerOf returns the customer who has, or had, the device with this
// credential id. Reason: unknown_code.
func (d *Directory) OwnerOf(ctx context.Context, device [16]byte) (Customer, error) {
	h, err := read[holder](ctx, d, credentialKey(device))
	if err != nil {
		return Customer{}, err
	}
	if h.Customer == "" {
		return Customer{}, ending.Because(ending.UnknownCode, "not a device")
	}
	return read[Customer](ctx, d, h.Customer)
}
