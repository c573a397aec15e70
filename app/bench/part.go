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

	"countersign/app/demo/programs"
)

// Names of the parts, as the first argument.
const (
	partKeyring = "part-keyring" // N: read the keyring N times
	partServer  = "part-server"  // N: our server with N live offers
	partBare    = "part-bare"    // N: a plain NATS server and a responder with answers of N bytes
)

var parts map[string]func(ctx context.Context, args []string, in io.Reader, out io.Writer) error

func init() {
	parts = map[string]func(ctx context.Context, args []string, in io.Reader, out io.Writer) error{
		partKeyring: readKeyring,
		partServer:  serveOffers,
		partBare:    serveBare,
	}
}

// place is how a server can be reached.
type place struct {
	URL     string   `json:"url"`
	KeyHash [32]byte `json:"key_hash"`
}

// startServer starts a part that serves, and waits until it does.
func startServer(ctx context.Context, part string, n int) (place, *programs.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return place{}, nil, err
	}
	process, err := programs.Start(programs.Command{Path: self, Args: []string{part, strconv.Itoa(n)}})
	if err != nil {
		return place{}, nil, err
	}
	said, err := process.Await(ctx, "address", func(programs.Event) bool { return true })
	var at place
	if err == nil {
		err = json.Unmarshal([]byte(said.Line), &at)
	}
	if err != nil {
		process.Stop()
		return place{}, nil, fmt.Errorf("starting %s: %w", part, err)
	}
	return at, process, nil
}

// serveUntilDone tells where it serves and waits for the end of the input.
func serveUntilDone(ctx context.Context, at place, in io.Reader, out io.Writer) error {
	if err := json.NewEncoder(out).Encode(at); err != nil {
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
