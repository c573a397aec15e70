// These tests enrol at servers that lie. Each lie is one that only one check
// can find; nothing may be pinned after it.

package session_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// liar is a server that knows a ticket's secret and a real bank's objects, and
// tells one lie.
type liar struct {
	t      *testing.T
	bank   *bank.Bank
	ticket enrol.Ticket
	keys   enrol.Keys
	hello  relay.EnrolHelloRequest
	answer relay.EnrolHelloAnswer
	proofs chan relay.EnrolProveRequest // what the client has proven
	lie    lie
}

// lie changes what an honest server would say; nil parts are honest.
type lie struct {
	certificate func() tls.Certificate
	hello       func(*relay.EnrolHelloAnswer)
	bundle      func(*relay.EnrolBundleAnswer)
	prove       func(*liar, *relay.EnrolProveAnswer)
}

func newLiar(t *testing.T, l lie) *liar {
	t.Helper()
	dir, addr := t.TempDir()+"/bank", freeAddress(t)
	err := bank.Init(dir, bank.Options{Name: "Example Bank", Relay: "tls://" + addr, Lines: []string{"+48221112233"}, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	b, err := bank.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	server := &liar{t: t, bank: b, ticket: enrol.NewTicket(addr), proofs: make(chan relay.EnrolProveRequest, 1), lie: l}
	if server.keys, err = server.ticket.Keys(); err != nil {
		t.Fatal(err)
	}
	server.listen(addr)
	return server
}

func (l *liar) listen(addr string) {
	certificate := l.bank.Certificate
	if l.lie.certificate != nil {
		certificate = l.lie.certificate()
	}
	host, port, _ := strings.Cut(addr, ":")
	number, _ := new(big.Int).SetString(port, 10)
	s, err := natsserver.NewServer(&natsserver.Options{
		Host: host, Port: int(number.Int64()), NoSigs: true, NoLog: true, AlwaysEnableNonce: true, TLSHandshakeFirst: true,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13},
	})
	if err != nil {
		l.t.Fatal(err)
	}
	s.Start()
	l.t.Cleanup(s.Shutdown)
	if !s.ReadyForConnections(10 * time.Second) {
		l.t.Fatal("the server does not start")
	}
	conn, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(conn.Close)
	if _, err := conn.Subscribe(relay.EnrolSubjects, l.serve); err != nil {
		l.t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		l.t.Fatal(err)
	}
}

func (l *liar) serve(m *nats.Msg) {
	q, err := relay.Decode[relay.EnrolRequest](m.Data)
	if err != nil {
		return
	}
	var body []byte
	switch q.Step {
	case relay.EnrolHello:
		l.hello, _ = relay.Decode[relay.EnrolHelloRequest](q.Body)
		l.answer = relay.EnrolHelloAnswer{BankID: l.bank.Bundle.BankID, RootsHash: l.bank.Bundle.RootsHash()}
		if l.lie.hello != nil {
			l.lie.hello(&l.answer)
		}
		body = wire.Marshal(l.answer)
	case relay.EnrolBundle:
		a := relay.EnrolBundleAnswer{Bundles: l.bank.Lineage, Content: l.bank.Content}
		if l.lie.bundle != nil {
			l.lie.bundle(&a)
		}
		body = wire.Marshal(a)
	case relay.EnrolProve:
		q, _ := relay.Decode[relay.EnrolProveRequest](q.Body)
		if err := enrol.CheckClientProof(l.keys.Public(), l.transcript(), q.Proof); err != nil {
			l.t.Errorf("the client's proof: %v", err)
		}
		l.proofs <- q
		a := relay.EnrolProveAnswer{
			Proof:   l.keys.ServerProof(l.answer.RootsHash, l.answer.BankID),
			Bundles: l.bank.Lineage, Content: l.bank.Content, Credential: l.device(l.hello.Public),
		}
		if l.lie.prove != nil {
			l.lie.prove(l, &a)
		}
		body = wire.Marshal(a)
	}
	_ = m.Respond(wire.Marshal(relay.Answer{Body: body}))
}

func (l *liar) transcript() [32]byte {
	return enrol.Transcript(l.answer.RootsHash, l.answer.BankID, l.hello.Public, l.hello.Nonce, l.answer.Nonce, l.hello.Agent)
}

func (l *liar) device(public []byte) []byte {
	now := time.Now()
	signed, err := trust.SignDevice(trust.Device{
		Issuer: wire.KeyID(wire.Point(&l.bank.IssuerAt(time.Now()).PublicKey)), Public: public, NotBefore: now.Unix(), Expiry: now.Add(time.Hour).Unix(), Lines: []string{"0800"}, Enrolled: now.Unix(),
	}, l.bank.IssuerAt(time.Now()))
	if err != nil {
		l.t.Error(err)
	}
	return signed
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// ownCertificate is a certificate that the bank's bundle does not name.
func ownCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestEnrolmentAtALiar(t *testing.T) {
	// Another bank's bundle, well signed by that bank's own roots.
	elsewhere := newLiar(t, lie{}).bank
	rows := []struct {
		name string
		lie  lie
		want ending.Reason
	}{
		{"an honest server", lie{}, ""},
		{"another bank's bundle before the proof", lie{bundle: func(a *relay.EnrolBundleAnswer) { a.Bundles = elsewhere.Lineage }}, ending.Forged},
		{"no bundle before the proof", lie{bundle: func(a *relay.EnrolBundleAnswer) { a.Bundles = nil }}, ending.Forged},
		{"another bank with its own bundle", lie{
			hello: func(a *relay.EnrolHelloAnswer) {
				a.BankID, a.RootsHash = elsewhere.Bundle.BankID, elsewhere.Bundle.RootsHash()
			},
			bundle: func(a *relay.EnrolBundleAnswer) { a.Bundles = elsewhere.Lineage },
		}, ending.WrongServerKey},
		{"a server that does not know the secret", lie{prove: func(_ *liar, a *relay.EnrolProveAnswer) { a.Proof[0]++ }}, ending.Forged},
		{"a proof for other roots", lie{prove: func(l *liar, a *relay.EnrolProveAnswer) {
			a.Proof = l.keys.ServerProof(elsewhere.Bundle.RootsHash(), l.answer.BankID)
		}}, ending.Forged},
		{"a proof for another bank", lie{prove: func(l *liar, a *relay.EnrolProveAnswer) {
			a.Proof = l.keys.ServerProof(l.answer.RootsHash, elsewhere.Bundle.BankID)
		}}, ending.Forged},
		{"another bank's bundle", lie{prove: func(_ *liar, a *relay.EnrolProveAnswer) { a.Bundles = elsewhere.Lineage }}, ending.Forged},
		{"another bank's id before the proof", lie{hello: func(a *relay.EnrolHelloAnswer) { a.BankID[0]++ }}, ending.Forged},
		{"other roots before the proof", lie{hello: func(a *relay.EnrolHelloAnswer) { a.RootsHash = elsewhere.Bundle.RootsHash() }}, ending.Forged},
		{"another bank's content", lie{prove: func(_ *liar, a *relay.EnrolProveAnswer) { a.Content = elsewhere.Content }}, ending.Forged},
		{"no credential", lie{prove: func(_ *liar, a *relay.EnrolProveAnswer) { a.Credential = nil }}, ending.Forged},
		{"a credential for another device", lie{prove: func(l *liar, a *relay.EnrolProveAnswer) {
			a.Credential = l.device(wire.Point(&newKey(l.t).PublicKey))
		}}, ending.Forged},
		{"another TLS key in the middle", lie{certificate: func() tls.Certificate { return ownCertificate(t) }}, ending.WrongServerKey},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			server := newLiar(t, row.lie)
			c, _ := emptyCustomer(t)
			_, err := c.Enrol(t.Context(), session.Enrolment{Ticket: server.ticket.String()})
			if got := ending.Of(err, ""); got != row.want {
				t.Errorf("enrolled with %v, want %q", err, row.want)
			}
			banks, err := c.Banks(t.Context())
			if err != nil || (len(banks) == 1) != (row.want == "") {
				t.Errorf("%d banks are kept (%v)", len(banks), err)
			}
			// Before the proof nothing may use the ticket up.
			if late := row.want == "" || row.lie.prove != nil; (len(server.proofs) == 1) != late {
				t.Errorf("%d proofs were sent", len(server.proofs))
			}
		})
	}
}

func TestEnrolmentWithWrongWords(t *testing.T) {
	server := newLiar(t, lie{})
	c, _ := emptyCustomer(t)
	words := strings.Repeat("abandon ", 8)
	_, err := c.Enrol(t.Context(), session.Enrolment{Ticket: server.ticket.String(), Fingerprint: words})
	if ending.Of(err, "") != ending.Forged {
		t.Errorf("enrolled with other words: %v", err)
	}
}
