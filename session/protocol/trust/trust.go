// Package trust owns who speaks for a bank: the bundle signed by the bank's
// roots, the content, the credentials of agents and devices, and the status
// staples, with their encodings and signatures.
//
// It must not know of offers, calls, the network, the keyring or the clock:
// it says what is signed by whom and for which time; verdict decides what
// that means for a call, session fetches and keeps the objects.
//
// Rules: every object is checked from a key that the caller already trusts;
// unknown keys are errors, never skipped; times are Unix seconds.
package trust

import (
	"crypto"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/session/protocol/wire"
)

// Suite1 is the one suite of CP1: MLKEM768X25519, HKDF-SHA256, AES-256-GCM, ES256.
const Suite1 = 1

// Roles of the keys that a bundle lists.
const (
	RoleIssuer  = 1 // signs agent and device credentials
	RoleStatus  = 2 // signs staples and call tickets
	RoleReport  = 3 // receives stop reports (an HPKE key, MLKEM768X25519)
	RoleLog     = 4 // signs the transparency log's heads
	RoleContent = 5 // signs the content
	RoleVault   = 6 // receives fields that the agent may not read
)

const (
	maxRoots  = 8
	maxSigned = 2 * maxRoots // signatures of one bundle: the old roots' beside the new ones'
	maxKeys   = 64
	maxRelays = 8
	maxLines  = 64
	maxChain  = 64

	// MaxLineage is how many bundles a lineage has at most: version 1, 64 that
	// changed the roots, and the newest.
	MaxLineage = maxChain + 2
)

var (
	// ErrUnknownKey says that an object names a key that the bundle does not list for its role and time.
	ErrUnknownKey = errors.New("signed by a key that the bundle does not list")
	// ErrRoots says that too few of the roots signed a bundle.
	ErrRoots = errors.New("bundle is not signed by enough of the bank's roots")
	// ErrFork says that a bundle of the pinned version has another hash than the pinned one.
	ErrFork = errors.New("another bundle of the same version exists")
	// ErrRollback says that a bundle is older than the pinned one.
	ErrRollback = errors.New("bundle is older than the pinned one")
	// ErrContent says that a field of a signed object breaks a rule of CP1.
	ErrContent = errors.New("signed object breaks a rule of CP1")
)

// Key is one public key of a bundle with its validity.
type Key struct {
	Role      uint8  `cbor:"1,keyasint"`
	Public    []byte `cbor:"2,keyasint"` // compressed P-256 point; for RoleReport and RoleVault an HPKE public key
	NotBefore int64  `cbor:"3,keyasint"`
	NotAfter  int64  `cbor:"4,keyasint"`
}

// Relay is one server of the bank: where it listens and the SHA-256 of its TLS
// key's SubjectPublicKeyInfo.
type Relay struct {
	URL     string   `cbor:"1,keyasint"` // tls://HOST:PORT
	KeyHash [32]byte `cbor:"2,keyasint"`
}

// Bundle is what a bank's roots say about the bank (label "CP1 bundle").
type Bundle struct {
	BankID     [16]byte `cbor:"1,keyasint"` // BankID of the roots of version 1, for ever
	Name       string   `cbor:"2,keyasint"`
	Domain     string   `cbor:"3,keyasint"` // "" when the bank names none
	Colour     uint32   `cbor:"4,keyasint"` // 0xRRGGBB
	Version    uint64   `cbor:"5,keyasint"` // from 1
	Previous   []byte   `cbor:"6,keyasint"` // hash of version-1's payload; empty in version 1
	Roots      [][]byte `cbor:"7,keyasint"` // compressed P-256 points, at most 8
	Threshold  uint8    `cbor:"8,keyasint"` // how many distinct roots must sign
	Keys       []Key    `cbor:"9,keyasint"`
	Relays     []Relay  `cbor:"10,keyasint"`
	Suites     []uint8  `cbor:"11,keyasint"` // allowed suites
	Lines      []string `cbor:"12,keyasint"` // the bank's telephone numbers, E.164
	MinVersion string   `cbor:"13,keyasint"` // oldest program version allowed, "0.1.0"
	Issued     int64    `cbor:"14,keyasint"`
	Expiry     int64    `cbor:"15,keyasint"`

	hash [32]byte
	keys map[keyName]Key // signing keys by role and id
}

