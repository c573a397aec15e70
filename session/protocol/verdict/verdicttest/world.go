// Package verdicttest builds a small, valid world for tests and benchmarks: a
// bank with its keys, one agent, one customer's device, one offer. Everything
// in it holds, so that a test can break exactly one thing.
//
// It must not be imported by any program that people use. It judges nothing;
// errors here are mistakes of the test and panic.
package verdicttest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"time"

	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
	"countersign/session/protocol/wire/wiretest"
)

// The numbers of the world.
const (
	BankLine     = "+48221112233"
	OtherLine    = "+48221114455" // the bank's too
	CustomerLine = "6789"         // last digits of the customer's number on file
	Version      = "0.1.0"        // of the program that checks
)

// World is the plain text of everything that is signed. Change a field, then
// ask for an Input or ReplyInput: they sign what the fields say at that moment.
type World struct {
	Now time.Time

	Root, Issuer, Status, ContentKey, Agent, Device *ecdsa.PrivateKey
	OwnIssuer                                       *ecdsa.PrivateKey // who signs Own: the Issuer, until a test says otherwise

	Bundle     trust.Bundle
	Content    trust.Content
	Credential trust.Credential
	Own        trust.Device
	Staple     trust.Staple
	Core       offer.Core // Credential and Keys are filled in when it is signed
	Keys       offer.Keys
	FrameTime  time.Time
	Answers    offer.Answers
}

// New returns a world in which the bank has called the customer, a minute ago.
func New() *World { return newWorld(NewKey) }

// Fixed is New with keys that are the same in every process, for fuzz targets.
func Fixed() *World {
	number := byte(0)
	return newWorld(func() *ecdsa.PrivateKey {
		number++
		return wiretest.Key(number)
	})
}

func newWorld(newKey func() *ecdsa.PrivateKey) *World {
	now := time.Unix(1_790_000_000, 0)
	w := &World{
		Now:  now,
		Root: newKey(), Issuer: newKey(), Status: newKey(), ContentKey: newKey(), Agent: newKey(), Device: newKey(),
		FrameTime: now.Add(-5 * time.Second),
		Answers:   offer.Answers{How: offer.TheyCalled},
	}
	w.OwnIssuer = w.Issuer
	year := int64(365 * 24 * 3600)
	roots := [][]byte{wire.Point(&w.Root.PublicKey)}
	bankID := trust.BankID(trust.RootsHash(roots, 1))
	key := func(role uint8, k *ecdsa.PrivateKey) trust.Key {
		return trust.Key{Role: role, Public: wire.Point(&k.PublicKey), NotBefore: now.Unix() - year, NotAfter: now.Unix() + year}
	}
	w.Bundle = trust.Bundle{
		BankID: bankID, Name: "Example Bank", Domain: "examplebank.com", Version: 1,
		Roots: roots, Threshold: 1,
		Keys:   []trust.Key{key(trust.RoleIssuer, w.Issuer), key(trust.RoleStatus, w.Status), key(trust.RoleContent, w.ContentKey)},
		Relays: []trust.Relay{{URL: "tls://127.0.0.1:4222"}},
		Suites: []uint8{trust.Suite1}, Lines: []string{BankLine, OtherLine}, MinVersion: Version,
		Issued: now.Unix() - 3600, Expiry: now.Unix() + year,
	}
	w.Content = trust.Content{
		BankID: bankID, Version: 1, Key: wire.KeyID(wire.Point(&w.ContentKey.PublicKey)), IssuedAt: now.Unix() - 3600,
		Purposes: []trust.PurposeText{{Purpose: trust.CardPayment, Sentences: map[string]string{"en": "About a card payment"}}},
		NeverAsk: map[string][]string{"en": {"tell us your PIN"}},
	}
	w.Credential = trust.Credential{
		Issuer: wire.KeyID(wire.Point(&w.Issuer.PublicKey)), AgentID: 1,
		Name: "Anna Kowalska", Role: "Specialist", Department: "Fraud team",
		NotBefore: now.Unix() - 3600, Expiry: now.Unix() + 3600, ID: [16]byte{'c', 'r', 'e', 'd'},
		Public: wire.Point(&w.Agent.PublicKey), Purposes: []trust.Purpose{trust.CardPayment, trust.Transfer},
	}
	w.Own = trust.Device{
		Issuer: w.Credential.Issuer, ID: [16]byte{'d', 'e', 'v'}, Pseudonym: [16]byte{'p', 's', 'e', 'u'},
		Public: wire.Point(&w.Device.PublicKey), NotBefore: now.Unix() - 3600, Expiry: now.Unix() + year,
		Lines: []string{"1111", CustomerLine}, Enrolled: now.Unix() - year,
	}
	w.Staple = trust.Staple{
		Status: wire.KeyID(wire.Point(&w.Status.PublicKey)), Credential: w.Credential.ID, Good: true, IssuedAt: now.Unix() - 120,
	}
	callID := [16]byte{'c', 'a', 'l', 'l'}
	w.Core = offer.Core{
		CallID: callID, Start: now.Unix() - 60,
		Direction: offer.BankCalled, Purpose: trust.CardPayment, Line: CustomerLine, Suite: trust.Suite1,
	}
	w.Keys = offer.Keys{
		Bank: bankID,
		PKA:  bytes.Repeat([]byte{7}, 1216), // the size of an MLKEM768X25519 public key
		CA:   offer.Commitment(callID, [32]byte{1}),
	}
	w.For(w.Own.Pseudonym)
	return w
}

