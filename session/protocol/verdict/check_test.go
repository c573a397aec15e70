// This file tests the companion's checks: a row for every way in which one
// thing is wrong, several faults at once, and properties.

package verdict_test

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
	"countersign/session/protocol/wire"
)

type world = verdicttest.World

var (
	byCode  = (*world).ByCode
	byQR    = (*world).ByQR
	offline = (*world).Offline
)

// row breaks one thing, in the world before it is signed or in the input.
type row struct {
	name   string
	entry  func(*world) verdict.Input // nil: by code
	world  func(*world)
	input  func(*world, *verdict.Input)
	want   []ending.Reason // nil: verified
	report ending.Reason
}

func (r row) check() verdict.Output {
	w := verdicttest.New()
	if r.world != nil {
		r.world(w)
	}
	if r.entry == nil {
		r.entry = byCode
	}
	in := r.entry(w)
	if r.input != nil {
		r.input(w, &in)
	}
	return verdict.Check(in)
}

// tells reports whether a screen would learn anything of the offer.
func tells(out verdict.Output) bool {
	s := out.Shown()
	return s.Name != "" || s.Role != "" || s.Department != "" || s.Bank != (verdict.Naming{}) || s.Purpose != 0 || s.Direction != 0
}

func reasons(r ...ending.Reason) []ending.Reason { return r }

// flip changes one byte in the middle.
func flip(data []byte) []byte {
	data = bytes.Clone(data)
	data[len(data)/2] ^= 1
	return data
}

func serveNext(w *world, in *verdict.Input, signed []byte, hash [32]byte) {
	in.Served.Bundles, in.Served.BundleVersion, in.Served.BundleHash = [][]byte{signed}, w.Bundle.Version+1, hash
}

func later(d time.Duration) func(*world, *verdict.Input) {
	return func(_ *world, in *verdict.Input) { in.Now = in.Now.Add(d) }
}

func helped(_ *world, in *verdict.Input) { in.Helped = true }

func refused(r ending.Reason) func(*world, *verdict.Input) {
	return func(_ *world, in *verdict.Input) { in.Served, in.Refused = nil, r }
}

func hold(_ *world, in *verdict.Input) { in.HoldUntil = in.Now.Add(time.Second) }

