// These tests run agents and customers against the real server in this
// process, with secrets in memory. The same with real processes and keyrings
// is in app/tests/e2e.

package session_test

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/bank/server"
	"countersign/session/computer/vault"
	"countersign/session/lab/vectors"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// world is a bank with a running server. Everybody in it has the same clock.
type world struct {
	t      *testing.T
	dir    string
	server *server.Server
	clock  *ahead
}

// ahead is a clock some time ahead of the computer's. It implements session.Clock.
type ahead struct{ by atomic.Int64 }

func (a *ahead) Now() time.Time { return time.Now().Add(time.Duration(a.by.Load())) }

func (a *ahead) AfterFunc(d time.Duration, f func()) func() {
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}

// passes lets time pass, without its timers.
func (a *ahead) passes(d time.Duration) { a.by.Add(int64(d)) }

func newWorld(t *testing.T, name string) *world {
	t.Helper()
	return worldOf(t, bank.Options{Name: name})
}

// worldOf is newWorld for a bank with more options than a name.
func worldOf(t *testing.T, o bank.Options) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir() + "/bank", clock: new(ahead)}
	if o.Domain == "" {
		o.Domain = "examplebank.com"
	}
	if o.Lines == nil {
		o.Lines = []string{"+48221112233"}
	}
	o.Relay, o.Now = "tls://"+freeAddress(t), time.Now()
	if err := bank.Init(w.dir, o); err != nil {
		t.Fatal(err)
	}
	w.serve()
	return w
}

