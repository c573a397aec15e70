//go:build e2e

// This file owns people: a home, a real keyring and the text program, and the
// steps of a call that most tests share.

package e2e

import (
	"path/filepath"
	"slices"

	"countersign/app/tools/demo/programs"
	"countersign/session/computer/vault/keyringtest"
)

// person is somebody at a computer.
type person struct {
	*scene
	part             string // "agent" or "customer"
	home             string
	env              []string // leads to the person's keyring
	reference, phone string   // a customer's, on the bank's file
	bank             *bank
	enrolled         bool // once somebody has
}

// newPerson gives somebody a home and a keyring.
func (s *scene) newPerson(part string) *person {
	s.Helper()
	return &person{scene: s, part: part, home: filepath.Join(s.TempDir(), "home"), env: keyringtest.Start(s.T)}
}

// newAgent is an agent with an enrolled computer.
func (b *bank) newAgent() *person {
	b.Helper()
	p := b.newPerson("agent")
	p.bank = b
	p.enrol(b.agentOnFile())
	return p
}

// newCustomer is a customer with an enrolled device.
func (b *bank) newCustomer() *person {
	b.Helper()
	p := b.newPerson("customer")
	var invited invitation
	p.reference, p.phone, invited = b.customerOnFile()
	p.bank = b
	p.enrol(invited)
	return p
}

// newPair is an agent and a customer of a new bank.
func (s *scene) newPair() (agent, customer *person) {
	s.Helper()
	b := s.openBank()
	return b.newAgent(), b.newCustomer()
}

func (p *person) enrol(i invitation) {
	p.Helper()
	enrolling := p.run("enrol", "-", "--json", "--unprompted")
	p.types(enrolling, i.ticket)
	if e := p.event(enrolling, "enrolled"); e.Words != i.words {
		p.Fatalf("enrolled with a bank of the words %q, invited by one of %q", e.Words, i.words)
	}
	p.ends(enrolling, "completed", 0)
}

// run starts the text program for the person.
func (p *person) run(args ...string) *programs.Process {
	p.Helper()
	return p.start(p.part, programs.Command{
		Path: program("countersign-text"), Env: p.env,
		Args: slices.Concat([]string{"--home", p.home, "--language", "en", p.part}, args),
	})
}

// offers starts an agent's call to or from a customer.
func (p *person) offers(direction string, to *person, more ...string) *programs.Process {
	p.Helper()
	return p.run(append([]string{"call", "--json", "--direction", direction, "--customer", to.reference, "--purpose", "card-payment"}, more...)...)
}

// codeOf waits for the code of an agent's call.
func (p *person) codeOf(call *programs.Process) string {
	p.Helper()
	return p.event(call, "code").Code
}

// verifies starts a customer's check of a code. The code goes by standard
// input, which stays open for commands.
func (p *person) verifies(who, code string, more ...string) *programs.Process {
	p.Helper()
	check := p.run(append([]string{"verify", "--json", "--who", who, "--code", "-"}, more...)...)
	p.types(check, code)
	return check
}

// pair is a call in progress.
type pair struct {
	*scene
	agent, customer *programs.Process
}

// meet brings a call to the verdict that was told and the digits to read aloud.
func (s *scene) meet(agent, customer *person) (pair, string) {
	s.Helper()
	call := agent.offers("bank-called", customer)
	p := pair{s, call, customer.verifies("they-called", agent.codeOf(call))}
	s.verdict(p.customer, "verified")
	return p, p.digits()
}

// digits waits for the digits to read aloud, until the agent may type them.
func (p pair) digits() string {
	p.Helper()
	digits := p.event(p.customer, "readback").Code
	p.event(p.agent, "opened")
	return digits
}

// readBack has the digits read aloud and typed, and waits until text may be
// sent.
func (p pair) readBack() {
	p.Helper()
	p.types(p.agent, "readback "+p.digits())
	p.event(p.agent, "secure")
	p.event(p.customer, "secure")
}

// secure brings a call to where text may be sent.
func (s *scene) secure(agent, customer *person) pair {
	s.Helper()
	call := agent.offers("bank-called", customer)
	p := pair{s, call, customer.verifies("they-called", agent.codeOf(call))}
	p.readBack()
	return p
}

// chat sends a line each way and waits for both.
func (p pair) chat(toCustomer, toAgent string) {
	p.Helper()
	p.types(p.agent, "say "+toCustomer)
	p.types(p.customer, "say "+toAgent)
	for receiver, text := range map[*programs.Process]string{p.customer: toCustomer, p.agent: toAgent} {
		if e := p.event(receiver, "message"); e.Text != text {
			p.Fatalf("%q arrived instead of %q", e.Text, text)
		}
	}
}

// complete ends a secure call.
func (p pair) complete() {
	p.Helper()
	p.types(p.agent, "end")
	p.ends(p.agent, "completed", 0)
	p.ends(p.customer, "completed", 0)
}

// verdict waits for a verdict and compares it.
func (s *scene) verdict(check *programs.Process, result string, reasons ...string) programs.Event {
	s.Helper()
	e := s.event(check, "verdict")
	if e.Result != result || !slices.Equal(e.Reasons, reasons) {
		s.Fatalf("the verdict is %s %v, not %s %v", e.Result, e.Reasons, result, reasons)
	}
	return e
}
