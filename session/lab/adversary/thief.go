// This file owns the thief who wrote down everything that passed the relay
// during a call and steals keys after it. The thief knows CP1.md by heart.

package adversary

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"

	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// Thief is what was written down of one call.
type Thief struct {
	Core    offer.Core
	Keys    offer.Keys
	Reply   []byte   // the companion's envelope
	NA      [32]byte // from the reveal, which is not sealed
	Records [][]byte // both directions
}

// Notes collects what a thief needs from messages that passed the relay.
func (t *Thief) Notes(m *Message) {
	switch {
	case AnswerTo("cp1.lookup")(m):
		if a, ok := ReadAnswer[relay.LookupAnswer](m); ok {
			t.Core, t.Keys = must(offer.Peek(a.Core)), offer.Keys{PKA: a.PKA, CA: a.CA}
		}
	case Up(relay.KindReply)(m):
		t.Reply = Read[relay.Up](m).Body
	case Down(relay.KindReveal)(m):
		var reveal struct {
			_       struct{} `cbor:",toarray"`
			NA, MAC [32]byte
		}
		if wire.Unmarshal(Read[relay.Down](m).Body, wire.MaxObject, &reveal) == nil {
			t.NA = reveal.NA
		}
	case Up(relay.KindRecord)(m):
		t.Records = append(t.Records, Read[relay.Up](m).Body)
	case Down(relay.KindRecord)(m):
		t.Records = append(t.Records, Read[relay.Down](m).Body)
	}
}

// With reads the call with one stolen HPKE key: what an offer's own key opens.
// It returns the texts of the records.
func (t *Thief) With(private hpke.PrivateKey) []string {
	l := &LooseOffer{Private: private, Offer: Offer{Core: t.Core, Request: relay.CreateRequest{PKA: t.Keys.PKA}}}
	heard, err := l.Open(t.Reply)
	if err != nil {
		return nil
	}
	return t.read(heard.th, joined(heard.k0, t.NA[:], heard.Reply.NC[:]))
}

// WithLongTerm tries everything that stolen signing keys could be good for:
// each as the seed or the bytes of the offer's key, and each, alone and with
// the nonce that was seen, as the root secret of the call.
func (t *Thief) WithLongTerm(stolen ...*ecdsa.PrivateKey) []string {
	secrets := [][]byte{nil, t.NA[:], make([]byte, 32)}
	for _, key := range stolen {
		scalar := must(key.Bytes())
		secrets = append(secrets, scalar)
		for _, private := range candidates(scalar, t.Core.CallID[:]) {
			if texts := t.With(private); texts != nil {
				return texts
			}
		}
	}
	th := t.transcript()
	for _, a := range secrets {
		for _, b := range secrets {
			if texts := t.read(th, joined(a, b)); texts != nil {
				return texts
			}
		}
	}
	return nil
}

// candidates are the offer keys that a careless program might have derived
// from a long-term key.
func candidates(scalar, callID []byte) (keys []hpke.PrivateKey) {
	kem := hpke.MLKEM768X25519()
	for _, seed := range [][]byte{scalar, joined(scalar, callID), joined(callID, scalar)} {
		if key, err := kem.DeriveKeyPair(seed); err == nil {
			keys = append(keys, key)
		}
	}
	if key, err := kem.NewPrivateKey(scalar); err == nil {
		keys = append(keys, key)
	}
	return keys
}

func (t *Thief) transcript() []byte {
	var e struct {
		_       struct{} `cbor:",toarray"`
		Enc, CT []byte
	}
	if err := wire.Unmarshal(t.Reply, handshake.MaxEnvelope, &e); err != nil {
		return nil
	}
	oid := t.Core.ID()
	th := wire.H("CP1 transcript", oid[:], t.Keys.PKA, e.Enc, e.CT)
	return th[:]
}

// read opens the records with the keys that follow from a root secret; nil
// when none opens.
func (t *Thief) read(th, root []byte) (texts []string) {
	prk := extract(root, th)
	for _, sealed := range t.Records {
		var r struct {
			_          struct{} `cbor:",toarray"`
			Slot       uint8
			Side       uint8
			Seq        uint64
			Type       uint8
			Ciphertext []byte
		}
		if wire.Unmarshal(sealed, wire.MaxMessage, &r) != nil {
			continue
		}
		end := map[uint8]string{1: "a", 2: "c"}[r.Side]
		key := expand(prk, "CP1 key "+end)
		nonce := must(hkdf.Expand(sha256.New, prk, "CP1 iv "+end, 12))
		binary.BigEndian.PutUint64(nonce[4:], binary.BigEndian.Uint64(nonce[4:])^r.Seq)
		aad := append(append([]byte("CP1 rec"), t.Core.CallID[:]...), r.Slot, r.Side)
		aad = append(binary.BigEndian.AppendUint64(aad, r.Seq), r.Type)
		gcm := must(cipher.NewGCM(must(aes.NewCipher(key))))
		if plain, err := gcm.Open(nil, nonce, r.Ciphertext, aad); err == nil {
			texts = append(texts, string(plain))
		}
	}
	return texts
}

func joined(parts ...[]byte) (all []byte) {
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}
