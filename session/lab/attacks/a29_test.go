// A29: an enrolment or an update is cut off, the disk or the keyring is full, a
// pin or a record is damaged, or put in another's place. With several banks on
// one computer none may then speak for another, nothing half done may count, and
// the way out is a letter of the bank or its removal.

package attacks_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/bank/ledger"
	"countersign/session/bank/server"
	"countersign/session/computer/vault"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
)

// brittle is a keyring that keeps so many changes and then none, as after a
// power cut. It counts what was asked of it.
type brittle struct {
	vault.Store
	mu    sync.Mutex
	left  int
	asked int
}

var errFull = errors.New("no space left")

func (b *brittle) spend() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asked++; b.asked > b.left {
		return errFull
	}
	return nil
}

func (b *brittle) Set(ctx context.Context, item string, secret []byte) error {
	if err := b.spend(); err != nil {
		return err
	}
	return b.Store.Set(ctx, item, secret)
}

func (b *brittle) Delete(ctx context.Context, item string) error {
	if err := b.spend(); err != nil {
		return err
	}
	return b.Store.Delete(ctx, item)
}

// onStore is a customer's program whose keyring is another one than the home's.
func (w *world) onStore(h house, store vault.Store) *phone {
	w.Helper()
	o := w.options(h)
	o.Store = store
	c, err := session.OpenCustomer(w.Context(), o)
	w.must(err)
	return &phone{c, w, h}
}

// cutOff lets an enrolment keep 0, 1, 2 ... changes of the keyring, each time in
// a fresh home, until it is whole; after judges what is left, and then the same
// letter makes it whole.
func (w *world) cutOff(from string, ticket func() string, after func(p *phone, kept int)) {
	w.Helper()
	for kept := 0; ; kept++ {
		h, letter := w.houseOf(from), ticket()
		store := &brittle{Store: h.keyring, left: kept}
		switch got := w.onStore(h, store).enrols(session.Enrolment{Ticket: letter}); {
		case got == "" && kept < 2:
			w.Fatalf("an enrolment asks the keyring %d times: nothing was cut off", store.asked)
		case got == "":
			return
		case got != ending.NoKeyring:
			w.Errorf("cut off after %d changes: %q", kept, got)
		}
		p := w.customerAt(h)
		after(p, kept)
		if got := p.enrols(session.Enrolment{Ticket: letter}); got != "" {
			w.Errorf("cut off after %d changes, the same letter again: %q", kept, got)
		}
	}
}

// TestAttackA29EnrolmentCutOff: the second bank's enrolment ends at each change.
func TestAttackA29EnrolmentCutOff(t *testing.T) {
	w, rival := twoBanks(t)
	desk := w.agent(anna)
	number := 0
	w.cutOff("C-1", func() string {
		number++
		return rival.customerTicket("V-5"+string(rune('0'+number)), phone1)
	}, func(p *phone, kept int) {
		if n := p.knows(); n != 1 {
			t.Errorf("cut off after %d changes, %d banks are known", kept, n)
		}
		// Nobody has to pick a bank where only one counts.
		agent := desk.dials("C-1")
		secured(agent, p.types(agent.code(), theyCalled))
		agent.End()
		agent.ends(ending.Completed)
	})
	outcome(t, "A29", attacks.Stopped, "an enrolment cut off at any change leaves one bank, whose calls are green")
}

// TestAttackA29EnrolmentAgainCutOff: so does one with the bank that is known. The
// enrolment that there was serves until the new one is whole.
func TestAttackA29EnrolmentAgainCutOff(t *testing.T) {
	w := newWorld(t)
	desk := w.agent(anna)
	green := func(p *phone) {
		t.Helper()
		agent := desk.dials("C-1")
		secured(agent, p.types(agent.code(), theyCalled))
		agent.End()
		agent.ends(ending.Completed)
	}
	w.cutOff("C-1", func() string { return w.customerTicket("C-1", phone1) }, func(p *phone, kept int) {
		green(p)
	})
	// Whole, the key of before is in the keyring no more: what is left of the
	// change that failed is only that.
	h := w.houseOf("C-1")
	before := keysIn(w, h)
	again := w.customerAt(h)
	if got := again.enrols(session.Enrolment{Ticket: w.customerTicket("C-1", phone1)}); got != "" {
		t.Fatalf("enrolled again: %q", got)
	}
	if after := keysIn(w, h); len(before) != 1 || len(after) != 1 || before[0] == after[0] {
		t.Errorf("the keyring had the keys %v, then %v", before, after)
	}
	green(again)
	outcome(t, "A29", attacks.Stopped, "cut off while the bank is enrolled with again, a call is green all the same, and the same letter goes on")
}

