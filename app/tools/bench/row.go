// This file owns a row of the result: its figures, its goal, and how rows are
// printed.

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
)

// row is one line of the result. A row without a goal is reported only.
type row struct {
	Name     string  `json:"name"`
	Unit     string  `json:"unit"` // of Measured and Baseline
	Measured float64 `json:"measured"`
	Against  string  `json:"against,omitempty"` // what the baseline is
	Baseline float64 `json:"baseline,omitempty"`
	Ratio    float64 `json:"ratio,omitempty"` // median of the pairs' ratios
	Goal     *goal   `json:"goal,omitempty"`
	Budget   string  `json:"budget"` // within, over, or reported
}

// goal is the bound of a ratio.
type goal struct {
	AtMost  float64 `json:"at_most,omitempty"`
	AtLeast float64 `json:"at_least,omitempty"`
}

// met reports whether a ratio keeps within the goal.
func (g goal) met(ratio float64) bool {
	return ratio >= g.AtLeast && (g.AtMost == 0 || ratio <= g.AtMost)
}

// String returns the goal in words.
func (g goal) String() string {
	if g.AtMost == 0 {
		return fmt.Sprintf("at least %g x", g.AtLeast)
	}
	return fmt.Sprintf("at most %g x", g.AtMost)
}

// compare makes a row of figures and their goal.
func compare(name, unit, against string, f figures, g goal) row {
	r := row{
		Name: name, Unit: unit, Measured: median(f.measured), Against: against, Baseline: median(f.baseline),
		Ratio: median(f.ratios), Goal: &g, Budget: "over",
	}
	if g.met(r.Ratio) {
		r.Budget = "within"
	}
	return r
}

// report makes a row that has no baseline and no goal.
func report(name, unit string, measured float64) row {
	return row{Name: name, Unit: unit, Measured: measured, Budget: "reported"}
}

func printJSON(out io.Writer, rows []row) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"go": runtime.Version(), "cpus": runtime.NumCPU(), "rows": rows})
}

func printTable(out io.Writer, rows []row) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tmeasured\tagainst\tbaseline\tratio\tgoal\tbudget")
	for _, r := range rows {
		if r.Goal == nil {
			fmt.Fprintf(t, "%s\t%s\t-\t-\t-\t-\t%s\n", r.Name, figure(r.Measured, r.Unit), r.Budget)
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.2f x\t%s\t%s\n", r.Name,
			figure(r.Measured, r.Unit), r.Against, figure(r.Baseline, r.Unit), r.Ratio, r.Goal, r.Budget)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s, %d CPUs. A ratio is the median over pairs of batches, so it may differ a little from the quotient of the two columns.\n",
		runtime.Version(), runtime.NumCPU())
	return err
}

func figure(value float64, unit string) string {
	if unit == "" {
		return "-" // nothing was measured
	}
	return fmt.Sprintf("%.0f %s", value, unit)
}
