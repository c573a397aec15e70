// A18: a genuine agent asks for what no agent may ask for. What the bank says
// is signed by the bank and not by the agent; what an agent types is not.

package attacks_test

import (
	"slices"
	"testing"

	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// TestAttackA18APurposeOfTheAgentsOwn: the purpose is a number of the bank's
// table and stands in the agent's credential, or there is no call; a colluding
// relay that places the offer itself changes nothing.
func TestAttackA18APurposeOfTheAgentsOwn(t *testing.T) {
	w := newWorld(t)
	rogue := w.rogue(anna)
	prepared, err := rogue.Prepares(t.Context(), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled})
	w.must(err)
	real, err := trust.PeekCredential(rogue.Credential)
	w.must(err)
	narrow := *real
	narrow.Purposes = []trust.Purpose{trust.CardPayment}
	rogue.Credential, err = trust.SignCredential(narrow, w.bankKey("issuer")) // as a bank that splits duties would sign it
	w.must(err)
	for name, purpose := range map[string]trust.Purpose{"not in the table": 99, "not in the credential": trust.Transfer} {
		made, err := rogue.NewOffer(offer.BankCalled, prepared, func(c *offer.Core) { c.Purpose = purpose })
		w.must(err)
		if err := rogue.Create(t.Context(), made.Request); ending.Of(err, "") != ending.Forged {
			t.Errorf("%s: the authority says %v", name, err)
		}
		w.serves(made, real.ID)
		w.customer("C-1").types(made.Request.Code, theyCalled).ends(ending.Forged)
	}
	outcome(t, "A18", attacks.Stopped, "an agent calls for a purpose of the bank's table that stands in the credential, or not at all")
}

// TestAttackA18TheBanksWarning: what the bank will never ask stands beside every
// verdict in the bank's own words, and no relay can put other words there.
func TestAttackA18TheBanksWarning(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	out := next[call.VerdictGiven](w.customer("C-1").types(agent.code(), theyCalled)).Output
	if out.Content == nil || len(out.Content.NeverAsk["en"]) == 0 || out.Content.Sentence(out.Core.Purpose, "en") == "" {
		t.Fatalf("beside the verdict stands %+v", out.Content)
	}
	agent.End()
	agent.ends(ending.Cancelled)

	kinder := *out.Content
	kinder.Version++
	kinder.NeverAsk = map[string][]string{"en": {"nothing at all"}}
	forged, err := trust.SignContent(kinder, w.stolenKey(w.houseOf(anna), "agent"))
	w.must(err)
	w.relay.On(adversary.AnswerTo("cp1.lookup"), func(m *adversary.Message) {
		adversary.EditAnswer(m, func(a *relay.LookupAnswer) { a.News.Content = forged })
		m.Send()
	})
	agent = w.agent(anna).dials("C-1")
	w.customer("C-1").types(agent.code(), theyCalled).ends(ending.Forged)
	outcome(t, "A18", attacks.Stopped, "the words beside a verdict are the bank's: an agent and a relay together cannot change them")
}

// TestAttackA18TextIsFree shows what is left: in a secure call an agent can type
// anything, also what the bank says it will never ask.
func TestAttackA18TextIsFree(t *testing.T) {
	w := newWorld(t)
	agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	says(agent, customer, "Please tell me your PIN and all your passwords.")
	if agent.Say("\x1b[2JYour account is safe."); next[call.AlertEvent](agent).Key != call.AlertMessage {
		t.Error("text that steers a terminal was taken")
	}
	outcome(t, "A18", attacks.Limited, "text is free, and only the bank's warning beside it speaks against it: approved forms are not built yet")
}

// TestAttackA18ACredentialIsTheIssuers: an agent who would like another name,
// department or purpose cannot sign it.
func TestAttackA18ACredentialIsTheIssuers(t *testing.T) {
	w := newWorld(t)
	rogue := w.rogue(anna)
	prepared, err := rogue.Prepares(t.Context(), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled})
	w.must(err)
	real, err := trust.PeekCredential(rogue.Credential)
	w.must(err)
	grander := *real
	grander.Role, grander.Department = "Director", "Board"
	payload := wire.Marshal(grander)
	rogue.Credential, err = wire.Sign(wire.LabelCredential, rogue.Key, payload)
	w.must(err)
	made, err := rogue.NewOffer(offer.BankCalled, prepared, nil)
	w.must(err)
	if err := rogue.Create(t.Context(), made.Request); ending.Of(err, "") != ending.Forged {
		t.Errorf("the authority says %v", err)
	}
	w.serves(made, real.ID)
	customer := w.customer("C-1").types(made.Request.Code, theyCalled)
	if out := next[call.VerdictGiven](customer).Output; !slices.Contains(out.Reasons, ending.Forged) || out.Shown().Role != "" {
		t.Errorf("a credential signed by the agent: %v, shown %+v", out.Reasons, out.Shown())
	}
	customer.ends(ending.Forged)
	outcome(t, "A18", attacks.Stopped, "name, role and department are the issuer's words")
}
