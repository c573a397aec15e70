// Tests that a call is not judged for a person who cannot read whose it is.

package session_test

import (
	"testing"

	"countersign/session"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict"
)

// TestGreenNeedsSomethingReadable: a screen that can show the bank's domain is
// enough; one that can show neither name nor domain stops the call before
// anything is answered.
func TestGreenNeedsSomethingReadable(t *testing.T) {
	w := newWorld(t, "ธนาคารตัวอย่าง")
	agent := w.agent("สมชาย ใจดี")
	for name, c := range map[string]struct {
		readable func(text string) bool
		want     ending.Reason // "" for a verdict that is green
	}{
		"everything": {nil, ""},
		"the domain": {func(text string) bool { return text == "examplebank.com" }, ""},
		"the name":   {func(text string) bool { return text == "ธนาคารตัวอย่าง" }, ""},
		"nothing":    {func(string) bool { return false }, ending.Unsupported},
	} {
		t.Run(name, func(t *testing.T) {
			customer, err := session.OpenCustomer(t.Context(), session.Options{Dir: t.TempDir(), Store: vault.NewMemory(), Clock: w.clock, Readable: c.readable})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := customer.Enrol(t.Context(), session.Enrolment{Ticket: w.ticket("C-"+name, "+48600700800")}); err != nil {
				t.Fatal(err)
			}
			a := agent.Call(t.Context(), bankCalls("C-"+name))
			v := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
			shown := next[call.VerdictGiven](t, v).Output.Shown()
			if c.want != "" {
				if shown.Result != verdict.Stopped || shown.Bank.Name != "" {
					t.Errorf("verdict %+v", shown)
				}
				endsAs(t, v, c.want)
			} else if shown.Result != verdict.Verified || shown.Name != "สมชาย ใจดี" {
				t.Errorf("verdict %+v", shown)
			}
			v.End()
			a.End()
			for range v.Events() { // until the history is written
			}
			for range a.Events() {
			}
		})
	}
}
