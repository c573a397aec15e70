// This file owns agent credentials and the second factor that guards them
// (TOTP, RFC 6238). The authenticator library accepts a code twice and never
// says which counter a code belongs to, so both are done here: a counter is
// accepted once, and that is on disk before the credential is signed.

package directory

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/spelling"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

const (
	factorPeriod = 30               // seconds of one code, RFC 6238, section 5.2
	factorSkew   = 1                // codes before and after the current one that count
	factorSecret = 20               // bytes, RFC 4226, section 4, R6
	maxGuesses   = 5                // wrong codes within guessWindow
	guessWindow  = 10 * time.Minute // from the first wrong code
	factorDigits = otp.DigitsSix
	factorHash   = otp.AlgorithmSHA1 // the one that every authenticator app knows
)

// factor is an agent's second factor.
type factor struct {
	Secret  []byte `cbor:"1,keyasint"`
	Last    uint64 `cbor:"2,keyasint"` // the last counter accepted
	Guesses uint8  `cbor:"3,keyasint"` // wrong codes since Since
	Since   int64  `cbor:"4,keyasint"` // Unix seconds of the first of them
	Epoch   uint64 `cbor:"5,keyasint"` // the agent's, when this factor was given
}

// Credential signs a fresh credential for an agent, valid for 8 hours. Reasons:
// unknown_code (no such agent, or not enrolled), revoked; and of the second
// factor not_a_code (missing), forged (wrong), replayed (used before), busy
// (too many wrong ones).
func (d *Directory) Credential(ctx context.Context, agentID uint64, secondFactor string) ([]byte, error) {
	a, err := d.Agent(ctx, agentID)
	switch {
	case err != nil:
		return nil, err
	case a.Revoked:
		return nil, ending.Because(ending.Revoked, "the agent is revoked")
	case len(a.Public) == 0:
		return nil, ending.Because(ending.UnknownCode, "the agent has not enrolled")
	}
	if d.bank.TOTP {
		if err := d.spendFactor(ctx, agentID, secondFactor); err != nil {
			return nil, err
		}
	}
	now := d.now()
	return trust.SignCredential(trust.Credential{
		Issuer:     wire.KeyID(wire.Point(&d.bank.IssuerAt(now).PublicKey)),
		AgentID:    a.ID,
		Name:       a.Name,
		Role:       a.Role,
		Department: a.Department,
		NotBefore:  now.Unix(),
		Expiry:     now.Add(trust.MaxCredential).Unix(),
		ID:         a.CredentialID,
		Public:     a.Public,
		Purposes:   trust.Purposes(),
	}, d.bank.IssuerAt(now))
}

// unusedFactor returns the otpauth:// address of the second factor of an agent
// who enrols, and makes it the first time. Once a code of it was accepted the
// agent has it, and it is not shown again: "".
func (d *Directory) unusedFactor(ctx context.Context, a Agent) (string, error) {
	f, err := read[factor](ctx, d, factorKey(a.ID))
	given := factor{Secret: make([]byte, factorSecret), Epoch: a.Epoch}
	rand.Read(given.Secret) // never fails since Go 1.24: the program ends instead
	switch {
	case ending.Of(err, "") == ending.UnknownCode:
		f, err = given, create(ctx, d, factorKey(a.ID), given)
		if errors.Is(err, jetstream.ErrKeyExists) { // the same key asked twice at once
			f, err = read[factor](ctx, d, factorKey(a.ID))
		}
	case err == nil && f.Epoch < a.Epoch:
		f, err = change(ctx, d, factorKey(a.ID), func(f *factor) error {
			if f.Epoch < a.Epoch {
				*f = given // the one of a key that is out
			}
			return nil
		})
	}
	if err != nil || f.Last != 0 {
		return "", err
	}
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: d.bank.Bundle.Name, AccountName: a.Name,
		Period: factorPeriod, Secret: f.Secret, Digits: factorDigits, Algorithm: factorHash,
	})
	if err != nil {
		return "", err
	}
	return key.URL(), nil
}

// spendFactor accepts a code once, or counts a wrong one. What is not six digits
// is a slip and no guess: it is not even looked up.
func (d *Directory) spendFactor(ctx context.Context, agentID uint64, code string) error {
	code, ok := spelling.Digits(code, factorDigits.Length())
	if !ok {
		return ending.Because(ending.NotACode, "the second factor is missing, or not six digits")
	}
	var wrong error
	_, err := change(ctx, d, factorKey(agentID), func(f *factor) error {
		wrong = nil
		now := d.now()
		if now.Sub(time.Unix(f.Since, 0)) > guessWindow {
			f.Guesses = 0
		}
		if f.Guesses >= maxGuesses {
			return ending.Because(ending.Busy, "too many wrong second factors")
		}
		counter, found, err := f.counterOf(code, now)
		switch {
		case err != nil:
			return err
		case found && counter <= f.Last:
			return ending.Because(ending.Replayed, "this second factor, or a later one, was used before")
		case found:
			f.Last, f.Guesses = counter, 0
			return nil
		}
		if f.Guesses == 0 {
			f.Since = now.Unix()
		}
		f.Guesses++
		wrong = ending.Because(ending.Forged, "wrong second factor")
		return nil
	})
	if err != nil {
		return err
	}
	return wrong
}

// counterOf finds the counter that a code belongs to, among those near now. It
// prefers the latest, so that a code of two counters is spent for both.
func (f factor) counterOf(code string, now time.Time) (counter uint64, found bool, err error) {
	current := uint64(now.Unix() / factorPeriod)
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(f.Secret)
	for c := current - factorSkew; c <= current+factorSkew; c++ {
		right, err := hotp.GenerateCodeCustom(secret, c, hotp.ValidateOpts{Digits: factorDigits, Algorithm: factorHash})
		if err != nil {
			return 0, false, err
		}
		if subtle.ConstantTimeCompare([]byte(right), []byte(code)) == 1 {
			counter, found = c, true
		}
	}
	return counter, found, nil
}

func factorKey(agentID uint64) string { return "factor." + agentKey(agentID) }