var rows = []row{
	{name: "good by code"},
	{name: "good by QR", entry: byQR},
	{name: "good, the customer called", world: (*world).CustomerCalled},
	{name: "good, no customer chosen", world: func(w *world) { w.Core.Ref = nil }},
	{name: "good, content never seen", input: func(_ *world, in *verdict.Input) { in.Bank.Content = nil }},

	// The pin, and something to check.
	{name: "no pin", input: func(_ *world, in *verdict.Input) { in.Bank.Anchor = nil }, want: reasons(ending.UnknownBank)},
	{name: "offline by code", input: func(_ *world, in *verdict.Input) { in.Served, in.Offline = nil, true }, want: reasons(ending.ServerDown)},
	{name: "no answer at all", input: func(_ *world, in *verdict.Input) { in.Served = nil }, want: reasons(ending.ServerDown)},

	// Code and QR name the offer.
	{name: "code of another offer", input: func(_ *world, in *verdict.Input) { in.Code = offer.Code(offer.ID{1}) }, want: reasons(ending.Forged)},
	{name: "no code", input: func(_ *world, in *verdict.Input) { in.Code = "" }, want: reasons(ending.Forged)},
	{name: "no entry path", input: func(_ *world, in *verdict.Input) { in.Entry = 0 }, want: reasons(ending.Forged)},
	{name: "QR without a frame", entry: byQR, input: func(_ *world, in *verdict.Input) { in.Frame = nil }, want: reasons(ending.Forged)},
	{name: "code with a frame", entry: byQR, input: func(w *world, in *verdict.Input) {
		in.Entry, in.Code = offer.ByCode, offer.Code(w.FinishedCore().ID())
	}, want: reasons(ending.Forged)},
	{name: "another offer served for the QR", entry: byQR, input: func(w *world, in *verdict.Input) {
		w.Keys.CA[0] ^= 1
		in.Served = w.ByCode().Served
	}, want: reasons(ending.Forged)},

	// Signatures up to the pinned root.
	{name: "pinned bundle changed", input: func(_ *world, in *verdict.Input) { in.Bank.Bundle = flip(in.Bank.Bundle) }, want: reasons(ending.Forged)},
	{name: "pinned bundle missing", input: func(_ *world, in *verdict.Input) { in.Bank.Bundle = nil }, want: reasons(ending.Forged)},
	{name: "pinned bundle of another root", input: func(w *world, in *verdict.Input) {
		w.Root = verdicttest.NewKey()
		in.Bank.Bundle = w.SignedBundle()
	}, want: reasons(ending.Forged)},
	{name: "older bundle than pinned", input: func(_ *world, in *verdict.Input) { in.Bank.Anchor.Version = 2 }, want: reasons(ending.Forged)},
	{name: "another bundle of the pinned version", input: func(w *world, in *verdict.Input) {
		w.Bundle.Colour = 1
		in.Bank.Bundle = w.SignedBundle()
	}, want: reasons(ending.Forged)},
	{name: "newer bundle by another root", input: func(w *world, in *verdict.Input) {
		signed, hash := w.NextBundle(nil, verdicttest.NewKey())
		serveNext(w, in, signed, hash)
	}, want: reasons(ending.Forged)},
	{name: "newer bundle without the old root", input: func(w *world, in *verdict.Input) {
		root := verdicttest.NewKey()
		signed, hash := w.NextBundle(func(b *trust.Bundle) { b.Roots = [][]byte{wire.Point(&root.PublicKey)} }, root)
		serveNext(w, in, signed, hash)
	}, want: reasons(ending.Forged)},
	{name: "newer bundle announced, not served", input: func(w *world, in *verdict.Input) { in.Served.BundleVersion++ }, want: reasons(ending.Forged)},
	{name: "server's bundle is older", input: func(w *world, in *verdict.Input) { in.Served.BundleVersion = 0 }, want: reasons(ending.Forged)},
	{name: "server's bundle is another", input: func(w *world, in *verdict.Input) { in.Served.BundleHash[0] ^= 1 }, want: reasons(ending.Forged)},
	{name: "newer content by another key", input: func(w *world, in *verdict.Input) {
		w.Content.Version, w.ContentKey = 2, verdicttest.NewKey()
		in.Served.Content = w.SignedContent()
	}, want: reasons(ending.Forged)},
	{name: "older content served", world: func(w *world) { w.Content.Version = 2 }, input: func(w *world, in *verdict.Input) {
		w.Content.Version = 1
		in.Served.Content = w.SignedContent()
	}, want: reasons(ending.Forged)},
	{name: "credential by another issuer", world: func(w *world) { w.Issuer = verdicttest.NewKey() }, want: reasons(ending.Forged)},
	{name: "credential by an issuer not listed", world: func(w *world) {
		w.Issuer = verdicttest.NewKey()
		w.Credential.Issuer = wire.KeyID(wire.Point(&w.Issuer.PublicKey))
	}, want: reasons(ending.Forged)},
	{name: "credential by an issuer not listed, by QR", entry: byQR, world: func(w *world) {
		w.Issuer = verdicttest.NewKey()
		w.Credential.Issuer = wire.KeyID(wire.Point(&w.Issuer.PublicKey))
	}, want: reasons(ending.UnknownBank)},
	{name: "credential by an issuer not listed, offline", entry: offline, world: func(w *world) {
		w.Issuer = verdicttest.NewKey()
		w.Credential.Issuer = wire.KeyID(wire.Point(&w.Issuer.PublicKey))
	}, want: reasons(ending.UnknownBank)},
	{name: "credential by a key that is no issuer, by QR", entry: byQR, world: func(w *world) {
		w.Issuer = w.Status
		w.Credential.Issuer = wire.KeyID(wire.Point(&w.Issuer.PublicKey))
	}, want: reasons(ending.UnknownBank)},
	{name: "core by another agent", world: func(w *world) { w.Agent = verdicttest.NewKey() }, want: reasons(ending.Forged)},
	{name: "core of the same agent's other credential", input: func(w *world, in *verdict.Input) {
		w.Credential.Role = "Supervisor"
		in.Served.Credential = w.SignedCredential()
	}, want: reasons(ending.Forged)},
	{name: "frame by another agent", entry: byQR, input: func(w *world, in *verdict.Input) {
		w.Agent = verdicttest.NewKey()
		in.Frame = w.ByQR().Frame
	}, want: reasons(ending.Forged)},
	{name: "frame's credential by another issuer", entry: byQR, input: func(w *world, in *verdict.Input) {
		w.Issuer = verdicttest.NewKey()
		in.Frame.Credential = w.SignedCredential()
	}, want: reasons(ending.Forged)},
	{name: "frame's credential is another good one", entry: byQR, input: func(w *world, in *verdict.Input) {
		w.Credential.Role = "Supervisor"
		in.Frame.Credential = w.SignedCredential()
	}, want: reasons(ending.Forged)},
	{name: "relay's credential is another good one", entry: byQR, input: func(w *world, in *verdict.Input) {
		w.Credential.Role = "Supervisor"
		in.Served.Credential = w.SignedCredential()
	}, want: reasons(ending.Forged)},
	{name: "relay's credential by another issuer", entry: byQR, input: func(w *world, in *verdict.Input) {
		w.Issuer = verdicttest.NewKey()
		in.Served.Credential = w.SignedCredential()
	}, want: reasons(ending.Forged)},
	{name: "frame's credential signed once more", entry: byQR, input: func(w *world, in *verdict.Input) {
		in.Frame.Credential = w.SignedCredential()
	}},
	{name: "frame by another agent, offline", entry: offline, world: func(w *world) { w.Agent = verdicttest.NewKey() }, want: reasons(ending.Forged, ending.Offline)},

	// What the relay says of an offer that is over.
	{name: "expired at the relay", input: refused(ending.Expired), want: reasons(ending.Expired)},
	{name: "used code", input: refused(ending.UsedCode), want: reasons(ending.UsedCode)},
	{name: "QR of an offer that was replaced", entry: byQR, input: refused(ending.Superseded), want: reasons(ending.Superseded)},
	{name: "QR of an offer that was replaced, past by this clock", entry: byQR, input: func(w *world, in *verdict.Input) {
		later(400*time.Second)(w, in)
		refused(ending.Superseded)(w, in)
	}, want: reasons(ending.Superseded)},
	{name: "a refusal cannot say completed", input: refused(ending.Completed), want: reasons(ending.Unsupported)},
	{name: "a refusal cannot make a guest", entry: byQR, input: refused(ending.Guest), want: reasons(ending.Unsupported)},
	{name: "a refusal cannot be merely unknown", entry: byQR, input: refused(ending.StatusStale), want: reasons(ending.Unsupported)},
	{name: "a refusal cannot blame this computer", input: refused(ending.NoKeyring), want: reasons(ending.Unsupported)},
	{name: "a refusal outside the table", input: refused("all_is_well"), want: reasons(ending.Unsupported)},

	// Times.
	{name: "60 s after the end", input: later(240*time.Second + trust.Skew)},
	{name: "60 s before the start", input: later(-60*time.Second - trust.Skew)},
	{name: "further in the future than a duration can tell", world: func(w *world) {
		w.Core.Start = w.Now.Unix() + 18_446_744_074 // in nanoseconds just over 2^64
	}, want: reasons(ending.WrongClock, ending.Expired)},
	{name: "the beginning of time", world: func(w *world) { w.Core.Start = 1 }, want: reasons(ending.WrongClock, ending.Expired)},
	{name: "live, but past by this clock", input: later(241*time.Second + trust.Skew), want: reasons(ending.WrongClock)},
	{name: "live, but future by this clock", input: later(-61*time.Second - trust.Skew), want: reasons(ending.WrongClock)},
	{name: "offline, past", entry: offline, input: later(241*time.Second + trust.Skew), want: reasons(ending.Expired, ending.Offline)},
	{name: "offline, future", entry: offline, input: later(-61*time.Second - trust.Skew), want: reasons(ending.WrongClock, ending.Offline)},
	{name: "credential for exactly the offer's time", world: func(w *world) {
		w.Credential.NotBefore, w.Credential.Expiry = w.Core.Start+60, w.Core.Expiry()
	}},
	{name: "credential over before the offer is", world: func(w *world) { w.Credential.Expiry = w.Core.Expiry() - 1 }, want: reasons(ending.Expired)},
	{name: "credential not yet valid at the start", world: func(w *world) { w.Credential.NotBefore = w.Core.Start + 61 }, want: reasons(ending.Expired)},
	{name: "wrong clock says nothing of the bundle", world: func(w *world) { w.Bundle.Expiry = w.Now.Unix() + 300 }, input: later(301 * time.Second), want: reasons(ending.WrongClock)},
	{name: "bundle expired", world: func(w *world) { w.Bundle.Expiry = w.Now.Unix() - 1 }, want: reasons(ending.Expired)},

	// Staple.
	{name: "no staple", input: func(_ *world, in *verdict.Input) { in.Served.Staple = nil }, want: reasons(ending.StatusStale)},
	{name: "old staple", world: func(w *world) { w.Staple.IssuedAt = w.Now.Add(-trust.MaxStaple).Unix() - 1 }, want: reasons(ending.StatusStale)},
	{name: "staple of 30 minutes", world: func(w *world) { w.Staple.IssuedAt = w.Now.Add(-trust.MaxStaple).Unix() }},
	{name: "staple from the future", world: func(w *world) { w.Staple.IssuedAt = w.Now.Add(trust.Skew).Unix() + 1 }, want: reasons(ending.StatusStale)},
	{name: "another credential's staple", world: func(w *world) { w.Staple.Credential[0] ^= 1 }, want: reasons(ending.StatusStale)},
	{name: "revoked", world: func(w *world) { w.Staple.Good = false }, want: reasons(ending.Revoked)},
	{name: "revoked long ago", world: func(w *world) {
		w.Staple.Good, w.Staple.IssuedAt = false, w.Now.Add(-time.Hour).Unix()
	}, want: reasons(ending.Revoked)},
	{name: "staple by another key", world: func(w *world) { w.Status = verdicttest.NewKey() }, want: reasons(ending.Forged)},
	{name: "staple by the issuer", world: func(w *world) {
		w.Status = w.Issuer
		w.Staple.Status = w.Credential.Issuer
	}, want: reasons(ending.Forged)},

	// Suite and version.
	{name: "suite that this program lacks", world: func(w *world) { w.Core.Suite, w.Bundle.Suites = 2, []uint8{1, 2} }, want: reasons(ending.Unsupported)},
	{name: "suite that the bank does not allow", world: func(w *world) { w.Bundle.Suites = []uint8{2} }, want: reasons(ending.Unsupported)},
	{name: "program too old", world: func(w *world) { w.Bundle.MinVersion = "0.1.1" }, want: reasons(ending.Unsupported)},
	{name: "program too old, by number and not by letter", world: func(w *world) { w.Bundle.MinVersion = "0.10.0" }, input: func(_ *world, in *verdict.Input) { in.ProgramVersion = "0.9.0" }, want: reasons(ending.Unsupported)},
	{name: "minimum version that semver does not know", world: func(w *world) { w.Bundle.MinVersion = "00.1.0" }, want: reasons(ending.Unsupported)},
	{name: "program without a version", input: func(_ *world, in *verdict.Input) { in.ProgramVersion = "" }, want: reasons(ending.Unsupported)},
	{name: "agent called like another bank", input: func(w *world, in *verdict.Input) {
		in.Bank.Others = []verdict.Naming{{Name: "Northern Trust"}, {Name: strings.ToUpper(w.Credential.Name)}}
	}, want: reasons(ending.NameClash)},
	{name: "department that names another bank", input: func(w *world, in *verdict.Input) {
		in.Bank.Others = []verdict.Naming{{Name: strings.Fields(w.Credential.Department)[0]}}
	}, want: reasons(ending.NameClash)},
	{name: "name taken that another bank claims", input: func(w *world, in *verdict.Input) {
		in.Bank.Taken = []verdict.Naming{{Name: w.Bundle.Name, Domain: w.Bundle.Domain}}
		in.Bank.Claimed = []verdict.Naming{{Name: "Northern Trust"}, {Name: strings.ToUpper(w.Bundle.Name)}}
	}, want: reasons(ending.NameClash)},
	{name: "former name taken whose domain another bank claims", input: func(w *world, in *verdict.Input) {
		in.Bank.Taken = []verdict.Naming{{Name: w.Bundle.Name}, {Name: "Northern Trust", Domain: "northern.example"}}
		in.Bank.Claimed = []verdict.Naming{{Name: "Southern Cross", Domain: "www.northern.example"}}
	}, want: reasons(ending.NameClash)},
	{name: "department that another bank claims to be called", input: func(w *world, in *verdict.Input) {
		in.Bank.Claimed = []verdict.Naming{{Name: strings.Fields(w.Credential.Department)[0]}}
	}, want: reasons(ending.NameClash)},
	{name: "domain taken, and the name is claimed", input: func(w *world, in *verdict.Input) {
		in.Bank.Taken = []verdict.Naming{{Domain: w.Bundle.Domain}}
		in.Bank.Claimed = []verdict.Naming{{Name: w.Bundle.Name, Domain: "northern.example"}}
	}, want: nil},
	{name: "name that the bank came with, and another bank claims", input: func(w *world, in *verdict.Input) {
		in.Bank.Claimed = []verdict.Naming{{Name: w.Bundle.Name, Domain: w.Bundle.Domain}}
	}, want: nil},
	{name: "name taken that no other bank claims", input: func(w *world, in *verdict.Input) {
		in.Bank.Taken = []verdict.Naming{{Name: w.Bundle.Name, Domain: w.Bundle.Domain}}
		in.Bank.Claimed = []verdict.Naming{{Name: "Northern Trust", Domain: "northern.example"}}
	}, want: nil},
	{name: "name, role and department that name another bank in a row", input: func(w *world, in *verdict.Input) {
		in.Bank.Others = []verdict.Naming{{Name: w.Credential.Name + w.Credential.Role + strings.Fields(w.Credential.Department)[0]}}
	}, want: reasons(ending.NameClash)},
	{name: "another bank that nobody names", input: func(_ *world, in *verdict.Input) {
		in.Bank.Others = []verdict.Naming{{Name: "Northern Trust", Domain: "northern.example"}}
	}, want: nil},
	{name: "bank that cannot be read here", input: func(_ *world, in *verdict.Input) { in.Readable = func(string) bool { return false } }, want: reasons(ending.Unsupported)},
	{name: "bank that is read by its domain", input: func(w *world, in *verdict.Input) {
		in.Readable = func(text string) bool { return text == w.Bundle.Domain }
	}},
	{name: "bank that is read by its name", input: func(w *world, in *verdict.Input) {
		in.Readable = func(text string) bool { return text == w.Bundle.Name }
	}},
	{name: "bank without a domain, that cannot be read here", world: func(w *world) { w.Bundle.Domain = "" }, input: func(_ *world, in *verdict.Input) {
		in.Readable = func(text string) bool { return text == "" } // there is nothing that could not be drawn
	}, want: reasons(ending.Unsupported)},
	{name: "minimum version is not one", world: func(w *world) { w.Bundle.MinVersion = "new" }, want: reasons(ending.Unsupported)},

	{name: "another pkA", input: func(_ *world, in *verdict.Input) { in.Served.Keys.PKA = flip(in.Served.Keys.PKA) }, want: reasons(ending.Forged)},
	{name: "made for another bank, whose issuer this bank's bundle lists", world: func(w *world) { w.Keys.Bank[0] ^= 1 }, want: reasons(ending.Forged)},
	{name: "another CA", input: func(_ *world, in *verdict.Input) { in.Served.Keys.CA[31] ^= 1 }, want: reasons(ending.Forged)},
	{name: "no CA", input: func(_ *world, in *verdict.Input) { in.Served.Keys.CA = [32]byte{} }, want: reasons(ending.Forged)},
	{name: "pkA and CA of another offer", input: func(_ *world, in *verdict.Input) {
		in.Served.Keys = offer.Keys{PKA: flip(in.Served.Keys.PKA), CA: offer.Commitment([16]byte{1}, [32]byte{1})}
	}, want: reasons(ending.Forged)},
	{name: "a pkA that is no key", world: func(w *world) { w.Keys.PKA = bytes.Repeat([]byte{0xff}, 1216) }, want: reasons(ending.Forged)},
	{name: "a pkA of low order", world: func(w *world) { clear(w.Keys.PKA[1184:]) }, want: reasons(ending.Forged)},
	{name: "a short pkA", world: func(w *world) { w.Keys.PKA = w.Keys.PKA[:1215] }, want: reasons(ending.Forged)},
	{name: "no pkA", input: func(_ *world, in *verdict.Input) { in.Served.Keys.PKA = nil }, want: reasons(ending.Forged)},

	{name: "another customer's offer", world: func(w *world) { w.For([16]byte{1}) }, want: reasons(ending.NotForYou)},
	{name: "another customer's offer, offline", entry: offline, world: func(w *world) { w.For([16]byte{1}) }, want: reasons(ending.NotForYou, ending.Offline)},
	{name: "another customer's offer is not reported", world: func(w *world) {
		w.For([16]byte{1})
		w.Core.Line = "2222"
	}, want: reasons(ending.NotForYou, ending.WrongNumber)},

	{name: "purpose not allowed to the agent", world: func(w *world) { w.Core.Purpose = trust.AccountAccess }, want: reasons(ending.Forged)},

	// Direction and number.
	{name: "my phone rang, but the offer is for a call to the bank", world: func(w *world) {
		w.CustomerCalled()
		w.Answers = offer.Answers{How: offer.TheyCalled}
	}, want: reasons(ending.WrongDirection), report: ending.WrongDirection},
	{name: "I dialled, but the offer is for a call by the bank", world: func(w *world) {
		w.Answers = offer.Answers{How: offer.ICalled, Dialled: verdicttest.BankLine}
	}, want: reasons(ending.WrongDirection), report: ending.WrongDirection},
	{name: "wrong direction offline", entry: offline, world: func(w *world) {
		w.Answers = offer.Answers{How: offer.ICalled, Dialled: verdicttest.BankLine}
	}, want: reasons(ending.WrongDirection, ending.Offline), report: ending.WrongDirection},
	{name: "not sure", world: func(w *world) { w.Answers = offer.Answers{How: offer.NotSure} }, want: reasons(ending.NotSure)},
	{name: "no answer about the call", world: func(w *world) { w.Answers = offer.Answers{} }, want: reasons(ending.WrongDirection), report: ending.WrongDirection},
	{name: "called on a number that is not the customer's", world: func(w *world) { w.Core.Line = "2222" }, want: reasons(ending.WrongNumber), report: ending.WrongNumber},
	{name: "called on another number, offline", entry: offline, world: func(w *world) { w.Core.Line = "2222" }, want: reasons(ending.WrongNumber, ending.Offline), report: ending.WrongNumber},
	{name: "called on another number, not sure", world: func(w *world) {
		w.Core.Line, w.Answers = "2222", offer.Answers{How: offer.NotSure}
	}, want: reasons(ending.NotSure, ending.WrongNumber), report: ending.WrongNumber},
	{name: "dialled a number that is not the bank's", world: func(w *world) {
		w.CustomerCalled()
		w.Answers.Dialled = "+48999992233" // ends like the bank's
	}, want: reasons(ending.WrongNumber), report: ending.WrongNumber},
	{name: "dialled another of the bank's numbers", world: func(w *world) {
		w.CustomerCalled()
		w.Answers.Dialled = verdicttest.OtherLine
	}, want: reasons(ending.WrongNumber), report: ending.WrongNumber},
	{name: "dialled nothing", world: func(w *world) {
		w.CustomerCalled()
		w.Answers.Dialled = ""
	}, want: reasons(ending.WrongNumber), report: ending.WrongNumber},
	{name: "dialled a stranger, the bank called", world: func(w *world) {
		w.Answers = offer.Answers{How: offer.ICalled, Dialled: "+48999992233"}
	}, want: reasons(ending.WrongDirection, ending.WrongNumber), report: ending.WrongDirection},

	{name: "a forged stop is no evidence", input: func(w *world, in *verdict.Input) {
		in.Served.Keys.PKA, in.Answers = nil, offer.Answers{How: offer.ICalled, Dialled: verdicttest.BankLine}
	}, want: reasons(ending.Forged, ending.WrongDirection)},

	// Hold.
	{name: "hold, the customer called", world: (*world).CustomerCalled, input: hold, want: reasons(ending.OnHold)},
	{name: "hold, the customer called a line that looks like an own one", world: func(w *world) {
		w.CustomerCalled()
		w.Own.Lines = []string{w.Core.Line}
	}, input: hold, want: reasons(ending.OnHold)},
	{name: "hold, the bank calls a number on file", input: hold},
	{name: "hold, the bank calls another number", world: func(w *world) { w.Core.Line = "2222" }, input: hold, want: reasons(ending.WrongNumber, ending.OnHold), report: ending.WrongNumber},
	{name: "hold just over", world: (*world).CustomerCalled, input: func(_ *world, in *verdict.Input) { in.HoldUntil = in.Now }},
	{name: "hold, a guest", input: func(w *world, in *verdict.Input) {
		in.Own = nil
		hold(w, in)
	}, want: reasons(ending.OnHold, ending.Guest)},

	// What is merely not known.
	{name: "guest", input: func(_ *world, in *verdict.Input) { in.Own = nil }, want: reasons(ending.Guest)},
	{name: "guest, another customer's offer on another line", world: func(w *world) {
		w.For([16]byte{1})
		w.Core.Line = "2222"
	}, input: func(_ *world, in *verdict.Input) { in.Own = nil }, want: reasons(ending.Guest)},
	{name: "guest who dialled a stranger", world: func(w *world) {
		w.CustomerCalled()
		w.Answers.Dialled = "+48999992233"
	}, input: func(_ *world, in *verdict.Input) { in.Own = nil }, want: reasons(ending.WrongNumber, ending.Guest), report: ending.WrongNumber},
	{name: "guest offline", entry: offline, input: func(_ *world, in *verdict.Input) { in.Own = nil }, want: reasons(ending.Guest, ending.Offline)},
	{name: "offline", entry: offline, want: reasons(ending.Offline)},
	{name: "offline means that nothing served counts", entry: byQR, input: func(_ *world, in *verdict.Input) {
		in.Offline, in.Served.Staple, in.Refused = true, nil, ending.Expired
	}, want: reasons(ending.Offline)},

	// Somebody trusted helps through a remote-control program.
	{name: "helped", input: helped, want: reasons(ending.RemoteControl)},
	{name: "helped, by QR", entry: byQR, input: helped, want: reasons(ending.RemoteControl)},
	{name: "a helped guest", input: func(w *world, in *verdict.Input) {
		in.Own = nil
		helped(w, in)
	}, want: reasons(ending.Guest, ending.RemoteControl)},
	{name: "helped offline", entry: offline, input: helped, want: reasons(ending.Offline, ending.RemoteControl)},
	{name: "helped, and the call began otherwise", world: func(w *world) {
		w.Answers = offer.Answers{How: offer.ICalled, Dialled: verdicttest.BankLine}
	}, input: helped, want: reasons(ending.WrongDirection, ending.RemoteControl), report: ending.WrongDirection},
	{name: "helped, and the relay's answer is forged", input: func(w *world, in *verdict.Input) {
		in.Served.Core = flip(in.Served.Core)
		helped(w, in)
	}, want: reasons(ending.Forged, ending.RemoteControl)},
	{name: "a refusal cannot make a helped screen", entry: byQR, input: refused(ending.RemoteControl), want: reasons(ending.Unsupported)},

	// Several faults: every reason, in CP1's order.
	{name: "everything that leaves the offer readable", entry: byQR, world: func(w *world) {
		w.Staple.Good = false
		w.Bundle.MinVersion = "9.0.0"
		w.For([16]byte{1})
		w.Core.Purpose = trust.AccountAccess
		w.CustomerCalled()
		w.Answers = offer.Answers{How: offer.TheyCalled}
	}, input: func(w *world, in *verdict.Input) {
		later(time.Hour)(w, in)
		in.HoldUntil = in.Now.Add(time.Second)
	}, want: reasons(ending.WrongClock, ending.Revoked, ending.Unsupported, ending.NotForYou, ending.Forged, ending.WrongDirection, ending.OnHold)},
	{name: "a reason found twice stands once", world: func(w *world) { w.Core.Purpose = trust.AccountAccess }, input: func(_ *world, in *verdict.Input) {
		in.Code, in.Served.Keys.PKA = "", nil
	}, want: reasons(ending.Forged)},
	{name: "all that is not known", entry: offline, world: func(w *world) { w.Answers = offer.Answers{How: offer.NotSure} }, input: func(_ *world, in *verdict.Input) {
		in.Own, in.Helped = nil, true
	}, want: reasons(ending.NotSure, ending.Guest, ending.Offline, ending.RemoteControl)},
	{name: "refused, and more is wrong with the frame", entry: byQR, world: func(w *world) {
		w.For([16]byte{1})
		w.Answers = offer.Answers{How: offer.ICalled, Dialled: "+48999992233"}
	}, input: refused(ending.Expired), want: reasons(ending.Expired, ending.NotForYou, ending.WrongDirection, ending.WrongNumber)},
	{name: "forged hides what depends on it", world: func(w *world) {
		w.Agent = verdicttest.NewKey()
		w.For([16]byte{1})
		w.Answers = offer.Answers{How: offer.ICalled, Dialled: "+48999992233"}
		w.Bundle.MinVersion = "9.0.0"
	}, input: hold, want: reasons(ending.Forged, ending.Unsupported)},
}

