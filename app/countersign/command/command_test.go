// This file tests the command line, hostile links first of all.

package command

import (
	"bytes"
	"strings"
	"testing"

	"countersign/session/computer/screenpop"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/ui/shell"
)

func TestCommandLines(t *testing.T) {
	form := screenpop.Request{Customer: "C-1001", Direction: offer.BankCalled, Line: "+48600700789", Purpose: trust.CardPayment}
	for _, test := range []struct {
		args string
		want Request
		form *screenpop.Request
	}{
		{"", Request{}, nil},
		{"--home /a --language pl", Request{Home: "/a", Language: "pl"}, nil},
		{"customer", Request{Who: shell.Customer}, nil},
		{"agent", Request{Who: shell.Agent}, nil},
		{"agent --customer C-1001 --direction bank-called --line +48600700789 --purpose card-payment", Request{Who: shell.Agent}, &form},
		{"--home /a agent --customer C-1001", Request{Home: "/a", Who: shell.Agent}, &screenpop.Request{Customer: "C-1001"}},
		{"countersign://call?customer=C-1001", Request{}, &screenpop.Request{Customer: "C-1001"}},
		{"--home /a countersign://call?customer=C-1001&direction=bank-called&line=+48600700789&purpose=card-payment", Request{Home: "/a"}, &form},
		{"countersign://call", Request{}, nil},
	} {
		got, status, err := parse(test.args)
		if err != nil || status != statusDone || got == nil {
			t.Errorf("%q: %v, status %d", test.args, err, status)
			continue
		}
		if call := got.Start.Call; (call == nil) != (test.form == nil) || call != nil && *call != *test.form {
			t.Errorf("%q asks for %+v", test.args, call)
		}
		if got.Start.Call = nil; *got != test.want {
			t.Errorf("%q is %+v", test.args, *got)
		}
	}
}

func TestWhatMakesNoSenseIsRefused(t *testing.T) {
	for _, args := range []string{
		"--language de", "--nonsense", "teapot", "agent --direction sideways", "agent --line 12", "agent --purpose gift",
		"agent --start", "customer countersign://call?customer=C-1",
		"countersign://call?customer=C-1 --home", "countersign://call?customer=C-1 countersign://call?customer=C-2",
		"countersign://enrol?ticket=CT1:evil.example:1/AAAA-AAAA-AAAA-AAAA", "countersign://call?start=now",
		"countersign://call?customer=C-1001&customer=C-1002", "countersign:call", "https://example.com", "file:///etc/passwd",
		"countersign://agent@call?customer=C-1", "countersign://call/../enrol?customer=C-1", "countersign://call?customer=%E2%80%AEC-1",
	} {
		got, status, err := parse(args)
		if got != nil || status != statusUsage || err == nil {
			t.Errorf("%q is %+v, status %d, %v", args, got, status, err)
		}
		if err != nil && strings.Contains(err.Error(), "evil") {
			t.Errorf("the error repeats the link: %v", err)
		}
	}
}

func TestVersionAndHelpEndTheProgram(t *testing.T) {
	for _, args := range []string{"--version", "--help"} {
		var out bytes.Buffer
		got, status, err := Parse([]string{args}, "1.2.3", &out, &out)
		if got != nil || status != statusDone || err != nil {
			t.Errorf("%s: %+v, status %d, %v", args, got, status, err)
		}
		if !strings.Contains(out.String(), "countersign") {
			t.Errorf("%s says %q", args, out.String())
		}
	}
}

func parse(args string) (*Request, int, error) {
	var out bytes.Buffer
	return Parse(strings.Fields(args), "test", &out, &out)
}