func (w *world) serve() {
	w.t.Helper()
	s, err := server.Start(w.t.Context(), server.Options{Dir: w.dir, Now: w.clock.Now})
	if err != nil {
		w.t.Fatal(err)
	}
	w.server = s
	w.t.Cleanup(s.Close)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (w *world) agent(name string) *session.Agent {
	w.t.Helper()
	a, err := session.OpenAgent(w.t.Context(), session.Options{Dir: w.t.TempDir(), Store: vault.NewMemory(), Clock: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	w.enrols(a, name)
	return a
}

// enrols gives an agent's program a ticket and returns the address of the
// second factor, where the bank asks for one.
func (w *world) enrols(a *session.Agent, name string) (authenticator string) {
	w.t.Helper()
	ticket, _, err := w.server.Directory().AddAgent(w.t.Context(), name, "Adviser", "Fraud team")
	if err != nil {
		w.t.Fatal(err)
	}
	known, err := a.Enrol(w.t.Context(), session.Enrolment{Ticket: ticket.String()})
	if err != nil {
		w.t.Fatal(err)
	}
	return known.Authenticator
}

func (w *world) ticket(ref, phone string) string {
	w.t.Helper()
	ticket, _, err := w.server.Directory().AddCustomer(w.t.Context(), ref, []string{phone})
	if err != nil {
		w.t.Fatal(err)
	}
	return ticket.String()
}

func emptyCustomer(t *testing.T) (*session.Customer, vault.Store) {
	t.Helper()
	store := vault.NewMemory()
	c, err := session.OpenCustomer(t.Context(), session.Options{Dir: t.TempDir(), Store: store})
	if err != nil {
		t.Fatal(err)
	}
	return c, store
}

func (w *world) customer(ref, phone string) *session.Customer {
	w.t.Helper()
	c, err := session.OpenCustomer(w.t.Context(), session.Options{Dir: w.t.TempDir(), Store: vault.NewMemory(), Clock: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := c.Enrol(w.t.Context(), session.Enrolment{Ticket: w.ticket(ref, phone)}); err != nil {
		w.t.Fatal(err)
	}
	return c
}

// next waits for the next event of a kind and returns it, passing over others.
func next[E call.Event](t *testing.T, c *session.Call) E {
	t.Helper()
	for {
		select {
		case e, open := <-c.Events():
			if wanted, ok := e.(E); ok {
				return wanted
			}
			if ended, ok := e.(call.EndedEvent); ok || !open {
				var wanted E
				t.Fatalf("ended %q while waiting for %T", ended.Reason, wanted)
			}
		case <-time.After(20 * time.Second):
			var wanted E
			t.Fatalf("no %T within 20 seconds", wanted)
		}
	}
}

func endsAs(t *testing.T, c *session.Call, want ending.Reason) {
	t.Helper()
	if got := next[call.EndedEvent](t, c).Reason; got != want {
		t.Errorf("ended %q, want %q", got, want)
	}
	if e, open := <-c.Events(); open {
		t.Errorf("%T after the ending", e)
	}
}

// becomesSecure has the digits read back that the customer is shown.
func becomesSecure(t *testing.T, a, c *session.Call) {
	t.Helper()
	a.Readback(next[call.ReadbackShown](t, c).Code)
	next[call.Secured](t, a)
	next[call.Secured](t, c)
}

// isGreen wants a green verdict, goes on with the call, and ends it.
func isGreen(t *testing.T, a, c *session.Call) {
	t.Helper()
	if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Verified {
		t.Errorf("%v %v", out.Result, out.Reasons)
	}
	becomesSecure(t, a, c)
	c.End()
	endsAs(t, c, ending.Completed)
	endsAs(t, a, ending.Completed)
}

var (
	theyCalled = offer.Answers{How: offer.TheyCalled}
	iCalled    = offer.Answers{How: offer.ICalled}
)

func bankCalls(ref string) session.Offering {
	return session.Offering{Direction: offer.BankCalled, Customer: ref, Purpose: trust.CardPayment}
}

func TestCallFromCodeToCompleted(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")

	a := agent.Call(t.Context(), bankCalls("C-1"))
	code := next[call.CodeShown](t, a).Code
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: offer.Groups(code)})

	shown := next[call.VerdictGiven](t, c).Output.Shown()
	if shown.Result != verdict.Verified || shown.Name != "Anna Kowalska" || shown.Bank.Name != "Example Bank" || shown.Bank.Domain != "examplebank.com" {
		t.Errorf("verdict %+v", shown)
	}
	digits := next[call.ReadbackShown](t, c).Code
	next[call.Opened](t, a)
	a.Say("too early")
	if alert := next[call.AlertEvent](t, a); alert.Key != call.AlertNotYet {
		t.Errorf("alert %q", alert.Key)
	}
	for _, slip := range []string{"12", digits[:5], digits + "0", digits[:5] + "o"} {
		a.Readback(slip) // no try: three of them would end the call
		if alert := next[call.AlertEvent](t, a); alert.Key != call.AlertReadback {
			t.Errorf("%q: alert %q", slip, alert.Key)
		}
	}
	a.Readback(other(digits))
	if wrong := next[call.ReadbackWrong](t, a); wrong.TriesLeft != 2 {
		t.Errorf("%d tries left", wrong.TriesLeft)
	}
	a.Readback(digits[:2] + " - " + digits[2:4] + "\u2013" + digits[4:] + ".")
	next[call.Secured](t, a)
	next[call.Secured](t, c)
	for _, text := range []string{"first", "second", "zażółć"} {
		a.Say(text)
		c.Say(text)
	}
	for _, text := range []string{"first", "second", "zażółć"} {
		if got := next[call.Message](t, c).Text; got != text {
			t.Errorf("customer read %q, want %q", got, text)
		}
		if got := next[call.Message](t, a).Text; got != text {
			t.Errorf("agent read %q, want %q", got, text)
		}
	}
	c.End()
	endsAs(t, c, ending.Completed)
	endsAs(t, a, ending.Completed)

	// The same code again, with the same answers: it is used up.
	c = customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: code})
	endsAs(t, c, ending.UsedCode)
}

// TestMoreCallsThanARecordHolds: a device completes more calls within six minutes
// than its record can name, and none of them breaks the home.
func TestMoreCallsThanARecordHolds(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	for range 258 {
		a := agent.Call(t.Context(), bankCalls("C-1"))
		c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
		a.Readback(next[call.ReadbackShown](t, c).Code)
		next[call.Secured](t, c)
		next[call.Secured](t, a)
		c.End()
		endsAs(t, c, ending.Completed)
		endsAs(t, a, ending.Completed)
		w.clock.passes(1300 * time.Millisecond)
	}
	if known, err := customer.Banks(t.Context()); err != nil || len(known) != 1 || known[0].Fault != "" {
		t.Errorf("after the calls: %+v (%v)", known, err)
	}
}

// other returns six digits that are not these.
func other(digits string) string {
	if strings.HasPrefix(digits, "0") {
		return "1" + digits[1:]
	}
	return "0" + digits[1:]
}

// TestEveryVerificationReadsTheKeyring removes the pin between two checks, as
// another program could: the bank is unknown at once.
func TestEveryVerificationReadsTheKeyring(t *testing.T) {
	w := newWorld(t, "Example Bank")
	customer, store := emptyCustomer(t)
	known, err := customer.Enrol(t.Context(), session.Enrolment{Ticket: w.ticket("C-1", "+48600700800")})
	if err != nil {
		t.Fatal(err)
	}
	a := w.agent("Anna Kowalska").Call(t.Context(), bankCalls("C-1"))
	code := next[call.CodeShown](t, a).Code
	if err := vault.New(store).DeletePin(t.Context(), known.ID); err != nil {
		t.Fatal(err)
	}
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: code})
	if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Stopped {
		t.Errorf("verdict %v without the bank's key", out.Result)
	}
	endsAs(t, c, ending.UnknownBank)
	a.End()
	endsAs(t, a, ending.Cancelled)
}

