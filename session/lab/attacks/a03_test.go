// A03: somebody makes a real agent start a real session, so that everything
// the victim's companion checks is genuine. The defence is that an offer says
// who dialled whom, and that the customer chooses between neutral answers
// before anything of the offer is known.

package attacks_test

import (
	"testing"

	"countersign/session"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// TestAttackA03NeutralChoices gives every answer that is not the offer's.
func TestAttackA03NeutralChoices(t *testing.T) {
	for name, variant := range map[string]struct {
		bankCalled bool
		answer     offer.Answers
		want       ending.Reason
		agent      ending.Reason // "" when the agent learns nothing
	}{
		"they rang, the offer says you called":     {false, theyCalled, ending.WrongDirection, ending.WrongDirection},
		"not sure, the offer says you called":      {false, notSure, ending.NotSure, ""},
		"dialled the bank's other line":            {false, iDialled(otherLine), ending.WrongNumber, ending.WrongNumber},
		"dialled nobody's line":                    {false, iDialled(noBodys), ending.WrongNumber, ending.WrongNumber},
		"dialled a line, the offer says we called": {true, iCalled, ending.WrongDirection, ending.WrongDirection},
		"not sure, the offer says we called":       {true, notSure, ending.NotSure, ""},
		"no answer at all":                         {true, offer.Answers{}, ending.WrongDirection, ending.WrongDirection},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			replies := w.relay.Watch(adversary.Up())
			desk := w.agent(anna)
			agent := desk.isRung("C-1")
			if variant.bankCalled {
				agent.End()
				agent = desk.dials("C-1")
			}
			customer := w.customer("C-1").types(agent.code(), variant.answer)
			shown := next[call.VerdictGiven](customer).Output.Shown()
			if shown.Result == verdict.Verified || shown.Result == verdict.Stopped && shown.Name != "" {
				t.Errorf("the screen shows %+v", shown)
			}
			customer.ends(variant.want)
			if len(replies) != 0 {
				t.Error("the offer was answered")
			}
			if variant.agent == "" {
				agent.End()
				variant.agent = ending.Cancelled
			}
			agent.ends(variant.agent)
			outcome(t, "A03", attacks.Stopped, "ends as "+string(variant.want)+" and nothing is answered")
		})
	}
}

// TestAttackA03DirectionIsSigned: the relay, or whoever steers it, turns the
// direction round so that it fits the victim's answer.
func TestAttackA03DirectionIsSigned(t *testing.T) {
	w := newWorld(t)
	w.relay.On(adversary.AnswerTo("cp1.lookup"), func(m *adversary.Message) {
		adversary.EditAnswer(m, func(a *relay.LookupAnswer) {
			core, err := offer.Peek(a.Core)
			w.must(err)
			core.Direction, core.Line = offer.BankCalled, trust.LineOf(phone1)
			a.Core = withPayload(a.Core, core.Encode())
		})
		m.Send()
	})
	agent := w.agent(anna).isRung("C-1")
	customer := w.customer("C-1").types(agent.code(), theyCalled)
	customer.ends(ending.Forged)
	agent.End()
	agent.ends(ending.Cancelled)
	outcome(t, "A03", attacks.Stopped, "who dialled whom is signed by the agent: turned round it is forged")
}

// TestAttackA03AgentSaysTheWrongDirection shows what is left: an agent whose
// phone rang and who nevertheless signs that the bank dialled.
func TestAttackA03AgentSaysTheWrongDirection(t *testing.T) {
	w := newWorld(t)
	// The fraudster has rung the bank as C-1, and the agent picks the wrong line
	// of the form; the victim, rung by the fraudster, tells the truth.
	agent := w.agent(anna).offers(session.Offering{Direction: offer.BankCalled, Customer: "C-1", Purpose: trust.Transfer})
	customer := w.customer("C-1").types(agent.code(), theyCalled)
	secured(agent, customer)
	outcome(t, "A03", attacks.NotStopped, "an agent who signs that the bank dialled when it did not: only the bank's telephone system can know")
}
