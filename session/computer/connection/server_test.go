// This file holds what the tests talk to: a bare NATS server on the loopback
// with TLS first and a door that records who knocks, and a proxy that can fall
// silent. Tests wait for events, never for time.

package connection

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"math/big"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"countersign/session/protocol/relay"
)

// patience bounds how long a test waits for an event that must come.
const patience = 30 * time.Second

func wait[T any](t *testing.T, events <-chan T, what string) T {
	t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(patience):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

// newKey makes a server key with a self-signed certificate, and its hash.
func newKey(t *testing.T) (tls.Certificate, [32]byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, sha256.Sum256(spki)
}

// knock is one attempt to connect, as the door saw it.
type knock struct{ nkey, token string }

// door stands for the auth callout.
type door struct {
	knocks chan knock
	shut   atomic.Bool
}

const responderToken = "responder"

// Check implements server.Authentication.
func (d *door) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if o.Token == responderToken {
		return true
	}
	sig, _ := base64.RawURLEncoding.DecodeString(o.Sig)
	public, err := nkeys.FromPublicKey(o.Nkey)
	proven := err == nil && public.Verify(c.GetNonce(), sig) == nil
	d.knocks <- knock{o.Nkey, o.Token}
	return proven && !d.shut.Load()
}

// bank is a running server with a responder inside.
type bank struct {
	*server.Server
	*door
	responder *nats.Conn
	identity  tls.Certificate
}

// startBank starts a server at a port of the loopback (-1: any free one).
func startBank(t *testing.T, certificate tls.Certificate, port int, d *door) *bank {
	t.Helper()
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true,
		TLS: true, TLSTimeout: 5, TLSHandshakeFirst: true,
		TLSConfig:                  &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13},
		AlwaysEnableNonce:          true,
		CustomClientAuthentication: d,
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	if !srv.ReadyForConnections(patience) {
		t.Fatal("the server did not start")
	}
	b := &bank{Server: srv, door: d, identity: certificate}
	if b.responder, err = nats.Connect("", nats.InProcessServer(srv), nats.Token(responderToken)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.stop)
	return b
}

func (b *bank) stop() {
	b.responder.Close()
	b.Shutdown()
	b.WaitForShutdown()
}

func (b *bank) port() int { return b.Addr().(*net.TCPAddr).Port }

func (b *bank) url() string { return "tls://" + b.Addr().String() }

// answer makes the responder answer every request on a subject.
func (b *bank) answer(t *testing.T, subject string, with func(*nats.Msg) []byte) {
	t.Helper()
	if _, err := b.responder.Subscribe(subject, func(m *nats.Msg) {
		if answer := with(m); answer != nil {
			_ = m.Respond(answer) // whoever asked may be gone
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := b.responder.Flush(); err != nil {
		t.Fatal(err)
	}
}

func (b *bank) pushTo(t *testing.T, nkey string, data []byte) {
	t.Helper()
	if err := b.responder.Publish(relay.PushSubject(nkey), data); err != nil {
		t.Fatal(err)
	}
}

// disconnect ends the connection of the client, the only one with TLS.
func (b *bank) disconnect(t *testing.T) {
	t.Helper()
	connections, err := b.Connz(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range connections.Conns {
		if c.TLSVersion != "" {
			if err := b.DisconnectClientByID(c.Cid); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("no client is connected")
}

func newDoor() *door { return &door{knocks: make(chan knock, 100)} }

// newBank starts a server with a fresh key and returns options that fit it.
func newBank(t *testing.T) (*bank, Options) {
	t.Helper()
	certificate, hash := newKey(t)
	b := startBank(t, certificate, -1, newDoor())
	return b, Options{URL: b.url(), KeyHash: hash, Role: relay.RoleCompanion}
}

func dial(t *testing.T, o Options) *Conn {
	t.Helper()
	c, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// proxy passes TCP on to a server until it falls silent: from then on it
// keeps its connections open and moves nothing.
type proxy struct {
	net.Listener
	silent atomic.Bool
}

func startProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", target)
			if err != nil {
				client.Close()
				continue
			}
			t.Cleanup(func() { client.Close(); upstream.Close() })
			go p.pump(client, upstream)
			go p.pump(upstream, client)
		}
	}()
	return p
}

func (p *proxy) pump(to io.Writer, from io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if !p.silent.Load() {
			_, _ = to.Write(buffer[:n])
		}
	}
}
