// This file tests that a server which remembers nothing takes a call up again.

package server

import (
	"slices"
	"testing"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// back connects both ends of a call again, with the nkeys that they had.
func (w *world) back(c *callOfTwo) {
	w.Helper()
	c.desk = w.dialAs(c.desk.pair, c.desk.nkey, w.token(c.agent, c.desk.nkey))
	c.companion = w.dialAs(c.companion.pair, c.companion.nkey, "")
}

func (c *callOfTwo) readmission(ticket []byte) relay.AdmitRequest {
	return relay.AdmitRequest{OID: c.oid, Companion: c.companion.nkey, Ticket: ticket}
}

func TestTicketsBringACallBackAfterARestart(t *testing.T) {
	for _, agentFirst := range []bool{true, false} {
		w := newWorld(t, generous())
		piotr := w.agent("Piotr Nowak")
		call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
		ticket := call.desk.secures(call.placed, call.companion)
		w.restart()
		w.back(call)
		call.companion.up(call.oid, relay.KindRecord, "x", ending.UnknownCode)

		agentBack := func() {
			a := ask[relay.AdmitAnswer](call.desk, call.desk.op(relay.OpAdmit), call.readmission(ticket))
			if staple, err := w.bank.Bundle.Staple(a.Staple); err != nil || !staple.Good || staple.Credential != call.customer.device {
				t.Error("the agent did not get the device's staple")
			}
		}
		companionBack := func() {
			body, reason := call.companion.request(relay.UpSubject(call.companion.nkey), relay.Up{OID: call.oid, Kind: relay.KindReadmit, Body: ticket})
			if staple, err := w.bank.Bundle.Staple(body); reason != "" || err != nil || !staple.Good {
				t.Errorf("the companion did not get the agent's staple: %s", reason)
			}
		}
		if agentFirst {
			agentBack()
			companionBack()
		} else {
			companionBack()
			call.companion.up(call.oid, relay.KindRecord, "x", ending.Busy) // the agent is not back yet
			agentBack()
		}
		call.companion.up(call.oid, relay.KindRecord, "up", "")
		call.desk.pushed(relay.KindRecord, "up")
		call.desk.down(call.oid, call.companion.nkey, relay.KindRecord, "down", "")
		call.companion.pushed(relay.KindRecord, "down")

		other := w.desk(piotr)
		other.refused(other.op(relay.OpCreate), w.newOffer(piotr, call.customer).request, ending.Collision)
		call.desk.pushed(relay.KindAlert, "collision")
		call.companion.pushed(relay.KindAlert, "collision")
		w.companion().looksUp(call.code, ending.UsedCode)
		call.desk.refused(call.desk.op(relay.OpEnd), relay.EndRequest{OID: call.oid, Reason: ending.Completed}, "")
		call.companion.pushed(relay.KindNotice, "completed")
	}
}

func TestAnUnsecuredTicketKeepsItsStage(t *testing.T) {
	w := newWorld(t, generous())
	piotr := w.agent("Piotr Nowak")
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	w.restart()
	w.back(call)
	call.desk.refused(call.desk.op(relay.OpAdmit), call.readmission(call.ticket), "")
	other := w.desk(piotr)
	other.refused(other.op(relay.OpCreate), w.newOffer(piotr, call.customer).request, ending.Collision)
	call.desk.pushed(relay.KindNotice, "collision") // both end: it was not secure
	call.companion.pushed(relay.KindNotice, "collision")
}

func TestAnUnsecuredCallBecomesSecureAfterARestart(t *testing.T) {
	w := newWorld(t, generous())
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	w.restart()
	w.back(call)
	call.companion.up(call.oid, relay.KindReadmit, string(call.ticket), "")
	call.desk.refused(call.desk.op(relay.OpAdmit), call.readmission(call.ticket), "")
	ticket := call.desk.secures(call.placed, call.companion)
	if opened, err := relay.OpenTicket(ticket, w.bank.Bundle); err != nil || !opened.Secure {
		t.Error("the renewed ticket does not say that the call is secure")
	}
}

func TestTicketsThatAreRefused(t *testing.T) {
	w := newWorld(t, generous())
	anna, piotr, customer := w.agent("Anna Kowalska"), w.agent("Piotr Nowak"), w.customer("C-1")
	call := w.newCall(anna, customer)
	ticket := call.desk.secures(call.placed, call.companion)
	opened, err := relay.OpenTicket(ticket, w.bank.Bundle)
	w.must(err)
	signedBy := func(key *person, edit func(*relay.Ticket)) []byte {
		forged := opened
		edit(&forged)
		signed, err := forged.Sign(key.key)
		w.must(err)
		return signed
	}
	altered := slices.Clone(ticket)
	altered[len(altered)/2]++
	stranger := w.companion()
	w.restart()
	w.back(call)
	stranger = w.dialAs(stranger.pair, stranger.nkey, "")

	status := &person{key: w.bank.StatusAt(time.Now())}
	otherOID := call.oid
	otherOID[0]++
	for name, bad := range map[string][]byte{
		"altered":                 altered,
		"cut":                     ticket[:len(ticket)-1],
		"nothing":                 {},
		"signed by the agent":     signedBy(anna, func(*relay.Ticket) {}),
		"signed by the device":    signedBy(customer, func(t *relay.Ticket) { t.Secure = true }),
		"for another offer":       signedBy(status, func(t *relay.Ticket) { t.OID = otherOID }),
		"for another companion":   signedBy(status, func(t *relay.Ticket) { t.Companion = stranger.nkey }),
		"with half a device":      signedBy(status, func(t *relay.Ticket) { t.Device = t.Device[:8] }),
		"under the staple's name": mustSign(w, wire.LabelStatus, status, wire.Marshal(opened)),
	} {
		t.Run(name, func(t *testing.T) {
			call.companion.up(call.oid, relay.KindReadmit, string(bad), ending.Forged)
			if len(bad) > 0 {
				call.desk.refused(call.desk.op(relay.OpAdmit), call.readmission(bad), ending.Forged)
			}
		})
	}
	stranger.up(call.oid, relay.KindReadmit, string(ticket), ending.Forged) // stolen
	thief := w.desk(piotr)
	thief.refused(thief.op(relay.OpAdmit), call.readmission(ticket), ending.Forged)
	if w.server.services.book.size() != 0 {
		t.Error("a refused ticket left a call behind")
	}
	w.pass(relay.TicketLifetime + time.Second)
	call.companion.up(call.oid, relay.KindReadmit, string(ticket), ending.Expired)
}

func mustSign(w *world, label string, by *person, payload []byte) []byte {
	signed, err := wire.Sign(label, by.key, payload)
	w.must(err)
	return signed
}

func TestATicketMeetsTheCollisionRuleOfANewServer(t *testing.T) {
	for name, secured := range map[string]bool{"before secure": false, "after secure": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, generous())
			piotr := w.agent("Piotr Nowak")
			call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
			ticket := call.ticket
			if secured {
				ticket = call.desk.secures(call.placed, call.companion)
			}
			w.restart()
			other := w.desk(piotr)
			newer := other.offers(piotr, call.customer) // faster than both tickets
			w.back(call)
			want := ending.Collision
			if secured {
				want = ""
			}
			call.desk.refused(call.desk.op(relay.OpAdmit), call.readmission(ticket), want)
			other.pushed(relay.KindNotice, "collision")
			w.companion().looksUp(newer.code, ending.Collision)
			if secured {
				call.desk.pushed(relay.KindAlert, "collision")
				call.companion.pushed(relay.KindAlert, "collision")
			}
		})
	}
}

