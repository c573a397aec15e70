// This file tests the number that a customer dialled from outside: a real home,
// a real server, and the number as people type it. An honest one is never
// stopped, a different one always.

package session_test

import (
	"testing"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

func TestTheBanksNumberInEveryWayOfWritingIt(t *testing.T) {
	for line, ways := range map[string][]string{
		"+442079460958": {
			"+44 (0)20 7946 0958", "020 7946 0958", "(020) 7946-0958", "0044 20 7946 0958", "+44 20 7946 0958", "+442079460958",
			"44 20 7946 0958", "tel:+44-20-7946-0958", "\u202a+44\u00a020\u20117946\u20130958\u202c", "\uff10\uff12\uff10\u3000\uff17\uff19\uff14\uff16\u3000\uff10\uff19\uff15\uff18",
		},
		"+48221112233":  {"+48 (0)22 111 22 33", "22 111 22 33", "(0-22) 111-22-33", "22/111-22-33", "0048 22 111 22 33"},
		"+390612345678": {"06 1234 5678", "+39 (0)6 1234 5678", "+39 06/12345678"},
		"+12125550123":  {"(212) 555-0123", "1-212-555-0123", "001 212 555 0123"},
	} {
		t.Run(line, func(t *testing.T) {
			w := worldOf(t, bank.Options{Name: "Example Bank", Lines: []string{line}})
			agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
			for _, typed := range ways {
				a := agent.Call(t.Context(), session.Offering{Direction: offer.CustomerCalled, Customer: "C-1", Purpose: trust.Transfer, Line: line})
				c := customer.Verify(t.Context(), dialled(typed, next[call.CodeShown](t, a).Code))
				if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Verified {
					t.Errorf("%q: %v %v", typed, out.Result, out.Reasons)
				}
				c.End()
				endsAs(t, c, ending.Cancelled)
				endsAs(t, a, ending.Cancelled)
			}
			banks, err := customer.Banks(t.Context())
			if err != nil || !banks[0].HoldUntil.IsZero() {
				t.Errorf("a hold until %v, %v", banks[0].HoldUntil, err)
			}
		})
	}
}

func TestANumberThatCannotBeReadIsNoAnswer(t *testing.T) {
	w := worldOf(t, bank.Options{Name: "Example Bank", Lines: []string{"+442079460958"}})
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	incoming := session.Offering{Direction: offer.CustomerCalled, Customer: "C-1", Purpose: trust.Transfer}
	a := agent.Call(t.Context(), incoming)
	code := next[call.CodeShown](t, a).Code
	for _, typed := range []string{"unknown", "phone 020 7946 0958", "3322", "7946 0958", "0800 FLOWERS", "020 7946 0958 ext. 4", "020 7946 0958;ext=4", "020 7946 0958 / 0959", "+44 20 7946 0958 +44 20 7946 0959"} {
		endsAs(t, customer.Verify(t.Context(), dialled(typed, code)), ending.NotACode)
	}
	// Nothing was sent and nothing is kept: the same code, and the number read.
	c := customer.Verify(t.Context(), dialled("+44 (0)20 7946 0958", code))
	if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Verified {
		t.Errorf("%v %v", out.Result, out.Reasons)
	}
	c.End()
	endsAs(t, c, ending.Cancelled)
	endsAs(t, a, ending.Cancelled)

	// The same digits in another country are another number.
	a = agent.Call(t.Context(), incoming)
	endsAs(t, customer.Verify(t.Context(), dialled("+49 20 7946 0958", next[call.CodeShown](t, a).Code)), ending.WrongNumber)
	endsAs(t, a, ending.WrongNumber)
	endsAs(t, agent.Call(t.Context(), incoming), ending.OnHold)
}

func dialled(typed, code string) session.Verification {
	return session.Verification{Answers: offer.Answers{How: offer.ICalled, Dialled: typed}, Code: code}
}
