// This file tests what is forwarded, and what is not.

package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
)

func TestAWholeCallIsForwarded(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	desk, companion := w.desk(agent), w.companion()
	p := desk.offers(agent, customer)
	companion.looksUp(p.code, "")
	companion.up(p.oid, relay.KindReply, "reply", "")
	if push := desk.pushed(relay.KindReply, "reply"); push.From != companion.nkey || push.OID != p.oid {
		t.Error("the agent does not learn who replied to what")
	}
	a := desk.admits(p, companion, customer)
	if staple, err := w.bank.Bundle.Staple(a.Staple); err != nil || !staple.Good || staple.Credential != customer.device {
		t.Error("not a good staple of the device")
	}
	desk.down(p.oid, companion.nkey, relay.KindReveal, "reveal", "")
	if push := companion.pushed(relay.KindReveal, "reveal"); push.From != "" {
		t.Error("a push to a companion names a sender")
	}
	companion.up(p.oid, relay.KindConfirm, "confirm", "")
	desk.pushed(relay.KindConfirm, "confirm")
	desk.secures(p, companion)
	for i := range 50 {
		companion.up(p.oid, relay.KindRecord, fmt.Sprint("up", i), "")
		desk.down(p.oid, companion.nkey, relay.KindRecord, fmt.Sprint("down", i), "")
	}
	for i := range 50 {
		desk.pushed(relay.KindRecord, fmt.Sprint("up", i))
		companion.pushed(relay.KindRecord, fmt.Sprint("down", i))
	}
	desk.down(p.oid, companion.nkey, relay.KindAck, "ack", "")
	companion.pushed(relay.KindAck, "ack")
	desk.refused(desk.op(relay.OpEnd), relay.EndRequest{OID: p.oid, Reason: ending.Completed}, "")
	companion.pushed(relay.KindNotice, "completed")
	companion.up(p.oid, relay.KindRecord, "late", ending.Completed)
	desk.down(p.oid, companion.nkey, relay.KindRecord, "late", ending.Completed)
	desk.quiet()
	companion.quiet()
}

func TestOrderOfRecordsAndEndIsKept(t *testing.T) {
	w := newWorld(t, generous())
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	const records = 200
	for i := range records {
		w.must(call.desk.conn.Publish(call.desk.op(relay.OpDown), encode(relay.Down{
			OID: call.oid, Companion: call.companion.nkey, Kind: relay.KindRecord, Body: []byte(fmt.Sprint(i)),
		})))
	}
	call.desk.refused(call.desk.op(relay.OpEnd), relay.EndRequest{OID: call.oid, Reason: ending.Cancelled}, "")
	for i := range records {
		call.companion.pushed(relay.KindRecord, fmt.Sprint(i))
	}
	call.companion.pushed(relay.KindNotice, "cancelled")
}

func TestUpNeedsALookup(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	desk, stranger := w.desk(agent), w.companion()
	p := desk.offers(agent, customer)
	for _, kind := range []relay.Kind{relay.KindReply, relay.KindDecline, relay.KindConfirm, relay.KindRecord, relay.KindAck, relay.KindReadmit} {
		stranger.up(p.oid, kind, "x", ending.Forged)
	}
	stranger.looksUp(p.code, "")
	for _, kind := range []relay.Kind{relay.KindConfirm, relay.KindRecord, relay.KindAck, relay.KindReadmit} {
		stranger.up(p.oid, kind, "x", ending.Forged)
	}
	for _, kind := range []relay.Kind{0, relay.KindReveal, relay.KindRefuse, relay.KindTicket, relay.KindNotice, relay.KindAlert, 99} {
		stranger.up(p.oid, kind, "x", ending.Unsupported)
	}
	desk.quiet()
}

func TestAnotherCompanionCannotSpeakInACall(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	desk, companion, looked, stranger := w.desk(agent), w.companion(), w.companion(), w.companion()
	p := desk.offers(agent, customer)
	companion.looksUp(p.code, "")
	looked.looksUp(p.code, "")
	desk.admits(p, companion, customer)
	for _, kind := range []relay.Kind{relay.KindConfirm, relay.KindRecord, relay.KindAck} {
		looked.up(p.oid, kind, "x", ending.Forged)
		stranger.up(p.oid, kind, "x", ending.Forged)
	}
	stranger.up(p.oid, relay.KindReply, "x", ending.Forged)
	desk.quiet()
	// A second reply reaches the agent, who must learn of it.
	looked.up(p.oid, relay.KindReply, "second", "")
	desk.pushed(relay.KindReply, "second")
}

