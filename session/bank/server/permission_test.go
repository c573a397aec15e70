// This file tests what a connection may do, by trying it.

package server

import (
	"slices"
	"testing"

	"github.com/nats-io/nats.go"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// everySubject lists the subjects of all roles for one nkey.
func everySubject(nkey string) []string {
	var all []string
	for _, role := range []relay.Role{relay.RoleCompanion, relay.RoleEnrol, relay.RoleAgent} {
		all = append(all, relay.MayPublish(role, nkey)...)
	}
	return all
}

// clientsOfEveryRole connects one client for each role.
func clientsOfEveryRole(w *world) map[relay.Role]*client {
	return map[relay.Role]*client{
		relay.RoleCompanion: w.companion(),
		relay.RoleEnrol:     w.dial(relay.RoleEnrol, relay.EnrolToken),
		relay.RoleAgent:     w.desk(w.agent("Anna Kowalska")),
	}
}

func TestEveryRoleReachesItsOwnSubjects(t *testing.T) {
	w := newWorld(t, generous())
	for role, c := range clientsOfEveryRole(w) {
		for _, subject := range relay.MayPublish(role, c.nkey) {
			c.refused(subject, struct{}{}, ending.Unsupported) // heard, understood as no request of ours
		}
		for _, subject := range []string{relay.PushSubject(c.nkey), relay.InboxPrefix(c.nkey) + ".*", relay.InboxPrefix(c.nkey) + ".>"} {
			if err := trySubscribe(c, subject, ""); err != nil {
				t.Errorf("role %d may not listen to its own %s: %v", role, subject, err)
			}
		}
	}
}

func TestNoRolePublishesElsewhere(t *testing.T) {
	w := newWorld(t, generous())
	victim := w.companion()
	for role, c := range clientsOfEveryRole(w) {
		own := relay.MayPublish(role, c.nkey)
		var others []string
		for _, subject := range append(everySubject(c.nkey), everySubject(victim.nkey)...) {
			if !slices.Contains(own, subject) {
				others = append(others, subject)
			}
		}
		others = append(others,
			relay.PushSubject(victim.nkey), relay.InboxPrefix(victim.nkey)+".x",
			relay.PushSubject(c.nkey), relay.InboxPrefix(c.nkey)+".x", "_INBOX.x", "_INBOX_", "_R_.x", "_R_",
			"$JS.API.INFO", "$JS.API.STREAM.CREATE.x", "$JS.API.STREAM.LIST", "$JS.ACK.x", "$KV."+shelfBucket+".offer.x", "$O.x",
			"$SYS.REQ.USER.AUTH", "$SYS.REQ.SERVER.PING", "$SYS.REQ.USER.INFO", "$SYS.ACCOUNT.CP1.CONNECT", "$SRV.PING",
			"cp1", "cp1.lookup", "cp1.up", "cp1.agent."+c.nkey, "cp1.agent.revoke."+c.nkey, "cp1.admin."+c.nkey,
			">", "*", "cp1.>", "cp1.*."+c.nkey, "cp1.lookup.*", "cp1.up.*", "cp1.agent.*."+c.nkey, "cp1.lookup."+c.nkey+".x",
		)
		for _, subject := range others {
			if tryPublish(c, subject, "") == nil {
				t.Errorf("role %d publishes to %s", role, subject)
			}
		}
		if tryPublish(c, own[0], "_R_.x.y") == nil {
			t.Errorf("role %d asks for an answer at a reserved reply subject", role)
		}
	}
	victim.quiet()
}

func TestNoRoleListensElsewhere(t *testing.T) {
	w := newWorld(t, generous())
	victim := w.companion()
	for role, c := range clientsOfEveryRole(w) {
		subjects := append(everySubject(victim.nkey), everySubject(c.nkey)...)
		subjects = append(subjects,
			relay.PushSubject(victim.nkey), relay.InboxPrefix(victim.nkey)+".>", relay.InboxPrefix(victim.nkey)+".*",
			relay.InboxPrefix(c.nkey), "_INBOX.>", "_INBOX.*", "_INBOX_*.>", "_INBOX_*.push", "_R_.>",
			"$JS.API.>", "$JS.>", "$KV.>", "$KV."+shelfBucket+".>", "$O.>", "$SYS.>", "$SYS.REQ.USER.AUTH", "$SRV.>",
			relay.LookupSubjects, relay.UpSubjects, relay.ReportSubjects, relay.EnrolSubjects, relay.AgentSubjects,
			">", "*", "*.>", "*.push", "cp1.>", "cp1.*.*", "cp1.up.>", "cp1.*."+victim.nkey, "cp1.*."+c.nkey,
		)
		for _, subject := range subjects {
			for _, queue := range []string{"", "services", "callout", "x"} {
				if trySubscribe(c, subject, queue) == nil {
					t.Errorf("role %d listens to %s, queue %q", role, subject, queue)
				}
			}
		}
	}
}

// tryPublish returns what the server says against a message; the server
// answers in order, so after the flush it has said it.
func tryPublish(c *client, subject, reply string) error {
	before := c.conn.LastError()
	if err := c.conn.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: []byte("x")}); err != nil {
		return err
	}
	return refusalSince(c, before)
}

