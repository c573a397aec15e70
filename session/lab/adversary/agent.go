// This file owns the hostile agent: somebody with an agent's key (their own,
// or a stolen one) who speaks to the relay without the rules of the agent's
// program.

package adversary

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"net"
	"time"

	"countersign/session/computer/connection"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// errSilence says that nothing was pushed in time.
var errSilence = errors.New("adversary: nothing came")

// patience is how long an attacker waits for an answer.
const patience = 20 * time.Second

// Bank is what every attacker knows of a bank: its public bundle, the way to
// its relay, the time.
type Bank struct {
	Bundle *trust.Bundle
	Dial   func(ctx context.Context, address string) (net.Conn, error)
	Now    func() time.Time
}

// connect opens a connection; the attacker hears its pushes.
func (b Bank) connect(ctx context.Context, o connection.Options) (*connection.Conn, <-chan relay.Push, error) {
	pushes := make(chan relay.Push, 256)
	o.URL, o.KeyHash, o.Dial = b.Bundle.Relays[0].URL, b.Bundle.Relays[0].KeyHash, b.Dial
	o.OnPush = func(p relay.Push) { pushes <- p }
	conn, err := connection.Dial(ctx, o)
	return conn, pushes, err
}

// Agent is a hostile agent, connected.
type Agent struct {
	*connection.Conn
	Bank
	Key        *ecdsa.PrivateKey
	Credential []byte // as the issuer signed it
	Pushes     <-chan relay.Push
}

// Agent connects with an agent's key and number, and signs in. Errors are
// those of connection.
func (b Bank) Agent(ctx context.Context, id uint64, key *ecdsa.PrivateKey) (*Agent, error) {
	a := &Agent{Bank: b, Key: key}
	var err error
	a.Conn, a.Pushes, err = b.connect(ctx, connection.Options{
		Role: relay.RoleAgent,
		Token: func(nkey string, keyHash [32]byte) (string, error) {
			return relay.Connect{AgentID: id, Nkey: nkey, Time: b.Now().Unix(), KeyHash: keyHash}.Token(key)
		},
	})
	if err != nil {
		return nil, err
	}
	answer, err := a.Conn.Credential(ctx, relay.CredentialRequest{BundleVersion: b.Bundle.Version, BundleHash: b.Bundle.Hash()})
	if err != nil {
		a.Close()
		return nil, err
	}
	a.Credential = answer.Credential
	return a, nil
}

// WithToken connects with an nkey of the attacker's own and somebody else's
// connect token. Errors are those of connection.
func (b Bank) WithToken(ctx context.Context, token string) (*connection.Conn, error) {
	conn, _, err := b.connect(ctx, connection.Options{
		Role:  relay.RoleAgent,
		Token: func(string, [32]byte) (string, error) { return token, nil },
	})
	return conn, err
}

// Prepares asks the authority about a customer, as an honest program would.
func (a *Agent) Prepares(ctx context.Context, q relay.PrepareRequest) (relay.Prepared, error) {
	answer, err := a.Prepare(ctx, q)
	if err != nil {
		return relay.Prepared{}, err
	}
	return answer.Open(a.Bundle, q, a.Now())
}

// Offer is an offer with the secrets of its maker.
type Offer struct {
	Core    offer.Core
	Keys    *handshake.OfferKeys
	Request relay.CreateRequest // as it would be placed
}

// NewOffer makes an offer as an honest program would, for the customer that
// was prepared, except for what edit changes of the core before it is signed.
func (a *Agent) NewOffer(d offer.Direction, prepared relay.Prepared, edit func(*offer.Core)) (*Offer, error) {
	credential, err := trust.PeekCredential(a.Credential)
	if err != nil {
		return nil, err
	}
	id := offer.NewCallID()
	keys, err := handshake.NewOfferKeys(a.Bundle.BankID, id)
	if err != nil {
		return nil, err
	}
	ref := offer.RefHash(id, prepared.Pseudonym)
	o := &Offer{Keys: keys, Core: offer.Core{
		Credential: credential.Hash(), CallID: id, Start: a.Now().Unix(), Direction: d, Purpose: trust.Transfer,
		Line: prepared.Line, Ref: ref[:], Suite: trust.Suite1, Keys: keys.Public().Hash(),
	}}
	if edit != nil {
		edit(&o.Core)
	}
	signed, err := wire.Sign(wire.LabelOffer, a.Key, o.Core.Encode())
	if err != nil {
		return nil, err
	}
	public := keys.Public()
	o.Request = relay.CreateRequest{
		Code: offer.Code(o.Core.ID()), Core: signed, Credential: a.Credential, PKA: public.PKA, CA: public.CA,
		Pseudonym: prepared.Pseudonym[:],
	}
	if o.Core.Ref == nil {
		o.Request.Pseudonym = nil
	}
	return o, nil
}

// Served is the lookup answer in which a hostile relay serves this offer in
// place of another's. Staple and news stay those of the answer it was given.
func (o *Offer) Served(a relay.LookupAnswer) relay.LookupAnswer {
	a.Core, a.Credential, a.PKA, a.CA = o.Request.Core, o.Request.Credential, o.Request.PKA, o.Request.CA
	return a
}

// Accept opens a reply to the offer and takes whatever device it names at its
// word, so far as the handshake lets it.
func (o *Offer) Accept(b *trust.Bundle, envelope []byte) (*handshake.Opened, error) {
	opened, err := o.Keys.Open(o.Core, envelope)
	if err != nil || opened.Guest {
		return opened, err
	}
	device, err := b.Device(opened.Device)
	if err != nil {
		return opened, err
	}
	return opened, opened.VerifyDevice(device.Key())
}

// Next waits for the next push of a kind and passes over others.
func Next(ctx context.Context, pushes <-chan relay.Push, kind relay.Kind) (relay.Push, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		select {
		case p := <-pushes:
			if p.Kind == kind {
				return p, nil
			}
		case <-ctx.Done():
			return relay.Push{}, errSilence
		}
	}
}
