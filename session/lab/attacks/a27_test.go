// A27: a hostile second bank. A customer, or an agent, knows the genuine bank
// and is talked into enrolling with another one, or has enrolled with it long
// ago. It has its own roots, a real server and real agents, and tries to pass
// for the genuine bank at every step. The defences: a bank's id is made of its
// first roots, a known id has only what its pinned roots signed, names and
// domains of all banks are compared, and a verdict shows what was pinned before
// the call.

package attacks_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
)

// theftsOf are lineages that put a rival's roots in the place of a bank's, each
// under the bank's id, name and domain, and served by the rival.
func theftsOf(w, rival *world) map[string][][]byte {
	w.Helper()
	root := rival.bankKey("root")
	forged := func(version uint64, previous []byte) []byte {
		signed, err := trust.SignBundle(copyOf(rival.bank.Bundle, func(b *trust.Bundle) {
			b.BankID, b.Name, b.Domain, b.Version, b.Previous = w.id(), bankName, bankDomain, version, previous
		}), root)
		w.must(err)
		return signed
	}
	genuine, own := w.bank.Bundles[0], rival.bank.Bundles[0]
	after := wire.H(wire.LabelBundle, payloadOf(genuine))
	afterOwn := wire.H(wire.LabelBundle, payloadOf(own))
	return map[string][][]byte{
		"version 2 alone":                      {forged(2, make([]byte, 32))},
		"version 1 under other roots":          {forged(1, nil)},
		"behind the bank's own version 1":      {genuine, forged(2, after[:])},
		"a version left out":                   {genuine, forged(3, make([]byte, 32))},
		"behind a version 1 of the rival's id": {own, forged(2, afterOwn[:])},
	}
}

// TestAttackA27TicketTakesTheBanksPlace redeems a ticket whose every proof is
// good, of a bank that says to be the genuine one with a newer bundle.
func TestAttackA27TicketTakesTheBanksPlace(t *testing.T) {
	w, rival := twoBanks(t)
	root := rival.bankKey("root")
	victim, clerk, newcomer := w.customer(both), w.agent(anna), w.stranger()
	otherRole := w.agentAt(w.houseOf("C-1")) // a customer's home, where the ticket is an agent's
	thefts := theftsOf(w, rival)
	for _, name := range slices.Sorted(maps.Keys(thefts)) {
		rival.relay.Honest()
		ticket, words := rival.plays(fraud{id: w.id(), roots: [][]byte{wire.Point(&root.PublicKey)}, lineage: thefts[name], contentOf: w.id()})
		asked := session.Enrolment{Ticket: ticket.String()}
		for who, enrols := range map[string]func() error{
			"its customer": func() error { _, err := victim.Enrol(t.Context(), asked); return err },
			"its agent":    func() error { _, err := clerk.Enrol(t.Context(), asked); return err },
			"its customer, as an agent": func() error {
				_, err := otherRole.Enrol(t.Context(), asked)
				return err
			},
			"a stranger by words": func() error {
				_, err := newcomer.Pin(t.Context(), ticket.Addr, words)
				return err
			},
		} {
			unchanged := []func(){victim.house.untouched(w), clerk.house.untouched(w), otherRole.house.untouched(w)}
			if err := enrols(); ending.Of(err, "") != ending.Forged {
				t.Errorf("%s, %s: %v", name, who, err)
			}
			for _, check := range unchanged {
				check()
			}
		}
	}
	newcomer.knowsNobody()

	// Nobody can run a real server on such a bundle either.
	dir := filepath.Join(t.TempDir(), "fake")
	w.must(copyFolder(dir, rivalry.dir))
	w.must(os.WriteFile(filepath.Join(dir, "bundles", "1.cbor"), thefts["version 1 under other roots"][0], 0o600))
	if _, err := bank.Load(dir); !errors.Is(err, trust.ErrContent) {
		t.Errorf("a bank of another's id may begin: %v", err)
	}

	rival.relay.Honest()
	if shown := victim.green(w, clerk, "C-1"); shown.Bank.Name != bankName || shown.Bank.Domain != bankDomain {
		t.Errorf("afterwards the genuine call shows %+v", shown)
	}
	outcome(t, "A27", attacks.Stopped, "a ticket of a bank under another's id is forged in both roles, keys and pins stay, and genuine calls are green")
}

