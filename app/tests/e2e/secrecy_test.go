//go:build e2e

// This file reads all that the real programs print during calls, on both
// outputs, and looks for what nobody should find there. The values that never
// leave a program's memory are looked for in session/secrecy_test.go.

package e2e

import (
	"regexp"
	"strings"
	"testing"
)

// unprintable is a value, with the one program that may print it, "" for none.
type unprintable struct{ what, value, mayPrint string }

func TestNoProgramPrintsASecretOfACall(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer := b.newPerson("agent"), b.newPerson("customer")
	toAgent := b.agentOnFile()
	var toCustomer invitation
	customer.reference, customer.phone, toCustomer = b.customerOnFile()
	secrets := []unprintable{
		{"the agent's ticket", codeOfTicket(toAgent.ticket), ""},
		{"the customer's ticket", codeOfTicket(toCustomer.ticket), ""},
		{"the customer's number", customer.phone, ""},
		{"what the agent writes", "heliotrope herons", "customer"},
		{"what the customer writes", "lilac obelisks", "agent"},
	}
	agent.enrol(toAgent)
	customer.enrol(toCustomer)
	again := b.newPerson("customer").run("enrol", "-", "--json", "--unprompted")
	s.types(again, toCustomer.ticket)
	s.ends(again, "ticket_used", 1)

	p, digits := s.meet(agent, customer)
	secrets = append(secrets, unprintable{"the read-back", digits, "customer"}, unprintable{"the spoken code", codeShown(p), "agent"})
	s.types(p.agent, "readback "+wrong(digits))
	s.event(p.agent, "readback_wrong")
	s.types(p.agent, "readback "+digits)
	s.event(p.agent, "secure")
	s.event(p.customer, "secure")
	p.chat("heliotrope herons", "lilac obelisks")
	p.complete()

	p, digits = s.meet(agent, customer)
	secrets = append(secrets, unprintable{"a second read-back", digits, "customer"}, unprintable{"a second spoken code", codeShown(p), "agent"})
	s.types(p.customer, "wrong")
	s.ends(p.customer, "reported", 1)
	s.ends(p.agent, "reported", 1)

	b.stop()
	printed := map[string]*strings.Builder{"server": {}, "agent": {}, "customer": {}}
	for _, a := range s.cast {
		if at := printed[a.part]; at != nil {
			for _, e := range a.Events() {
				at.WriteString(e.Line + "\n")
			}
			at.WriteString(a.Stderr() + "\n")
		}
	}
	for _, secret := range secrets {
		if secret.value == "" {
			t.Fatalf("the test never learned %s", secret.what)
		}
		whole := regexp.MustCompile(`(^|\W)` + regexp.QuoteMeta(secret.value) + `(\W|$)`)
		for part, text := range printed {
			if found := whole.MatchString(text.String()); found != (part == secret.mayPrint) {
				t.Errorf("the %s's program prints %s: %t", part, secret.what, found)
			}
		}
	}
}

// codeOfTicket is what of a ticket is secret.
func codeOfTicket(ticket string) string { return ticket[strings.LastIndex(ticket, "/")+1:] }

// codeShown is the spoken code that an agent's program has shown.
func codeShown(p pair) string {
	for _, e := range p.agent.Events() {
		if e.Name == "code" {
			return e.Code
		}
	}
	return ""
}