// TestTwoLegRelay: the fraudster rings the bank as the customer and the
// customer as the bank. The customer's answer stops it, the agent learns why,
// and neither a new code nor other answers start another call; the bank's own
// call to the number on file does.
func TestTwoLegRelay(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	relayed := session.Offering{Direction: offer.CustomerCalled, Customer: "C-1", Purpose: trust.Transfer}

	a := agent.Call(t.Context(), relayed)
	code := next[call.CodeShown](t, a).Code
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: code})
	out := next[call.VerdictGiven](t, c).Output
	if shown := out.Shown(); out.Result != verdict.Stopped || shown.Name != "" || shown.Bank.Name != "" || shown.Direction != 0 || shown.Purpose != 0 {
		t.Errorf("a stopped verdict shows %+v", shown)
	}
	endsAs(t, c, ending.WrongDirection)
	endsAs(t, a, ending.WrongDirection)

	// The authority's hold: the agent cannot even make the second offer.
	endsAs(t, agent.Call(t.Context(), relayed), ending.OnHold)

	// The bank dials the number on file: that works, hold or not.
	a = agent.Call(t.Context(), bankCalls("C-1"))
	code = next[call.CodeShown](t, a).Code
	// A coached customer who now says "I dialled" is stopped once more.
	c = customer.Verify(t.Context(), session.Verification{Answers: iCalled, Code: code})
	endsAs(t, c, ending.WrongDirection)
	endsAs(t, a, ending.WrongDirection)
	a = agent.Call(t.Context(), bankCalls("C-1"))
	c = customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
	if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Verified {
		t.Errorf("the bank's own call to the number on file: %v %v", out.Result, out.Reasons)
	}
	c.End()
	endsAs(t, c, ending.Cancelled)
	endsAs(t, a, ending.Cancelled)
}

func TestWrongCheckDigitNeedsNoServer(t *testing.T) {
	w := newWorld(t, "Example Bank")
	customer := w.customer("C-1", "+48600700800")
	w.server.Close()
	endsAs(t, customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: "123 456 788"}), ending.WrongCheckDigit)
	endsAs(t, customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: "12"}), ending.NotACode)
	endsAs(t, customer.Verify(t.Context(), session.Verification{Answers: theyCalled, QRText: "https://example.com"}), ending.NotACode)
}

