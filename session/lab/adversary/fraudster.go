// This file owns the fraudster on both legs: one person on two telephones, who
// is the customer to the bank and the bank to the customer.

package adversary

import (
	"context"

	"countersign/session"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

// Fraudster uses people who do what a voice on the telephone asks of them. The
// programs are the real ones: all that a fraudster steers is what is said.
type Fraudster struct {
	Agent    *session.Agent    // believes to speak with the victim
	Victim   *session.Customer // believes to speak with the bank
	Customer string            // the bank's reference of the victim
}

// RingsBank dials one of the bank's lines and has the agent start a call with
// the victim. What the agent's screen shows, the fraudster hears.
func (f Fraudster) RingsBank(ctx context.Context, line string) *session.Call {
	return f.Agent.Call(ctx, session.Offering{
		Direction: offer.CustomerCalled, Customer: f.Customer, Purpose: trust.Transfer, Line: line,
	})
}

// RingsVictim reads a code to the victim, who types it, and answers the
// companion's questions as told here.
func (f Fraudster) RingsVictim(ctx context.Context, code string, answers offer.Answers) *session.Call {
	return f.Victim.Verify(ctx, session.Verification{Code: code, Answers: answers})
}
