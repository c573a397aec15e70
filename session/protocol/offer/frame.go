// This file owns the QR frame: the core signed afresh with the frame's time,
// the agent credential beside it, and its text for a QR code. Every byte costs
// modules, so the frame leaves out what is always the same.

package offer

import (
	"crypto"
	"crypto/ecdsa"
	"strings"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/spelling"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// textPrefix begins the text of every CP1 QR code. With base45 behind it the
// text stays in QR's alphanumeric mode.
const textPrefix = "CP1:"

// maxText bounds the text of a QR code as pasted. Version 40 holds 4,296
// alphanumerics; the rest is room for white space.
const maxText = 2 * 4296

// Frame is a QR frame as received. Nothing in it is verified until Verify.
type Frame struct {
	Signed     []byte // COSE_Sign1 under "CP1 frame" of [core payload, frame time]
	Credential []byte // the agent credential as signed by the issuer
}

// framePayload is what the agent signs.
type framePayload struct {
	_    struct{} `cbor:",toarray"`
	Core []byte
	Time int64
}

// frameWire is what the QR code holds: the two signed objects without the
// COSE headers, which are always the same, and without an array of their own.
type frameWire struct {
	_                   struct{} `cbor:",toarray"`
	Core                []byte
	Time                int64
	Signature           [wire.SignatureSize]byte
	Credential          []byte // its payload
	CredentialSignature [wire.SignatureSize]byte
}

// NewFrame signs a frame of core at a time and returns the QR text. credential
// is the agent credential as signed by the issuer. Errors: wire's.
func NewFrame(core Core, at time.Time, agent crypto.Signer, credential []byte) (string, error) {
	w := frameWire{Core: core.Encode(), Time: at.Unix()}
	signed, err := wire.Sign(wire.LabelFrame, agent, wire.Marshal(framePayload{Core: w.Core, Time: w.Time}))
	if err != nil {
		return "", err
	}
	if _, w.Signature, err = wire.Split(signed, wire.MaxFrame); err != nil {
		return "", err
	}
	if w.Credential, w.CredentialSignature, err = wire.Split(credential, wire.MaxFrame); err != nil {
		return "", err
	}
	return textPrefix + base45Encode(wire.Marshal(w)), nil
}

// ParseFrame decodes the bytes of a frame. Errors: wire's.
func ParseFrame(data []byte) (Frame, error) {
	var w frameWire
	if err := wire.Unmarshal(data, wire.MaxFrame, &w); err != nil {
		return Frame{}, err
	}
	return Frame{
		Signed:     wire.Join(wire.Marshal(framePayload{Core: w.Core, Time: w.Time}), w.Signature),
		Credential: wire.Join(w.Credential, w.CredentialSignature),
	}, nil
}

// ParseText decodes the text of a QR code, also as people paste it: broken
// into lines, or with white space, quotes or a full stop around it (package
// spelling). Inner spaces are base45 digits. What is passed over at an end never is
// one: the text begins with its prefix, and the last digit of base45 is the most
// significant one, at most 32, where the space is 36 and marks are more. So
// nothing is lost when a paste adds or strips something at the ends.
// Error: ending.NotACode.
func ParseText(text string) (Frame, error) {
	if len(text) > maxText {
		return Frame{}, ending.Because(ending.NotACode, "longer than any QR code")
	}
	text = spelling.Trim(spelling.Line(text), "")
	encoded, found := strings.CutPrefix(text, textPrefix)
	if !found {
		return Frame{}, ending.Because(ending.NotACode, "not the text of a CP1 QR code")
	}
	data, err := base45Decode(encoded)
	if err != nil {
		return Frame{}, ending.Wrap(ending.NotACode, err)
	}
	frame, err := ParseFrame(data)
	if err != nil {
		return Frame{}, ending.Wrap(ending.NotACode, err)
	}
	return frame, nil
}

// Claims decodes the core and the credential WITHOUT checking a signature: to know
// which bank to ask, for which offer. Error: ending.Forged, because what is in a
// frame is signed, and nobody signs what breaks a rule.
func (f Frame) Claims() (Core, *trust.Credential, error) {
	core, _, err := f.Peek()
	if err != nil {
		return Core{}, nil, ending.Wrap(ending.Forged, err)
	}
	credential, err := trust.PeekCredential(f.Credential)
	if err != nil {
		return Core{}, nil, ending.Wrap(ending.Forged, err)
	}
	return core, credential, nil
}

// Verify checks the frame's signature by the agent key and returns the core
// and the frame's time. Errors: wire's, ErrRule.
func (f Frame) Verify(agent *ecdsa.PublicKey) (Core, time.Time, error) {
	payload, err := wire.Verify(wire.LabelFrame, agent, f.Signed, wire.MaxFrame)
	if err != nil {
		return Core{}, time.Time{}, err
	}
	return decodeFrame(payload)
}

// Peek decodes the frame WITHOUT checking its signature: to know which offer
// to look up.
func (f Frame) Peek() (Core, time.Time, error) {
	payload, err := wire.Payload(f.Signed, wire.MaxFrame)
	if err != nil {
		return Core{}, time.Time{}, err
	}
	return decodeFrame(payload)
}

func decodeFrame(payload []byte) (Core, time.Time, error) {
	var p framePayload
	if err := wire.Unmarshal(payload, wire.MaxFrame, &p); err != nil {
		return Core{}, time.Time{}, err
	}
	core, err := DecodeCore(p.Core)
	return core, time.Unix(p.Time, 0), err
}