func TestCheck(t *testing.T) {
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			out := r.check()
			if !slices.Equal(out.Reasons, r.want) {
				t.Fatalf("reasons %v, want %v", out.Reasons, r.want)
			}
			want := verdict.Verified
			switch {
			case slices.ContainsFunc(r.want, func(r ending.Reason) bool { return !r.Amber() }):
				want = verdict.Stopped
			case len(r.want) > 0:
				want = verdict.Unverified
			}
			if out.Result != want {
				t.Errorf("result %v, want %v", out.Result, want)
			}
			if out.Report != r.report {
				t.Errorf("report %q, want %q", out.Report, r.report)
			}
			mayReply := !slices.ContainsFunc(r.want, func(r ending.Reason) bool { return r != ending.Guest && r != ending.RemoteControl })
			if out.Reply != mayReply {
				t.Errorf("reply %v, want %v", out.Reply, mayReply)
			}
			if tells(out) != (want != verdict.Stopped) {
				t.Errorf("shown is %+v for a verdict %v", out.Shown(), want)
			}
		})
	}
}

// TestHelpOnlyLowers: help through a remote-control program makes no verdict
// better, hides no reason, and never lets anything be green.
func TestHelpOnlyLowers(t *testing.T) {
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			alone := r.check()
			before := r.input
			r.input = func(w *world, in *verdict.Input) {
				if before != nil {
					before(w, in)
				}
				in.Helped = true
			}
			out := r.check()
			if out.Result == verdict.Verified || out.Result > alone.Result {
				t.Errorf("alone %v, helped %v", alone.Result, out.Result)
			}
			if out.Reply && !alone.Reply || out.Report != alone.Report {
				t.Errorf("alone %v %q, helped %v %q", alone.Reply, alone.Report, out.Reply, out.Report)
			}
			if len(out.Reasons) < len(alone.Reasons) || !slices.Equal(out.Reasons[:len(alone.Reasons)], alone.Reasons) {
				t.Errorf("alone %v, helped %v", alone.Reasons, out.Reasons)
			}
		})
	}
}

