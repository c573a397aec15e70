// This file tests numbers given as flags: read as the bank's country does, told
// to people, and a mistake in the flags when they cannot be read.

package text

import (
	"slices"
	"strings"
	"testing"

	"countersign/session"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
)

func TestNumbersInFlags(t *testing.T) {
	british, polish := exampleBank, exampleBank
	british.Name, british.Domain, british.Lines = "British Bank", "bank.example", []string{"+442079460958"}
	polish.Name = "Polish Bank"
	both := []session.Bank{british, polish}
	for _, test := range []struct {
		banks        []session.Bank
		bank, typed  string
		want, saying string
	}{
		{both[:1], "", "+442079460958", "+442079460958", ""},
		{both[:1], "", "020 7946 0958", "+442079460958", "Understood as +44 20 7946 0958."},
		{both[:1], "", "+44 (0)20 7946 0958", "+442079460958", "Understood as +44 20 7946 0958."},
		{both, "British Bank", "020 7946 0958", "+442079460958", "Understood as +44 20 7946 0958."},
		{both, "bank.example", "020 7946 0958", "+442079460958", "Understood as +44 20 7946 0958."},
		{both, "", "+44 (0)20 7946 0958", "+442079460958", "Understood as +44 20 7946 0958."},
		{both[1:], "", "+48 999 999 999", "+48999999999", "no such number is in use"},
		// What cannot be read, or is another number for each of the banks.
		{both, "", "020 7946 0958", "", "--dialled: this cannot be read"},
		{both, "Polish Bank", "020 7946 0958", "", "--dialled: this cannot be read"},
		{both[:1], "", "3322", "", "--dialled: this cannot be read"},
		{both[:1], "", "unknown", "", "--dialled: this cannot be read"},
		{both[:1], "", "020 7946 0958 ext. 4", "", "--dialled: this cannot be read"},
		{both[:1], "", "0800 FLOWERS", "", "--dialled: this cannot be read"},
	} {
		for _, form := range [][]string{{"--json"}, {}} {
			people := &fakePeople{banks: test.banks, script: ended(ending.Completed)}
			args := append([]string{"customer", "verify", "--who", "i-called", "--dialled", test.typed, "--qr", "CP1:AB"}, form...)
			if test.bank != "" {
				args = append(args, "--bank", test.bank)
			}
			got := runPiped(t, people, "", args...)
			told := got.err
			if len(form) == 0 {
				told += got.out
			}
			if !strings.Contains(told, test.saying) || test.saying == "" && strings.Contains(told, "Understood") {
				t.Errorf("%q: said %q", test.typed, told)
			}
			if test.want == "" {
				if got.status != statusUsage || len(people.verified) != 0 || got.out != "" {
					t.Errorf("%q: %+v, session got %+v", test.typed, got, people.verified)
				}
				continue
			}
			want := offer.Answers{How: offer.ICalled, Dialled: test.want}
			if got.status != statusCompleted || len(people.verified) != 1 || people.verified[0].Answers != want {
				t.Errorf("%q: %+v, session got %+v", test.typed, got, people.verified)
			}
		}
	}
}

func TestTheAgentsNumberInAFlag(t *testing.T) {
	for typed, want := range map[string]string{
		"+48600700800": "+48600700800", "600 700 800": "+48600700800", "+48 (0)22 111 22 33": "+48221112233", "+44 (0)20 7946 0958": "+442079460958",
		"020 7946 0958": "", "12": "", "call me": "", "22 111 22 33 x4": "",
	} {
		people := &fakePeople{script: ended(ending.Completed)}
		got := runPiped(t, people, "", "agent", "call", "--json", "--direction", "bank-called", "--customer", "C1", "--purpose", "other", "--line", typed)
		lines := []string{}
		for _, o := range people.offered {
			lines = append(lines, o.Line)
		}
		if want == "" && (got.status != statusUsage || got.out != "" || len(lines) > 0) || want != "" && !slices.Equal(lines, []string{want}) {
			t.Errorf("%q: %+v, offered %q", typed, got, lines)
		}
	}
}