// lookAlikes are names and domains that can be taken for the genuine bank's.
var lookAlikes = map[string]verdict.Naming{
	"its name":                    {Name: bankName, Domain: rivalDomain},
	"its name in capitals":        {Name: "EXAMPLE BANK", Domain: rivalDomain},
	"its name, other punctuation": {Name: "Example-Bank.", Domain: ""},
	"its name with an accent":     {Name: "Exámple Bank", Domain: rivalDomain},
	"its name, a capital i":       {Name: "ExampIe Bank", Domain: rivalDomain},
	"its domain":                  {Name: rivalName, Domain: bankDomain},
	"below its domain":            {Name: rivalName, Domain: "login.examplebank.com"},
	"its domain within its own":   {Name: rivalName, Domain: "examplebank.com.login.test"},
	"its domain for a name":       {Name: "Examplebank.com", Domain: rivalDomain},
	"its name and domain":         {Name: bankName, Domain: bankDomain},
}

// TestAttackA27NewBankThatLooksLikeTheKnownOne enrols with, or pins, a real bank
// that has taken the genuine one's name or domain.
func TestAttackA27NewBankThatLooksLikeTheKnownOne(t *testing.T) {
	w, rival := twoBanks(t)
	victim, clerk := w.customer("C-1"), w.agent(anna)
	clerkAtHome := w.customerAt(clerk.house) // who would be a customer of the rival
	customersAgent := w.agentAt(victim.house)
	refused := func(what string, err error) {
		t.Helper()
		clash, ok := errors.AsType[*session.NameClash](err)
		if !ok || ending.Of(err, "") != ending.NameClash {
			t.Errorf("%s: %v", what, err)
			return
		}
		if clash.Known.ID != w.id() || clash.Known.Name != bankName || clash.Known.Domain != bankDomain || clash.Known.Since.IsZero() {
			t.Errorf("%s: the known bank is told as %+v", what, clash.Known)
		}
		if clash.New.ID != rival.id() || clash.New.Name != rival.bank.Bundle.Name || clash.New.Domain != rival.bank.Bundle.Domain {
			t.Errorf("%s: the new bank is told as %+v", what, clash.New)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lookAlikes)) {
		rival.renames(lookAlikes[name].Name, lookAlikes[name].Domain)
		check, checkClerk := victim.house.untouched(w), clerk.house.untouched(w)
		_, err := victim.Pin(t.Context(), rival.bank.RelayAddress(), rival.words())
		refused(name+", pinned", err)
		if name == "its name" || name == "its domain" {
			_, err := victim.Enrol(t.Context(), session.Enrolment{Ticket: rival.customerTicket(name, phone1)})
			refused(name+", enrolled", err)
			_, err = customersAgent.Enrol(t.Context(), session.Enrolment{Ticket: rival.agentTicket("Ewa Lis")})
			refused(name+", enrolled as an agent", err)
			_, err = clerkAtHome.Enrol(t.Context(), session.Enrolment{Ticket: rival.customerTicket(name+"2", phone1)})
			refused(name+", enrolled by the bank's agent", err)
		}
		check()
		checkClerk()
	}
	// In another normal form of Unicode, or with a letter of another script in a
	// word, a name is none: no bundle may hold it.
	for _, name := range []string{"Exa\u0301mple Bank", "Ex\u0430mple Bank"} {
		if trust.CheckName(name) == nil {
			t.Errorf("%q is a name", name)
		}
	}
	if n := victim.knows(); n != 1 {
		t.Errorf("%d banks are known", n)
	}
	if shown := victim.green(w, clerk, "C-1"); shown.Bank.Name != bankName {
		t.Errorf("the genuine call shows %+v", shown)
	}
	// The same suffix is no likeness: honest neighbours may come.
	rival.renames("Other Bank", "otherbank.com")
	if _, err := victim.Pin(t.Context(), rival.bank.RelayAddress(), rival.words()); err != nil {
		t.Errorf("an honest second bank: %v", err)
	}
	outcome(t, "A27", attacks.Stopped, "a new bank with a name or domain that can be taken for the known one's is name_clash in every role and way, and changes nothing")
}

