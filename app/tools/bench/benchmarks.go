// This file owns the rows of what needs no other process: benchmarks of Go's
// testing package, beside what they measure, run from here. They report medians, which a busy
// machine moves less than it moves the mean.

package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// verify measures the verdict.
func (p plan) verify(ctx context.Context) ([]row, error) {
	found, err := benchmark(ctx, "countersign/session/protocol/verdict", "BenchmarkVerdict", p.verifies)
	if err != nil {
		return nil, err
	}
	var f figures
	if err := f.add(found["ours-p50-ns"]/1000, found["bare-p50-ns"]/1000); err != nil {
		return nil, err
	}
	return []row{compare("verify an offer with its staple", "us", "its 5 bare P-256 verifies, and a bare KEM key", f, goal{AtMost: 1.3})}, nil
}

// keyring measures reading a real keyring, away from the keyring of whoever
// runs this.
func (p plan) keyring(ctx context.Context) ([]row, error) {
	if runtime.GOOS != "linux" {
		return []row{{Name: "keyring read", Budget: "not measured: a private keyring needs Linux"}}, nil
	}
	found, err := benchmark(ctx, "countersign/session/computer/vault", "BenchmarkKeyringRead", p.keyringReads)
	if err != nil {
		return nil, err
	}
	return []row{report("keyring read, p50", "us", found["p50-ns"]/1000), report("keyring read, p95", "us", found["p95-ns"]/1000)}, nil
}

// benchmark runs one benchmark of a package so many times, and returns what it
// reports, by unit.
func benchmark(ctx context.Context, folder, name string, times int) (map[string]float64, error) {
	out, err := exec.CommandContext(ctx, "go", "test", "-run=^$", "-bench=^"+name+"$", fmt.Sprintf("-benchtime=%dx", times), folder).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("running %s: %w: %s", name, err, out)
	}
	for line := range strings.Lines(string(out)) { // go.dev/design/14313-benchmark-format
		fields := strings.Fields(line)
		if len(fields) < 2 || !strings.HasPrefix(fields[0], name) {
			continue
		}
		found := map[string]float64{}
		for i := 2; i+1 < len(fields); i += 2 {
			if found[fields[i+1]], err = strconv.ParseFloat(fields[i], 64); err != nil {
				return nil, fmt.Errorf("what %s reports: %w", name, err)
			}
		}
		return found, nil
	}
	return nil, fmt.Errorf("%s is not in %s", name, folder)
}
