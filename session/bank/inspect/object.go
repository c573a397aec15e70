// This file owns the reading of bytes: signed bundles, QR frames, COSE_Sign1
// objects, and bare offer cores.

package inspect

import (
	"fmt"
	"strings"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

const (
	signatureNotChecked = "the signature: that needs the bank's bundle (--bundle FILE)"
	agentNotChecked     = "the signature: that needs the agent's credential"
	deviceNotChecked    = "the signature: that needs the device's credential"
)

// bytes tries each kind in turn. The kinds differ in their outer form or in
// the keys and types of their payload, and decoding is strict, so at most one
// fits.
func (i Inspector) bytes(data []byte, found string) Finding {
	if len(data) > wire.MaxBundle {
		return unknown(found, wire.ErrTooLarge.Error())
	}
	f, known := i.bundle(data)
	if !known {
		f, known = i.frameBytes(data)
	}
	if !known {
		f, known = i.signed(data)
	}
	if !known {
		f, known = i.bareCore(data)
	}
	if !known {
		return unknown(found, "not the deterministic encoding of any object of CP1")
	}
	f.Found = found
	return f.done()
}

// signedBundle is the outer form of a bundle (see trust).
type signedBundle struct {
	_          struct{} `cbor:",toarray"`
	Payload    []byte
	Signatures [][]byte
}

// peekBundle decodes a bundle without checking anything.
func peekBundle(data []byte) (b trust.Bundle, s signedBundle, err error) {
	if err = wire.Unmarshal(data, wire.MaxBundle, &s); err == nil {
		err = wire.Unmarshal(s.Payload, wire.MaxBundle, &b)
	}
	return b, s, err
}

// LoadBundle opens a signed bundle for Inspector.Bundle. It takes the bundle's
// own roots for granted: inspecting is not trusting. Errors: trust's and wire's.
func LoadBundle(data []byte) (*trust.Bundle, error) {
	return trust.SelfSigned(data)
}

// bundle reads a signed bundle: its payload beside the roots' signatures.
func (i Inspector) bundle(data []byte) (Finding, bool) {
	b, s, err := peekBundle(data)
	if err != nil {
		return Finding{}, false
	}
	f := Finding{
		Kind:       "bundle",
		Object:     describeBundle(b, wire.H(wire.LabelBundle, s.Payload), len(s.Signatures)),
		Checked:    []string{"the rules of CP1", "the signatures by the roots that it lists", "the expiry"},
		NotChecked: []string{"whether these are the bank's roots: compare the eight words, or the pin"},
	}
	if b.Version > 1 {
		f.NotChecked = append(f.NotChecked, "the signatures by the roots of the bundle before it")
	}
	_, err = trust.SelfSigned(data)
	f.fault(err, ending.Forged)
	f.outside(b.Issued, b.Expiry, i.Now)
	return f, true
}

// frame reads the text of a QR code.
func (i Inspector) frame(text string) Finding {
	parsed, err := offer.ParseText(text)
	if err != nil {
		f := Finding{Kind: "qr frame", Found: "text"}
		f.fault(err, ending.NotACode)
		return f
	}
	f := i.frameOf(parsed)
	f.Found = "text"
	return f.done()
}

func (i Inspector) frameBytes(data []byte) (Finding, bool) {
	frame, err := offer.ParseFrame(data)
	if err != nil {
		return Finding{}, false
	}
	return i.frameOf(frame), true
}

// frameOf checks a frame against the credential that travels in it.
func (i Inspector) frameOf(frame offer.Frame) Finding {
	f := Finding{Kind: "qr frame"}
	said := describedFrame{}
	core, at, err := frame.Peek()
	if err != nil {
		f.fault(err, ending.Forged)
	} else {
		said.Core, said.FrameTime = describeCore(core), instant(at.Unix())
		f.lifetime(core, i.Now)
		if age := i.Now.Sub(at); age > offer.MaxFrameAge {
			f.fault(ending.Because(ending.FrameStale, fmt.Sprintf("the frame is %s old, at most %s", age.Round(time.Second), offer.MaxFrameAge)), "")
		}
	}
	credential, broken := trust.PeekCredential(frame.Credential)
	f.fault(broken, ending.Forged)
	if credential == nil {
		f.Object = said
		return f
	}
	said.Credential = describeCredential(credential)
	f.Object = said
	f.outside(credential.NotBefore, credential.Expiry, i.Now)
	i.byBundle(&f, func(b *trust.Bundle) error { _, err := b.Credential(frame.Credential); return err })
	if err == nil {
		f.ofCredential(frame, core, credential)
	}
	return f
}

// ofCredential checks that the frame's offer is the one that this credential's
// agent signed.
func (f *Finding) ofCredential(frame offer.Frame, core offer.Core, credential *trust.Credential) {
	f.Checked = append(f.Checked, "the frame's signature by the credential beside it", "the offer's binding to that credential", "the purpose")
	key, err := wire.ParsePoint(credential.Public)
	if err == nil {
		_, _, err = frame.Verify(key)
	}
	f.fault(err, ending.Forged)
	if core.Credential != credential.Hash() {
		f.fault(ending.Because(ending.Forged, "the offer names another credential"), "")
	}
	if !credential.Allows(core.Purpose) {
		f.fault(ending.Because(ending.Forged, "the credential does not allow this purpose"), "")
	}
}

// signed reads a COSE_Sign1 by what its payload is.
func (i Inspector) signed(data []byte) (Finding, bool) {
	payload, err := wire.Payload(data, wire.MaxBundle)
	if err != nil {
		return Finding{}, false
	}
	for _, kind := range []func(data, payload []byte) (Finding, bool){
		i.credential, i.device, i.staple, i.content, i.callTicket, i.prepared, i.signedCore, i.connect, i.renewal,
	} {
		if f, known := kind(data, payload); known {
			return f, true
		}
	}
	f := Finding{Kind: "signed object"}
	f.fault(ending.Because(ending.NotACode, "the payload is not the deterministic encoding of any object of CP1"), "")
	return f, true
}

func (i Inspector) credential(data, _ []byte) (Finding, bool) {
	c, err := trust.PeekCredential(data)
	if c == nil {
		return Finding{}, false
	}
	f := Finding{Kind: "agent credential", Object: describeCredential(c), Checked: []string{"the rules of CP1", "the validity"}}
	f.fault(err, ending.Forged)
	f.outside(c.NotBefore, c.Expiry, i.Now)
	i.byBundle(&f, func(b *trust.Bundle) error { _, err := b.Credential(data); return err })
	return f, true
}

func (i Inspector) device(data, _ []byte) (Finding, bool) {
	d, err := trust.PeekDevice(data)
	if d == nil {
		return Finding{}, false
	}
	f := Finding{Kind: "device credential", Object: describeDevice(d), Checked: []string{"the rules of CP1", "the validity"}}
	f.fault(err, ending.Forged)
	f.outside(d.NotBefore, d.Expiry, i.Now)
	i.byBundle(&f, func(b *trust.Bundle) error { _, err := b.Device(data); return err })
	return f, true
}

func (i Inspector) staple(data, _ []byte) (Finding, bool) {
	s, err := trust.PeekStaple(data)
	if err != nil {
		return Finding{}, false
	}
	f := Finding{Kind: "status staple", Object: describeStaple(s), Checked: []string{"the age"}}
	if !s.Good {
		f.fault(ending.Because(ending.Revoked, "the credential is revoked"), "")
	}
	if !s.Fresh(i.Now) {
		f.fault(ending.Because(ending.StatusStale, "older than 30 minutes, or from the future"), "")
	}
	i.byBundle(&f, func(b *trust.Bundle) error { _, err := b.Staple(data); return err })
	return f, true
}

func (i Inspector) content(data, payload []byte) (Finding, bool) {
	var c trust.Content
	if wire.Unmarshal(payload, wire.MaxBundle, &c) != nil {
		return Finding{}, false
	}
	f := Finding{Kind: "content", Object: describeContent(c), Checked: []string{"the purposes"}}
	for _, p := range c.Purposes {
		if !p.Purpose.Known() {
			f.fault(ending.Because(ending.Unsupported, fmt.Sprintf("purpose %d does not exist", p.Purpose)), "")
		}
	}
	i.byBundle(&f, func(b *trust.Bundle) error { _, err := b.Content(data); return err })
	return f, true
}

func (i Inspector) callTicket(data, payload []byte) (Finding, bool) {
	var t relay.Ticket
	if wire.Unmarshal(payload, wire.MaxObject, &t) != nil {
		return Finding{}, false
	}
	f := Finding{Kind: "call ticket", Object: describeCallTicket(t), Checked: []string{"the validity"}}
	f.outside(t.IssuedAt, t.Expiry, i.Now)
	i.byBundle(&f, func(b *trust.Bundle) error { _, err := relay.OpenTicket(data, b); return err })
	return f, true
}

func (i Inspector) prepared(data, payload []byte) (Finding, bool) {
	var p relay.Prepared
	if wire.Unmarshal(payload, wire.MaxObject, &p) != nil {
		return Finding{}, false
	}
	f := Finding{
		Kind: "answer to prepare", Object: describePrepared(p),
		Checked: []string{"the time"}, NotChecked: []string{"whether it answers what was asked"},
	}
	issued := time.Unix(p.IssuedAt, 0)
	if i.Now.Sub(issued).Abs() > trust.Skew {
		f.fault(ending.Because(ending.Forged, fmt.Sprintf("the authority's word counts within %s of its time", trust.Skew)), "")
	}
	asked := relay.PrepareRequest{Reference: p.Reference, Direction: p.Direction, Number: p.Number}
	i.byBundle(&f, func(b *trust.Bundle) error {
		_, err := relay.PrepareAnswer{Prepared: data}.Open(b, asked, issued)
		return err
	})
	return f, true
}

func (i Inspector) signedCore(data, payload []byte) (Finding, bool) {
	f, known := i.bareCore(payload)
	if !known {
		return Finding{}, false
	}
	f.Kind = "signed offer core"
	f.NotChecked = []string{agentNotChecked}
	return f, true
}

func (i Inspector) bareCore(payload []byte) (Finding, bool) {
	var core offer.Core
	if wire.Unmarshal(payload, wire.MaxObject, &core) != nil {
		return Finding{}, false
	}
	f := Finding{
		Kind: "offer core", Object: describeCore(core),
		Checked:    []string{"the rules of CP1", "the validity"},
		NotChecked: []string{"who made it: a bare core is not signed"},
	}
	_, err := offer.DecodeCore(payload)
	f.fault(err, ending.Forged)
	f.lifetime(core, i.Now)
	return f, true
}

func (i Inspector) connect(_, payload []byte) (Finding, bool) {
	var c relay.Connect
	if wire.Unmarshal(payload, wire.MaxObject, &c) != nil {
		return Finding{}, false
	}
	f := Finding{
		Kind: "connect token", Object: describeConnect(c),
		Checked: []string{"the time"}, NotChecked: []string{agentNotChecked},
	}
	if age := i.Now.Sub(time.Unix(c.Time, 0)).Abs(); age > trust.Skew {
		f.fault(ending.Because(ending.Expired, fmt.Sprintf("a connect token counts within %s of its time", trust.Skew)), "")
	}
	return f, true
}

func (i Inspector) renewal(data, _ []byte) (Finding, bool) {
	r, err := relay.RenewRequest{Renewal: data}.Peek()
	if err != nil {
		return Finding{}, false
	}
	f := Finding{
		Kind: "renewal", Object: describeRenewal(r),
		Checked: []string{"the time"}, NotChecked: []string{deviceNotChecked},
	}
	if age := i.Now.Sub(time.Unix(r.Time, 0)).Abs(); age > trust.Skew {
		f.fault(ending.Because(ending.WrongClock, fmt.Sprintf("a renewal counts within %s of its time", trust.Skew)), "")
	}
	return f, true
}

// byBundle checks a signature if there is a bundle to check it by.
func (i Inspector) byBundle(f *Finding, check func(*trust.Bundle) error) {
	if i.Bundle == nil {
		f.NotChecked = append(f.NotChecked, signatureNotChecked)
		return
	}
	f.Checked = append(f.Checked, "the signature by a key of the bundle")
	err := check(i.Bundle)
	if err != nil && !f.names(err) {
		f.fault(err, ending.Forged)
	}
}

// names reports whether the finding has this very fault already.
func (f *Finding) names(err error) bool {
	for _, fault := range f.Faults {
		if fault.Detail == err.Error() {
			return true
		}
	}
	return false
}

// outside notes that now is not within a validity.
func (f *Finding) outside(from, to int64, now time.Time) {
	switch at := now.Unix(); {
	case at > to:
		f.fault(ending.Because(ending.Expired, "valid until "+instant(to)), "")
	case at < from-int64(trust.Skew/time.Second):
		f.fault(ending.Because(ending.WrongClock, "valid from "+instant(from)), "")
	}
}

func (f *Finding) lifetime(core offer.Core, now time.Time) { f.outside(core.Start, core.Expiry(), now) }

func wordsOf(b trust.Bundle) string { return strings.Join(enrol.Words(b.RootsHash()), " ") }
