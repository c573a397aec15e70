// A21: somebody wrote everything down, and steals every long-term key after
// the call. The defence is forward secrecy: what a call is read with lives in
// memory only and no longer than the call. Beside it stands what a stolen key
// of one side is good for against the other: nothing (key compromise
// impersonation).

package attacks_test

import (
	"crypto/ecdsa"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/report"
	"countersign/session/protocol/trust"
)

const spoken = "the account ends in 4711"

// listens writes a call down from now on, until the notes are asked for.
func (w *world) listens() (notes func() *adversary.Thief) {
	var mu sync.Mutex
	var thief adversary.Thief
	w.relay.On(func(*adversary.Message) bool { return true }, func(m *adversary.Message) {
		mu.Lock()
		thief.Notes(m)
		mu.Unlock()
		m.Send()
	})
	return func() *adversary.Thief {
		w.relay.Honest()
		mu.Lock()
		defer mu.Unlock()
		written := thief
		return &written
	}
}

func TestAttackA21EveryLongTermKey(t *testing.T) {
	w := newWorld(t)
	desk, victim := w.agent(anna), w.customer("C-1")
	w.must(signedIn(desk)) // what signing in keeps is there before the call
	before := [][]string{desk.house.keyring.names(), victim.house.keyring.names()}
	notes := w.listens()
	agent, customer := w.secureCall(desk, "C-1", victim)
	says(agent, customer, spoken)
	says(customer, agent, spoken)
	customer.End()
	customer.ends(ending.Completed)
	agent.ends(ending.Completed)
	thief := notes()

	stolen := []*ecdsa.PrivateKey{
		w.stolenKey(desk.house, "agent"), w.stolenKey(victim.house, "customer"),
		w.bankKey("root"), w.bankKey("issuer"), w.bankKey("status"), w.bankKey("content"), w.bankKey("log"), w.bankKey("tls"),
	}
	if len(thief.Records) < 3 || thief.Reply == nil || thief.NA == ([32]byte{}) {
		t.Fatalf("the thief wrote down %d records only", len(thief.Records))
	}
	if texts := thief.WithLongTerm(stolen...); texts != nil {
		t.Errorf("the thief reads %q", texts)
	}
	if texts := thief.With(w.bank.Report); texts != nil {
		t.Errorf("with the report key the thief reads %q", texts)
	}
	// Nothing of the call was put where it could be stolen later.
	after := [][]string{desk.house.keyring.names(), victim.house.keyring.names()}
	for i := range before {
		if !slices.Equal(before[i], after[i]) {
			t.Errorf("a keyring held %v before the call and %v after it", before[i], after[i])
		}
	}
	outcome(t, "A21", attacks.Stopped, "with every long-term key of the agent, the customer and the bank the call stays sealed")
}

// TestAttackA21TheThiefCanRead shows that the thief knows the craft: with the
// offer's own key, which an honest program forgets, the same notes are read.
func TestAttackA21TheThiefCanRead(t *testing.T) {
	w := newWorld(t)
	notes := w.listens()
	careless := w.rogue(anna) // keeps the key of its offer
	prepared, err := careless.Prepares(t.Context(), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled})
	w.must(err)
	o, err := careless.LooseOffer(offer.BankCalled, prepared)
	w.must(err)
	w.must(careless.Create(t.Context(), o.Request))
	customer := w.customer("C-1").types(o.Request.Code, theyCalled)
	reply, err := adversary.Next(t.Context(), careless.Pushes, relay.KindReply)
	w.must(err)
	heard, err := o.Open(reply.Body)
	w.must(err)
	device, err := w.bank.Bundle.Device(heard.Reply.Device)
	w.must(err)
	_, err = careless.Admit(t.Context(), relay.AdmitRequest{OID: o.Core.ID(), Device: device.ID[:], Companion: reply.From})
	w.must(err)
	w.must(careless.SendDown(t.Context(), relay.Down{OID: o.Core.ID(), Companion: reply.From, Kind: relay.KindReveal, Body: heard.Reveal(o.NA)}))
	next[call.ReadbackShown](customer)
	customer.Wrong() // its ending is the first record
	customer.endsInTime(ending.Reported)
	thief := notes()
	if texts := thief.With(o.Private); len(texts) == 0 || !strings.Contains(strings.Join(texts, ""), string(ending.Reported)) {
		t.Errorf("with the offer's own key the thief reads %q", texts)
	}
	if texts := thief.WithLongTerm(careless.Key); texts != nil {
		t.Errorf("with the agent's long-term key the thief reads %q", texts)
	}
	outcome(t, "A21", attacks.Stopped, "only the offer's own key reads a call, and an honest program forgets it when the call is secure")
}

