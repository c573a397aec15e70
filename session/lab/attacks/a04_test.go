// A04: parallel sessions for one customer, to slip a second agent in beside a
// genuine call, or to kill that call. The defence is the collision rule.

package attacks_test

import (
	"testing"

	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
)

func TestAttackA04BeforeSecureBothEnd(t *testing.T) {
	w := newWorld(t)
	first := w.agent(anna).dials("C-1")
	customer := w.customer("C-1").types(first.code(), theyCalled)
	opened(first, customer)

	second := w.agent(jan).dials("C-1")
	second.ends(ending.Collision)
	customer.ends(ending.Collision)
	first.endsInTime(ending.Collision)
	if told[call.CodeShown](second) || told[call.Secured](first) {
		t.Error("one of two calls went on")
	}
	outcome(t, "A04", attacks.Stopped, "while nobody can tell which of two calls is the fraud, both end as collision")
}

func TestAttackA04AfterSecureTheFirstGoesOn(t *testing.T) {
	w := newWorld(t)
	first, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	w.agent(jan).dials("C-1").ends(ending.Collision)
	for _, s := range []*side{first, customer} {
		if alert := next[call.AlertEvent](s); alert.Key != call.AlertCollision {
			t.Errorf("%s was told %q", s.who, alert.Key)
		}
	}
	says(first, customer, "still here")
	outcome(t, "A04", attacks.Stopped, "a secure call cannot be killed: the second ends as collision, both screens of the first are warned")
}

func TestAttackA04SameAgentReplaces(t *testing.T) {
	w := newWorld(t)
	desk := w.agent(anna)
	first := desk.dials("C-1")
	customer := w.customer("C-1").types(first.code(), theyCalled)
	opened(first, customer)
	second := desk.dials("C-1")
	second.code()
	customer.ends(ending.Superseded)
	first.endsInTime(ending.Superseded)
	outcome(t, "A04", attacks.Stopped, "one agent holds one call: the older ends as superseded on both sides")
}

// TestAttackA04OfferThatNamesNobody: a rogue agent leaves the customer out, so
// that the offer collides with nothing until a device answers it.
func TestAttackA04OfferThatNamesNobody(t *testing.T) {
	w := newWorld(t)
	victim := w.customer("C-1")
	first, customer := w.secureCall(w.agent(anna), "C-1", victim)

	rogue := w.rogue(jan)
	o, err := rogue.NewOffer(offer.CustomerCalled, relay.Prepared{Line: trust.LineOf(bankLine)}, func(c *offer.Core) { c.Ref = nil })
	w.must(err)
	o.Request.Number = bankLine
	w.must(rogue.Create(t.Context(), o.Request))
	second := victim.types(o.Request.Code, iCalled)
	reply, err := adversary.Next(t.Context(), rogue.Pushes, relay.KindReply)
	w.must(err)
	accepted, err := o.Accept(w.bank.Bundle, reply.Body)
	w.must(err)
	device, err := w.bank.Bundle.Device(accepted.Device)
	w.must(err)
	_, err = rogue.Admit(t.Context(), relay.AdmitRequest{OID: o.Core.ID(), Device: device.ID[:], Companion: reply.From})
	if got := ending.Of(err, ""); got != ending.Collision {
		t.Errorf("a second call was admitted: %q", got)
	}
	second.ends(ending.Collision)
	if alert := next[call.AlertEvent](customer); alert.Key != call.AlertCollision {
		t.Errorf("the customer was told %q", alert.Key)
	}
	says(first, customer, "still here")
	outcome(t, "A04", attacks.Stopped, "an offer that names nobody collides when a device answers it")
}