func TestRowsCoverEveryReasonOfTheCheck(t *testing.T) {
	for _, want := range []ending.Reason{
		ending.UnknownBank, ending.Forged, ending.Expired, ending.WrongClock, ending.StatusStale, ending.Revoked, ending.Unsupported,
		ending.NotForYou, ending.WrongDirection, ending.NotSure, ending.WrongNumber, ending.OnHold, ending.Guest, ending.Offline,
		ending.RemoteControl,
	} {
		if !slices.ContainsFunc(rows, func(r row) bool { return slices.Contains(r.want, want) }) {
			t.Errorf("no row gives %s", want)
		}
	}
}

func TestOutputOfAGoodOffer(t *testing.T) {
	w := verdicttest.New()
	out := verdict.Check(w.ByQR())
	core := w.FinishedCore()
	if out.OID != core.ID() || out.Core.CallID != core.CallID || out.Credential.Hash() != core.Credential {
		t.Error("the output is about another offer")
	}
	if out.FrameTime != w.FrameTime.Unix() || out.StapleAge != 2*time.Minute || out.Skew != 0 {
		t.Errorf("frame time %d, staple age %v, skew %v", out.FrameTime, out.StapleAge, out.Skew)
	}
	if out.Content == nil || out.SignedBundle != nil || out.SignedContent != nil {
		t.Error("content or what is to be kept")
	}
	want := verdict.Shown{
		Result: verdict.Verified, Name: "Anna Kowalska", Role: "Specialist", Department: "Fraud team", Bank: verdict.Naming{Name: "Example Bank", Domain: "examplebank.com"},
		Purpose: trust.CardPayment, Direction: offer.BankCalled,
	}
	if got := out.Shown(); !reflect.DeepEqual(got, want) {
		t.Errorf("shown %+v, want %+v", got, want)
	}
}