type keyName struct {
	role uint8
	id   [8]byte
}

// signedBundle is the bundle's payload with a detached COSE_Sign1 of each root.
type signedBundle struct {
	_          struct{} `cbor:",toarray"`
	Payload    []byte
	Signatures [][]byte
}

// SignBundle encodes b and has every given root sign it.
func SignBundle(b Bundle, roots ...crypto.Signer) ([]byte, error) {
	s := signedBundle{Payload: wire.Marshal(b)}
	for _, root := range roots {
		sig, err := wire.SignDetached(wire.LabelBundle, root, s.Payload)
		if err != nil {
			return nil, err
		}
		s.Signatures = append(s.Signatures, sig)
	}
	return wire.Marshal(s), nil
}

// Anchor is what the keyring holds of a bank: the root keys and threshold of
// the bundle last accepted, its version and the hash of its payload.
type Anchor struct {
	BankID    [16]byte
	Roots     [][]byte
	Threshold int
	Version   uint64
	Hash      [32]byte
}

// RootsHash is the 32-byte hash of a bank's roots and threshold, the value
// behind the eight words and the ticket's mutual proof.
func RootsHash(roots [][]byte, threshold int) [32]byte {
	parts := [][]byte{{byte(threshold)}}
	return wire.H("CP1 roots", append(parts, roots...)...)
}

// BankID is the id of the bank that began with these roots: 16 bytes,
// H16("CP1 bank", roots hash of version 1). Nobody can begin a second bank of
// the same id without a second preimage (CP1, section 4.1).
func BankID(firstRoots [32]byte) [16]byte { return wire.H16("CP1 bank", firstRoots[:]) }

// RootsHash is that of the bundle's own roots.
func (b *Bundle) RootsHash() [32]byte { return RootsHash(b.Roots, int(b.Threshold)) }

// Anchor returns the anchor that accepting b would pin.
func (b *Bundle) Anchor() Anchor {
	return Anchor{BankID: b.BankID, Roots: b.Roots, Threshold: int(b.Threshold), Version: b.Version, Hash: b.hash}
}

// Hash is H("CP1 bundle", payload), the bundle's name everywhere.
func (b *Bundle) Hash() [32]byte { return b.hash }

// Open checks that signed is the very bundle that the anchor pins: version,
// hash and the signatures of the anchor's roots. Errors: ErrRollback, ErrFork,
// ErrRoots, wire's errors.
func (a Anchor) Open(signed []byte) (*Bundle, error) {
	b, s, err := parseBundle(signed)
	if err != nil {
		return nil, err
	}
	switch {
	case b.BankID != a.BankID:
		return nil, fmt.Errorf("%w: another bank's bundle", ErrContent)
	case b.Version < a.Version:
		return nil, ErrRollback
	case b.hash != a.Hash || b.Version != a.Version:
		return nil, ErrFork
	}
	// The rules of its content were checked before this hash was pinned.
	return b, s.signedBy(a.Roots, a.Threshold)
}

// First opens a bank's version 1, whose roots hash the caller trusts. Errors: as
// OpenLineage's.
func First(signed []byte, rootsHash [32]byte) (*Bundle, error) {
	return OpenLineage([][]byte{signed}, rootsHash)
}

// SelfSigned opens a bundle of any version by the roots that it lists itself:
// for looking at one, never for trusting it.
func SelfSigned(signed []byte) (*Bundle, error) {
	b, s, err := parseNewBundle(signed)
	if err != nil {
		return nil, err
	}
	return b, s.signedBy(b.Roots, int(b.Threshold))
}

