// This file owns the program from start to end: its flags, the order of the
// work, and when it ends with an error.

// Command qrstudy measures how well QR frames are read from a screen: it makes
// random offers as an agent's program makes them, draws each as the agent's
// window draws it, spoils the picture as a camera does, and lets two readers
// that share no code read it: zbarimg and our own.
//
// It owns the spoiling and the counting. It must not know how a code is drawn
// or read: ui/parts and session/computer/qr are measured as they are.
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
	"runtime"
	"syscall"
	"time"

	"fyne.io/fyne/v2/test"
	"golang.org/x/sync/errgroup"

	"countersign/ui/look"
)

// patience bounds a run that hangs. On two idle processors 2,000 offers take
// four minutes.
const patience = time.Hour

// batch is how many pictures zbarimg gets at a time.
const batch = 25

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "qrstudy:", err)
		os.Exit(1)
	}
}

// errGoal says that the readers did not do what they should.
var errGoal = errors.New("a goal was missed")

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("qrstudy", flag.ContinueOnError)
	offers := flags.Int("offers", 2000, "how many offers are drawn and read")
	seed := flags.Uint64("seed", 1, "another seed gives other offers and other pictures")
	keep := flags.String("keep", "", "a `folder` for the pictures that a reader did not read")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *offers < 1 {
		return errors.New("there are no arguments, and at least one offer")
	}
	test.NewApp().Settings().SetTheme(look.New(look.Settings{})) // Fyne draws only beside an app; this one needs no display
	began := time.Now()
	t, err := study(ctx, *seed, *offers, *keep)
	if err != nil {
		return err
	}
	if err := t.print(out); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nSeed %d, %d offers, %s on %d CPUs.\n", *seed, *offers, time.Since(began).Round(time.Second), runtime.NumCPU())
	return t.judge()
}

// study draws and reads offers numbered from 0. What becomes of an offer
// depends on the seed and its number alone.
func study(ctx context.Context, seed uint64, offers int, keep string) (*tally, error) {
	folder, err := os.MkdirTemp("", "qrstudy")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	var t tally
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.NumCPU())
	for first := 0; first < offers; first += batch {
		work.Go(func() error {
			rows, err := readBatch(ctx, seed, first, min(first+batch, offers), folder)
			if err != nil {
				return err
			}
			t.add(rows)
			return keepFailures(rows, keep)
		})
	}
	return &t, work.Wait()
}

// readBatch makes the pictures from number first up to end and reads them.
func readBatch(ctx context.Context, seed uint64, first, end int, folder string) ([]result, error) {
	var rows []result
	var files []string
	for number := first; number < end; number++ {
		s, err := makeSample(seed, number)
		if err != nil {
			return nil, fmt.Errorf("offer %d: %w", number, err)
		}
		file := filepath.Join(folder, fmt.Sprintf("%d.png", number))
		if err := os.WriteFile(file, s.picture, 0o600); err != nil {
			return nil, err
		}
		rows, files = append(rows, result{sample: s}), append(files, file)
	}
	if err := readOurs(ctx, rows); err != nil {
		return nil, err
	}
	if err := readZbar(ctx, rows, files); err != nil {
		return nil, err
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// keepFailures writes the pictures that a reader failed at into a folder.
func keepFailures(rows []result, folder string) error {
	if folder == "" {
		return nil
	}
	for _, r := range rows {
		for reader, seen := range r.read {
			if seen.outcome == right {
				continue
			}
			name := fmt.Sprintf("%d-%s-%s.png", r.number, readers[reader].name, seen.outcome)
			if err := os.WriteFile(filepath.Join(folder, name), r.picture, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}
