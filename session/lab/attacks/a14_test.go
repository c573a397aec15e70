// A14: somebody brings the two sides down to less: an older suite, an older
// program, another transport, no network, no app. The defences are that suite
// and minimum version are signed, that nothing is negotiated, and that what
// cannot be checked is never green.

package attacks_test

import (
	"context"
	"crypto/tls"
	"net"
	"testing"

	"countersign/session"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
)

func TestAttackA14Suite(t *testing.T) {
	t.Run("in the offer", func(t *testing.T) {
		for _, suite := range []uint8{0, 2, 255} {
			w := newWorld(t)
			rogue := w.rogue(anna)
			prepared, err := rogue.Prepares(t.Context(), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled})
			w.must(err)
			o, err := rogue.NewOffer(offer.BankCalled, prepared, func(c *offer.Core) { c.Suite = suite })
			w.must(err)
			if err := rogue.Create(t.Context(), o.Request); ending.Of(err, "") != ending.Unsupported {
				t.Errorf("the server took an offer of suite %d: %v", suite, err)
			}
			credential, err := trust.PeekCredential(rogue.Credential)
			w.must(err)
			w.serves(o, credential.ID)
			customer := w.customer("C-1").types(o.Request.Code, theyCalled)
			customer.ends(ending.Unsupported)
			if green(customer) {
				t.Errorf("suite %d is green", suite)
			}
		}
		outcome(t, "A14", attacks.Stopped, "an offer of a suite that the bank does not list ends as unsupported at the server and on the screen")
	})
	t.Run("in the reply", func(t *testing.T) {
		w := newWorld(t)
		agent := w.agent(anna).dials("C-1")
		weak := w.hacked("C-1")
		f, err := weak.LookUp(t.Context(), agent.code())
		w.must(err)
		refusals := w.relay.Watch(adversary.Down(relay.KindRefuse))
		reveals := w.relay.Watch(adversary.Down(relay.KindReveal))
		for _, suite := range []uint8{0, 2} {
			envelope, err := weak.Forge(f, theyCalled, func(r *handshake.Reply) { r.Suite = suite })
			w.must(err)
			w.must(weak.Send(t.Context(), f.OID, relay.KindReply, envelope))
			receive(w, refusals)
		}
		if len(reveals) != 0 {
			t.Error("a reply of another suite got a reveal")
		}
		outcome(t, "A14", attacks.Stopped, "a reply that repeats another suite is refused")
	})
	t.Run("given up by the bank", func(t *testing.T) {
		w := newWorld(t)
		waiting := w.agent(anna).dials("C-1")
		code := waiting.code()
		signed, hash := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.Suites = []uint8{2} }, w.bankKey("root"))
		w.serveNews(2, hash, signed)
		w.customer("C-1").types(code, theyCalled).ends(ending.Unsupported)
		outcome(t, "A14", attacks.Stopped, "a suite that the newest bundle gave up ends as unsupported")
	})
}

func TestAttackA14MinimumVersion(t *testing.T) {
	w := newWorld(t)
	waiting := w.agent(anna).dials("C-1")
	code := waiting.code()
	signed, hash := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.MinVersion = "9.0.0" }, w.bankKey("root"))
	w.serveNews(2, hash, signed)
	customer := w.customer("C-1").types(code, theyCalled)
	customer.ends(ending.Unsupported)
	if green(customer) {
		t.Error("a program that is too old shows green")
	}
	w.agent(jan).dials("C-2").ends(ending.Unsupported)
	outcome(t, "A14", attacks.Stopped, "a program older than the bundle's minimum ends as unsupported, the agent's like the customer's")
}

// TestAttackA14FrozenBundle shows what is left: a relay that keeps a newer
// bundle from somebody who has not seen it yet.
func TestAttackA14FrozenBundle(t *testing.T) {
	w := newWorld(t)
	first := w.bank.Bundle.Hash()
	signed, _ := w.bundleAfter(w.bank.Bundle, func(b *trust.Bundle) { b.MinVersion = "9.0.0" }, w.bankKey("root"))
	w.publish(signed)
	w.serveNews(1, first)
	agent := w.agent(anna).dials("C-1")
	secured(agent, w.customer("C-1").types(agent.code(), theyCalled))
	outcome(t, "A14", attacks.Limited, "a relay can keep a newer bundle back from who has not seen it, until the older one expires")
}