// OpenLineage opens what enrolment and pinning bring: a bank's version 1, every
// bundle that changed the roots, and the newest, in order (CP1, section 9).
// Version 1 proves the bank's id, because the id is made of its roots; each
// later one is signed by the roots before and by its own. vouched is the roots
// hash for which a ticket's proof or typed words vouch: that of one of the
// bundles, from which the newest descends, because the roots may have changed
// since a ticket was printed. Errors: ErrRoots, ErrRollback, ErrFork, ErrContent, wire's errors.
func OpenLineage(lineage [][]byte, vouched [32]byte) (*Bundle, error) {
	bundles, err := parseLineage(lineage)
	if err != nil {
		return nil, err
	}
	first := bundles[0]
	if first.Version != 1 {
		return nil, fmt.Errorf("%w: a lineage begins with version 1", ErrContent)
	}
	if err := first.signed.signedBy(first.Roots, int(first.Threshold)); err != nil {
		return nil, err
	}
	newest, err := first.descend(bundles[1:])
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(bundles, func(b parsed) bool { return b.RootsHash() == vouched }) {
		return nil, ErrRoots
	}
	return newest, nil
}

// ClaimedRoots returns the roots hash that the newest bundle of a lineage
// claims, WITHOUT checking a signature: for comparison with words that a
// person types, before OpenLineage.
func ClaimedRoots(lineage [][]byte) ([32]byte, error) {
	bundles, err := parseLineage(lineage)
	if err != nil {
		return [32]byte{}, err
	}
	return bundles[len(bundles)-1].RootsHash(), nil
}

// Reaches checks that the newest bundle of a lineage is the pinned one, or that
// it descends from it: whoever enrols or pins a bank again gets what is pinned,
// or what the pinned roots signed, whatever else the lineage says. Errors: as
// OpenLineage's.
func (a Anchor) Reaches(lineage [][]byte) error {
	bundles, err := parseLineage(lineage)
	if err != nil {
		return err
	}
	pinned := known{bank: a.BankID, version: a.Version, hash: a.Hash, roots: a.Roots, threshold: a.Threshold}
	newest := bundles[len(bundles)-1]
	if newest.BankID != a.BankID {
		return fmt.Errorf("%w: another bank's bundle", ErrContent)
	}
	if newest.Version < a.Version {
		return ErrRollback
	}
	for _, b := range bundles {
		switch {
		case b.Version < a.Version:
		case b.Version == a.Version:
			if b.hash != a.Hash {
				return ErrFork
			}
			if err := b.signed.signedBy(a.Roots, a.Threshold); err != nil {
				return err
			}
		default:
			if err := pinned.precedes(b.Bundle, b.signed); err != nil {
				return err
			}
			pinned = b.known()
		}
	}
	return nil
}

// known is what the next bundle is checked against.
type known struct {
	bank      [16]byte
	version   uint64
	hash      [32]byte
	roots     [][]byte
	threshold int
}

func (b *Bundle) known() known {
	return known{bank: b.BankID, version: b.Version, hash: b.hash, roots: b.Roots, threshold: int(b.Threshold)}
}

// precedes checks that next is a later bundle of the same bank, signed by the
// threshold of the roots known and of its own, and that it names the one known
// where it comes right after it.
func (k known) precedes(next *Bundle, s signedBundle) error {
	switch {
	case next.BankID != k.bank:
		return fmt.Errorf("%w: another bank's bundle", ErrContent)
	case next.Version <= k.version:
		return ErrRollback
	case next.Version == k.version+1 && !slices.Equal(next.Previous, k.hash[:]):
		return ErrFork
	}
	if err := s.signedBy(k.roots, k.threshold); err != nil {
		return err
	}
	return s.signedBy(next.Roots, int(next.Threshold))
}

// parsed is a bundle with its signatures.
type parsed struct {
	*Bundle
	signed signedBundle
}

