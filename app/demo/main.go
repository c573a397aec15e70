// This file owns the program from start to end: where it prints, what it finds
// on this computer, and that everything it started ends with it.

// Command demo shows Countersign at work: it makes a bank in a temporary
// folder, starts the real server and, for an agent and a customer, the real
// text program with a keyring of its own, and tells what both see as a time
// line. First a genuine call, then a fraudster between two telephone calls.
//
// It owns the story and the page. It must not know the protocol: everything
// it tells it has read from the programs' events, and it ends with status 1
// as soon as one of them is not what the story says.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/term"
)

// patience bounds the whole demonstration.
const patience = 90 * time.Second

// paperFolder is where the demonstration leaves what it kept.
const paperFolder = "demo-out"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Stdout, os.Stderr))
}

func run(ctx context.Context, out *os.File, complaints io.Writer) int {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := demonstrate(ctx, pageFor(out))
	switch {
	case err == nil:
		return 0
	case errors.Is(context.Cause(ctx), context.Canceled):
		fmt.Fprintln(complaints, "\ndemo: interrupted; everything it had started has ended")
	default:
		fmt.Fprintf(complaints, "\ndemo: %v\n", err)
	}
	return 1
}

func demonstrate(ctx context.Context, p page) (err error) {
	dir, err := os.MkdirTemp("", "countersign-demo")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s := &stage{page: p, programs: filepath.Dir(self), dir: dir}
	defer s.close()
	if err := s.set(ctx); err != nil {
		return err
	}
	if err := s.play(ctx); err != nil {
		return err
	}
	if err := s.keepPapers(paperFolder); err != nil {
		return err
	}
	s.sumUp(paperFolder)
	return nil
}

// pageFor fits the page to where it is printed. Colour is for terminals, and
// not where the person declined it (no-color.org).
func pageFor(out *os.File) page {
	p := page{out: out, width: pageWidth}
	if !term.IsTerminal(int(out.Fd())) {
		return p
	}
	if width, _, err := term.GetSize(int(out.Fd())); err == nil && width > 0 {
		p.width = min(max(width, minWidth), maxWidth)
	}
	p.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return p
}
