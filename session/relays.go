// This file owns how this home's programs reach a bank's relays: every connection
// is opened here, whoever needs it, and every request has its deadline.

package session

import (
	"context"
	"time"

	"countersign/session/computer/connection"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/trust"
)

// requestTime bounds one request to the relay.
const requestTime = 10 * time.Second

// request bounds one request to the relay.
func (h *home) request(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, requestTime)
}

// dial opens the connection to the first of the bank's relays that answers. Reasons:
// server_down, wrong_server_key.
func (h *home) dial(ctx context.Context, o connection.Options, relays []trust.Relay) (*connection.Conn, error) {
	var failed error
	for _, relay := range relays {
		o.URL, o.KeyHash = relay.URL, relay.KeyHash
		conn, err := h.reach(ctx, o)
		if err == nil {
			return conn, nil
		}
		// A wrong key says more than a relay that is down: keep the stronger word.
		if failed == nil || ending.Of(err, ending.ServerDown) != ending.ServerDown {
			failed = err
		}
	}
	return nil, failed
}

// reach opens one connection.
func (h *home) reach(ctx context.Context, o connection.Options) (*connection.Conn, error) {
	o.Logger, o.Dial = h.log, h.dialer
	return connection.Dial(ctx, o)
}
