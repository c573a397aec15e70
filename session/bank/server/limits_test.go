// This file tests the limits, and that live calls do not wait behind lookups.

package server

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/session/bank/limit"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
)

func TestLookupsPerKey(t *testing.T) {
	l := limit.Default()
	w := newWorld(t, l)
	c := w.companion()
	for range l.LookupBurst {
		c.looksUp("123456789", ending.UnknownCode)
	}
	c.looksUp("123456789", ending.Busy)
	w.companion().looksUp("123456789", ending.UnknownCode)
	w.pass(6 * time.Second) // ten a minute
	c.looksUp("123456789", ending.UnknownCode)
	c.looksUp("123456789", ending.Busy)
}

func TestLookupsPerAddress(t *testing.T) {
	l := generous()
	l.LookupsPerAddress = 20
	w := newWorld(t, l)
	for range 4 {
		c := w.companion()
		for range 5 {
			c.looksUp("123456789", ending.UnknownCode)
		}
	}
	w.companion().looksUp("123456789", ending.Busy)
	w.pass(time.Minute)
	w.companion().looksUp("123456789", ending.UnknownCode)
}

func TestLookupsOfAllTogether(t *testing.T) {
	l := generous()
	l.LookupsPerSecond = 5
	w := newWorld(t, l)
	c := w.companion()
	for range 5 {
		c.looksUp("123456789", ending.UnknownCode)
	}
	w.companion().looksUp("123456789", ending.Busy)
	w.pass(time.Second)
	c.looksUp("123456789", ending.UnknownCode)
}

func TestRefusedLookupsCostTheOthersNothing(t *testing.T) {
	l := generous()
	l.LookupBurst, l.LookupsPerSecond = 1, 2
	b, now := newBuckets(l), time.Unix(1, 0)
	if !b.lookup("greedy", "192.0.2.1", now) {
		t.Fatal("the first is refused")
	}
	for range 100 {
		if b.lookup("greedy", "192.0.2.1", now) {
			t.Fatal("over the key's limit")
		}
	}
	if !b.lookup("honest", "192.0.2.1", now) {
		t.Error("one key's refused lookups used up the budget of all")
	}
}

func TestEnrolmentsReportsAndAgentsHaveLimits(t *testing.T) {
	l := generous()
	l.EnrolStepsPerAddress, l.EnrolStepsPerConnection, l.ReportsPerAddress, l.RequestsPerAgent = 3, 2, 3, 2
	w := newWorld(t, l)
	agent, c := w.agent("Anna Kowalska"), w.companion()
	// One connection does not use up what others of its address may.
	for _, wants := range [][]ending.Reason{{"", "", ending.Busy}, {"", ending.Busy}} {
		e := w.dial(relay.RoleEnrol, relay.EnrolToken)
		for _, want := range wants {
			e.refused(relay.EnrolSubject(e.nkey), relay.EnrolRequest{Step: relay.EnrolClock, Body: []byte{}}, want)
		}
	}
	for _, want := range []ending.Reason{"", "", "", ending.Busy} {
		c.refused(relay.ReportSubject(c.nkey), relay.ReportRequest{}, want)
	}
	desk := w.desk(agent)
	for _, want := range []ending.Reason{ending.UnknownCode, ending.UnknownCode, ending.Busy} {
		desk.refused(desk.op(relay.OpPrepare), relay.PrepareRequest{Reference: "C-9", Direction: 1}, want)
	}
}

// gated stops every staple, and so every lookup of an offer that is live,
// until the gate opens or the test is over. It looks at no deadline: what the
// test does meanwhile may take its time.
type gated struct {
	people
	arrived chan struct{}
	gate    chan struct{}
	over    <-chan struct{}
}

func (g *gated) Staple(_ context.Context, id [16]byte) ([]byte, error) {
	g.arrived <- struct{}{}
	select {
	case <-g.gate:
	case <-g.over:
	}
	return g.people.Staple(context.Background(), id)
}

func TestAFloodOfLookupsDelaysNoLiveCall(t *testing.T) {
	w := newWorld(t, generous())
	piotr := w.agent("Piotr Nowak")
	call := w.newCall(w.agent("Anna Kowalska"), w.customer("C-1"))
	p := w.desk(piotr).offers(piotr, w.customer("C-2"))

	const share, flood = 20, (lookupWorkers + 100) / 20 * 20
	g := &gated{people: w.server.services.people, arrived: make(chan struct{}, flood), gate: make(chan struct{}), over: t.Context().Done()}
	w.server.services.people = g
	answers := make(chan *nats.Msg, flood)
	for range flood / share { // of several: the answers to one alone are more than wait for a slow reader
		companion := w.companion()
		inbox := relay.InboxPrefix(companion.nkey) + ".flood"
		_, err := companion.conn.ChanSubscribe(inbox, answers)
		w.must(err)
		for range share {
			w.must(companion.conn.PublishRequest(relay.LookupSubject(companion.nkey), inbox, encode(relay.LookupRequest{Code: p.code})))
		}
	}
	for range lookupWorkers {
		<-g.arrived // every worker of lookups is stuck now
	}
	// The call goes through every step that it has, while no lookup is answered.
	call.companion.up(call.oid, relay.KindConfirm, "confirm", "")
	call.desk.pushed(relay.KindConfirm, "confirm")
	call.desk.secures(call.placed, call.companion)
	call.desk.down(call.oid, call.companion.nkey, relay.KindRecord, "record", "")
	call.companion.pushed(relay.KindRecord, "record")
	call.desk.refused(call.desk.op(relay.OpEnd), relay.EndRequest{OID: call.oid, Reason: ending.Completed}, "")
	call.companion.pushed(relay.KindNotice, "completed")

	next := func() ending.Reason {
		m := <-answers
		a, err := relay.Decode[relay.Answer](m.Data)
		w.must(err)
		return a.Reason
	}
	for range flood - lookupWorkers {
		if reason := next(); reason != ending.Busy {
			t.Errorf("a lookup that no worker was free for ended as %q", reason)
		}
	}
	close(g.gate)
	for range lookupWorkers {
		if reason := next(); reason != "" {
			t.Errorf("a lookup that a worker had taken ended as %q", reason)
		}
	}
}
