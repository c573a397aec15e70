// This file owns the command serve.

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"countersign/session/server"
	"countersign/session/server/admin"
	"countersign/session/server/bank"
	"countersign/session/server/limit"
)

const (
	// waitForCommand is how long a server that starts waits for a command that
	// is at work in its folder.
	waitForCommand = 3 * time.Second
	// pollLock is how often it looks again.
	pollLock = 50 * time.Millisecond
)

type serve struct {
	folder
	Listen string `placeholder:"HOST:PORT" help:"Where to listen, if not at the bundle's relay address. Clients and tickets use the relay address all the same: it must lead here."`
	Limits string `placeholder:"FILE" help:"Limits other than the default, as JSON."`
}

// Run serves until SIGTERM or SIGINT.
func (s *serve) Run(c console) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	b, err := bank.Load(s.Dir)
	if err != nil {
		return err
	}
	limits := limit.Default()
	if s.Limits != "" {
		if limits, err = limit.Read(s.Limits); err != nil {
			return err
		}
	}
	release, err := lockForServer(ctx, s.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	running, err := server.Start(ctx, server.Options{
		Dir: s.Dir, Listen: s.Listen, Limits: limits, Logger: slog.New(slog.NewTextHandler(c.err, nil)),
	})
	if err != nil {
		return err
	}
	defer running.Close()
	socket, err := admin.Listen(b, running.Directory())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, socket.Close()) }()
	if address := strings.TrimPrefix(running.URL(), "tls://"); address != b.RelayAddress() {
		fmt.Fprintf(c.err, "note: the server listens at %s, but tickets and clients use the bundle's relay address %s: make sure that it leads here.\n", address, b.RelayAddress())
	}
	if _, err := fmt.Fprintln(c.out, "ready "+running.URL()); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// lockForServer takes the bank's folder, after a command that may be at work there.
func lockForServer(ctx context.Context, dir string) (release func() error, err error) {
	again := time.NewTicker(pollLock)
	defer again.Stop()
	limit := time.NewTimer(waitForCommand)
	defer limit.Stop()
	for {
		release, err := bank.Lock(dir)
		if !errors.Is(err, bank.ErrInUse) {
			return release, err
		}
		select {
		case <-again.C:
		case <-limit.C:
			return nil, fmt.Errorf("a server already runs on %s: stop it before you start another", dir)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
