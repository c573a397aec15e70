// This file owns the arithmetic: pairs of batches, medians and percentiles.
//
// Rule: ours and the baseline take turns in small batches, and the one that
// begins changes each time, so that a machine that is busy for a while, or
// slows down, weighs on both alike.

package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// batch measures once and returns one figure.
type batch func() (float64, error)

// figures are what the pairs of a row gave.
type figures struct{ measured, baseline, ratios []float64 }

// add adds what a pair gave.
func (f *figures) add(measured, baseline float64) error {
	if measured <= 0 || baseline <= 0 {
		return fmt.Errorf("nothing was measured (%g and %g): this clock is too coarse", measured, baseline)
	}
	f.measured, f.baseline, f.ratios = append(f.measured, measured), append(f.baseline, baseline), append(f.ratios, measured/baseline)
	return nil
}

// takeTurns measures pairs of batches after one pair to warm up.
func takeTurns(pairs int, ours, baseline batch) (figures, error) {
	var f figures
	for i := range pairs + 1 {
		a, b, err := pair(ours, baseline, i%2 == 1)
		if err != nil {
			return figures{}, err
		}
		if i == 0 {
			continue
		}
		if err := f.add(a, b); err != nil {
			return figures{}, err
		}
	}
	return f, nil
}

// pair measures both, the baseline first if turned.
func pair(ours, baseline batch, turned bool) (a, b float64, err error) {
	if turned {
		b, a, err = pair(baseline, ours, false)
		return a, b, err
	}
	if a, err = ours(); err != nil {
		return 0, 0, err
	}
	b, err = baseline()
	return a, b, err
}

// percentileOf is a batch whose figure is a percentile of how long n times take,
// in microseconds.
func percentileOf(p float64, n int, do func() error) batch {
	return func() (float64, error) {
		times := make([]float64, n)
		for i := range times {
			start := time.Now()
			if err := do(); err != nil {
				return 0, err
			}
			times[i] = float64(time.Since(start)) / float64(time.Microsecond)
		}
		return percentile(times, p), nil
	}
}

func median(values []float64) float64 { return percentile(values, 50) }

// percentile returns the smallest value that at least p percent of the values
// do not exceed (the nearest-rank method).
func percentile(values []float64, p float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
