// This file owns COSE_Sign1 (RFC 9052, section 4.2) as CP1 uses it: untagged,
// ES256, the algorithm as the only protected header, no unprotected header,
// and the object's label as external_aad. A signature made under one label
// never verifies under another.

package wire

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

// Labels of everything that is signed. The label is the external_aad.
const (
	LabelBundle     = "CP1 bundle"
	LabelContent    = "CP1 content"
	LabelCredential = "CP1 cred"
	LabelDevice     = "CP1 device"
	LabelStatus     = "CP1 status"
	LabelOffer      = "CP1 offer"
	LabelFrame      = "CP1 frame"
	LabelConnect    = "CP1 connect"
	LabelReply      = "CP1 reply"
	LabelDecline    = "CP1 decline"
	LabelReport     = "CP1 report"
	LabelTicket     = "CP1 ticket"
	LabelPossession = "CP1 possession"
	LabelPrepared   = "CP1 prepared"
	LabelRenew      = "CP1 renew"
	LabelEnrol      = "CP1 enrol c"
)

// PointSize is the length in bytes of a compressed P-256 point (SEC 1, 2.3.3),
// the form of every public signing key in CP1.
const PointSize = 33

// sign1 is a COSE_Sign1 with no room for anything that CP1's signatures do not
// have.
type sign1 struct {
	_           struct{}        `cbor:",toarray"`
	Protected   cbor.RawMessage // must be onlyES256
	Unprotected struct{}        // the empty map
	Payload     *[]byte         // nil: detached
	Signature   []byte
}

// onlyES256 is the only protected header that CP1's signatures have, as it is
// encoded: the map {1: -7} (algorithm: ES256) in a byte string.
var onlyES256 = []byte{0x43, 0xa1, 0x01, 0x26}

// SignatureSize is the length in bytes of an ES256 signature (RFC 9053, section 2.1).
const SignatureSize = 64

// ErrSignature says that a signature does not verify: a wrong key, a wrong
// label or changed bytes. It is always fatal.
var ErrSignature = errors.New("signature does not verify")

// Sign returns the COSE_Sign1 of payload under label by key, which must be a
// P-256 key (an *ecdsa.PrivateKey, or any crypto.Signer with an
// *ecdsa.PublicKey such as an HSM's).
func Sign(label string, key crypto.Signer, payload []byte) ([]byte, error) {
	msg, err := signMessage(label, key, payload)
	if err != nil {
		return nil, err
	}
	return msg.MarshalCBOR()
}

// SignDetached is Sign with the payload left out of the result, for objects
// that several keys sign (RFC 9052, section 4.1).
func SignDetached(label string, key crypto.Signer, payload []byte) ([]byte, error) {
	msg, err := signMessage(label, key, payload)
	if err != nil {
		return nil, err
	}
	msg.Payload = nil
	return msg.MarshalCBOR()
}

func signMessage(label string, key crypto.Signer, payload []byte) (*cose.UntaggedSign1Message, error) {
	if public, ok := key.Public().(*ecdsa.PublicKey); !ok || public.Curve != elliptic.P256() {
		return nil, fmt.Errorf("signing %q: the key is not a P-256 key", label)
	}
	signer, err := cose.NewSigner(cose.AlgorithmES256, key)
	if err != nil {
		return nil, fmt.Errorf("signing %q: %w", label, err)
	}
	msg := &cose.UntaggedSign1Message{
		Headers: es256Headers(),
		Payload: payload,
	}
	if err := (*cose.Sign1Message)(msg).Sign(rand.Reader, []byte(label), signer); err != nil {
		return nil, fmt.Errorf("signing %q: %w", label, err)
	}
	return msg, nil
}

// Verify checks that object is a COSE_Sign1 under label by key and returns its
// payload. Errors: ErrTooLarge, ErrMalformed, ErrSignature.
func Verify(label string, key *ecdsa.PublicKey, object []byte, limit int) ([]byte, error) {
	return VerifyBy(label, object, limit, func([]byte) (*ecdsa.PublicKey, error) { return key, nil })
}

// VerifyBy is Verify for an object whose payload names its key. keyOf is given
// the payload, which nobody has verified yet, and returns the key that must
// have signed it; its errors are returned as they are.
func VerifyBy(label string, object []byte, limit int, keyOf func(payload []byte) (*ecdsa.PublicKey, error)) ([]byte, error) {
	msg, err := parseWithPayload(object, limit)
	if err != nil {
		return nil, err
	}
	key, err := keyOf(msg.Payload)
	if err != nil {
		return nil, err
	}
	if err := verifyMessage(label, key, msg); err != nil {
		return nil, err
	}
	return msg.Payload, nil
}

