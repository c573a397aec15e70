// A28: a hostile first bank. It has the genuine bank's name or domain before the
// genuine bank's letter comes, and waits. Nobody but the person can tell which of
// the two is false; the defences are that both are shown when the second comes,
// that nothing changes by itself, that the first one cannot keep a known bank
// from going on, and that once it is removed it does not come back.

package attacks_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/computer/vault"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/verdict"
)

// TestAttackA28WaitsUnderTheName: the false bank was enrolled with first.
func TestAttackA28WaitsUnderTheName(t *testing.T) {
	w := newWorld(t)
	squatter := w.another(bankName, bankDomain)
	h := house{w.TempDir(), newKeyring()}
	victim, asAgent := w.customerAt(h), w.agentAt(h)
	if got := victim.enrols(session.Enrolment{Ticket: squatter.customerTicket("V-1", phone1)}); got != "" {
		t.Fatalf("with nobody to compare: %q", got)
	}
	since := w.clock.Now()
	w.clock.passes(48 * time.Hour)

	letter := session.Enrolment{Ticket: w.customerTicket("C-32", phone1)}
	unchanged := h.untouched(w)
	for how, enrols := range map[string]func() error{
		"as a customer": func() error {
			_, err := victim.Enrol(t.Context(), letter)
			return err
		},
		"as an agent": func() error {
			_, err := asAgent.Enrol(t.Context(), session.Enrolment{Ticket: w.agentTicket("Ewa Lis")})
			return err
		},
		"by words": func() error { _, err := victim.Pin(t.Context(), relayAddress, w.words()); return err },
	} {
		err := enrols()
		clash, ok := errors.AsType[*session.NameClash](err)
		if !ok || ending.Of(err, "") != ending.NameClash {
			t.Errorf("the genuine bank's letter, %s: %v", how, err)
			continue
		}
		if clash.Known.ID != squatter.id() || clash.Known.Name != bankName || !clash.Known.Since.Equal(since) || clash.New.ID != w.id() || clash.New.Domain != bankDomain {
			t.Errorf("%s: both are told as %+v", how, clash)
		}
	}
	unchanged()

	w.must(victim.Remove(t.Context(), squatter.id()))
	if got := victim.enrols(letter); got != "" {
		t.Fatalf("the same letter, with the false bank removed: %q", got)
	}
	if got := victim.enrols(session.Enrolment{Ticket: squatter.customerTicket("V-2", phone1)}); got != ending.NameClash {
		t.Errorf("the false bank again: %q", got)
	}
	if _, err := victim.Pin(t.Context(), squatter.bank.RelayAddress(), squatter.words()); ending.Of(err, "") != ending.NameClash {
		t.Errorf("the false bank again, by words: %v", err)
	}
	if shown := victim.green(w, w.agent(anna), "C-32"); shown.Bank.Name != bankName {
		t.Errorf("the genuine call shows %+v", shown)
	}
	outcome(t, "A28", attacks.Limited, "until the genuine bank's letter comes the false one has the name; then both are shown, nothing is changed, and once removed it cannot come back")
}