func TestSkewIsTold(t *testing.T) {
	for after, want := range map[time.Duration]time.Duration{
		0: 0, 270 * time.Second: 30 * time.Second, -100 * time.Second: 40 * time.Second,
	} {
		in := verdicttest.New().ByCode()
		in.Now = in.Now.Add(after)
		if out := verdict.Check(in); out.Skew != want || out.Result != verdict.Verified {
			t.Errorf("%v later: skew %v, want %v; %v", after, out.Skew, want, out.Reasons)
		}
	}
}

func TestNewerBundleIsUsedAndKept(t *testing.T) {
	w := verdicttest.New()
	in := w.ByCode()
	root := verdicttest.NewKey()
	issuer := verdicttest.NewKey()
	signed, hash := w.NextBundle(func(b *trust.Bundle) {
		b.Roots = [][]byte{wire.Point(&root.PublicKey)}
		b.Keys = slices.Clone(b.Keys)
		b.Keys[0].Public = wire.Point(&issuer.PublicKey)
	}, w.Root, root)
	serveNext(w, &in, signed, hash)
	if out := verdict.Check(in); !slices.Equal(out.Reasons, reasons(ending.Forged, ending.Revoked)) || !bytes.Equal(out.SignedBundle, signed) {
		t.Errorf("the newer bundle lists another issuer, and is to be kept all the same: %v", out.Reasons)
	}
	w.Issuer, w.Credential.Issuer = issuer, wire.KeyID(wire.Point(&issuer.PublicKey))
	w.OwnIssuer, w.Own.Issuer = issuer, w.Credential.Issuer
	again := w.ByCode()
	serveNext(w, &again, signed, hash)
	out := verdict.Check(again)
	if out.Result != verdict.Verified || out.Bundle.Version != 2 || !bytes.Equal(out.SignedBundle, signed) {
		t.Errorf("%v %v", out.Result, out.Reasons)
	}
}

