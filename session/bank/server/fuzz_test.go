// Fuzz targets of what comes to the server as bytes: requests and messages of
// any client, and the records on the shelf, which another version of the server
// may have written.

package server

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"countersign/session/bank/storetest"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// FuzzRequests: whatever bytes arrive on whatever subject, the client is told a
// reason of CP1's table, or is given an answer that it can read.
func FuzzRequests(f *testing.F) {
	oid := offer.ID{1}
	for i, q := range []any{
		relay.LookupRequest{Code: "123456789", BundleVersion: 1}, relay.LookupRequest{OID: oid[:]}, relay.Up{OID: oid, Kind: relay.KindReply, Body: []byte("sealed")},
		relay.Up{OID: oid, Kind: relay.KindReadmit, Body: []byte("ticket")}, relay.ReportRequest{OID: oid}, relay.EnrolRequest{Step: relay.EnrolClock},
		relay.EnrolRequest{Step: relay.EnrolHello, Body: wire.Marshal(relay.EnrolHelloRequest{Ticket: "ABCD"})}, relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled},
		relay.CreateRequest{Code: "123456789"}, relay.AdmitRequest{OID: oid, Device: []byte{1}}, relay.Down{OID: oid, Kind: relay.KindReveal}, relay.SecureRequest{OID: oid}, relay.EndRequest{Reason: ending.Completed},
	} {
		f.Add(uint8(i), wire.Marshal(q))
	}
	village()
	ctx := context.Background()
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		o := &office{villagers: village(), clock: instant}
		o.store = o.villagers.store.Copy()
		o.people = o.directory(o.store, o.now)
		o.open()
		handlers := []handler{o.s.lookup, o.s.readmitCompanion, typed(o.s.report), o.s.enrol, raw(o.s.forwardUp)}
		for _, op := range relay.Ops() {
			if h := o.s.operation(op, o.agents[0].connection()); h != nil {
				handlers = append(handlers, h)
			}
		}
		handlers = append(handlers, raw(func(from string, d relay.Down) error { return o.s.forwardDown(from, o.agents[0].id, d) }))
		body, err := handlers[int(kind)%len(handlers)](ctx, "U1", data)
		if err != nil {
			if reason := ending.Of(err, ""); !reason.Known() || body != nil {
				t.Fatalf("%x, and %v", body, err)
			}
			return
		}
		var answer any
		if len(body) > 0 && wire.Unmarshal(body, wire.MaxMessage, &answer) != nil {
			t.Fatalf("answered with %x", body)
		}
	})
}

// raw is how a message that is forwarded is read.
func raw[M any](forward func(from string, m M) error) handler {
	return func(_ context.Context, from string, data []byte) ([]byte, error) {
		m, err := relay.Decode[M](data)
		if err != nil {
			return nil, ending.Because(ending.Unsupported, "malformed")
		}
		return nil, forward(from, m)
	}
}

// FuzzInbox: an answer goes to the asker's own inbox or nowhere.
func FuzzInbox(f *testing.F) {
	f.Add(relay.InboxPrefix("U1")+".abc", "U1")
	f.Add(relay.InboxPrefix("U1")+".>", "U1")
	f.Add(relay.InboxPrefix("U2")+".abc", "U1")
	f.Fuzz(func(t *testing.T, reply, sender string) {
		if ownInbox(reply, sender) && (!strings.HasPrefix(reply, relay.InboxPrefix(sender)+".") || strings.ContainsAny(reply[len(relay.InboxPrefix(sender)):], "*> ") || len(reply) > maxReply) {
			t.Fatalf("%q is taken for the inbox of %q", reply, sender)
		}
	})
}

// FuzzShelf: a record that is not one of this version's is left alone, and one
// that is stands in the book as it was written.
func FuzzShelf(f *testing.F) {
	r := record{
		OID: offer.ID{1}, CallID: [16]byte{2}, AgentID: 7, AgentKey: "DESK", Credential: [16]byte{3}, Customer: make([]byte, 32), Pseudonym: make([]byte, 16),
		Direction: offer.BankCalled, Expiry: instant.Unix(), Offer: servedOffer{Core: []byte{1}}, Stage: live, Deadline: instant.Unix(),
	}
	f.Add(offerKeys+r.code(), wire.Marshal(r))
	r.Stage, r.Reason, r.Companion, r.Device = ended, ending.Superseded, "U1", make([]byte, 16)
	f.Add(offerKeys+r.code(), wire.Marshal(r))
	f.Add(agentKeys+"7", []byte(r.code()))
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		b, err := openBook(context.Background(), jetstream.JetStream(storetest.New()), func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		b.apply(key, value)
		code, isOffer := strings.CutPrefix(key, offerKeys)
		if !isOffer {
			if value != nil && !b.holds(key, string(value)) {
				t.Fatalf("%q does not hold %q", key, value)
			}
			return
		}
		c := b.withCode(code)
		if c == nil {
			if len(b.calls) != 0 || len(b.due(instant.AddDate(1000, 0, 0))) != 0 {
				t.Fatal("half a record is in the book")
			}
			return
		}
		got := c.record.Load()
		if !bytes.Equal(wire.Marshal(got), value) || got.code() != code || b.find(got.OID) != c {
			t.Fatalf("%x stands in the book as %+v", value, got)
		}
		if refusal := got.lookupRefusal(instant); refusal != "" && !refusal.Known() {
			t.Fatalf("a lookup is refused as %q", refusal)
		}
		b.apply(key, nil)
		if b.withCode(code) != nil {
			t.Fatal("a record that was removed is still there")
		}
	})
}

// FuzzServer plays the story of the state machine, led by what the fuzzer finds.
func FuzzServer(f *testing.F) {
	village()
	f.Add(bytes.Repeat([]byte{3, 0, 0, 0, 0, 0, 0, 0}, 64))
	f.Fuzz(rapid.MakeFuzz(serverStory))
}
