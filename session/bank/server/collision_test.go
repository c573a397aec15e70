// This file tests the rules over several calls: collision, replacement, holds,
// and who may be admitted.

package server

import (
	"testing"
	"time"

	"countersign/session/bank/directory"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
)

func TestANewOfferReplacesTheAgentsOldOne(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer, other := w.agent("Anna Kowalska"), w.customer("C-1"), w.customer("C-2")
	desk, companion := w.desk(agent), w.companion()
	first := desk.offers(agent, customer)
	companion.looksUp(first.code, "")
	second := desk.offers(agent, other)
	companion.pushed(relay.KindNotice, "superseded")
	desk.pushed(relay.KindNotice, "superseded")
	companion.looksUp(first.code, ending.Superseded)
	companion.looksUp(second.code, "")
	companion.up(first.oid, relay.KindReply, "x", ending.Superseded)

	again := w.desk(agent) // the agent's other connection replaces as well
	third := again.offers(agent, other)
	desk.pushed(relay.KindNotice, "superseded")
	companion.pushed(relay.KindNotice, "superseded")
	companion.looksUp(third.code, "")
}

func TestBeforeSecureBothCallsEndAsCollision(t *testing.T) {
	for _, redeemed := range []bool{false, true} {
		w := newWorld(t, generous())
		anna, piotr, customer := w.agent("Anna Kowalska"), w.agent("Piotr Nowak"), w.customer("C-1")
		desk, other, companion := w.desk(anna), w.desk(piotr), w.companion()
		first := desk.offers(anna, customer)
		companion.looksUp(first.code, "")
		if redeemed {
			desk.admits(first, companion, customer)
		}
		second := w.newOffer(piotr, customer)
		other.refused(other.op(relay.OpCreate), second.request, ending.Collision)
		desk.pushed(relay.KindNotice, "collision")
		companion.pushed(relay.KindNotice, "collision")
		if !redeemed {
			companion.looksUp(first.code, ending.Collision)
			desk.refused(desk.op(relay.OpAdmit), admission(first, companion, customer), ending.Collision)
		} else {
			desk.refused(desk.op(relay.OpSecure), relay.SecureRequest{OID: first.oid}, ending.Collision)
		}
		companion.looksUp(second.code, ending.UnknownCode)
		other.offers(piotr, customer) // the way is free again
	}
}

func TestAfterSecureTheSecondEndsAndTheFirstIsWarned(t *testing.T) {
	w := newWorld(t, generous())
	anna, piotr, customer := w.agent("Anna Kowalska"), w.agent("Piotr Nowak"), w.customer("C-1")
	call, other := w.newCall(anna, customer), w.desk(piotr)
	call.desk.secures(call.placed, call.companion)
	other.refused(other.op(relay.OpCreate), w.newOffer(piotr, customer).request, ending.Collision)
	call.desk.pushed(relay.KindAlert, "collision")
	call.companion.pushed(relay.KindAlert, "collision")
	call.companion.up(call.oid, relay.KindRecord, "goes on", "")
	call.desk.pushed(relay.KindRecord, "goes on")

	// The same when the customer is known only from the device that answers.
	unknown := other.offers(piotr, nil)
	second := w.companion()
	second.looksUp(unknown.code, "")
	other.refused(other.op(relay.OpAdmit), admission(unknown, second, customer), ending.Collision)
	call.desk.pushed(relay.KindAlert, "collision")
	second.pushed(relay.KindNotice, "collision")
}

func TestACustomerNotChosenIsTheDevicesAtAdmission(t *testing.T) {
	w := newWorld(t, generous())
	anna, piotr, customer := w.agent("Anna Kowalska"), w.agent("Piotr Nowak"), w.customer("C-1")
	desk, other, companion := w.desk(anna), w.desk(piotr), w.companion()
	p := desk.offers(anna, nil)
	companion.looksUp(p.code, "")
	desk.admits(p, companion, customer)
	other.refused(other.op(relay.OpCreate), w.newOffer(piotr, customer).request, ending.Collision)
	desk.pushed(relay.KindNotice, "collision")
	companion.pushed(relay.KindNotice, "collision")
}