// TestAttackA28WaitsUnderALikeness: every name and domain that can be taken for
// the genuine one's stands in its way, and out of it once removed.
func TestAttackA28WaitsUnderALikeness(t *testing.T) {
	w, rival := twoBanks(t)
	for _, name := range slices.Sorted(maps.Keys(lookAlikes)) {
		rival.renames(lookAlikes[name].Name, lookAlikes[name].Domain)
		victim := w.stranger()
		if _, err := victim.Pin(t.Context(), rival.bank.RelayAddress(), rival.words()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err := victim.Pin(t.Context(), relayAddress, w.words())
		if clash, ok := errors.AsType[*session.NameClash](err); !ok || clash.Known.ID != rival.id() {
			t.Errorf("%s: the genuine bank by words: %v", name, err)
		}
		w.must(victim.Remove(t.Context(), rival.id()))
		if _, err := victim.Pin(t.Context(), relayAddress, w.words()); err != nil {
			t.Errorf("%s: with the other one removed: %v", name, err)
		}
	}
	outcome(t, "A28", attacks.Stopped, "the second of two banks that look alike is name_clash, whichever is the genuine one")
}

// TestAttackA28HoldsANameThatTheBankTakes: the genuine bank is known, and its
// new name is one that the hostile bank has: the name waits, the calls go on.
func TestAttackA28HoldsANameThatTheBankTakes(t *testing.T) {
	w, rival := twoBanks(t)
	victim, desk := w.customer(both), w.agent(anna)
	w.renames(rivalName, bankDomain)
	for range 2 {
		if shown := victim.green(w, desk, "C-1"); shown.Bank.Name != bankName || shown.Bank.Domain != bankDomain {
			t.Errorf("the genuine call shows %+v", shown)
		}
	}
	if v := victim.known(w).Version; v != w.bank.Bundle.Version {
		t.Errorf("version %d is pinned: whoever has the name first could stop the bank", v)
	}
	w.must(victim.Remove(t.Context(), rival.id()))
	victim.green(w, desk, "C-1")
	if shown := victim.green(w, desk, "C-1"); shown.Bank.Name != rivalName || shown.Bank.FormerName != bankName {
		t.Errorf("with the other bank removed: %+v", shown)
	}
	outcome(t, "A28", attacks.Limited, "whoever has a name first keeps a known bank from being shown under it, not from its calls, until it is removed")
}

// meeting is a keyring in which, from a time on, two programs that look for a
// pin wait for each other, for a moment: long enough for both to pass a check
// that only one may.
type meeting struct {
	vault.Store
	mu    sync.Mutex
	began bool
	here  int
	both  chan struct{}
}

func (m *meeting) Get(ctx context.Context, item string) ([]byte, error) {
	if strings.HasPrefix(item, "pin/") && m.mayMeet() {
		select {
		case <-m.both:
		case <-time.After(3 * time.Second): // a busy machine needs a while
		}
	}
	return m.Store.Get(ctx, item)
}

func (m *meeting) mayMeet() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.began {
		return false
	}
	if m.here++; m.here == 2 {
		close(m.both)
	}
	return m.here <= 2
}

func (m *meeting) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.began = true
}

// atOnce redeems a ticket of each bank in one home, in a program each, and lets
// all proofs arrive at the same moment. before runs right before.
func (w *world) atOnce(h house, store vault.Store, before func(), banks ...*world) []ending.Reason {
	w.Helper()
	reasons := make([]ending.Reason, len(banks))
	proofs := make(chan *adversary.Message, len(banks)) // kept back until all have one
	var enrolling sync.WaitGroup
	for i, of := range banks {
		answers := 0
		of.relay.On(adversary.AnswerTo("cp1.enrol"), func(m *adversary.Message) {
			if answers++; answers == 3 { // after hello and the bundles
				proofs <- m
				return
			}
			m.Send()
		})
		p, ticket := w.onStore(h, store), of.customerTicket("C-40", phone1)
		enrolling.Go(func() { reasons[i] = p.enrols(session.Enrolment{Ticket: ticket}) })
	}
	var ready []*adversary.Message
	for range banks {
		ready = append(ready, receive(w, proofs))
	}
	before()
	for _, proof := range ready {
		proof.Send()
	}
	enrolling.Wait()
	return reasons
}

// TestAttackA28TwoAtOnce: two programs on one home enrol with two banks that
// look alike at the same moment. Only one may win.
func TestAttackA28TwoAtOnce(t *testing.T) {
	w := newWorld(t)
	h := house{w.TempDir(), newKeyring()}
	store := &meeting{Store: h.keyring, both: make(chan struct{})}
	reasons := w.atOnce(h, store, store.begin, w, w.another(bankName, ""))
	slices.Sort(reasons)
	if !slices.Equal(reasons, []ending.Reason{"", ending.NameClash}) {
		t.Errorf("the two ended %q", reasons)
	}
	if n := w.customerAt(h).knows(); n != 1 {
		t.Errorf("%d banks are known", n)
	}
	outcome(t, "A28", attacks.Stopped, "of two enrolments at the same moment one is compared with the other")
}