// TestAFrameThatBreaksARuleNeedsNoServer: nothing is looked up for a frame whose
// credential or core nobody can have signed, whichever bank it names.
func TestAFrameThatBreaksARuleNeedsNoServer(t *testing.T) {
	w := newWorld(t, "Example Bank")
	customer := w.customer("C-1", "+48600700800")
	w.server.Close()
	for _, name := range []string{"offline verdict of a frame with a credential for 9 hours", "offline verdict of a frame with a third direction"} {
		text := invalidText(t, name)
		for _, offline := range []bool{false, true} {
			endsAs(t, customer.Verify(t.Context(), session.Verification{Answers: theyCalled, QRText: text, Offline: offline}), ending.Forged)
		}
		endsAs(t, customer.Verify(t.Context(), session.Verification{Answers: theyCalled, QRText: text, Code: "123 456 787"}), ending.NotACode)
	}
}

// invalidText is the QR text of an invalid vector.
func invalidText(t *testing.T, name string) string {
	t.Helper()
	files, err := vectors.ReadAll(os.DirFS("protocol/testdata/cp1"))
	if err != nil {
		t.Fatal(err)
	}
	var change struct {
		Text string `json:"qr_text"`
	}
	for _, i := range files["invalid.json"].Invalid {
		if i.Name == name {
			if err := json.Unmarshal(i.Change, &change); err != nil || change.Text == "" {
				t.Fatal(name, err)
			}
			return change.Text
		}
	}
	t.Fatalf("no invalid vector %q", name)
	return ""
}

func TestQROfAnotherBank(t *testing.T) {
	ours, theirs := newWorld(t, "Example Bank"), newWorld(t, "Northern Trust")
	customer := ours.customer("C-1", "+48600700800")
	theirs.customer("C-1", "+48600700800")
	a := theirs.agent("Anna Kowalska").Call(t.Context(), bankCalls("C-1"))
	text := next[call.QRShown](t, a).Text
	endsAs(t, customer.Verify(t.Context(), session.Verification{Answers: theyCalled, QRText: text}), ending.UnknownBank)
	a.End()
	endsAs(t, a, ending.Cancelled)
}

func TestOfferForAnotherCustomerStartsNoHold(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, mine := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	w.customer("C-2", "+48600700900")
	a := agent.Call(t.Context(), bankCalls("C-2"))
	code := next[call.CodeShown](t, a).Code
	endsAs(t, mine.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: code}), ending.NotForYou)
	a.End()
	endsAs(t, a, ending.Cancelled)

	calledIn := session.Offering{Direction: offer.CustomerCalled, Customer: "C-1", Purpose: trust.Transfer}
	a = agent.Call(t.Context(), calledIn)
	c := mine.Verify(t.Context(), session.Verification{Answers: iCalled, Code: next[call.CodeShown](t, a).Code})
	if out := next[call.VerdictGiven](t, c).Output; out.Result != verdict.Verified {
		t.Errorf("after not_for_you the next call is %v %v", out.Result, out.Reasons)
	}
	c.Wrong()
	endsAs(t, c, ending.Reported)
	endsAs(t, a, ending.Reported)
	endsAs(t, agent.Call(t.Context(), calledIn), ending.OnHold)
}