// keysIn are the names of a home's private keys in its keyring.
func keysIn(w *world, h house) (names []string) {
	w.Helper()
	h.keyring.mu.Lock()
	defer h.keyring.mu.Unlock()
	for item := range h.keyring.items {
		if strings.HasPrefix(item, "key/") {
			names = append(names, item)
		}
	}
	return names
}

// TestAttackA29AnswerLost: somebody in the middle, or bad luck, lets the proof
// through and nothing come back. The letter is not burnt.
func TestAttackA29AnswerLost(t *testing.T) {
	w := newWorld(t)
	letter := w.customerTicket("C-60", phone1)
	lost := func(do func(*adversary.Message)) {
		answers := 0
		w.relay.On(adversary.AnswerTo("cp1.enrol"), func(m *adversary.Message) {
			if answers++; answers == 3 { // after hello and the bundles
				do(m)
				return
			}
			m.Send()
		})
	}
	p := w.stranger()
	for name, do := range map[string]func(*adversary.Message){
		"the line is cut": func(*adversary.Message) { w.relay.Cut() },
		"a false bundle": func(m *adversary.Message) {
			adversary.EditAnswer(m, func(a *relay.EnrolProveAnswer) { a.Bundles = nil })
			m.Send()
		},
		"a credential too short": func(m *adversary.Message) {
			adversary.EditAnswer(m, func(a *relay.EnrolProveAnswer) { a.Credential = a.Credential[1:] })
			m.Send()
		},
		"a false busy": func(m *adversary.Message) { m.Data = wire.Marshal(relay.Answer{Reason: ending.Busy}); m.Send() },
	} {
		lost(do)
		if got := p.enrols(session.Enrolment{Ticket: letter}); got == "" {
			t.Errorf("%s: enrolled all the same", name)
		}
		p.knowsNobody()
	}
	w.relay.Honest()
	if got := w.stranger().enrols(session.Enrolment{Ticket: letter}); got != ending.TicketUsed {
		t.Errorf("another computer in between: %q", got)
	}
	if got := p.enrols(session.Enrolment{Ticket: letter}); got != "" {
		t.Errorf("the same letter again: %q", got)
	}
	p.green(w, w.agent(anna), "C-60")
	c, err := w.server.Directory().Customer(t.Context(), "C-60")
	w.must(err)
	if len(c.Devices) != 1 {
		t.Fatalf("%d devices are on file", len(c.Devices))
	}
	// The device is revoked: its letter brings nothing back.
	w.must(w.server.Directory().RevokeDevice(t.Context(), c.Devices[0].ID))
	if got := p.enrols(session.Enrolment{Ticket: letter}); got != ending.Revoked {
		t.Errorf("the letter of a revoked device: %q", got)
	}
	outcome(t, "A29", attacks.Stopped, "an answer that is lost or spoiled burns no letter: the same computer gets it again, no other does")
}

// TestAttackA29TwoHonestAtOnce: two programs on one home enrol with two honest
// banks at the same moment: neither takes the other's key.
func TestAttackA29TwoHonestAtOnce(t *testing.T) {
	w := newWorld(t)
	h, other := house{w.TempDir(), newKeyring()}, w.another("Other Bank", "otherbank.com")
	if reasons := w.atOnce(h, h.keyring, func() {}, w, other); !slices.Equal(reasons, []ending.Reason{"", ""}) {
		t.Fatalf("the two ended %q", reasons)
	}
	if one, two := w.stolenKey(h, "customer"), other.stolenKey(h, "customer"); one.Equal(two) {
		t.Error("two banks know the device by one key")
	}
	w.customerAt(h).green(w, w.agent(anna), "C-40")
	outcome(t, "A29", attacks.Stopped, "two enrolments at the same moment each keep a key of their own")
}

