// This file owns the requests by name: which subject, which answer. It adds no
// rule of its own.
//
// Errors of all of them: the ending.Reason of the server's refusal (a name
// outside CP1's table becomes unsupported), unsupported for an answer that is
// not well-formed, server_down when there is no connection or no answer in
// time, the context's error when the caller cancelled, wire.ErrTooLarge for a
// message over wire.MaxMessage.

package connection

import (
	"context"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
)

// Lookup asks for an offer.
func (c *Conn) Lookup(ctx context.Context, q relay.LookupRequest) (relay.LookupAnswer, error) {
	return ask[relay.LookupAnswer](ctx, c, relay.LookupSubject(c.nkey), q)
}

// Report delivers a sealed stop report.
func (c *Conn) Report(ctx context.Context, q relay.ReportRequest) error {
	_, err := c.exchange(ctx, relay.ReportSubject(c.nkey), q)
	return err
}

// Renew asks for a fresh device credential.
func (c *Conn) Renew(ctx context.Context, q relay.RenewRequest) (relay.RenewAnswer, error) {
	return ask[relay.RenewAnswer](ctx, c, relay.RenewSubject(c.nkey), q)
}

// SendUp sends one message of a companion. With wantAnswer it waits for the
// relay's answer (KindReadmit, KindReply) and returns its body.
func (c *Conn) SendUp(ctx context.Context, m relay.Up, wantAnswer bool) ([]byte, error) {
	if wantAnswer {
		return c.exchange(ctx, relay.UpSubject(c.nkey), m)
	}
	return nil, c.publish(ctx, relay.UpSubject(c.nkey), m)
}

// Enrol takes one step of an enrolment with that step's body and returns the
// body of the answer.
func (c *Conn) Enrol(ctx context.Context, step relay.EnrolStep, body []byte) ([]byte, error) {
	return c.exchange(ctx, relay.EnrolSubject(c.nkey), relay.EnrolRequest{Step: step, Body: body})
}

// Credential asks for an agent credential, or for news alone.
func (c *Conn) Credential(ctx context.Context, q relay.CredentialRequest) (relay.CredentialAnswer, error) {
	return ask[relay.CredentialAnswer](ctx, c, c.op(relay.OpCredential), q)
}

// Prepare asks whether a call with a customer can be offered.
func (c *Conn) Prepare(ctx context.Context, q relay.PrepareRequest) (relay.PrepareAnswer, error) {
	return ask[relay.PrepareAnswer](ctx, c, c.op(relay.OpPrepare), q)
}

// Create places an offer.
func (c *Conn) Create(ctx context.Context, q relay.CreateRequest) error {
	_, err := c.exchange(ctx, c.op(relay.OpCreate), q)
	return err
}

// Admit redeems an offer for one companion, or re-admits a call by its ticket.
func (c *Conn) Admit(ctx context.Context, q relay.AdmitRequest) (relay.AdmitAnswer, error) {
	return ask[relay.AdmitAnswer](ctx, c, c.op(relay.OpAdmit), q)
}

// SendDown sends one message of an agent to a companion. It is not answered.
func (c *Conn) SendDown(ctx context.Context, m relay.Down) error {
	return c.publish(ctx, c.op(relay.OpDown), m)
}

// Secure tells the authority that the read-back was right.
func (c *Conn) Secure(ctx context.Context, q relay.SecureRequest) (relay.SecureAnswer, error) {
	return ask[relay.SecureAnswer](ctx, c, c.op(relay.OpSecure), q)
}

// End retires an offer or a call.
func (c *Conn) End(ctx context.Context, q relay.EndRequest) error {
	_, err := c.exchange(ctx, c.op(relay.OpEnd), q)
	return err
}

func (c *Conn) op(op relay.Op) string { return relay.AgentSubject(op, c.nkey) }

// ask is an exchange whose answer has a body of type A.
func ask[A any](ctx context.Context, c *Conn, subject string, request any) (A, error) {
	body, err := c.exchange(ctx, subject, request)
	if err != nil {
		return *new(A), err
	}
	answer, err := relay.Decode[A](body)
	if err != nil {
		return *new(A), ending.Because(ending.Unsupported, "the body of the server's answer is not well-formed")
	}
	return answer, nil
}
