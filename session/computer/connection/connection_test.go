// This file tests the connection: whom it trusts, how it comes back, what it
// lets in, and how it ends.

package connection

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

func TestOptionsAreRefused(t *testing.T) {
	token := func(string, [32]byte) (string, error) { return "t", nil }
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"no scheme":                    {URL: "127.0.0.1:1", Role: relay.RoleCompanion},
		"plain NATS":                   {URL: "nats://127.0.0.1:1", Role: relay.RoleCompanion},
		"web socket":                   {URL: "wss://127.0.0.1:1", Role: relay.RoleCompanion},
		"no port":                      {URL: "tls://127.0.0.1", Role: relay.RoleCompanion},
		"token in the address":         {URL: "tls://token@127.0.0.1:1", Role: relay.RoleCompanion},
		"no role":                      {URL: "tls://127.0.0.1:1"},
		"agent without a token":        {URL: "tls://127.0.0.1:1", Role: relay.RoleAgent},
		"companion with a token":       {URL: "tls://127.0.0.1:1", Role: relay.RoleCompanion, Token: token},
		"companion with any key":       {URL: "tls://127.0.0.1:1", Role: relay.RoleCompanion, AnyKey: true},
		"agent with any key":           {URL: "tls://127.0.0.1:1", Role: relay.RoleAgent, AnyKey: true, Token: token},
		"an nkey of an account":        {URL: "tls://127.0.0.1:1", Role: relay.RoleCompanion, Nkey: account},
		"several addresses in the URL": {URL: "tls://127.0.0.1:1,tls://127.0.0.1:2", Role: relay.RoleCompanion},
		"another host in the URL":      {URL: "tls://127.0.0.1,127.0.0.2:1", Role: relay.RoleCompanion},
		"something asked of a server":  {URL: "tls://127.0.0.1:1?compression=s2", Role: relay.RoleCompanion},
		"a part of a page":             {URL: "tls://127.0.0.1:1#", Role: relay.RoleCompanion},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Dial(context.Background(), o); err == nil || ending.Of(err, "") == ending.ServerDown {
				t.Fatalf("Dial gave %v, want a refusal before any network use", err)
			}
		})
	}
}

func TestWrongServerKeyAtConnect(t *testing.T) {
	b, o := newBank(t)
	o.KeyHash[0] ^= 1
	_, err := Dial(context.Background(), o)
	if ending.Of(err, "") != ending.WrongServerKey {
		t.Fatalf("Dial gave %v, want wrong_server_key", err)
	}
	if len(b.knocks) != 0 {
		t.Fatal("the nkey was shown to a server with the wrong key")
	}
}

func TestWrongServerKeyAtReconnect(t *testing.T) {
	b, o := newBank(t)
	states, failures := make(chan bool, 10), make(chan error, 10)
	o.OnState = func(up bool) { states <- up }
	o.OnFailed = func(err error) { failures <- err }
	c := dial(t, o)
	wait(t, b.knocks, "the first knock")

	port := b.port()
	b.stop()
	if wait(t, states, "the loss") {
		t.Fatal("state is up, want down")
	}
	another, _ := newKey(t)
	impostor := startBank(t, another, port, newDoor())
	if err := wait(t, failures, "the failure"); ending.Of(err, "") != ending.WrongServerKey {
		t.Fatalf("failed with %v, want wrong_server_key", err)
	}
	if len(impostor.knocks) != 0 {
		t.Fatal("the nkey was shown to a server with the wrong key")
	}
	if c.Up() {
		t.Fatal("the connection counts as up")
	}
	if _, err := c.Lookup(context.Background(), relay.LookupRequest{}); ending.Of(err, "") != ending.WrongServerKey {
		t.Fatalf("a request after the failure gave %v, want wrong_server_key", err)
	}
}

func TestTicketHolderKeepsTheFirstKey(t *testing.T) {
	b, o := newBank(t)
	failures := make(chan error, 1)
	want := o.KeyHash
	o.KeyHash, o.AnyKey, o.Role = [32]byte{}, true, relay.RoleEnrol
	o.OnFailed = func(err error) { failures <- err }
	c := dial(t, o)
	if c.SeenKey() != want {
		t.Fatal("SeenKey is not the server's key")
	}
	if k := wait(t, b.knocks, "the knock"); k.token != relay.EnrolToken || k.nkey != c.Nkey() {
		t.Fatalf("knocked as %+v", k)
	}
	port := b.port()
	b.stop()
	another, _ := newKey(t)
	startBank(t, another, port, newDoor())
	if err := wait(t, failures, "the failure"); ending.Of(err, "") != ending.WrongServerKey {
		t.Fatalf("failed with %v, want wrong_server_key", err)
	}
}

