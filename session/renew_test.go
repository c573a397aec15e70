// These tests change what a bank has on file between calls: the companion gets
// a fresh credential and goes by what is on file now.

package session_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

const (
	oldPhone = "+48600700800"
	newPhone = "+48600700899"
)

// changes puts other numbers on file.
func (w *world) changes(ref string, phones ...string) {
	w.t.Helper()
	if err := w.server.Directory().ChangePhones(w.t.Context(), ref, phones); err != nil {
		w.t.Fatal(err)
	}
}

// holds reports whether the authority holds a customer.
func (w *world) holds(ref string) bool {
	w.t.Helper()
	c, err := w.server.Directory().Customer(w.t.Context(), ref)
	if err != nil {
		w.t.Fatal(err)
	}
	until, err := w.server.Directory().HoldUntil(w.t.Context(), c.Pseudonym)
	if err != nil {
		w.t.Fatal(err)
	}
	return !until.IsZero()
}

// isVerified lets the bank call the customer and wants a secure call.
func isVerified(t *testing.T, agent *session.Agent, ref string, customer *session.Customer) {
	t.Helper()
	a := agent.Call(t.Context(), bankCalls(ref))
	isGreen(t, a, customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code}))
}

func wantLines(t *testing.T, b session.Bank, want ...string) {
	t.Helper()
	if !slices.Equal(b.OwnLines, want) || !b.HoldUntil.IsZero() {
		t.Errorf("own lines %v, held until %v; want %v and no hold", b.OwnLines, b.HoldUntil, want)
	}
}

// TestChangedNumbersAreNoWrongNumber: the first genuine call after a change is
// verified, nothing is held or reported, and what was learned is kept: for the
// next start of the program, and for a check without the network.
func TestChangedNumbersAreNoWrongNumber(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent := w.agent("Anna Kowalska")
	home := session.Options{Dir: t.TempDir(), Store: vault.NewMemory(), Clock: w.clock}
	customer, err := session.OpenCustomer(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := customer.Enrol(t.Context(), session.Enrolment{Ticket: w.ticket("C-1", oldPhone)}); err != nil {
		t.Fatal(err)
	}
	w.changes("C-1", newPhone)
	isVerified(t, agent, "C-1", customer)
	wantLines(t, onlyBank(t, customer), "0899")
	if w.holds("C-1") {
		t.Error("the authority holds the customer")
	}

	w.server.Close()
	w.serve() // the change is on disk
	if customer, err = session.OpenCustomer(t.Context(), home); err != nil {
		t.Fatal(err)
	}
	wantLines(t, onlyBank(t, customer), "0899")
	a := agent.Call(t.Context(), bankCalls("C-1"))
	text := next[call.QRShown](t, a).Text
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, QRText: text, Offline: true})
	if out := next[call.VerdictGiven](t, c).Output; !slices.Equal(out.Reasons, []ending.Reason{ending.Offline}) {
		t.Errorf("without the network: %v", out.Reasons)
	}
	a.End()
	isVerified(t, agent, "C-1", customer)
}

// TestNumberTakenOffFileDoesNotCount: once a day the device learns what is on
// file, also where the old number would do.
func TestNumberTakenOffFileDoesNotCount(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", oldPhone)
	a := agent.Call(t.Context(), bankCalls("C-1"))
	code := next[call.CodeShown](t, a).Code
	w.changes("C-1", newPhone)
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: code})
	if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Verified {
		t.Errorf("within the day: %v", out.Reasons) // the limit that CP1 states
	}
	c.End()
	endsAs(t, c, ending.Cancelled)
	endsAs(t, a, ending.Cancelled)

	w.changes("C-1", oldPhone)
	w.clock.passes(24*time.Hour + time.Minute)
	a = agent.Call(t.Context(), bankCalls("C-1"))
	code = next[call.CodeShown](t, a).Code
	w.changes("C-1", newPhone)
	c = customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: code})
	if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Stopped || out.Report != ending.WrongNumber {
		t.Errorf("a number taken off file is %v %v", out.Result, out.Reasons)
	}
	endsAs(t, c, ending.WrongNumber)
	endsAs(t, a, ending.WrongNumber)
	known := onlyBank(t, customer)
	if !slices.Equal(known.OwnLines, []string{"0899"}) || known.HoldUntil.IsZero() || !w.holds("C-1") {
		t.Errorf("own lines %v, held until %v", known.OwnLines, known.HoldUntil)
	}
	isVerified(t, agent, "C-1", customer) // under the hold the bank may call the number that is on file now
}

