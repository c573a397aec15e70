// This file owns what both ends hold after the reveal: the confirmation, the
// read-back and the keys that the channel is made of.

package handshake

import (
	"crypto/hmac"
	"encoding/base32"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"countersign/session/protocol/secret"
)

// ReadbackDigits is the length of a read-back.
const ReadbackDigits = 6

// Secrets is the shared result of a handshake. It lives as long as the call:
// every read-back and the channel's keys come from it.
type Secrets struct {
	th  [32]byte
	prk []byte // nil once erased
}

// Keys are the channel's key and IV of one direction, for AES-256-GCM.
type Keys struct {
	Key [32]byte
	IV  [12]byte
}

// Confirm is the companion's proof to the agent that it took the reveal and
// holds the same secrets: HMAC under "CP1 confirm c" over the transcript. It
// is nil once the secrets are erased.
func (s *Secrets) Confirm() (confirm []byte) {
	if s.prk == nil {
		return nil
	}
	secret.Do(func() { confirm = mac(expand(s.prk, labelConfirm, secretSize), s.th[:]) })
	return confirm
}

// CheckConfirm checks the companion's proof on the agent's end. Errors:
// ending.Forged, ErrSpent.
func (s *Secrets) CheckConfirm(confirm []byte) error {
	if s.prk == nil {
		return ErrSpent
	}
	if !hmac.Equal(s.Confirm(), confirm) {
		return forged("the confirmation does not verify")
	}
	return nil
}

// Readback returns the six digits of a read-back: HOTP (RFC 4226) with
// SHA-256 keyed by HKDF-Expand(prk, "CP1 sas", 32). The counter starts at 0 and
// grows by one with each new read-back. Only the companion shows it; the agent's
// end uses CheckReadback. It is "" once the secrets are erased.
func (s *Secrets) Readback(counter uint64) (digits string) {
	if s.prk == nil {
		return ""
	}
	secret.Do(func() { digits = s.readback(counter) })
	return digits
}

func (s *Secrets) readback(counter uint64) string {
	key := base32.StdEncoding.EncodeToString(expand(s.prk, labelSAS, secretSize))
	digits, err := hotp.GenerateCodeCustom(key, counter, hotp.ValidateOpts{Digits: otp.Digits(ReadbackDigits), Algorithm: otp.AlgorithmSHA256})
	if err != nil {
		panic("handshake: HOTP refused a well-formed key: " + err.Error())
	}
	return digits
}

// CheckReadback reports whether typed is the read-back of this counter. It
// compares in constant time and is false once the secrets are erased.
func (s *Secrets) CheckReadback(counter uint64, typed string) (right bool) {
	secret.Do(func() { right = s.prk != nil && hmac.Equal([]byte(s.readback(counter)), []byte(typed)) })
	return right
}

// Channel returns the keys of records from the agent and from the companion.
// Call it inside secret.Do, so that its results leave no copy. Error: ErrSpent.
func (s *Secrets) Channel() (fromAgent, fromCompanion Keys, err error) {
	if s.prk == nil {
		return Keys{}, Keys{}, ErrSpent
	}
	return s.keys("a"), s.keys("c"), nil
}

func (s *Secrets) keys(end string) Keys {
	return Keys{
		Key: [32]byte(expand(s.prk, "CP1 key "+end, 32)),
		IV:  [12]byte(expand(s.prk, "CP1 iv "+end, 12)),
	}
}

// Erase forgets the secrets.
func (s *Secrets) Erase() {
	clear(s.prk)
	s.prk = nil
}
