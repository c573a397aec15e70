// Fuzz target of what a client presents when it connects.

package callout

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/base64"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"

	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire/wiretest"
)

// FuzzAdmit: nobody is let in without the private half of the nkey, nobody is
// an agent without that agent's own fresh token for this nkey and this server,
// and everybody gets the subjects of their role and no others.
func FuzzAdmit(f *testing.F) {
	const nonce = "a nonce of this connection"
	now, agent := time.Unix(1_772_366_400, 0), wiretest.Key(1)
	pair, err := nkeys.FromRawSeed(nkeys.PrefixByteUser, bytes.Repeat([]byte{1}, 32))
	if err != nil {
		f.Fatal(err)
	}
	nkey, err := pair.PublicKey()
	if err != nil {
		f.Fatal(err)
	}
	signature, err := pair.Sign([]byte(nonce)) // Ed25519: always the same
	if err != nil {
		f.Fatal(err)
	}
	signed := base64.RawURLEncoding.EncodeToString(signature)
	good := relay.Connect{AgentID: 7, Nkey: nkey, Time: now.Unix(), KeyHash: [32]byte{1}}
	token := func(edit func(*relay.Connect)) string {
		c := good
		edit(&c)
		text, err := c.Token(agent)
		if err != nil {
			f.Fatal(err)
		}
		return text
	}
	f.Add(nkey, signed, "", "")
	f.Add(nkey, signed, relay.EnrolToken, "")
	f.Add(nkey, signed, token(func(*relay.Connect) {}), "")
	f.Add(nkey, signed, token(func(c *relay.Connect) { c.Time -= 61 }), "")
	f.Add(nkey, signed, token(func(c *relay.Connect) { c.AgentID = 8 }), "")
	f.Add(nkey, signed, "", "user")
	f.Fuzz(func(t *testing.T, nkey, signature, token, user string) {
		s := &service{seen: NewRegistry(), Options: Options{
			Place:   func(uint64, Client) (string, bool) { return "192.0.2.1", true },
			KeyHash: good.KeyHash, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
			AgentKey: func(_ context.Context, id uint64) (*ecdsa.PublicKey, error) {
				if id != 7 {
					return nil, errors.New("no such agent")
				}
				return &agent.PublicKey, nil
			},
		}}
		request := &jwt.AuthorizationRequestClaims{}
		request.UserNkey = good.Nkey
		request.ClientInformation.Nonce = nonce
		request.ConnectOptions.Nkey, request.ConnectOptions.SignedNonce = nkey, signature
		request.ConnectOptions.Token, request.ConnectOptions.Username = token, user
		rights, err := s.admit(request)
		if err != nil {
			if _, known := s.seen.Agent(nkey); known || s.seen.Address(nkey) != "" {
				t.Fatal("a refused client is remembered")
			}
			return
		}
		raw, err := base64.RawURLEncoding.DecodeString(signature)
		if key, keyErr := nkeys.FromPublicKey(nkey); err != nil || keyErr != nil || key.Verify([]byte(nonce), raw) != nil || user != "" {
			t.Fatalf("let in %q with the signature %q", nkey, signature)
		}
		role := relay.RoleCompanion
		switch _, known := s.seen.Agent(nkey); {
		case known:
			role = relay.RoleAgent
			if c, err := relay.OpenConnect(token, &agent.PublicKey); err != nil || c.Nkey != nkey || c.AgentID != 7 || c.KeyHash != good.KeyHash {
				t.Fatalf("an agent by the token %q", token)
			}
		case token == relay.EnrolToken:
			role = relay.RoleEnrol
		case token != "":
			t.Fatalf("let in with the token %q", token)
		}
		for _, subject := range rights.Permissions.Pub.Allow {
			if relay.Sender(subject) != nkey {
				t.Fatalf("may publish to %q", subject)
			}
		}
		if len(rights.Permissions.Pub.Allow) != len(relay.MayPublish(role, nkey)) || len(rights.Permissions.Sub.Allow) != 1 || rights.Resp != nil {
			t.Fatalf("has the rights %+v", rights.Permissions)
		}
	})
}
