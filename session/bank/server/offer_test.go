// This file tests the life of an offer: created, looked up, used, expired,
// ended, forgotten; and what no agent may create.

package server

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

func TestLookupServesTheOfferWithAStaple(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	desk, companion := w.desk(agent), w.companion()
	p := desk.offers(agent, customer)
	byCode, reason := companion.lookup(p.code)
	if reason != "" {
		t.Fatal(reason)
	}
	byOID, _ := companion.lookupBy(relay.LookupRequest{OID: p.oid[:], BundleVersion: 1, BundleHash: w.bank.Bundle.Hash(), ContentVersion: 1})
	if !bytes.Equal(wire.Marshal(byCode), wire.Marshal(byOID)) {
		t.Error("the offer differs by code and by oid")
	}
	if !bytes.Equal(byCode.Core, p.request.Core) || !bytes.Equal(byCode.Credential, agent.credential) || !bytes.Equal(byCode.PKA, p.request.PKA) || byCode.CA != p.request.CA {
		t.Error("not what the agent created")
	}
	staple, err := w.bank.Bundle.Staple(byCode.Staple)
	w.must(err)
	credential, err := w.bank.Bundle.Credential(agent.credential)
	w.must(err)
	if !staple.Good || staple.Credential != credential.ID || !staple.Fresh(w.now()) {
		t.Error("not a good, fresh staple of this credential")
	}
	if n := byCode.News; n.BundleVersion != 1 || n.BundleHash != w.bank.Bundle.Hash() || len(n.Bundles) != 0 || n.Content != nil {
		t.Error("news for a companion that is up to date")
	}
	behind, _ := companion.lookupBy(relay.LookupRequest{Code: p.code, BundleVersion: 1, BundleHash: w.bank.Bundle.Hash()})
	if !bytes.Equal(behind.News.Content, w.bank.Content) {
		t.Error("no content for a companion that has none")
	}
	again, _ := companion.lookup(p.code)
	if !bytes.Equal(wire.Marshal(again), wire.Marshal(byCode)) {
		t.Error("one companion's news was served to another")
	}

	w.must(w.server.Directory().RevokeAgent(w.Context(), agent.id))
	after, _ := companion.lookup(p.code)
	if staple, err := w.bank.Bundle.Staple(after.Staple); err != nil || staple.Good {
		t.Error("a revoked agent's offer is served with a good staple")
	}
}

func TestLookupNamesExactlyOneOffer(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	p := w.desk(agent).offers(agent, customer)
	companion := w.companion()
	otherOID := p.oid
	otherOID[31]++
	for want, all := range map[ending.Reason][]relay.LookupRequest{
		ending.Unsupported: {{}, {Code: p.code, OID: p.oid[:]}, {OID: p.oid[:31]}},
		ending.UnknownCode: {{OID: otherOID[:]}, {Code: "offer." + p.code}, {Code: p.code[:8]}},
	} {
		for _, q := range all {
			if _, reason := companion.lookupBy(q); reason != want {
				t.Errorf("%+v: got %q", q, reason)
			}
		}
	}
}

func TestUnknownExpiredAndUsedDiffer(t *testing.T) {
	w := newWorld(t, generous())
	anna, piotr := w.agent("Anna Kowalska"), w.agent("Piotr Nowak")
	customer, second := w.customer("C-1"), w.customer("C-2")
	stranger := w.companion()
	stranger.looksUp("123456789", ending.UnknownCode)

	call := w.newCall(anna, customer)
	stranger.looksUp(call.code, ending.UsedCode)
	call.companion.looksUp(call.code, ending.UsedCode)

	desk := w.desk(piotr)
	p := desk.offers(piotr, second)
	stranger.looksUp(p.code, "")
	w.pass(offer.Lifetime)
	stranger.looksUp(p.code, "")
	w.pass(time.Second)
	stranger.looksUp(p.code, ending.Expired) // by the clock, before anything was swept
	w.pass(admitGrace)
	w.server.services.sweep()
	stranger.looksUp(p.code, ending.Expired)
	desk.refused(desk.op(relay.OpCreate), p.request, ending.Expired)

	w.pass(tombstoneTime - time.Second)
	w.server.services.sweep()
	stranger.looksUp(p.code, ending.Expired)
	w.pass(2 * time.Second)
	w.server.services.sweep()
	stranger.looksUp(p.code, ending.UnknownCode)
	if n := w.server.services.book.size(); n != 1 { // the one left is the used one's tombstone
		t.Errorf("%d calls in the book, want 1: a forgotten one is still there", n)
	}
}

