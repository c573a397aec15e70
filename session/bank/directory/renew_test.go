// This file tests the fresh credentials of devices: what they say after a
// change of the numbers, who is given one, and that asking writes nothing.

package directory

import (
	"slices"
	"testing"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// ask asks for a fresh credential on the connection N.
func (b *testBank) ask(c *client, r relay.Renewal) (relay.RenewAnswer, error) {
	b.Helper()
	q, err := r.Sign(c.key)
	b.must(err)
	return b.Renew(b.ctx(), "N", q)
}

func TestRenewedCredentialSaysWhatIsOnFileNow(t *testing.T) {
	b := newTestBank(t, false)
	c, own, _ := b.device("C-1")
	if own.Enrolled != b.now().Unix() || own.NotBefore != own.Enrolled || own.Expiry != b.now().Add(DeviceLifetime).Unix() {
		t.Fatalf("enrolled as %+v", own)
	}
	b.must(b.ChangePhones(b.ctx(), "C-1", []string{"+48600700899", "+48600700898"}))
	b.pass(400 * 24 * time.Hour)
	b.reopen() // what was changed is on disk
	// The bank's bundle is over by now, but who signed is what is asked here.
	answer, err := b.ask(c, relay.Renewal{Device: own.ID, Nkey: "N", Time: b.now().Unix()})
	b.must(err)
	fresh, err := trust.PeekDevice(answer.Credential)
	b.must(err)
	if _, err := wire.Verify(wire.LabelDevice, &b.bank.IssuerAt(time.Now()).PublicKey, answer.Credential, wire.MaxObject); err != nil {
		t.Error(err)
	}
	if fresh.ID != own.ID || fresh.Pseudonym != own.Pseudonym || !slices.Equal(fresh.Public, own.Public) || fresh.Enrolled != own.Enrolled {
		t.Errorf("another device: %+v", fresh)
	}
	if fresh.NotBefore != b.now().Unix() || fresh.Expiry != own.Expiry || !slices.Equal(fresh.Lines, []string{"0899", "0898"}) {
		t.Errorf("from %d to %d, lines %v", fresh.NotBefore, fresh.Expiry, fresh.Lines)
	}
}

func TestRenewalIsRefused(t *testing.T) {
	b := newTestBank(t, false)
	c, own, _ := b.device("C-1")
	other, others, _ := b.device("C-2")
	revoked, gone, _ := b.device("C-1")
	b.must(b.RevokeDevice(b.ctx(), gone.ID))
	agent, _ := b.agent("Anna Kowalska")
	now := b.now().Unix()
	good := relay.Renewal{Device: own.ID, Nkey: "N", Time: now}
	status, err := b.kv.Status(b.ctx())
	b.must(err)
	before := status.Bytes()
	for name, ask := range map[string]struct {
		client *client
		change func(*relay.Renewal)
		want   ending.Reason
	}{
		"good":                  {c, func(*relay.Renewal) {}, ""},
		"60 seconds behind":     {c, func(r *relay.Renewal) { r.Time -= 60 }, ""},
		"60 seconds ahead":      {c, func(r *relay.Renewal) { r.Time += 60 }, ""},
		"61 seconds behind":     {c, func(r *relay.Renewal) { r.Time -= 61 }, ending.WrongClock},
		"61 seconds ahead":      {c, func(r *relay.Renewal) { r.Time += 61 }, ending.WrongClock},
		"another connection":    {c, func(r *relay.Renewal) { r.Nkey = "M" }, ending.Forged},
		"no connection":         {c, func(r *relay.Renewal) { r.Nkey = "" }, ending.Forged},
		"another's device":      {c, func(r *relay.Renewal) { r.Device = others.ID }, ending.Forged},
		"another's key":         {other, func(*relay.Renewal) {}, ending.Forged},
		"an agent's credential": {c, func(r *relay.Renewal) { r.Device = agent.CredentialID }, ending.Revoked},
		"a device of nobody":    {c, func(r *relay.Renewal) { r.Device = [16]byte{1} }, ending.Revoked},
		"revoked":               {revoked, func(r *relay.Renewal) { r.Device = gone.ID }, ending.Revoked},
		"revoked, late":         {revoked, func(r *relay.Renewal) { r.Device, r.Time = gone.ID, 0 }, ending.Revoked},
		"revoked, by another":   {c, func(r *relay.Renewal) { r.Device = gone.ID }, ending.Forged},
	} {
		r := good
		ask.change(&r)
		answer, err := b.ask(ask.client, r)
		if ending.Of(err, "") != ask.want || (err == nil) != (len(answer.Credential) > 0) {
			t.Errorf("%s: got %v, want %q", name, err, ask.want)
		}
	}
	for name, signed := range map[string][]byte{"nothing": nil, "something": []byte("renew"), "a possession": must(wire.Sign(wire.LabelPossession, c.key, wire.Marshal(good)))} {
		if _, err := b.Renew(b.ctx(), "N", relay.RenewRequest{Renewal: signed}); ending.Of(err, "") != ending.Forged {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if status, err = b.kv.Status(b.ctx()); err != nil || status.Bytes() != before {
		t.Errorf("asking wrote %d bytes to the directory, %v", int64(status.Bytes())-int64(before), err)
	}

	b.pass(time.Duration(own.Expiry-now)*time.Second - time.Second)
	if _, err := b.ask(c, relay.Renewal{Device: own.ID, Nkey: "N", Time: b.now().Unix()}); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	b.pass(time.Second)
	if _, err := b.ask(c, relay.Renewal{Device: own.ID, Nkey: "N", Time: b.now().Unix()}); ending.Of(err, "") != ending.Revoked {
		t.Errorf("5 years after its enrolment: %v", err)
	}
}

func TestNumbersAreChangedByTheirRules(t *testing.T) {
	b := newTestBank(t, false)
	b.customer("C-1")
	before, err := b.Customer(b.ctx(), "C-1")
	b.must(err)
	b.wants(b.ChangePhones(b.ctx(), "C-9", []string{"+48600700899"}), ending.UnknownCode)
	for _, phones := range [][]string{nil, {"600700899"}, {"+48600700899", "+48600700899"}} {
		if b.ChangePhones(b.ctx(), "C-1", phones) == nil {
			t.Errorf("%v are on file", phones)
		}
	}
	after, err := b.Customer(b.ctx(), "C-1")
	b.must(err)
	if !slices.Equal(before.Phones, after.Phones) {
		t.Errorf("on file are %v", after.Phones)
	}
	b.must(b.ChangePhones(b.ctx(), "C-1", []string{"+48600700899"}))
	if _, _, err := b.AddCustomer(b.ctx(), "C-1", []string{"+48600700899"}); err != nil {
		t.Errorf("a further device after the change: %v", err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
