// This file owns how an agent signs in: the key from the keyring, the connection
// under that key, the credential and the bank's news. A call, a shift and a
// preview all go this one way.

package session

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"time"

	"countersign/assets"
	"countersign/session/computer/connection"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/spelling"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
)

// factorDigits is the length of a second factor (CP1, section 9).
const factorDigits = 6

// signIn is one agent's signing in. Those who use it differ only in who hears
// of the connection, and in whether there is a second factor at hand.
type signIn struct {
	*home
	open         func(ctx context.Context, o connection.Options, relays []trust.Relay) (*connection.Conn, error)
	secondFactor string
}

// signedIn is what signing in brought.
type signedIn struct {
	conn       *connection.Conn
	bank       bank
	key        *ecdsa.PrivateKey
	credential *trust.Credential
	signed     []byte // the credential as signed
}

func (s signedIn) close() {
	if s.conn != nil {
		s.conn.Close()
	}
}

// kept is the credential of an earlier sign-in, or nil when it does not last
// for a whole offer and its read-back any more.
func (s signedIn) kept(now time.Time) *trust.Credential {
	credential, err := s.bank.bundle.Credential(s.bank.Credential)
	if err != nil || !bytes.Equal(credential.Public, wire.Point(&s.key.PublicKey)) || !now.Before(shiftEnd(credential)) {
		return nil
	}
	return credential
}

// shiftEnd is when the last call may begin under a credential.
func shiftEnd(c *trust.Credential) time.Time {
	return time.Unix(c.Expiry, 0).Add(-offer.Lifetime - call.ReadbackWindow)
}

// run signs in. What it has opened is in the result even when it fails. Reasons:
// unknown_bank, revoked, wrong_clock, server_down, wrong_server_key, forged,
// expired, unsupported (this program is too old), no_keyring, keyring_locked;
// for the second factor not_a_code (missing, or not six digits: then nothing is
// sent), forged (wrong), replayed (used before), busy (too many guesses).
func (in signIn) run(ctx context.Context) (signedIn, error) {
	if in.secondFactor != "" {
		digits, ok := spelling.Digits(in.secondFactor, factorDigits)
		if !ok {
			return signedIn{}, ending.Because(ending.NotACode, "the second factor is six digits")
		}
		in.secondFactor = digits
	}
	s, err := in.agent(ctx)
	if err != nil {
		return s, err
	}
	if s.conn, err = in.connect(ctx, s); err != nil {
		return s, err
	}
	err = in.obtainCredential(ctx, &s)
	return s, err
}

// agent is who signs in: the bank and the agent's own key, without the network.
func (in signIn) agent(ctx context.Context) (s signedIn, err error) {
	banks, _, err := in.banks(ctx, roleAgent)
	if err != nil {
		return s, err
	}
	if s.bank, err = choose(banks, [16]byte{}); err != nil {
		return s, err
	}
	s.key, err = in.vault.Key(ctx, s.bank.Key)
	if errors.Is(err, vault.ErrNotFound) {
		return s, ending.Because(ending.Revoked, "the keyring does not hold this agent's key any more: enrol again")
	}
	return s, vaultError(err)
}

// connect opens the connection under the agent's own key. A refusal has two causes
// that need different help: a clock that is off, or an agent who is not (or
// no longer) known.
func (in signIn) connect(ctx context.Context, s signedIn) (*connection.Conn, error) {
	conn, err := in.open(ctx, connection.Options{
		Role: relay.RoleAgent,
		Token: func(nkey string, keyHash [32]byte) (string, error) {
			return relay.Connect{AgentID: s.bank.AgentID, Nkey: nkey, Time: in.clock.Now().Unix(), KeyHash: keyHash}.Token(s.key)
		},
	}, s.bank.bundle.Relays)
	if !errors.Is(err, connection.ErrRefused) {
		return conn, err
	}
	off, clockErr := in.clockIsOff(ctx, s.bank.bundle)
	switch {
	case clockErr != nil:
		return nil, clockErr
	case off:
		return nil, ending.Because(ending.WrongClock, "this computer's clock differs from the server's")
	}
	return nil, ending.Because(ending.Revoked, "the server does not accept this agent")
}

