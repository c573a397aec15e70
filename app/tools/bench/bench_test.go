// This file tests that the program measures and prints every row. It never
// asserts a figure: how fast a machine is says nothing about right or wrong.

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// tiny is a plan that measures everything and little of it.
var tiny = plan{
	verifies: 3, keyringReads: 3,
	lookupPairs: 1, lookupBatch: 2,
	flowPairs: 1, flowBatch: 20,
	tailPairs: 1, tailBatch: 2,
	fewOffers: 2, manyOffers: 5,
}

// TestMain lets the test program be the parts that the program starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && parts[os.Args[1]] != nil {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestEveryRowIsMeasuredAndPrinted(t *testing.T) {
	rows, err := tiny.measure(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{
		"verify an offer with its staple", "keyring read", "lookup, p50",
		"lookups, 16 side by side", "lookup among 5 live offers, p99",
		"desktop start, memory, live call", // not measured: there are no windows beside a test
	}
	var table, asJSON bytes.Buffer
	if err := errors.Join(printTable(&table, rows), printJSON(&asJSON, rows)); err != nil {
		t.Fatal(err)
	}
	var decoded struct{ Rows []row }
	if err := json.Unmarshal(asJSON.Bytes(), &decoded); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.Contains(table.String(), name) {
			t.Errorf("the table has no row %q:\n%s", name, &table)
		}
		if !slices.ContainsFunc(decoded.Rows, func(r row) bool { return strings.HasPrefix(r.Name, name) }) {
			t.Errorf("the JSON has no row %q:\n%s", name, &asJSON)
		}
	}
	for _, r := range rows {
		if r.Goal != nil && (r.Measured <= 0 || r.Baseline <= 0 || r.Ratio <= 0) {
			t.Errorf("a figure is missing: %+v", r)
		}
	}
}

func TestRatiosAreJudgedInWords(t *testing.T) {
	for _, c := range []struct {
		goal   goal
		ours   float64
		budget string
	}{
		{goal{AtMost: 1.3}, 13, "within"},
		{goal{AtMost: 1.3}, 14, "over"},
		{goal{AtLeast: 0.5}, 5, "within"},
		{goal{AtLeast: 0.5}, 4, "over"},
	} {
		f, err := takeTurns(3, func() (float64, error) { return c.ours, nil }, func() (float64, error) { return 10, nil })
		if err != nil {
			t.Fatal(err)
		}
		if r := compare("", "", "", f, c.goal); r.Budget != c.budget || r.Measured != c.ours || r.Baseline != 10 {
			t.Errorf("%v against 10, goal %v: %+v", c.ours, c.goal, r)
		}
	}
}

func TestWhatCannotBeMeasuredIsAnError(t *testing.T) {
	fault := errors.New("a fault")
	works, fails := func() (float64, error) { return 1, nil }, func() (float64, error) { return 0, fault }
	for _, sides := range [][2]batch{{fails, works}, {works, fails}} {
		if _, err := takeTurns(2, sides[0], sides[1]); !errors.Is(err, fault) {
			t.Errorf("got %v, want the fault", err)
		}
	}
	if _, err := takeTurns(2, works, func() (float64, error) { return 0, nil }); err == nil {
		t.Error("a batch without a figure was taken for one")
	}
	if _, err := benchmark(t.Context(), "countersign/assets", "BenchmarkNothing", 1); err == nil {
		t.Error("a benchmark that does not exist was measured")
	}
	for _, unknown := range [][]string{{"offers"}, {"-only", "offers"}} {
		if err := run(t.Context(), unknown, nil, nil); err == nil {
			t.Errorf("%v was accepted", unknown)
		}
	}
}

func TestPercentiles(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	for p, want := range map[float64]float64{50: 50, 95: 95, 99: 99, 100: 100, 0: 1} {
		if got := percentile(hundred, p); got != want {
			t.Errorf("percentile %v of 1 to 100: got %v, want %v", p, got, want)
		}
	}
	if got := median([]float64{7}); got != 7 {
		t.Errorf("median of 7 alone: got %v", got)
	}
}
