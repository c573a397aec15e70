// This file owns the program from start to end: its flags, the plan of what is
// measured how often, and the order of the rows.

// Command bench measures Countersign's budgets. Each is a ratio between our
// code and the plainest thing that does the same work, measured in the same
// run, so that the figures mean the same on every machine.
//
// It owns the baselines and the arithmetic. It must not judge: a row over its
// goal is printed as such and the program still ends with status 0; only what
// could not be measured is an error. What needs no process of its own is a
// benchmark beside what it measures, run from here. The servers that are measured run in
// processes of their own, as in life, which are this same program again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// patience bounds the whole run.
const patience = 6 * time.Minute

// plan says how much is measured. A pair is one batch of ours and one of the
// baseline, directly one after the other.
type plan struct {
	verifies                 int // checks of an offer
	keyringReads             int
	lookupPairs, lookupBatch int // lookups one after the other
	flowPairs, flowBatch     int // lookups side by side
	tailPairs, tailBatch     int // lookups for the 99th percentile
	fewOffers, manyOffers    int
	startPairs               int           // starts of a window
	memoryPairs              int           // windows whose memory is taken
	livePeriods              int           // looks at a call that waits
	livePeriod               time.Duration // the length of such a look
}

// full is what `make bench` measures, in less than four minutes.
var full = plan{
	verifies:     2000,
	keyringReads: 300,
	lookupPairs:  40, lookupBatch: 100,
	flowPairs: 15, flowBatch: 1500,
	tailPairs: 15, tailBatch: 1000,
	fewOffers: 100, manyOffers: 10_000,
	startPairs: 11, memoryPairs: 3,
	livePeriods: 3, livePeriod: 20 * time.Second,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the program for people, or one of the parts that it starts.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) > 0 && parts[args[0]] != nil {
		return parts[args[0]](ctx, args[1:], in, out)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print the rows as JSON")
	only := flags.String("only", "", "measure only these `rows`: verify, keyring, lookups or desktop")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	rows, err := full.measure(ctx, *only)
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(out, rows)
	}
	return printTable(out, rows)
}

// measure returns all rows in the order of the budgets, or one group of them.
func (p plan) measure(ctx context.Context, only string) ([]row, error) {
	var rows []row
	known := only == ""
	for _, group := range []struct {
		name    string
		measure func(context.Context) ([]row, error)
	}{{"verify", p.verify}, {"keyring", p.keyring}, {"lookups", p.lookups}, {"desktop", p.desktop}} {
		if only != "" && only != group.name {
			continue
		}
		known = true
		more, err := group.measure(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	if !known {
		return nil, fmt.Errorf("no rows are called %q", only)
	}
	return rows, nil
}
