// This file owns the choice between the running server and the store itself.

package admin

import (
	"context"
	"errors"
	"time"

	"countersign/session/server/bank"
	"countersign/session/server/directory"
)

const (
	// patience is how long a command waits while a server starts or stops, or
	// another command is at work.
	patience = 10 * time.Second
	// poll is how often it looks again.
	poll = 50 * time.Millisecond
)

// Opener opens the directory of a bank whose server does not run.
type Opener func(ctx context.Context, dir string) (d *directory.Directory, closeStore func() error, err error)

// Run carries out a request on the bank in dir: by the running server if there
// is one, else on the store, which open opens.
func Run(ctx context.Context, dir string, r Request, open Opener) (Answer, error) {
	again := time.NewTicker(poll)
	defer again.Stop()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		answer, err := runOnce(ctx, dir, r, open)
		if !errors.Is(err, errNobody) {
			return answer, err
		}
		select {
		case <-again.C:
		case <-limit.C:
			return Answer{}, bank.ErrInUse
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		}
	}
}

// runOnce reports errNobody when the folder is in use and nobody answers: its
// server is starting or stopping, or another command is at work.
func runOnce(ctx context.Context, dir string, r Request, open Opener) (answer Answer, err error) {
	b, err := bank.Load(dir)
	if err != nil {
		return Answer{}, err
	}
	release, err := bank.Lock(dir)
	if errors.Is(err, bank.ErrInUse) {
		return call(ctx, dir, r)
	}
	if err != nil {
		return Answer{}, err
	}
	defer func() { err = errors.Join(err, release()) }()
	d, closeStore, err := open(ctx, dir)
	if err != nil {
		return Answer{}, err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	return Do(ctx, b, d, r), nil
}
