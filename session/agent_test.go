// These tests hand an agent's call what only a hostile relay or server would.

package session

import (
	"errors"
	"sync"
	"testing"

	"countersign/session/protocol/call"
	"countersign/session/protocol/channel"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict/verdicttest"
)

// finished runs a handshake with a guest and returns both ends' secrets.
func finished(t *testing.T) (agent, companion *handshake.Secrets) {
	t.Helper()
	id := offer.NewCallID()
	keys, err := handshake.NewOfferKeys([16]byte{1}, id)
	if err != nil {
		t.Fatal(err)
	}
	core := offer.Core{
		CallID: id, Start: 1000, Direction: offer.BankCalled, Purpose: trust.Transfer, Line: "0800",
		Suite: trust.Suite1, Keys: keys.Public().Hash(),
	}
	hands, envelope, err := handshake.Start(core, keys.Public(), offer.Answers{How: offer.TheyCalled}, offer.ByCode, 0, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := keys.Open(core, envelope)
	if err != nil {
		t.Fatal(err)
	}
	body, agent, err := opened.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	if companion, err = hands.Reveal(body); err != nil {
		t.Fatal(err)
	}
	return agent, companion
}

func TestOnlyTheCompanionsOwnConfirmationOpens(t *testing.T) {
	agent, companion := finished(t)
	good := companion.Confirm()
	bad := append([]byte{good[0] + 1}, good[1:]...)
	a := &agentCall{runner: newRunner(t.Context(), newHome(t)), companion: "U1", state: call.Agent{Phase: call.Revealed}}
	a.secrets = agent
	for _, p := range []relay.Push{
		{Kind: relay.KindConfirm, From: "U1", Body: bad}, {Kind: relay.KindConfirm, From: "U1"}, {Kind: relay.KindConfirm, From: "U2", Body: good},
	} {
		if in := a.receive(p); in != nil {
			t.Errorf("%s with %d bytes: %#v", p.From, len(p.Body), in)
		}
	}
	if in := a.receive(relay.Push{Kind: relay.KindConfirm, From: "U1", Body: good}); in != (call.ConfirmArrived{}) {
		t.Errorf("the good confirmation: %#v", in)
	}
}

// TestRecordsWaitUntilTheyCount: a record that comes before its time is neither
// taken nor acknowledged: the machine would ignore it, and it would never come again.
func TestRecordsWaitUntilTheyCount(t *testing.T) {
	agent, companion := finished(t)
	a := &agentCall{runner: newRunner(t.Context(), newHome(t)), state: call.Agent{Phase: call.Revealed}}
	c := &customerCall{runner: newRunner(t.Context(), newHome(t)), state: call.Customer{Phase: call.Replying}}
	a.side, c.side = a, c
	if err := errors.Join(a.ready(agent, channel.FromAgent), c.ready(companion, channel.FromCompanion)); err != nil {
		t.Fatal(err)
	}
	a.seal(channel.Ping, nil)
	c.seal(channel.Ping, nil)
	toAgent, toCompanion := c.outbox.InFlight(), a.outbox.InFlight()
	for _, taken := range []uint64{0, 1} {
		a.open(toAgent)
		c.open(toCompanion)
		if a.channel.Received() != taken || c.channel.Received() != taken {
			t.Errorf("in %s and %s the agent has taken %d records, the companion %d", a.state.Phase, c.state.Phase, a.channel.Received(), c.channel.Received())
		}
		a.state.Phase, c.state.Phase = call.ReadBack, call.ReadBack
	}
	for _, r := range []*runner{a.runner, c.runner} {
		r.stopRetry()
	}
}

func TestMessagesOfAnotherOfferAreIgnored(t *testing.T) {
	a := &agentCall{runner: newRunner(t.Context(), newHome(t)), state: call.Agent{Phase: call.Open}}
	a.side, a.oid = a, offer.ID{1}
	a.conn = nil
	a.push(relay.Push{OID: offer.ID{1}, Kind: relay.KindNotice, Body: []byte(ending.Superseded)})
	if a.state.Phase != call.Open {
		t.Error("a notice was heard without a connection")
	}
	if a.concerns(relay.Push{OID: offer.ID{2}}) || !a.concerns(relay.Push{OID: offer.ID{1}}) {
		t.Error("a message is taken for another offer's")
	}
}

func TestServerWithAnotherBundleIsRefused(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	b, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil {
		t.Fatal(err)
	}
	same := relay.News{BundleVersion: b.bundle.Version, BundleHash: b.bundle.Hash()}
	forked, ahead, behind := same, same, same
	forked.BundleHash[0]++
	ahead.BundleVersion++
	behind.BundleVersion--
	for name, news := range map[string]relay.News{"forked": forked, "ahead without a chain": ahead, "behind": behind} {
		if err := (signIn{home: h}).takeNews(t.Context(), &signedIn{bank: b}, news); ending.Of(err, "") != ending.Forged {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAgentTakesNewerContentOnly: the relay may not bring back old sentences.
func TestAgentTakesNewerContentOnly(t *testing.T) {
	w := verdicttest.New()
	h, signed := newHome(t), w.SignedBundle()
	if _, err := h.keep(t.Context(), w.Opened(), [][]byte{signed}, record{Role: roleAgent}); err != nil {
		t.Fatal(err)
	}
	b, err := h.bank(t.Context(), roleAgent, w.Bundle.BankID)
	if err != nil {
		t.Fatal(err)
	}
	content := func(version uint64) []byte {
		w.Content.Version = version
		return w.SignedContent()
	}
	b.Content = content(5)
	for version, want := range map[uint64]ending.Reason{4: ending.Forged, 5: ending.Forged, 6: ""} {
		news := relay.News{BundleVersion: b.bundle.Version, BundleHash: b.bundle.Hash(), Content: content(version)}
		if err := (signIn{home: h}).takeNews(t.Context(), &signedIn{bank: b}, news); ending.Of(err, "") != want {
			t.Errorf("content %d after 5: %v, want %q", version, err, want)
		}
	}
}

// TestUnsignedBytesCountForNothingWhereADeviceIs: a guest's reply or decline is
// anybody's who heard the code.
func TestUnsignedBytesCountForNothingWhereADeviceIs(t *testing.T) {
	a := &agentCall{runner: newRunner(t.Context(), newHome(t))}
	a.prepared.Enrolled = true
	if _, reason := a.check(&handshake.Opened{Guest: true}); reason != ending.Guest {
		t.Errorf("a guest's reply for an enrolled customer: %q", reason)
	}
	if _, reason := a.check(&handshake.Opened{Guest: true, Declined: ending.Reported}); reason != ending.Guest {
		t.Errorf("a guest's decline for an enrolled customer: %q", reason)
	}
	if a.mayDecline("U1", true) {
		t.Error("a stranger declines an open offer")
	}
	a.companion = "U1"
	if !a.mayDecline("U1", true) || a.mayDecline("U2", true) || a.mayDecline("U2", false) {
		t.Error("only the accepted companion may decline")
	}
}

func TestHoldAndSeenSurviveEachOther(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	var both sync.WaitGroup
	for i := range 20 {
		both.Go(func() {
			if err := h.change(t.Context(), roleCustomer, id, func(r *record) { r.Seen = append(r.Seen, seen{Expiry: int64(i)}) }); err != nil {
				t.Error(err)
			}
		})
		both.Go(func() {
			if err := h.change(t.Context(), roleCustomer, id, func(r *record) { r.HoldUntil++ }); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	r, err := h.readRecord(t.Context(), roleCustomer, id)
	if err != nil || len(r.Seen) != 20 || r.HoldUntil != 20 {
		t.Errorf("%d offers and a hold of %d survive, want 20 and 20 (%v)", len(r.Seen), r.HoldUntil, err)
	}
}

// TestPreviewShowsFourDigitsAndNothingElse: a screen shows what the server says.
func TestPreviewShowsFourDigitsAndNothingElse(t *testing.T) {
	for _, line := range []string{"", "080", "08000", "08 0", "+480", "<b>1", "٠٨٠٠"} {
		if got, err := previewOf(relay.Prepared{Line: line}); ending.Of(err, "") != ending.Unsupported || got != (Preview{}) {
			t.Errorf("%q is shown as %+v (%v)", line, got, err)
		}
	}
	if got, err := previewOf(relay.Prepared{Line: "0800", Enrolled: true, HoldUntil: -1}); err != nil || got != (Preview{Line: "0800", Enrolled: true}) {
		t.Errorf("a good answer is %+v (%v)", got, err)
	}
}
