// This file tests that nobody misses the end of a bank: every command tells of
// it, ever louder.

package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/session/bank"
)

func TestEveryCommandTellsOfTheBanksEnd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bank")
	began := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	err := bank.Init(dir, bank.Options{Name: "Example Bank", Relay: "tls://127.0.0.1:4222", Lines: []string{"+48221112233"}, Now: began})
	if err != nil {
		t.Fatal(err)
	}
	end := began.AddDate(0, 13, 0)
	for days, want := range map[int]string{
		91: "",
		90: "note: the bank's bundle ends in 90 days, on 2027-06-04: run countersignd bank renew\n",
		30: "warning: the bank's bundle ends in 30 days, on 2027-06-04: run countersignd bank renew\n",
		7:  "WARNING: the bank's bundle ends in 7 days, on 2027-06-04: run countersignd bank renew\n",
		-1: "ALARM: the bank's bundle ended on 2027-06-04, and customers' programs refuse every call: run countersignd bank renew\n",
	} {
		for _, command := range [][]string{{"report", "follow"}, {"agent", "list"}} { // each has the flag in another depth
			var out, faults strings.Builder
			run(append(command, "--dir", dir), console{nil, &out, &faults, func() time.Time { return end.AddDate(0, 0, -days) }})
			said, _, _ := strings.Cut(faults.String(), "countersignd: ")
			if said != want {
				t.Errorf("%d days before, %v: %q", days, command, said)
			}
		}
	}
}
