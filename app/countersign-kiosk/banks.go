//go:build cgo

// This file owns the banks that were opened: however the program ends, none of
// them is left behind.

package main

import (
	"context"
	"errors"
	"sync"

	"countersign/session/training"
	"countersign/ui/agent"
	"countersign/ui/customer"
	"countersign/ui/kiosk"
)

// banks are the open ones. The zero value has none.
type banks struct {
	mu      sync.Mutex
	under   sync.WaitGroup // openings under way
	all     []*training.Bank
	over    bool
	cancels []context.CancelFunc
}

// errOver says that the program ends.
var errOver = errors.New("the program ends")

// open makes a bank, and the two sides that play in it. Nobody looks for
// remote control: a trainer may well show the screen to a whole room.
func (b *banks) open(ctx context.Context) (kiosk.Bank, error) {
	ctx, err := b.enter(ctx)
	if err != nil {
		return kiosk.Bank{}, err
	}
	defer b.under.Done()
	bank, err := training.Open(ctx, nil)
	if err != nil {
		return kiosk.Bank{}, err
	}
	b.mu.Lock()
	b.all = append(b.all, bank)
	b.mu.Unlock()
	return kiosk.Bank{
		Agent:    agent.New(agent.Options{Self: agent.Of(bank.Agent())}),
		Customer: customer.New(customer.Options{Self: customer.Of(bank.Customer())}),
		Close:    bank.Close,
	}, nil
}

// enter begins an opening, unless the program ends.
func (b *banks) enter(ctx context.Context) (context.Context, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return nil, errOver
	}
	b.under.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	b.cancels = append(b.cancels, cancel)
	return ctx, nil
}

// end gives openings up and closes every bank. Closing one again does nothing;
// the error is what could not be removed.
func (b *banks) end() error {
	b.mu.Lock()
	b.over = true
	for _, cancel := range b.cancels {
		cancel()
	}
	b.mu.Unlock()
	b.under.Wait()
	var failed error
	for _, bank := range b.all {
		failed = errors.Join(failed, bank.Close())
	}
	return failed
}