// TestAttackA14Labels: what an agent signed as one thing is served as another.
func TestAttackA14Labels(t *testing.T) {
	w := newWorld(t)
	rogue := w.rogue(anna)
	prepared, err := rogue.Prepares(t.Context(), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled})
	w.must(err)
	o, err := rogue.NewOffer(offer.BankCalled, prepared, nil)
	w.must(err)
	credential, err := trust.PeekCredential(rogue.Credential)
	w.must(err)
	for _, label := range []string{wire.LabelFrame, wire.LabelConnect, wire.LabelReply, wire.LabelCredential} {
		o.Request.Core, err = wire.Sign(label, rogue.Key, o.Core.Encode())
		w.must(err)
		if err := rogue.Create(t.Context(), o.Request); ending.Of(err, "") != ending.Forged {
			t.Errorf("the server took an offer signed as %q: %v", label, err)
		}
		w.serves(o, credential.ID)
		w.customer("C-1").types(o.Request.Code, theyCalled).ends(ending.Forged)
	}
	outcome(t, "A14", attacks.Stopped, "a signature under one label is none under another")
}

// TestAttackA14Transport offers an older TLS, and none.
func TestAttackA14Transport(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	code := agent.code()
	for name, serve := range map[string]func(net.Conn){
		"TLS 1.2": func(c net.Conn) {
			weak := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{w.bank.Certificate}, MaxVersion: tls.VersionTLS12})
			if weak.Handshake() == nil {
				t.Error("a companion spoke TLS 1.2")
			}
		},
		"no TLS": func(c net.Conn) {
			_, _ = c.Write([]byte("INFO {\"tls_required\":false,\"max_payload\":1048576}\r\n"))
			_, _ = c.Read(make([]byte, 1))
		},
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		w.must(err)
		t.Cleanup(func() { listener.Close() })
		go func() {
			for c, err := listener.Accept(); err == nil; c, err = listener.Accept() {
				serve(c)
				c.Close()
			}
		}()
		h := w.houseOf("C-1")
		o := w.options(h)
		o.Dial = func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", listener.Addr().String())
		}
		c, err := session.OpenCustomer(t.Context(), o)
		w.must(err)
		customer := (&phone{c, w, h}).types(code, theyCalled)
		if got := nextInTime[call.EndedEvent](customer).Reason; got != ending.ServerDown && got != ending.LineLost || told[call.VerdictGiven](customer) {
			t.Errorf("%s: ended %q", name, got)
		}
	}
	outcome(t, "A14", attacks.Stopped, "TLS 1.3 with the pinned key, or nothing is said")
}

// TestAttackA14NoNetwork: "I have no internet here", "my team is not on it yet".
func TestAttackA14NoNetwork(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	code, text := agent.code(), agent.picture()
	w.server.Close()
	victim := w.customer("C-1")
	for name, v := range map[string]session.Verification{
		"typed":            {Answers: theyCalled, Code: code},
		"typed, offline":   {Answers: theyCalled, Code: code, Offline: true},
		"scanned":          {Answers: theyCalled, QRText: text},
		"scanned, offline": {Answers: theyCalled, QRText: text, Offline: true},
	} {
		customer := victim.checks(v)
		end := nextInTime[call.EndedEvent](customer).Reason
		want := ending.ServerDown
		if name == "scanned, offline" {
			want = ending.Offline
		}
		if end != want || green(customer) || told[call.ReadbackShown](customer) {
			t.Errorf("%s: ended %q", name, end)
		}
	}
	customer := victim.checks(session.Verification{Answers: theyCalled, QRText: text, Offline: true})
	if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Unverified {
		t.Errorf("offline is %v", out.Result)
	}
	outcome(t, "A14", attacks.Stopped, "without the bank's server nothing is green and nothing goes on")
}