// size is read under the book's lock: its watcher still writes.
func (b *book) size() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.calls)
}

func TestEveryEndOfAnOfferHasItsName(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	desk, stranger := w.desk(agent), w.companion()
	for reason, served := range map[ending.Reason]ending.Reason{
		ending.Cancelled: ending.Cancelled, ending.Declined: ending.Cancelled, ending.Forged: ending.Cancelled,
		ending.Expired: ending.Expired, ending.WrongDirection: ending.Reported, ending.Reported: ending.Reported,
	} {
		p := desk.offers(agent, customer)
		desk.refused(desk.op(relay.OpEnd), relay.EndRequest{OID: p.oid, Reason: "no such"}, ending.Unsupported)
		desk.refused(desk.op(relay.OpEnd), relay.EndRequest{OID: p.oid, Reason: reason}, "")
		desk.refused(desk.op(relay.OpEnd), relay.EndRequest{OID: p.oid, Reason: reason}, "")
		stranger.looksUp(p.code, served)
		desk.refused(desk.op(relay.OpAdmit), admission(p, stranger, customer), reason)
	}
}

func TestExpiryIsToldToBothSidesUnlessRedeemed(t *testing.T) {
	w := newWorld(t, generous())
	anna, piotr := w.agent("Anna Kowalska"), w.agent("Piotr Nowak")
	desk, looked, stranger := w.desk(piotr), w.companion(), w.companion()
	p := desk.offers(piotr, w.customer("C-2"))
	looked.looksUp(p.code, "")
	redeemed := w.newCall(anna, w.customer("C-1"))

	w.pass(offer.Lifetime + admitGrace)
	desk.pushed(relay.KindNotice, "expired")
	if notice := looked.pushed(relay.KindNotice, "expired"); notice.OID != p.oid {
		t.Error("the notice names another offer")
	}
	desk.quiet()
	stranger.quiet()
	w.pass(readbackTime)
	w.server.services.sweep()
	redeemed.desk.quiet()
	redeemed.companion.quiet()
	redeemed.desk.refused(redeemed.desk.op(relay.OpSecure), relay.SecureRequest{OID: redeemed.oid}, ending.Expired)
}

func TestOnlySixteenAreToldOfTheEnd(t *testing.T) {
	w := newWorld(t, generous())
	agent := w.agent("Anna Kowalska")
	desk := w.desk(agent)
	p := desk.offers(agent, nil)
	var companions []*client
	for range maxNoticed + 1 {
		c := w.companion()
		c.looksUp(p.code, "")
		companions = append(companions, c)
	}
	desk.refused(desk.op(relay.OpEnd), relay.EndRequest{OID: p.oid, Reason: ending.Cancelled}, "")
	for _, c := range companions[:maxNoticed] {
		c.pushed(relay.KindNotice, "cancelled")
	}
	companions[maxNoticed].quiet()
}

func TestTooManyLookupsOfOneOfferLeaveTheFirstTheirPlace(t *testing.T) {
	c := newCall(&record{})
	for i := range maxSeen {
		if !c.see(string(rune('A' + i))) {
			t.Fatal("refused too early")
		}
	}
	if c.see("one more") || !c.see("A") || !c.wasSeenBy("A") || c.wasSeenBy("one more") {
		t.Error("the bound of companions does not hold")
	}
}

