// This file owns the choice between the running server and the store itself.

package admin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"time"

	"countersign/session/bank"
	"countersign/session/bank/directory"
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
// is one, else on the store, which open opens. Rows of the answer go to each;
// nil wants none.
func Run(ctx context.Context, dir string, r Request, open Opener, each func(*Row) error) (answer Answer, err error) {
	r.By = operator(r.By)
	err = untilSomebody(ctx, func() (err error) {
		answer, err = runOnce(ctx, dir, r, open, each)
		return err
	})
	return answer, err
}

// Look asks the running server for its health, if there is one (served), and else
// calls look while nobody else works in the folder. It needs no bank that can be
// loaded, and writes nothing itself; a server that is asked tries to write.
func Look(ctx context.Context, dir string, look func() error) (answer Answer, served bool, err error) {
	r := Request{Op: Health, By: operator("")}
	err = untilSomebody(ctx, func() error {
		release, err := bank.LockToRead(dir)
		if served = errors.Is(err, bank.ErrInUse); served {
			answer, err = call(ctx, dir, r, nil)
			return err
		}
		if err != nil {
			return err
		}
		return errors.Join(look(), release())
	})
	return answer, served, err
}

// untilSomebody repeats what reports errNobody, for as long as a server may start
// or stop.
func untilSomebody(ctx context.Context, once func() error) error {
	again := time.NewTicker(poll)
	defer again.Stop()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		if err := once(); !errors.Is(err, errNobody) {
			return err
		}
		select {
		case <-again.C:
		case <-limit.C:
			return bank.ErrInUse
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// operator is who gives a command: the account, which the system vouches for,
// and whom that account says it acts for, which nobody does.
func operator(claimed string) string {
	account := "account " + strconv.Itoa(os.Geteuid())
	if known, err := user.Current(); err == nil {
		account = known.Username
	}
	if claimed != "" && claimed != account {
		return account + " for " + claimed
	}
	return account
}

// runOnce reports errNobody when the folder is in use and nobody answers: its
// server is starting or stopping, or another command is at work.
func runOnce(ctx context.Context, dir string, r Request, open Opener, each func(*Row) error) (answer Answer, err error) {
	b, err := bank.Load(dir)
	if err != nil {
		return Answer{}, err
	}
	release, err := bank.Lock(dir)
	if errors.Is(err, bank.ErrInUse) {
		return call(ctx, dir, r, each)
	}
	if err != nil {
		return Answer{}, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if r.Op == Follow {
		return Answer{Fault: "no server runs on this folder, and without one no report comes: start countersignd serve"}, nil
	}
	d, closeStore, err := open(ctx, dir)
	if err != nil {
		return Answer{}, err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	return Do(ctx, b, d, r, each), nil
}

// AskServer has the running server carry out a request, and says so when there
// is none.
func AskServer(ctx context.Context, dir string, r Request) (Answer, error) {
	r.By = operator(r.By)
	answer, err := call(ctx, dir, r, nil)
	if errors.Is(err, errNobody) {
		return Answer{}, fmt.Errorf("no server runs on %s", dir)
	}
	return answer, err
}