func TestServerDown(t *testing.T) {
	certificate, hash := newKey(t)
	listen := func(serve func(net.Conn)) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go serve(conn)
			}
		}()
		return "tls://" + l.Addr().String()
	}
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for name, url := range map[string]string{
		"nobody listens": "tls://" + gone.Addr().String(),
		"no TLS":         listen(func(c net.Conn) { fmt.Fprint(c, "INFO {}\r\n"); c.Close() }),
		"TLS 1.2": listen(func(c net.Conn) {
			s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{certificate}, MaxVersion: tls.VersionTLS12})
			if s.Handshake() == nil {
				t.Error("the client took TLS 1.2")
			}
			s.Close()
		}),
		"no NATS": listen(func(c net.Conn) {
			s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{certificate}})
			_, _ = fmt.Fprint(s, "HTTP/1.1 200 OK\r\n\r\n")
			s.Close()
		}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Dial(context.Background(), Options{URL: url, KeyHash: hash, Role: relay.RoleCompanion})
			if ending.Of(err, "") != ending.ServerDown {
				t.Fatalf("Dial gave %v, want server_down", err)
			}
		})
	}
}

// TestOwnDialerIsHeldToThePin: whatever carries the bytes, TLS with the pinned
// key runs over it.
func TestOwnDialerIsHeldToThePin(t *testing.T) {
	b, o := newBank(t)
	dialled := make(chan string, 10)
	o.URL = "tls://bank.invalid:4222" // a name that leads nowhere (RFC 2606)
	o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
		dialled <- address
		return dialTCP(ctx, b.Addr().String())
	}
	dial(t, o)
	if address := wait(t, dialled, "the dial"); address != "bank.invalid:4222" {
		t.Errorf("asked for %s", address)
	}
	o.KeyHash[0] ^= 1
	if _, err := Dial(t.Context(), o); ending.Of(err, "") != ending.WrongServerKey {
		t.Errorf("with another pin Dial gave %v, want wrong_server_key", err)
	}
	o.KeyHash[0] ^= 1
	o.Dial = func(context.Context, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			fmt.Fprint(theirs, "INFO {}\r\n") // NATS without TLS
			theirs.Close()
		}()
		return ours, nil
	}
	if _, err := Dial(t.Context(), o); ending.Of(err, "") != ending.ServerDown {
		t.Errorf("without TLS Dial gave %v, want server_down", err)
	}
	broken := errors.New("no way out of this house")
	o.Dial = func(context.Context, string) (net.Conn, error) { return nil, broken }
	if _, err := Dial(t.Context(), o); ending.Of(err, "") != ending.ServerDown || !errors.Is(err, broken) {
		t.Errorf("without a way Dial gave %v, want server_down and its cause", err)
	}
}

// TestAStrangerWhoDoesNotReadIsNamed: what is wrong with the server must not
// wait for a farewell that nobody takes.
func TestAStrangerWhoDoesNotReadIsNamed(t *testing.T) {
	certificate, hash := newKey(t)
	hash[0] ^= 1
	_, err := Dial(t.Context(), Options{URL: "tls://bank.invalid:4222", KeyHash: hash, Role: relay.RoleCompanion,
		Dial: func(context.Context, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				_ = tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{certificate}}).Handshake()
			}()
			return &unread{Conn: ours, closed: make(chan struct{})}, nil
		},
	})
	if ending.Of(err, "") != ending.WrongServerKey {
		t.Errorf("Dial gave %v, want wrong_server_key", err)
	}
}

// unread is a connection whose other end takes the greeting and nothing more.
type unread struct {
	net.Conn
	greeted bool
	once    sync.Once
	closed  chan struct{}
}

func (u *unread) Write(p []byte) (int, error) {
	if !u.greeted {
		u.greeted = true
		return u.Conn.Write(p)
	}
	<-u.closed
	return 0, net.ErrClosed
}

func (u *unread) Close() error {
	u.once.Do(func() { close(u.closed) })
	return u.Conn.Close()
}

func TestDialEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		if conn, err := l.Accept(); err == nil {
			defer conn.Close()
			_, _ = conn.Read(make([]byte, 1)) // the client's first byte: it is in the middle of Dial
			cancel()
			<-ctx.Done()
		}
	}()
	_, err = Dial(ctx, Options{URL: "tls://" + l.Addr().String(), Role: relay.RoleCompanion})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Dial gave %v, want context.Canceled", err)
	}
}

func TestDialDoesNotBeginAfterItsContext(t *testing.T) {
	_, o := newBank(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Dial(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("Dial gave %v, want context.Canceled", err)
	}
}

// TestSocketsOfFailedGreetingsAreClosed: the NATS client forgets a connection
// whose greeting failed, and a server that refuses again and again must not
// use up this computer's files.
func TestSocketsOfFailedGreetingsAreClosed(t *testing.T) {
	certificate, hash := newKey(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	closed := make(chan struct{}, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = conn.Read(make([]byte, 1)) // no greeting; returns when the client closes
				conn.Close()
				closed <- struct{}{}
			}()
		}
	}()
	life, end := context.WithCancel(context.Background())
	c := &Conn{options: Options{Role: relay.RoleCompanion, KeyHash: hash, Dial: dialTCP}}
	d := newDialer(life, c)
	for range 2 {
		if _, err := d.Dial("tcp", l.Addr().String()); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, closed, "the end of the first connection")
	end()
	wait(t, closed, "the end of the second connection")
}

func TestRefusedAtConnect(t *testing.T) {
	b, o := newBank(t)
	b.shut.Store(true)
	if _, err := Dial(context.Background(), o); !errors.Is(err, ErrRefused) {
		t.Fatalf("Dial gave %v, want ErrRefused", err)
	}
}

func TestRefusedAtReconnect(t *testing.T) {
	b, o := newBank(t)
	failures := make(chan error, 1)
	o.OnFailed = func(err error) { failures <- err }
	dial(t, o)
	wait(t, b.knocks, "the first knock")
	b.shut.Store(true)
	b.disconnect(t)
	if err := wait(t, failures, "the failure"); !errors.Is(err, ErrRefused) {
		t.Fatalf("failed with %v, want ErrRefused", err)
	}
	if n := len(b.knocks); n != maxRefusals {
		t.Fatalf("gave up after %d refusals, want %d", n, maxRefusals)
	}
}

func TestReconnectKeepsNkeyAndAsksTokenAnew(t *testing.T) {
	b, o := newBank(t)
	var asked atomic.Int32
	type question struct {
		nkey string
		hash [32]byte
	}
	questions := make(chan question, 10)
	o.Role = relay.RoleAgent
	o.Token = func(nkey string, hash [32]byte) (string, error) {
		questions <- question{nkey, hash}
		return fmt.Sprint("token ", asked.Add(1)), nil
	}
	states := make(chan bool, 10)
	o.OnState = func(up bool) { states <- up }
	pushes := make(chan relay.Push, 10)
	o.OnPush = func(p relay.Push) { pushes <- p }
	c := dial(t, o)
	if got, want := wait(t, b.knocks, "the first knock"), (knock{c.Nkey(), "token 1"}); got != want {
		t.Fatalf("knocked as %+v, want %+v", got, want)
	}

	port := b.port()
	b.stop()
	if wait(t, states, "the loss") {
		t.Fatal("state is up, want down")
	}
	if err := c.SendDown(context.Background(), relay.Down{}); ending.Of(err, "") != ending.ServerDown {
		t.Fatalf("sending while down gave %v, want server_down and no queue", err)
	}
	again := startBank(t, b.identity, port, newDoor())
	if !wait(t, states, "the return") {
		t.Fatal("state is down, want up")
	}
	if got, want := wait(t, again.knocks, "the second knock"), (knock{c.Nkey(), "token 2"}); got != want {
		t.Fatalf("knocked as %+v, want %+v", got, want)
	}
	for range 2 {
		if got, want := wait(t, questions, "the question"), (question{c.Nkey(), o.KeyHash}); got != want {
			t.Fatalf("Token was asked for %+v, want %+v", got, want)
		}
	}
	// The subscription is back too.
	again.answer(t, relay.AgentSubjects, func(m *nats.Msg) []byte {
		again.pushTo(t, relay.Sender(m.Subject), wire.Marshal(relay.Push{Kind: relay.KindAck}))
		return nil
	})
	if err := c.SendDown(context.Background(), relay.Down{}); err != nil {
		t.Fatal(err)
	}
	wait(t, pushes, "a push after the reconnect")
}