func trySubscribe(c *client, subject, queue string) error {
	before := c.conn.LastError()
	s, err := c.conn.QueueSubscribeSync(subject, queue)
	if err != nil {
		return err
	}
	err = refusalSince(c, before)
	c.w.must(s.Unsubscribe())
	return err
}

func refusalSince(c *client, before error) error {
	c.w.Helper()
	c.w.must(c.conn.Flush())
	if now := c.conn.LastError(); now != before {
		return now
	}
	return nil
}

func TestAnswersOnlyGoToTheSendersInbox(t *testing.T) {
	w := newWorld(t, generous())
	agent := w.agent("Anna Kowalska")
	victim, thief, desk := w.companion(), w.companion(), w.desk(agent)
	stolen, err := victim.conn.SubscribeSync(relay.InboxPrefix(victim.nkey) + ".>")
	w.must(err)
	w.must(victim.conn.Flush())

	targets := []string{
		relay.InboxPrefix(victim.nkey) + ".x", relay.PushSubject(victim.nkey), "cp1.up." + victim.nkey, "_INBOX.x",
		relay.InboxPrefix(thief.nkey) + ".*", relay.InboxPrefix(thief.nkey) + ".>", relay.InboxPrefix(thief.nkey) + ".",
		relay.InboxPrefix(thief.nkey),
	}
	for _, reply := range targets {
		for _, try := range []struct {
			c       *client
			subject string
			q       any
		}{
			{thief, relay.UpSubject(thief.nkey), relay.Up{Kind: relay.KindReply}},
			{thief, relay.LookupSubject(thief.nkey), relay.LookupRequest{Code: "000000000"}},
			{thief, relay.ReportSubject(thief.nkey), relay.ReportRequest{}},
			{desk, desk.op(relay.OpDown), relay.Down{}},
			{desk, desk.op(relay.OpPrepare), relay.PrepareRequest{}},
		} {
			w.must(try.c.conn.PublishRequest(try.subject, reply, wire.Marshal(try.q)))
		}
	}
	thief.up([32]byte{}, relay.KindReply, "", ending.UnknownCode)
	desk.down([32]byte{}, victim.nkey, relay.KindReveal, "", ending.UnknownCode)
	thief.looksUp("000000000", ending.UnknownCode)
	desk.refused(desk.op(relay.OpPrepare), relay.PrepareRequest{}, ending.Unsupported)
	w.must(victim.conn.Flush())
	if n, _, _ := stolen.Pending(); n != 0 {
		t.Errorf("%d answers arrived in another client's inbox", n)
	}
	if ownInbox(targets[0], thief.nkey) || !ownInbox(relay.InboxPrefix(thief.nkey)+".x", thief.nkey) {
		t.Error("the rule of the own inbox does not hold")
	}
}

func TestTwoClientsCannotSpeakForEachOther(t *testing.T) {
	w := newWorld(t, generous())
	first, second := w.agent("Anna Kowalska"), w.agent("Piotr Nowak")
	customer := w.customer("C-1")
	call := w.newCall(first, customer)
	other := w.desk(second)
	for _, try := range []struct {
		op relay.Op
		q  any
	}{
		{relay.OpDown, relay.Down{OID: call.oid, Companion: call.companion.nkey, Kind: relay.KindRecord}},
		{relay.OpAdmit, admission(call.placed, call.companion, customer)},
		{relay.OpAdmit, relay.AdmitRequest{OID: call.oid, Companion: call.companion.nkey, Ticket: call.ticket}},
		{relay.OpSecure, relay.SecureRequest{OID: call.oid}},
		{relay.OpEnd, relay.EndRequest{OID: call.oid, Reason: ending.Completed}},
	} {
		other.refused(other.op(try.op), try.q, ending.Forged)
	}
	stolen := w.newOffer(first, customer)
	other.refused(other.op(relay.OpCreate), stolen.request, ending.Forged)
	call.companion.quiet()
}
