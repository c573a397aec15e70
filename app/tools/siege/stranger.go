// This file owns a stranger: a connection of somebody hostile, who speaks NATS
// by hand, reads when it pleases and keeps to no rule of a client.

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/nats-io/nkeys"
)

// greetWithin bounds TCP, TLS and NATS's greeting together.
const greetWithin = 10 * time.Second

// stranger is an accepted connection.
type stranger struct {
	net.Conn
	nkey string
	in   *bufio.Reader
}

// localDialer dials from an address of this computer, so that callers and
// attackers come from different ones.
func localDialer(from string) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
}

// intrude connects from an address of this computer, with this connect token,
// and returns once the server has accepted it.
func intrude(ctx context.Context, address, from, token string) (*stranger, error) {
	ctx, cancel := context.WithTimeout(ctx, greetWithin)
	defer cancel()
	raw, err := localDialer(from).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	secured := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}) // who attacks checks nothing
	s := &stranger{Conn: secured, in: bufio.NewReader(secured)}
	_ = raw.SetDeadline(time.Now().Add(greetWithin))
	if err := errors.Join(secured.HandshakeContext(ctx), s.greet(token)); err != nil {
		raw.Close()
		return nil, err
	}
	_ = raw.SetDeadline(time.Time{})
	return s, nil
}

// greet proves a fresh nkey and waits for the server's PONG.
func (s *stranger) greet(token string) error {
	line, err := s.in.ReadString('\n')
	if err != nil {
		return err
	}
	var info struct{ Nonce string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "INFO ")), &info); err != nil {
		return err
	}
	pair, err := nkeys.CreateUser()
	if err != nil {
		return err
	}
	if s.nkey, err = pair.PublicKey(); err != nil {
		return err
	}
	signature, err := pair.Sign([]byte(info.Nonce))
	if err != nil {
		return err
	}
	connect, err := json.Marshal(map[string]any{
		"verbose": false, "pedantic": false, "lang": "siege", "version": "1", "protocol": 1,
		"nkey": s.nkey, "sig": base64.RawURLEncoding.EncodeToString(signature), "auth_token": token,
	})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s, "CONNECT %s\r\nPING\r\n", connect); err != nil {
		return err
	}
	if line, err = s.in.ReadString('\n'); err != nil {
		return err
	}
	if line != "PONG\r\n" {
		return errors.New(strings.TrimSpace(line))
	}
	return nil
}

// publication is one message as NATS writes it, with a reply subject of this
// many characters in the stranger's own inbox, or none.
func (s *stranger) publication(subject string, reply int, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "PUB %s ", subject)
	if inbox := "_INBOX_" + s.nkey + "."; reply > len(inbox) {
		fmt.Fprintf(&b, "%s%s ", inbox, strings.Repeat("x", reply-len(inbox)))
	}
	fmt.Fprintf(&b, "%d\r\n%s\r\n", len(body), body)
	return b.Bytes()
}

// pour writes the same bytes again and again, as fast as the server takes
// them, until ctx ends or the server cuts it off. It returns how many bytes.
func (s *stranger) pour(ctx context.Context, what []byte) (n int64) {
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	defer s.Close()
	batch := bytes.Repeat(what, max(1, (64<<10)/len(what)))
	for {
		written, err := s.Write(batch)
		n += int64(written)
		if err != nil {
			return n
		}
	}
}

// swallow reads and forgets until the connection ends.
func (s *stranger) swallow() {
	buffer := make([]byte, 32<<10)
	for {
		if _, err := s.in.Read(buffer); err != nil {
			return
		}
	}
}
