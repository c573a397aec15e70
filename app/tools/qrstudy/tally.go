// This file owns the counting: the table by class and QR version, and whether
// the goals are met.

package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"text/tabwriter"
	"time"
)

// tally is every result so far.
type tally struct {
	mu   sync.Mutex
	rows []result
}

func (t *tally) add(rows []result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range rows {
		r.picture = nil // hundreds of megabytes in all
		t.rows = append(t.rows, r)
	}
}

// group is the results of one line of the table.
type group []result

// share is the part of the pictures that a reader made this of.
func (g group) share(reader int, o outcome) float64 {
	return float64(g.count(reader, o)) / float64(len(g))
}

func (g group) count(reader int, o outcome) (n int) {
	for _, r := range g {
		if r.read[reader].outcome == o {
			n++
		}
	}
	return n
}

// took is a reader's mean time for a picture.
func (g group) took(reader int) time.Duration {
	var sum time.Duration
	for _, r := range g {
		sum += r.read[reader].took
	}
	return sum / time.Duration(len(g))
}

// sizes is the smallest and the largest frame.
func (g group) sizes() (least, most int) {
	bySize := func(a, b result) int { return cmp.Compare(a.bytes, b.bytes) }
	return slices.MinFunc(g, bySize).bytes, slices.MaxFunc(g, bySize).bytes
}

// line is a line of the table: a class of credentials and a QR version.
type line struct{ class, version int }

// print writes the table.
func (t *tally) print(out io.Writer) error {
	lines := map[line]group{}
	for _, r := range t.rows {
		at := line{r.class, r.version}
		lines[at] = append(lines[at], r)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "names\tQR version\tframe bytes\toffers\t")
	for _, reader := range readers {
		fmt.Fprintf(w, "%s\tunread\tmisread\tms each\t", reader.name)
	}
	fmt.Fprintln(w)
	order := func(a, b line) int { return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.version, b.version)) }
	for _, at := range slices.SortedFunc(maps.Keys(lines), order) {
		lines[at].print(w, classes[at.class].name, fmt.Sprintf("%d-M", at.version))
	}
	group(t.rows).print(w, "all", "")
	return w.Flush()
}

func (g group) print(w io.Writer, name, version string) {
	least, most := g.sizes()
	fmt.Fprintf(w, "%s\t%s\t%d to %d\t%d\t", name, version, least, most, len(g))
	for reader := range readers {
		fmt.Fprintf(w, "%.2f %%\t%d\t%d\t%d\t", 100*g.share(reader, right), g.count(reader, unread), g.count(reader, misread), g.took(reader).Milliseconds())
	}
	fmt.Fprintln(w)
}

// judge says which goals were missed. Error: errGoal.
func (t *tally) judge() error {
	all := group(t.rows)
	for i, reader := range readers {
		if n := all.count(i, misread); n > 0 {
			return fmt.Errorf("%w: %s read %d texts that were not drawn", errGoal, reader.name, n)
		}
		if share := all.share(i, right); share < reader.goal {
			return fmt.Errorf("%w: %s read %.2f %% of the pictures, not %.1f %%", errGoal, reader.name, 100*share, 100*reader.goal)
		}
	}
	return nil
}
