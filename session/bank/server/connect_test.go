// This file tests who may connect.

package server

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"countersign/session/bank/broker"
	"countersign/session/protocol/relay"
)

func TestClientsThatMustNotConnect(t *testing.T) {
	w := newWorld(t, generous())
	agent, revoked := w.agent("Anna Kowalska"), w.agent("Piotr Nowak")
	w.must(w.server.Directory().RevokeAgent(w.Context(), revoked.id))
	pair, public := newNkey(t)
	other, otherPublic := newNkey(t)
	account, err := nkeys.CreateAccount()
	w.must(err)
	accountPublic, err := account.PublicKey()
	w.must(err)
	token := func(edit func(*relay.Connect)) nats.Option {
		c := relay.Connect{AgentID: agent.id, Nkey: public, Time: w.now().Unix(), KeyHash: w.bank.KeyHash}
		edit(&c)
		text, err := c.Token(agent.key)
		w.must(err)
		return nats.Token(text)
	}
	seconds := func(n int64) func(*relay.Connect) { return func(c *relay.Connect) { c.Time += n } }
	notSigned := func([]byte) ([]byte, error) { return other.Sign([]byte("another nonce")) }
	for name, change := range map[string]nats.Option{
		"the nonce signed by another nkey": nats.Nkey(public, other.Sign),
		"another nonce signed":             nats.Nkey(otherPublic, notSigned),
		"an empty signature":               nats.Nkey(public, func([]byte) ([]byte, error) { return nil, nil }),
		"no nkey":                          func(o *nats.Options) error { o.Nkey, o.SignatureCB = "", nil; return nil },
		"an account's nkey":                nats.Nkey(accountPublic, account.Sign),
		"a token that is nothing":          nats.Token("agent"),
		"a token for another nkey":         token(func(c *relay.Connect) { c.Nkey = otherPublic }),
		"a token for another server":       token(func(c *relay.Connect) { c.KeyHash[0]++ }),
		"a token two minutes old":          token(seconds(-120)),
		"a token from the future":          token(seconds(120)),
		"a token of an unknown agent":      token(func(c *relay.Connect) { c.AgentID = 999 }),
		"a token naming another agent":     token(func(c *relay.Connect) { c.AgentID = revoked.id }),
		"a token of a revoked agent":       nats.Token(w.token(revoked, public)),
		"a user name":                      nats.UserInfo("somebody", ""),
		"the services' own name":           nats.UserInfo(broker.ClientAccount, ""),
		"the store's own name":             nats.UserInfo(broker.BankAccount, "x"),
		"TLS 1.2":                          nats.Secure(&tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}),
		"no TLS first":                     func(o *nats.Options) error { o.TLSHandshakeFirst = false; o.Timeout = time.Second; return nil },
		"no TLS": func(o *nats.Options) error {
			o.Secure, o.TLSHandshakeFirst, o.TLSConfig, o.Timeout = false, false, nil, time.Second
			return nil
		},
	} {
		conn, err := nats.Connect(w.server.URL(), append(options(pair, public, ""), change)...)
		if err == nil {
			conn.Close()
			t.Errorf("connected: %s", name)
		}
	}
	if _, ok := w.server.services.clients.Agent(public); ok {
		t.Error("a refused client is remembered as an agent")
	}
	for _, honest := range []string{"", relay.EnrolToken, w.token(agent, public)} {
		conn, err := nats.Connect(w.server.URL(), options(pair, public, honest)...)
		w.must(err)
		conn.Close()
	}
}

func TestTheServicesPasswordIsWorthNothingOverTheNetwork(t *testing.T) {
	w := newWorld(t, generous())
	conn, err := w.server.broker.Connect(broker.ClientAccount, "test")
	w.must(err)
	password := conn.Opts.Password
	conn.Close()
	pair, public := newNkey(t)
	for _, account := range []string{broker.ClientAccount, broker.BankAccount} {
		for _, o := range [][]nats.Option{
			append(options(pair, public, ""), nats.UserInfo(account, password)),
			{nats.UserInfo(account, password), nats.Secure(&tls.Config{InsecureSkipVerify: true}), nats.TLSHandshakeFirst(), nats.NoReconnect()},
		} {
			if conn, err := nats.Connect(w.server.URL(), o...); err == nil {
				conn.Close()
				t.Errorf("connected over the network as %s", account)
			}
		}
	}
}

func TestAClientOfTheSameProcessMeetsTheCallout(t *testing.T) {
	w := newWorld(t, generous())
	pair, public := newNkey(t)
	inProcess := []nats.Option{
		nats.InProcessServer(w.server), nats.Nkey(public, pair.Sign), nats.CustomInboxPrefix(relay.InboxPrefix(public)), nats.NoReconnect(),
		nats.Secure(&tls.Config{InsecureSkipVerify: true}), nats.TLSHandshakeFirst(),
	}
	conn, err := nats.Connect("", inProcess...)
	w.must(err)
	w.Cleanup(conn.Close)
	c := &client{w: w, conn: conn, nkey: public}
	c.looksUp("123456789", "unknown_code")
	if tryPublish(c, relay.AgentSubject(relay.OpCreate, public), "") == nil {
		t.Error("a companion of the same process publishes as an agent")
	}
	_, other := newNkey(t)
	if conn, err := nats.Connect("", append(inProcess, nats.Nkey(other, pair.Sign))...); err == nil {
		conn.Close()
		t.Error("connected without the nkey's private half")
	}
}
