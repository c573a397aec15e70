// This file owns the mutual proof of a ticket's secret. The client proves
// first, so that nobody can collect material for guessing from the server. The
// client signs; the bank shows a word on its roots that was made, when the
// ticket was printed, with a key that it has forgotten since.

package enrol

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"math/big"
	"slices"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/wire"
)

// Keys are the two keys that a ticket's secret makes. Only who holds the letter
// has them: the bank keeps Public and ServerProof of them, with which one can
// neither redeem the ticket nor vouch for other roots.
type Keys struct {
	sign *ecdsa.PrivateKey
	mac  [32]byte
}

const (
	labelSign   = "CP1 ticket sign"
	labelMAC    = "CP1 ticket mac"
	labelServer = "CP1 enrol s"
	signSize    = 48 // bytes: 128 bits more than the scalar, as FIPS 186-5, A.2.1 wants
)

// Keys derives the two keys from K, and forgets K. It takes 64 MiB and a good
// part of a second.
func (t Ticket) Keys() (Keys, error) {
	k := t.Key()
	defer clear(k[:])
	return KeysOf(k)
}

// KeysOf derives a ticket's keys from its K by HKDF-Expand (RFC 5869, with
// SHA-256): 48 bytes give the P-256 scalar, (c mod (n-1)) + 1 (FIPS 186-5,
// A.2.1), 32 bytes the MAC key.
func KeysOf(k [32]byte) (Keys, error) {
	seed, err := hkdf.Expand(sha256.New, k[:], labelSign, signSize)
	if err != nil {
		return Keys{}, err
	}
	defer clear(seed)
	mac, err := hkdf.Expand(sha256.New, k[:], labelMAC, 32)
	if err != nil {
		return Keys{}, err
	}
	defer clear(mac)
	one := big.NewInt(1)
	d := new(big.Int).SetBytes(seed)
	d.Mod(d, new(big.Int).Sub(elliptic.P256().Params().N, one)).Add(d, one)
	scalar := d.FillBytes(make([]byte, 32))
	defer clear(scalar)
	defer clear(d.Bits())
	sign, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	return Keys{sign: sign, mac: [32]byte(mac)}, err
}

// Public is the ticket's public key (wire.Point).
func (k Keys) Public() []byte { return wire.Point(&k.sign.PublicKey) }

// ClientProof is the ticket holder's proof: the transcript signed by the
// ticket's key under wire.LabelEnrol.
func (k Keys) ClientProof(transcript [32]byte) ([]byte, error) {
	return wire.Sign(wire.LabelEnrol, k.sign, transcript[:])
}

// ServerProof vouches for a bank's roots: HMAC-SHA256 under the ticket's MAC key
// of "CP1 enrol s", the roots hash and the bank's id.
func (k Keys) ServerProof(rootsHash [32]byte, bankID [16]byte) [32]byte {
	m := hmac.New(sha256.New, k.mac[:])
	m.Write([]byte(labelServer))
	m.Write(rootsHash[:])
	m.Write(bankID[:])
	return [32]byte(m.Sum(nil))
}

// Transcript is what the client proves over and the device signs: the bank's
// roots and id, the key to be enrolled (compressed point), both nonces, and
// whether it is an agent's or a customer's.
func Transcript(rootsHash [32]byte, bankID [16]byte, public []byte, clientNonce, serverNonce [32]byte, agent bool) [32]byte {
	role := []byte{0}
	if agent {
		role = []byte{1}
	}
	return wire.H("CP1 enrol", rootsHash[:], bankID[:], public, clientNonce[:], serverNonce[:], role)
}

// CheckClientProof checks a ClientProof by the ticket's public key. Reason:
// unknown_code (a wrong secret).
func CheckClientProof(public []byte, transcript [32]byte, proof []byte) error {
	key, err := wire.ParsePoint(public)
	if err != nil {
		return err
	}
	signed, err := wire.Verify(wire.LabelEnrol, key, proof, wire.MaxObject)
	if err != nil || !slices.Equal(signed, transcript[:]) {
		return ending.Because(ending.UnknownCode, "wrong secret")
	}
	return nil
}

// SameProof compares two server's proofs in constant time.
func SameProof(a, b [32]byte) bool { return hmac.Equal(a[:], b[:]) }