func TestGuest(t *testing.T) {
	w := newWorld(t, "Example Bank")
	enrolled := w.customer("C-1", "+48600700800")
	banks, err := enrolled.Banks(t.Context())
	if err != nil || len(banks) != 1 {
		t.Fatal(banks, err)
	}
	guest, _ := emptyCustomer(t)
	addr := strings.TrimPrefix(w.server.URL(), "tls://")
	if _, err := guest.Pin(t.Context(), addr, "abandon abandon abandon abandon abandon abandon abandon abandon"); ending.Of(err, "") != ending.Forged {
		t.Errorf("pinned with wrong words: %v", err)
	}
	if _, err := guest.Pin(t.Context(), addr, strings.Join(banks[0].Words, " ")); err != nil {
		t.Fatal(err)
	}
	// Where the customer has a device, a guest is refused and the offer stays.
	agent := w.agent("Anna Kowalska")
	a := agent.Call(t.Context(), bankCalls("C-1"))
	code := next[call.CodeShown](t, a).Code
	endsAs(t, guest.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: code}), ending.Guest)
	c := enrolled.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: code})
	next[call.ReadbackShown](t, c)
	c.End()
	endsAs(t, c, ending.Cancelled)
	endsAs(t, a, ending.Cancelled)

	// A customer without a device: amber, with a read-back and text.
	w.ticket("C-2", "+48600700900")
	a = agent.Call(t.Context(), bankCalls("C-2"))
	c = guest.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
	out := next[call.VerdictGiven](t, c).Output
	if out.Result != verdict.Unverified || len(out.Reasons) != 1 || out.Reasons[0] != ending.Guest {
		t.Errorf("guest's verdict %v %v", out.Result, out.Reasons)
	}
	a.Readback(next[call.ReadbackShown](t, c).Code)
	next[call.Secured](t, c)
	c.Say("hello")
	if got := next[call.Message](t, a).Text; got != "hello" {
		t.Errorf("agent read %q", got)
	}
	a.End()
	endsAs(t, a, ending.Completed)
	endsAs(t, c, ending.Completed)
}

func TestOfflineNeedsNoServerAndAnswersNothing(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	a := agent.Call(t.Context(), bankCalls("C-1"))
	text := next[call.QRShown](t, a).Text
	w.server.Close()
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, QRText: text, Offline: true})
	out := next[call.VerdictGiven](t, c).Output
	if out.Result != verdict.Unverified || out.Shown().Name != "Anna Kowalska" {
		t.Errorf("offline verdict %v %v", out.Result, out.Reasons)
	}
	endsAs(t, c, ending.Offline)
	c = customer.Verify(t.Context(), session.Verification{Answers: iCalled, QRText: text, Offline: true})
	endsAs(t, c, ending.WrongDirection)
	endsAs(t, customer.Verify(t.Context(), session.Verification{Answers: theyCalled, QRText: text}), ending.ServerDown)
	a.End()
	endsAs(t, a, ending.Cancelled)
}

func TestSecondReadbackFailureEndsBoth(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	a := agent.Call(t.Context(), bankCalls("C-1"))
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
	digits := next[call.ReadbackShown](t, c).Code
	next[call.Opened](t, a)
	for left := 2; left >= 0; left-- {
		a.Readback(other(digits))
		if got := next[call.ReadbackWrong](t, a).TriesLeft; got != left {
			t.Errorf("%d tries left, want %d", got, left)
		}
	}
	endsAs(t, a, ending.ReadbackFailed)
	endsAs(t, c, ending.ReadbackFailed)
}

func TestReplacementAndCollision(t *testing.T) {
	w := newWorld(t, "Example Bank")
	anna, jan := w.agent("Anna Kowalska"), w.agent("Jan Nowak")
	w.customer("C-1", "+48600700800")

	first := anna.Call(t.Context(), bankCalls("C-1"))
	next[call.CodeShown](t, first)
	second := anna.Call(t.Context(), bankCalls("C-1"))
	next[call.CodeShown](t, second)
	endsAs(t, first, ending.Superseded)

	third := jan.Call(t.Context(), bankCalls("C-1"))
	endsAs(t, third, ending.Collision)
	endsAs(t, second, ending.Collision)
}

func TestCollisionAfterSecureWarnsTheFirstCall(t *testing.T) {
	w := newWorld(t, "Example Bank")
	anna, jan, customer := w.agent("Anna Kowalska"), w.agent("Jan Nowak"), w.customer("C-1", "+48600700800")
	a := anna.Call(t.Context(), bankCalls("C-1"))
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
	becomesSecure(t, a, c)
	endsAs(t, jan.Call(t.Context(), bankCalls("C-1")), ending.Collision)
	for _, side := range []*session.Call{a, c} {
		alert := next[call.AlertEvent](t, side)
		for alert.Key == call.AlertLost || alert.Key == call.AlertBack { // a busy computer is silent at times
			alert = next[call.AlertEvent](t, side)
		}
		if alert.Key != call.AlertCollision {
			t.Errorf("alert %q", alert.Key)
		}
	}
	a.End()
	endsAs(t, a, ending.Completed)
	endsAs(t, c, ending.Completed)
}

