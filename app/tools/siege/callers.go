// This file owns the honest people: pairs of an agent and a customer who
// call, read back, type to each other and end, and one pair whose call lasts as
// long as the siege. They run the same engine as the programs that people use.

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/session"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

const (
	texts       = 10 // typed by each side in one call
	agentFrom   = "127.0.2.%d"
	callerFrom  = "127.0.3.%d"
	callWithin  = 2 * time.Minute // a call that takes longer has failed
	typingPause = 500 * time.Millisecond
)

// pair is an agent and a customer, each at a computer with its own address.
type pair struct {
	number   int
	agent    *session.Agent
	customer *session.Customer
}

func numbered(form string, n int) string { return fmt.Sprintf(form, n) }

// seat enrols so many pairs.
func (b *bank) seat(ctx context.Context, folder string, pairs int) ([]pair, error) {
	seated := make([]pair, pairs)
	group, ctx := errgroup.WithContext(ctx)
	for i := range seated {
		group.Go(func() (err error) {
			seated[i], err = b.seatPair(ctx, folder, i+1)
			return err
		})
	}
	return seated, group.Wait()
}

func (b *bank) seatPair(ctx context.Context, folder string, n int) (p pair, err error) {
	p.number = n
	ticket, err := b.invite(ctx, "agent", "add", "--name", "Robin Nowak", "--role", "Adviser", "--department", "Cards")
	if err != nil {
		return p, err
	}
	if p.agent, err = session.OpenAgent(ctx, home(folder, numbered("agent%d", n), numbered(agentFrom, n))); err != nil {
		return p, err
	}
	if _, err := p.agent.Enrol(ctx, session.Enrolment{Ticket: ticket}); err != nil {
		return p, err
	}
	if _, err := p.agent.SignIn(ctx, ""); err != nil {
		return p, err
	}
	if ticket, err = b.invite(ctx, "customer", "add", "--ref", p.reference(), "--phone", "+48600700800"); err != nil {
		return p, err
	}
	if p.customer, err = session.OpenCustomer(ctx, home(folder, p.reference(), numbered(callerFrom, n))); err != nil {
		return p, err
	}
	_, err = p.customer.Enrol(ctx, session.Enrolment{Ticket: ticket})
	return p, err
}

func (p pair) reference() string { return numbered("C-%d", p.number) }

// home is one person's computer, which connects from an address of its own.
func home(folder, name, from string) session.Options {
	return session.Options{
		Dir: filepath.Join(folder, name), Store: vault.NewMemory(),
		Dial: func(ctx context.Context, address string) (net.Conn, error) {
			return localDialer(from).DialContext(ctx, "tcp", address)
		},
	}
}

// side is one end of a call, with what it told.
type side struct {
	*session.Call
	who string
}

// next waits for an event of a kind, and passes over others but the end.
func next[E call.Event](ctx context.Context, s side) (wanted E, err error) {
	for {
		select {
		case e, open := <-s.Events():
			if found, ok := e.(E); ok {
				return found, nil
			}
			if ended, ok := e.(call.EndedEvent); ok {
				return wanted, fmt.Errorf("the %s's call ended as %s", s.who, ended.Reason)
			}
			if !open {
				return wanted, fmt.Errorf("the %s's call is over", s.who)
			}
		case <-ctx.Done():
			return wanted, fmt.Errorf("the %s waits for %T: %w", s.who, wanted, ctx.Err())
		}
	}
}

// calls is one whole call, from the agent's first click to the end on both
// screens. Between secure and the end, talk runs.
func (p pair) calls(ctx context.Context, talk func(ctx context.Context, agent, customer side) error) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	begun := time.Now()
	agent := side{p.agent.Call(ctx, session.Offering{Direction: offer.BankCalled, Customer: p.reference(), Purpose: trust.CardPayment}), "agent"}
	shown, err := next[call.CodeShown](ctx, agent)
	if err != nil {
		return 0, err
	}
	customer := side{p.customer.Verify(ctx, session.Verification{Code: shown.Code, Answers: offer.Answers{How: offer.TheyCalled}}), "customer"}
	digits, err := next[call.ReadbackShown](ctx, customer)
	if err != nil {
		return 0, err
	}
	if _, err := next[call.Opened](ctx, agent); err != nil {
		return 0, err
	}
	agent.Readback(digits.Code)
	for _, s := range []side{agent, customer} {
		if _, err := next[call.Secured](ctx, s); err != nil {
			return 0, err
		}
	}
	if err := talk(ctx, agent, customer); err != nil {
		return 0, err
	}
	agent.End()
	for _, s := range []side{agent, customer} {
		if ended, err := next[call.EndedEvent](ctx, s); err != nil || ended.Reason != ending.Completed {
			return 0, errors.Join(err, fmt.Errorf("the %s's call ended as %s", s.who, ended.Reason))
		}
	}
	return time.Since(begun), nil
}

// types sends texts both ways, each once the one before has been read.
func types(ctx context.Context, agent, customer side) error {
	for n := range texts {
		text := numbered("text %d", n)
		for from, to := range map[side]side{agent: customer, customer: agent} {
			from.Say(text)
			if read, err := next[call.Message](ctx, to); err != nil || read.Text != text {
				return errors.Join(err, fmt.Errorf("the %s read %q instead of %q", to.who, read.Text, text))
			}
		}
	}
	return nil
}

// typesUntil goes on typing until done is closed.
func typesUntil(done <-chan struct{}) func(ctx context.Context, agent, customer side) error {
	return func(ctx context.Context, agent, customer side) error {
		for {
			if err := types(ctx, agent, customer); err != nil {
				return err
			}
			select {
			case <-done:
				return nil
			case <-time.After(typingPause):
			}
		}
	}
}

// idle is how long a pair's call takes while nobody attacks: the median of a few.
func (p pair) idle(ctx context.Context) (time.Duration, error) {
	const calls = 3
	var took []time.Duration
	for range calls {
		d, err := p.whole(ctx)
		if err != nil {
			return 0, err
		}
		took = append(took, d)
	}
	slices.Sort(took)
	return took[calls/2], nil
}

// whole is one call with its texts, within a time that no call takes.
func (p pair) whole(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	return p.calls(ctx, types)
}
