// This file owns what is proved here, told as two stories: a customer's and an
// agent's, each from the first start to the end of a call, with a keyring and a
// network that answer only when the screen has shown that it is free.

// Package frames owns the proof that the windows never stand still: while the
// keyring or the network keeps somebody waiting, the main goroutine is free, and
// nothing that runs on it is work of more than a moment. It holds tests only,
// and brings together what no other package may: both sides, their shell and a
// server.
//
// It must not know how a screen looks. It presses what a person would press, by
// the names that screen readers tell.
package frames

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/ui/advice"
)

func TestCustomersWindowIsNeverBlocked(t *testing.T) { quick(t, customersStory) }

func TestAgentsWindowIsNeverBlocked(t *testing.T) { quick(t, agentsStory) }

// TestAWindowThatIsClosedTakesItsCodeBack: it goes at once, and the program stays
// until the bank knows. Whoever types the code then is told so.
func TestAWindowThatIsClosedTakesItsCodeBack(t *testing.T) { quick(t, closingStory) }

// attempts is how often a story is told before something in it counts as slow.
// What is slow by itself is slow every time; what a busy machine delayed is not.
const attempts = 5

// quick tells a story until each thing in it has once kept the main goroutine
// for no more than a moment.
func quick(t *testing.T, story func(*testing.T) *person) {
	slow := story(t).main.end()
	for again := 1; again < attempts && len(slow) > 0; again++ {
		repeated := story(t).main.end()
		for what, took := range slow {
			slow[what] = min(took, repeated[what])
			if slow[what] <= longest {
				delete(slow, what)
			}
		}
	}
	for what, took := range slow {
		t.Errorf("%q kept the main goroutine for %v, at best", what, took)
	}
}

func customersStory(t *testing.T) *person {
	w := newWorld(t)
	p := newPerson(t, w)
	p.start()
	p.tap("start.customer")
	p.enrolCustomer(w.customerTicket())

	agent := w.agent()
	talk := agent.Call(t.Context(), session.Offering{Direction: offer.BankCalled, Customer: reference, Purpose: trust.CardPayment})
	told := listen(t, talk.Events())
	code := await[call.CodeShown](told).Code
	p.answer(code)
	talk.Readback(p.readback())
	await[call.Secured](told)
	p.until("the call is secure", func() bool { return p.has("customer.message") })
	p.write("customer.message", "hello from the customer")
	if got := await[call.Message](told).Text; got != "hello from the customer" {
		t.Errorf("%q arrived", got)
	}
	talk.Say("hello from the bank")
	p.until("the bank's message is there", func() bool { return strings.Contains(p.texts(), "hello from the bank") })
	p.settingsAndHelp()
	p.tap("customer.end")
	await[call.EndedEvent](told)
	p.until("the receipt is there", func() bool { return p.has("customer.done") })
	p.tap("customer.done")

	w.stop()
	p.answer(code)
	p.until("it is said that the server is down", func() bool { return p.shows("ending.server_down") })
	p.leave()
	return p
}

// offering is an agent whose window shows a code, and the customer whom it is for.
func offering(t *testing.T) (*world, *person, *session.Customer) {
	w := newWorld(t)
	p := newPerson(t, w)
	p.start()
	p.tap("start.agent")
	p.enrolAgent(w.agentTicket())
	p.tap("agent.signin.do")
	p.until("the form is there", func() bool { return p.has("agent.form.reference") })
	customer := w.customer()
	p.offer()
	p.until("the code is there", func() bool { return len(nineDigits(p.texts())) == 9 })
	return w, p, customer
}

func agentsStory(t *testing.T) *person {
	w, p, customer := offering(t)
	talk := customer.Verify(t.Context(), session.Verification{Answers: offer.Answers{How: offer.TheyCalled}, Code: nineDigits(p.texts())})
	told := listen(t, talk.Events())
	sixDigits := await[call.ReadbackShown](told).Code
	p.until("the customer's computer has answered", func() bool { return p.shows("agent.live.used") })
	p.typeDigits("agent.readback", sixDigits)
	await[call.Secured](told)
	p.until("the call is secure", func() bool { return p.has("agent.live.message") })
	p.write("agent.live.message", "hello from the bank")
	if got := await[call.Message](told).Text; got != "hello from the bank" {
		t.Errorf("%q arrived", got)
	}
	p.settingsAndHelp()
	talk.End()
	await[call.EndedEvent](told)
	p.until("the receipt is there", func() bool { return p.has("agent.ended.new") })
	p.tap("agent.ended.new")

	w.stop()
	p.offer()
	p.until("it is said that the server is down", func() bool { return p.shows("ending.server_down") })
	p.leave()
	return p
}

