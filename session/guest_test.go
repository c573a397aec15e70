// This file plays guests: people who know the bank but whom the bank does not
// know, and strangers who have heard the code. Whatever is not signed by the
// customer's device must leave the offer and the call alone; where there is no
// device the first guest wins, and stays amber.

package session_test

import (
	"context"
	"encoding/hex"
	"net"
	"slices"
	"strings"
	"testing"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/lab/adversary"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// guestOf pins the world's bank without a device of its own.
func guestOf(t *testing.T, w *world, enrolled *session.Customer) *session.Customer {
	t.Helper()
	banks, err := enrolled.Banks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	guest, _ := emptyCustomer(t)
	// A person types the address: in capitals, with spaces.
	if _, err := guest.Pin(t.Context(), " TLS"+w.server.URL()[len("tls"):]+" ", strings.Join(banks[0].Words, " ")); err != nil {
		t.Fatal(err)
	}
	return guest
}

// TestAPinThatWasCutOffIsMadeAgain: a record without its pin counts for nothing
// and is in no list, so it must not stand in the way. Where there is a pin, a
// second one is refused.
func TestAPinThatWasCutOffIsMadeAgain(t *testing.T) {
	w := newWorld(t, "Example Bank")
	words := strings.Join(onlyBank(t, w.customer("C-1", "+48600700800")).Words, " ")
	guest, store := emptyCustomer(t)
	b, err := guest.Pin(t.Context(), w.server.URL(), words)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Delete(t.Context(), "pin/"+hex.EncodeToString(b.ID[:])); err != nil {
		t.Fatal(err)
	}
	if _, err := guest.Pin(t.Context(), w.server.URL(), words); err != nil {
		t.Fatalf("the pin was cut off: %v", err)
	}
	if _, err := guest.Pin(t.Context(), w.server.URL(), words); ending.Of(err, "") != ending.Cancelled {
		t.Errorf("pinned twice: %v", err)
	}
}

func TestStrangerWithTheCodeChangesNothing(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	guest := guestOf(t, w, customer)
	a := agent.Call(t.Context(), bankCalls("C-1"))
	code := next[call.CodeShown](t, a).Code
	asked := session.Verification{Answers: theyCalled, Code: code}
	for range 2 {
		endsAs(t, guest.Verify(t.Context(), asked), ending.Guest)
	}
	isGreen(t, a, customer.Verify(t.Context(), asked))
}

// TestTheAgentIsToldWhoAnswered: what the bank knew before the call does not
// count. A device is withdrawn, and somebody who only heard the code answers.
func TestTheAgentIsToldWhoAnswered(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	guest := guestOf(t, w, customer)
	answeredBy := func(c *session.Customer) bool {
		t.Helper()
		a := agent.Call(t.Context(), bankCalls("C-1"))
		asked := c.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
		enrolled := next[call.Opened](t, a).Enrolled
		next[call.ReadbackShown](t, asked)
		a.End()
		endsAs(t, a, ending.Cancelled)
		endsAs(t, asked, ending.Cancelled)
		return enrolled
	}
	if !answeredBy(customer) {
		t.Error("the enrolled device is told as a guest")
	}
	before, err := agent.Preview(t.Context(), bankCalls("C-1"))
	if err != nil || !before.Enrolled {
		t.Fatalf("%+v, %v", before, err)
	}
	if _, err := w.server.Directory().RevokeCustomer(t.Context(), "C-1"); err != nil {
		t.Fatal(err)
	}
	if answeredBy(guest) {
		t.Error("a guest is told as the enrolled device")
	}
}

// TestCancelledContextStillReports: the end of the context is a wish to end,
// and does not cut off what protects the customer.
func TestCancelledContextStillReports(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	a := agent.Call(t.Context(), bankCalls("C-1"))
	ctx, cancel := context.WithCancel(t.Context())
	c := customer.Verify(ctx, session.Verification{Answers: iCalled, Code: next[call.CodeShown](t, a).Code})
	next[call.VerdictGiven](t, c)
	cancel()
	endsAs(t, c, ending.WrongDirection)
	endsAs(t, a, ending.WrongDirection)
}

// strangers are guests' programs that do as they are told, all connected.
func strangers(t *testing.T, w *world, n int) (all []*adversary.Device) {
	t.Helper()
	b, err := bank.Load(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	known := adversary.Bank{Bundle: b.Bundle, Now: w.clock.Now, Dial: func(ctx context.Context, address string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}}
	for range n {
		d, err := known.Device(t.Context(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Close)
		all = append(all, d)
	}
	return all
}

// TestTheFirstGuestWins: two who heard the code answer for a customer without a
// device. The second changes nothing, neither with a reply nor with a decline.
func TestTheFirstGuestWins(t *testing.T) {
	w := newWorld(t, "Example Bank")
	w.ticket("C-2", "+48600700900")
	a := w.agent("Anna Kowalska").Call(t.Context(), bankCalls("C-2"))
	code := next[call.CodeShown](t, a).Code
	guests := strangers(t, w, 2)
	var found [2]adversary.Found
	var hands [2]*handshake.Companion
	var replies [2][]byte
	for i, d := range guests {
		var err error
		if found[i], err = d.LookUp(t.Context(), code); err != nil {
			t.Fatal(err)
		}
		if hands[i], replies[i], err = d.Reply(found[i], theyCalled, 0); err != nil {
			t.Fatal(err)
		}
	}
	first, second := guests[0], guests[1]
	if err := first.Send(t.Context(), found[0].OID, relay.KindReply, replies[0]); err != nil {
		t.Fatal(err)
	}
	secrets, err := first.Finish(t.Context(), found[0], hands[0])
	if err != nil {
		t.Fatal(err)
	}
	if next[call.Opened](t, a).Enrolled {
		t.Error("a guest is told as an enrolled device")
	}
	// The relay or the agent's program says no; which does not matter here.
	if err := second.Send(t.Context(), found[1].OID, relay.KindReply, replies[1]); err == nil {
		if _, err := second.Finish(t.Context(), found[1], hands[1]); err == nil {
			t.Error("the second guest got a reveal")
		}
	}
	decline, err := handshake.SealDecline(found[1].Core, found[1].Keys, ending.Declined, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = second.Send(t.Context(), found[1].OID, relay.KindDecline, decline) // likewise
	a.Readback(secrets.Readback(0))
	next[call.Secured](t, a)
	a.End()
	endsAs(t, a, ending.Completed)
}

// TestGuestIsNeverGreen: nothing that comes later makes more of a guest than
// the first verdict did, and both histories say so.
func TestGuestIsNeverGreen(t *testing.T) {
	w := newWorld(t, "Example Bank")
	enrolled, agent := w.customer("C-1", "+48600700800"), w.agent("Anna Kowalska")
	guest := guestOf(t, w, enrolled)
	w.ticket("C-2", "+48600700900")
	a := agent.Call(t.Context(), bankCalls("C-2"))
	c := guest.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
	out := next[call.VerdictGiven](t, c).Output
	if out.Result != verdict.Unverified || !slices.Equal(out.Reasons, []ending.Reason{ending.Guest}) {
		t.Errorf("the verdict is %v %v", out.Result, out.Reasons)
	}
	becomesSecure(t, a, c)
	a.End()
	for e := range c.Events() {
		if given, again := e.(call.VerdictGiven); again {
			t.Errorf("the verdict changed to %v", given.Output.Result)
		}
	}
	endsAs(t, a, ending.Completed)
	for side, history := range map[string]func(context.Context) ([]session.Past, error){"guest": guest.History, "agent": agent.History} {
		past, err := history(t.Context())
		if got := lastOf(t, past, err, 1); !got.Guest || got.Reason != ending.Completed {
			t.Errorf("the %s remembers %+v", side, got)
		}
	}
}

// TestGuestWhoDialledNeedsTheBanksOwnNumber: a guest has no number on file, but
// the bank's lines are known to everybody.
func TestGuestWhoDialledNeedsTheBanksOwnNumber(t *testing.T) {
	w := newWorld(t, "Example Bank")
	enrolled, agent := w.customer("C-1", "+48600700800"), w.agent("Anna Kowalska")
	guest := guestOf(t, w, enrolled)
	w.ticket("C-2", "+48600700900")
	for _, dialled := range []struct { // in this order: a stop puts the customer on hold
		number string
		want   verdict.Result
	}{{"+48221112233", verdict.Unverified}, {"+48221112299", verdict.Stopped}} {
		number, want := dialled.number, dialled.want
		a := agent.Call(t.Context(), session.Offering{Direction: offer.CustomerCalled, Customer: "C-2", Purpose: trust.CardPayment})
		c := guest.Verify(t.Context(), session.Verification{
			Answers: offer.Answers{How: offer.ICalled, Dialled: number}, Code: next[call.CodeShown](t, a).Code,
		})
		out := next[call.VerdictGiven](t, c).Output
		wrong := want == verdict.Stopped
		if out.Result != want || !slices.Contains(out.Reasons, ending.Guest) || slices.Contains(out.Reasons, ending.WrongNumber) != wrong {
			t.Errorf("after dialling %s: %v %v", number, out.Result, out.Reasons)
		}
		c.End()
		a.End()
		next[call.EndedEvent](t, c)
		next[call.EndedEvent](t, a)
	}
}
