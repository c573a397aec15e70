// A24: "call us back on this number". The victim dials, and reaches the
// fraudster, who may ring the bank at the same moment. The defence is that the
// number dialled is part of the answer: in full one of the bank's lines, and
// the one that the offer was made for.

package attacks_test

import (
	"testing"
	"time"

	"countersign/session"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

func TestAttackA24CallBack(t *testing.T) {
	for name, dialled := range map[string]string{
		"a stranger's number":              "+48700100200",
		"one that ends like the bank's":    noBodys,
		"the bank's line, one digit over":  bankLine + "1",
		"the bank's line of another offer": otherLine,
		"the victim's own number":          phone1,
		"the bank's digits in Germany":     "+49 22 111 22 33",
		"the bank's digits, with a zero":   "+49 (0)22 111 22 33",
		"the bank's digits in America":     "00 1 221 112 2330",
		"the bank's last nine digits":      "+44 22 111 22 33",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			desk, victim := w.agent(anna), w.customer("C-1")
			f := w.fraudster(desk, victim, "C-1")
			agent := f.ringsBank(bankLine) // the second leg
			customer := f.ringsVictim(agent.code(), iDialled(dialled))
			shown := next[call.VerdictGiven](customer).Output.Shown()
			if shown.Result != verdict.Stopped || shown.Name != "" {
				t.Fatalf("a stopped screen shows %+v", shown)
			}
			customer.ends(ending.WrongNumber)
			agent.ends(ending.WrongNumber)
			f.ringsBank(bankLine).ends(ending.OnHold)
			outcome(t, "A24", attacks.Stopped, "both sides end as wrong_number, and a hold begins")
		})
	}
}

// TestAttackA24Offline: the number is compared without the network too.
func TestAttackA24Offline(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).isRung("C-1")
	text := agent.picture()
	w.server.Close()
	v := session.Verification{Answers: iDialled(noBodys), QRText: text, Offline: true}
	w.customer("C-1").checks(v).ends(ending.WrongNumber)
	outcome(t, "A24", attacks.Stopped, "offline as well")
}

// TestAttackA24LineOfTheOffer: an agent who lies about the line, with a relay
// that lets the lie through.
func TestAttackA24LineOfTheOffer(t *testing.T) {
	for name, lie := range map[string]struct {
		direction offer.Direction
		line      string
		answers   offer.Answers
	}{
		"the customer called a line that is not the bank's": {offer.CustomerCalled, "0200", iDialled("+48700100200")},
		"the bank called a number that is not on file":      {offer.BankCalled, "0200", theyCalled},
		"the line of another customer":                      {offer.BankCalled, trust.LineOf(phone2), theyCalled},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			rogue := w.rogue(anna)
			q := relay.PrepareRequest{Reference: "C-1", Direction: lie.direction, Number: bankLine}
			if lie.direction == offer.BankCalled {
				q.Number = phone1
			}
			prepared, err := rogue.Prepares(t.Context(), q)
			w.must(err)
			o, err := rogue.NewOffer(lie.direction, prepared, func(c *offer.Core) { c.Line = lie.line })
			w.must(err)
			o.Request.Number = q.Number
			if err := rogue.Create(t.Context(), o.Request); ending.Of(err, "") != ending.WrongNumber {
				t.Errorf("the server took the line: %v", err)
			}
			credential, err := trust.PeekCredential(rogue.Credential)
			w.must(err)
			w.serves(o, credential.ID)
			customer := w.customer("C-1").types(o.Request.Code, lie.answers)
			customer.ends(ending.WrongNumber)
			if green(customer) {
				t.Error("a line of nobody is green")
			}
			outcome(t, "A24", attacks.Stopped, "the server refuses the line, and so does the companion")
		})
	}
}

// TestAttackA24NumberTakenOffFile: whoever has the customer's old number now,
// an agent who still offers a call on it, and a relay that lets the offer
// through. The device has learned within a day what is on file.
func TestAttackA24NumberTakenOffFile(t *testing.T) {
	w := newWorld(t)
	victim := w.customer("C-1")
	w.clock.passes(25 * time.Hour)
	rogue := w.rogue(anna)
	prepared, err := rogue.Prepares(t.Context(), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled, Number: phone1})
	w.must(err)
	w.changes("+48600700811")
	o, err := rogue.NewOffer(offer.BankCalled, prepared, nil)
	w.must(err)
	o.Request.Number = phone1
	if err := rogue.Create(t.Context(), o.Request); ending.Of(err, "") != ending.WrongNumber {
		t.Errorf("the server took the line: %v", err)
	}
	credential, err := trust.PeekCredential(rogue.Credential)
	w.must(err)
	w.serves(o, credential.ID)
	customer := victim.types(o.Request.Code, theyCalled)
	customer.ends(ending.WrongNumber)
	if green(customer) || victim.heldFor() <= 0 {
		t.Error("a number that was taken off file is green, or starts no hold")
	}
	outcome(t, "A24", attacks.Stopped, "a number that was taken off file is a wrong number within a day, and starts a hold")
}