// TestAttackA29UpdateCutOff: a bundle arrives while the keyring, or the disk,
// keeps nothing, twice, with another one each time.
func TestAttackA29UpdateCutOff(t *testing.T) {
	w, rival := twoBanks(t)
	h := w.houseOf(both)
	agent := rival.agentAt(rival.houseOf(otto))
	store := &brittle{Store: h.keyring}
	full := w.onStore(h, store)
	banks := filepath.Join(h.dir, "banks")
	for _, disk := range []bool{false, true, false} {
		rival.renames("Helpful Friends", "")
		side := agent.dials("V-1")
		code := side.code()
		broken := full
		if disk { // what lies on it cannot be changed, and the keyring could
			broken = w.customerAt(h)
			rival.relay.On(adversary.AnswerTo("cp1.lookup"), func(m *adversary.Message) {
				w.must(os.Rename(banks, banks+".away"))
				w.must(os.WriteFile(banks, nil, 0o600))
				m.Send()
			})
		}
		customer := broken.asks(rival, code)
		customer.ends(ending.NoKeyring)
		if told[call.VerdictGiven](customer) {
			t.Errorf("disk %t: there was a verdict on a bundle that was not kept", disk)
		}
		if disk {
			rival.relay.Honest()
			w.must(os.Remove(banks))
			w.must(os.Rename(banks+".away", banks))
		}
		if known := w.customerAt(h).known(rival); known.Name != rivalName || known.Version != 1 {
			t.Errorf("disk %t: %q of version %d is in force", disk, known.Name, known.Version)
		}
		side.End()
		side.ends(ending.Cancelled)
	}
	if shown := w.customerAt(h).green(w, w.agent(anna), "C-1"); shown.Bank.Name != bankName {
		t.Errorf("the neighbour's call shows %+v", shown)
	}
	whole := w.customerAt(h)
	whole.green(rival, agent, "V-1")
	if shown := whole.green(rival, agent, "V-1"); shown.Bank.Name != "Helpful Friends" || shown.Bank.FormerName != rivalName {
		t.Errorf("with room again the screen shows %+v", shown)
	}
	outcome(t, "A29", attacks.Stopped, "an update that cannot be kept ends as no_keyring, what was in force stays, and the next call brings it")
}

// pinItem is where a keyring has the pin of a bank.
func pinItem(of *world) string {
	id := of.id()
	return "pin/" + hex.EncodeToString(id[:])
}

