// A19: everything is recorded today, to be opened by a computer of the future
// that breaks elliptic curves. The key agreement of every call is hybrid: it
// holds while ML-KEM-768 or X25519 does.

package attacks_test

import (
	"crypto/ecdh"
	"crypto/mlkem"
	"crypto/rand"
	"testing"

	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// Sizes of X-Wing's two parts (draft-connolly-cfrg-xwing-kem), in bytes.
const (
	curveSize      = 32 // an X25519 key, in the public key and in the ciphertext
	latticeKeySize = mlkem.EncapsulationKeySize768
	latticeCTSize  = mlkem.CiphertextSize768
)

// sealed is a reply's envelope as it travels.
type sealed struct {
	_   struct{} `cbor:",toarray"`
	Enc []byte
	CT  []byte
}

func TestAttackA19WhatARecorderGets(t *testing.T) {
	w := newWorld(t)
	lookups, replies := w.relay.Watch(adversary.AnswerTo("cp1.lookup")), w.relay.Watch(adversary.Up(relay.KindReply))
	agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	says(agent, customer, "recorded")

	answer, _ := adversary.ReadAnswer[relay.LookupAnswer](receive(w, lookups))
	if len(answer.PKA) != latticeKeySize+curveSize {
		t.Fatalf("the agent's key has %d bytes", len(answer.PKA))
	}
	if _, err := mlkem.NewEncapsulationKey768(answer.PKA[:latticeKeySize]); err != nil {
		t.Errorf("the first part of the agent's key is no ML-KEM-768 key: %v", err)
	}
	if _, err := ecdh.X25519().NewPublicKey(answer.PKA[latticeKeySize:]); err != nil {
		t.Errorf("the rest of the agent's key is no X25519 key: %v", err)
	}
	var envelope sealed
	w.must(wire.Unmarshal(adversary.Read[relay.Up](receive(w, replies)).Body, wire.MaxMessage, &envelope))
	if len(envelope.Enc) != latticeCTSize+curveSize {
		t.Errorf("the reply's key agreement has %d bytes", len(envelope.Enc))
	}
	outcome(t, "A19", attacks.Stopped, "a recorder gets an X-Wing key agreement: breaking the elliptic curve alone opens nothing")
}

// TestAttackA19BothPartsCount changes one bit of either part of a reply's key
// agreement. Were one of them left out of the secret, the reply would open.
func TestAttackA19BothPartsCount(t *testing.T) {
	w := newWorld(t)
	agent, device := w.rogue(anna), w.hacked("C-1")
	prepared, err := agent.Prepares(t.Context(), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled})
	w.must(err)
	made, err := agent.NewOffer(offer.BankCalled, prepared, nil)
	w.must(err)
	w.must(agent.Create(t.Context(), made.Request))
	found, err := device.LookUp(t.Context(), made.Request.Code)
	w.must(err)
	_, reply, err := device.Reply(found, theyCalled, 0)
	w.must(err)
	if _, err := made.Accept(w.bank.Bundle, reply); err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]int{"ML-KEM": 7, "X25519": latticeCTSize + 7} {
		var envelope sealed
		w.must(wire.Unmarshal(reply, wire.MaxMessage, &envelope))
		envelope.Enc[at] ^= 1
		if opened, _ := made.Accept(w.bank.Bundle, wire.Marshal(envelope)); opened != nil {
			t.Errorf("the %s part does not count", name)
		}
	}
	outcome(t, "A19", attacks.Stopped, "both parts enter every key of the call")
}

// TestAttackA19AClassicalKey: a relay, or an agent and a relay together, offer a
// key that the computer of the future will break.
func TestAttackA19AClassicalKey(t *testing.T) {
	classical, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak := classical.PublicKey().Bytes()
	t.Run("by the relay", func(t *testing.T) {
		w := newWorld(t)
		w.relay.On(adversary.AnswerTo("cp1.lookup"), func(m *adversary.Message) {
			adversary.EditAnswer(m, func(a *relay.LookupAnswer) { a.PKA = weak })
			m.Send()
		})
		agent := w.agent(anna).dials("C-1")
		w.customer("C-1").types(agent.code(), theyCalled).ends(ending.Forged)
		outcome(t, "A19", attacks.Stopped, "a relay that offers a classical key forges the agent's signature")
	})
	t.Run("by agent and relay", func(t *testing.T) {
		w := newWorld(t)
		agent := w.rogue(anna)
		prepared, err := agent.Prepares(t.Context(), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled})
		w.must(err)
		real, err := trust.PeekCredential(agent.Credential)
		w.must(err)
		var commitment [32]byte
		made, err := agent.NewOffer(offer.BankCalled, prepared, func(c *offer.Core) {
			c.Keys = offer.Keys{Bank: agent.Bundle.BankID, PKA: weak, CA: commitment}.Hash()
		})
		w.must(err)
		made.Request.PKA, made.Request.CA = weak, commitment
		w.serves(made, real.ID)
		replies := w.relay.Watch(adversary.Up())
		w.customer("C-1").types(made.Request.Code, theyCalled).ends(ending.Forged)
		select {
		case m := <-replies:
			t.Errorf("something was sealed to a classical key: %d bytes", len(m.Data))
		default:
		}
		outcome(t, "A19", attacks.Stopped, "a key that is not hybrid is refused even when an agent has signed it, and nothing is sealed to it")
	})
}