func TestExpiredBundleIsAcceptedOnTheWayOnly(t *testing.T) {
	w := verdicttest.New()
	w.Bundle.Expiry = w.Now.Unix() - 1
	in := w.ByCode()
	signed, hash := w.NextBundle(func(b *trust.Bundle) { b.Expiry = w.Now.Unix() + 1 })
	serveNext(w, &in, signed, hash)
	if out := verdict.Check(in); out.Result != verdict.Verified {
		t.Errorf("%v %v", out.Result, out.Reasons)
	}
}

func TestBadBundleIsNotKept(t *testing.T) {
	w := verdicttest.New()
	in := w.ByCode()
	signed, hash := w.NextBundle(nil)
	serveNext(w, &in, signed, hash)
	in.Served.BundleHash[0] ^= 1
	if out := verdict.Check(in); out.SignedBundle != nil || out.Bundle.Version != 1 {
		t.Error("a bundle that the server itself does not stand by was kept")
	}
}

func TestContent(t *testing.T) {
	w := verdicttest.New()
	in := w.ByCode()
	w.Content.Version = 2
	in.Served.Content = w.SignedContent()
	if out := verdict.Check(in); out.Result != verdict.Verified || out.Content.Version != 2 || !bytes.Equal(out.SignedContent, in.Served.Content) {
		t.Errorf("newer content: %v %v", out.Result, out.Reasons)
	}
	in.Served.Content, in.Bank.Content = nil, flip(in.Bank.Content)
	if out := verdict.Check(in); out.Content != nil || out.SignedContent != nil {
		t.Error("content that does not verify was used")
	}
}

