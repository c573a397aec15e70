// This file plays the server as a state machine: two agents, three customers, a
// guest and strangers ask for anything in any order, time passes, devices are
// revoked, and the server is restarted. The services are the real ones, on a
// store in memory and without a network. The same story is a fuzz target.

package server

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/hpke"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"countersign/session/bank"
	"countersign/session/bank/callout"
	"countersign/session/bank/directory"
	"countersign/session/bank/storetest"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/report"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
	"countersign/session/protocol/wire/wiretest"
)

// phoneOf is the number on file of customer i.
func phoneOf(i int) string { return fmt.Sprintf("+4860070080%d", i) }

// village is a bank with its people, enrolled once; every story begins with a
// copy of its store.
var village = sync.OnceValue(func() *villagers {
	v := &villagers{store: storetest.New(), bank: keptBank()}
	d := v.directory(v.store, func() time.Time { return instant })
	for i, name := range []string{"Anna Kowalska", "Piotr Nowak"} {
		ticket, _, err := d.AddAgent(context.Background(), name, "Adviser", "Fraud team")
		v.agents = append(v.agents, v.enrol(d, wiretest.Key(byte(10+i)), must(ticket, err), true))
	}
	for i := range 3 {
		ticket, _, err := d.AddCustomer(context.Background(), fmt.Sprint("C-", i), []string{phoneOf(i)})
		p := person{key: wiretest.Key(byte(20 + i))}
		if must(ticket, err); i < 2 { // the third has no device
			p = v.enrol(d, p.key, ticket, false)
		}
		p.pseudonym = must(d.Customer(context.Background(), fmt.Sprint("C-", i))).Pseudonym
		v.customers = append(v.customers, p)
	}
	return v
})

