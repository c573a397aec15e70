// Package wire owns the bytes of CP1: deterministic CBOR, COSE signatures, the
// label hash H, and the size limits that every decoder keeps.
//
// It knows nothing of banks, calls or people, does no input or output, and
// imports no other package of this module: everything above may rely on it, it
// relies on the standard library, cbor and go-cose.
//
// Rules: one value has one encoding; a decoder that would have to guess
// refuses; a limit is checked before memory is used.
package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Size limits in bytes. A message larger than its limit is refused before it
// is decoded.
const (
	// MaxObject bounds any one signed object (credential, staple, offer core).
	MaxObject = 4 << 10
	// MaxFrame bounds a QR frame; a QR code of version 40 holds 2,953 bytes.
	MaxFrame = 2 << 10
	// MaxBundle bounds a signed bundle or content.
	MaxBundle = 64 << 10
	// MaxMessage bounds any message between a client and the relay. It leaves
	// room for a chain of bundles in a lookup answer.
	MaxMessage = 256 << 10
)

var (
	// ErrTooLarge says that the input is longer than the limit of its kind.
	ErrTooLarge = errors.New("input is larger than CP1 allows")
	// ErrMalformed says that the input is not the one deterministic encoding
	// of a value of the expected kind (RFC 8949, section 4.2).
	ErrMalformed = errors.New("input is not well-formed CP1 data")
)

var (
	encMode = must(cbor.EncOptions{
		Sort:          cbor.SortBytewiseLexical,
		IndefLength:   cbor.IndefLengthForbidden,
		TagsMd:        cbor.TagsForbidden,
		NilContainers: cbor.NilContainerAsEmpty,
	}.UserBufferEncMode())
	decMode = must(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
		MaxNestedLevels:   16,
		MaxArrayElements:  256,
		MaxMapPairs:       256,
	}.DecMode())
)

func must[T any](mode T, err error) T {
	if err != nil {
		panic(err) // the options above are constants: only a programming error gets here
	}
	return mode
}

// Marshal encodes v as deterministic CBOR (RFC 8949, section 4.2.1). Struct
// fields carry integer keys (`cbor:"1,keyasint"`). It panics only for types
// that cannot be encoded, which is a programming error.
func Marshal(v any) []byte {
	b, err := encode(v)
	if err != nil {
		panic(fmt.Sprintf("wire: %T cannot be encoded: %v", v, err))
	}
	return b
}

// MarshalWithin encodes what is to be kept and read again, at most limit bytes
// of it. What Unmarshal would not give back is refused before it is written in
// the place of what can be read. Errors: those of Unmarshal.
func MarshalWithin[T any](limit int, v T) ([]byte, error) {
	data := Marshal(v)
	var again T
	if err := Unmarshal(data, limit, &again); err != nil {
		clear(data)
		return nil, err
	}
	return data, nil
}

// encode has a buffer of its own. The library's come from a pool and go back to
// it with what was encoded still inside, which may be a secret.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	err := encMode.MarshalToBuffer(v, &b)
	return b.Bytes(), err
}

// Unmarshal decodes data into v, which must be a pointer. It refuses input
// over limit bytes (ErrTooLarge), and anything that is not the deterministic
// encoding of a value of v's type (ErrMalformed): duplicate or unknown keys,
// missing keys, tags, indefinite lengths, long forms, trailing bytes.
func Unmarshal(data []byte, limit int, v any) error {
	if len(data) > limit {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(data), limit)
	}
	if err := decMode.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	// Encoding again and comparing is what makes "deterministic" a check and
	// not a wish: it finds unsorted keys, long forms, absent required fields
	// and byte strings of the wrong length in one step.
	again, err := encode(v)
	defer clear(again) // what is decoded may be a secret, and its owner clears only v
	if err != nil || !bytes.Equal(again, data) {
		return fmt.Errorf("%w: not the deterministic encoding", ErrMalformed)
	}
	return nil
}

// H is CP1's labelled hash: SHA-256(len8(label) || label || len32(part) ||
// part ...), lengths big-endian. The lengths make the parts unambiguous, the
// label keeps hashes for one use from meaning anything in another.
func H(label string, parts ...[]byte) [32]byte {
	h := sha256.New()
	h.Write([]byte{byte(len(label))})
	h.Write([]byte(label))
	var n [4]byte
	for _, p := range parts {
		binary.BigEndian.PutUint32(n[:], uint32(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	return [32]byte(h.Sum(nil))
}

// H16 is the first 16 bytes of H, for names inside an offer whose preimage no
// attacker can choose: finding another preimage of a given name costs 2^128.
// Where somebody could prepare two preimages in advance, H is used in full.
func H16(label string, parts ...[]byte) [16]byte {
	h := H(label, parts...)
	return [16]byte(h[:16])
}