func TestTokenErrorEndsDial(t *testing.T) {
	_, o := newBank(t)
	o.Role = relay.RoleAgent
	o.Token = func(string, [32]byte) (string, error) { return "", ending.Because(ending.KeyringLocked, "") }
	if _, err := Dial(context.Background(), o); ending.Of(err, "") != ending.KeyringLocked {
		t.Fatalf("Dial gave %v, want the token's own error", err)
	}
}

func TestPushesAreDecodedStrictly(t *testing.T) {
	b, o := newBank(t)
	pushes := make(chan relay.Push, 100)
	o.OnPush = func(p relay.Push) { pushes <- p }
	c := dial(t, o)
	good := wire.Marshal(relay.Push{Kind: relay.KindAck, Body: []byte("good")})
	b.answer(t, relay.LookupSubjects, func(*nats.Msg) []byte {
		for _, data := range [][]byte{
			nil,
			[]byte("not CBOR"),
			append(bytes.Clone(good), 0),
			good[:len(good)-1],
			wire.Marshal(map[int]any{1: make([]byte, 32), 2: 7, 3: []byte{}, 9: 1}),
			wire.Marshal(map[int]any{1: make([]byte, 31), 2: 7, 3: []byte{}}),
			wire.Marshal(relay.Push{Kind: 0}),
			wire.Marshal(relay.Push{Kind: relay.KindAlert + 1}),
			wire.Marshal(relay.Push{Kind: relay.KindRecord, Body: make([]byte, wire.MaxMessage)}),
			wire.Marshal(relay.Push{Kind: relay.KindNotice, Body: []byte("\x1b[2Jowned")}),
			wire.Marshal(relay.Push{Kind: relay.KindAlert, Body: []byte(ending.Collision)}),
			good,
		} {
			b.pushTo(t, c.Nkey(), data)
		}
		return wire.Marshal(relay.Answer{Reason: ending.UnknownCode})
	})
	if _, err := c.Lookup(context.Background(), relay.LookupRequest{}); ending.Of(err, "") != ending.UnknownCode {
		t.Fatal(err)
	}
	for i, want := range []string{string(ending.Unsupported), string(ending.Collision), "good"} {
		if got := wait(t, pushes, "a push"); string(got.Body) != want {
			t.Fatalf("push %d has body %q, want %q", i, got.Body, want)
		}
	}
	if len(pushes) != 0 {
		t.Fatalf("%d pushes too many", len(pushes))
	}
	if !c.Up() {
		t.Fatal("a bad push cost the connection")
	}
}

func TestRequestsHaveADeadline(t *testing.T) {
	b, o := newBank(t)
	arrived := make(chan struct{}, 10)
	b.answer(t, relay.LookupSubjects, func(*nats.Msg) []byte { arrived <- struct{}{}; return nil })
	c := dial(t, o)

	t.Run("of the caller", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if _, err := c.Lookup(ctx, relay.LookupRequest{}); ending.Of(err, "") != ending.ServerDown {
			t.Fatalf("gave %v, want server_down", err)
		}
		wait(t, arrived, "the request")
	})
	t.Run("of its own", func(t *testing.T) {
		if _, err := c.Lookup(context.Background(), relay.LookupRequest{}); ending.Of(err, "") != ending.ServerDown {
			t.Fatalf("gave %v, want server_down", err)
		}
		wait(t, arrived, "the request")
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		go func() { <-arrived; cancel() }()
		if _, err := c.Lookup(ctx, relay.LookupRequest{}); !errors.Is(err, context.Canceled) {
			t.Fatalf("gave %v, want context.Canceled", err)
		}
	})
	t.Run("nobody answers", func(t *testing.T) {
		if err := c.Report(context.Background(), relay.ReportRequest{}); ending.Of(err, "") != ending.ServerDown {
			t.Fatalf("gave %v, want server_down", err)
		}
	})
}

func TestAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		answer []byte
		want   ending.Reason
	}{
		"a reason of the table":   {wire.Marshal(relay.Answer{Reason: ending.UsedCode}), ending.UsedCode},
		"a reason from elsewhere": {wire.Marshal(relay.Answer{Reason: "all_is_well"}), ending.Unsupported},
		"not an answer":           {[]byte("hello"), ending.Unsupported},
		"an answer and more":      {append(wire.Marshal(relay.Answer{Reason: ending.UsedCode}), 0), ending.Unsupported},
		"a body of another kind":  {wire.Marshal(relay.Answer{Body: wire.Marshal(relay.SecureAnswer{})}), ending.Unsupported},
		"no body":                 {wire.Marshal(relay.Answer{}), ending.Unsupported},
		"a good answer":           {wire.Marshal(relay.Answer{Body: wire.Marshal(relay.LookupAnswer{})}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			b, o := newBank(t)
			b.answer(t, relay.LookupSubjects, func(*nats.Msg) []byte { return test.answer })
			_, err := dial(t, o).Lookup(context.Background(), relay.LookupRequest{})
			if got := ending.Of(err, ""); got != test.want || (err == nil) != (test.want == "") {
				t.Fatalf("gave %v, want %q", err, test.want)
			}
		})
	}
}

func TestMalformedAnswerIsNoSuccess(t *testing.T) {
	b, o := newBank(t)
	b.answer(t, relay.ReportSubjects, func(*nats.Msg) []byte { return []byte("hello") })
	if err := dial(t, o).Report(context.Background(), relay.ReportRequest{}); ending.Of(err, "") != ending.Unsupported {
		t.Fatalf("gave %v, want unsupported", err)
	}
}

func TestEveryRequestHasItsSubject(t *testing.T) {
	b, o := newBank(t)
	subjects := make(chan string, 10)
	b.answer(t, "cp1.>", func(m *nats.Msg) []byte {
		subjects <- m.Subject
		if m.Reply == "" {
			return nil
		}
		return wire.Marshal(relay.Answer{Reason: ending.Busy})
	})
	c, ctx := dial(t, o), context.Background()
	n := c.Nkey()
	for subject, call := range map[string]func() error{
		relay.LookupSubject(n):                    func() error { _, err := c.Lookup(ctx, relay.LookupRequest{}); return err },
		relay.ReportSubject(n):                    func() error { return c.Report(ctx, relay.ReportRequest{}) },
		relay.UpSubject(n):                        func() error { _, err := c.SendUp(ctx, relay.Up{}, true); return err },
		relay.EnrolSubject(n):                     func() error { _, err := c.Enrol(ctx, relay.EnrolHello, nil); return err },
		relay.AgentSubject(relay.OpCredential, n): func() error { _, err := c.Credential(ctx, relay.CredentialRequest{}); return err },
		relay.AgentSubject(relay.OpPrepare, n):    func() error { _, err := c.Prepare(ctx, relay.PrepareRequest{}); return err },
		relay.AgentSubject(relay.OpCreate, n):     func() error { return c.Create(ctx, relay.CreateRequest{}) },
		relay.AgentSubject(relay.OpAdmit, n):      func() error { _, err := c.Admit(ctx, relay.AdmitRequest{}); return err },
		relay.AgentSubject(relay.OpSecure, n):     func() error { _, err := c.Secure(ctx, relay.SecureRequest{}); return err },
		relay.AgentSubject(relay.OpEnd, n):        func() error { return c.End(ctx, relay.EndRequest{}) },
	} {
		if err := call(); ending.Of(err, "") != ending.Busy {
			t.Errorf("%s gave %v, want busy", subject, err)
		}
		if got := wait(t, subjects, subject); got != subject {
			t.Errorf("went to %s, want %s", got, subject)
		}
	}
	if _, err := c.SendUp(ctx, relay.Up{}, false); err != nil {
		t.Error(err)
	}
	if got, want := wait(t, subjects, "up"), relay.UpSubject(n); got != want {
		t.Errorf("went to %s, want %s", got, want)
	}
	if err := c.SendDown(ctx, relay.Down{}); err != nil {
		t.Error(err)
	}
	if got, want := wait(t, subjects, "down"), relay.AgentSubject(relay.OpDown, n); got != want {
		t.Errorf("went to %s, want %s", got, want)
	}
}

func TestOversizeMessageIsNotSent(t *testing.T) {
	_, o := newBank(t)
	c := dial(t, o)
	if _, err := c.SendUp(context.Background(), relay.Up{Body: make([]byte, wire.MaxMessage)}, false); !errors.Is(err, wire.ErrTooLarge) {
		t.Fatalf("gave %v, want wire.ErrTooLarge", err)
	}
}