// TestAttackA29DamagedBank: bits of one bank's pin or record turn, or they are
// put in another bank's place. That bank says nothing any more, the other one
// goes on, and nothing is taken for anything else.
func TestAttackA29DamagedBank(t *testing.T) {
	w, rival := twoBanks(t)
	desk := w.agent(anna)
	agent := desk.dials("C-1")
	code, picture := agent.code(), agent.picture()
	turned := func(data []byte, at int) []byte {
		data = bytes.Clone(data)
		data[at] ^= 1
		return data
	}
	file := func(h house, of *world) string {
		id := of.id()
		return filepath.Join(h.dir, "banks", "customer-"+hex.EncodeToString(id[:])+".sealed")
	}
	damages := map[string]func(h house, of, other *world){
		"the other's pin": func(h house, of, other *world) { h.keyring.items[pinItem(of)] = h.keyring.items[pinItem(other)] },
		"the other's record": func(h house, of, other *world) {
			w.must(os.WriteFile(file(h, of), h.sealedFiles(w)[file(h, other)], 0o600))
		},
		"an empty pin":    func(h house, of, _ *world) { h.keyring.items[pinItem(of)] = nil },
		"an empty record": func(h house, of, _ *world) { w.must(os.WriteFile(file(h, of), nil, 0o600)) },
	}
	pin := w.houseOf(both).keyring.items[pinItem(w)]
	if at := bytes.Index(pin, []byte(bankName)); at > 0 {
		damages["a letter of the pin's name"] = func(h house, of, _ *world) { h.keyring.items[pinItem(of)] = turned(h.keyring.items[pinItem(of)], at) }
	}
	for name, part := range map[string]int{"the middle of ": 2, "the end of ": 1} {
		damages[name+"the pin"] = func(h house, of, _ *world) {
			h.keyring.items[pinItem(of)] = turned(h.keyring.items[pinItem(of)], len(h.keyring.items[pinItem(of)])/part-1)
		}
		damages[name+"the record"] = func(h house, of, _ *world) {
			data := h.sealedFiles(w)[file(h, of)]
			w.must(os.WriteFile(file(h, of), turned(data, len(data)/part-1), 0o600))
		}
	}
	fails := func(p *phone, what string, v session.Verification) {
		t.Helper()
		v.Answers = theyCalled
		customer := p.checks(v)
		want := ending.UnknownBank // another bank is there, and nothing says that it is meant
		if v.Bank == w.id() && !v.Offline {
			want = ending.NoKeyring
		}
		customer.ends(want)
		if green(customer) || told[call.ReadbackShown](customer) {
			t.Errorf("%s: the check went on", what)
		}
		if verdict, ok := first[call.VerdictGiven](customer); ok && verdict.Output.Shown().Bank.Name != "" {
			t.Errorf("%s: the screen shows %+v", what, verdict.Output.Shown())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(damages)) {
		h := w.houseOf(both)
		damages[name](h, w, rival)
		p := w.customerAt(h)
		for what, v := range map[string]session.Verification{
			"by code": {Code: code, Bank: w.id()}, "by code, no bank picked": {Code: code},
			"by picture, no bank picked": {QRText: picture}, "offline": {QRText: picture, Offline: true},
		} {
			fails(p, name+", "+what, v)
		}
		// Removing it, or a letter of the bank, is the way out.
		if strings.Contains(name, "pin") {
			if got := p.enrols(session.Enrolment{Ticket: w.customerTicket("C-1", phone1)}); got != "" {
				t.Errorf("%s: a letter of the bank: %q", name, got)
			}
			if known := p.known(w); known.Name != bankName || known.Domain != bankDomain {
				t.Errorf("%s: afterwards it is %+v", name, known.Naming)
			}
		} else if err := p.Remove(t.Context(), w.id()); err != nil {
			t.Errorf("%s: removing the bank: %v", name, err)
		}

		// A damaged neighbour does not keep people from their own bank.
		h = w.houseOf(both)
		damages[name](h, rival, w)
		p = w.customerAt(h)
		fails(p, name+" of the neighbour, no bank picked", session.Verification{Code: code})
		fails(p, name+" of the neighbour, offline", session.Verification{QRText: picture, Offline: true, Bank: w.id()})
		customer := p.asks(w, code)
		if shown := next[call.VerdictGiven](customer).Output.Shown(); shown.Result != verdict.Verified || shown.Bank.Name != bankName {
			t.Errorf("%s of the neighbour: the screen shows %+v", name, shown)
		}
		opened(agent, customer)
		customer.End()
		customer.ends(ending.Cancelled)
		agent.ends(ending.Cancelled)
		agent = desk.dials("C-1")
		code, picture = agent.code(), agent.picture()
	}
	outcome(t, "A29", attacks.Stopped, "a damaged or exchanged pin or record is a fault of this computer by name; no other bank speaks in its place")
}

// TestAttackA29DamageElsewhereHidesNobody: the pin of a third bank is damaged,
// and the rival's agent is called like the genuine bank, whose pin is whole.
func TestAttackA29DamageElsewhereHidesNobody(t *testing.T) {
	w, rival := twoBanks(t)
	third := w.another("Northern Trust", "northern.example")
	h := w.houseOf(both)
	victim := w.customerAt(h)
	if got := victim.enrols(session.Enrolment{Ticket: third.customerTicket("N-1", phone1)}); got != "" {
		t.Fatalf("enrolling with a third bank: %q", got)
	}
	h.keyring.items[pinItem(third)] = nil
	rival.newAgent(bankName, "Adviser", "Fraud team").isAmberTo(victim, "with a third bank's pin damaged")
	outcome(t, "A29", attacks.Stopped, "where one bank's pin is damaged, an agent who names another bank is amber all the same")
}

// TestAttackA29DamagedStore: an agent is revoked, the last act of all; then a byte
// turns in the bank's store, or its end is cut off, or the store of yesterday is
// put beside the head of today. The agent is never good again.
func TestAttackA29DamagedStore(t *testing.T) {
	w := newWorld(t)
	store := bank.StoreFolder(w.dir)
	yesterday := filepath.Join(t.TempDir(), "yesterday")
	w.restart(func() { w.must(copyFolder(yesterday, store)) })
	w.must(w.server.Directory().RevokeAgent(t.Context(), town.given[jan].AgentID))
	today := filepath.Join(t.TempDir(), "today")
	w.restart(func() {
		w.must(copyFolder(today, store))
		for what, damage := range map[string]func(block []byte) []byte{
			"a byte turned": func(b []byte) []byte { b[len(b)-20] ^= 1; return b },
			"cut off":       func(b []byte) []byte { return b[:len(b)-1] },
			"yesterday's":   nil,
		} {
			w.must(os.RemoveAll(store))
			w.must(copyFolder(store, map[bool]string{true: yesterday, false: today}[damage == nil]))
			blocks, err := filepath.Glob(filepath.Join(store, "jetstream", "*", "streams", "*", "msgs", "*.blk"))
			w.must(err)
			newest := blocks[len(blocks)-1]
			data, err := os.ReadFile(newest)
			w.must(err)
			if damage != nil {
				data = damage(data)
				w.must(os.WriteFile(newest, data, 0o600))
			}
			started, err := server.Start(t.Context(), server.Options{Dir: w.dir, Listen: "127.0.0.1:0", Now: w.clock.Now})
			if err == nil {
				started.Close()
			}
			if !errors.Is(err, ledger.ErrDamaged) {
				t.Errorf("%s: the bank's server starts (%v)", what, err)
			}
			if after, err := os.ReadFile(newest); err != nil || !bytes.Equal(after, data) {
				t.Errorf("%s: the refused start changed the store (%v)", what, err)
			}
		}
		w.must(os.RemoveAll(store))
		w.must(copyFolder(store, today))
	})
	w.agent(jan).dials("C-2").ends(ending.Revoked)
	// The power fails while the head is written: the other half of it will do.
	for half := range int64(2) {
		w.restart(func() {
			head, err := os.OpenFile(bank.HeadFile(w.dir), os.O_WRONLY, 0)
			w.must(err)
			_, err = head.WriteAt([]byte("torn"), half*4096+20)
			w.must(errors.Join(err, head.Close()))
		})
		w.must(w.server.Directory().ChangePhones(t.Context(), "C-3", []string{phone1})) // makes it whole
	}
	w.agent(jan).dials("C-2").ends(ending.Revoked)
	outcome(t, "A29", attacks.Stopped, "a store that does not hold what was acknowledged is refused, and nothing in it is changed")
}

// TestAttackA29FullDisk: the bank's disk is full when a customer stops a call. What
// cannot be kept is refused, the call ends, and the fraudster who rings again
// meets the hold. With space again all goes on; a server is not started without.
func TestAttackA29FullDisk(t *testing.T) {
	w := newWorld(t)
	var space atomic.Uint64
	space.Store(1 << 40)
	w.free = func(string) (uint64, error) { return space.Load(), nil }
	w.restart(func() {})
	agent := w.agent(anna).isRung("C-1")
	space.Store(0)
	w.customer("C-1").types(agent.code(), theyCalled).ends(ending.WrongDirection)
	agent.ends(ending.WrongDirection)
	w.agent(anna).isRung("C-1").ends(ending.OnHold)
	revoke := func() error { return w.server.Directory().RevokeAgent(t.Context(), town.given[jan].AgentID) }
	if err := revoke(); ending.Of(err, "") != ending.Busy || !strings.Contains(err.Error(), "disk_full") {
		t.Errorf("a revocation that cannot be kept: %v", err)
	}
	w.restart(func() {
		started, err := server.Start(t.Context(), server.Options{Dir: w.dir, Listen: "127.0.0.1:0", Now: w.clock.Now, Free: w.free})
		if err == nil {
			started.Close()
			t.Error("the bank's server starts on a full disk")
		}
		space.Store(1 << 40)
	})
	w.must(revoke())
	w.agent(jan).dials("C-2").ends(ending.Revoked)
	outcome(t, "A29", attacks.Stopped, "on a full disk nothing is done that could not be kept, and a stop holds all the same")
}
