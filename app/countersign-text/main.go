// Command countersign-text is Countersign for terminals, screen readers and
// scripts. This file owns the wiring only: signals, standard streams, terminal
// detection. It must not know what is asked or told: that is
// ui/text.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"countersign/assets"
	"countersign/ui/text"
)

func main() { os.Exit(run()) }

// run returns the exit status. The first signal asks for the end of the call;
// a second one ends the program at once, as signals usually do.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return text.Run(ctx, text.Console{
		Args:          os.Args[1:],
		In:            os.Stdin,
		Out:           os.Stdout,
		Err:           os.Stderr,
		InIsTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		OutIsTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		Env:           os.Getenv,
		Version:       assets.Built(),
		Secret:        readSecret,
	})
}

// readSecret reads a line from the terminal without showing it. An interrupt
// gives the terminal its echo back.
func readSecret(ctx context.Context, prompt string) (string, error) {
	fd := int(os.Stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprint(os.Stderr, prompt)
	typed := make(chan struct{})
	var secret []byte
	go func() {
		defer close(typed)
		secret, err = term.ReadPassword(fd)
	}()
	select {
	case <-typed:
		fmt.Fprintln(os.Stderr)
		return string(secret), err
	case <-ctx.Done():
		_ = term.Restore(fd, before)
		return "", ctx.Err()
	}
}