// TestServerRestartInTheMiddle: the server forgets everything; the tickets
// that it signed bring both ends back, and every line arrives once.
func TestServerRestartInTheMiddle(t *testing.T) {
	w := newWorld(t, "Example Bank")
	agent, customer := w.agent("Anna Kowalska"), w.customer("C-1", "+48600700800")
	a := agent.Call(t.Context(), bankCalls("C-1"))
	c := customer.Verify(t.Context(), session.Verification{Answers: theyCalled, Code: next[call.CodeShown](t, a).Code})
	becomesSecure(t, a, c)
	w.server.Close()
	a.Say("sent while the server was away")
	c.Say("and the other way")
	w.serve()
	if got := next[call.Message](t, c).Text; got != "sent while the server was away" {
		t.Errorf("customer read %q", got)
	}
	if got := next[call.Message](t, a).Text; got != "and the other way" {
		t.Errorf("agent read %q", got)
	}
	c.Say("last")
	if got := next[call.Message](t, a).Text; got != "last" {
		t.Errorf("agent read %q", got)
	}
	a.End()
	endsAs(t, a, ending.Completed)
	endsAs(t, c, ending.Completed)
}

func TestPromptedEnrolmentStops(t *testing.T) {
	w := newWorld(t, "Example Bank")
	c, _ := emptyCustomer(t)
	ticket := w.ticket("C-1", "+48600700800")
	if _, err := c.Enrol(t.Context(), session.Enrolment{Ticket: ticket, Prompted: true}); ending.Of(err, "") != ending.Cancelled {
		t.Errorf("prompted enrolment: %v", err)
	}
	if _, err := c.Enrol(t.Context(), session.Enrolment{Ticket: ticket}); err != nil {
		t.Errorf("the ticket was used up by the stopped enrolment: %v", err)
	}
	if _, err := c.Enrol(t.Context(), session.Enrolment{Ticket: ticket}); err != nil {
		t.Errorf("the same ticket on the same computer: %v", err)
	}
	elsewhere, _ := emptyCustomer(t)
	if _, err := elsewhere.Enrol(t.Context(), session.Enrolment{Ticket: ticket}); ending.Of(err, "") != ending.TicketUsed {
		t.Errorf("used ticket on another computer: %v", err)
	}
}

func TestLookAlikeBankIsRefused(t *testing.T) {
	ours, theirs := newWorld(t, "Example Bank"), newWorld(t, "ExampIe Bank") // capital i for L
	c, _ := emptyCustomer(t)
	ticket := theirs.ticket("C-1", "+48600700800")
	if _, err := c.Enrol(t.Context(), session.Enrolment{Ticket: ours.ticket("C-1", "+48600700800")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Enrol(t.Context(), session.Enrolment{Ticket: ticket}); ending.Of(err, "") != ending.NameClash {
		t.Errorf("a look-alike was enrolled: %v", err)
	}
	// Which of them is the false one nobody could tell: the ticket is still good.
	if err := c.Remove(t.Context(), onlyBank(t, c).ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Enrol(t.Context(), session.Enrolment{Ticket: ticket}); err != nil {
		t.Errorf("after the other was removed: %v", err)
	}
}

func TestCancelledContextEndsTheCall(t *testing.T) {
	w := newWorld(t, "Example Bank")
	w.customer("C-1", "+48600700800")
	ctx, cancel := context.WithCancel(t.Context())
	a := w.agent("Anna Kowalska").Call(ctx, bankCalls("C-1"))
	next[call.CodeShown](t, a)
	cancel()
	endsAs(t, a, ending.Cancelled)
}
