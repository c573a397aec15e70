// A13: a man in the middle holds one session with the customer and one with
// the agent, and searches for a nonce that makes the six digits of both the
// same. The attacker is the strongest there is: the voice on both telephones,
// the relay, and a stolen agent key; and the customer is a guest, so that no
// device key is missing. What is left between the attacker and the call are the
// commitment before the reply, one reveal an offer, and three tries.

package attacks_test

import (
	"crypto/rand"
	"testing"

	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
)

// middle is the man in the middle of one telephone call.
type middle struct {
	w        *world
	thief    *adversary.Agent      // with the agent's key
	forged   *adversary.LooseOffer // for the customer
	toAgent  *adversary.Device     // answers the agent's offer as a guest
	found    adversary.Found       // the agent's offer
	replies  <-chan *adversary.Message
	agent    *side
	customer *side
}

// between lets the agent offer a call to C-3, and has the customer check the
// attacker's own offer in its place.
func between(t *testing.T) *middle {
	t.Helper()
	w := newWorld(t)
	m := &middle{w: w, thief: w.rogue(jan), toAgent: w.hacked("")}
	m.agent = w.agent(anna).dials("C-3")
	var err error
	m.found, err = m.toAgent.LookUp(t.Context(), m.agent.code())
	w.must(err)

	prepared, err := m.thief.Prepares(t.Context(), relay.PrepareRequest{Reference: "C-3", Direction: offer.BankCalled})
	w.must(err)
	m.forged, err = m.thief.LooseOffer(offer.BankCalled, prepared)
	w.must(err)
	credential, err := trust.PeekCredential(m.thief.Credential)
	w.must(err)
	w.serves(&m.forged.Offer, credential.ID)
	replies := make(chan *adversary.Message, 16)
	w.relay.On(func(msg *adversary.Message) bool {
		return adversary.Up()(msg) && adversary.Read[relay.Up](msg).OID == m.forged.Core.ID()
	}, func(msg *adversary.Message) {
		msg.Taken() // the real server has never heard of this offer
		if adversary.Up(relay.KindReply)(msg) {
			replies <- msg
		}
	})
	m.replies = replies
	m.customer = w.customer("guest").types(m.forged.Request.Code, theyCalled)
	return m
}

// hear opens the customer's reply to the forged offer.
func (m *middle) hear() (*adversary.Heard, *adversary.Client) {
	m.w.Helper()
	reply := receive(m.w, m.replies)
	heard, err := m.forged.Open(adversary.Read[relay.Up](reply).Body)
	m.w.must(err)
	return heard, reply.From
}

// answer answers the agent's offer as a guest and returns the secrets of that
// session.
func (m *middle) answer() *handshake.Secrets {
	m.w.Helper()
	hands, envelope, err := m.toAgent.Reply(m.found, theyCalled, 0)
	m.w.must(err)
	m.w.must(m.toAgent.Send(m.w.Context(), m.found.OID, relay.KindReply, envelope))
	secrets, err := m.toAgent.Finish(m.w.Context(), m.found, hands)
	m.w.must(err)
	next[call.Opened](m.agent)
	return secrets
}

func (m *middle) reveal(to *adversary.Client, body []byte) {
	to.Push(relay.Push{OID: m.forged.Core.ID(), Kind: relay.KindReveal, Body: body})
}

// TestAttackA13Blind plays by the rules on both legs: the digits of the two
// sessions have nothing to do with each other.
func TestAttackA13Blind(t *testing.T) {
	m := between(t)
	heard, customer := m.hear()
	secrets := m.answer()
	m.reveal(customer, heard.Reveal(m.forged.NA))
	shown := next[call.ReadbackShown](m.customer).Code
	if shown != heard.Readback(m.forged.NA) {
		t.Errorf("the customer's screen shows %s, CP1.md gives %s", shown, heard.Readback(m.forged.NA))
	}
	if shown == secrets.Readback(0) {
		shown = other(shown) // one call in a million: then the attack has succeeded by luck
	}
	// The customer reads aloud, the attacker repeats it to the agent. Three times.
	for left := 2; left >= 0; left-- {
		m.agent.Readback(shown)
		if got := next[call.ReadbackWrong](m.agent).TriesLeft; got != left {
			t.Errorf("%d tries left, want %d", got, left)
		}
	}
	m.agent.endsInTime(ending.ReadbackFailed)
	if told[call.Secured](m.agent) || told[call.Secured](m.customer) {
		t.Error("the man in the middle has a secure call")
	}
	outcome(t, "A13", attacks.Stopped, "a man in the middle is one guess in a million a try, and three wrong ones end as readback_failed")
}