type villagers struct {
	store             *storetest.Store
	bank              *bank.Bank
	agents, customers []person
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// keptBank is a bank without a folder.
func keptBank() *bank.Bank {
	root, issuer, status := wiretest.Key(1), wiretest.Key(2), wiretest.Key(3)
	report := must(hpke.MLKEM768X25519().NewPrivateKey(bytes.Repeat([]byte{1}, 32)))
	key := func(role uint8, public []byte) trust.Key {
		return trust.Key{Role: role, Public: public, NotAfter: 1 << 40}
	}
	b := trust.Bundle{
		BankID: trust.BankID(trust.RootsHash([][]byte{wire.Point(&root.PublicKey)}, 1)), Name: "Example Bank", Version: 1, Roots: [][]byte{wire.Point(&root.PublicKey)}, Threshold: 1,
		Keys:   []trust.Key{key(trust.RoleIssuer, wire.Point(&issuer.PublicKey)), key(trust.RoleStatus, wire.Point(&status.PublicKey)), key(trust.RoleReport, report.PublicKey().Bytes())},
		Relays: []trust.Relay{{URL: "tls://127.0.0.1:4222"}}, Suites: []uint8{trust.Suite1}, Lines: []string{bankLine}, MinVersion: "0.1.0", Expiry: 1 << 40,
	}
	signed := must(trust.SignBundle(b, root))
	return &bank.Bank{
		Bundle: must(trust.First(signed, trust.RootsHash(b.Roots, 1))), Bundles: [][]byte{signed}, Lineage: [][]byte{signed}, Content: []byte("content"),
		Issuers: []bank.SigningKey{{Private: issuer}}, Statuses: []bank.SigningKey{{Private: status}}, Report: report, Reports: []hpke.PrivateKey{report},
	}
}

func (v *villagers) directory(store *storetest.Store, now func() time.Time) *directory.Directory {
	return must(directory.Open(context.Background(), store, jetstream.MemoryStorage, v.bank, now))
}

func (v *villagers) enrol(d *directory.Directory, key *ecdsa.PrivateKey, ticket enrol.Ticket, agent bool) person {
	ctx := context.Background()
	hello := relay.EnrolHelloRequest{Ticket: ticket.Name, Public: wire.Point(&key.PublicKey), Agent: agent}
	h := must(d.Hello(ctx, "U", hello))
	transcript := enrol.Transcript(h.RootsHash, h.BankID, hello.Public, hello.Nonce, h.Nonce, agent)
	answer := must(d.Prove(ctx, "U", relay.EnrolProveRequest{
		Ticket: ticket.Name, Proof: must(must(ticket.Keys()).ClientProof(transcript)), Possession: must(wire.Sign(wire.LabelPossession, key, transcript[:])),
	}))
	p := person{key: key, id: answer.AgentID, credential: answer.Credential}
	if !agent {
		p.device = must(v.bank.Bundle.Device(answer.Credential)).ID
	}
	return p
}

// talk is what the story knows of one call.
type talk struct {
	placed
	agent     int
	desk      string // nkey of the connection that placed it, or took it up last
	customer  int    // -1: the offer names none
	direction offer.Direction
	seenBy    []string
	companion string // once admitted
	of        int    // the customer whose device was admitted, -1 for a guest
	over      bool   // it has ended while the server remembered it
	forgotten bool   // the server was restarted since
	tickets   [][]byte
}

// office is the server of one story.
type office struct {
	*villagers
	t       *rapid.T
	store   *storetest.Store
	people  *directory.Directory
	s       *services
	clock   time.Time
	talks   []*talk
	heldTo  [3]time.Time // holds, by customer
	revoked [3]bool
}

func newOffice(t *rapid.T) *office {
	o := &office{villagers: village(), t: t, clock: instant.Add(time.Minute)}
	o.store = o.villagers.store.Copy()
	o.people = o.directory(o.store, o.now)
	o.open()
	return o
}

func (o *office) now() time.Time { return o.clock }

// open starts services that remember nothing of calls.
func (o *office) open() {
	o.store.Forget(shelfBucket)
	o.s = &services{
		bank: o.bank, people: o.people, clients: callout.NewRegistry(), limits: newBuckets(generous()), now: o.now,
		log: slog.New(slog.DiscardHandler), ctx: context.Background(),
	}
	o.s.book = must(openBook(context.Background(), o.store, func(string) {}))
}

// agentAsks has an agent ask on a connection; companionAsks a companion.
func (o *office) agentAsks(agent int, desk string, op relay.Op, q any) ([]byte, error) {
	if op == relay.OpDown {
		return nil, o.s.forwardDown(desk, o.agents[agent].id, q.(relay.Down))
	}
	return o.s.operation(op, o.agents[agent].connection())(context.Background(), desk, wire.Marshal(q))
}

func (o *office) companionSends(from string, u relay.Up) error { return o.s.forwardUp(from, u) }

// named fails the story for an error that is no reason of CP1's table.
func (o *office) named(err error) {
	if err != nil && !ending.Of(err, "").Known() {
		o.t.Fatalf("an error without a name: %v", err)
	}
}

func deskOf(agent int) string { return fmt.Sprint("DESK", agent) }

// create has an agent place an offer.
func (o *office) create(agent, customer int, d offer.Direction) {
	a := o.agents[agent]
	signed := must(o.people.Credential(context.Background(), a.id, ""))
	pkA := must(hpke.MLKEM768X25519().NewPrivateKey(bytes.Repeat([]byte{byte(len(o.talks))}, 32))).PublicKey().Bytes()
	keys := offer.Keys{Bank: o.bank.Bundle.BankID, PKA: pkA, CA: [32]byte{byte(len(o.talks))}}
	core := offer.Core{
		Credential: must(o.bank.Bundle.Credential(signed)).Hash(), CallID: [16]byte{byte(len(o.talks)), byte(len(o.talks) >> 8), 1},
		Start: o.clock.Unix(), Direction: d, Purpose: trust.CardPayment, Line: trust.LineOf(bankLine), Suite: trust.Suite1, Keys: keys.Hash(),
	}
	q := relay.CreateRequest{Credential: signed, PKA: pkA, CA: keys.CA}
	if customer >= 0 {
		ref := offer.RefHash(core.CallID, o.customers[customer].pseudonym)
		core.Ref, q.Pseudonym = ref[:], o.customers[customer].pseudonym[:]
		if d == offer.BankCalled {
			core.Line = trust.LineOf(phoneOf(customer))
		}
	}
	q.Core = must(wire.Sign(wire.LabelOffer, a.key, core.Encode()))
	q.Code = offer.Code(core.ID())
	taken := customer >= 0 && o.inCallWithAnother(a.id, o.customers[customer].pseudonym)
	_, err := o.agentAsks(agent, deskOf(agent), relay.OpCreate, q)
	o.named(err)
	if err != nil {
		return
	}
	if taken {
		o.t.Fatal("an offer to a customer who is in another agent's call")
	}
	if customer < 0 && d == offer.BankCalled {
		o.t.Fatal("the bank has called nobody")
	}
	if customer >= 0 && d == offer.CustomerCalled && o.clock.Before(o.heldTo[customer]) {
		o.t.Fatal("an offer under a hold")
	}
	o.talks = append(o.talks, &talk{
		placed: placed{core: core, oid: core.ID(), code: q.Code, request: q}, agent: agent, desk: deskOf(agent), customer: customer, direction: d, of: -1,
	})
}

// inCallWithAnother reports whether the server knows the customer to be in a call
// of another agent.
func (o *office) inCallWithAnother(agent uint64, pseudonym [16]byte) bool {
	hash := relay.CustomerHash(pseudonym)
	for _, k := range o.talks {
		if r := o.record(k); r != nil && r.Stage != ended && r.AgentID != agent && bytes.Equal(r.Customer, hash[:]) {
			return true
		}
	}
	return false
}

// record is what the server remembers of a call, nil for nothing.
func (o *office) record(k *talk) *record {
	if c := o.s.book.find(k.oid); c != nil {
		return c.record.Load()
	}
	return nil
}

// lookUp has a companion ask for an offer by its code.
func (o *office) lookUp(k *talk, from string) {
	r := o.record(k)
	open := r != nil && r.Stage == live && o.clock.Unix() <= k.core.Expiry() && !k.over
	body, err := o.s.lookup(context.Background(), from, wire.Marshal(relay.LookupRequest{Code: k.code, BundleVersion: 1, BundleHash: o.bank.Bundle.Hash()}))
	o.named(err)
	if open != (err == nil) {
		o.t.Fatalf("an offer, open %t, is looked up: %v", open, err)
	}
	if err != nil {
		return
	}
	if answer := must(relay.Decode[relay.LookupAnswer](body)); !bytes.Equal(answer.Core, k.request.Core) || answer.Keys(o.bank.Bundle.BankID).Hash() != k.core.Keys {
		o.t.Fatal("another offer is served")
	}
	k.seenBy = append(k.seenBy, from)
}

// admit has an agent redeem an offer for a companion with a customer's device,
// or for a guest (-1).
func (o *office) admit(k *talk, agent int, desk, companion string, device int) {
	q := relay.AdmitRequest{OID: k.oid, Companion: companion}
	if device >= 0 {
		q.Device = o.customers[device].device[:]
	}
	before := o.record(k)
	taken := device >= 0 && o.inCallWithAnother(o.agents[agent].id, o.customers[device].pseudonym)
	body, err := o.agentAsks(agent, desk, relay.OpAdmit, q)
	o.named(err)
	if err != nil {
		return
	}
	again := k.companion == companion && before != nil && before.running()
	switch {
	case agent != k.agent || desk != k.desk:
		o.t.Fatal("admitted by another agent, or on another connection")
	case taken:
		o.t.Fatal("admitted a customer who is in another agent's call")
	case before == nil || k.over || !again && before.Stage != live:
		o.t.Fatal("admitted to an offer that is used or over")
	case k.companion != "" && !again:
		o.t.Fatalf("%s is admitted after %s", companion, k.companion)
	case !again && !slices.Contains(k.seenBy, companion):
		o.t.Fatal("admitted without a lookup")
	case !again && o.clock.After(time.Unix(k.core.Expiry(), 0).Add(admitGrace)):
		o.t.Fatal("admitted after the offer's end")
	case device >= 0 && (o.revoked[device] || o.customers[device].device == [16]byte{}):
		o.t.Fatal("admitted with a device that does not count")
	case device >= 0 && k.customer >= 0 && device != k.customer:
		o.t.Fatal("admitted with another customer's device")
	case device < 0 && k.customer >= 0 && k.customer < 2 && !o.revoked[k.customer]:
		o.t.Fatal("a guest instead of a device")
	case !again && k.direction == offer.CustomerCalled && o.held(k, device):
		o.t.Fatal("admitted under a hold")
	}
	k.companion, k.of = companion, device
	k.tickets = append(k.tickets, must(relay.Decode[relay.AdmitAnswer](body)).Ticket)
}

// held reports whether the customer of a call is held.
func (o *office) held(k *talk, device int) bool {
	for _, customer := range []int{k.customer, device} {
		if customer >= 0 && o.clock.Before(o.heldTo[customer]) {
			return true
		}
	}
	return false
}

// report has a customer's device report a call.
func (o *office) report(k *talk, customer int, reason ending.Reason) {
	p := o.customers[customer]
	if p.device == [16]byte{} {
		return
	}
	enc, ct, err := report.Seal(o.bank.Report.PublicKey().Bytes(), k.oid, reason, o.clock, p.key, p.credential)
	if err != nil {
		o.t.Fatal(err)
	}
	r := o.record(k)
	_, err = o.s.report(context.Background(), "COMPANION", relay.ReportRequest{OID: k.oid, Enc: enc, Ciphertext: ct})
	o.named(err)
	until, holdErr := o.people.HoldUntil(context.Background(), p.pseudonym)
	if holdErr != nil {
		o.t.Fatal(holdErr)
	}
	concerns := r != nil && (k.customer == customer || k.of == customer) && !o.revoked[customer]
	if !until.Equal(o.heldTo[customer]) && !(until.IsZero() && !o.clock.Before(o.heldTo[customer])) {
		if !concerns || !until.Equal(time.Unix(o.clock.Add(directory.HoldLifetime).Unix(), 0)) {
			o.t.Fatalf("a hold until %v, the report concerns the customer: %t", until, concerns)
		}
		o.heldTo[customer] = until
		if now := o.record(k); now == nil || now.Stage != ended {
			o.t.Fatal("a report counts, and the call goes on")
		}
	}
}

// takeUp has a companion, or an agent, present a ticket.
func (o *office) takeUp(k *talk, ticket []byte, asAgent bool, agent int, from string) {
	opened := must(relay.OpenTicket(ticket, o.bank.Bundle))
	var err error
	if asAgent {
		_, err = o.agentAsks(agent, from, relay.OpAdmit, relay.AdmitRequest{OID: k.oid, Companion: k.companion, Ticket: ticket})
	} else {
		_, err = o.s.readmitCompanion(context.Background(), from, wire.Marshal(relay.Up{OID: k.oid, Kind: relay.KindReadmit, Body: ticket}))
	}
	o.named(err)
	switch {
	case asAgent && agent == k.agent && ending.Of(err, "") == ending.Revoked:
		k.forgotten, k.desk = false, from // taken up, and only then was the device found to be revoked: the agent may end the call from here
		return
	case err != nil:
		return
	case o.clock.Unix() > opened.Expiry:
		o.t.Fatal("taken up by a ticket that has expired")
	case asAgent && agent != k.agent, !asAgent && from != k.companion:
		o.t.Fatal("taken up by somebody else's ticket")
	case k.over:
		o.t.Fatal("a call that has ended is taken up")
	}
	k.forgotten = false
	if asAgent {
		k.desk = from
	}
}

// check holds after every step.
func (o *office) check() {
	of := map[string]string{} // slot to code
	o.s.book.mu.RLock()
	calls := make([]*record, 0, len(o.s.book.calls))
	for _, c := range o.s.book.calls {
		calls = append(calls, c.record.Load())
	}
	o.s.book.mu.RUnlock()
	for _, r := range calls {
		at := slices.IndexFunc(o.talks, func(k *talk) bool { return k.oid == r.OID })
		if at < 0 {
			o.t.Fatal("the server knows a call that nobody made")
		}
		k := o.talks[at]
		if k.over && r.Stage != ended {
			o.t.Fatalf("a call that had ended is in stage %d", r.Stage)
		}
		k.over = r.Stage == ended
		if k.over != (r.Reason != "") || (r.Companion != "") != (r.Stage == admitted || r.Stage == secure || r.Stage == ended && k.companion != "") {
			o.t.Fatalf("stage %d, reason %q, companion %q", r.Stage, r.Reason, r.Companion)
		}
		if r.Companion != "" && r.Companion != k.companion {
			o.t.Fatalf("the companion changed from %q to %q", k.companion, r.Companion)
		}
		if r.Stage == ended {
			continue
		}
		for _, slot := range slotsOf(r) {
			if other, twice := of[slot]; twice {
				o.t.Fatalf("two calls in one place: %s and %s", other, r.code())
			}
			of[slot] = r.code()
			if !o.s.book.holds(slot, r.code()) {
				o.t.Fatalf("the call %s does not fill its place", r.code())
			}
		}
	}
}

func serverStory(t *rapid.T) {
	o := newOffice(t)
	strangers := []string{"U1", "U2", "U3"}
	some := func(t *rapid.T) *talk {
		if len(o.talks) == 0 {
			return nil
		}
		last := len(o.talks) - 1
		return o.talks[rapid.IntRange(max(0, last-3), last).Draw(t, "call")]
	}
	on := func(act func(t *rapid.T, k *talk)) func(*rapid.T) {
		return func(t *rapid.T) {
			if k := some(t); k != nil {
				act(t, k)
			}
		}
	}
	from := rapid.SampledFrom(strangers)
	// Mostly the right one, sometimes any.
	right := func(t *rapid.T, one, most int) int {
		if rapid.IntRange(0, 2).Draw(t, "another") == 0 {
			return rapid.IntRange(-1, most).Draw(t, "which")
		}
		return one
	}
	deskOrAny := func(t *rapid.T, k *talk) (int, string) {
		agent := max(0, right(t, k.agent, 1))
		if agent == k.agent && rapid.IntRange(0, 4).Draw(t, "another connection") > 0 {
			return agent, k.desk
		}
		return agent, rapid.SampledFrom([]string{deskOf(agent), "DESK9"}).Draw(t, "connection")
	}
	actions := map[string]func(*rapid.T){
		"create": func(t *rapid.T) {
			d := rapid.SampledFrom([]offer.Direction{offer.BankCalled, offer.CustomerCalled}).Draw(t, "direction")
			o.create(rapid.IntRange(0, 1).Draw(t, "agent"), rapid.IntRange(-1, 2).Draw(t, "customer"), d)
		},
		"create again": on(func(t *rapid.T, k *talk) {
			_, err := o.agentAsks(k.agent, deskOf(k.agent), relay.OpCreate, k.request)
			o.named(err)
			if r := o.record(k); err == nil && (r == nil || r.Stage != live || k.over) {
				t.Fatal("an offer that was over is placed again")
			} else if err == nil {
				if k.companion != "" && !k.forgotten {
					t.Fatal("an offer that was used is placed again")
				}
				k.desk, k.forgotten, k.companion, k.of = deskOf(k.agent), false, "", -1
			}
		}),
		"look up": on(func(t *rapid.T, k *talk) { o.lookUp(k, from.Draw(t, "from")) }),
		"reply": on(func(t *rapid.T, k *talk) {
			who, kind := from.Draw(t, "from"), rapid.SampledFrom([]relay.Kind{relay.KindReply, relay.KindDecline}).Draw(t, "kind")
			err := o.companionSends(who, relay.Up{OID: k.oid, Kind: kind, Body: []byte("sealed")})
			o.named(err)
			if err == nil && (k.over || o.record(k) == nil || !slices.Contains(k.seenBy, who) && k.companion != who) {
				t.Fatal("a reply from one who did not look the offer up, or to one that is over")
			}
		}),
		"admit": on(func(t *rapid.T, k *talk) {
			agent, desk := deskOrAny(t, k)
			who := from.Draw(t, "companion")
			if len(k.seenBy) > 0 && rapid.Bool().Draw(t, "one that looked") {
				who = k.seenBy[0]
			}
			o.admit(k, agent, desk, who, right(t, k.customer, 2))
		}),
		"secure": on(func(t *rapid.T, k *talk) {
			agent, desk := deskOrAny(t, k)
			o.secure(k, agent, desk)
		}),
		"send": on(func(t *rapid.T, k *talk) {
			kind := relay.Kind(rapid.IntRange(0, 12).Draw(t, "kind"))
			who := from.Draw(t, "companion")
			upErr := o.companionSends(who, relay.Up{OID: k.oid, Kind: kind})
			agent, desk := deskOrAny(t, k)
			_, downErr := o.agentAsks(agent, desk, relay.OpDown, relay.Down{OID: k.oid, Companion: who, Kind: kind})
			o.named(upErr)
			o.named(downErr)
			sealed := kind == relay.KindRecord || kind == relay.KindAck
			if upErr == nil && (sealed || kind == relay.KindConfirm) && (k.companion != who || k.over) {
				t.Fatal("a record from one who was not admitted, or after the end")
			}
			if downErr == nil && (agent != k.agent || desk != k.desk || (sealed || kind == relay.KindReveal) && (k.companion != who || k.over)) {
				t.Fatal("a reveal or record to one who was not admitted, by another agent, or after the end")
			}
		}),
		"end": on(func(t *rapid.T, k *talk) {
			agent, desk := deskOrAny(t, k)
			before := o.record(k)
			_, err := o.agentAsks(agent, desk, relay.OpEnd, relay.EndRequest{OID: k.oid, Reason: ending.Cancelled})
			o.named(err)
			if err == nil && (agent != k.agent || desk != k.desk) {
				t.Fatal("ended by another agent")
			}
			if after := o.record(k); err == nil && before != nil && (after == nil || after.Stage != ended) {
				t.Fatal("the call goes on after its end")
			}
		}),
		"report": on(func(t *rapid.T, k *talk) {
			who := k.customer
			if k.of >= 0 {
				who = k.of
			}
			o.report(k, max(0, right(t, who, 2)), rapid.SampledFrom([]ending.Reason{ending.Reported, ending.WrongDirection, ending.WrongNumber}).Draw(t, "reason"))
		}),
		"take up": on(func(t *rapid.T, k *talk) {
			if len(k.tickets) == 0 {
				return
			}
			ticket := rapid.SampledFrom(k.tickets).Draw(t, "ticket")
			if rapid.Bool().Draw(t, "the agent") {
				agent := max(0, right(t, k.agent, 1))
				o.takeUp(k, ticket, true, agent, rapid.SampledFrom([]string{deskOf(agent), "DESK9"}).Draw(t, "connection"))
			} else if who := from.Draw(t, "from"); rapid.Bool().Draw(t, "its own") {
				o.takeUp(k, ticket, false, 0, k.companion)
			} else {
				o.takeUp(k, ticket, false, 0, who)
			}
		}),
		"time": func(t *rapid.T) {
			o.clock = o.clock.Add(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 4 * time.Minute, 6 * time.Minute, 31 * time.Minute, 9 * time.Hour}).Draw(t, "passes"))
			o.s.sweep()
		},
		"revoke": func(t *rapid.T) {
			if rapid.IntRange(0, 2).Draw(t, "really") > 0 {
				return
			}
			i := rapid.IntRange(0, 1).Draw(t, "device")
			if err := o.people.RevokeDevice(context.Background(), o.customers[i].device); err != nil {
				t.Fatal(err)
			}
			o.revoked[i] = true
		},
		"restart": func(t *rapid.T) {
			if rapid.Bool().Draw(t, "really") {
				return
			}
			o.open()
			for _, k := range o.talks {
				// Nobody remembers: a call comes back by its ticket, and whoever has
				// the agent's key may place its offer as a new one.
				k.over, k.seenBy, k.forgotten = false, nil, true
			}
		},
	}
	names := slices.Sorted(maps.Keys(actions))
	for range rapid.IntRange(1, 80).Draw(t, "steps") {
		if rapid.Bool().Draw(t, "anything") {
			actions[rapid.SampledFrom(names).Draw(t, "action")](t)
		} else {
			o.goOn(some(t))
		}
		o.check()
	}
}