// TestNothingUnverifiedIsPutOut: what protocol steps take from a verdict comes
// from verified signatures only.
func TestNothingUnverifiedIsPutOut(t *testing.T) {
	for name, change := range map[string]func(*world, *verdict.Input){
		"core by another agent": func(w *world, in *verdict.Input) {
			w.Agent = verdicttest.NewKey()
			in.Served.Core = w.ByCode().Served.Core
		},
		"frame by another agent": func(w *world, in *verdict.Input) {
			w.Agent = verdicttest.NewKey()
			in.Frame = w.ByQR().Frame
		},
		"core of another credential": func(w *world, in *verdict.Input) {
			w.Credential.Role = "Supervisor"
			in.Served.Credential = w.SignedCredential()
			in.Frame.Credential = in.Served.Credential
		},
		"credential by another issuer": func(w *world, in *verdict.Input) {
			w.Issuer = verdicttest.NewKey()
			in.Served.Credential = w.SignedCredential()
			in.Frame.Credential = in.Served.Credential
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := verdicttest.New()
			in := w.ByQR()
			change(w, &in)
			out := verdict.Check(in)
			if out.Core.Start != 0 || out.OID != (offer.ID{}) || out.Credential != nil || out.FrameTime != 0 || out.Result != verdict.Stopped {
				t.Errorf("%+v", out)
			}
		})
	}
}

func TestRefusedAfterwards(t *testing.T) {
	good := verdict.Check(verdicttest.New().ByCode())
	guest := verdicttest.New().ByCode()
	guest.Own = nil
	help := verdicttest.New().ByCode()
	help.Helped = true
	for name, test := range map[string]struct {
		before verdict.Output
		reason ending.Reason
		result verdict.Result
		want   []ending.Reason
	}{
		"by the agent":                           {good, ending.Replayed, verdict.Stopped, reasons(ending.Replayed)},
		"an unknown name":                        {good, "all_is_well", verdict.Stopped, reasons(ending.Unsupported)},
		"an amber name":                          {good, ending.StatusStale, verdict.Unverified, reasons(ending.StatusStale)},
		"a guest again":                          {verdict.Check(guest), ending.Guest, verdict.Unverified, reasons(ending.Guest)},
		"a word that only this computer can say": {good, ending.RemoteControl, verdict.Stopped, reasons(ending.Unsupported)},
		"a fault of this computer":               {good, ending.NoKeyring, verdict.Stopped, reasons(ending.Unsupported)},
		"a refusal that says all went well":      {good, ending.Completed, verdict.Stopped, reasons(ending.Unsupported)},
		"helped, replayed":                       {verdict.Check(help), ending.Replayed, verdict.Stopped, reasons(ending.Replayed, ending.RemoteControl)},
		"helped, a guest":                        {verdict.Check(help), ending.Guest, verdict.Unverified, reasons(ending.Guest, ending.RemoteControl)},
		"a guest, forged":                        {verdict.Check(guest), ending.Forged, verdict.Stopped, reasons(ending.Forged, ending.Guest)},
	} {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(test.before.Reasons)
			out := test.before.Refused(test.reason)
			if out.Result != test.result || out.Reply || out.Report != "" || tells(out) != (test.result != verdict.Stopped) || !slices.Equal(out.Reasons, test.want) {
				t.Errorf("%v %v", out.Result, out.Reasons)
			}
			if !slices.Equal(test.before.Reasons, before) {
				t.Error("the earlier verdict was changed")
			}
		})
	}
}

func TestEnding(t *testing.T) {
	for want, of := range map[ending.Reason][]ending.Reason{
		ending.Completed:   nil,
		ending.Guest:       {ending.Guest, ending.Offline},
		ending.Forged:      {ending.StatusStale, ending.Forged, ending.Guest},
		ending.NotSure:     {ending.NotSure},
		ending.Expired:     {ending.Expired, ending.Forged},
		ending.NotForYou:   {ending.NotForYou, ending.Offline},
		ending.WrongNumber: {ending.WrongNumber, ending.RemoteControl},
	} {
		if got := verdict.Ending(of); got != want {
			t.Errorf("%v ends as %q, want %q", of, got, want)
		}
	}
}

