//go:build e2e

// This file owns what is never green: guests, who know the bank but whom the
// bank does not know, and checks without a network.

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/app/tools/demo/programs"
)

// newGuest is somebody who has pinned the bank by its words.
func (b *bank) newGuest(words string) *person {
	b.Helper()
	guest := b.newPerson("customer")
	pin := guest.run("pin", b.address, "--json", "--fingerprint", words)
	b.event(pin, "enrolled")
	b.ends(pin, "completed", 0)
	return guest
}

func TestGuestIsUnverifiedAndMayOnlyWrite(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer := b.newAgent(), &person{}
	var invited invitation
	customer.reference, _, invited = b.customerOnFile() // has no device yet
	guest := b.newGuest(invited.words)
	call := agent.offers("bank-called", customer)
	check := guest.verifies("they-called", agent.codeOf(call))
	e := s.verdict(check, "unverified", "guest")
	if e.Bank != "Example Bank" || e.Agent == nil {
		t.Errorf("an unverified verdict says whose it is: %s", e.Line)
	}
	p := pair{s, call, check}
	p.readBack()
	p.chat("only text here", "understood")
	p.complete()
	s.tells(check, "verdict", "readback", "secure", "message", "ended")
}

// A guest cannot stand in for a customer who has a device, and does not use up
// the offer by trying.
func TestGuestIsRefusedWhereADeviceIsEnrolled(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer := b.newAgent(), b.newCustomer()
	_, _, invited := b.customerOnFile()
	guest := b.newGuest(invited.words)
	call := agent.offers("bank-called", customer)
	code := agent.codeOf(call)
	check := guest.verifies("they-called", code)
	if e := s.event(check, "verdict"); e.Result == "verified" || !slices.Contains(e.Reasons, "guest") {
		t.Fatalf("a guest got %s", e.Line)
	}
	s.ends(check, "guest", 1)
	p := pair{s, call, customer.verifies("they-called", code)}
	p.readBack()
	p.complete()
}

func TestPinNeedsTheRightWords(t *testing.T) {
	s := newScene(t)
	b, other := s.openBank(), s.openBank()
	_, _, foreign := other.customerOnFile()
	who := s.newPerson("customer")
	s.ends(who.run("pin", b.address, "--json", "--fingerprint", foreign.words), "forged", 1)
	s.ends(who.run("pin", b.address, "--json", "--fingerprint", "one two three"), "not_a_code", 1)
	s.ends(who.verifies("they-called", rightCode), "unknown_bank", 1)
}

// An offline check opens no socket of the internet: strace sees every one, and
// that it sees the keyring's proves that it looked.
func TestOfflineCheckTouchesNoNetwork(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer := b.newAgent(), b.newCustomer()
	call := agent.offers("bank-called", customer)
	text := s.event(call, "qr").Text
	b.stop()
	trace := filepath.Join(t.TempDir(), "trace")
	check := s.start("customer under strace", programs.Command{
		Path: "strace", Env: customer.env,
		Args: []string{"-f", "-e", "trace=network", "-o", trace, program("countersign-text"), "--home", customer.home, "--language", "en",
			"customer", "verify", "--json", "--who", "they-called", "--offline", "--qr", text},
	})
	if e := s.verdict(check, "unverified", "offline"); e.Bank != "Example Bank" || e.Agent == nil || e.Agent.Name != "Robin Nowak" {
		t.Errorf("an unverified verdict says whose it is: %s", e.Line)
	}
	s.ends(check, "offline", 0)
	s.tells(check, "verdict", "ended")
	seen, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(seen), "AF_UNIX") {
		t.Error("strace did not see the keyring's socket either")
	}
	if strings.Contains(string(seen), "AF_INET") {
		t.Errorf("the offline check opened a socket of the internet:\n%s", seen)
	}
}

// Offline, what can be checked is checked: red stays red.
func TestOfflineCheckStillStops(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer, stranger := b.newAgent(), b.newCustomer(), b.newCustomer()
	call := agent.offers("bank-called", customer)
	text := s.event(call, "qr").Text
	for _, c := range []struct {
		who    *person
		answer string
		reason string
	}{{stranger, "they-called", "not_for_you"}, {customer, "i-called", "wrong_direction"}} {
		check := c.who.run("verify", "--json", "--who", c.answer, "--offline", "--qr", text)
		if e := s.event(check, "verdict"); e.Result != "stopped" || !slices.Contains(e.Reasons, c.reason) {
			t.Errorf("the verdict is %s %v", e.Result, e.Reasons)
		}
		s.ends(check, c.reason, 1)
	}
}
