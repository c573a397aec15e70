// This file owns the program from start to end: where it prints, what it finds
// on this computer, and that everything it started ends with it.

// Command demo shows Countersign at work: it makes a bank in a temporary
// folder, starts the real server and, for an agent and a customer, the real
// program in a window of its own, with a keyring of its own, on a virtual
// display. It plays two calls by keyboard, first a genuine one, then a
// fraudster between two telephone calls, tells what both see as a time line and
// leaves a picture of every screen.
//
//	demo               plays it in windows, into demo-out
//	demo --text        plays it with the programs for terminals
//	demo --sweep DIR   leaves pictures of all screens in all sizes, themes and
//	                   languages, for whoever looks after them
//
// It owns the story and the page. It must not know the protocol: everything it
// tells it has read from the programs, and it ends with status 1 as soon as one
// of them is not what the story says.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/term"

	"countersign/app/tools/demo/windows"
)

// patience bounds a whole play of the story, also on a busy machine.
const patience = 15 * time.Minute

// paperFolder is where the demonstration leaves what it kept.
const paperFolder = "demo-out"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// request is what the command line asks for.
type request struct {
	text        bool
	sweep, only string
}

func run(ctx context.Context, args []string, out *os.File, complaints io.Writer) int {
	var w request
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.BoolVar(&w.text, "text", false, "play with the programs for terminals, without windows")
	flags.StringVar(&w.sweep, "sweep", "", "leave pictures of all screens, in all sizes, themes and languages, in this `folder`")
	flags.StringVar(&w.only, "only", "", "sweep only the looks whose name contains this, such as 900x500 or dark-pl")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return 2
	}
	err := w.fulfil(ctx, pageFor(out))
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

func (w request) fulfil(ctx context.Context, p page) error {
	switch {
	case w.sweep != "":
		return sweep(ctx, p, w.sweep, w.only)
	case w.text:
		return perform(ctx, p, &textCast{}, demonstrate)
	}
	album, err := openAlbum(paperFolder)
	if err != nil {
		return err
	}
	return perform(ctx, p, &windowCast{screen: windows.Laptop, looks: looks{theme: "light", language: "en", text: 1}, album: album}, demonstrate)
}

// perform sets the stage, has a play played on it and clears everything away.
func perform(ctx context.Context, p page, c cast, play func(context.Context, *stage) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dir, err := os.MkdirTemp("", "countersign-demo")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s := &stage{page: p, programs: filepath.Dir(self), dir: dir, cast: c}
	defer s.close()
	if err := s.set(ctx); err != nil {
		return err
	}
	return play(ctx, s)
}

// demonstrate tells the story and keeps what it has produced.
func demonstrate(ctx context.Context, s *stage) error {
	if err := s.play(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(paperFolder, 0o755); err != nil {
		return err
	}
	what, err := s.cast.keep(ctx, paperFolder)
	if err != nil {
		return err
	}
	s.sumUp(paperFolder, what)
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
