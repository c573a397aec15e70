// This file owns what this package needs of session, as small interfaces, so
// that a test can stand behind them.

package text

import (
	"context"

	"countersign/session"
	"countersign/session/protocol/call"
)

// doors open the two sides of session.
type doors struct {
	customer func(context.Context, session.Options) (customer, error)
	agent    func(context.Context, session.Options) (agent, error)
}

type customer interface {
	Enrol(context.Context, session.Enrolment) (session.Bank, error)
	Pin(ctx context.Context, addr, words string) (session.Bank, error)
	Banks(context.Context) ([]session.Bank, error)
	Known(context.Context) ([]session.Bank, error)
	Remove(ctx context.Context, id [16]byte) error
	RemoveAgents(ctx context.Context, id [16]byte) error
	Verify(context.Context, session.Verification) running
}

type agent interface {
	Enrol(context.Context, session.Enrolment) (session.AgentBank, error)
	Bank(context.Context) (session.Bank, error)
	Call(context.Context, session.Offering) running
}

// running is a call that has begun, as session.Call.
type running interface {
	Events() <-chan call.Event
	Say(text string)
	Readback(digits string)
	Wrong()
	End()
}

var realDoors = doors{
	customer: func(ctx context.Context, o session.Options) (customer, error) {
		c, err := session.OpenCustomer(ctx, o)
		if err != nil {
			return nil, err
		}
		return realCustomer{c}, nil
	},
	agent: func(ctx context.Context, o session.Options) (agent, error) {
		a, err := session.OpenAgent(ctx, o)
		if err != nil {
			return nil, err
		}
		return realAgent{a}, nil
	},
}

type realCustomer struct{ *session.Customer }

func (c realCustomer) Verify(ctx context.Context, v session.Verification) running {
	return c.Customer.Verify(ctx, v)
}

type realAgent struct{ *session.Agent }

func (a realAgent) Call(ctx context.Context, o session.Offering) running {
	return a.Agent.Call(ctx, o)
}
