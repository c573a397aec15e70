//go:build e2e

// This file owns the calls that should succeed, and how people end them.

package e2e

import (
	"os"
	"strings"
	"testing"

	"countersign/app/tools/demo/programs"
)

func TestVerifiedCallWithAChatLineEachWay(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	p := s.secure(agent, customer)
	p.chat("Did you pay 120.00 EUR?", "Yes, I did. \u017b\u00f3\u0142w <b> & \"quoted\"")
	p.complete()
	s.tells(p.agent, "code", "qr", "opened", "secure", "message", "ended")
	s.tells(p.customer, "verdict", "readback", "secure", "message", "ended")
	want := `{"event":"verdict","result":"verified","reasons":[],` +
		`"agent":{"name":"Robin Nowak","role":"Adviser","department":"Card payments"},` +
		`"bank":"Example Bank","domain":"examplebank.com","purpose":"card-payment","direction":"bank-called"}`
	if got := p.customer.Events()[0].Line; got != want {
		t.Errorf("the verdict is\n%s\nnot\n%s", got, want)
	}
}

func TestVerifiedCallThatTheCustomerDialled(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	call := agent.offers("customer-called", customer, "--line", otherBankLine)
	check := customer.verifies("i-called", agent.codeOf(call), "--dialled", otherBankLine)
	if v := s.verdict(check, "verified"); v.Direction != "customer-called" {
		t.Errorf("the verdict's direction is %q", v.Direction)
	}
	p := pair{s, call, check}
	p.readBack()
	p.types(check, "end")
	p.ends(check, "completed", 0)
	p.ends(call, "completed", 0)
}

// The read-back may be typed as people say it, and two mistakes are forgiven.
func TestReadbackForgivesTwoMistakes(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	p, digits := s.meet(agent, customer)
	for left := 2; left > 0; left-- {
		s.types(p.agent, "readback "+wrong(digits))
		if e := s.event(p.agent, "readback_wrong"); e.TriesLeft != left {
			t.Fatalf("%d tries are left, not %d", e.TriesLeft, left)
		}
	}
	s.types(p.agent, "readback "+digits[:3]+" "+digits[3:])
	s.event(p.customer, "secure")
	p.complete()
}

// wrong returns other digits of the same form.
func wrong(digits string) string {
	return string('0'+(digits[0]-'0'+1)%10) + digits[1:]
}

func TestServerRestartedInASecureCall(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	p := s.secure(b.newAgent(), b.newCustomer())
	p.chat("before one", "before two")
	b.stop()
	b.serve()
	p.chat("after one", "after two")
	if err := b.server.Signal(killed); err != nil { // a crash, and this time text is sent while nobody serves
		t.Fatal(err)
	}
	s.exit(b.server)
	s.types(p.agent, "say without a server")
	b.serve()
	if e := s.event(p.customer, "message"); e.Text != "without a server" {
		t.Fatalf("%q arrived", e.Text)
	}
	p.complete()
	s.heard(p.customer, "before one", "after one", "without a server")
	s.heard(p.agent, "before two", "after two")
}

// heard checks that exactly these messages arrived, each once and in order.
func (s *scene) heard(p *programs.Process, texts ...string) {
	s.Helper()
	var got []string
	for _, e := range p.Events() {
		if e.Name == "message" {
			got = append(got, e.Text)
		}
	}
	if len(got) != len(texts) {
		s.Fatalf("%q arrived, not %q", got, texts)
	}
	for i := range got {
		if got[i] != texts[i] {
			s.Fatalf("%q arrived, not %q", got, texts)
		}
	}
}

func TestServerRestartedWhileTheCodeIsShown(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer := b.newAgent(), b.newCustomer()
	call := agent.offers("bank-called", customer)
	code := agent.codeOf(call)
	b.stop()
	b.serve()
	// The offer is placed again as soon as the agent's program is back.
	var check *programs.Process
	for check == nil {
		try := customer.verifies("they-called", code)
		switch e := s.await(try, "verdict", func(e programs.Event) bool { return e.Name == "verdict" || e.Name == "ended" }); {
		case e.Result == "verified":
			check = try
		case e.Result == "stopped" && e.Reasons[0] == "unknown_code":
			s.exit(try)
		default:
			t.Fatalf("after the restart: %s", e.Line)
		}
	}
	p := pair{s, call, check}
	p.readBack()
	p.complete()
}