func TestDeadPeerIsNoticed(t *testing.T) {
	if pingInterval*(maxPings+1) > 5*time.Second {
		t.Fatal("a dead peer must be noticed within 5 s")
	}
	b, o := newBank(t)
	p := startProxy(t, b.Addr().String())
	o.URL = "tls://" + p.Addr().String()
	states := make(chan bool, 10)
	o.OnState = func(up bool) { states <- up }
	c := dial(t, o)
	p.silent.Store(true)
	if wait(t, states, "the loss") {
		t.Fatal("state is up, want down")
	}
	c.Close() // in the middle of a reconnect that gets no answer
	waitForGoroutines(t, b)
}

func TestHostileServerDoesNotCrashTheClient(t *testing.T) {
	certificate, hash := newKey(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	attack := make(chan string)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				fmt.Fprint(conn, `INFO {"tls_required":true,"nonce":"n","max_payload":1048576}`+"\r\n")
				_, _ = conn.Read(make([]byte, 4096)) // CONNECT
				fmt.Fprint(conn, "PONG\r\n")
				fmt.Fprint(conn, <-attack)
				_, _ = conn.Read(make([]byte, 4096))
			}()
		}
	}()
	states := make(chan bool, 100)
	c := dial(t, Options{
		URL: "tls://" + l.Addr().String(), KeyHash: hash, Role: relay.RoleCompanion,
		OnState: func(up bool) { states <- up },
	})
	for _, bytes := range []string{
		"MSG a 1 9223372036854775807\r\nx",
		"MSG a 1 4611686018427387904\r\nx",
		"MSG a 1 1073741824\r\nx",
		"HMSG a 1 12 99999999999\r\nx",
		"MSG a 1 \r9223372036854775807\r\nx",
		"BOO\r\n",
		strings.Repeat("A", maxControl+1),
	} {
		attack <- bytes
		if wait(t, states, "the loss") {
			t.Fatalf("%.30q was accepted", bytes)
		}
		if !wait(t, states, "the return") {
			t.Fatal("state is down, want up")
		}
	}
	c.Close()
}

func TestCloseEndsAllGoroutines(t *testing.T) {
	b, o := newBank(t)
	var late atomic.Int32
	o.OnPush = func(relay.Push) { late.Add(1) }
	o.OnState = func(bool) { late.Add(1) }
	o.OnFailed = func(error) { late.Add(1) }
	b.answer(t, relay.LookupSubjects, func(*nats.Msg) []byte {
		return wire.Marshal(relay.Answer{Body: wire.Marshal(relay.LookupAnswer{})})
	})
	c := dial(t, o)
	if _, err := c.Lookup(context.Background(), relay.LookupRequest{}); err != nil {
		t.Fatal(err)
	}
	c.Close()
	c.Close()
	waitForGoroutines(t, b)
	if late.Load() != 0 {
		t.Fatal("a callback ran although nothing happened but Close")
	}
	if _, err := c.Lookup(context.Background(), relay.LookupRequest{}); ending.Of(err, "") != ending.ServerDown {
		t.Fatalf("a request after Close gave %v, want server_down", err)
	}
}

func TestCloseDeliversWhatWasSent(t *testing.T) {
	b, o := newBank(t)
	arrived := make(chan struct{}, 1)
	b.answer(t, relay.UpSubjects, func(*nats.Msg) []byte { arrived <- struct{}{}; return nil })
	c := dial(t, o)
	if _, err := c.SendUp(context.Background(), relay.Up{Kind: relay.KindRecord}, false); err != nil {
		t.Fatal(err)
	}
	c.Close()
	wait(t, arrived, "the message sent before Close")
}

// waitForGoroutines closes the responder, the one other client in this
// process, and waits until no goroutine has a NATS client on its stack.
func waitForGoroutines(t *testing.T, b *bank) {
	t.Helper()
	b.responder.Close()
	deadline := time.Now().Add(patience)
	for {
		stacks := clientStacks(t)
		if stacks == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("goroutines of the connection still run:\n%s", stacks)
		}
		runtime.Gosched()
	}
}

func clientStacks(t *testing.T) string {
	t.Helper()
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, stack := range strings.Split(all.String(), "\n\n") {
		for _, ours := range []string{"nats.go@", "connection.(*Conn)", "connection.(*dialer)", "connection.(*socket)"} {
			if strings.Contains(stack, ours) {
				found = append(found, stack)
				break
			}
		}
	}
	return strings.Join(found, "\n\n")
}