func TestOffersThatNoAgentMayCreate(t *testing.T) {
	w := newWorld(t, generous())
	agent, colleague, customer, other := w.agent("Anna Kowalska"), w.agent("Piotr Nowak"), w.customer("C-1"), w.customer("C-2")
	desk := w.desk(agent)
	seconds := func(n int64) func(*offer.Core) {
		return func(c *offer.Core) { c.Start += n; c.Line = trust.LineOf(customerPhone) }
	}
	onPhone := func(edit func(*offer.Core)) placed {
		return w.sign(agent, customer, func(c *offer.Core) { c.Line = trust.LineOf(customerPhone); edit(c) })
	}
	request := func(p placed, edit func(*relay.CreateRequest)) placed { edit(&p.request); return p }
	for name, try := range map[string]struct {
		p    placed
		want ending.Reason
	}{
		"another code":            {request(w.newOffer(agent, customer), func(q *relay.CreateRequest) { q.Code = w.newOffer(agent, customer).code }), ending.Forged},
		"another KEM key":         {request(w.newOffer(agent, customer), func(q *relay.CreateRequest) { q.PKA = append(slices.Clone(q.PKA), 0) }), ending.Forged},
		"no KEM key":              {withKEMKey(w, agent, customer, bytes.Repeat([]byte{0xff}, 1216)), ending.Forged},
		"short KEM key":           {withKEMKey(w, agent, customer, make([]byte, 32)), ending.Forged},
		"another commitment":      {request(w.newOffer(agent, customer), func(q *relay.CreateRequest) { q.CA[0]++ }), ending.Forged},
		"changed core":            {request(w.newOffer(agent, customer), func(q *relay.CreateRequest) { q.Core = slices.Clone(q.Core); q.Core[len(q.Core)-1]++ }), ending.Forged},
		"another's credential":    {w.newOffer(colleague, customer), ending.Forged},
		"credential hash":         {onPhone(func(c *offer.Core) { c.Credential[0]++ }), ending.Forged},
		"self-made credential":    {request(w.newOffer(agent, customer), func(q *relay.CreateRequest) { q.Credential = selfMade(w, agent) }), ending.Forged},
		"another customer":        {request(w.newOffer(agent, customer), func(q *relay.CreateRequest) { q.Pseudonym = other.pseudonym[:] }), ending.Forged},
		"no customer, reference":  {request(w.newOffer(agent, customer), func(q *relay.CreateRequest) { q.Pseudonym = nil }), ending.Forged},
		"customer, no reference":  {onPhone(func(c *offer.Core) { c.Ref = nil }), ending.Forged},
		"short pseudonym":         {request(w.newOffer(agent, customer), func(q *relay.CreateRequest) { q.Pseudonym = q.Pseudonym[:15] }), ending.Forged},
		"unknown customer":        {w.newOffer(agent, &person{pseudonym: [16]byte{1}}), ending.UnknownCode},
		"suite":                   {onPhone(func(c *offer.Core) { c.Suite = 2 }), ending.Unsupported},
		"line not on file":        {w.sign(agent, customer, func(c *offer.Core) { c.Line = "9999" }), ending.WrongNumber},
		"number not on file":      {request(w.newOffer(agent, customer), func(q *relay.CreateRequest) { q.Number = "+48600700801" }), ending.WrongNumber},
		"bank's line, bank calls": {request(w.newOffer(agent, customer), func(q *relay.CreateRequest) { q.Number = bankLine }), ending.WrongNumber},
		"customer's own number": {w.sign(agent, customer, func(c *offer.Core) {
			c.Direction, c.Line = offer.CustomerCalled, trust.LineOf(customerPhone)
		}), ending.WrongNumber},
		"bank calls nobody": {w.newOfferTo(agent, nil, offer.BankCalled), ending.WrongNumber},
		"clock ahead":       {w.sign(agent, customer, seconds(90)), ending.WrongClock},
		"over":              {w.sign(agent, customer, seconds(-301)), ending.Expired},
		"no start":          {onPhone(func(c *offer.Core) { c.Start = 0 }), ending.Forged},
		"short reference":   {onPhone(func(c *offer.Core) { c.Ref = c.Ref[:15] }), ending.Forged},
	} {
		t.Run(name, func(t *testing.T) {
			desk.refused(desk.op(relay.OpCreate), try.p.request, try.want)
			w.companion().looksUp(try.p.code, ending.UnknownCode)
		})
	}
	w.pass(trust.MaxCredential + time.Second)
	desk.refused(desk.op(relay.OpCreate), w.newOffer(agent, customer).request, ending.Expired)
}