// TestAttackA27UpdateRenamesTheBank: the second bank was enrolled under an
// honest name, and its own roots sign the genuine one's name, or domain.
func TestAttackA27UpdateRenamesTheBank(t *testing.T) {
	w, rival := twoBanks(t)
	victim, desk, agent := w.customer(both), w.agent(anna), rival.agentAt(rival.houseOf(otto))
	named := func(wantID [16]byte, said string) {
		t.Helper()
		banks, err := victim.Banks(t.Context())
		w.must(err)
		if got, err := session.Named(banks, said); err != nil || got.ID != wantID {
			t.Errorf("%q finds %s: %v", said, got.Name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lookAlikes)) {
		rival.renames(lookAlikes[name].Name, lookAlikes[name].Domain)
		for _, when := range []string{"on the call that brings it", "on the next call"} {
			if shown := victim.green(rival, agent, "V-1"); shown.Bank.Name != rivalName || shown.Bank.Domain != rivalDomain || shown.Bank.FormerName != "" {
				t.Errorf("%s, %s: the screen shows %+v", name, when, shown)
			}
		}
		if known := victim.known(rival); known.Name != rivalName || known.Version != rival.bank.Bundle.Version {
			t.Errorf("%s: listed as %q of version %d: the chain is adopted, the name is not", name, known.Name, known.Version)
		}
		named(w.id(), bankName)
		named(w.id(), bankDomain)
		named(rival.id(), rivalName)
	}

	// Over an honest name, and back.
	rival.renames("Helpful Friends", "")
	if shown := victim.green(rival, agent, "V-1"); shown.Bank.Name != rivalName {
		t.Errorf("an honest rename shows on the call that brings it: %+v", shown)
	}
	shown := victim.green(rival, agent, "V-1")
	if shown.Bank.Name != "Helpful Friends" || shown.Bank.Domain != "" || shown.Bank.FormerName != rivalName || !shown.Bank.FormerUntil.Equal(w.clock.Now()) {
		t.Errorf("an honest rename, on the next call: %+v", shown)
	}
	rival.renames(bankName, "")
	for range 2 {
		if shown := victim.green(rival, agent, "V-1"); shown.Bank.Name != "Helpful Friends" || shown.Bank.FormerName != rivalName {
			t.Errorf("over an honest name: %+v", shown)
		}
	}
	if shown := victim.green(w, desk, "C-1"); shown.Bank.Name != bankName || shown.Bank.FormerName != "" {
		t.Errorf("the genuine call shows %+v", shown)
	}
	outcome(t, "A27", attacks.Stopped, "a bundle that takes the genuine bank's name or domain is adopted without them, and its calls stay green under the name of before")
}

// TestAttackA27RenameLaundersAName: two honest renames in a row, or one there
// and back, would make people forget what the bank was called.
func TestAttackA27RenameLaundersAName(t *testing.T) {
	w, rival := twoBanks(t)
	victim, agent := w.customer(both), rival.agentAt(rival.houseOf(otto))
	shows := func(when, name, former string, until time.Time) {
		t.Helper()
		victim.green(rival, agent, "V-1") // brings it
		if shown := victim.green(rival, agent, "V-1"); shown.Bank.Name != name || shown.Bank.FormerName != former || !shown.Bank.FormerUntil.Equal(until) {
			t.Errorf("%s, the screen shows %+v", when, shown)
		}
	}
	first := w.clock.Now()
	rival.renames("Midway", "")
	shows("renamed", "Midway", rivalName, first)
	w.clock.passes(time.Hour)
	rival.renames("Northern Savings", "")
	shows("renamed again within the hour", "Midway", rivalName, first)
	w.clock.passes(time.Hour)
	back := w.clock.Now()
	rival.renames(rivalName, rivalDomain)
	shows("renamed back", rivalName, "Midway", back)
	rival.renames("Northern Savings", "")
	shows("back and away within the hour", rivalName, "Midway", back)
	w.clock.passes(90 * 24 * time.Hour)
	away := w.clock.Now()
	rival.resigns(nil) // nothing else lasts so long
	shows("90 days later", "Northern Savings", rivalName, away)
	outcome(t, "A27", attacks.Stopped, "a bank changes its name once in 90 days, so what it was called before is never forgotten")
}

// listsKeysOf lets the rival's bundle list another bank's keys beside its own.
func (w *world) listsKeysOf(other *world) {
	w.Helper()
	w.resigns(func(b *trust.Bundle) {
		for _, key := range other.bank.Bundle.Keys {
			if key.Role == trust.RoleIssuer || key.Role == trust.RoleStatus || key.Role == trust.RoleContent {
				b.Keys = append(slices.Clone(b.Keys), key)
			}
		}
		b.Lines = other.bank.Bundle.Lines
	})
}

// passesOn lets the rival's relay answer lookups with what the genuine bank's
// server answers, and its own news.
func (w *world) passesOn(genuine *world) {
	w.Helper()
	guest := genuine.hacked("")
	w.relay.On(adversary.Request("cp1.lookup"), func(m *adversary.Message) {
		asked := adversary.Read[relay.LookupRequest](m)
		answer, err := guest.Lookup(w.Context(), relay.LookupRequest{Code: asked.Code, OID: asked.OID, BundleVersion: genuine.bank.Bundle.Version, BundleHash: genuine.bank.Bundle.Hash()})
		w.must(err)
		answer.News = w.bank.News(asked.BundleVersion, asked.BundleHash, asked.ContentVersion)
		m.Reply(answer)
	})
}

// TestAttackA27PassesTheGenuineOfferOn: the customer has picked the second bank,
// which serves the genuine bank's offer as its own, and lists its keys.
func TestAttackA27PassesTheGenuineOfferOn(t *testing.T) {
	w, rival := twoBanks(t)
	victim, desk := w.customer(both), w.agent(anna)
	for _, lists := range []bool{false, true} {
		if lists {
			rival.listsKeysOf(w)
		}
		rival.relay.Honest()
		rival.passesOn(w)
		agent := desk.dials("C-1")
		code := agent.code()
		customer := victim.asks(rival, code)
		if shown := next[call.VerdictGiven](customer).Output.Shown(); shown.Result != verdict.Stopped || shown.Bank.Name != "" || shown.Name != "" {
			t.Errorf("listing its keys %t: the screen shows %+v", lists, shown)
		}
		customer.ends(ending.Forged)
		secured(agent, victim.asks(w, code))
	}
	outcome(t, "A27", attacks.Stopped, "the genuine bank's offer under another bank is forged, and the genuine bank's own answer to it still works")
}

// TestAttackA27TheGenuineBanksWords: the second bank serves the genuine bank's
// signed content as its own, under a content key that it lists.
func TestAttackA27TheGenuineBanksWords(t *testing.T) {
	w, rival := twoBanks(t)
	victim, agent := w.customer(both), rival.agentAt(rival.houseOf(otto))
	rival.listsKeysOf(w)
	content, err := w.bank.Bundle.Content(w.bank.Content)
	w.must(err)
	content.Version = 9
	signed, err := trust.SignContent(*content, w.bankKey("content")) // as the genuine bank published it
	w.must(err)
	side := agent.dials("V-1")
	rival.relay.On(adversary.AnswerTo("cp1.lookup"), func(m *adversary.Message) {
		adversary.EditAnswer(m, func(a *relay.LookupAnswer) { a.News.Content = signed })
		m.Send()
	})
	code := side.code()
	customer := victim.asks(rival, code)
	customer.ends(ending.Forged)
	if told[call.ReadbackShown](customer) {
		t.Error("another bank's words were taken")
	}
	rival.relay.Honest()
	secured(side, victim.asks(rival, code))
	outcome(t, "A27", attacks.Stopped, "another bank's content is forged, whoever is listed as its signer")
}

// TestAttackA27GenuineFrame: the second bank lists the genuine bank's issuer, so
// that a genuine QR code might be taken for its own.
func TestAttackA27GenuineFrame(t *testing.T) {
	w, rival := twoBanks(t)
	victim, desk, agent := w.customer(both), w.agent(anna), rival.agentAt(rival.houseOf(otto))
	genuine := desk.dials("C-1")
	picture := genuine.picture()
	offline := func(of [16]byte) verdict.Shown {
		t.Helper()
		customer := victim.checks(session.Verification{Bank: of, Answers: theyCalled, QRText: picture, Offline: true})
		defer func() { next[call.EndedEvent](customer) }()
		return next[call.VerdictGiven](customer).Output.Shown()
	}
	// Before, the frame says itself whose it is, and picking another bank helps nobody.
	if shown := offline([16]byte{}); shown.Result != verdict.Unverified || shown.Bank.Name != bankName {
		t.Errorf("offline, one bank lists the issuer: %+v", shown)
	}
	if shown := offline(rival.id()); shown.Result != verdict.Stopped || shown.Bank.Name != "" {
		t.Errorf("offline, under the bank that does not list it: %+v", shown)
	}

	rival.listsKeysOf(w)
	victim.green(rival, agent, "V-1") // brings the bundle
	rival.passesOn(w)
	for name, of := range map[string][16]byte{"nobody is picked": {}, "the genuine bank": w.id(), "the second bank": rival.id()} {
		if shown := offline(of); shown.Result != verdict.Stopped || shown.Bank.Name != "" || shown.Name != "" {
			t.Errorf("offline, two banks list the issuer, %s: %+v", name, shown)
		}
	}
	for name, row := range map[string]struct {
		of   [16]byte
		want ending.Reason
	}{"nobody is picked": {[16]byte{}, ending.UnknownBank}, "the second bank": {rival.id(), ending.Forged}} {
		customer := victim.checks(session.Verification{Bank: row.of, Answers: theyCalled, QRText: picture})
		if shown := next[call.VerdictGiven](customer).Output.Shown(); shown.Result != verdict.Stopped || shown.Bank.Name != "" {
			t.Errorf("online, %s: %+v", name, shown)
		}
		customer.ends(row.want)
	}
	// Online the customer picks the genuine bank, and gets through.
	secured(genuine, victim.checks(session.Verification{Bank: w.id(), Answers: theyCalled, QRText: picture}))
	outcome(t, "A27", attacks.Limited, "a bank that lists the genuine one's issuer gets no frame for its own, but the genuine frame is unknown_bank offline, and online the bank must be picked")
}

// TestAttackA27OnlyTheRivalIsKnown shows what is left of that: a device that
// does not know the genuine bank cannot know whose the issuer is.
func TestAttackA27OnlyTheRivalIsKnown(t *testing.T) {
	w, rival := twoBanks(t)
	victim, agent := w.customer(both), rival.agentAt(rival.houseOf(otto))
	rival.listsKeysOf(w)
	victim.green(rival, agent, "V-1")
	w.must(victim.Remove(t.Context(), w.id()))
	picture := w.agent(anna).dials("C-1").picture()
	customer := victim.checks(session.Verification{Answers: theyCalled, QRText: picture, Offline: true})
	shown := next[call.VerdictGiven](customer).Output.Shown()
	if shown.Result == verdict.Verified || shown.Bank.Name == bankName {
		t.Errorf("the screen shows %+v", shown)
	}
	rival.passesOn(w)
	victim.checks(session.Verification{Answers: theyCalled, QRText: picture}).ends(ending.Forged)
	outcome(t, "A27", attacks.Limited, "who has not enrolled with the genuine bank sees its frame offline under the rival's own name, amber; online it is forged")
}

// TestAttackA27StopAtTheRival: a stop, its report and its hold are between the
// customer and one bank.
func TestAttackA27StopAtTheRival(t *testing.T) {
	w, rival := twoBanks(t)
	victim, desk, agent := w.customer(both), w.agent(anna), rival.agentAt(rival.houseOf(otto))
	lie := agent.offers(session.Offering{Direction: offer.CustomerCalled, Customer: "V-1", Purpose: trust.Transfer, Line: noBodys})
	victim.asks(rival, lie.code()).ends(ending.WrongDirection)
	lie.ends(ending.WrongDirection)
	if until := victim.known(rival).HoldUntil; until.IsZero() {
		t.Error("the second bank is not held")
	}
	if until := victim.known(w).HoldUntil; !until.IsZero() {
		t.Errorf("the genuine bank is held until %v", until)
	}
	if got := ending.Of(victim.Remove(t.Context(), rival.id()), ""); got != ending.OnHold {
		t.Errorf("the second bank was removed under its hold: %q", got)
	}
	// What a hold forbids goes on with the genuine bank.
	own := desk.isRung("C-1")
	customer := victim.checks(session.Verification{Bank: w.id(), Answers: iCalled, Code: own.code()})
	secured(own, customer)
	outcome(t, "A27", attacks.Stopped, "a stop at the second bank holds that one, and the genuine one goes on")
}

// TestAttackA27GenuineBankRemoved: the customer was coached to remove the
// genuine bank; the second one takes its place, as far as it can.
func TestAttackA27GenuineBankRemoved(t *testing.T) {
	w, rival := twoBanks(t)
	victim, desk, agent := w.customer(both), w.agent(anna), rival.agentAt(rival.houseOf(otto))
	victim.green(w, desk, "C-1")
	victim.green(rival, agent, "V-1")
	rival.renames(bankName, bankDomain)
	victim.green(rival, agent, "V-1") // adopted, and the name withheld
	w.must(victim.Remove(t.Context(), w.id()))
	if shown := victim.green(rival, agent, "V-1"); shown.Bank.Name != rivalName {
		t.Errorf("the call that finds the genuine bank gone shows %+v", shown)
	}
	shown := victim.green(rival, agent, "V-1")
	if shown.Bank.FormerName != rivalName || !shown.Bank.FormerUntil.Equal(w.clock.Now()) {
		t.Errorf("the name of before is not told: %+v", shown)
	}

	// The genuine bank's letter says what has happened, and removing the other
	// one is the way back.
	_, err := victim.Enrol(t.Context(), session.Enrolment{Ticket: w.customerTicket("C-21", phone1)})
	clash, ok := errors.AsType[*session.NameClash](err)
	if !ok || clash.Known.ID != rival.id() || clash.Known.FormerName != rivalName || clash.New.ID != w.id() {
		t.Errorf("enrolling with the genuine bank again: %v", err)
	}
	w.must(victim.Remove(t.Context(), rival.id()))
	if got := victim.enrols(session.Enrolment{Ticket: w.customerTicket("C-22", phone1)}); got != "" {
		t.Fatalf("with the other bank gone: %q", got)
	}
	if got := victim.enrols(session.Enrolment{Ticket: rival.customerTicket("V-2", phone1)}); got != ending.NameClash {
		t.Errorf("the second bank again: %q", got)
	}
	if shown := victim.green(w, desk, "C-22"); shown.Bank.Name != bankName || shown.Bank.FormerName != "" {
		t.Errorf("the genuine call shows %+v", shown)
	}

	// What was shown at the time is what the past says.
	past, err := victim.History(t.Context())
	w.must(err)
	var banks []string
	for _, p := range slices.Backward(past) {
		banks = append(banks, p.Bank+" "+p.Domain)
	}
	want := []string{bankName + " " + bankDomain, rivalName + " " + rivalDomain, rivalName + " " + rivalDomain, rivalName + " " + rivalDomain,
		bankName + " " + bankDomain, bankName + " " + bankDomain}
	if !slices.Equal(banks, want) {
		t.Errorf("the past says %q, want %q", banks, want)
	}
	outcome(t, "A27", attacks.Limited, "with the genuine bank removed the second one may take its name, with its own of before beside it for 90 days; the genuine bank's next letter shows both")
}

// TestAttackA27NameOfBefore: the genuine bank changes its name, and the second
// one takes the old one while people still go by it.
func TestAttackA27NameOfBefore(t *testing.T) {
	w, rival := twoBanks(t)
	victim, desk, agent := w.customer(both), w.agent(anna), rival.agentAt(rival.houseOf(otto))
	w.renames("Exemplar", "exemplar.com")
	victim.green(w, desk, "C-1")
	if shown := victim.green(w, desk, "C-1"); shown.Bank.Name != "Exemplar" || shown.Bank.FormerName != bankName {
		t.Errorf("renamed, the genuine bank's call shows %+v", shown)
	}
	rival.renames(bankName, bankDomain)
	for range 2 {
		if shown := victim.green(rival, agent, "V-1"); shown.Bank.Name != rivalName {
			t.Errorf("the second bank shows %+v", shown)
		}
	}
	rival.newAgent(bankName, "Adviser", "Fraud team").isAmberTo(victim, "an agent under the name of before")
	third := w.another("Example Bank", "")
	if _, err := victim.Pin(t.Context(), third.bank.RelayAddress(), third.words()); ending.Of(err, "") != ending.NameClash {
		t.Errorf("a new bank under the name of before: %v", err)
	}
	outcome(t, "A27", attacks.Stopped, "the name and domain that a bank had are nobody else's for 90 days")
}

// TestAttackA27NewNameThatNobodyRead: people are rung less often than every 90
// days. What they have not read of a new name they are told when they read it,
// and until then and 90 days more nobody else has the old one.
func TestAttackA27NewNameThatNobodyRead(t *testing.T) {
	w, rival := twoBanks(t)
	victim, desk, agent := w.customer(both), w.agent(anna), rival.agentAt(rival.houseOf(otto))
	w.renames("Exemplar", "exemplar.com")
	victim.green(w, desk, "C-1") // brings it, under the name of before
	quarter := func() {
		w.clock.passes(91 * 24 * time.Hour)
		for _, of := range []*world{w, rival} {
			of.resigns(nil) // nothing lasts so long
		}
	}
	quarter()
	rival.renames(bankName, bankDomain)
	for range 2 {
		if shown := victim.green(rival, agent, "V-1"); shown.Bank.Name != rivalName {
			t.Errorf("the second bank shows %+v", shown)
		}
	}
	first := w.clock.Now()
	if shown := victim.green(w, desk, "C-1"); shown.Bank.Name != "Exemplar" || shown.Bank.FormerName != bankName || !shown.Bank.FormerUntil.Equal(first) {
		t.Errorf("the first call under the new name shows %+v", shown)
	}
	w.clock.passes(time.Hour)
	if shown := victim.green(w, desk, "C-1"); shown.Bank.FormerName != bankName || !shown.Bank.FormerUntil.Equal(first) {
		t.Errorf("the second one shows %+v", shown)
	}
	quarter()
	victim.green(w, desk, "C-1") // of its own word, after its time
	if shown := victim.green(w, desk, "C-1"); shown.Bank.Name != "Exemplar" || shown.Bank.FormerName != "" {
		t.Errorf("90 days after it was read: %+v", shown)
	}
	outcome(t, "A27", attacks.Stopped, "the 90 days of a former name begin when people have read the new one")
}

// TestAttackA27NameThatIsAnnounced: the second bank hears of the genuine bank's
// new name before the genuine bank has called, and takes it first.
func TestAttackA27NameThatIsAnnounced(t *testing.T) {
	const name, domain = "Northern Star", "northernstar.example"
	w, rival := twoBanks(t)
	victim, desk, agent := w.customer(both), w.agent(anna), rival.agentAt(rival.houseOf(otto))
	rival.renames("N0rthern Star", "")
	victim.green(rival, agent, "V-1")
	for range 2 {
		if shown := victim.green(rival, agent, "V-1"); shown.Bank.Name != "N0rthern Star" || shown.Bank.FormerName != rivalName {
			t.Errorf("before the genuine bank has called: %+v", shown)
		}
	}
	w.renames(name, domain)

	// The genuine bank's letter comes while the other one's answer is on its way.
	rival.relay.On(adversary.First(1, adversary.PushTo(relay.RoleCompanion, relay.KindReveal)), func(m *adversary.Message) {
		ticket, _, err := w.server.Directory().ReissueCustomer(t.Context(), "C-1", nil)
		w.must(err)
		if got := victim.enrols(session.Enrolment{Ticket: ticket.String()}); got != "" {
			t.Errorf("the genuine bank's letter: %q", got)
		}
		m.Send()
	})
	agent.isAmberTo(victim, "the genuine bank's new name comes by a letter")
	rival.relay.Honest()
	if shown := victim.green(w, desk, "C-1"); shown.Bank.Name != bankName {
		t.Errorf("the genuine call shows %+v", shown)
	}
	agent.isAmberTo(victim, "under the genuine bank's new name")
	if b := victim.known(w); b.Name != bankName || b.Claims.Name != name || b.Claims.Domain != domain {
		t.Errorf("the list says %+v", b)
	}
	rival.renames("Harmless", "")
	agent.isAmberTo(victim, "on the call that brings yet another name")
	agent.isAmberTo(victim, "under the name of before, within 90 days")
	if shown := victim.green(w, desk, "C-1"); shown.Bank.Name != bankName {
		t.Errorf("the genuine call shows %+v", shown)
	}
	rival.renames(rivalName, rivalDomain)
	agent.isAmberTo(victim, "on the call that brings the name that it came with")
	if shown := victim.green(rival, agent, "V-1"); shown.Bank.Name != rivalName || shown.Bank.FormerName != "" {
		t.Errorf("gone back, it is shown as %+v", shown)
	}
	w.must(victim.Remove(t.Context(), rival.id()))
	// Before the genuine bank calls again, a third one comes with the name.
	third := w.another(name, "")
	if _, err := victim.Pin(t.Context(), third.bank.RelayAddress(), third.words()); ending.Of(err, "") != ending.NameClash {
		t.Errorf("a new bank under a name that is claimed: %v", err)
	}
	victim.green(w, desk, "C-1")
	if shown := victim.green(w, desk, "C-1"); shown.Bank.Name != name || shown.Bank.FormerName != bankName {
		t.Errorf("with the other bank removed: %+v", shown)
	}
	outcome(t, "A27", attacks.Limited, "whoever takes a name that another bank has announced is green under it, its own of before beside it, until that bank's next call; from then on amber")
}

// TestAttackA27BothRoles: one person works for the bank and is its customer, on
// one computer. What one role brings keeps the other's calls green.
func TestAttackA27BothRoles(t *testing.T) {
	w := newWorld(t)
	h := w.houseOf("C-1")
	self, clerk := w.customerAt(h), w.agentAt(h)
	if _, err := clerk.Enrol(t.Context(), session.Enrolment{Ticket: w.agentTicket("Ewa Lis")}); err != nil {
		t.Fatal(err)
	}
	anna, other := w.agent(anna), w.customer("C-2")
	for round, first := range []string{"customer", "agent", "customer", "agent"} {
		w.resigns(func(b *trust.Bundle) { b.Colour = uint32(round) })
		asCustomer := func() { self.green(w, anna, "C-1") }
		asAgent := func() { other.green(w, clerk, "C-2") }
		if first == "customer" {
			asCustomer()
			asAgent()
		} else {
			asAgent()
			asCustomer()
		}
		if pin := h.pinned(w, w.id()); pin.Version != w.bank.Bundle.Version {
			t.Errorf("round %d: version %d is pinned", round, pin.Version)
		}
	}
	outcome(t, "A27", attacks.Stopped, "one pin serves both roles: whichever brings a bundle, the other's calls stay green")
}

// newAgent is somebody of whom the bank says this.
func (w *world) newAgent(name, role, department string) *desk {
	w.Helper()
	ticket, _, err := w.server.Directory().AddAgent(w.Context(), name, role, department)
	w.must(err)
	clerk, err := session.OpenAgent(w.Context(), w.options(house{w.TempDir(), newKeyring()}))
	w.must(err)
	_, err = clerk.Enrol(w.Context(), session.Enrolment{Ticket: ticket.String()})
	w.must(err)
	return &desk{clerk, w, house{}}
}

// isAmberTo lets the agent dial V-1, who must see that the agent names another bank.
func (d *desk) isAmberTo(victim *phone, what string) {
	d.w.Helper()
	offered := d.dials("V-1")
	customer := victim.asks(d.w, offered.code())
	if shown := next[call.VerdictGiven](customer).Output.Shown(); shown.Result != verdict.Unverified {
		d.w.Errorf("%s: the screen shows %+v", what, shown)
	}
	customer.ends(ending.NameClash)
	offered.End()
	offered.ends(ending.Cancelled)
}

// TestAttackA27AgentIsCalledLikeTheBank: the second bank's own name is harmless,
// and what it says of its agent names the genuine bank.
func TestAttackA27AgentIsCalledLikeTheBank(t *testing.T) {
	w, rival := twoBanks(t)
	victim := w.customer(both)
	for what, said := range map[string][3]string{ // name, role, department
		"its name":             {bankName, "Adviser", "Fraud team"},
		"a name like its":      {"ExampIe Bank", "Adviser", "Fraud team"}, // a capital i
		"its name as a role":   {otto, bankName, "Fraud team"},
		"its name in three":    {"Exam", "ple", "Bank team"},
		"its name in a team":   {otto, "Adviser", "Cards, " + bankName},
		"its name, possessive": {otto, "Adviser", bankName + "\u2019s team"},
		"its domain as a team": {otto, "Adviser", "www." + bankDomain},
	} {
		rival.newAgent(said[0], said[1], said[2]).isAmberTo(victim, what)
	}
	desk := w.agent(anna)
	if shown := victim.green(w, desk, "C-1"); shown.Bank.Name != bankName {
		t.Errorf("the genuine bank's call shows %+v", shown)
	}
	outcome(t, "A27", attacks.Stopped, "an agent, role or team that names another bank known here is never green, and is not answered")
}

// TestAttackA27ForgottenBankComesBack: the home's files are gone and the keyring
// is not, and while the genuine bank is forgotten the rival gets its name. The
// genuine bank's letter, or its words, must not make two banks of one name.
func TestAttackA27ForgottenBankComesBack(t *testing.T) {
	for _, renamed := range []bool{false, true} { // the genuine bank, meanwhile
		w := newWorld(t)
		h := w.houseOf("C-1")
		w.must(os.RemoveAll(h.dir))
		victim := w.customerAt(h)
		squatter := w.another(bankName, bankDomain)
		if got := victim.enrols(session.Enrolment{Ticket: squatter.customerTicket("V-1", phone1)}); got != "" {
			t.Fatalf("with all banks forgotten: %q", got)
		}
		if renamed { // it would be shown under the name that is pinned all the same
			w.renames("Exemplar", "exemplar.com")
		}
		letter, unchanged := session.Enrolment{Ticket: w.customerTicket("C-41", phone1)}, h.untouched(w)
		asAgent := w.agentAt(h)
		for how, enrols := range map[string]func() error{
			"as a customer": func() error { _, err := victim.Enrol(t.Context(), letter); return err },
			"as an agent": func() error {
				_, err := asAgent.Enrol(t.Context(), session.Enrolment{Ticket: w.agentTicket("Ewa Lis")})
				return err
			},
			"by words": func() error { _, err := victim.Pin(t.Context(), relayAddress, w.words()); return err },
		} {
			err := enrols()
			clash, ok := errors.AsType[*session.NameClash](err)
			if !ok || clash.Known.ID != squatter.id() || clash.New.ID != w.id() || clash.New.Name != bankName || clash.New.Domain != bankDomain {
				t.Errorf("the forgotten bank, %s: %v", how, err)
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
		victim.green(w, w.agent(anna), "C-41")
	}
	outcome(t, "A27", attacks.Stopped, "a bank that this home has forgotten is compared like a new one, by the name that it has and by those that are pinned")
}
