// This file owns the baseline of the lookups: the NATS server of the same
// version that our server embeds, with the same TLS, and the plainest service
// on it, in the same process as ours is.

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"countersign/session/bank"
)

const (
	bareSubject  = "bare"
	startWithin  = 20 * time.Second
	answerWithin = 5 * time.Second
)

// serveBare is the part that runs the baseline.
func serveBare(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	size, err := countArgument(args)
	if err != nil {
		return err
	}
	certificate, err := certificateLikeABanks()
	if err != nil {
		return err
	}
	relay, err := startBare(certificate)
	if err != nil {
		return err
	}
	defer relay.WaitForShutdown()
	defer relay.Shutdown()
	service, err := nats.Connect("", nats.InProcessServer(relay))
	if err != nil {
		return err
	}
	defer service.Close()
	answer := bytes.Repeat([]byte{1}, size)
	if _, err := service.Subscribe(bareSubject, func(m *nats.Msg) { _ = m.Respond(answer) }); err != nil {
		return err
	}
	if err := service.Flush(); err != nil {
		return err
	}
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return err
	}
	return serveUntilDone(ctx, place{URL: "tls://" + relay.Addr().String(), KeyHash: sha256.Sum256(leaf.RawSubjectPublicKeyInfo)}, in, out)
}

func startBare(certificate tls.Certificate) (*server.Server, error) {
	relay, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true,
		TLS: true, TLSHandshakeFirst: true, TLSTimeout: answerWithin.Seconds(),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13},
	})
	if err != nil {
		return nil, err
	}
	relay.Start()
	if !relay.ReadyForConnections(startWithin) {
		relay.Shutdown()
		return nil, errors.New("the plain NATS server did not become ready in time")
	}
	return relay, nil
}

// certificateLikeABanks has the key type and size of a real bank's, because
// it is made like one.
func certificateLikeABanks() (tls.Certificate, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return tls.Certificate{}, err
	}
	defer os.RemoveAll(dir)
	b, err := newBank(filepath.Join(dir, "bank"), "127.0.0.1:4222")
	if err != nil {
		return tls.Certificate{}, err
	}
	return b.Certificate, nil
}

func newBank(dir, address string) (*bank.Bank, error) {
	err := bank.Init(dir, bank.Options{
		Name: "Example Bank", Relay: "tls://" + address, Lines: []string{"+48221112233"}, Now: time.Now(),
	})
	if err != nil {
		return nil, err
	}
	return bank.Load(dir)
}

// dialBare connects a client to the baseline.
func dialBare(at place) (*nats.Conn, error) {
	return nats.Connect(at.URL, nats.TLSHandshakeFirst(), nats.NoReconnect(), nats.Timeout(answerWithin),
		nats.Secure(&tls.Config{
			MinVersion:         tls.VersionTLS13,
			InsecureSkipVerify: true, // as our clients: the key is compared, no authority is asked
			VerifyConnection: func(state tls.ConnectionState) error {
				if sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo) != at.KeyHash {
					return errors.New("not the plain NATS server that was started")
				}
				return nil
			},
		}))
}
