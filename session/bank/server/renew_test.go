// This file tests renewals as clients send them: who is answered, on which
// connection, and how often.

package server

import (
	"testing"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
)

// renews asks for a fresh credential of a device that claims this connection.
func (c *client) renews(p *person, nkey string, want ending.Reason) []byte {
	c.w.Helper()
	q, err := relay.Renewal{Device: p.device, Nkey: nkey, Time: c.w.now().Unix()}.Sign(p.key)
	c.w.must(err)
	body, reason := c.request(relay.RenewSubject(c.nkey), q)
	if reason != want {
		c.w.Fatalf("got %q, want %q", reason, want)
	}
	return body
}

func TestRenewalIsForItsConnection(t *testing.T) {
	w := newWorld(t, generous())
	device, first, second := w.customer("C-1"), w.companion(), w.companion()
	answer, err := relay.Decode[relay.RenewAnswer](first.renews(device, first.nkey, ""))
	w.must(err)
	fresh, err := w.bank.Bundle.Device(answer.Credential)
	w.must(err)
	if fresh.ID != device.device || fresh.Pseudonym != device.pseudonym || fresh.NotBefore != w.now().Unix() {
		t.Errorf("got %+v", fresh)
	}
	first.renews(device, first.nkey, "") // twice is harmless
	second.renews(device, first.nkey, ending.Forged)
	second.renews(device, second.nkey, "")
}

// TestRenewalsHaveLimits: those of lookups, which they do not use up.
func TestRenewalsHaveLimits(t *testing.T) {
	l := generous()
	l.LookupBurst, l.LookupsPerMinute, l.LookupsPerAddress, l.LookupsPerSecond = 3, 10, 6, 4
	w := newWorld(t, l)
	device, c := w.customer("C-1"), w.companion()
	for range 3 {
		c.renews(device, "another", ending.Forged)
	}
	c.renews(device, c.nkey, ending.Busy)
	other := w.companion()
	other.renews(device, other.nkey, "")
	other.renews(device, other.nkey, ending.Busy) // four together
	w.pass(time.Second)
	other.renews(device, other.nkey, "")
	w.companion().renews(device, "another", ending.Busy) // seven of one address
	c.looksUp("123456789", ending.UnknownCode)
	w.pass(time.Minute)
	c.renews(device, c.nkey, "")
}

func TestRenewalIsNoLookupAndNoReport(t *testing.T) {
	w := newWorld(t, generous())
	c := w.companion()
	for _, q := range []any{relay.LookupRequest{Code: "123456789"}, relay.ReportRequest{}, "renew"} {
		if body, reason := c.request(relay.RenewSubject(c.nkey), q); reason != ending.Unsupported || body != nil {
			t.Errorf("%T: %q", q, reason)
		}
	}
}