func TestRevokedDeviceIsToldSoByItsRenewal(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", oldPhone)
	w.changes("C-1", newPhone)
	if _, err := w.server.Directory().RevokeCustomer(t.Context(), "C-1"); err != nil {
		t.Fatal(err)
	}
	a := agent.Call(t.Context(), bankCalls("C-1"))
	code := next[call.CodeShown](t, a).Code
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: code})
	if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Stopped || out.Report != "" {
		t.Errorf("%v %v, report %q", out.Result, out.Reasons, out.Report)
	}
	endsAs(t, c, ending.Revoked)
	if !onlyBank(t, customer).HoldUntil.IsZero() || w.holds("C-1") {
		t.Error("a revoked device began a hold")
	}
	a.End()
	endsAs(t, a, ending.Cancelled)
}

// TestEveryHomeAndEveryBankRenewsItsOwn: two devices of one customer, and two
// banks in one home. A bank that was sent another's renewal would not know the
// device.
func TestEveryHomeAndEveryBankRenewsItsOwn(t *testing.T) {
	ours := newWorld(t, "Example Bank")
	theirs := worldOf(t, bank.Options{Name: "Northern Trust", Domain: "northerntrust.example"})
	first, second := ours.customer("C-1", oldPhone), ours.customer("C-1", oldPhone)
	if _, err := first.Enrol(t.Context(), session.Enrolment{Ticket: theirs.ticket("C-7", "+48600711111")}); err != nil {
		t.Fatal(err)
	}
	known, err := first.Banks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string][16]byte{}
	for _, b := range known {
		ids[b.Name] = b.ID
	}
	ours.changes("C-1", newPhone)
	theirs.changes("C-7", "+48600722222")
	anna, jan := ours.agent("Anna Kowalska"), theirs.agent("Jan Nowak")
	for _, try := range []struct {
		agent    *session.Agent
		ref      string
		bank     string
		customer *session.Customer
	}{
		{anna, "C-1", "Example Bank", first}, {jan, "C-7", "Northern Trust", first}, {anna, "C-1", "", second}, {jan, "C-7", "Northern Trust", first},
	} {
		a := try.agent.Call(t.Context(), bankCalls(try.ref))
		c := try.customer.Verify(t.Context(), session.Verification{Bank: ids[try.bank], Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
		if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Verified {
			t.Errorf("%s: %v %v", try.bank, out.Result, out.Reasons)
		}
		c.End()
		endsAs(t, c, ending.Cancelled)
		endsAs(t, a, ending.Cancelled)
	}
	banks, err := first.Banks(t.Context())
	if err != nil || len(banks) != 2 {
		t.Fatalf("%d banks (%v)", len(banks), err)
	}
	for _, b := range banks {
		wantLines(t, b, map[string]string{"Example Bank": "0899", "Northern Trust": "2222"}[b.Name])
	}
}

// TestNewIssuerRenewsOnTheCallThatBringsIt: a bank that gives an issuer up gives
// up what it signed; its devices have a fresh credential by the same call.
func TestNewIssuerRenewsOnTheCallThatBringsIt(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", oldPhone)
	w.server.Close()
	w.newKeyOf(trust.RoleIssuer, "issuer.pem")
	w.serve()
	isVerified(t, agent, "C-1", customer)
	if known := onlyBank(t, customer); known.Version != 2 {
		t.Errorf("bundle %d", known.Version)
	}
	wantLines(t, onlyBank(t, customer), "0800")
	isVerified(t, agent, "C-1", customer)
}

// TestDiskThatTakesNothing: the fresh credential counts for the call all the
// same, and the next call asks again.
func TestDiskThatTakesNothing(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, dir := w.agent("Anna Kowalska"), t.TempDir()
	customer, err := session.OpenCustomer(t.Context(), session.Options{Dir: dir, Store: vault.NewMemory(), Clock: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := customer.Enrol(t.Context(), session.Enrolment{Ticket: w.ticket("C-1", oldPhone)}); err != nil {
		t.Fatal(err)
	}
	w.changes("C-1", newPhone)
	lock := filepath.Join(dir, "banks", "lock")
	for _, step := range []func() error{func() error { return os.Remove(lock) }, func() error { return os.Mkdir(lock, 0o700) }} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	isVerified(t, agent, "C-1", customer)
	wantLines(t, onlyBank(t, customer), "0800")
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	isVerified(t, agent, "C-1", customer)
	wantLines(t, onlyBank(t, customer), "0899")
}

// TestGuestRenewsNothing, and is answered as before.
func TestGuestRenewsNothing(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, known := w.agent("Anna Kowalska"), w.customer("C-1", oldPhone)
	guest := guestOf(t, w, known)
	w.ticket("C-2", newPhone)
	a := agent.Call(t.Context(), bankCalls("C-2"))
	c := guest.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
	if out := next[call.VerdictGiven](t, c).Output; !slices.Equal(out.Reasons, []ending.Reason{ending.Guest}) || out.Renew || out.Core.Direction != offer.BankCalled {
		t.Errorf("%v %v", out.Result, out.Reasons)
	}
	c.End()
	endsAs(t, c, ending.Cancelled)
	endsAs(t, a, ending.Cancelled)
}
