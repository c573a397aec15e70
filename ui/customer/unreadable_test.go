// Tests of names for which this computer has no letters: nothing of them is
// drawn, it is said, and the domain stands in their place.

package customer

import (
	"strings"
	"testing"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/ui/look"
	"countersign/ui/words"
)

// drawsAll wants that everything on the page, and around it, can be drawn.
func (sc *scene) drawsAll() {
	sc.t.Helper()
	for _, text := range []string{sc.texts(), sc.page.Title, sc.page.Bank} {
		if !look.Draws(strings.ReplaceAll(text, "\n", " ")) {
			sc.t.Errorf("page %q, bank %q has letters that cannot be drawn:\n%+q", sc.page.Title, sc.page.Bank, text)
		}
	}
}

func TestTheDomainStandsLargeForANameThatCannotBeRead(t *testing.T) {
	sc := quick(t)
	sc.toCheck()
	sc.play(Green, sc.unreadable(), call.RevealArrived{})
	sc.awaitDigits().drawsAll()
	domain := sc.world.Bundle.Domain
	if !sc.shows("customer.green", words.With{"Bank": domain}) || !sc.shows("name.bank_unreadable") || !sc.shows("name.person_unreadable") {
		t.Errorf("green says:\n%s", sc.texts())
	}
	sc.play(Secure, call.SASOKArrived{}, call.TextArrived{Text: "Good morning"})
	sc.until("the message is there", func() bool { return len(sc.side.state.Story.Said) == 1 })
	sc.drawsAll()
	if !strings.Contains(sc.page.Title, domain) || !sc.shows("customer.badge.green", words.With{"Bank": domain}) {
		t.Errorf("title %q:\n%s", sc.page.Title, sc.texts())
	}
	sc.side.end()
	sc.over().drawsAll()
}

func TestMessagesCannotSteerTheScreen(t *testing.T) {
	sc := quick(t).toSecure()
	sc.play(Secure, call.TextArrived{Text: "pay\u202e 001\x1b[2J\nnow"})
	sc.until("the message is there", func() bool { return len(sc.side.state.Story.Said) == 1 })
	if !strings.Contains(sc.texts(), "pay 001[2J now") {
		t.Errorf("the conversation says:\n%+q", sc.texts())
	}
}

func TestBanksThatCannotBeReadAreCalledByTheirDomain(t *testing.T) {
	sc := quick(t)
	sc.self.banks = unreadableBanks(sc)
	sc.self.past = []session.Past{{Began: sc.now, Bank: boxes, Domain: "bank.example", Name: boxes, Department: boxes, Reason: "completed", Secure: true}}
	sc.start().drawsAll()
	sc.press("customer.banks")
	sc.drawsAll()
	if !sc.shows("name.bank_unreadable") || !sc.shows("name.bank_unknowable") || !strings.Contains(sc.texts(), sc.self.banks[0].Domain) {
		t.Errorf("the list says:\n%s", sc.texts())
	}
	sc.press("customer.remove")
	sc.drawsAll()
	sc.side.goHome()
	sc.press("customer.past_calls")
	sc.until("the list is there", func() bool { return strings.Contains(sc.texts(), "bank.example") })
	sc.drawsAll()
	sc.side.state.Reading = sc.self.past[0]
	sc.side.moveTo(PastCall)
	sc.drawsAll()
	sc.side.goHome()
	sc.press("customer.on_a_call")
	sc.await(WhichBank).drawsAll()
	sc.page.Keys["1"]()
	sc.await(HowBegan).drawsAll()
	if sc.page.Bank != sc.self.banks[0].Domain || sc.side.state.Check.Bank.Name != boxes {
		t.Errorf("header %q, bank of the call %+q", sc.page.Bank, sc.side.state.Check.Bank.Name)
	}
}
