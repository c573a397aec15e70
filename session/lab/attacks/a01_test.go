// A01: the telephone shows the bank's number, and the caller has nothing else.
// No program of ours is ever told which number called: only a signed identity
// counts.

package attacks_test

import (
	"testing"

	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
	"countersign/session/protocol/wire"
)

func TestAttackA01ACallerWithAMadeUpCode(t *testing.T) {
	w := newWorld(t)
	customer := w.customer("C-1").types(offer.Code(offer.ID{'m', 'a', 'd', 'e', ' ', 'u', 'p'}), theyCalled)
	if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Stopped {
		t.Errorf("a made-up code is %s", out.Result)
	}
	customer.ends(ending.UnknownCode)
	outcome(t, "A01", attacks.Stopped, "the bank's number on the display does nothing for a code that the bank does not know")
}

// TestAttackA01ASelfMadeAgent: the caller has even won the relay, which serves
// an agent whom the caller made up. Everything about that agent is right but
// the signature of the bank's issuer.
func TestAttackA01ASelfMadeAgent(t *testing.T) {
	for name, issuer := range map[string]func(w *world, own [8]byte) [8]byte{
		"under the name of the bank's issuer": func(w *world, _ [8]byte) [8]byte { return wire.KeyID(wire.Point(&w.bankKey("issuer").PublicKey)) },
		"under a name of its own":             func(_ *world, own [8]byte) [8]byte { return own },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			key, issuerKey := verdicttest.NewKey(), verdicttest.NewKey()
			real, err := w.server.Directory().Agent(t.Context(), town.given[anna].AgentID)
			w.must(err)
			credential, err := trust.SignCredential(trust.Credential{
				Issuer: issuer(w, wire.KeyID(wire.Point(&issuerKey.PublicKey))), AgentID: real.ID, Name: real.Name, Role: real.Role,
				Department: real.Department, NotBefore: w.clock.Now().Unix(), Expiry: w.clock.Now().Add(trust.MaxCredential).Unix(),
				ID: real.CredentialID, Public: wire.Point(&key.PublicKey), Purposes: trust.Purposes(),
			}, issuerKey)
			w.must(err)
			caller := &adversary.Agent{Bank: w.known(), Key: key, Credential: credential}
			made, err := caller.NewOffer(offer.BankCalled, relay.Prepared{Line: trust.LineOf(phone1)}, func(c *offer.Core) { c.Ref = nil })
			w.must(err)
			w.serves(made, real.CredentialID)

			customer := w.customer("C-1").types(made.Request.Code, theyCalled)
			out := next[call.VerdictGiven](customer).Output
			if shown := out.Shown(); out.Result != verdict.Stopped || shown.Name != "" || shown.Bank.Name != "" {
				t.Errorf("a self-made agent is %s and shown as %q of %q", out.Result, shown.Name, shown.Bank.Name)
			}
			customer.ends(ending.Forged)
			outcome(t, "A01", attacks.Stopped, "an identity that the bank's issuer did not sign is forged, and nothing of it is shown")
		})
	}
}

// serves makes the relay answer every lookup with an offer that it was given by
// its maker, and with the genuine staple of a credential.
func (w *world) serves(o *adversary.Offer, credential [16]byte) {
	w.Helper()
	staple, err := w.server.Directory().Staple(w.Context(), credential)
	w.must(err)
	w.relay.On(adversary.Request("cp1.lookup"), func(m *adversary.Message) {
		q := adversary.Read[relay.LookupRequest](m)
		m.Reply(o.Served(relay.LookupAnswer{Staple: staple, News: w.bank.News(q.BundleVersion, q.BundleHash, q.ContentVersion)}))
	})
}
