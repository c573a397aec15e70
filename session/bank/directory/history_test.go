// This file tests what is kept of who did what, and what an operator is shown.

package directory

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/session/protocol/ending"
)

func TestEachRecordSaysWhoDidWhatAndWhen(t *testing.T) {
	b := newTestBank(t, false)
	by := func(who string) context.Context { return As(b.ctx(), who) }
	began := b.now()
	_, _, err := b.AddCustomer(by("anna"), "C-1", []string{"+48600700800"})
	b.must(err)
	b.pass(time.Minute)
	b.must(b.ChangePhones(by("piotr\x1b[31m"), "C-1", []string{"+48600700801"}))
	_, err = b.RevokeCustomer(b.ctx(), "C-1")
	b.must(err)
	b.reopen()
	c, err := b.Customer(b.ctx(), "C-1")
	b.must(err)
	want := []Act{
		{began.Unix(), "anna", "added"},
		{b.now().Unix(), "piotr[31m", "telephone numbers changed"},
		{b.now().Unix(), "", "all devices and open tickets revoked"},
	}
	if !slices.Equal(c.Acts, want) {
		t.Errorf("%v, want %v", c.Acts, want)
	}
}

// Whatever is done, and by whomever, a record stays one that can be read.
func TestHistoryOfARecordIsBounded(t *testing.T) {
	b := newTestBank(t, false)
	long := As(b.ctx(), strings.Repeat("ł", 1000))
	_, _, err := b.AddCustomer(long, "C-1", []string{"+48600700800"})
	b.must(err)
	_, err = change(b.ctx(), b.Directory, customerKey("C-1"), func(c *Customer) error {
		for i := range maxDevices {
			c.Devices = append(c.Devices, Device{ID: newID(), Public: make([]byte, 33), Enrolled: int64(i) << 32, Expiry: 1 << 40})
		}
		for i := range maxPhones - 1 {
			c.Phones = append(c.Phones, "+4860070080000"+strconv.Itoa(i%10))
		}
		return nil
	})
	b.must(err)
	for range 2 * maxActs {
		b.must(b.ChangePhones(long, "C-1", []string{"+48600700800"}))
	}
	c, err := b.Customer(b.ctx(), "C-1")
	b.must(err)
	if len(c.Acts) != maxActs || c.Acts[0].What != "added" || c.Acts[1].What != "telephone numbers changed" {
		t.Errorf("%d acts, beginning with %+v", len(c.Acts), c.Acts[:2])
	}
	b.must(b.ChangePhones(long, "C-1", []string{"+48600700801"}))
}

func TestAllOnFileAreListed(t *testing.T) {
	b := newTestBank(t, false)
	revoked, _ := b.agent("Anna Kowalska")
	b.must(b.RevokeAgent(b.ctx(), revoked.ID))
	_, _, err := b.AddAgent(b.ctx(), "Piotr Nowak", "Adviser", "Cards")
	b.must(err)
	device, d, credential := b.device("C-1")
	b.customer("C-2")
	_, err = b.RevokeCustomer(b.ctx(), "C-2")
	b.must(err)
	b.pass(time.Hour)
	if !b.report(offerFor(d.Pseudonym), ending.WrongNumber, device, credential) {
		t.Fatal("the report did not count")
	}
	states := map[TicketState]int{}
	b.must(b.Tickets(b.ctx(), func(ticket TicketOnFile) error {
		states[ticket.State]++
		if (ticket.Agent == 0) != (ticket.Customer != nil) || !ticketName.MatchString(ticket.Name) || len(ticket.Acts) != 1 {
			t.Errorf("%+v", ticket)
		}
		return nil
	}))
	if states[TicketUsed] != 2 || states[TicketOpen] != 1 || states[TicketVoid] != 1 {
		t.Errorf("tickets: %v", states)
	}
	var names, refs []string
	b.must(b.Agents(b.ctx(), func(a Agent) error { names = append(names, a.Name); return nil }))
	b.must(b.Customers(b.ctx(), func(c Customer) error { refs = append(refs, c.Ref); return nil }))
	slices.Sort(names)
	slices.Sort(refs)
	if !slices.Equal(names, []string{"Anna Kowalska", "Piotr Nowak"}) || !slices.Equal(refs, []string{"C-1", "C-2"}) {
		t.Errorf("%v, %v", names, refs)
	}
	b.must(b.Holds(b.ctx(), func(h Hold) error {
		if h.Customer.Ref != "C-1" || !h.Until.Equal(b.now().Add(HoldLifetime)) {
			t.Errorf("%+v", h)
		}
		return nil
	}))
	var open []Stop
	b.must(b.Stops(b.ctx(), func(s Stop) error { open = append(open, s); return nil }))
	if len(open) != 1 || open[0].Customer.Ref != "C-1" || open[0].Reason != ending.WrongNumber || open[0].Closed || !open[0].Received.Equal(b.now()) {
		t.Fatalf("%+v", open)
	}
	for _, note := range []string{"done \x1b]0;PWNED\a", "abc\u202edef", "two\nlines"} {
		if b.CloseReport(b.ctx(), open[0].Offer, note) == nil {
			t.Errorf("the note %q is kept", note)
		}
	}
	b.must(b.CloseReport(As(b.ctx(), "anna"), open[0].Offer, "rang back"))
	closed, err := b.Stop(b.ctx(), open[0].Offer)
	b.must(err)
	if !closed.Closed || !slices.Equal(closed.Acts, []Act{{b.now().Unix(), "anna", "closed: rang back"}}) || !b.holds(d.Pseudonym) {
		t.Errorf("%+v", closed)
	}
	if b.CloseReport(b.ctx(), open[0].Offer, "") == nil || b.CloseReport(b.ctx(), open[0].Offer, strings.Repeat("x", maxNote+1)) == nil {
		t.Error("closed twice, or with a long note")
	}
}

func TestFollowedReportsComeAsTheyAreMade(t *testing.T) {
	b := newTestBank(t, false)
	device, d, credential := b.device("C-1")
	first, second := offerFor(d.Pseudonym), offerFor(d.Pseudonym)
	b.report(first, ending.WrongNumber, device, credential)
	enough := errors.New("enough")
	var seen []Stop
	idle := 0
	err := b.FollowStops(b.ctx(), time.Millisecond, func(s Stop) error {
		switch seen = append(seen, s); {
		case s.Closed:
			return enough
		case s.Offer == first.oid:
			b.report(second, ending.Reported, device, credential)
			return nil
		}
		return b.CloseReport(b.ctx(), s.Offer, "")
	}, func() error { idle++; return nil })
	if !errors.Is(err, enough) || len(seen) != 3 || seen[0].Offer != first.oid || seen[1].Offer != second.oid || seen[2].Offer != second.oid {
		t.Errorf("%v: %+v", err, seen)
	}
	ended, end := context.WithCancel(b.ctx())
	end()
	if err := b.FollowStops(ended, time.Hour, func(Stop) error { return nil }, func() error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
