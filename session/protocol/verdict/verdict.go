// Package verdict owns the decision: the companion's checks on an offer
// (Check) and the agent's checks on a reply (CheckReply), each a pure function
// from what is known to a result with every reason.
//
// It must not know the clock, the network or the keyring: what it needs of
// them comes in as values. It never decides by the absence of a check: what
// cannot be checked is a reason.
//
// Rules: every check that can be made is made and every reason is collected,
// in the order of CP1's message 2; a check whose subject an earlier failure
// destroyed (the line of an offer whose signature is forged) is left out.
// Nothing of a stopped offer may be shown.
package verdict

import (
	"slices"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

// Result is the colour of a verdict.
type Result uint8

// The results.
const (
	Stopped    Result = iota // a check failed: red. The zero value, so that nothing is green by omission.
	Unverified               // signatures hold but something is unknown: amber
	Verified                 // every check passed: green, once the agent has answered
)

// String returns the text form's name.
func (r Result) String() string {
	switch r {
	case Verified:
		return "verified"
	case Unverified:
		return "unverified"
	}
	return "stopped"
}

// Naming is how people are shown a bank.
type Naming struct {
	Name, Domain string // the domain is "" when the bank names none
	// FormerName and FormerDomain are how it was shown until FormerUntil, as long
	// as people are told of it; else empty.
	FormerName, FormerDomain string
	FormerUntil              time.Time
}

// Bank is what this device holds of the bank: the anchor as the keyring gives
// it for this very check, and the signed objects of the local file.
type Bank struct {
	Naming  Naming        // as pinned before the call
	Others  []Naming      // every name and domain of the other banks that are pinned here: no agent may be called so
	Taken   []Naming      // of Naming, what is shown and what was, as far as the bank did not come with it; else ""
	Claimed []Naming      // what other banks that are pinned here call themselves and are not shown as: it may be another's
	Anchor  *trust.Anchor // nil: the keyring has no pin for the bank
	Bundle  []byte
	Content []byte
}

// Own is this device's credential.
type Own struct {
	Credential []byte // as the issuer signed it
	// Renewal is what kept a fresh credential from being there: the relay's
	// refusal, forged where what came does not hold, or what broke. "" when none
	// was asked for, or Credential is the fresh one.
	Renewal ending.Reason
}

// Served is the relay's answer to the lookup.
type Served struct {
	Core, Credential, Staple []byte
	Keys                     offer.Keys // beside the core
	BundleVersion            uint64     // of the server's newest bundle
	BundleHash               [32]byte
	Bundles                  [][]byte // later than ours, in order
	Content                  []byte   // newer than ours, else empty
}

// Input is everything a verdict depends on.
type Input struct {
	Now            time.Time
	ProgramVersion string // of this program, "0.1.0"
	Entry          offer.EntryPath
	Code           string       // nine digits, with ByCode
	Frame          *offer.Frame // with ByQR
	Answers        offer.Answers
	Bank           Bank
	Served         *Served       // nil when offline or refused
	Refused        ending.Reason // the relay's refusal of this offer, else ""
	Offline        bool          // the person asked for a check without the network
	Helped         bool          // the person said that somebody trusted helps through a remote-control program
	Own            *Own          // nil: this device is not enrolled (guest)
	HoldUntil      time.Time     // end of the hold of an earlier stop; zero: none
	// Readable reports whether this computer can show a text; nil: it shows
	// every one. A verdict on a bank that a person cannot read names nobody.
	Readable func(text string) bool
}

// Output is the verdict and what the caller needs to go on. OID, Core,
// Credential and FrameTime come from verified signatures and are zero or nil
// without them.
//
// A caller must not show anything that a stopped offer claimed: not the agent,
// not the purpose, not the direction. What a screen or an event may tell is
// what Shown returns; the other fields are for the protocol alone.
type Output struct {
	Result     Result
	Naming     Naming          // of the bank, as pinned before the call: a bundle that the call brings cannot change it
	Reasons    []ending.Reason // in CP1's order, each once; empty when verified
	OID        offer.ID
	Core       offer.Core
	Credential *trust.Credential
	Bundle     *trust.Bundle  // newest accepted; nil when not even the pinned one holds
	Content    *trust.Content // newest accepted; nil when there is none that holds
	// SignedBundle and SignedContent are newer than what Bank holds and are to
	// be kept, whatever the result: the bank's own keys vouch for them.
	SignedBundle  []byte
	SignedContent []byte
	FrameTime     int64         // Unix seconds of the QR frame, 0 by code
	Skew          time.Duration // how far the own clock lies outside the offer's times, within the tolerance; never negative
	EarlierStop   bool          // an earlier call was stopped and its hold has not ended: to be shown
	StapleAge     time.Duration // of a staple that verifies
	Reply         bool          // the companion may answer: verified, or unverified for being a guest or helped alone
	Renew         bool          // a fresh credential of this device should be asked for, and the offer be checked again
	Report        ending.Reason // wrong_direction or wrong_number when a stop must be reported, else ""
}

// Shown is what a screen may show.
type Shown struct {
	Result                 Result
	Reasons                []ending.Reason
	Name, Role, Department string
	Bank                   Naming // as pinned before the call
	Purpose                trust.Purpose
	Direction              offer.Direction
}

// Shown returns what may be shown of a verdict. A stopped verdict shows
// nothing of what the offer claimed: a caller who listens must not learn it.
func (o Output) Shown() Shown {
	s := Shown{Result: o.Result, Reasons: o.Reasons}
	if o.Result == Stopped || o.Credential == nil || o.Bundle == nil {
		return s
	}
	s.Name, s.Role, s.Department = o.Credential.Name, o.Credential.Role, o.Credential.Department
	s.Bank = o.Naming
	s.Purpose, s.Direction = o.Core.Purpose, o.Core.Direction
	return s
}

// Tellable reports whether a verdict lets anything be said of the offer. A
// verdict that is stopped does not, and one that names nobody cannot.
func (s Shown) Tellable() bool {
	return (s.Result == Verified || s.Result == Unverified) && s.Name != "" && s.Bank.Name != ""
}

// Kept returns what may be told of a verdict from then on. Where the call does
// not go on, that is nothing of what the offer claimed, not even where it could
// be shown: it would only help somebody to coach the person.
func (o Output) Kept() Shown {
	s := o.Shown()
	if !o.Reply || !s.Tellable() {
		return Shown{Result: s.Result, Reasons: s.Reasons}
	}
	return s
}

// Refused returns the verdict after the other side or the relay refused what
// looked good: the reason comes first, and nothing is green any more. A name
// outside CP1's table becomes unsupported, and so do completed, which is no
// refusal, and what only this computer can know: remote_control and its faults.
func (o Output) Refused(reason ending.Reason) Output {
	if !reason.Known() || reason == ending.Completed || reason == ending.RemoteControl || reason.LocalFault() {
		reason = ending.Unsupported
	}
	others := slices.DeleteFunc(slices.Clone(o.Reasons), func(r ending.Reason) bool { return r == reason })
	o.Reasons = append([]ending.Reason{reason}, others...)
	o.Result, o.Reply, o.Report = resultOf(o.Reasons), false, ""
	return o
}

// Ending is the reason that names the end of a call for these reasons: the
// first stopping one, else the first.
func Ending(reasons []ending.Reason) ending.Reason {
	if i := slices.IndexFunc(reasons, func(r ending.Reason) bool { return !r.Amber() }); i >= 0 {
		return reasons[i]
	}
	if len(reasons) > 0 {
		return reasons[0]
	}
	return ending.Completed
}

// mayReply reports whether a verdict lets the call go on: nothing was found,
// or only what leaves it with plain text, a guest or a helped screen.
func mayReply(reasons []ending.Reason) bool {
	return !slices.ContainsFunc(reasons, func(r ending.Reason) bool { return r != ending.Guest && r != ending.RemoteControl })
}

func resultOf(reasons []ending.Reason) Result {
	switch {
	case len(reasons) == 0:
		return Verified
	case slices.ContainsFunc(reasons, func(r ending.Reason) bool { return !r.Amber() }):
		return Stopped
	}
	return Unverified
}