func parseLineage(lineage [][]byte) ([]parsed, error) {
	if len(lineage) < 1 || len(lineage) > MaxLineage {
		return nil, fmt.Errorf("%w: a lineage has 1 to %d bundles", ErrContent, MaxLineage)
	}
	bundles := make([]parsed, len(lineage))
	for i, signed := range lineage {
		b, s, err := parseNewBundle(signed)
		if err != nil {
			return nil, err
		}
		bundles[i] = parsed{b, s}
	}
	return bundles, nil
}

func (b *Bundle) descend(later []parsed) (*Bundle, error) {
	current := b
	for _, next := range later {
		if err := current.known().precedes(next.Bundle, next.signed); err != nil {
			return nil, err
		}
		current = next.Bundle
	}
	return current, nil
}

// Follow walks from the current bundle over the later ones in order. Version
// N+1 must name N's hash and be signed by N's threshold of N's roots and by
// its own threshold of its own. Expired bundles are accepted on the way; ask
// Expired about the result. The current bundle is returned when chain is empty.
func (b *Bundle) Follow(chain [][]byte) (*Bundle, error) {
	if len(chain) > maxChain {
		return nil, fmt.Errorf("%w: too many bundles", ErrContent)
	}
	current := b
	for _, signed := range chain {
		next, s, err := parseNewBundle(signed)
		if err != nil {
			return nil, err
		}
		if next.Version > current.Version+1 {
			return nil, ErrFork // none may be left out here: the server has them all
		}
		if err := current.known().precedes(next, s); err != nil {
			return nil, err
		}
		current = next
	}
	return current, nil
}

// Expired reports whether the bundle's own expiry has passed at now.
func (b *Bundle) Expired(now time.Time) bool { return now.Unix() > b.Expiry }

// AllowsSuite reports whether the bundle lists the suite.
func (b *Bundle) AllowsSuite(suite uint8) bool { return slices.Contains(b.Suites, suite) }

// HasLine reports whether an E.164 number is one of the bank's lines.
func (b *Bundle) HasLine(number string) bool { return slices.Contains(b.Lines, number) }

// Lists reports whether the bundle lists a key of this role and id at any time.
func (b *Bundle) Lists(role uint8, id [8]byte) bool {
	_, ok := b.keys[keyName{role, id}]
	return ok
}

// Public returns the newest key of a role valid at now in its encoded form, or nil.
func (b *Bundle) Public(role uint8, now time.Time) []byte {
	var best *Key
	for i, k := range b.Keys {
		if k.Role == role && k.NotBefore <= now.Unix() && now.Unix() <= k.NotAfter && (best == nil || k.NotBefore > best.NotBefore) {
			best = &b.Keys[i]
		}
	}
	if best == nil {
		return nil
	}
	return best.Public
}

// verifier returns the signing key with this role and id if it was valid at the time.
func (b *Bundle) verifier(role uint8, id [8]byte, at int64) (*ecdsa.PublicKey, error) {
	k, ok := b.keys[keyName{role, id}]
	if !ok || at < k.NotBefore || at > k.NotAfter {
		return nil, ErrUnknownKey
	}
	return wire.ParsePoint(k.Public)
}

// parseNewBundle decodes a bundle that nothing is known of yet.
func parseNewBundle(signed []byte) (*Bundle, signedBundle, error) {
	b, s, err := parseBundle(signed)
	if err != nil {
		return nil, s, err
	}
	return b, s, b.check()
}

func parseBundle(signed []byte) (*Bundle, signedBundle, error) {
	var s signedBundle
	if err := wire.Unmarshal(signed, wire.MaxBundle, &s); err != nil {
		return nil, s, err
	}
	if len(s.Signatures) > maxSigned {
		return nil, s, fmt.Errorf("%w: too many signatures", ErrContent)
	}
	for _, signature := range s.Signatures {
		if err := wire.CheckDetached(signature); err != nil {
			return nil, s, err
		}
	}
	b := &Bundle{}
	if err := wire.Unmarshal(s.Payload, wire.MaxBundle, b); err != nil {
		return nil, s, err
	}
	b.hash = wire.H(wire.LabelBundle, s.Payload)
	b.index()
	return b, s, nil
}