func (in signIn) clockIsOff(ctx context.Context, b *trust.Bundle) (bool, error) {
	conn, err := in.open(ctx, connection.Options{Role: relay.RoleEnrol}, b.Relays)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	answer, err := ask[relay.EnrolClockAnswer](ctx, conn, relay.EnrolClock, struct{}{})
	if err != nil {
		return false, err
	}
	return in.clock.Now().Sub(time.Unix(answer.Now, 0)).Abs() > trust.Skew, nil
}

// obtainCredential uses the kept credential while it is good, else asks for a
// fresh one; and takes newer bundles.
func (in signIn) obtainCredential(ctx context.Context, s *signedIn) error {
	ctx, cancel := in.request(ctx)
	defer cancel()
	kept := s.kept(in.clock.Now())
	request := relay.CredentialRequest{
		BundleVersion: s.bank.bundle.Version, BundleHash: s.bank.bundle.Hash(), RefreshOnly: kept != nil,
	}
	if content, err := s.bank.bundle.Content(s.bank.Content); err == nil {
		request.ContentVersion = content.Version
	}
	if kept == nil {
		request.SecondFactor = in.secondFactor
	}
	answer, err := s.conn.Credential(ctx, request)
	if err != nil {
		return err
	}
	if err := in.takeNews(ctx, s, answer.News); err != nil {
		return err
	}
	if kept != nil {
		s.credential, s.signed = kept, s.bank.Credential
		return nil
	}
	fresh, err := s.bank.bundle.Credential(answer.Credential)
	if err != nil || !bytes.Equal(fresh.Public, wire.Point(&s.key.PublicKey)) {
		return ending.Because(ending.Forged, "the credential is not for this agent's key")
	}
	s.credential, s.signed = fresh, answer.Credential
	return in.change(ctx, roleAgent, s.bank.bundle.BankID, func(r *record) { r.Credential = answer.Credential })
}

// takeNews follows the bundles from the pinned one; a server that knows only
// an older or another bundle is not this bank's.
func (in signIn) takeNews(ctx context.Context, s *signedIn, news relay.News) error {
	newest, err := s.bank.bundle.Follow(news.Bundles)
	if err != nil {
		return ending.Wrap(ending.Forged, err)
	}
	if newest.Version != news.BundleVersion || newest.Hash() != news.BundleHash {
		return ending.Because(ending.Forged, "the server has another bundle")
	}
	if newest.Expired(in.clock.Now()) {
		return ending.Because(ending.Expired, "the bank's bundle")
	}
	if verdict.Outdated(assets.Version, newest) {
		return ending.Because(ending.Unsupported, "the bank asks for a newer program")
	}
	var signedBundle []byte
	if n := len(news.Bundles); n > 0 {
		signedBundle = news.Bundles[n-1]
	}
	if len(news.Content) > 0 {
		content, err := newest.Content(news.Content)
		if err != nil {
			return ending.Wrap(ending.Forged, err)
		}
		if own, err := newest.Content(s.bank.Content); err == nil && content.Version <= own.Version {
			return ending.Because(ending.Forged, "the server's content is not newer than the own")
		}
	}
	if signedBundle == nil && len(news.Content) == 0 {
		in.noteChecked(ctx, s.bank, atSignIn) // the server took the time in the token
		return nil
	}
	if err := in.adopt(ctx, s.bank, newest, signedBundle, news.Content, atSignIn); err != nil {
		return err
	}
	s.bank.bundle = newest
	return nil
}

// prepare asks the authority whether a call can be offered, to whom, and on
// which line, and takes nobody else's word for it. Reasons: unknown_code (no
// such customer), wrong_number (not on file, or not the bank's), on_hold,
// unsupported (no direction), forged, revoked, busy, server_down.
func (in signIn) prepare(ctx context.Context, s signedIn, o Offering) (relay.Prepared, error) {
	ctx, cancel := in.request(ctx)
	defer cancel()
	question := relay.PrepareRequest{Reference: o.Customer, Direction: o.Direction, Number: o.Line}
	answer, err := s.conn.Prepare(ctx, question)
	if err != nil {
		return relay.Prepared{}, err
	}
	return answer.Open(s.bank.bundle, question, in.clock.Now())
}