// goOn takes the next step of a call that goes as it should.
func (o *office) goOn(k *talk) {
	if k == nil || k.over {
		o.create(len(o.talks)%2, len(o.talks)%3, offer.BankCalled)
		return
	}
	r := o.record(k)
	switch {
	case r == nil && len(k.tickets) > 0: // the server was restarted
		o.takeUp(k, k.tickets[len(k.tickets)-1], len(k.tickets)%2 == 0, k.agent, map[bool]string{true: deskOf(k.agent), false: k.companion}[len(k.tickets)%2 == 0])
	case r == nil:
		o.create(k.agent, k.customer, k.direction)
	case r.Stage == live && len(k.seenBy) == 0:
		o.lookUp(k, "U1")
	case r.Stage == live:
		device := k.customer
		if device == 2 || device >= 0 && o.revoked[device] {
			device = -1 // a guest
		}
		o.admit(k, k.agent, k.desk, k.seenBy[0], device)
	case r.Stage == admitted:
		o.secure(k, k.agent, k.desk)
	default:
		o.takeUp(k, k.tickets[len(k.tickets)-1], true, k.agent, deskOf(k.agent))
	}
}

// secure has an agent say that the read-back was right.
func (o *office) secure(k *talk, agent int, desk string) {
	body, err := o.agentAsks(agent, desk, relay.OpSecure, relay.SecureRequest{OID: k.oid})
	o.named(err)
	if err != nil {
		return
	}
	if k.companion == "" || k.over || agent != k.agent || desk != k.desk {
		o.t.Fatal("secure without a companion, after the end, or by another agent")
	}
	k.tickets = append(k.tickets, must(relay.Decode[relay.SecureAnswer](body)).Ticket)
}

// rounds is how often the story is told: a round is a hundred of it.
const rounds = 3

func TestNoOrderOfRequestsBreaksTheServer(t *testing.T) {
	for range rounds {
		rapid.Check(t, serverStory)
	}
}