// signedBy counts the distinct roots that signed: one that signs twice counts
// once, and one that is listed twice makes the list worthless. Signatures by
// others are passed over: in a rotation the old roots' stand beside the new ones'.
func (s signedBundle) signedBy(roots [][]byte, threshold int) error {
	if threshold < 1 || threshold > len(roots) || len(roots) > maxRoots {
		return ErrRoots
	}
	for i, root := range roots {
		if slices.ContainsFunc(roots[:i], func(r []byte) bool { return slices.Equal(r, root) }) {
			return ErrRoots
		}
	}
	signed := 0
	for _, root := range roots {
		key, err := wire.ParsePoint(root)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(s.Signatures, func(sig []byte) bool {
			return wire.VerifyDetached(wire.LabelBundle, key, sig, s.Payload) == nil
		}) {
			signed++
		}
		if signed == threshold {
			return nil
		}
	}
	return ErrRoots
}

func (b *Bundle) check() error {
	if err := CheckName(b.Name); err != nil {
		return err
	}
	if err := CheckDomain(b.Domain); err != nil {
		return err
	}
	if err := CheckVersion(b.MinVersion); err != nil {
		return err
	}
	switch {
	case b.Version < 1, b.Version == 1 && len(b.Previous) != 0, b.Version > 1 && len(b.Previous) != 32:
		return fmt.Errorf("%w: version and previous hash", ErrContent)
	case b.Version == 1 && b.BankID != BankID(b.RootsHash()):
		return fmt.Errorf("%w: the bank's id is not made of its first roots", ErrContent)
	case len(b.Roots) < 1, len(b.Roots) > maxRoots, b.Threshold < 1, int(b.Threshold) > len(b.Roots):
		return fmt.Errorf("%w: roots and threshold", ErrContent)
	case len(b.Keys) > maxKeys, len(b.Relays) < 1, len(b.Relays) > maxRelays, len(b.Lines) < 1, len(b.Lines) > maxLines, len(b.Suites) < 1:
		return fmt.Errorf("%w: number of keys, relays, lines or suites", ErrContent)
	case b.Issued > b.Expiry:
		return fmt.Errorf("%w: times", ErrContent)
	case b.Colour > 0xFFFFFF:
		return fmt.Errorf("%w: colour", ErrContent)
	}
	for i, root := range b.Roots {
		if _, err := wire.ParsePoint(root); err != nil {
			return err
		}
		if slices.ContainsFunc(b.Roots[:i], func(r []byte) bool { return slices.Equal(r, root) }) {
			return fmt.Errorf("%w: a root is listed twice", ErrContent)
		}
	}
	for _, line := range b.Lines {
		if err := CheckNumber(line); err != nil {
			return err
		}
	}
	for _, r := range b.Relays {
		if err := CheckRelay(r.URL); err != nil {
			return err
		}
	}
	return b.checkKeys()
}

func (b *Bundle) checkKeys() error {
	for _, k := range b.Keys {
		if k.NotBefore > k.NotAfter {
			return fmt.Errorf("%w: key validity", ErrContent)
		}
		switch k.Role {
		case RoleIssuer, RoleStatus, RoleLog, RoleContent:
			if _, err := wire.ParsePoint(k.Public); err != nil {
				return err
			}
		case RoleReport, RoleVault:
			if err := CheckHPKEKey(k.Public); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w: key role %d", ErrContent, k.Role)
		}
	}
	return nil
}

// index names the signing keys. They are parsed when they are used: a check
// needs three of them, a bundle may list sixty.
func (b *Bundle) index() {
	b.keys = make(map[keyName]Key, len(b.Keys))
	for _, k := range b.Keys {
		b.keys[keyName{k.Role, wire.KeyID(k.Public)}] = k
	}
}
