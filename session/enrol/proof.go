// This file owns the mutual proof of a ticket's secret. The client proves
// first, so that nobody can collect material for guessing from the server.

package enrol

import (
	"crypto/hmac"
	"crypto/sha256"

	"countersign/session/wire"
)

const (
	labelClient = "CP1 enrol c"
	labelServer = "CP1 enrol s"
)

// Transcript is what both ends prove over and the device signs: the bank's
// roots and id, the key to be enrolled (compressed point), both nonces, and
// whether it is an agent's or a customer's.
func Transcript(rootsHash [32]byte, bankID [16]byte, public []byte, clientNonce, serverNonce [32]byte, agent bool) [32]byte {
	role := []byte{0}
	if agent {
		role = []byte{1}
	}
	return wire.H("CP1 enrol", rootsHash[:], bankID[:], public, clientNonce[:], serverNonce[:], role)
}

// ClientProof is the ticket holder's proof: HMAC-SHA256 under the ticket's key
// of "CP1 enrol c" and the transcript.
func ClientProof(key, transcript [32]byte) [32]byte { return proof(labelClient, key, transcript) }

// ServerProof is the bank's proof, with the label "CP1 enrol s".
func ServerProof(key, transcript [32]byte) [32]byte { return proof(labelServer, key, transcript) }

// SameProof compares two proofs in constant time.
func SameProof(a, b [32]byte) bool { return hmac.Equal(a[:], b[:]) }

func proof(label string, key, transcript [32]byte) [32]byte {
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte(label))
	m.Write(transcript[:])
	return [32]byte(m.Sum(nil))
}
