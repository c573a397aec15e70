//go:build e2e

// This file owns telephone numbers as people write them, in the programs.

package e2e

import (
	"strings"
	"testing"
)

// TestNumbersAsPeopleWriteThem: the bank, the agent and the customer each write
// their numbers in their own way, and the call is the bank's own. What cannot
// be read is wrong use and starts no hold.
func TestNumbersAsPeopleWriteThem(t *testing.T) {
	s := newScene(t)
	b := s.foundBank("Example Bank", freeAddress(t), "+44 (0)20 7946 0958", "020 7946 0959")
	b.serve()
	agent, customer := b.newAgent(), b.newPerson("customer")
	customer.bank, customer.reference = b, "C-British"
	customer.enrol(b.invite("customer", "add", "--ref", customer.reference, "--phone", "07400 123456", "--phone", "+48 (0)22 111 22 33"))

	for _, dialled := range []string{"020 7946 0958", "+44 (0)20 7946 0958", "0044 20 7946 0958"} {
		call := agent.offers("customer-called", customer, "--line", "(020) 7946-0958")
		check := customer.verifies("i-called", agent.codeOf(call), "--dialled", dialled)
		s.verdict(check, "verified")
		if said := check.Stderr(); !strings.Contains(said, "+44 20 7946 0958") {
			t.Errorf("%q: nobody says what was understood: %q", dialled, said)
		}
		s.types(check, "end")
		s.ends(check, "cancelled", 1)
		s.ends(call, "cancelled", 1)
	}

	// A number on file that was written with a zero is the number of that line.
	call := agent.offers("bank-called", customer, "--line", "+48 22 111 22 33")
	check := customer.verifies("they-called", agent.codeOf(call))
	s.verdict(check, "verified")
	s.types(check, "end")
	s.ends(check, "cancelled", 1)
	s.ends(call, "cancelled", 1)

	for _, dialled := range []string{"3322", "7946 0958", "020 7946 0958 ext. 4", "0800 FLOWERS"} {
		check := customer.run("verify", "--json", "--who", "i-called", "--code", "123456782", "--dialled", dialled)
		if status := s.exit(check); status != 2 || len(check.Events()) != 0 {
			t.Errorf("%q: status %d, %v", dialled, status, check.Events())
		}
	}
	call = agent.offers("customer-called", customer, "--line", "020 7946 0958")
	s.ends(customer.verifies("i-called", agent.codeOf(call), "--dialled", "+49 20 7946 0958"), "wrong_number", 1)
	s.ends(call, "wrong_number", 1)
}
