// This file owns the companion's checks on an offer, in the order of CP1's
// message 2, which is also the order of the reasons.

package verdict

import (
	"bytes"
	"crypto/ecdsa"
	"slices"
	"time"

	"golang.org/x/mod/semver"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

// Check judges an offer. It never fails: what is missing or malformed is a
// reason like any other.
func Check(in Input) Output {
	c := &check{Input: in}
	c.out.Naming = in.Bank.Naming
	c.out.EarlierStop = in.Now.Before(in.HoldUntil)
	switch {
	case in.Bank.Anchor == nil:
		c.found(ending.UnknownBank) // without the bank's roots nothing else can be said
	case c.nothingToCheck():
		c.found(ending.ServerDown)
	case !c.bundle():
		c.found(ending.UnknownBank) // the frame is another bank's, and nobody knows whose
	default:
		c.offer()
		c.validity()
		c.staple()
		c.suite()
		c.keys()
		c.own()
		c.reference()
		c.purpose()
		c.mentions()
		c.contested()
		c.direction()
		c.line()
		c.hold()
		c.guest()
		c.offline()
		c.helped()
		c.renew()
	}
	c.out.Result, c.out.Reply = resultOf(c.out.Reasons), mayReply(c.out.Reasons)
	return c.out
}

// check is a verdict in the making.
type check struct {
	Input
	out      Output
	verified bool          // out.OID, out.Core and out.Credential hold up to the roots
	device   *trust.Device // what the own credential says; nil for a guest, and where it does not hold
}

func (c *check) found(r ending.Reason) {
	if !slices.Contains(c.out.Reasons, r) {
		c.out.Reasons = append(c.out.Reasons, r)
	}
}

func (c *check) has(r ending.Reason) bool { return slices.Contains(c.out.Reasons, r) }

// nothingToCheck reports whether there is neither an answer of the relay nor,
// offline, a frame: a code alone cannot be checked without the network.
func (c *check) nothingToCheck() bool {
	if c.Offline {
		c.Served, c.Refused = nil, ""
		return c.Frame == nil
	}
	return c.Served == nil && c.Refused == ""
}

// bundle goes from the keyring's anchor to the newest bundle and its content. It
// is false when the stored bundle does not list the issuer that a frame names:
// then the frame is not of this bank.
func (c *check) bundle() bool {
	pinned, err := c.Bank.Anchor.Open(c.Bank.Bundle)
	if err != nil {
		c.found(ending.Forged)
		return true
	}
	if c.Frame != nil {
		if _, claimed, err := c.Frame.Claims(); err == nil && !pinned.Lists(trust.RoleIssuer, claimed.Issuer) {
			return false
		}
	}
	c.out.Bundle = pinned
	if c.Served != nil {
		c.newerBundles(pinned)
	}
	c.content()
	return true
}

// newerBundles accepts the relay's later bundles, all or none. A server that
// has gone back, or apart, is not this bank's.
func (c *check) newerBundles(pinned *trust.Bundle) {
	newest, err := pinned.Follow(c.Served.Bundles)
	if err != nil || newest.Version != c.Served.BundleVersion || newest.Hash() != c.Served.BundleHash {
		c.found(ending.Forged)
		return
	}
	if n := len(c.Served.Bundles); n > 0 {
		c.out.Bundle, c.out.SignedBundle = newest, c.Served.Bundles[n-1]
	}
}

// content takes the relay's when it is newer, else the own one. Own content
// whose key the bank has since given up is not used, but is no failure: the
// purpose then has its standard words.
func (c *check) content() {
	if len(c.Bank.Content) > 0 {
		c.out.Content, _ = c.out.Bundle.Content(c.Bank.Content)
	}
	if c.Served == nil || len(c.Served.Content) == 0 {
		return
	}
	newer, err := c.out.Bundle.Content(c.Served.Content)
	if err != nil || c.out.Content != nil && newer.Version <= c.out.Content.Version {
		c.found(ending.Forged)
		return
	}
	c.out.Content, c.out.SignedContent = newer, c.Served.Content
}

// offer verifies the signatures from the bundle to the offer, and that the
// offer is the one that was typed or scanned.
func (c *check) offer() {
	if c.out.Bundle == nil || c.Served == nil && c.Frame == nil {
		return
	}
	credential, agent := c.credential()
	if credential == nil || !c.core(credential, agent) || !c.isWhatWasEntered() {
		c.found(ending.Forged)
	}
}

// credential opens the agent credential and its key; nil when it does not
// hold. With a QR code and a relay there are two, nearly always the same
// bytes; where they are not, both must be good and say the same.
func (c *check) credential() (*trust.Credential, *ecdsa.PublicKey) {
	var copies [][]byte
	if c.Served != nil {
		copies = append(copies, c.Served.Credential)
	}
	if c.Frame != nil && (c.Served == nil || !bytes.Equal(c.Frame.Credential, c.Served.Credential)) {
		copies = append(copies, c.Frame.Credential)
	}
	var credential *trust.Credential
	for _, signed := range copies {
		opened, err := c.out.Bundle.Credential(signed)
		if err != nil || credential != nil && credential.Hash() != opened.Hash() {
			return nil, nil
		}
		credential = opened
	}
	return credential, credential.Key()
}

// core opens what the relay serves and what the frame holds; with both, they
// must be one offer. Only then anything of the offer is put out.
func (c *check) core(credential *trust.Credential, agent *ecdsa.PublicKey) bool {
	var core offer.Core
	var err error
	if c.Served != nil {
		if core, err = offer.Open(c.Served.Core, agent); err != nil {
			return false
		}
	}
	var frameTime int64
	if c.Frame != nil {
		framed, at, err := c.Frame.Verify(agent)
		if err != nil || c.Served != nil && framed.ID() != core.ID() {
			return false
		}
		core, frameTime = framed, at.Unix()
	}
	if core.Credential != credential.Hash() {
		return false
	}
	c.verified = true
	c.out.Core, c.out.OID, c.out.Credential, c.out.FrameTime = core, core.ID(), credential, frameTime
	return true
}

// isWhatWasEntered: the code derives from the offer. A frame was compared
// where it was opened.
func (c *check) isWhatWasEntered() bool {
	switch c.Entry {
	case offer.ByCode:
		return c.Frame == nil && c.Code == offer.Code(c.out.OID)
	case offer.ByQR:
		return c.Frame != nil
	}
	return false
}

// validity: is the offer live? The relay knows better than the own clock.
func (c *check) validity() {
	if c.Refused != "" {
		c.found(refusal(c.Refused))
	}
	if c.verified {
		c.offerTime()
		c.credentialTime()
	}
	// A clock that is known to be wrong says nothing about the bundle.
	if c.out.Bundle != nil && !c.has(ending.WrongClock) && c.out.Bundle.Expired(c.Now) {
		c.found(ending.Expired)
	}
}

// refusal is the relay's word as a reason. A relay can say that an offer is
// over. It cannot say that all is well, that something is merely unknown, or
// that this computer is broken.
func refusal(r ending.Reason) ending.Reason {
	if !r.Known() || r.Amber() || r.LocalFault() || r == ending.Completed {
		return ending.Unsupported
	}
	return r
}

// offerTime compares the offer with the own clock, 60 seconds tolerated. What
// the relay serves as live but the own clock calls past or future means that
// the own clock is wrong; offline the own clock is all there is.
func (c *check) offerTime() {
	now := time.Unix(c.Now.Unix(), 0) // whole seconds, like the offer's
	early := time.Unix(c.out.Core.Start, 0).Sub(now)
	late := now.Sub(time.Unix(c.out.Core.Expiry(), 0)) // Sub never overflows
	c.out.Skew = max(early, late, 0)
	switch {
	case c.Refused != "" || c.out.Skew <= trust.Skew:
	case c.Served != nil || early > 0:
		c.found(ending.WrongClock)
	default:
		c.found(ending.Expired)
	}
}

// credentialTime: whatever the own clock says, the agent must have been
// vouched for during the whole offer.
func (c *check) credentialTime() {
	core, credential := c.out.Core, c.out.Credential
	if core.Start < credential.NotBefore-int64(trust.Skew/time.Second) || core.Expiry() > credential.Expiry {
		c.found(ending.Expired)
	}
}

// staple: is the agent's credential still good? Offline nobody can say, and
// that verdict is amber already.
func (c *check) staple() {
	if c.Served == nil || !c.verified {
		return
	}
	reason, age := staple(c.out.Bundle, c.Served.Staple, c.out.Credential.ID, c.Now)
	c.out.StapleAge = age
	if reason != "" {
		c.found(reason)
	}
}

// suite: the offer's suite, and the oldest program that the bank still talks
// to. Both mean that this program and this bank cannot talk.
func (c *check) suite() {
	if c.out.Bundle == nil {
		return
	}
	if c.verified && !allowed(c.out.Bundle, c.out.Core.Suite) || Outdated(c.ProgramVersion, c.out.Bundle) || !c.readable() {
		c.found(ending.Unsupported)
	}
}

// readable reports whether anything that names the bank can be shown here: the
// name that was pinned, or the domain.
func (c *check) readable() bool {
	shown := c.Bank.Naming
	return c.Readable == nil || shown.Name != "" && c.Readable(shown.Name) || shown.Domain != "" && c.Readable(shown.Domain)
}

func allowed(b *trust.Bundle, suite uint8) bool {
	return suite == trust.Suite1 && b.AllowsSuite(suite)
}

// Outdated reports whether a program of this version is older than the oldest
// that the bank still talks to. Both sides ask: the companion here, the agent's
// program when it signs in.
func Outdated(program string, b *trust.Bundle) bool { return olderThan(program, b.MinVersion) }

// olderThan compares versions such as "0.1.0" number by number. What is not a
// version counts as too old: a bundle may not be understood by halves.
func olderThan(own, minimum string) bool {
	return trust.CheckVersion(own) != nil || trust.CheckVersion(minimum) != nil || semver.Compare("v"+own, "v"+minimum) < 0
}

// keys: the key that the reply will be sealed to, and the commitment that the
// reveal must keep, are those that the agent signed, for this bank and no other,
// and something can be sealed to the key.
func (c *check) keys() {
	if !c.verified || c.Served == nil {
		return
	}
	named := c.Served.Keys
	named.Bank = c.out.Bundle.BankID // whatever the caller says
	if named.Hash() != c.out.Core.Keys || trust.CheckHPKEKey(named.PKA) != nil {
		c.found(ending.Forged)
	}
}

// own: this device still counts at the bank, as its newest bundle knows it.
// What does not hold says nothing of the customer, so reference and lines are
// then left out. Where a fresh credential was asked for and none came, that is
// the reason: it accuses nobody.
func (c *check) own() {
	if c.Own == nil || c.out.Bundle == nil {
		return
	}
	device, err := c.out.Bundle.Device(c.Own.Credential)
	// A clock that is known to be wrong says nothing about the end.
	over := err == nil && !c.has(ending.WrongClock) && c.Now.Unix() > device.Expiry
	if err == nil && !over {
		c.device = device
	}
	switch failed := c.unrenewed(); {
	case failed == ending.Revoked, failed == ending.Forged, failed != "" && c.device == nil:
		c.found(failed)
	case c.device == nil:
		c.found(ending.Revoked)
	}
}

// unrenewed is why the own credential is not a fresh one, as a reason; "" when
// it is, or was not to be.
func (c *check) unrenewed() ending.Reason {
	if c.Own == nil {
		return ""
	}
	switch r := c.Own.Renewal; r {
	case "", ending.Revoked, ending.Forged, ending.WrongClock, ending.Busy, ending.LineLost, ending.ServerDown:
		return r
	}
	return ending.Unsupported
}

// When a fresh credential is asked for, besides where the own one stands in the
// way of a call.
const (
	renewAfter  = 24 * time.Hour      // the age at which numbers on file may have changed
	renewBefore = 30 * 24 * time.Hour // the end of a credential
)

// renew: the offer is the bank's, and nothing but this device's own credential
// speaks against it, or that credential is old. Who speaks for the bank then
// says what is on file now.
func (c *check) renew() {
	if c.Own == nil || c.Own.Renewal != "" || c.Served == nil || !c.verified || slices.ContainsFunc(c.out.Reasons, notOwn) {
		return
	}
	now := c.Now.Unix()
	c.out.Renew = c.device == nil || c.strange() ||
		now-c.device.NotBefore > int64(renewAfter/time.Second) || c.device.Expiry-now < int64(renewBefore/time.Second)
}

// notOwn reports whether a reason stops a call whatever a fresh credential
// would say.
func notOwn(r ending.Reason) bool {
	return !r.Amber() && r != ending.Revoked && r != ending.WrongNumber && r != ending.OnHold
}

// reference: an offer made for a customer is for this one.
func (c *check) reference() {
	if c.verified && c.device != nil && !isFor(c.out.Core, c.device.Pseudonym) {
		c.found(ending.NotForYou)
	}
}

// isFor reports whether the offer is for the customer with this pseudonym. One
// without a reference was made by an agent who has not chosen a customer; it
// is for whoever the replying device's credential names.
func isFor(core offer.Core, pseudonym [16]byte) bool {
	ref := offer.RefHash(core.CallID, pseudonym)
	return core.Ref == nil || bytes.Equal(core.Ref, ref[:])
}

func (c *check) purpose() {
	if c.verified && !c.out.Credential.Allows(c.out.Core.Purpose) {
		c.found(ending.Forged)
	}
}

// mentions: what a bank says of its agent stands beside its own name on the
// screen, and must not name another bank that is known here.
func (c *check) mentions() {
	if !c.verified {
		return
	}
	name, role, department := c.out.Credential.Name, c.out.Credential.Role, c.out.Credential.Department
	for _, text := range []string{name + " " + role, name + " " + department, role + " " + department, name + " " + role + " " + department} {
		named := func(other Naming) bool { return trust.Mentions(text, other.Name, other.Domain) }
		if slices.ContainsFunc(c.Bank.Others, named) || slices.ContainsFunc(c.Bank.Claimed, named) {
			c.found(ending.NameClash)
		}
	}
}

// contested: a name that this bank took while people knew it by another one is
// not one by which another bank that is known here calls itself. Which of the
// two it belongs to, nobody on this computer can tell.
func (c *check) contested() {
	if !c.verified {
		return
	}
	for _, own := range c.Bank.Taken {
		if slices.ContainsFunc(c.Bank.Claimed, func(other Naming) bool { return trust.Clash(own.Name, own.Domain, other.Name, other.Domain) }) {
			c.found(ending.NameClash)
		}
	}
}

// direction compares what the customer said with what the agent signed.
func (c *check) direction() {
	switch {
	case c.Answers.How == offer.NotSure:
		c.found(ending.NotSure)
	case c.verified && !sameDirection(c.Answers.How, c.out.Core.Direction):
		c.stop(ending.WrongDirection)
	}
}

// sameDirection: no answer is no match.
func sameDirection(how offer.How, d offer.Direction) bool {
	return how == offer.TheyCalled && d == offer.BankCalled || how == offer.ICalled && d == offer.CustomerCalled
}

// line: a call by the bank runs on one of the customer's own numbers. A number
// that the customer dialled is in full one of the bank's, and the one that the
// offer was made for.
func (c *check) line() {
	if !c.verified {
		return
	}
	strange := c.strange()
	if failed := c.unrenewed(); strange && failed != "" {
		c.found(failed) // the number may have come on file since: nobody is accused, and nothing is green
		strange = false
	}
	misdialled := c.Answers.How == offer.ICalled && !isDialled(c.Answers.Dialled, c.out.Core, c.out.Bundle)
	if strange || misdialled {
		c.stop(ending.WrongNumber)
	}
}

// strange: the bank called a number that the own credential does not list.
// Guests have no numbers on file to compare with.
func (c *check) strange() bool {
	return c.device != nil && c.out.Core.Direction == offer.BankCalled && !c.lineIsOwn()
}

func (c *check) lineIsOwn() bool {
	return c.device != nil && slices.Contains(c.device.Lines, c.out.Core.Line)
}

// isDialled: the line of a call by the bank is the customer's, so a number
// that the customer dialled is compared with it only the other way round.
func isDialled(number string, core offer.Core, b *trust.Bundle) bool {
	return b.HasLine(number) && (core.Direction != offer.CustomerCalled || trust.LineOf(number) == core.Line)
}

// stop finds a mismatch that is final and reported, because that is what a
// relayed call looks like. A report names an offer that is really the bank's
// and really for this customer; anything else is no evidence.
func (c *check) stop(r ending.Reason) {
	c.found(r)
	if c.out.Report == "" && !c.has(ending.Forged) && !c.has(ending.NotForYou) {
		c.out.Report = r
	}
}

// hold: after a stop only a call by the bank to a number on file may start. A
// guest has no number on file, so for a guest nothing may.
func (c *check) hold() {
	if !c.verified || !c.Now.Before(c.HoldUntil) {
		return
	}
	if c.out.Core.Direction != offer.BankCalled || !c.lineIsOwn() {
		c.found(ending.OnHold)
	}
}

func (c *check) guest() {
	if c.Own == nil {
		c.found(ending.Guest)
	}
}

func (c *check) offline() {
	if c.Offline {
		c.found(ending.Offline)
	}
}

// helped: whoever else sees this screen reads along, and may steer it. The
// person knows who that is, this computer does not: never green.
func (c *check) helped() {
	if c.Helped {
		c.found(ending.RemoteControl)
	}
}

// Staple says what a staple says of a credential at now: "" good, revoked,
// status_stale (none, old, from the future, or another credential's), or
// forged when it does not verify.
func Staple(b *trust.Bundle, signed []byte, credential [16]byte, now time.Time) ending.Reason {
	reason, _ := staple(b, signed, credential, now)
	return reason
}

// staple also returns the age of a staple that verifies.
func staple(b *trust.Bundle, signed []byte, credential [16]byte, now time.Time) (ending.Reason, time.Duration) {
	if len(signed) == 0 {
		return ending.StatusStale, 0
	}
	s, err := b.Staple(signed)
	if err != nil {
		return ending.Forged, 0
	}
	age := now.Sub(time.Unix(s.IssuedAt, 0))
	switch {
	case s.Credential != credential:
		return ending.StatusStale, age
	case !s.Good:
		return ending.Revoked, age
	case !s.Fresh(now):
		return ending.StatusStale, age
	}
	return "", age
}