// TestAttackA28KnownAsAnAgentsOnly: the false bank came with an agent's ticket.
// Whoever is told of it must be able to see and to remove it.
func TestAttackA28KnownAsAnAgentsOnly(t *testing.T) {
	w := newWorld(t)
	squatter := w.another(bankName, bankDomain)
	h := house{w.TempDir(), newKeyring()}
	victim, asAgent := w.customerAt(h), w.agentAt(h)
	if _, err := asAgent.Enrol(t.Context(), session.Enrolment{Ticket: squatter.agentTicket("Ewa Lis")}); err != nil {
		t.Fatal(err)
	}
	letter := session.Enrolment{Ticket: w.customerTicket("C-33", phone1)}
	if got := victim.enrols(letter); got != ending.NameClash {
		t.Fatalf("the genuine bank's letter: %q", got)
	}
	victim.knowsNobody() // none of its calls can be checked
	known, err := victim.Known(t.Context())
	if err != nil || len(known) != 1 || known[0].ID != squatter.id() || known[0].Name != bankName || !known[0].AgentsOnly {
		t.Fatalf("listed are %+v (%v)", known, err)
	}
	w.must(victim.Remove(t.Context(), squatter.id())) // as a customer's, which it is not
	if known, err := victim.Known(t.Context()); err != nil || len(known) != 1 {
		t.Fatalf("removed as a customer's, %+v are listed (%v)", known, err)
	}
	w.must(victim.RemoveAgents(t.Context(), squatter.id()))
	if known, err := victim.Known(t.Context()); err != nil || len(known) != 0 {
		t.Errorf("removed, %+v are listed (%v)", known, err)
	}
	if _, err := vault.New(h.keyring).Pin(t.Context(), squatter.id()); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("the pin that nobody needs: %v", err)
	}
	if got := victim.enrols(letter); got != "" {
		t.Errorf("the same letter, with the false bank removed: %q", got)
	}
	outcome(t, "A28", attacks.Limited, "a false bank that is known as an agent's only stands in the genuine one's way until it is seen in the list and removed")
}

// TestAttackA28HoldsItsAnswerBack: the agent's answer comes once the person has
// removed the bank, or added the one that its agent names.
func TestAttackA28HoldsItsAnswerBack(t *testing.T) {
	w, rival := twoBanks(t)
	third := w.another("Northern Star", "")
	victim := w.customer(both)
	for _, row := range []struct {
		agent     *desk
		meanwhile func() error
		result    verdict.Result
		end       ending.Reason
	}{
		{rival.newAgent(otto, "Adviser", "Northern Star team"), func() error {
			_, err := victim.Pin(t.Context(), third.bank.RelayAddress(), third.words())
			return err
		}, verdict.Unverified, ending.NameClash},
		{rival.agentAt(rival.houseOf(otto)), func() error {
			if err := victim.Remove(t.Context(), third.id()); err != nil {
				return err
			}
			return victim.Remove(t.Context(), rival.id())
		}, verdict.Stopped, ending.UnknownBank},
	} {
		rival.relay.Honest()
		rival.relay.On(adversary.First(1, adversary.PushTo(relay.RoleCompanion, relay.KindReveal)), func(m *adversary.Message) {
			if err := row.meanwhile(); err != nil {
				t.Error(err)
			}
			m.Send()
		})
		offered := row.agent.dials("V-1")
		customer := victim.asks(rival, offered.code())
		if shown := next[call.VerdictGiven](customer).Output.Shown(); shown.Result != row.result {
			t.Errorf("%s: the screen shows %+v", row.end, shown)
		}
		customer.ends(row.end)
		if told[call.ReadbackShown](customer) {
			t.Errorf("%s: a read-back is shown", row.end)
		}
		offered.End()
	}
	outcome(t, "A28", attacks.Stopped, "a bank that is removed before its agent's answer comes is unknown then, and nothing of it is green")
}

// TestAttackA28RemovedDuringTheCall: the call ends when it is next looked at.
func TestAttackA28RemovedDuringTheCall(t *testing.T) {
	w, rival := twoBanks(t)
	victim := w.customer(both)
	offered := rival.agentAt(rival.houseOf(otto)).dials("V-1")
	customer := victim.asks(rival, offered.code())
	secured(offered, customer)
	w.must(victim.Remove(t.Context(), rival.id()))
	rival.relay.Cut()
	customer.endsInTime(ending.UnknownBank)
	outcome(t, "A28", attacks.Limited, "a bank that is removed during a secure call is unknown at the next staple, within 5 minutes")
}