// TestAttackA13NonceAfterTheReply: the attacker knows the digits of the agent's
// session, opens the customer's reply, and looks for a nonce that gives the
// same digits there. The search takes a second or two; here any other nonce
// stands for the one found.
func TestAttackA13NonceAfterTheReply(t *testing.T) {
	m := between(t)
	heard, customer := m.hear()
	m.answer()
	var chosen [32]byte
	rand.Read(chosen[:])
	m.reveal(customer, heard.Reveal(chosen))
	m.customer.ends(ending.Forged)
	if told[call.ReadbackShown](m.customer) {
		t.Error("a nonce chosen after the reply was taken")
	}
	m.agent.End()
	m.agent.endsInTime(ending.Cancelled)
	outcome(t, "A13", attacks.Stopped, "the offer commits to its nonce before the reply: another one is forged and shows no digits")
}

// TestAttackA13SecondReveal: the attacker wants a second look at the agent's
// nonce, to choose its own reply after it.
func TestAttackA13SecondReveal(t *testing.T) {
	m := between(t)
	reveals := m.w.relay.Watch(adversary.Down(relay.KindReveal))
	first := m.answer()
	hands, envelope, err := m.toAgent.Reply(m.found, theyCalled, 0)
	m.w.must(err)
	m.w.must(m.toAgent.Send(t.Context(), m.found.OID, relay.KindReply, envelope))
	if got, err := m.toAgent.Refusal(t.Context(), hands); err != nil || got != ending.Replayed {
		t.Errorf("the second reply got %q, %v", got, err)
	}
	if len(reveals) != 1 {
		t.Errorf("one offer gave %d reveals", len(reveals))
	}
	// The first one's digits still count: a stranger's second reply ends no
	// guest's call.
	m.agent.Readback(first.Readback(0))
	next[call.Secured](m.agent)
	m.customer.endsInTime(ending.LineLost)
	outcome(t, "A13", attacks.Stopped, "an offer reveals its nonce to one reply and never to a second")
}

// TestAttackA13CommitmentOfAnother: the relay shows the customer another
// commitment beside the agent's genuine offer.
func TestAttackA13CommitmentOfAnother(t *testing.T) {
	m := between(t)
	m.customer.End()
	m.w.relay.Honest()
	m.w.relay.On(adversary.AnswerTo("cp1.lookup"), func(msg *adversary.Message) {
		adversary.EditAnswer(msg, func(a *relay.LookupAnswer) { a.CA, a.PKA = m.forged.Request.CA, m.forged.Request.PKA })
		msg.Send()
	})
	customer := m.w.customer("guest").types(offer.Code(m.found.OID), theyCalled)
	customer.ends(ending.Forged)
	outcome(t, "A13", attacks.Stopped, "key and commitment are the ones in the agent's signature, or it is forged")
}

// TestAttackA13SecondOfferForACode: a thief of an agent's key serves an offer
// of its own for the code that the genuine agent said.
func TestAttackA13SecondOfferForACode(t *testing.T) {
	m := between(t)
	m.hear() // the answer to its own code, and the only one
	customer := m.w.customer("guest").types(offer.Code(m.found.OID), theyCalled)
	customer.ends(ending.Forged)
	if len(m.replies) != 0 {
		t.Error("an offer with another code was answered")
	}
	outcome(t, "A13", attacks.Stopped, "the code is the offer's hash: another offer under it is forged; a thief of an agent's key can search one (a hundred million hashes), and then the digits still differ")
}