func TestWhoIsAdmitted(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer, other, lost := w.agent("Anna Kowalska"), w.customer("C-1"), w.customer("C-2"), w.customer("C-3")
	desk, companion, stranger := w.desk(agent), w.companion(), w.companion()
	p := desk.offers(agent, customer)
	companion.looksUp(p.code, "")
	short := admission(p, companion, customer)
	short.Device = short.Device[:15]
	for _, try := range []struct {
		q    relay.AdmitRequest
		want ending.Reason
	}{
		{admission(p, stranger, customer), ending.Forged},
		{admission(p, companion, other), ending.Forged},
		{admission(p, companion, &person{device: [16]byte{1}}), ending.Forged},
		{short, ending.Forged},
		{admission(p, companion, nil), ending.Guest},
		{relay.AdmitRequest{Companion: companion.nkey}, ending.UnknownCode},
	} {
		desk.refused(desk.op(relay.OpAdmit), try.q, try.want)
	}
	first := desk.admits(p, companion, customer)
	again := ask[relay.AdmitAnswer](desk, desk.op(relay.OpAdmit), admission(p, companion, customer))
	if len(again.Ticket) == 0 || len(first.Ticket) == 0 {
		t.Error("a lost answer cannot be asked for again")
	}
	desk.refused(desk.op(relay.OpAdmit), admission(p, stranger, customer), ending.UsedCode)

	w.must(w.server.Directory().RevokeDevice(w.Context(), lost.device))
	p = desk.offers(agent, lost)
	stranger.looksUp(p.code, "")
	desk.refused(desk.op(relay.OpAdmit), admission(p, stranger, lost), ending.Revoked)
	desk.admits(p, stranger, nil) // no active device: a guest may stand in
}

func TestOneOfTwoCompanionsIsAdmitted(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	desk, first, second := w.desk(agent), w.companion(), w.companion()
	p := desk.offers(agent, customer)
	first.looksUp(p.code, "")
	second.looksUp(p.code, "")
	results := make(chan ending.Reason, 2)
	for _, c := range []*client{first, second} {
		go func() {
			reason := ending.Reason("no answer") // said also when the request ends the goroutine
			defer func() { results <- reason }()
			_, reason = desk.request(desk.op(relay.OpAdmit), admission(p, c, customer))
		}()
	}
	if one, two := <-results, <-results; one+two != ending.UsedCode {
		t.Errorf("two companions were answered %q and %q", one, two)
	}
}

func TestAHoldLetsOnlyTheBankCall(t *testing.T) {
	w := newWorld(t, generous())
	anna, piotr, customer := w.agent("Anna Kowalska"), w.agent("Piotr Nowak"), w.customer("C-1")
	desk, companion := w.desk(anna), w.companion()
	stopped := desk.offers(anna, customer)
	companion.looksUp(stopped.code, "")
	other := w.desk(piotr)
	unknown := other.offers(piotr, nil)
	companion.looksUp(unknown.code, "")
	companion.refused(relay.ReportSubject(companion.nkey), w.report(stopped, customer, ending.WrongNumber), "")
	desk.pushed(relay.KindNotice, "wrong_number")
	companion.pushed(relay.KindNotice, "reported")

	customerCalls := w.newOfferTo(anna, customer, offer.CustomerCalled)
	desk.refused(desk.op(relay.OpCreate), customerCalls.request, ending.OnHold)
	desk.refused(desk.op(relay.OpPrepare), relay.PrepareRequest{Reference: "C-1", Direction: offer.CustomerCalled}, ending.OnHold)
	a := desk.prepares(relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled})
	if a.HoldUntil != w.now().Add(directory.HoldLifetime).Unix() {
		t.Error("the agent does not learn of the hold")
	}
	// An offer that named no customer meets the hold at admission.
	other.refused(other.op(relay.OpAdmit), admission(unknown, companion, customer), ending.OnHold)

	bankCalls := desk.offers(anna, customer)
	companion.looksUp(bankCalls.code, "")
	desk.admits(bankCalls, companion, customer)
	desk.refused(desk.op(relay.OpEnd), relay.EndRequest{OID: bankCalls.oid, Reason: ending.Completed}, "")

	w.pass(directory.HoldLifetime + time.Second)
	after := w.newOfferTo(anna, customer, offer.CustomerCalled)
	desk.refused(desk.op(relay.OpCreate), after.request, "")
}

func TestAnEndedCallFillsNoSlot(t *testing.T) {
	w := newWorld(t, generous())
	anna, piotr, customer := w.agent("Anna Kowalska"), w.agent("Piotr Nowak"), w.customer("C-1")
	desk, other := w.desk(anna), w.desk(piotr)
	p := desk.offers(anna, customer)
	desk.refused(desk.op(relay.OpEnd), relay.EndRequest{OID: p.oid, Reason: ending.Cancelled}, "")
	b := w.server.services.book
	b.mu.RLock()
	if len(b.slots) != 0 {
		t.Errorf("slots are left: %v", b.slots)
	}
	b.mu.RUnlock()
	hash := relay.CustomerHash(customer.pseudonym)
	for _, slot := range []string{customerSlot(hash[:]), agentSlot(anna.id)} {
		w.must(b.shelf.put(w.Context(), slot, []byte(p.code))) // as if emptying them had failed
	}
	other.offers(piotr, customer)
	desk.offers(anna, w.customer("C-2"))
}
