// This file lets the tests of the vectors begin from given secrets, where the
// program always makes its own, and look at the derived ones.

package handshake

// OfferKeysOf are the keys of an offer with a given X-Wing seed and nonce.
func OfferKeysOf(callID [16]byte, seed []byte, nA [32]byte) (*OfferKeys, error) {
	private, err := kem().NewPrivateKey(seed)
	if err != nil {
		return nil, err
	}
	return keysOf([16]byte{}, callID, private, nA), nil
}

// CompanionOf is a companion that has sent its reply.
func CompanionOf(callID [16]byte, ca, th [32]byte, k0 []byte, nC [32]byte) *Companion {
	return &Companion{callID: callID, ca: ca, th: th, k0: k0, nC: nC}
}

// SecretsOf are the secrets of a handshake with this transcript and prk.
func SecretsOf(th [32]byte, prk []byte) *Secrets { return &Secrets{th: th, prk: prk} }

// Derived shows what an opened reply holds.
func (o *Opened) Derived() (th [32]byte, k0 []byte) { return o.th, o.k0 }

// Derived shows what both ends hold in the end.
func (s *Secrets) Derived() (prk, sasKey []byte) {
	return s.prk, expand(s.prk, labelSAS, secretSize)
}
