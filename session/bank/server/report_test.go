// This file tests stop reports.

package server

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/report"
	"countersign/session/protocol/trust"
)

func (w *world) report(p placed, signer *person, reason ending.Reason) relay.ReportRequest {
	w.Helper()
	return w.reportAs(p.oid, signer, signer, reason)
}

// reportAs seals a report signed by one and carrying another's credential.
func (w *world) reportAs(oid offer.ID, signer, credential *person, reason ending.Reason) relay.ReportRequest {
	w.Helper()
	enc, ct, err := report.Seal(w.bank.Bundle.Public(trust.RoleReport, w.now()), oid, reason, w.now(), signer.key, credential.credential)
	w.must(err)
	return relay.ReportRequest{OID: oid, Enc: enc, Ciphertext: ct}
}

func TestAReportEndsTheOfferAndHolds(t *testing.T) {
	for _, reason := range []ending.Reason{ending.WrongDirection, ending.WrongNumber, ending.Reported} {
		w := newWorld(t, generous())
		agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
		desk, companion, stranger := w.desk(agent), w.companion(), w.companion()
		p := desk.offers(agent, customer)
		companion.looksUp(p.code, "")
		companion.refused(relay.ReportSubject(companion.nkey), w.report(p, customer, reason), "")
		desk.pushed(relay.KindNotice, string(reason))
		companion.pushed(relay.KindNotice, "reported") // not which: companions are strangers
		stranger.looksUp(p.code, ending.Reported)
		if until, err := w.server.Directory().HoldUntil(w.Context(), customer.pseudonym); err != nil || until.IsZero() {
			t.Errorf("%s: no hold (%v)", reason, err)
		}
		companion.refused(relay.ReportSubject(companion.nkey), w.report(p, customer, reason), "")
		desk.quiet()
	}
}

func TestAReportDuringACallEndsIt(t *testing.T) {
	w := newWorld(t, generous())
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	call.desk.secures(call.placed, call.companion)
	call.companion.refused(relay.ReportSubject(call.companion.nkey), w.report(call.placed, call.customer, ending.Reported), "")
	call.desk.pushed(relay.KindNotice, "reported")
	call.companion.pushed(relay.KindNotice, "reported")
	call.desk.down(call.oid, call.companion.nkey, relay.KindRecord, "x", ending.Reported)
	call.companion.up(call.oid, relay.KindReadmit, string(call.ticket), ending.Reported)
}

func TestReportsThatCountForNothing(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer, other := w.agent("Anna Kowalska"), w.customer("C-1"), w.customer("C-2")
	desk, companion := w.desk(agent), w.companion()
	p := desk.offers(agent, customer)
	companion.looksUp(p.code, "")
	mixed := w.report(p, customer, ending.WrongNumber)
	mixed.Ciphertext[0]++
	elsewhere := w.report(w.newOffer(agent, customer), customer, ending.WrongNumber)
	moved := elsewhere
	moved.OID = p.oid
	for name, q := range map[string]relay.ReportRequest{
		"another customer's device":       w.report(p, other, ending.WrongNumber),
		"signed by another device":        w.reportAs(p.oid, other, customer, ending.WrongNumber),
		"signed by the agent":             w.reportAs(p.oid, agent, customer, ending.WrongNumber),
		"the agent's own credential":      w.report(p, agent, ending.WrongNumber),
		"changed on the way":              mixed,
		"about an offer that nobody made": elsewhere,
		"about another offer":             moved,
		"nothing":                         {OID: p.oid},
	} {
		companion.refused(relay.ReportSubject(companion.nkey), q, "")
		companion.looksUp(p.code, "")
		desk.quiet()
		for _, c := range []*person{customer, other} {
			if until, err := w.server.Directory().HoldUntil(w.Context(), c.pseudonym); err != nil || !until.IsZero() {
				t.Errorf("%s: a hold began (%v)", name, err)
			}
		}
	}
	w.must(w.server.Directory().RevokeDevice(w.Context(), customer.device))
	companion.refused(relay.ReportSubject(companion.nkey), w.report(p, customer, ending.WrongNumber), "")
	companion.looksUp(p.code, "")
	desk.quiet()
}

// TestAReportCountsAfterARestart: the offer is forgotten, but the ticket names
// the customer.
func TestAReportCountsAfterARestart(t *testing.T) {
	w := newWorld(t, generous())
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	stranger := w.customer("C-2")
	ticket := call.desk.secures(call.placed, call.companion)
	w.restart()
	w.back(call)
	call.desk.refused(call.desk.op(relay.OpAdmit), call.readmission(ticket), "")
	call.companion.up(call.oid, relay.KindReadmit, string(ticket), "")
	call.companion.refused(relay.ReportSubject(call.companion.nkey), w.report(call.placed, stranger, ending.Reported), "")
	call.desk.quiet()
	call.companion.refused(relay.ReportSubject(call.companion.nkey), w.report(call.placed, call.customer, ending.Reported), "")
	call.desk.pushed(relay.KindNotice, "reported")
	if until, err := w.server.Directory().HoldUntil(w.Context(), call.customer.pseudonym); err != nil || until.IsZero() {
		t.Errorf("no hold (%v)", err)
	}
}

// TestAReportOnAFullDisk: what cannot be kept is refused by name, the call ends and
// the customer is on hold all the same; when there is space again, what comes is kept.
func TestAReportOnAFullDisk(t *testing.T) {
	w := newWorld(t, generous())
	w.server.Close()
	var space atomic.Uint64
	space.Store(1 << 40)
	w.free = func(string) (uint64, error) { return space.Load(), nil }
	w.start()
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	people := w.server.Directory()
	space.Store(0)
	if err := people.RevokeAgent(w.Context(), w.agent("Piotr Nowak").id); !strings.Contains(fmt.Sprint(err), "disk_full") {
		t.Errorf("a revocation: %v", err)
	}
	if err := people.Health(w.Context()); !strings.Contains(fmt.Sprint(err), "disk_full") {
		t.Errorf("health: %v", err)
	}
	q := w.report(call.placed, call.customer, ending.Reported)
	call.companion.refused(relay.ReportSubject(call.companion.nkey), q, ending.Busy)
	call.desk.pushed(relay.KindNotice, "reported")
	if until, err := people.HoldUntil(w.Context(), call.customer.pseudonym); err != nil || until.IsZero() {
		t.Errorf("no hold while the disk is full (%v)", err)
	}
	space.Store(1 << 40)
	w.must(people.Health(w.Context()))
	call.companion.refused(relay.ReportSubject(call.companion.nkey), q, "") // as the companion sends it again
	w.restart()
	if until, err := w.server.Directory().HoldUntil(w.Context(), call.customer.pseudonym); err != nil || until.IsZero() {
		t.Errorf("the hold was not kept (%v)", err)
	}
}