func TestDownReachesNoStranger(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	desk, companion, looked, stranger := w.desk(agent), w.companion(), w.companion(), w.companion()
	p := desk.offers(agent, customer)
	companion.looksUp(p.code, "")
	looked.looksUp(p.code, "")
	sealed := []relay.Kind{relay.KindReveal, relay.KindRecord, relay.KindAck}
	for _, kind := range sealed {
		desk.down(p.oid, looked.nkey, kind, "x", ending.Forged) // nobody is admitted yet
		desk.down(p.oid, "", kind, "x", ending.Forged)
	}
	desk.admits(p, companion, customer)
	for _, to := range []*client{looked, stranger} {
		for _, kind := range sealed {
			desk.down(p.oid, to.nkey, kind, "x", ending.Forged)
		}
	}
	desk.down(p.oid, stranger.nkey, relay.KindRefuse, "x", ending.Forged)
	desk.down(p.oid, "", relay.KindRefuse, "x", ending.Forged)
	desk.down(p.oid, ">", relay.KindRefuse, "x", ending.Forged)
	for _, kind := range []relay.Kind{0, relay.KindReply, relay.KindTicket, relay.KindNotice, relay.KindAlert, relay.KindReadmit} {
		desk.down(p.oid, companion.nkey, kind, "x", ending.Unsupported)
	}
	desk.down(p.oid, looked.nkey, relay.KindRefuse, "why", "")
	looked.pushed(relay.KindRefuse, "why")
	desk.refused(desk.op(relay.OpEnd), relay.EndRequest{OID: p.oid, Reason: ending.Replayed}, "")
	desk.down(p.oid, looked.nkey, relay.KindRefuse, "late", "")
	looked.pushed(relay.KindRefuse, "late")
	for _, c := range []*client{looked, stranger} {
		c.quiet()
	}
}

func TestRepliesAreCapped(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	desk := w.desk(agent)
	p := desk.offers(agent, customer)
	honest := w.companion()
	honest.looksUp(p.code, "")
	for range maxReplies/maxRepliesPerCompanion - 1 {
		flood := w.companion()
		flood.looksUp(p.code, "")
		for range maxRepliesPerCompanion {
			flood.up(p.oid, relay.KindReply, "bad", "")
		}
		flood.up(p.oid, relay.KindReply, "bad", ending.Busy)
		flood.up(p.oid, relay.KindDecline, "bad", ending.Busy)
	}
	for range maxReplies - maxRepliesPerCompanion {
		desk.pushed(relay.KindReply, "bad")
	}
	// Bad replies do not use the offer up.
	honest.up(p.oid, relay.KindReply, "good", "")
	desk.pushed(relay.KindReply, "good")
	for range maxRepliesPerCompanion - 1 {
		honest.up(p.oid, relay.KindReply, "again", "")
		desk.pushed(relay.KindReply, "again")
	}
	late := w.companion()
	late.looksUp(p.code, "")
	late.up(p.oid, relay.KindReply, "one too many", ending.Busy)
	desk.quiet()
	desk.admits(p, honest, customer)
}

func TestLargeMessagesAreRefused(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	call := w.newCall(agent, customer)
	call.companion.up(call.oid, relay.KindReply, strings.Repeat("x", maxEnvelope+1), ending.Unsupported)
	call.companion.up(call.oid, relay.KindRecord, strings.Repeat("x", maxBody+1), ending.Unsupported)
	call.desk.down(call.oid, call.companion.nkey, relay.KindRecord, strings.Repeat("x", maxBody+1), ending.Unsupported)
	call.companion.up(call.oid, relay.KindRecord, strings.Repeat("x", maxBody), "")
	call.desk.pushed(relay.KindRecord, "")
	call.desk.quiet()
	call.companion.quiet()
}

func TestARepliesTimeIsTheOffers(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	desk, companion := w.desk(agent), w.companion()
	p := desk.offers(agent, customer)
	companion.looksUp(p.code, "")
	w.pass(offer.Lifetime)
	companion.up(p.oid, relay.KindReply, "in time", "")
	w.pass(time.Second)
	companion.up(p.oid, relay.KindReply, "late", ending.Expired)
	desk.admits(p, companion, customer) // the reply was in time
}

func TestASecureCallOfWhichNothingIsHeardEnds(t *testing.T) {
	w := newWorld(t, generous())
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	call.desk.secures(call.placed, call.companion)
	w.pass(quietTime - time.Second)
	call.companion.up(call.oid, relay.KindRecord, "still here", "")
	call.desk.pushed(relay.KindRecord, "still here")
	w.pass(quietTime - time.Second)
	w.server.services.sweep()
	call.desk.quiet()
	w.pass(2 * time.Second)
	call.desk.pushed(relay.KindNotice, "line_lost")
	call.companion.pushed(relay.KindNotice, "line_lost")
}
