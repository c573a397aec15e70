// This file owns the parts: this same program, started again for what belongs
// in a process of its own. A part says in one line of JSON how to reach it and
// ends when its standard input does.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"countersign/app/tools/demo/programs"
)

// Names of the parts, as the first argument.
const (
	partServer = "part-server" // N: our server with N live offers
	partBare   = "part-bare"   // N: a plain NATS server and a responder with answers of N bytes
	partSeats  = "part-seats"  // our server with an agent and a customer who have not enrolled yet
	partSeat   = "part-seat"   // SIDE FOLDER TICKET: enrol one of them, in the keyring of the environment
)

var parts map[string]func(ctx context.Context, args []string, in io.Reader, out io.Writer) error

func init() {
	parts = map[string]func(ctx context.Context, args []string, in io.Reader, out io.Writer) error{
		partServer: serveOffers,
		partBare:   serveBare,
		partSeats:  serveSeats,
		partSeat:   takeSeat,
	}
}

// place is how a server can be reached.
type place struct {
	URL     string   `json:"url"`
	KeyHash [32]byte `json:"key_hash"`
}

// startServer starts a part that serves, and waits until it does.
func startServer(ctx context.Context, part string, n int) (at place, process *programs.Process, err error) {
	process, err = startPart(ctx, &at, nil, part, strconv.Itoa(n))
	return at, process, err
}

// startPart starts a part and waits for its line of JSON.
func startPart(ctx context.Context, said any, env []string, part string, args ...string) (*programs.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	process, err := programs.Start(programs.Command{Path: self, Args: append([]string{part}, args...), Env: env})
	if err != nil {
		return nil, err
	}
	first, err := process.Await(ctx, "line", func(programs.Event) bool { return true })
	if err == nil {
		err = json.Unmarshal([]byte(first.Line), said)
	}
	if err != nil {
		process.Stop()
		return nil, fmt.Errorf("starting %s: %w", part, err)
	}
	return process, nil
}

// serveUntilDone says what whoever started it needs to know, and waits for the
// end of the input.
func serveUntilDone(ctx context.Context, says any, in io.Reader, out io.Writer) error {
	if err := json.NewEncoder(out).Encode(says); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.Discard, in) // whatever ends the input ends the part
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	return nil
}

// countArgument reads a part's one argument.
func countArgument(args []string) (int, error) {
	if len(args) != 1 {
		return 0, errors.New("this part of bench takes one number")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 {
		return 0, errors.New("this part of bench takes a number from 1")
	}
	return n, nil
}
