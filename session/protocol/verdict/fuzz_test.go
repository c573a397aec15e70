// Fuzz targets of the decision: a relay, a disk or a person at the other end
// may hand it any bytes and any answers. The keys are fixed, so that a kept
// input verifies in every later run.

package verdict_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
	"countersign/session/protocol/wire"
)

// objectsOf are the places of an input where bytes from outside stand.
func objectsOf(in *verdict.Input) []*[]byte {
	objects := []*[]byte{&in.Bank.Bundle, &in.Bank.Content}
	if in.Served != nil {
		in.Served.Bundles = [][]byte{nil}
		objects = append(objects, &in.Served.Core, &in.Served.Credential, &in.Served.Staple, &in.Served.Keys.PKA, &in.Served.Content, &in.Served.Bundles[0])
	}
	if in.Frame != nil {
		objects = append(objects, &in.Frame.Signed, &in.Frame.Credential)
	}
	return objects
}

// FuzzCheck replaces one object by any bytes. The verdict is green only for the
// offer that was signed, an answer may be sent only to that one, and of a
// stopped offer nothing is shown.
func FuzzCheck(f *testing.F) {
	w := verdicttest.Fixed()
	genuine := w.FinishedCore().ID()
	entries := []func(*verdicttest.World) verdict.Input{byCode, byQR, offline}
	for kind, entry := range entries {
		in := entry(w)
		for at, object := range objectsOf(&in) {
			f.Add(uint8(kind), uint8(at), *object)
		}
	}
	next, _ := w.NextBundle(nil)
	f.Add(uint8(0), uint8(7), next)
	inputs := make([]verdict.Input, len(entries))
	for kind, entry := range entries {
		inputs[kind] = entry(w)
	}
	f.Fuzz(func(t *testing.T, kind, at uint8, data []byte) {
		in := inputs[int(kind)%len(inputs)]
		if in.Served != nil {
			served := *in.Served
			in.Served = &served
		}
		if in.Frame != nil {
			frame := *in.Frame
			in.Frame = &frame
		}
		objects := objectsOf(&in)
		*objects[int(at)%len(objects)] = data
		if in.Served != nil && len(in.Served.Bundles[0]) == 0 {
			in.Served.Bundles = nil
		}
		out := verdict.Check(in)
		if (out.Result == verdict.Verified || out.Reply) && (out.OID != genuine || out.Credential.Name != w.Credential.Name || out.Bundle.BankID != w.Bundle.BankID) {
			t.Fatalf("%v for an offer that nobody made", out.Result)
		}
		if (out.Result == verdict.Verified) != (len(out.Reasons) == 0) || out.Result == verdict.Stopped && (out.Reply || tells(out)) {
			t.Fatalf("%v, %v, may reply %t", out.Result, out.Reasons, out.Reply)
		}
		for i, r := range out.Reasons {
			if !r.Known() || slices.Contains(out.Reasons[:i], r) {
				t.Fatalf("the reasons are %v", out.Reasons)
			}
		}
		if out.SignedContent != nil && !bytes.Equal(out.SignedContent, data) || out.SignedBundle != nil && !bytes.Equal(out.SignedBundle, data) {
			t.Fatal("something is kept that was not served")
		}
	})
}

// FuzzCheckReply: a reply is accepted only from the device of this customer,
// with answers that fit the offer, in time.
func FuzzCheckReply(f *testing.F) {
	w := verdicttest.Fixed()
	good := w.Reply()
	f.Add(good.Device, uint8(offer.TheyCalled), "", uint8(offer.ByCode), int64(0), uint8(1), false)
	f.Add(good.Device, uint8(offer.TheyCalled), "", uint8(offer.ByQR), w.FrameTime.Unix(), uint8(1), false)
	f.Add(good.Device, uint8(offer.ICalled), verdicttest.BankLine, uint8(offer.ByQR), int64(-1<<62), uint8(1), true)
	f.Add([]byte{}, uint8(offer.TheyCalled), "", uint8(offer.ByCode), int64(0), uint8(1), false)
	f.Fuzz(func(t *testing.T, device []byte, how uint8, dialled string, entry uint8, frameTime int64, suite uint8, declined bool) {
		in := good
		in.Device, in.Guest, in.Declined = device, len(device) == 0, declined
		in.Answers = offer.Answers{How: offer.How(how), Dialled: dialled}
		in.Entry, in.FrameTime, in.Suite = offer.EntryPath(entry), frameTime, suite
		known, reason := verdict.CheckReply(in)
		if reason != "" {
			if known != nil || !reason.Known() {
				t.Fatalf("%+v, %q", known, reason)
			}
			return
		}
		if in.Guest != (known == nil) || known != nil && known.Pseudonym != w.Own.Pseudonym {
			t.Fatalf("accepted from %+v", known)
		}
		if declined {
			return
		}
		age := in.Now.Sub(time.Unix(frameTime, 0))
		fresh := entry == uint8(offer.ByCode) && frameTime == 0 || entry == uint8(offer.ByQR) && age <= offer.MaxFrameAge && age >= -trust.Skew
		if in.Answers.How != offer.TheyCalled || suite != trust.Suite1 || !fresh {
			t.Fatalf("accepted %+v", in)
		}
	})
}

// FuzzStaple: only a staple of this credential, fresh and good, is good.
func FuzzStaple(f *testing.F) {
	w := verdicttest.Fixed()
	b := w.Opened()
	f.Add(wire.Marshal(w.Staple))
	revoked, stale := w.Staple, w.Staple
	revoked.Good, stale.IssuedAt = false, w.Now.Unix()-int64(trust.MaxStaple.Seconds())-1
	f.Add(wire.Marshal(revoked))
	f.Add(wire.Marshal(stale))
	f.Fuzz(func(t *testing.T, payload []byte) {
		signed, err := wire.Sign(wire.LabelStatus, w.Status, payload)
		if err != nil {
			t.Fatal(err)
		}
		reason := verdict.Staple(b, signed, w.Credential.ID, w.Now)
		var s trust.Staple
		good := wire.Unmarshal(payload, wire.MaxObject, &s) == nil && s.Status == w.Staple.Status && s.Credential == w.Credential.ID && s.Good && s.Fresh(w.Now)
		if good != (reason == "") || reason != "" && !reason.Known() {
			t.Fatalf("%+v is %q", s, reason)
		}
	})
}
