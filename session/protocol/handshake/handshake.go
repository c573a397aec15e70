// Package handshake owns messages 3 to 6 of CP1: the companion's sealed reply
// or decline, the agent's reveal or refusal, the confirmation, and the secrets
// that both ends hold afterwards with the read-back derived from them.
//
// It must not know the relay, the clock, the keyring or what the people
// answered mean: it proves that two ends speak about one offer and nothing
// else; verdict decides whether they should. It does no input or output.
//
// Rules: a check that fails ends the handshake as forged, and whatever was
// secret in it is erased; MACs are compared in constant time; nothing here may
// be used from two goroutines at once.
package handshake

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/sha256"
	"errors"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/wire"
)

// MaxEnvelope is the size limit in bytes of a reply's or decline's envelope:
// the encapsulated key, a device credential and the reply's fields.
const MaxEnvelope = 8 << 10

// maxAnswer bounds a reveal or a refusal.
const maxAnswer = 256

// ErrSpent says that the agent's one answer to this reply was already handled,
// or that the secrets were erased. A repeated reveal is harmless: ignore it.
var ErrSpent = errors.New("this side of the handshake is already finished")

// secretSize is the length of every secret, nonce and MAC of the handshake.
const secretSize = 32

// Labels of the keys that CP1 derives by HKDF-Expand (RFC 5869).
const (
	labelRoot    = "CP1 root"
	labelReveal  = "CP1 reveal"
	labelRefuse  = "CP1 refuse"
	labelConfirm = "CP1 confirm c"
	labelSAS     = "CP1 sas"
)

// Suite 1 (RFC 9180 with draft-ietf-hpke-pq for the hybrid KEM).
func kem() hpke.KEM   { return hpke.MLKEM768X25519() }
func kdf() hpke.KDF   { return hpke.HKDFSHA256() }
func aead() hpke.AEAD { return hpke.AES256GCM() }

// info binds an HPKE context to one offer.
func info(oid offer.ID) []byte { return append([]byte("CP1 hpke/1"), oid[:]...) }

// encHash names an encapsulated key inside the signed reply.
func encHash(enc []byte) [32]byte { return wire.H("CP1 enc", enc) }

// transcript is th: everything both ends have seen up to the reply.
func transcript(oid offer.ID, pkA, enc, ct []byte) [32]byte {
	return wire.H("CP1 transcript", oid[:], pkA, enc, ct)
}

// answerMAC is the MAC under which an agent answers a reply: a reveal of its
// nonce or a refusal with its reason, each with a key of its own. Only who
// opened the reply can make it.
func answerMAC(label string, th [32]byte, k0, body []byte) []byte {
	return mac(expand(extract(th, k0), label, secretSize), body)
}

// extract is HKDF-Extract (RFC 5869, section 2.2) salted with the transcript.
func extract(th [32]byte, secret []byte) []byte {
	prk, err := hkdf.Extract(sha256.New, secret, th[:])
	if err != nil {
		panic("handshake: HKDF-Extract refused fixed parameters: " + err.Error())
	}
	return prk
}

// expand is HKDF-Expand (RFC 5869, section 2.3).
func expand(prk []byte, label string, size int) []byte {
	key, err := hkdf.Expand(sha256.New, prk, label, size)
	if err != nil {
		panic("handshake: HKDF-Expand refused fixed parameters: " + err.Error())
	}
	return key
}

func mac(key, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(body)
	return m.Sum(nil)
}

func forged(detail string) error { return ending.Because(ending.Forged, detail) }