// selfMade is the agent's credential signed by the agent.
func selfMade(w *world, agent *person) []byte {
	payload, err := wire.Payload(agent.credential, wire.MaxObject)
	w.must(err)
	signed, err := wire.Sign(wire.LabelCredential, agent.key, payload)
	w.must(err)
	return signed
}

func TestARevokedAgentCreatesNothingOnAnOpenConnection(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	call := w.newCall(agent, customer)
	w.must(w.server.Directory().RevokeAgent(w.Context(), agent.id))
	call.desk.refused(call.desk.op(relay.OpCreate), w.newOffer(agent, customer).request, ending.Revoked)
	call.desk.refused(call.desk.op(relay.OpPrepare), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled}, ending.Revoked)
	call.desk.refused(call.desk.op(relay.OpSecure), relay.SecureRequest{OID: call.oid}, ending.Revoked)
	call.desk.refused(call.desk.op(relay.OpCredential), relay.CredentialRequest{}, ending.Revoked)
	call.companion.up(call.oid, relay.KindReadmit, string(call.ticket), ending.Revoked)
}

func TestOneCodeIsOneOffer(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	desk := w.desk(agent)
	p := desk.offers(agent, customer)
	desk.refused(desk.op(relay.OpCreate), p.request, "") // a lost answer: the same again
	again := w.desk(agent)
	again.refused(again.op(relay.OpCreate), p.request, ending.UsedCode)
	desk.refused(desk.op(relay.OpEnd), relay.EndRequest{OID: p.oid, Reason: ending.Cancelled}, "")
	next := desk.offers(agent, customer)
	desk.refused(desk.op(relay.OpCreate), p.request, ending.UsedCode)
	w.companion().looksUp(next.code, "") // what was refused replaced nothing

	// Two offers with the same code are hard to find; the book is asked directly.
	b := w.server.services.book
	taken := *b.withCode(p.code).record.Load()
	if _, err := b.add(w.Context(), taken); ending.Of(err, "") != ending.UsedCode {
		t.Errorf("a second offer took a code: %v", err)
	}
}

