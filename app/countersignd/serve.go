// This file owns the commands serve and health.

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

	"countersign/session/bank"
	"countersign/session/bank/admin"
	"countersign/session/bank/limit"
	"countersign/session/bank/server"
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

// Run serves until SIGTERM or SIGINT. A bank that is renewed, or whose store must
// be opened again, is served anew, in the same process: calls in progress take up
// their connection again.
func (s *serve) Run(c console) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	limits := limit.Default()
	if s.Limits != "" {
		if limits, err = limit.Read(s.Limits); err != nil {
			return err
		}
	}
	if _, err := bank.Load(s.Dir); err != nil {
		return err
	}
	release, err := lockForServer(ctx, s.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	for {
		again, err := s.serveOnce(ctx, c, limits)
		if err != nil || !again {
			return err
		}
	}
}

// serveOnce serves the bank as the folder has it now, until ctx ends, or until it
// has to be served anew.
func (s *serve) serveOnce(ctx context.Context, c console, limits limit.Limits) (again bool, err error) {
	b, err := bank.Load(s.Dir)
	if err != nil {
		return false, err
	}
	log := slog.New(slog.NewTextHandler(c.err, nil))
	running, err := server.Start(ctx, server.Options{Dir: s.Dir, Listen: s.Listen, Limits: limits, Logger: log})
	if err != nil {
		return false, err
	}
	defer running.Close()
	socket, err := admin.Listen(b, running.Directory())
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, socket.Close()) }()
	address := strings.TrimPrefix(running.URL(), "tls://")
	if address != b.RelayAddress() {
		fmt.Fprintf(c.err, "note: the server listens at %s, but tickets and clients use the bundle's relay address %s: make sure that it leads here.\n", address, b.RelayAddress())
	}
	if s.Listen != "" {
		s.Listen = address // port 0 once took one, and it stays the same
	}
	if _, err := fmt.Fprintln(c.out, "ready "+running.URL()); err != nil {
		return false, err
	}
	daily := time.NewTicker(24 * time.Hour)
	defer daily.Stop()
	for {
		for _, warning := range endings(b, c.now()) {
			log.Warn(warning)
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-socket.Renewed():
			log.Info("the bank was renewed: the server starts anew")
			return true, nil
		case <-running.Ended():
			log.Warn("the store could not write, and its disk has space again: the server starts anew")
			return true, nil
		case <-daily.C:
		}
	}
}

type health struct {
	folder
}

// Run asks the running server, and nobody else: for whoever watches over it.
func (h *health) Run(c console) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer, err := admin.AskServer(ctx, h.Dir, admin.Request{Op: admin.Health})
	if err == nil && answer.Fault != "" {
		err = errors.New(answer.Fault)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, answer.Done)
	return err
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
