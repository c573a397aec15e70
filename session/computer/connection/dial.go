// This file owns how a connection is opened: TCP or what Options.Dial gives,
// TLS 1.3 before any word of NATS, the pinned key, the connect token. The NATS
// client gets the finished connection from a dialer, so that its own TLS (a
// chain of certificates, TLS 1.2) never runs.

package connection

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
)

// errToken marks the error of Options.Token.
var errToken = errors.New("making the connect token")

// dialer opens the sockets of one Conn, one after another. It implements
// nats.CustomDialer; the NATS client calls it with its lock held.
type dialer struct {
	life    context.Context // ends with the Conn
	conn    *Conn
	socket  *socket // the last one opened
	connect string  // the token for the next greeting

	mu   sync.Mutex
	pin  [32]byte
	any  bool // no pin yet: the first key seen becomes it
	seen [32]byte
}

func newDialer(life context.Context, c *Conn) *dialer {
	return &dialer{life: life, conn: c, pin: c.options.KeyHash, any: c.options.AnyKey}
}

// SkipTLSHandshake tells the NATS client that Dial has done it.
func (d *dialer) SkipTLSHandshake() bool { return true }

// Dial opens a connection to the pinned server and prepares the token.
func (d *dialer) Dial(_, address string) (net.Conn, error) {
	again := d.socket != nil
	if again {
		d.socket.Close() // the NATS client forgets one whose greeting failed
	}
	s, err := d.open(address)
	if err != nil {
		if again && ending.Of(err, "") == ending.WrongServerKey {
			d.conn.fail(err)
		}
		return nil, err
	}
	d.socket = s
	if d.connect, err = d.newToken(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (d *dialer) open(address string) (*socket, error) {
	ctx, cancel := context.WithTimeout(d.life, connectTimeout)
	defer cancel()
	raw, err := d.conn.options.Dial(ctx, address)
	if err != nil {
		return nil, ending.Wrap(ending.ServerDown, err)
	}
	host, _, _ := net.SplitHostPort(address)
	secured := tls.Client(raw, &tls.Config{
		ServerName: host,
		MinVersion: tls.VersionTLS13,
		// No certificate authority vouches for a bank's server: the bank's
		// roots do, by listing its key in the bundle. VerifyConnection compares
		// that key; TLS proves that the server holds it.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			err := d.verify(state)
			if err != nil {
				raw.Close() // a farewell to a stranger who does not read would block
			}
			return err
		},
	})
	if err := secured.HandshakeContext(ctx); err != nil {
		raw.Close()
		if ending.Of(err, "") == ending.WrongServerKey {
			return nil, err
		}
		return nil, ending.Wrap(ending.ServerDown, fmt.Errorf("TLS: %w", err))
	}
	s := &socket{Conn: secured, raw: raw, closed: func() { d.conn.up.Store(false) }}
	s.release = context.AfterFunc(d.life, func() { raw.Close() })
	return s, nil
}

// dialTCP is the network as it is when nobody asks for another.
func dialTCP(ctx context.Context, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

// verify compares the server's key with the pinned one.
func (d *dialer) verify(state tls.ConnectionState) error {
	seen := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.any {
		d.pin, d.any = seen, false
	}
	if seen != d.pin {
		return ending.Because(ending.WrongServerKey, "the server's TLS key is not the pinned one")
	}
	d.seen = seen
	return nil
}

func (d *dialer) seenKey() [32]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen
}

func (d *dialer) newToken() (string, error) {
	switch d.conn.options.Role {
	case relay.RoleAgent:
		token, err := d.conn.options.Token(d.conn.nkey, d.seenKey())
		if err != nil {
			return "", fmt.Errorf("%w: %w", errToken, err)
		}
		return token, nil
	case relay.RoleEnrol:
		return relay.EnrolToken, nil
	}
	return "", nil
}

// token gives the NATS client the token that the last Dial prepared.
func (d *dialer) token() string { return d.connect }

// socket is the connection that the NATS client reads and writes.
type socket struct {
	net.Conn // the TLS connection
	raw      net.Conn
	guard    guard
	closed   func()
	release  func() bool
}

// Read refuses what the NATS client could not bear (see guard).
func (s *socket) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if bad := s.guard.check(p[:n]); bad != nil {
		s.Close()
		return 0, bad
	}
	return n, err
}

// Write closes the connection when it fails: after a write that timed out,
// TLS cannot go on, and the reader should learn of it at once.
func (s *socket) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	if err != nil {
		s.Close()
	}
	return n, err
}

// Close closes the socket under TLS: a farewell to a dead peer would block.
func (s *socket) Close() error {
	s.closed()
	s.release()
	return s.raw.Close()
}
