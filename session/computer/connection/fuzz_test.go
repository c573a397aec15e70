// Fuzz targets of what a server says: the stream before the NATS client reads
// it, the pushes, and the address that a bundle or a ticket names. A ticket
// holder talks to a server that is not proven yet.

package connection

import (
	"log/slog"
	"net"
	"net/url"
	"strings"
	"testing"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// FuzzGuard: the stream is judged the same however it is cut, and what passes
// never leaves the guard waiting for more than its limits.
func FuzzGuard(f *testing.F) {
	f.Add([]byte("INFO {}\r\nMSG a 1 5\r\nhello\r\nPING\r\n"), 7)
	f.Add([]byte("HMSG a 1 12 17\r\nNATS/1.0\r\n\r\nhello\r\n"), 1)
	f.Add([]byte("MSG a 1 9223372036854775807\r\n"), 3)
	f.Add([]byte("-ERR 'Authorization Violation'\r\n+OK\r\nPONG\r\n"), 2)
	f.Fuzz(func(t *testing.T, stream []byte, cut int) {
		var whole, pieces guard
		want := whole.check(stream)
		if cut < 1 {
			cut = 1
		}
		var got error
		for rest := stream; len(rest) > 0 && got == nil; rest = rest[min(cut, len(rest)):] {
			got = pieces.check(rest[:min(cut, len(rest))])
		}
		if got != want {
			t.Fatalf("in one piece %v, in pieces of %d %v", want, cut, got)
		}
		if want == nil && (whole.payload < 0 || whole.payload > maxPayload+2 || len(whole.line) > maxControl) {
			t.Fatalf("state out of bounds: %d bytes to come, line of %d", whole.payload, len(whole.line))
		}
	})
}

// FuzzPush: a push is handed on only if it is the one encoding of a message
// that exists, and no reason that is not in the table gets through.
func FuzzPush(f *testing.F) {
	f.Add(wire.Marshal(relay.Push{OID: offer.ID{1}, Kind: relay.KindReply, Body: []byte{1}, From: "U"}))
	f.Add(wire.Marshal(relay.Push{Kind: relay.KindNotice, Body: []byte("reported")}))
	f.Add(wire.Marshal(relay.Push{Kind: relay.KindAlert, Body: []byte("<b>all is well</b>")}))
	f.Add(wire.Marshal(relay.Push{Kind: 99}))
	f.Fuzz(func(t *testing.T, data []byte) {
		var got []relay.Push
		c := &Conn{log: slog.New(slog.DiscardHandler), options: Options{OnPush: func(p relay.Push) { got = append(got, p) }}}
		c.push(data)
		sent, err := relay.Decode[relay.Push](data)
		wanted := err == nil && sent.Kind >= relay.KindReply && sent.Kind <= relay.KindAlert
		if wanted != (len(got) == 1) {
			t.Fatalf("%v, and handed on %+v", err, got)
		}
		if wanted && (sent.Kind == relay.KindNotice || sent.Kind == relay.KindAlert) && !ending.Reason(got[0].Body).Known() {
			t.Fatalf("the server's own word %q got through", got[0].Body)
		}
		c.closed.Store(true)
		if c.push(data); len(got) > 1 || !wanted && len(got) > 0 {
			t.Fatal("a push after the end")
		}
	})
}

// FuzzAddress: an address that is taken leads to a host and a port over TLS, and
// carries nothing else.
func FuzzAddress(f *testing.F) {
	f.Add("tls://relay.example.org:4222")
	f.Add("tls://[2001:db8::1]:4222")
	f.Add("tls://user:secret@relay.example.org:4222/path?query#fragment")
	f.Add("nats://relay.example.org:4222")
	f.Fuzz(func(t *testing.T, address string) {
		o := Options{URL: address, Role: relay.RoleCompanion}
		if err := o.check(); err != nil {
			if ending.Of(err, "") != ending.NotACode {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "tls" || u.User != nil || !strings.Contains(address, "://") {
			t.Fatalf("%q is taken", address)
		}
		if host, port, err := net.SplitHostPort(u.Host); err != nil || host == "" || port == "" {
			t.Fatalf("%q leads to %q and %q: %v", address, host, port, err)
		}
	})
}
