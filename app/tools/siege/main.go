// This file owns the program from start to end: its flags, the plan, and what
// must hold at the end.

// Command siege besieges a bank's server and demands that honest people notice
// little: a crowd that takes all places which one address can get, three
// flooders, slow readers, and meanwhile whole calls between real engines. The
// server is the program that banks run, as a process of its own; callers and
// attackers come from different addresses of 127.0.0.0/8, so it needs Linux.
//
// It must not reach into the server: everything is seen from outside, in its
// answers, its memory and its log. It ends with status 1 if a demand is not met.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"
)

// What is demanded.
const (
	mostSlower    = 3   // times the idle time of the same pair's call
	mostMegabytes = 300 // of the server's memory
	mostLogged    = 1   // megabytes of its log
)

const patience = 170 * time.Second // bounds the whole run

// plan says how large a siege is.
type plan struct {
	length  time.Duration
	readers int
	pairs   int  // that call again and again; one more holds a long call
	calls   int  // of each of these
	timed   bool // whether the times of calls are judged: not on a machine that does other things
}

// Two plans: what a release must hold against, and a short one that judges
// outcomes alone, for every commit.
var (
	full  = plan{length: time.Minute, readers: 200, pairs: 4, calls: 5, timed: true}
	short = plan{length: 6 * time.Second, readers: 40, pairs: 2, calls: 2}
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "siege:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("siege", flag.ContinueOnError)
	server := flags.String("server", "bin/countersignd", "the server's `program`")
	brief := flags.Bool("short", false, "a short siege that judges outcomes and no times")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	p := full
	if *brief {
		p = short
	}
	folder, err := os.MkdirTemp("", "siege")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	b, err := openBank(ctx, *server, folder)
	if err != nil {
		return err
	}
	r, err := p.besiege(ctx, b, folder)
	if err = errors.Join(err, b.close()); err != nil {
		return err
	}
	r.used = b.used()
	return r.print(out)
}

// result is what was seen.
type result struct {
	plan
	toll      *toll
	completed int
	slowest   float64 // times the idle time, of the slowest call
	idle      time.Duration
	failed    error // why a call did not complete
	megabytes float64
	logged    float64
	alive     bool
	used      time.Duration // of the processor, by the server
}

// besiege measures the calls in peace, then holds the siege.
func (p plan) besiege(ctx context.Context, b *bank, folder string) (*result, error) {
	pairs, err := b.seat(ctx, folder, p.pairs+1)
	if err != nil {
		return nil, fmt.Errorf("enrolling the people: %w", err)
	}
	if err := b.restart(); err != nil {
		return nil, err
	}
	idle := make([]time.Duration, p.pairs)
	group, groupCtx := errgroup.WithContext(ctx)
	for i := range idle {
		group.Go(func() (err error) { idle[i], err = pairs[i].idle(groupCtx); return err })
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("a call in peace: %w", err)
	}
	r := &result{plan: p}
	under, lift := context.WithTimeout(ctx, p.length)
	defer lift()
	var attackers sync.WaitGroup
	r.toll = attack(under, &attackers, b.address, p.readers)
	p.call(ctx, under, pairs, idle, r)
	lift()
	attackers.Wait()
	r.alive = b.running()
	if r.megabytes, err = b.megabytes(); err != nil {
		return nil, err
	}
	r.logged, err = b.logged()
	return r, err
}

// call lets every pair call while the siege lasts, and the last pair hold one
// call for all of it.
func (p plan) call(ctx, under context.Context, pairs []pair, idle []time.Duration, r *result) {
	var callers sync.WaitGroup
	var mu sync.Mutex
	done := func(took, idle time.Duration, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			r.failed = errors.Join(r.failed, err)
			return
		}
		r.completed++
		if slower := float64(took) / float64(idle); idle > 0 && slower > r.slowest {
			r.slowest, r.idle = slower, idle
		}
	}
	callers.Go(func() {
		_, err := pairs[p.pairs].calls(ctx, typesUntil(under.Done()))
		done(0, 0, err)
	})
	for i := range idle {
		callers.Go(func() {
			for range p.calls {
				pause(under, p.length/time.Duration(p.calls+1))
				took, err := pairs[i].whole(ctx)
				done(took, idle[i], err)
			}
		})
	}
	callers.Wait()
}

// print writes the table, and returns what was demanded and did not hold.
func (r *result) print(out io.Writer) error {
	var unmet []error
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tseen\tdemanded\t")
	row := func(holds bool, what, seen, demanded string) {
		verdict := "holds"
		if !holds {
			verdict = "DOES NOT HOLD"
			unmet = append(unmet, fmt.Errorf("%s: %s, demanded: %s", what, seen, demanded))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", what, seen, demanded, verdict)
	}
	calls := r.pairs*r.calls + 1
	row(r.completed == calls, "honest calls that completed, the long one among them", fmt.Sprint(r.completed), fmt.Sprint(calls))
	if r.timed {
		row(r.slowest <= mostSlower, "the slowest of them, times its idle time", fmt.Sprintf("%.2f x %v", r.slowest, r.idle.Round(time.Millisecond)), fmt.Sprintf("at most %d x", mostSlower))
	}
	row(r.alive, "the server", map[bool]string{true: "runs", false: "has ended"}[r.alive], "runs")
	row(r.megabytes < mostMegabytes, "the server's memory", fmt.Sprintf("%.0f MB", r.megabytes), fmt.Sprintf("under %d MB", mostMegabytes))
	row(r.logged < mostLogged, "its log", fmt.Sprintf("%.2f MB", r.logged), fmt.Sprintf("under %d MB", mostLogged))
	fmt.Fprintf(t, "the server's time of the processor\t%v\t\t\n", r.used.Round(time.Millisecond))
	fmt.Fprintf(t, "places that one address held\t%d of %d tried\t\t\n", r.toll.places.Load(), crowdSize)
	fmt.Fprintf(t, "flooders and slow readers\t%d and %d let in, %d MB taken from them\t\t\n", r.toll.intruded.Load(), r.toll.readers.Load(), r.toll.flooded.Load()>>20)
	return errors.Join(errors.Join(t.Flush(), r.failed), errors.Join(unmet...))
}
