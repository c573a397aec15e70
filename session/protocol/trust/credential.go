// This file owns the credentials that an issuer signs (agent, device) and the
// status staples. A credential's hash, not its signature, is its name.

package trust

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/subtle"
	"fmt"
	"slices"
	"time"

	"countersign/session/protocol/wire"
)

// Lifetimes that CP1 fixes.
const (
	// MaxCredential is the longest validity of an agent credential.
	MaxCredential = 8 * time.Hour
	// MaxDevice is how long after its enrolment a device's key may count.
	MaxDevice = 5 * 365 * 24 * time.Hour
	// MaxStaple is the age at which a staple stops counting.
	MaxStaple = 30 * time.Minute
	// Skew is the clock difference that checks tolerate.
	Skew = 60 * time.Second
)

// Credential says that the issuer knows this agent (label "CP1 cred").
type Credential struct {
	Issuer     [8]byte   `cbor:"1,keyasint"` // wire.KeyID of the issuer key
	AgentID    uint64    `cbor:"2,keyasint"` // number in the bank's directory
	Name       string    `cbor:"3,keyasint"`
	Role       string    `cbor:"4,keyasint"`
	Department string    `cbor:"5,keyasint"`
	NotBefore  int64     `cbor:"6,keyasint"`
	Expiry     int64     `cbor:"7,keyasint"`
	ID         [16]byte  `cbor:"8,keyasint"`
	Public     []byte    `cbor:"9,keyasint"` // agent key, compressed point
	Purposes   []Purpose `cbor:"10,keyasint"`

	hash [16]byte
	key  *ecdsa.PublicKey
}

// Key is the agent key, parsed.
func (c *Credential) Key() *ecdsa.PublicKey { return c.key }

// Hash is the first 16 bytes of H("CP1 cred", payload), by which an offer names
// its credential. 16 are enough: the issuer signs no payload that an agent
// could choose freely, so only a second preimage would help.
func (c *Credential) Hash() [16]byte { return c.hash }

// Allows reports whether the issuer lets this agent call for this purpose.
func (c *Credential) Allows(p Purpose) bool { return slices.Contains(c.Purposes, p) }

// Device says that this device key belongs to a customer (label "CP1 device").
type Device struct {
	Issuer    [8]byte  `cbor:"1,keyasint"`
	ID        [16]byte `cbor:"2,keyasint"`
	Pseudonym [16]byte `cbor:"3,keyasint"` // random name of the customer, never shown
	Public    []byte   `cbor:"4,keyasint"` // device key, compressed point
	NotBefore int64    `cbor:"5,keyasint"`
	Expiry    int64    `cbor:"6,keyasint"`
	Lines     []string `cbor:"7,keyasint"` // last 4 digits of each number on file
	Enrolled  int64    `cbor:"8,keyasint"` // when the device was first enrolled, whatever was signed since

	hash [32]byte
	key  *ecdsa.PublicKey
}

// Key is the device key, parsed.
func (d *Device) Key() *ecdsa.PublicKey { return d.key }

// Hash is H("CP1 device", payload).
func (d *Device) Hash() [32]byte { return d.hash }

// Staple says that a credential was good, or revoked, at a moment (label "CP1 status").
type Staple struct {
	Status     [8]byte  `cbor:"1,keyasint"` // wire.KeyID of the status key
	Credential [16]byte `cbor:"2,keyasint"`
	Good       bool     `cbor:"3,keyasint"` // false: revoked
	IssuedAt   int64    `cbor:"4,keyasint"`
}

// Fresh reports whether the staple counts at now: at most 30 minutes old, and
// not from the future beyond the skew.
func (s *Staple) Fresh(now time.Time) bool {
	age := now.Sub(time.Unix(s.IssuedAt, 0))
	return age <= MaxStaple && age >= -Skew
}

// SignCredential checks c and signs it by the issuer.
func SignCredential(c Credential, issuer crypto.Signer) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return wire.Sign(wire.LabelCredential, issuer, wire.Marshal(c))
}

// SignDevice checks d and signs it by the issuer.
func SignDevice(d Device, issuer crypto.Signer) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	return wire.Sign(wire.LabelDevice, issuer, wire.Marshal(d))
}

// SignStaple signs s by the status key.
func SignStaple(s Staple, status crypto.Signer) ([]byte, error) {
	return wire.Sign(wire.LabelStatus, status, wire.Marshal(s))
}

