// These tests sign agents in and out against the real server in this process.

package session_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// emptyAgent is an agent's program that has not enrolled, and the lines it opens.
func (w *world) emptyAgent() (*session.Agent, *lines) {
	w.t.Helper()
	opened := &lines{t: w.t}
	a, err := session.OpenAgent(w.t.Context(), session.Options{Dir: w.t.TempDir(), Store: vault.NewMemory(), Clock: w.clock, Dial: opened.dial})
	if err != nil {
		w.t.Fatal(err)
	}
	return a, opened
}

// lines counts the connections that a program opens and closes.
type lines struct {
	t       *testing.T
	mu      sync.Mutex
	opened  int
	closing sync.WaitGroup
}

func (l *lines) dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.opened++
	l.mu.Unlock()
	l.closing.Add(1)
	return &countedConn{Conn: conn, closed: sync.OnceFunc(l.closing.Done)}, nil
}

// allClosed waits until every connection is closed, and returns how many there were.
func (l *lines) allClosed() int {
	l.t.Helper()
	closed := make(chan struct{})
	go func() { l.closing.Wait(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		l.t.Error("a connection stays open")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.opened
}

type countedConn struct {
	net.Conn
	closed func()
}

func (c *countedConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

// isReason complains unless err carries the ending.
func isReason(t *testing.T, what string, err error, want ending.Reason) {
	t.Helper()
	if got := ending.Of(err, ""); got != want || err == nil && want != "" {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

func isSignedOut(t *testing.T, when string, a *session.Agent) {
	t.Helper()
	if shift, err := a.Shift(t.Context()); !errors.Is(err, session.ErrSignedOut) {
		t.Errorf("%s: shift %+v, %v", when, shift, err)
	}
}

func TestShiftFromSignInToLeaving(t *testing.T) {
	w := newWorld(t, "Example Bank")
	a, opened := w.emptyAgent()
	_, err := a.Shift(t.Context())
	isReason(t, "shift before enrolling", err, ending.UnknownBank)
	_, err = a.SignIn(t.Context(), "")
	isReason(t, "sign-in before enrolling", err, ending.UnknownBank)
	w.enrols(a, "Anna Kowalska")
	isSignedOut(t, "after enrolling", a)

	begin := w.clock.Now()
	shift, err := a.SignIn(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if shift.Name != "Anna Kowalska" || shift.Role != "Adviser" || shift.Department != "Fraud team" || shift.Bank.Name != "Example Bank" ||
		shift.Bank.Domain != "examplebank.com" || len(shift.Purposes) != len(trust.Purposes()) {
		t.Errorf("shift %+v", shift)
	}
	if lasts := shift.Until.Sub(begin); lasts > trust.MaxCredential || lasts < trust.MaxCredential-11*time.Minute {
		t.Errorf("a shift of %v", lasts)
	}
	if shift.Bank.Checked.Sub(begin).Abs() > 2*time.Second {
		t.Errorf("checked at %v, signed in at %v", shift.Bank.Checked, begin)
	}
	w.server.Close()
	again, err := a.Shift(t.Context())
	if err != nil || !again.Until.Equal(shift.Until) {
		t.Errorf("without the network: %+v, %v", again, err)
	}
	_, err = a.SignIn(t.Context(), "")
	isReason(t, "sign-in without a server", err, ending.ServerDown)

	if err := a.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	isSignedOut(t, "after signing out", a)
	if err := a.SignOut(t.Context()); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
	for range 2 {
		if err := a.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err = a.Shift(t.Context())
		isReason(t, "shift after leaving", err, ending.UnknownBank)
	}
	w.serve()
	w.enrols(a, "Anna Kowalska")
	if _, err := a.SignIn(t.Context(), ""); err != nil {
		t.Errorf("sign-in after enrolling again: %v", err)
	}
	if n := opened.allClosed(); n < 4 {
		t.Errorf("%d lines were counted, want one for each enrolment and sign-in", n)
	}
}

// TestSigningOutAsksForTheSecondFactorAgain: whoever finds the computer of an
// agent who has signed out cannot call as that agent.
func TestSigningOutAsksForTheSecondFactorAgain(t *testing.T) {
	w := worldOf(t, bank.Options{Name: "Example Bank", TOTP: true})
	w.customer("C-1", "+48600700800")
	a, _ := w.emptyAgent()
	secret, err := otp.NewKeyFromURL(w.enrols(a, "Anna Kowalska"))
	if err != nil {
		t.Fatal(err)
	}
	code := func(later time.Duration) string {
		digits, err := totp.GenerateCode(secret.Secret(), w.clock.Now().Add(later))
		if err != nil {
			t.Fatal(err)
		}
		return digits
	}
	signIn := func(what, factor string, want ending.Reason) {
		t.Helper()
		_, err := a.SignIn(t.Context(), factor)
		isReason(t, what, err, want)
	}
	now := code(0)
	signIn("no second factor", "", ending.NotACode)
	isSignedOut(t, "after no second factor", a)
	signIn("a wrong one", other(now), ending.Forged)
	isSignedOut(t, "after a wrong one", a)
	signIn("the right one", now, "")
	signIn("while signed in", "", "") // only the news are asked for
	running := a.Call(t.Context(), bankCalls("C-1"))
	next[call.CodeShown](t, running)

	if err := a.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	signIn("after signing out", "", ending.NotACode)
	signIn("the code that was used", now, ending.Replayed)
	endsAs(t, a.Call(t.Context(), bankCalls("C-1")), ending.NotACode)
	running.End() // it was made under a credential that the bank still honours
	endsAs(t, running, ending.Cancelled)
	w.clock.passes(31 * time.Second)
	signIn("a fresh code", code(0), "")
	a2 := a.Call(t.Context(), bankCalls("C-1"))
	next[call.CodeShown](t, a2)
	a2.End()
	endsAs(t, a2, ending.Cancelled)
}

// TestASecondFactorThatIsNotSixDigitsIsNotSent: it is told at once, and never
// counts as a guess; how the six are written does not matter.
func TestASecondFactorThatIsNotSixDigitsIsNotSent(t *testing.T) {
	w := worldOf(t, bank.Options{Name: "Example Bank", TOTP: true})
	w.customer("C-1", "+48600700800")
	a, opened := w.emptyAgent()
	secret, err := otp.NewKeyFromURL(w.enrols(a, "Anna Kowalska"))
	if err != nil {
		t.Fatal(err)
	}
	digits, err := totp.GenerateCode(secret.Secret(), w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	before := opened.allClosed()
	for _, slip := range []string{" ", "12345", digits + "1", digits[:5] + "o", "+" + digits} {
		_, err := a.SignIn(t.Context(), slip)
		isReason(t, slip, err, ending.NotACode)
		o := bankCalls("C-1")
		o.SecondFactor = slip
		endsAs(t, a.Call(t.Context(), o), ending.NotACode)
	}
	if n := opened.allClosed(); n != before {
		t.Errorf("%d lines were opened for what are not six digits", n-before)
	}
	if _, err := a.SignIn(t.Context(), " "+digits[:3]+"\u00a0-"+digits[3:]); err != nil {
		t.Error(err)
	}
}

// TestShiftEndsBeforeItsCredential: a call that begins at the end of a shift
// has its credential to the end of its read-back.
func TestShiftEndsBeforeItsCredential(t *testing.T) {
	w := newWorld(t, "Example Bank")
	a := w.agent("Anna Kowalska")
	shift, err := a.SignIn(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	w.clock.passes(shift.Until.Add(-10 * time.Second).Sub(w.clock.Now()))
	if _, err := a.Shift(t.Context()); err != nil {
		t.Errorf("ten seconds before the end: %v", err)
	}
	w.clock.passes(10 * time.Second)
	isSignedOut(t, "at the end", a)
	_, err = a.Preview(t.Context(), session.Offering{Direction: offer.BankCalled, Customer: "C-1"})
	if !errors.Is(err, session.ErrSignedOut) {
		t.Errorf("preview at the end: %v", err)
	}
	if next, err := a.SignIn(t.Context(), ""); err != nil || !next.Until.After(shift.Until) {
		t.Errorf("the next shift: %v, %v", next.Until, err)
	}
}

func TestRevokedAgentCannotSignIn(t *testing.T) {
	w := newWorld(t, "Example Bank")
	a := w.agent("Anna Kowalska")
	if _, err := a.SignIn(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Directory().RevokeAgent(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	_, err := a.SignIn(t.Context(), "")
	isReason(t, "signing in once revoked", err, ending.Revoked)
}

func TestPreviewSaysWhatTheAuthorityKnows(t *testing.T) {
	w := newWorld(t, "Example Bank")
	a, opened := w.emptyAgent()
	w.enrols(a, "Anna Kowalska")
	customer := w.customer("C-1", "+48600700800")
	w.ticket("C-2", "+48600700900")
	if _, err := a.SignIn(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		name   string
		wanted session.Offering
		want   session.Preview
		reason ending.Reason
	}{
		{"the bank calls", session.Offering{Direction: offer.BankCalled, Customer: "C-1"}, session.Preview{Line: "0800", Enrolled: true}, ""},
		{"the number on file", session.Offering{Direction: offer.BankCalled, Customer: "C-1", Line: "+48600700800"}, session.Preview{Line: "0800", Enrolled: true}, ""},
		{"without a device", session.Offering{Direction: offer.BankCalled, Customer: "C-2"}, session.Preview{Line: "0900"}, ""},
		{"the customer called", session.Offering{Direction: offer.CustomerCalled, Customer: "C-1"}, session.Preview{Line: "2233", Enrolled: true}, ""},
		{"nobody by that reference", session.Offering{Direction: offer.BankCalled, Customer: "C-9"}, session.Preview{}, ending.UnknownCode},
		{"a number that is not on file", session.Offering{Direction: offer.BankCalled, Customer: "C-1", Line: "+48600700900"}, session.Preview{}, ending.WrongNumber},
		{"no direction", session.Offering{Customer: "C-1"}, session.Preview{}, ending.Unsupported},
	}
	for _, row := range rows {
		got, err := a.Preview(t.Context(), row.wanted)
		isReason(t, row.name, err, row.reason)
		if got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}

	// A preview offers nothing: the agent's own open offer stays.
	running := a.Call(t.Context(), bankCalls("C-1"))
	code := next[call.CodeShown](t, running).Code
	if _, err := a.Preview(t.Context(), rows[0].wanted); err != nil {
		t.Fatal(err)
	}
	endsAs(t, customer.Verify(t.Context(), session.Verification{Answers: iCalled, Code: code}), ending.WrongDirection)
	endsAs(t, running, ending.WrongDirection)

	// Under the hold the bank may dial the number on file, and nothing else.
	_, err := a.Preview(t.Context(), rows[3].wanted)
	isReason(t, "the customer called, under a hold", err, ending.OnHold)
	got, err := a.Preview(t.Context(), rows[0].wanted)
	if left := got.HoldUntil.Sub(w.clock.Now()); err != nil || left < 29*time.Minute || left > 30*time.Minute {
		t.Errorf("the bank calls, under a hold of %v: %v", left, err)
	}
	opened.allClosed()
}

// TestPreviewKnowsTheBanksNewestKeys: the bank gives up its status key in the
// middle of a shift. What the authority signs from then on is no forgery.
func TestPreviewKnowsTheBanksNewestKeys(t *testing.T) {
	w := newWorld(t, "Example Bank")
	a := w.agent("Anna Kowalska")
	w.ticket("C-1", "+48600700800")
	if _, err := a.SignIn(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	w.server.Close()
	w.newKeyOf(trust.RoleStatus, "status.pem")
	w.serve()
	wanted := session.Offering{Direction: offer.BankCalled, Customer: "C-1"}
	if got, err := a.Preview(t.Context(), wanted); err != nil || got != (session.Preview{Line: "0800"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// newKeyOf publishes a bundle in which the old key of a role counts no more.
func (w *world) newKeyOf(role uint8, file string) {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	old, err := bank.Load(w.dir)
	must(err)
	rootPEM, err := os.ReadFile(filepath.Join(w.dir, bank.RootKeyFile))
	must(err)
	block, _ := pem.Decode(rootPEM)
	root, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	must(err)
	fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	der, err := x509.MarshalPKCS8PrivateKey(fresh)
	must(err)

	next, previous := *old.Bundle, old.Bundle.Hash()
	next.Version, next.Previous, next.Keys = next.Version+1, previous[:], slices.Clone(next.Keys)
	for i, key := range next.Keys {
		if key.Role == role {
			next.Keys[i].Public = wire.Point(&fresh.PublicKey)
		}
	}
	signed, err := trust.SignBundle(next, root.(*ecdsa.PrivateKey))
	must(err)
	block.Bytes = der
	must(os.WriteFile(filepath.Join(w.dir, "keys", file), pem.EncodeToMemory(block), 0o600))
	must(os.WriteFile(filepath.Join(w.dir, "bundles", "2.cbor"), signed, 0o600))
}

// TestPreviewNeedsTheShift: the authority would answer under the key alone, but
// an unattended computer should tell nobody who is a customer.
func TestPreviewNeedsTheShift(t *testing.T) {
	w := newWorld(t, "Example Bank")
	a := w.agent("Anna Kowalska")
	w.customer("C-1", "+48600700800")
	wanted := session.Offering{Direction: offer.BankCalled, Customer: "C-1"}
	if got, err := a.Preview(t.Context(), wanted); !errors.Is(err, session.ErrSignedOut) || got != (session.Preview{}) {
		t.Errorf("before signing in: %+v, %v", got, err)
	}
	if _, err := a.SignIn(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if err := a.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Preview(t.Context(), wanted); !errors.Is(err, session.ErrSignedOut) || got != (session.Preview{}) {
		t.Errorf("after signing out: %+v, %v", got, err)
	}
}

// TestEndedContextEndsAskingTheAuthority: nothing waits for a server that says
// nothing longer than the person does.
func TestEndedContextEndsAskingTheAuthority(t *testing.T) {
	w := newWorld(t, "Example Bank")
	var silent bool
	var stopped []error // why a silent connection was given up
	a, err := session.OpenAgent(t.Context(), session.Options{Dir: t.TempDir(), Store: vault.NewMemory(), Dial: func(ctx context.Context, address string) (net.Conn, error) {
		if silent {
			<-ctx.Done()
			stopped = append(stopped, ctx.Err())
			return nil, ctx.Err()
		}
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.enrols(a, "Anna Kowalska")
	if _, err := a.SignIn(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	silent = true
	asks := map[string]func(context.Context) error{
		"sign-in": func(ctx context.Context) error { _, err := a.SignIn(ctx, ""); return err },
		"preview": func(ctx context.Context) error {
			_, err := a.Preview(ctx, session.Offering{Direction: offer.BankCalled, Customer: "C-1"})
			return err
		},
	}
	for name, ask := range asks {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		stopped = nil
		if err := ask(ctx); err == nil {
			t.Errorf("%s at a silent server", name)
		}
		cancel()
		if len(stopped) != 1 || !errors.Is(stopped[0], context.Canceled) {
			t.Errorf("%s was given up because of %v, want the end of the person's patience", name, stopped)
		}
	}
}
