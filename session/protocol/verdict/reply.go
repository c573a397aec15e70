// This file owns the agent's checks on an opened reply: the same facts, seen
// from the other side of the line.

package verdict

import (
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

// ReplyInput is what the agent knows of a reply that opened under the offer's
// keys. The device's signature is the caller's to check with the key that
// CheckReply returns: it covers bytes that only the handshake knows.
type ReplyInput struct {
	Now       time.Time // of the clock that made the frames
	Bundle    *trust.Bundle
	Core      offer.Core
	Guest     bool   // unsigned
	Declined  bool   // a decline: nothing but who declines is checked
	Device    []byte // signed device credential
	Answers   offer.Answers
	Entry     offer.EntryPath
	FrameTime int64
	Suite     uint8
}

// CheckReply judges a reply and returns the device whose key must have signed
// it (nil for a guest), or the reason to refuse it. The device's staple comes
// with the authority's admission; see Staple.
func CheckReply(in ReplyInput) (*trust.Device, ending.Reason) {
	device, reason := replyDevice(in)
	switch {
	case reason != "":
		return nil, reason
	case in.Declined:
		return device, ""
	case in.Suite != in.Core.Suite || !allowed(in.Bundle, in.Suite):
		return nil, ending.Unsupported
	}
	if reason := answersReason(in); reason != "" {
		return nil, reason
	}
	if reason := frameReason(in); reason != "" {
		return nil, reason
	}
	return device, ""
}

// replyDevice opens the credential and compares the reference: the device is
// that of the customer whom the agent chose.
func replyDevice(in ReplyInput) (*trust.Device, ending.Reason) {
	if in.Guest {
		if len(in.Device) > 0 {
			return nil, ending.Forged // a device signs; it does not pass for a guest
		}
		return nil, ""
	}
	device, err := in.Bundle.Device(in.Device)
	if err != nil {
		return nil, ending.Forged
	}
	if now := in.Now.Unix(); now > device.Expiry || now < device.NotBefore-int64(trust.Skew/time.Second) {
		return nil, ending.Revoked
	}
	if !isFor(in.Core, device.Pseudonym) {
		return nil, ending.NotForYou
	}
	return device, ""
}

// answersReason compares direction and line with what the customer said.
func answersReason(in ReplyInput) ending.Reason {
	switch {
	case in.Answers.How == offer.NotSure:
		return ending.NotSure
	case !sameDirection(in.Answers.How, in.Core.Direction):
		return ending.WrongDirection
	case in.Answers.How == offer.ICalled && !isDialled(in.Answers.Dialled, in.Core, in.Bundle):
		return ending.WrongNumber
	}
	return ""
}

// frameReason: a photographed or forwarded QR code is old by the time it is
// used. The agent's own clock made the frame, so no skew is tolerated forward
// beyond the usual.
func frameReason(in ReplyInput) ending.Reason {
	switch in.Entry {
	case offer.ByCode:
		if in.FrameTime != 0 {
			return ending.Forged
		}
		return ""
	case offer.ByQR:
		age := in.Now.Sub(time.Unix(in.FrameTime, 0))
		if age > offer.MaxFrameAge || age < -trust.Skew {
			return ending.FrameStale
		}
		return ""
	}
	return ending.Forged
}