func TestResultNames(t *testing.T) {
	for r, want := range map[verdict.Result]string{verdict.Verified: "verified", verdict.Unverified: "unverified", verdict.Stopped: "stopped", 9: "stopped"} {
		if r.String() != want {
			t.Errorf("%d is %q, want %q", r, r, want)
		}
	}
	if out := (verdict.Output{}); tells(out) || out.Result != verdict.Stopped {
		t.Error("the zero output is not stopped")
	}
}

// TestAnyChangedByteIsNotVerified: whatever a relay, a network or a disk
// changes in anything that is signed or hashed, the result is not green.
func TestAnyChangedByteIsNotVerified(t *testing.T) {
	w := verdicttest.New()
	w.Content.Version = 2
	newContent := w.SignedContent()
	w.Content.Version = 1
	good := w.ByQR()
	signed, hash := w.NextBundle(nil)
	serveNext(w, &good, signed, hash)
	good.Served.Content = newContent
	if out := verdict.Check(good); out.Result != verdict.Verified {
		t.Fatalf("the unchanged world is %v %v", out.Result, out.Reasons)
	}
	rapid.Check(t, func(t *rapid.T) {
		in, served, frame := good, *good.Served, *good.Frame
		served.Bundles = slices.Clone(served.Bundles)
		in.Served, in.Frame = &served, &frame
		objects := map[string]*[]byte{
			"pinned bundle": &in.Bank.Bundle, "newer bundle": &served.Bundles[0], "newer content": &served.Content,
			"core": &served.Core, "credential": &served.Credential, "pkA": &served.Keys.PKA, "staple": &served.Staple,
			"frame": &frame.Signed, "frame's credential": &frame.Credential,
		}
		object := objects[rapid.SampledFrom(slices.Sorted(maps.Keys(objects))).Draw(t, "object")]
		*object = mutate(t, *object)
		if out := verdict.Check(in); out.Result == verdict.Verified || out.Reply {
			t.Fatalf("verified although changed")
		}
	})
}

func mutate(t *rapid.T, data []byte) []byte {
	data = bytes.Clone(data)
	at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
	switch rapid.SampledFrom([]string{"change", "cut", "insert", "end"}).Draw(t, "how") {
	case "change":
		data[at] ^= rapid.ByteRange(1, 255).Draw(t, "bits")
	case "cut":
		data = slices.Delete(data, at, at+1)
	case "insert":
		data = slices.Insert(data, at, rapid.Byte().Draw(t, "byte"))
	case "end":
		data = data[:max(at, 1)] // nothing at all would be "no newer content"
	}
	return data
}

// TestFaultsNeverHideEachOther: whatever rows are combined, each reason that
// one of them gives on its own is there or was hidden by forged, the order is
// CP1's, and nothing is shown of a stopped offer.
func TestFaultsNeverHideEachOther(t *testing.T) {
	order := []ending.Reason{
		ending.Forged, ending.Expired, ending.WrongClock, ending.Revoked, ending.StatusStale, ending.Unsupported, ending.NotForYou,
		ending.WrongDirection, ending.NotSure, ending.WrongNumber, ending.OnHold, ending.Guest, ending.Offline, ending.RemoteControl,
	}
	faults := []struct {
		reason ending.Reason
		world  func(*world)
		input  func(*world, *verdict.Input)
	}{
		{ending.Revoked, func(w *world) { w.Staple.Good = false }, nil},
		{ending.Unsupported, func(w *world) { w.Bundle.MinVersion = "9.0.0" }, nil},
		{ending.NotForYou, func(w *world) { w.For([16]byte{1}) }, nil},
		{ending.WrongDirection, func(w *world) { w.Answers = offer.Answers{How: offer.ICalled, Dialled: verdicttest.BankLine} }, nil},
		{ending.WrongNumber, func(w *world) { w.Core.Line = "2222" }, nil},
		{ending.WrongClock, nil, later(3 * time.Hour)},
		{ending.RemoteControl, nil, helped},
	}
	rapid.Check(t, func(t *rapid.T) {
		w := verdicttest.New()
		chosen := make([]bool, len(faults))
		for i, f := range faults {
			chosen[i] = rapid.Bool().Draw(t, string(f.reason))
			if chosen[i] && f.world != nil {
				f.world(w)
			}
		}
		in := w.ByCode()
		for i, f := range faults {
			if chosen[i] && f.input != nil {
				f.input(w, &in)
			}
		}
		out := verdict.Check(in)
		for i, f := range faults {
			if slices.Contains(out.Reasons, f.reason) != chosen[i] {
				t.Fatalf("%s: chosen %v, reasons %v", f.reason, chosen[i], out.Reasons)
			}
		}
		if !slices.IsSortedFunc(out.Reasons, func(a, b ending.Reason) int { return slices.Index(order, a) - slices.Index(order, b) }) {
			t.Fatalf("out of order: %v", out.Reasons)
		}
		if (out.Result == verdict.Verified) != !slices.Contains(chosen, true) || out.Result == verdict.Stopped && (tells(out) || out.Reply) {
			t.Fatalf("%v %v", out.Result, out.Reasons)
		}
	})
}

func TestEarlierStopIsTold(t *testing.T) {
	w := verdicttest.New()
	for until, want := range map[time.Time]bool{{}: false, w.Now: false, w.Now.Add(time.Second): true} {
		in := w.ByCode()
		in.HoldUntil = until
		if out := verdict.Check(in); out.EarlierStop != want {
			t.Errorf("a hold until %v: told %t, want %t", until, out.EarlierStop, want)
		}
	}
}

func TestNothingOfAStoppedVerdictMayBeTold(t *testing.T) {
	named := verdict.Shown{Name: "Anna Kowalska", Bank: verdict.Naming{Name: "Example Bank"}}
	for result, want := range map[verdict.Result]bool{verdict.Stopped: false, verdict.Unverified: true, verdict.Verified: true, 9: false} {
		named.Result = result
		if named.Tellable() != want {
			t.Errorf("%v: %t", result, !want)
		}
	}
	if (verdict.Shown{Result: verdict.Verified}).Tellable() {
		t.Error("a verdict that names nobody can be told")
	}
}