// VerifyDetached checks that signature is a COSE_Sign1 with detached payload
// under label by key over payload.
func VerifyDetached(label string, key *ecdsa.PublicKey, signature, payload []byte) error {
	msg, err := parseDetached(signature)
	if err != nil {
		return err
	}
	msg.Payload = payload
	return verifyMessage(label, key, msg)
}

func parseDetached(signature []byte) (*cose.UntaggedSign1Message, error) {
	msg, err := parseSign1(signature, MaxObject)
	if err == nil && msg.Payload != nil {
		err = fmt.Errorf("%w: payload should be detached", ErrMalformed)
	}
	if err != nil {
		return nil, err
	}
	return msg, nil
}

// CheckDetached says whether an object has the form of a COSE_Sign1 with detached
// payload, whoever signed whatever. Errors: ErrTooLarge, ErrMalformed.
func CheckDetached(signature []byte) error {
	_, err := parseDetached(signature)
	return err
}

// Payload returns the payload of a COSE_Sign1 WITHOUT verifying it. Use it
// only to learn which key should verify the object, never to act on it.
func Payload(object []byte, limit int) ([]byte, error) {
	msg, err := parseWithPayload(object, limit)
	if err != nil {
		return nil, err
	}
	return msg.Payload, nil
}

// Split takes a COSE_Sign1 apart, WITHOUT verifying it. CP1's headers are
// always the same, so a QR code leaves them out; Join puts them back.
func Split(object []byte, limit int) (payload []byte, signature [SignatureSize]byte, err error) {
	msg, err := parseWithPayload(object, limit)
	if err != nil {
		return nil, signature, err
	}
	return msg.Payload, [SignatureSize]byte(msg.Signature), nil
}

// Join is the inverse of Split: the one COSE_Sign1 with these parts, not yet
// verified.
func Join(payload []byte, signature [SignatureSize]byte) []byte {
	return Marshal(sign1{Protected: onlyES256, Payload: &payload, Signature: signature[:]})
}

func parseWithPayload(object []byte, limit int) (*cose.UntaggedSign1Message, error) {
	msg, err := parseSign1(object, limit)
	if err == nil && msg.Payload == nil {
		err = fmt.Errorf("%w: payload is missing", ErrMalformed)
	}
	if err != nil {
		return nil, err
	}
	return msg, nil
}

func parseSign1(object []byte, limit int) (*cose.UntaggedSign1Message, error) {
	var raw sign1
	if err := Unmarshal(object, limit, &raw); err != nil {
		return nil, err
	}
	if !bytes.Equal(raw.Protected, onlyES256) {
		return nil, fmt.Errorf("%w: headers other than ES256", ErrMalformed)
	}
	if len(raw.Signature) != SignatureSize {
		return nil, fmt.Errorf("%w: not the size of an ES256 signature", ErrMalformed)
	}
	msg := &cose.UntaggedSign1Message{Headers: es256Headers(), Signature: raw.Signature}
	if raw.Payload != nil {
		msg.Payload = *raw.Payload
	}
	return msg, nil
}

func es256Headers() cose.Headers {
	return cose.Headers{
		RawProtected: onlyES256,
		Protected:    cose.ProtectedHeader{cose.HeaderLabelAlgorithm: cose.AlgorithmES256},
	}
}

func verifyMessage(label string, key *ecdsa.PublicKey, msg *cose.UntaggedSign1Message) error {
	verifier, err := cose.NewVerifier(cose.AlgorithmES256, key)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if err := (*cose.Sign1Message)(msg).Verify([]byte(label), verifier); err != nil {
		return ErrSignature
	}
	return nil
}

// Point returns the compressed form of a P-256 public key, PointSize bytes
// (SEC 1, 2.3.3).
func Point(key *ecdsa.PublicKey) []byte {
	full, err := key.Bytes() // 4 || x || y
	if err != nil || len(full) != 65 {
		panic("wire: not a P-256 key") // every key in CP1 is made or parsed as one
	}
	return append([]byte{2 | full[64]&1}, full[1:PointSize]...)
}

// ParsePoint is the inverse of Point. It refuses points that are not on the
// curve (ErrMalformed).
func ParsePoint(point []byte) (*ecdsa.PublicKey, error) {
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), point)
	if x == nil {
		return nil, fmt.Errorf("%w: not a compressed P-256 point", ErrMalformed)
	}
	full := make([]byte, 65)
	full[0] = 4
	x.FillBytes(full[1:33])
	y.FillBytes(full[33:])
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), full)
}

// KeyID is the 8-byte name of a public key inside credentials and staples:
// the start of H("CP1 key", key). It only selects a key; trust comes from the
// bundle that lists the key in full.
func KeyID(key []byte) [8]byte {
	h := H("CP1 key", key)
	return [8]byte(h[:8])
}