// Interrupts mean `end`: cancelled before secure, completed after it.
func TestInterruptEndsTheCall(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()

	call := agent.offers("bank-called", customer)
	agent.codeOf(call)
	s.signal(call, os.Interrupt)
	s.ends(call, "cancelled", 1)

	p, _ := s.meet(agent, customer)
	s.signal(p.customer, terminated)
	s.ends(p.customer, "cancelled", 1)
	s.ends(p.agent, "cancelled", 1)

	p, _ = s.meet(agent, customer)
	s.signal(p.agent, terminated)
	s.ends(p.agent, "cancelled", 1)
	s.ends(p.customer, "cancelled", 1)

	p = s.secure(agent, customer)
	s.signal(p.customer, os.Interrupt)
	s.ends(p.customer, "completed", 0)
	s.ends(p.agent, "completed", 0)

	p = s.secure(agent, customer)
	s.signal(p.agent, terminated)
	s.ends(p.agent, "completed", 0)
	s.ends(p.customer, "completed", 0)
}

func (s *scene) signal(p *programs.Process, what os.Signal) {
	s.Helper()
	if err := p.Signal(what); err != nil {
		s.Fatal(err)
	}
}

func TestEndBeforeSecureIsCancelledOnBothSides(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	for _, ending := range []func(pair) *programs.Process{
		func(p pair) *programs.Process { return p.agent },
		func(p pair) *programs.Process { return p.customer },
	} {
		p, _ := s.meet(agent, customer)
		s.types(ending(p), "end")
		s.ends(p.agent, "cancelled", 1)
		s.ends(p.customer, "cancelled", 1)
	}
}

// Text before secure is not sent: it is refused with an alert.
func TestNothingIsSaidBeforeSecure(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	p, digits := s.meet(agent, customer)
	s.types(p.agent, "say too early")
	s.event(p.agent, "alert")
	s.types(p.customer, "say too early")
	s.event(p.customer, "alert")
	s.types(p.agent, "readback "+digits)
	s.event(p.agent, "secure")
	s.event(p.customer, "secure")
	p.complete()
	s.heard(p.agent)
	s.heard(p.customer)
}

func TestSomethingIsWrongEndsBothAsReportedAndStartsAHold(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	p, _ := s.meet(agent, customer)
	s.types(p.customer, "wrong")
	s.ends(p.customer, "reported", 1)
	s.ends(p.agent, "reported", 1)
	s.ends(agent.offers("customer-called", customer, "--line", bankLine), "on_hold", 1)

	p = s.secure(agent, customer) // a hold never blocks the bank's own call
	s.types(p.customer, "wrong")
	s.ends(p.customer, "reported", 1)
	s.ends(p.agent, "reported", 1)
}

// The end of standard input means "no more commands", not "end".
func TestEndOfInputEndsNothing(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	call := agent.offers("bank-called", customer)
	check := customer.verifies("they-called", agent.codeOf(call))
	if err := check.CloseInput(); err != nil {
		t.Fatal(err)
	}
	p := pair{s, call, check}
	p.readBack()
	s.types(call, "say still here?")
	s.event(check, "message")
	p.complete()
}

func TestWithoutAnswersNothingIsAskedOfAScript(t *testing.T) {
	s := newScene(t)
	customer := s.newPerson("customer")
	p := customer.run("verify", "--json", "--code", "123456789")
	if status := s.exit(p); status != 2 || len(p.Events()) != 0 {
		t.Errorf("status %d, events %v", status, p.Events())
	}
	if !strings.Contains(p.Stderr(), "--who") {
		t.Errorf("the complaint does not name what is missing: %q", p.Stderr())
	}
}
