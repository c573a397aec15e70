// This file owns renewals as they arrive from companions: a device asks for a
// fresh credential with the numbers that are on file now.

package server

import (
	"context"

	"countersign/session/protocol/ending"
)

// renew counts first: until the directory has found the device and checked its
// signature, anybody may be asking. Nothing is written.
func (s *services) renew(ctx context.Context, from string, data []byte) ([]byte, error) {
	if !s.limits.renewal(from, s.clients.Address(from), s.now()) {
		return nil, ending.Because(ending.Busy, "too many renewals")
	}
	return typed(s.people.Renew)(ctx, from, data)
}