// TestAttackA21StolenAgentKeyAgainstTheAgent: a thief of the agent's key wants
// to be a customer to that very agent.
func TestAttackA21StolenAgentKeyAgainstTheAgent(t *testing.T) {
	w := newWorld(t)
	desk := w.agent(anna)
	agent := desk.dials("C-1")
	thief := w.hacked("C-1") // the credential is no secret to the operator
	thief.Key = w.stolenKey(desk.house, "agent")
	f, err := thief.LookUp(t.Context(), agent.code())
	w.must(err)
	envelope, err := thief.Forge(f, theyCalled, func(*handshake.Reply) {})
	w.must(err)
	refusals, reveals := w.relay.Watch(adversary.Down(relay.KindRefuse)), w.relay.Watch(adversary.Down(relay.KindReveal))
	w.must(thief.Send(t.Context(), f.OID, relay.KindReply, envelope))
	receive(w, refusals)
	if len(reveals) != 0 || told[call.Opened](agent) {
		t.Error("the agent's own key passed for the customer's device")
	}
	outcome(t, "A21", attacks.Stopped, "an agent's stolen key does not make its thief a customer to that agent")
}

// TestAttackA21StolenDeviceKeyAgainstTheCustomer: a thief of the customer's key
// wants to be the bank to that very customer.
func TestAttackA21StolenDeviceKeyAgainstTheCustomer(t *testing.T) {
	w := newWorld(t)
	victim := w.customer("C-1")
	thief := w.rogue(anna)
	credential, err := trust.PeekCredential(thief.Credential)
	w.must(err)
	prepared, err := thief.Prepares(t.Context(), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled})
	w.must(err)
	thief.Key = w.stolenKey(victim.house, "customer")
	o, err := thief.NewOffer(offer.BankCalled, prepared, nil)
	w.must(err)
	w.serves(o, credential.ID)
	customer := victim.types(o.Request.Code, theyCalled)
	customer.ends(ending.Forged)
	if green(customer) {
		t.Error("the customer's own key passed for an agent's")
	}
	outcome(t, "A21", attacks.Stopped, "a customer's stolen key does not make its thief the bank to that customer")
}

// TestAttackA21Reports shows what is left: a stop report is sealed to a key of
// the bank that lives for months.
func TestAttackA21Reports(t *testing.T) {
	w := newWorld(t)
	reports := w.relay.Watch(adversary.Request("cp1.report"))
	agent := w.agent(anna).isRung("C-1")
	w.customer("C-1").types(agent.code(), theyCalled).ends(ending.WrongDirection)
	sent := adversary.Read[relay.ReportRequest](receive(w, reports))
	if opened, err := report.Open(w.bank.Report, sent.OID, sent.Enc, sent.Ciphertext); err != nil || opened.Reason != ending.WrongDirection {
		t.Errorf("the report says %q, %v", opened.Reason, err)
	}
	outcome(t, "A21", attacks.Limited, "who steals the bank's report key reads recorded stop reports: which device stopped which offer, and why; nothing of a call")
}

func signedIn(d *desk) error {
	_, err := d.SignIn(d.w.Context(), "")
	return err
}

func (k *keyring) names() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Sorted(maps.Keys(k.items))
}
