// Command mutants takes one defence after the other away and demands that the
// tests named after it notice: a defence that nothing misses is not tested.
// It owns the running; the patches, and which tests must turn red, are
// session/lab/attacks/mutants's. It must not touch the tree: a patch is applied to
// a copy of the one file that it changes, and the go command is told to take
// the copy for the file (-overlay), so that everything else comes from the
// build cache.
//
// It ends with status 1 when a mutant survives, a patch does not apply, or one
// dies of anything but its named tests. Run it in the folder of the module:
//
//	go run ./app/tools/mutants [-only 'tls-key|direction'] [-beside 4]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// folder holds the patches, from the root of the module.
const folder = "session/lab/attacks/mutants"

func main() {
	only := flag.String("only", "", "a regular expression: try the patches whose names it matches")
	// A test that notices often waits for something that does not come.
	beside := flag.Int("beside", 2*runtime.NumCPU(), "how many to try at once")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *only, *beside); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, beside int) error {
	began := time.Now()
	all, err := readAll(folder)
	if err != nil {
		return err
	}
	names, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(all, func(m mutant) bool { return !names.MatchString(m.name) })
	if len(chosen) == 0 {
		return fmt.Errorf("no patch in %s matches %q", folder, only)
	}
	lab, err := newLab(".")
	if err != nil {
		return err
	}
	defer lab.close()
	if err := lab.passWithout(ctx, chosen); err != nil {
		return err
	}
	killed := tryAll(ctx, lab, chosen, beside)
	fmt.Printf("\n%d mutants, %d killed, %d not, %s\n", len(chosen), killed, len(chosen)-killed, time.Since(began).Round(time.Second))
	if killed != len(chosen) {
		return fmt.Errorf("%d of %d mutants were not killed by the tests that must", len(chosen)-killed, len(chosen))
	}
	return nil
}

// tryAll tries mutants beside each other, prints what became of each, and
// returns how many were killed.
func tryAll(ctx context.Context, lab *lab, mutants []mutant, beside int) (killed int) {
	fates := make(chan fate)
	go func() {
		defer close(fates)
		var group errgroup.Group
		group.SetLimit(max(1, beside))
		for _, m := range mutants {
			group.Go(func() error {
				fates <- lab.try(ctx, m)
				return nil
			})
		}
		_ = group.Wait() // each fate says itself what went wrong
	}()
	width := 0
	for _, m := range mutants {
		width = max(width, len(m.name))
	}
	for f := range fates {
		if f.outcome == killedByTests {
			killed++
		}
		fmt.Printf("%-*s  %-11s  %6s  %s\n", width, f.mutant.name, f.outcome, f.took.Round(100*time.Millisecond), f.why)
		if f.details != "" {
			fmt.Println(f.details)
		}
	}
	return killed
}

// readAll reads every patch of a folder, by name.
func readAll(folder string) ([]mutant, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.patch"))
	if err != nil {
		return nil, err
	}
	var all []mutant
	for _, path := range paths {
		m, err := readMutant(path)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}