func TestAnOldTicketDoesNotReplaceTheAgentsNewerCall(t *testing.T) {
	w := newWorld(t, generous())
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	ticket := call.desk.secures(call.placed, call.companion)
	w.restart()
	w.back(call)
	newer := call.desk.offers(call.agent, w.customer("C-2"))
	call.companion.up(call.oid, relay.KindReadmit, string(ticket), ending.Superseded)
	w.companion().looksUp(newer.code, "")
}

func TestAnAgentTakesACallUpOnANewConnection(t *testing.T) {
	w := newWorld(t, generous())
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	again := w.desk(call.agent)
	again.down(call.oid, call.companion.nkey, relay.KindRecord, "x", ending.Forged)
	again.refused(again.op(relay.OpAdmit), call.readmission(call.ticket), "")
	again.down(call.oid, call.companion.nkey, relay.KindRecord, "here", "")
	call.companion.pushed(relay.KindRecord, "here")
	call.companion.up(call.oid, relay.KindRecord, "there", "")
	again.pushed(relay.KindRecord, "there")
	call.desk.quiet()
}

func TestWhatWasAcknowledgedSurvives(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	p := w.desk(agent).offers(agent, customer)
	companion := w.companion()
	companion.looksUp(p.code, "")
	companion.refused(relay.ReportSubject(companion.nkey), w.report(p, customer, ending.WrongNumber), "")
	w.restart()
	w.companion().looksUp(p.code, ending.UnknownCode) // offers are not kept
	if until, err := w.server.Directory().HoldUntil(w.Context(), customer.pseudonym); err != nil || until.IsZero() {
		t.Errorf("the hold was lost (%v)", err)
	}
	if a, err := w.server.Directory().Agent(w.Context(), agent.id); err != nil || a.Name != "Anna Kowalska" {
		t.Errorf("the agent was lost (%v)", err)
	}
}

// TestATicketDoesNotBringAnEndedCallBack: the ticket outlives the usual
// tombstone, so the end is remembered for as long as the ticket is good.
func TestATicketDoesNotBringAnEndedCallBack(t *testing.T) {
	w := newWorld(t, generous())
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	ticket := call.desk.secures(call.placed, call.companion)
	call.desk.refused(call.desk.op(relay.OpEnd), relay.EndRequest{OID: call.oid, Reason: ending.Completed}, "")
	w.pass(tombstoneTime + time.Minute)
	w.server.services.sweep()
	call.companion.up(call.oid, relay.KindReadmit, string(ticket), ending.Completed)
}