func closingStory(t *testing.T) *person {
	w, p, customer := offering(t)
	code := nineDigits(p.texts())
	p.do("close", func() { p.shell.Close() })
	p.until("it asks first", func() bool { return p.has("closing.end") })
	var kept <-chan struct{}
	p.do("end", func() { kept = p.shell.End() })
	select {
	case <-kept:
	case <-time.After(patience):
		t.Fatal("the program never ends")
	}
	w.stop() // with the program, its connections end
	talk := customer.Verify(t.Context(), session.Verification{Answers: offer.Answers{How: offer.TheyCalled}, Code: code})
	if reason := await[call.EndedEvent](listen(t, talk.Events())).Reason; reason != ending.Cancelled {
		t.Errorf("the code's ending is %s", reason)
	}
	return p
}

// answer leads a customer to the check of a code.
func (p *person) answer(code string) {
	p.Helper()
	p.until("home is there", func() bool { return p.has("customer.on_a_call") })
	p.tap("customer.on_a_call")
	p.until("the question is there", func() bool { return p.has("ask.they_called") })
	p.tap("ask.they_called")
	p.typeDigits("customer.code", code)
}

func (p *person) enrolCustomer(ticket string) {
	p.Helper()
	address, code := split(ticket)
	p.until("the first page is there", func() bool { return p.has("customer.add_your_bank") })
	p.tap("customer.add_your_bank")
	p.tap("customer.prompted.no")
	p.fill("customer.ticket.address", address)
	p.fill("customer.ticket.code", code)
	p.tap("customer.add")
	p.until("the bank is added", func() bool { return p.has("customer.done") })
	p.tap("customer.done")
}

func (p *person) enrolAgent(ticket string) {
	p.Helper()
	address, code := split(ticket)
	p.until("the question is there", func() bool { return p.has("ask.no") })
	p.tap("ask.no")
	p.fill("agent.enrol.address", address)
	p.fill("agent.enrol.code", code)
	p.tap("agent.enrol.do")
	p.until("the bank is added", func() bool { return p.has("agent.signin.do") })
}

// offer fills in the agent's form and shows the code.
func (p *person) offer() {
	p.Helper()
	p.fill("agent.form.reference", reference)
	p.tap("agent.form.bank_called")
	p.tap("purpose.card-payment")
	p.tap("agent.form.show")
}

// settingsAndHelp opens what may be opened during a call, and changes the look
// of everything.
func (p *person) settingsAndHelp() {
	p.Helper()
	for _, key := range []string{"shell.settings", "settings.larger", "settings.theme_dark", "settings.smaller", "settings.done", "shell.help", "help.done"} {
		p.tap(key)
	}
	p.do("resize", func() { p.window.Resize(fyne.NewSize(900, 500)) })
	p.do("resize", func() { p.window.Resize(fyne.NewSize(1280, 800)) })
}

// leave closes the window.
func (p *person) leave() {
	p.do("close", func() { p.shell.Close() })
	p.do("end", func() { p.shell.End() })
}

// split takes a ticket apart as the letter prints it.
func split(ticket string) (address, code string) {
	address, code, _ = strings.Cut(strings.TrimPrefix(ticket, "CT1:"), "/")
	return address, code
}

// readback is what the customer would read aloud.
func (p *person) readback() string {
	p.Helper()
	var found string
	p.until("the six digits are there", func() bool {
		for line := range strings.Lines(p.texts()) {
			if d := digits(line); len(d) == 6 && strings.TrimSpace(line) == advice.Pairs(d) {
				found = d
			}
		}
		return found != ""
	})
	return found
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// nineDigits is the spoken code on an agent's page.
func nineDigits(texts string) string {
	for line := range strings.Lines(texts) {
		if d := digits(line); len(d) == 9 && strings.Trim(line, "0123456789 \n\u2002") == "" {
			return d
		}
	}
	return ""
}