// Credential opens an agent credential signed by an issuer that the bundle
// lists. It does not look at the clock: the caller does. Errors:
// ErrUnknownKey, ErrContent, wire's errors.
func (b *Bundle) Credential(signed []byte) (*Credential, error) {
	var c *Credential
	_, err := wire.VerifyBy(wire.LabelCredential, signed, wire.MaxObject, func(payload []byte) (key *ecdsa.PublicKey, err error) {
		if c, err = decodeCredential(payload); err != nil {
			return nil, err
		}
		return b.verifier(RoleIssuer, c.Issuer, c.NotBefore)
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// PeekCredential decodes a credential WITHOUT checking its signature: to find
// the bank that lists its issuer, or for inspection.
func PeekCredential(signed []byte) (*Credential, error) {
	payload, err := wire.Payload(signed, wire.MaxObject)
	if err != nil {
		return nil, err
	}
	return decodeCredential(payload)
}

func decodeCredential(payload []byte) (*Credential, error) {
	var c Credential
	if err := wire.Unmarshal(payload, wire.MaxObject, &c); err != nil {
		return nil, err
	}
	c.hash = wire.H16(wire.LabelCredential, payload)
	return &c, c.check()
}

// Device opens a device credential signed by an issuer that the bundle lists.
func (b *Bundle) Device(signed []byte) (*Device, error) {
	var d *Device
	_, err := wire.VerifyBy(wire.LabelDevice, signed, wire.MaxObject, func(payload []byte) (key *ecdsa.PublicKey, err error) {
		if d, err = decodeDevice(payload); err != nil {
			return nil, err
		}
		return b.verifier(RoleIssuer, d.Issuer, d.NotBefore)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// PeekDevice decodes a device credential WITHOUT checking its signature.
func PeekDevice(signed []byte) (*Device, error) {
	payload, err := wire.Payload(signed, wire.MaxObject)
	if err != nil {
		return nil, err
	}
	return decodeDevice(payload)
}

func decodeDevice(payload []byte) (*Device, error) {
	var d Device
	if err := wire.Unmarshal(payload, wire.MaxObject, &d); err != nil {
		return nil, err
	}
	d.hash = wire.H(wire.LabelDevice, payload)
	return &d, d.check()
}

// Renewed opens the credential that the authority signed afresh for the device
// d, which was asked for at the time asked. It is the same device of the same
// customer, its key began when d's did, it is not older than d, and it was made
// within Skew of the question: what a relay kept back is not news any more.
// Whether it is over is the caller's to check. Errors: those of Device,
// ErrContent.
func (d *Device) Renewed(b *Bundle, signed []byte, asked int64) (*Device, error) {
	fresh, err := b.Device(signed)
	if err != nil {
		return nil, err
	}
	age := fresh.NotBefore - asked
	switch {
	case fresh.ID != d.ID || !bytes.Equal(fresh.Public, d.Public):
		return nil, fmt.Errorf("%w: the credential of another device", ErrContent)
	case subtle.ConstantTimeCompare(fresh.Pseudonym[:], d.Pseudonym[:]) == 0:
		return nil, fmt.Errorf("%w: the credential of another customer", ErrContent)
	case fresh.Enrolled != d.Enrolled:
		return nil, fmt.Errorf("%w: another time of enrolment", ErrContent)
	case fresh.NotBefore < d.NotBefore:
		return nil, fmt.Errorf("%w: an older credential than the own one", ErrContent)
	case age > int64(Skew/time.Second) || age < -int64(Skew/time.Second):
		return nil, fmt.Errorf("%w: a credential of another time", ErrContent)
	}
	return fresh, nil
}

// Staple opens a staple signed by a status key that the bundle lists. Freshness
// is the caller's to check with Fresh.
func (b *Bundle) Staple(signed []byte) (*Staple, error) {
	var s *Staple
	_, err := wire.VerifyBy(wire.LabelStatus, signed, wire.MaxObject, func(payload []byte) (key *ecdsa.PublicKey, err error) {
		if s, err = decodeStaple(payload); err != nil {
			return nil, err
		}
		return b.verifier(RoleStatus, s.Status, s.IssuedAt)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// PeekStaple decodes a staple WITHOUT checking its signature.
func PeekStaple(signed []byte) (*Staple, error) {
	payload, err := wire.Payload(signed, wire.MaxObject)
	if err != nil {
		return nil, err
	}
	return decodeStaple(payload)
}

func decodeStaple(payload []byte) (*Staple, error) {
	var s Staple
	if err := wire.Unmarshal(payload, wire.MaxObject, &s); err != nil {
		return nil, err
	}
	return &s, nil
}

// VerifyStatus checks any object that a status key signed (a call ticket, Prepared)
// and returns its payload; at is the time for which the key must be valid.
func (b *Bundle) VerifyStatus(label string, id [8]byte, at int64, signed []byte) ([]byte, error) {
	key, err := b.verifier(RoleStatus, id, at)
	if err != nil {
		return nil, err
	}
	return wire.Verify(label, key, signed, wire.MaxObject)
}

func (c *Credential) check() error {
	for _, name := range []string{c.Name, c.Role, c.Department} {
		if err := CheckName(name); err != nil {
			return err
		}
	}
	if c.Expiry <= c.NotBefore || c.Expiry-c.NotBefore > int64(MaxCredential/time.Second) {
		return fmt.Errorf("%w: an agent credential lasts at most 8 hours", ErrContent)
	}
	if len(c.Purposes) == 0 || len(c.Purposes) > len(purposeKeys) {
		return fmt.Errorf("%w: purposes", ErrContent)
	}
	for _, p := range c.Purposes {
		if !p.Known() {
			return fmt.Errorf("%w: purpose %d", ErrContent, p)
		}
	}
	var err error
	c.key, err = wire.ParsePoint(c.Public)
	return err
}

func (d *Device) check() error {
	if d.Expiry <= d.NotBefore {
		return fmt.Errorf("%w: device validity", ErrContent)
	}
	// Expiry is later than NotBefore, so the difference is right as a uint64
	// whatever the two are.
	if d.Enrolled > d.NotBefore || uint64(d.Expiry)-uint64(d.Enrolled) > uint64(MaxDevice/time.Second) {
		return fmt.Errorf("%w: a device's key lives at most 5 years from its enrolment", ErrContent)
	}
	if len(d.Lines) > 16 {
		return fmt.Errorf("%w: too many numbers on file", ErrContent)
	}
	for _, line := range d.Lines {
		if !IsLine(line) {
			return fmt.Errorf("%w: a line is exactly four digits", ErrContent)
		}
	}
	var err error
	d.key, err = wire.ParsePoint(d.Public)
	return err
}