func TestPrepare(t *testing.T) {
	w := newWorld(t, generous())
	agent := w.agent("Anna Kowalska")
	customer := w.customer("C-1")
	_, _, err := w.server.Directory().AddCustomer(w.Context(), "C-4", []string{customerPhone})
	w.must(err)
	desk := w.desk(agent)
	for _, try := range []struct {
		q        relay.PrepareRequest
		line     string
		enrolled bool
		want     ending.Reason
	}{
		{relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled}, "0800", true, ""},
		{relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled, Number: customerPhone}, "0800", true, ""},
		{relay.PrepareRequest{Reference: "C-1", Direction: offer.CustomerCalled}, "2233", true, ""},
		{relay.PrepareRequest{Reference: "C-1", Direction: offer.CustomerCalled, Number: bankLine}, "2233", true, ""},
		{relay.PrepareRequest{Reference: "C-4", Direction: offer.BankCalled}, "0800", false, ""},
		{relay.PrepareRequest{Direction: offer.CustomerCalled}, "2233", false, ""},
		{relay.PrepareRequest{Direction: offer.BankCalled}, "", false, ending.WrongNumber},
		{relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled, Number: bankLine}, "", false, ending.WrongNumber},
		{relay.PrepareRequest{Reference: "C-1", Direction: offer.CustomerCalled, Number: customerPhone}, "", false, ending.WrongNumber},
		{relay.PrepareRequest{Reference: "C-9", Direction: offer.BankCalled}, "", false, ending.UnknownCode},
		{relay.PrepareRequest{Reference: "C-1"}, "", false, ending.Unsupported},
	} {
		if try.want != "" {
			desk.refused(desk.op(relay.OpPrepare), try.q, try.want)
			continue
		}
		a := desk.prepares(try.q)
		if a.Line != try.line || a.Enrolled != try.enrolled || a.HoldUntil != 0 {
			t.Errorf("%+v: got %+v", try.q, a)
		}
		if try.q.Reference == "C-1" && a.Pseudonym != customer.pseudonym {
			t.Error("another customer's pseudonym")
		}
	}
}

func TestSigningIn(t *testing.T) {
	w := newWorld(t, generous())
	agent := w.agent("Anna Kowalska")
	desk := w.desk(agent)
	fresh := ask[relay.CredentialAnswer](desk, desk.op(relay.OpCredential), relay.CredentialRequest{BundleVersion: 1, BundleHash: w.bank.Bundle.Hash()})
	if c, err := w.bank.Bundle.Credential(fresh.Credential); err != nil || c.AgentID != agent.id {
		t.Errorf("not a credential of this agent: %v", err)
	}
	if !bytes.Equal(fresh.News.Content, w.bank.Content) {
		t.Error("no content for an agent that has none")
	}
	news := ask[relay.CredentialAnswer](desk, desk.op(relay.OpCredential), relay.CredentialRequest{RefreshOnly: true})
	if news.Credential != nil {
		t.Error("a credential nobody asked for")
	}
}

func TestPinningWithoutATicket(t *testing.T) {
	w := newWorld(t, generous())
	c := w.dial(relay.RoleEnrol, relay.EnrolToken)
	b := enrolStep[relay.EnrolBundleAnswer](c, relay.EnrolBundle, struct{}{})
	if len(b.Bundles) != 1 || !bytes.Equal(b.Bundles[0], w.bank.Bundles[0]) || !bytes.Equal(b.Content, w.bank.Content) {
		t.Error("not the bank's bundle and content")
	}
	if now := enrolStep[relay.EnrolClockAnswer](c, relay.EnrolClock, struct{}{}).Now; now != w.now().Unix() {
		t.Error("not the server's time")
	}
	c.refused(relay.EnrolSubject(c.nkey), relay.EnrolRequest{Step: 9, Body: []byte{0xa0}}, ending.Unsupported)
}

// TestAnOpenOfferMayBePlacedAgain: after a broken connection the agent's program
// places the same offer again, to a server that may have forgotten it.
func TestAnOpenOfferMayBePlacedAgain(t *testing.T) {
	w := newWorld(t, generous())
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1")
	desk := w.desk(agent)
	p := desk.offers(agent, customer)
	w.pass(2 * time.Minute)
	desk.refused(desk.op(relay.OpCreate), p.request, "")
	w.restart()
	desk = w.desk(agent)
	desk.refused(desk.op(relay.OpCreate), p.request, "")
	w.companion().looksUp(p.code, "")
}

// withKEMKey is an offer that names a key whatever it is.
func withKEMKey(w *world, agent, customer *person, public []byte) placed {
	credential, err := w.bank.Bundle.Credential(agent.credential)
	w.must(err)
	keys := offer.Keys{Bank: w.bank.Bundle.BankID, PKA: public}
	return w.signWith(agent, customer, credential, keys, func(c *offer.Core) { c.Line = trust.LineOf(customerPhone) })
}
