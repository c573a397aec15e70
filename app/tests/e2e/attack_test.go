//go:build e2e

// This file owns the calls that must be stopped because somebody in them is
// not who they say: fraudsters between two calls, wrong numbers, offers for
// others, second offers.

package e2e

import (
	"testing"
)

// The fraudster phones the bank as the customer and the customer as the bank.
func TestTwoLegRelayIsStoppedAndANewCodeDoesNotHelp(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, other, customer := b.newAgent(), b.newAgent(), b.newCustomer()

	call := agent.offers("customer-called", customer, "--line", bankLine)
	check := customer.verifies("they-called", agent.codeOf(call))
	s.verdict(check, "stopped", "wrong_direction")
	s.ends(check, "wrong_direction", 1)
	s.ends(call, "wrong_direction", 1)
	s.tells(check, "verdict", "ended")
	s.tells(call, "code", "qr", "ended")

	// No agent gets a code to pass on while the customer is on hold.
	s.ends(agent.offers("customer-called", customer, "--line", bankLine), "on_hold", 1)
	s.ends(other.offers("customer-called", customer, "--line", bankLine), "on_hold", 1)

	// The bank's own call to the number on file is not held up.
	p := s.secure(other, customer)
	p.complete()
}

// The companion knows of a stop that never reached the bank. Then the bank
// still gives out codes, and even the answer that the fraudster wants to hear
// is not enough.
func TestHoldOfTheCompanionOutlivesTheNetwork(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	call := agent.offers("customer-called", customer, "--line", bankLine)
	qr := s.event(call, "qr").Text
	check := customer.run("verify", "--json", "--who", "they-called", "--qr", qr, "--offline")
	s.verdict(check, "stopped", "wrong_direction", "offline")
	s.ends(check, "wrong_direction", 1)
	s.types(call, "end")
	s.ends(call, "cancelled", 1)

	call = agent.offers("customer-called", customer, "--line", bankLine)
	check = customer.verifies("i-called", agent.codeOf(call))
	s.verdict(check, "stopped", "on_hold")
	s.ends(check, "on_hold", 1)
	s.types(call, "end")
	s.ends(call, "cancelled", 1)

	p := s.secure(agent, customer)
	p.complete()
}

func TestWrongNumberDialledIsStoppedAndReported(t *testing.T) {
	t.Parallel()
	for name, dialled := range map[string]string{
		"a number that is not the bank's":              "+48229998877",
		"another of the bank's":                        otherBankLine,
		"another number that ends in the same digits":  "+48229992233",
		"the right digits behind another country code": "+49221112233",
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			agent, customer := s.newPair()
			call := agent.offers("customer-called", customer, "--line", bankLine)
			check := customer.verifies("i-called", agent.codeOf(call), "--dialled", dialled)
			s.verdict(check, "stopped", "wrong_number")
			s.ends(check, "wrong_number", 1)
			s.ends(call, "wrong_number", 1)
			s.ends(agent.offers("customer-called", customer, "--line", bankLine), "on_hold", 1)
		})
	}
}

func TestNotSureIsNeverGreenAndLeavesTheOfferAlone(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	call := agent.offers("bank-called", customer)
	code := agent.codeOf(call)
	check := customer.verifies("not-sure", code)
	s.verdict(check, "unverified", "not_sure")
	s.ends(check, "not_sure", 1)
	s.tells(check, "verdict", "ended")
	// Nothing was told to the agent, and the customer may find out and answer.
	p := pair{s, call, customer.verifies("they-called", code)}
	p.readBack()
	p.complete()
}

func TestOfferForSomebodyElseStopsWithoutAHold(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer, stranger := b.newAgent(), b.newCustomer(), b.newCustomer()
	call := agent.offers("bank-called", customer)
	code := agent.codeOf(call)
	check := stranger.verifies("they-called", code)
	e := s.event(check, "verdict")
	if e.Result != "stopped" || e.Reasons[0] != "not_for_you" {
		t.Fatalf("the verdict is %s %v", e.Result, e.Reasons)
	}
	s.ends(check, "not_for_you", 1)
	p := pair{s, call, customer.verifies("they-called", code)} // the offer is as good as before
	p.readBack()
	p.complete()
	for _, who := range []*person{customer, stranger} { // and nobody is on hold
		call := agent.offers("customer-called", who, "--line", bankLine)
		agent.codeOf(call)
		s.types(call, "end")
		s.ends(call, "cancelled", 1)
	}
}

func TestReadbackWrongThreeTimesEndsBoth(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	p, digits := s.meet(agent, customer)
	for range 3 {
		s.types(p.agent, "readback "+wrong(digits))
		s.event(p.agent, "readback_wrong")
	}
	s.ends(p.agent, "readback_failed", 1)
	s.ends(p.customer, "readback_failed", 1)
	s.tells(p.agent, "code", "qr", "opened", "readback_wrong", "readback_wrong", "readback_wrong", "ended")
}

func TestSecondOfferOfTheSameAgentReplacesTheFirst(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	first := agent.offers("bank-called", customer)
	old := agent.codeOf(first)
	second := agent.offers("bank-called", customer)
	code := agent.codeOf(second)
	s.ends(first, "superseded", 1)

	check := customer.verifies("they-called", old)
	s.verdict(check, "stopped", "superseded")
	s.ends(check, "superseded", 1)

	p := pair{s, second, customer.verifies("they-called", code)}
	p.readBack()
	p.complete()
}

func TestOffersOfTwoAgentsForOneCustomerCollide(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, other, customer := b.newAgent(), b.newAgent(), b.newCustomer()
	first := agent.offers("bank-called", customer)
	agent.codeOf(first)
	second := other.offers("bank-called", customer)
	s.ends(first, "collision", 1)
	s.ends(second, "collision", 1)
	s.tells(second, "ended")

	// Also when the customer has answered the first one already.
	p, _ := s.meet(agent, customer)
	second = other.offers("bank-called", customer)
	s.ends(second, "collision", 1)
	s.ends(p.agent, "collision", 1)
	s.ends(p.customer, "collision", 1)

	// A secure call goes on: both sides are warned, the second offer ends.
	p = s.secure(agent, customer)
	second = other.offers("bank-called", customer)
	s.ends(second, "collision", 1)
	s.event(p.agent, "alert")
	s.event(p.customer, "alert")
	p.chat("are you still there?", "yes")
	p.complete()
}

func TestCodeIsUsedOnce(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer, stranger := b.newAgent(), b.newCustomer(), b.newCustomer()
	call := agent.offers("bank-called", customer)
	code := agent.codeOf(call)
	p := pair{s, call, customer.verifies("they-called", code)}
	p.readBack()
	for _, who := range []*person{stranger, customer} {
		check := who.verifies("they-called", code)
		s.verdict(check, "stopped", "used_code")
		s.ends(check, "used_code", 1)
	}
	p.chat("undisturbed?", "undisturbed")
	p.complete()
}

func TestRevokedAgentCannotCall(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer := b.newAgent(), b.newCustomer()
	call := agent.offers("bank-called", customer)
	code := agent.codeOf(call)
	b.countersignd("agent", "revoke", "--id", "1")
	check := customer.verifies("they-called", code)
	e := s.event(check, "verdict")
	if e.Result != "stopped" || e.Reasons[0] != "revoked" {
		t.Fatalf("the verdict is %s %v", e.Result, e.Reasons)
	}
	s.ends(check, "revoked", 1)
	again := agent.offers("bank-called", customer)
	s.ends(again, "revoked", 1)
}
