//go:build e2e

// This file owns the calls that go through, in windows, from the first start to
// the lists of past calls.

package e2e

import (
	"context"
	"strings"
	"testing"

	"countersign/app/tools/demo/people"
	"countersign/session/protocol/offer"
)

func TestWindowsFromFirstStartToPastCalls(t *testing.T) {
	s := newWindowScene(t)
	b := s.openBank()
	a, c := people.Agent{Person: s.newcomer("agent")}, people.Customer{Person: s.newcomer("customer")}
	reference, _, letter := b.customerOnFile()
	s.do(a.Chooses, with(a.Enrols, b.agentOnFile().ticket), a.SignsIn)
	s.do(c.Chooses, func(ctx context.Context) error { return c.Enrols(ctx, letter.ticket, bankDomain) })

	code := s.offers(a, people.BankCalled, reference)
	if text := s.learn(a.QR); !strings.Contains(b.inspect(text), offer.Groups(code)) {
		t.Errorf("the QR code on the screen is not of the code %s that stands there: %s", code, b.inspect(text))
	}
	s.verifies(c, people.PhoneRang, code)
	s.do(with(c.Green, bankName), with(c.Reads, agentName), with(c.Reads, bankName+" examplebank.com"))
	s.connects(a, c)
	s.do(
		with(a.Writes, "Did you pay 120.00 EUR?"), with(c.Reads, "Did you pay 120.00 EUR?"),
		with(c.Writes, "Yes, that was me."), with(a.Reads, "Yes, that was me."),
		a.Ends, sees(a.Person, "ending.completed"), sees(c.Person, "ending.completed"),
	)

	s.do(with(c.Reads, agentName), c.Leaves, c.ListsCalls, with(c.Reads, agentName))
	s.do(with(a.Reads, reference), a.Again, a.ListsCalls, with(a.Reads, reference))
}

// A guest's call goes on, but never in green.
func TestWindowsOfAGuestStayAmber(t *testing.T) {
	s := newWindowScene(t)
	b := s.openBank()
	agent := b.newAgent()
	reference, _, letter := b.customerOnFile() // has no device yet
	a, c := people.Agent{Person: agent.atWindow()}, people.Customer{Person: s.newcomer("guest")}
	s.do(a.SignsIn, c.Chooses, func(ctx context.Context) error { return c.Pins(ctx, b.address, letter.words, bankDomain) })
	s.verifies(c, people.PhoneRang, s.offers(a, people.BankCalled, reference))
	s.do(c.Amber, with(c.Reads, agentName))
	s.readsBack(a, c)
	s.do(func(ctx context.Context) error { return c.SecureAsGuest(ctx, agentName, bankName) })
	s.do(
		with(a.Writes, "Only text here."), with(c.Reads, "Only text here."),
		a.Ends, sees(a.Person, "ending.completed"), sees(c.Person, "ending.completed"),
	)
}