// NewKey returns a fresh P-256 key.
func NewKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

// For makes the offer one for the customer with this pseudonym.
func (w *World) For(pseudonym [16]byte) {
	ref := offer.RefHash(w.Core.CallID, pseudonym)
	w.Core.Ref = ref[:]
}

// CustomerCalled turns the call round: the customer has dialled the bank.
func (w *World) CustomerCalled() {
	w.Core.Direction, w.Core.Line = offer.CustomerCalled, trust.LineOf(BankLine)
	w.Answers = offer.Answers{How: offer.ICalled, Dialled: BankLine}
}

// SignedBundle is the bundle signed by the root.
func (w *World) SignedBundle() []byte { return must(trust.SignBundle(w.Bundle, w.Root)) }

// NextBundle is the bundle that follows the world's, changed by edit, signed
// by the given roots (the world's when none are given), with its hash.
func (w *World) NextBundle(edit func(*trust.Bundle), roots ...*ecdsa.PrivateKey) (signed []byte, hash [32]byte) {
	next := w.Bundle
	previous := wire.H(wire.LabelBundle, wire.Marshal(w.Bundle))
	next.Version, next.Previous = w.Bundle.Version+1, previous[:]
	if edit != nil {
		edit(&next)
	}
	if len(roots) == 0 {
		roots = []*ecdsa.PrivateKey{w.Root}
	}
	signed = must(trust.SignBundle(next, roots[0]))
	if len(roots) == 2 {
		signed = must(trust.SignBundle(next, roots[0], roots[1]))
	}
	return signed, wire.H(wire.LabelBundle, wire.Marshal(next))
}

// Anchor is the pin of the world's bundle.
func (w *World) Anchor() trust.Anchor {
	return trust.Anchor{
		BankID: w.Bundle.BankID, Roots: w.Bundle.Roots, Threshold: int(w.Bundle.Threshold),
		Version: w.Bundle.Version, Hash: wire.H(wire.LabelBundle, wire.Marshal(w.Bundle)),
	}
}

// Opened is the bundle as Anchor opens it.
func (w *World) Opened() *trust.Bundle { return must(w.Anchor().Open(w.SignedBundle())) }

// SignedContent is the content signed by the content key.
func (w *World) SignedContent() []byte { return must(trust.SignContent(w.Content, w.ContentKey)) }

// SignedCredential is the agent credential signed by the issuer.
func (w *World) SignedCredential() []byte {
	return must(trust.SignCredential(w.Credential, w.Issuer))
}

// SignedDevice is the device credential signed by the issuer.
func (w *World) SignedDevice() []byte { return must(trust.SignDevice(w.Own, w.OwnIssuer)) }

// SignedStaple is the staple signed by the status key.
func (w *World) SignedStaple() []byte { return must(trust.SignStaple(w.Staple, w.Status)) }

// FinishedCore is the core with the hashes of credential and keys.
func (w *World) FinishedCore() offer.Core {
	core := w.Core
	core.Credential = wire.H16(wire.LabelCredential, wire.Marshal(w.Credential))
	core.Keys = w.Keys.Hash()
	return core
}

// ByCode is what the companion checks after a typed code.
func (w *World) ByCode() verdict.Input {
	anchor, core := w.Anchor(), w.FinishedCore()
	return verdict.Input{
		Now: w.Now, ProgramVersion: Version, Entry: offer.ByCode, Code: offer.Code(core.ID()), Answers: w.Answers,
		Bank: verdict.Bank{Naming: verdict.Naming{Name: w.Bundle.Name, Domain: w.Bundle.Domain}, Anchor: &anchor, Bundle: w.SignedBundle(), Content: w.SignedContent()},
		Own:  &verdict.Own{Credential: w.SignedDevice()},
		Served: &verdict.Served{
			Core: must(core.Sign(w.Agent)), Credential: w.SignedCredential(), Keys: w.Keys, Staple: w.SignedStaple(),
			BundleVersion: anchor.Version, BundleHash: anchor.Hash,
		},
	}
}

// ByQR is what the companion checks after a QR code.
func (w *World) ByQR() verdict.Input {
	in := w.ByCode()
	in.Entry, in.Code = offer.ByQR, ""
	text := must(offer.NewFrame(w.FinishedCore(), w.FrameTime, w.Agent, in.Served.Credential))
	frame := must(offer.ParseText(text))
	in.Frame = &frame
	return in
}

// Offline is what the companion checks after a QR code without a network.
func (w *World) Offline() verdict.Input {
	in := w.ByQR()
	in.Served, in.Offline = nil, true
	return in
}

// Reply is what the agent checks of the device's reply to a typed code.
func (w *World) Reply() verdict.ReplyInput {
	return verdict.ReplyInput{
		Now: w.Now, Bundle: w.Opened(), Core: w.FinishedCore(), Device: w.SignedDevice(),
		Answers: w.Answers, Entry: offer.ByCode, Suite: w.Core.Suite,
	}
}

// ReplyByQR is Reply after a QR code.
func (w *World) ReplyByQR() verdict.ReplyInput {
	in := w.Reply()
	in.Entry, in.FrameTime = offer.ByQR, w.FrameTime.Unix()
	return in
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
