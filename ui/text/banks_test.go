// These tests hold the commands about a customer's banks, and the question that
// a bank with several lines needs.

package text

import (
	"slices"
	"strings"
	"testing"

	"countersign/session"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/verdict"
)

func TestBanksAreListedAndOneIsRemoved(t *testing.T) {
	damaged := session.Bank{ID: [16]byte{2}, Naming: verdict.Naming{Name: "O\u2019Neil & Sons"}, Fault: ending.Forged}
	agents := session.Bank{ID: [16]byte{3}, Naming: verdict.Naming{Name: "Third Bank"}, Enrolled: true, AgentsOnly: true}
	agents.Claims = verdict.Naming{Name: "Fourth Bank", Domain: "fourth.example"}
	people := func() *fakePeople { return &fakePeople{banks: []session.Bank{exampleBank, damaged, agents}} }
	for name, row := range map[string]struct {
		turns  []turn // nil: piped
		args   []string
		status int
		says   string // on standard output or error
		gone   [][16]byte
	}{
		"a list":                            {nil, []string{"customer", "banks"}, 0, "Example Bank (examplebank.com), known here since", nil},
		"its fault":                         {nil, []string{"customer", "banks", "--json"}, 0, `"bank":"O’Neil & Sons","domain":"","id":"02000000000000000000000000000000"`, nil},
		"an agent's":                        {nil, []string{"customer", "banks"}, 0, "This computer works for it as an agent's", nil},
		"an agent's, in JSON":               {nil, []string{"customer", "banks", "--json"}, 0, `"enrolled":true,"claims":"Fourth Bank","claims_domain":"fourth.example","agents_only":true}`, nil},
		"what it claims to be called":       {nil, []string{"customer", "banks"}, 0, "It now calls itself Fourth Bank (fourth.example), and is not shown so", nil},
		"by a name with another apostrophe": {nil, []string{"customer", "remove", "o'neil & sons", "--yes", "--json"}, 0, `{"event":"removed"`, [][16]byte{{2}}},
		"by the id":                         {nil, []string{"customer", "remove", "01000000000000000000000000000000", "--yes"}, 0, "Example Bank (examplebank.com) was removed", [][16]byte{{1}}},
		"by nothing":                        {nil, []string{"customer", "remove", "", "--yes"}, 1, "Say which bank is meant", nil},
		"by no name":                        {nil, []string{"customer", "remove", "Other Bank", "--yes"}, 1, "Example Bank (examplebank.com): 01000000000000000000000000000000", nil},
		"without a word":                    {nil, []string{"customer", "remove", "Example Bank"}, 2, "--yes: missing", nil},
		"asked, yes":                        {[]turn{{"> ", "1"}}, []string{"customer", "remove", "Example Bank"}, 0, "was removed", [][16]byte{{1}}},
		"asked, no":                         {[]turn{{"> ", "2"}}, []string{"customer", "remove", "Example Bank"}, 1, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			p, got := people(), result{}
			if row.turns != nil {
				got = runTyped(t, p, row.turns, row.args...)
			} else {
				got = runPiped(t, p, "", row.args...)
			}
			if got.status != row.status || !strings.Contains(got.out+got.err, row.says) || !slices.Equal(p.removed, row.gone) {
				t.Errorf("status %d, removed %x, said:\n%s%s", got.status, p.removed, got.out, got.err)
			}
		})
	}
}

// TestAnAgentsBankIsRemovedAsOne: and it is none of those that a call may be from.
func TestAnAgentsBankIsRemovedAsOne(t *testing.T) {
	agents := session.Bank{ID: [16]byte{3}, Naming: verdict.Naming{Name: "Third Bank"}, Enrolled: true, AgentsOnly: true}
	p := &fakePeople{banks: []session.Bank{exampleBank, agents}, script: ended(ending.Expired)}
	if got := runPiped(t, p, "", "customer", "remove", "Third Bank", "--yes"); got.status != 0 || len(p.removed) != 0 || !slices.Equal(p.left, [][16]byte{{3}}) {
		t.Errorf("status %d, removed %x, left %x, said:\n%s%s", got.status, p.removed, p.left, got.out, got.err)
	}
	runPiped(t, p, "", "customer", "verify", "--json", "--who", "they-called", "--code", "123456787")
	if len(p.verified) != 1 {
		t.Errorf("with one bank as a customer, %d calls are checked", len(p.verified))
	}
}

// TestTwoBanksAndNobodyToAsk: with several banks a code does not say whose it is.
// That is a flag that is missing, not an ending of a call.
func TestTwoBanksAndNobodyToAsk(t *testing.T) {
	p := &fakePeople{banks: []session.Bank{exampleBank, {ID: [16]byte{2}, Naming: verdict.Naming{Name: "Other Bank"}}}}
	for _, form := range [][]string{nil, {"--json"}} {
		got := runPiped(t, p, "", append([]string{"customer", "verify", "--who", "they-called", "--code", "123456787"}, form...)...)
		if got.status != statusUsage || got.out != "" || !strings.Contains(got.err, "Say which bank is meant") || !strings.Contains(got.err, "01000000000000000000000000000000") {
			t.Errorf("status %d, said:\n%s%s", got.status, got.out, got.err)
		}
	}
}

// TestAgentIsAskedWhichLine: a bank with several lines does not say which one
// the customer dialled, and a guess would stop the customer.
func TestAgentIsAskedWhichLine(t *testing.T) {
	lines := []string{"+48221112233", "+48221114455"}
	args := []string{"agent", "call", "--direction", "customer-called", "--customer", "C-1", "--purpose", "transfer"}
	asked := &fakePeople{lines: lines, script: ended(ending.Expired)}
	runTyped(t, asked, []turn{{"> ", "2"}}, args...)
	if len(asked.offered) != 1 || asked.offered[0].Line != lines[1] || asked.offered[0].Direction != offer.CustomerCalled {
		t.Errorf("offered %+v", asked.offered)
	}
	piped := &fakePeople{lines: lines, script: ended(ending.Expired)}
	if got := runPiped(t, piped, "", append(args, "--json")...); got.status != 2 || got.out != "" || !strings.Contains(got.err, "--line: missing") || len(piped.offered) != 0 {
		t.Errorf("nobody to ask: %+v, offered %+v", got, piped.offered)
	}
	one := &fakePeople{lines: lines[:1], script: ended(ending.Expired)}
	if runPiped(t, one, "", append(args, "--json")...); len(one.offered) != 1 {
		t.Errorf("with one line: offered %+v", one.offered)
	}
}
