// Tests of bundles and what they vouch for: who must sign a rotation, which
// versions follow each other, and for how long a key counts.

package trust

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/session/protocol/wire"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newKeys(t testing.TB, n int) []*ecdsa.PrivateKey {
	keys := make([]*ecdsa.PrivateKey, n)
	for i := range keys {
		keys[i] = newKey(t)
	}
	return keys
}

func points(keys []*ecdsa.PrivateKey) [][]byte {
	out := make([][]byte, len(keys))
	for i, k := range keys {
		out[i] = wire.Point(&k.PublicKey)
	}
	return out
}

// bundleOf returns a valid bundle of version 1 with these roots.
func bundleOf(roots []*ecdsa.PrivateKey, threshold int, keys ...Key) Bundle {
	return Bundle{
		BankID: BankID(RootsHash(points(roots), threshold)), Name: "Example Bank", Domain: "examplebank.com", Colour: 0x0055AA,
		Version: 1, Roots: points(roots), Threshold: uint8(threshold), Keys: keys,
		Relays: []Relay{{URL: "tls://relay.examplebank.com:4222"}}, Suites: []uint8{Suite1},
		Lines: []string{"+48221112233"}, MinVersion: "0.1.0",
		Issued: now.Add(-time.Hour).Unix(), Expiry: now.AddDate(1, 1, 0).Unix(),
	}
}

// after returns b as the version that follows previous.
func after(previous *Bundle, b Bundle) Bundle {
	hash := previous.Hash()
	b.BankID, b.Version, b.Previous = previous.BankID, previous.Version+1, hash[:]
	return b
}

func signers(keys ...*ecdsa.PrivateKey) []crypto.Signer {
	out := make([]crypto.Signer, len(keys))
	for i, k := range keys {
		out[i] = k
	}
	return out
}

func signBundle(t testing.TB, b Bundle, roots ...*ecdsa.PrivateKey) []byte {
	t.Helper()
	signed, err := SignBundle(b, signers(roots...)...)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func first(t testing.TB, signed []byte, b Bundle) *Bundle {
	t.Helper()
	opened, err := First(signed, RootsHash(b.Roots, int(b.Threshold)))
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func TestFirstBundleNeedsTheVouchedRootsAndEnoughOfThem(t *testing.T) {
	roots, others := newKeys(t, 3), newKeys(t, 3)
	b := bundleOf(roots, 2)
	hash := RootsHash(b.Roots, 2)
	for name, c := range map[string]struct {
		signed []byte
		want   error
	}{
		"two of three":                   {signBundle(t, b, roots[0], roots[2]), nil},
		"all three":                      {signBundle(t, b, roots...), nil},
		"two of three beside a stranger": {signBundle(t, b, others[0], roots[1], roots[2]), nil},
		"one of three":                   {signBundle(t, b, roots[0]), ErrRoots},
		"none":                           {signBundle(t, b), ErrRoots},
		"one of three, twice":            {signBundle(t, b, roots[0], roots[0], roots[0]), ErrRoots},
		"one of three and a stranger":    {signBundle(t, b, roots[0], others[0]), ErrRoots},
		"other roots":                    {signBundle(t, bundleOf(others, 2), others...), ErrRoots},
		"same roots, lower threshold":    {signBundle(t, bundleOf(roots, 1), roots...), ErrRoots},
	} {
		if _, err := First(c.signed, hash); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestRotationNeedsTheOldThresholdAndTheNewOne(t *testing.T) {
	old, fresh := newKeys(t, 3), newKeys(t, 2)
	b1 := bundleOf(old, 2)
	v1 := first(t, signBundle(t, b1, old[0], old[1]), b1)
	b2 := after(v1, bundleOf(fresh, 2))
	for name, c := range map[string]struct {
		roots []*ecdsa.PrivateKey
		want  error
	}{
		"two old, both new":       {[]*ecdsa.PrivateKey{old[0], old[2], fresh[0], fresh[1]}, nil},
		"one old, both new":       {[]*ecdsa.PrivateKey{old[0], fresh[0], fresh[1]}, ErrRoots},
		"one old twice, both new": {[]*ecdsa.PrivateKey{old[0], old[0], fresh[0], fresh[1]}, ErrRoots},
		"only the new":            {fresh, ErrRoots},
		"only the old":            {old, ErrRoots},
		"two old, one new":        {[]*ecdsa.PrivateKey{old[0], old[1], fresh[0]}, ErrRoots},
	} {
		v2, err := v1.Follow([][]byte{signBundle(t, b2, c.roots...)})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if err == nil && v2.Version != 2 {
			t.Errorf("%s: followed to version %d", name, v2.Version)
		}
	}
}

func TestOneRootListedTwiceIsRefused(t *testing.T) {
	root := newKey(t)
	b := bundleOf([]*ecdsa.PrivateKey{root, root}, 2)
	if _, err := First(signBundle(t, b, root), RootsHash(b.Roots, 2)); !errors.Is(err, ErrContent) {
		t.Errorf("got %v, want ErrContent", err)
	}
}

func TestBundlesFollowInOrderWithoutAGap(t *testing.T) {
	root := newKeys(t, 1)
	b1 := bundleOf(root, 1)
	s1 := signBundle(t, b1, root...)
	v1 := first(t, s1, b1)
	b2 := after(v1, bundleOf(root, 1))
	s2 := signBundle(t, b2, root...)
	v2, err := v1.Follow([][]byte{s2})
	if err != nil {
		t.Fatal(err)
	}
	b3 := after(v2, bundleOf(root, 1))
	s3 := signBundle(t, b3, root...)
	fork := b2
	fork.Colour++
	sFork := signBundle(t, fork, root...)
	wrongPrevious := b2
	wrongPrevious.Previous = make([]byte, 32)
	skipping := b2
	skipping.Version = 3
	otherBank := b2
	otherBank.BankID = [16]byte{2}

	for name, c := range map[string]struct {
		from  *Bundle
		chain [][]byte
		want  error
	}{
		"nothing new":       {v1, nil, nil},
		"one step":          {v1, [][]byte{s2}, nil},
		"two steps":         {v1, [][]byte{s2, s3}, nil},
		"gap":               {v1, [][]byte{s3}, ErrFork},
		"after a fork":      {v1, [][]byte{sFork, s3}, ErrFork},
		"same version":      {v2, [][]byte{s2}, ErrRollback},
		"same version fork": {v2, [][]byte{sFork}, ErrRollback},
		"older":             {v2, [][]byte{s1}, ErrRollback},
		"older in between":  {v1, [][]byte{s2, s1, s2, s3}, ErrRollback},
		"a version skipped": {v1, [][]byte{signBundle(t, skipping, root...)}, ErrFork},
		"wrong previous":    {v1, [][]byte{signBundle(t, wrongPrevious, root...)}, ErrFork},
		"another bank's":    {v1, [][]byte{signBundle(t, otherBank, root...)}, ErrContent},
		"too many":          {v1, make([][]byte, maxChain+1), ErrContent},
	} {
		if _, err := c.from.Follow(c.chain); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestAnExpiredBundleOnTheWayIsAccepted(t *testing.T) {
	root := newKeys(t, 1)
	b1 := bundleOf(root, 1)
	v1 := first(t, signBundle(t, b1, root...), b1)
	b2 := after(v1, bundleOf(root, 1))
	b2.Issued, b2.Expiry = now.Add(-48*time.Hour).Unix(), now.Add(-24*time.Hour).Unix()
	s2 := signBundle(t, b2, root...)
	v2, err := v1.Follow([][]byte{s2})
	if err != nil {
		t.Fatal(err)
	}
	if !v2.Expired(now) {
		t.Error("the expired bundle does not say so")
	}
	v3, err := v1.Follow([][]byte{s2, signBundle(t, after(v2, bundleOf(root, 1)), root...)})
	if err != nil || v3.Version != 3 || v3.Expired(now) {
		t.Errorf("the bundle after an expired one: %v", err)
	}
}

func TestTheAnchorOpensItsOwnBundleOnly(t *testing.T) {
	roots := newKeys(t, 2)
	b1 := bundleOf(roots, 2)
	s1 := signBundle(t, b1, roots...)
	v1 := first(t, s1, b1)
	b2 := after(v1, bundleOf(roots, 2))
	s2 := signBundle(t, b2, roots...)
	v2, err := v1.Follow([][]byte{s2})
	if err != nil {
		t.Fatal(err)
	}
	fork := b2
	fork.Name = "Example Bank Two"
	other := b2
	other.BankID = [16]byte{9}
	for name, c := range map[string]struct {
		signed []byte
		want   error
	}{
		"pinned":                     {s2, nil},
		"rollback":                   {s1, ErrRollback},
		"fork of the same version":   {signBundle(t, fork, roots...), ErrFork},
		"newer than pinned":          {signBundle(t, after(v2, bundleOf(roots, 2)), roots...), ErrFork},
		"pinned, one root":           {signBundle(t, b2, roots[0]), ErrRoots},
		"pinned, one root twice":     {signBundle(t, b2, roots[0], roots[0]), ErrRoots},
		"another bank's":             {signBundle(t, other, roots...), ErrContent},
		"pinned, signed by no roots": {signBundle(t, b2), ErrRoots},
	} {
		if _, err := v2.Anchor().Open(c.signed); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestRootsHashDependsOnRootsOrderAndThreshold(t *testing.T) {
	p := points(newKeys(t, 3))
	base := RootsHash(p, 2)
	for name, h := range map[string][32]byte{
		"threshold":   RootsHash(p, 3),
		"order":       RootsHash([][]byte{p[1], p[0], p[2]}, 2),
		"fewer roots": RootsHash(p[:2], 2),
	} {
		if h == base {
			t.Errorf("another %s has the same hash", name)
		}
	}
}

func TestBundleRules(t *testing.T) {
	roots := newKeys(t, 1)
	report := Key{Role: RoleReport, Public: newHPKEKey(t), NotAfter: 1}
	hpkeKey := func(change func(key []byte) []byte) func(b *Bundle) {
		return func(b *Bundle) { b.Keys = []Key{{Role: RoleVault, Public: change(newHPKEKey(t)), NotAfter: 1}} }
	}
	relay := func(url string) func(b *Bundle) { return func(b *Bundle) { b.Relays[0].URL = url } }
	for name, change := range map[string]func(*Bundle){
		"no name":             func(b *Bundle) { b.Name = "" },
		"name with bidi":      func(b *Bundle) { b.Name = "Example\u202eknaB" },
		"domain with a path":  func(b *Bundle) { b.Domain = "examplebank.com/x" },
		"domain in capitals":  func(b *Bundle) { b.Domain = "ExampleBank.com" },
		"version zero":        func(b *Bundle) { b.Version = 0 },
		"first with previous": func(b *Bundle) { b.Previous = make([]byte, 32) },
		"second without":      func(b *Bundle) { b.Version = 2 },
		"no threshold":        func(b *Bundle) { b.Threshold = 0 },
		"threshold too high":  func(b *Bundle) { b.Threshold = 2 },
		"no relays":           func(b *Bundle) { b.Relays = nil },
		"relay without TLS":   func(b *Bundle) { b.Relays[0].URL = "nats://relay:4222" },
		"no lines":            func(b *Bundle) { b.Lines = nil },
		"line not E.164":      func(b *Bundle) { b.Lines = []string{"22 111 22 33"} },
		"no suites":           func(b *Bundle) { b.Suites = nil },
		"two relays in one":   relay("tls://a,b:443"),
		"relay with a space":  relay("tls://a b:443"),
		"relay with a path":   relay("tls://relay.examplebank.com:4222/"),
		"relay with a user":   relay("tls://anna@relay.examplebank.com:4222"),
		"relay in capitals":   relay("tls://Relay.examplebank.com:4222"),
		"relay without port":  relay("tls://relay.examplebank.com"),
		"relay at port 0":     relay("tls://relay.examplebank.com:0"),
		"relay of 257 bytes":  relay("tls://" + strings.Repeat("a.", 122) + "ab:4222"),
		"short HPKE key":      hpkeKey(func(key []byte) []byte { return key[1:] }),
		"HPKE key over q":     hpkeKey(func(key []byte) []byte { key[0], key[1] = 0xff, 0xff; return key }),
		"HPKE key of zero":    hpkeKey(func(key []byte) []byte { clear(key[len(key)-32:]); return key }),
		"version with a zero": func(b *Bundle) { b.MinVersion = "0.01.0" },
		"version not numbers": func(b *Bundle) { b.MinVersion = "1.0\x1b[2J" },
		"issued after expiry": func(b *Bundle) { b.Issued = b.Expiry + 1 },
		"colour":              func(b *Bundle) { b.Colour = 1 << 24 },
		"unknown role":        func(b *Bundle) { b.Keys = []Key{{Role: 99, Public: b.Roots[0], NotAfter: 1}} },
		"validity backwards":  func(b *Bundle) { b.Keys = []Key{{Role: RoleIssuer, Public: b.Roots[0], NotBefore: 2, NotAfter: 1}} },
		"issuer not a point":  func(b *Bundle) { b.Keys = []Key{{Role: RoleIssuer, Public: []byte{1}, NotAfter: 1}} },
		"too many keys":       func(b *Bundle) { b.Keys = slicesOf(report, maxKeys+1) },
		"too many lines":      func(b *Bundle) { b.Lines = slicesOf("+48221112233", maxLines+1) },
		"too many relays":     func(b *Bundle) { b.Relays = slicesOf(b.Relays[0], maxRelays+1) },
		"too many roots": func(b *Bundle) {
			b.Roots = points(append(newKeys(t, maxRoots), roots...))
		},
		"root not a point": func(b *Bundle) { b.Roots = [][]byte{make([]byte, 33)} },
	} {
		b := bundleOf(roots, 1)
		change(&b)
		if _, err := First(signBundle(t, b, roots...), RootsHash(b.Roots, int(b.Threshold))); err == nil || errors.Is(err, ErrRoots) {
			t.Errorf("%s: got %v, want a broken rule", name, err)
		}
	}
}

// TestASignatureThatIsNoneIsRefused: what stands among the signatures is one of
// somebody, or the bundle is not well-formed.
func TestASignatureThatIsNoneIsRefused(t *testing.T) {
	roots := newKeys(t, 1)
	b := bundleOf(roots, 1)
	whole, err := wire.Sign(wire.LabelBundle, roots[0], wire.Marshal(b))
	if err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string][][]byte{
		"nothing": {{}}, "junk": {[]byte("junk")}, "a whole object": {whole}, "too many": slicesOf(signatureOf(t, b, roots[0]), maxSigned),
	} {
		s := signedBundle{Payload: wire.Marshal(b), Signatures: append([][]byte{signatureOf(t, b, roots[0])}, more...)}
		if _, err := First(wire.Marshal(s), RootsHash(b.Roots, 1)); err == nil || errors.Is(err, ErrRoots) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := signedBundle{Payload: wire.Marshal(b), Signatures: [][]byte{signatureOf(t, b, newKey(t)), signatureOf(t, b, roots[0])}}
	if _, err := First(wire.Marshal(other), RootsHash(b.Roots, 1)); err != nil {
		t.Errorf("a stranger's signature: %v", err)
	}
}

func signatureOf(t testing.TB, b Bundle, root *ecdsa.PrivateKey) []byte {
	t.Helper()
	signature, err := wire.SignDetached(wire.LabelBundle, root, wire.Marshal(b))
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

// TestAnAnchorHasDistinctRootsAndAThreshold: what the keyring holds is held to
// the rules of what it came from.
func TestAnAnchorHasDistinctRootsAndAThreshold(t *testing.T) {
	roots := newKeys(t, 2)
	b := bundleOf(roots, 2)
	signed := signBundle(t, b, roots...)
	good := first(t, signed, b).Anchor()
	for name, change := range map[string]func(*Anchor){
		"no threshold":          func(a *Anchor) { a.Threshold = 0 },
		"nobody asked":          func(a *Anchor) { a.Roots, a.Threshold = points(newKeys(t, 2)), 0 },
		"threshold under zero":  func(a *Anchor) { a.Threshold = -1 },
		"threshold over roots":  func(a *Anchor) { a.Threshold = 3 },
		"no roots":              func(a *Anchor) { a.Roots, a.Threshold = nil, 0 },
		"one root twice":        func(a *Anchor) { a.Roots = [][]byte{a.Roots[0], a.Roots[0]} },
		"one root twice beside": func(a *Anchor) { a.Roots = [][]byte{a.Roots[0], a.Roots[1], a.Roots[1]} },
		"nine roots":            func(a *Anchor) { a.Roots = append(points(newKeys(t, 7)), a.Roots...) },
	} {
		a := good
		change(&a)
		if _, err := a.Open(signed); !errors.Is(err, ErrRoots) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func newHPKEKey(t testing.TB) []byte {
	t.Helper()
	key, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key.PublicKey().Bytes()
}

func slicesOf[T any](v T, n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// bank is a bundle with an issuer, a status and a content key valid for a day
// around now.
type bank struct {
	*Bundle
	issuer, status, content *ecdsa.PrivateKey
}

func newBank(t testing.TB) bank {
	t.Helper()
	k := bank{issuer: newKey(t), status: newKey(t), content: newKey(t)}
	key := func(role uint8, key *ecdsa.PrivateKey) Key {
		return Key{Role: role, Public: wire.Point(&key.PublicKey), NotBefore: now.Add(-12 * time.Hour).Unix(), NotAfter: now.Add(12 * time.Hour).Unix()}
	}
	roots := newKeys(t, 1)
	b := bundleOf(roots, 1, key(RoleIssuer, k.issuer), key(RoleStatus, k.status), key(RoleContent, k.content))
	k.Bundle = first(t, signBundle(t, b, roots...), b)
	return k
}

func idOf(key *ecdsa.PrivateKey) [8]byte { return wire.KeyID(wire.Point(&key.PublicKey)) }

func (k bank) credential(t testing.TB) Credential {
	return Credential{
		Issuer: idOf(k.issuer), AgentID: 7, Name: "Anna Kowalska", Role: "Adviser", Department: "Fraud team",
		NotBefore: now.Unix(), Expiry: now.Add(MaxCredential).Unix(), ID: [16]byte{3},
		Public: wire.Point(&newKey(t).PublicKey), Purposes: []Purpose{CardPayment, Transfer},
	}
}

func (k bank) device(t testing.TB) Device {
	return Device{
		Issuer: idOf(k.issuer), ID: [16]byte{4}, Pseudonym: [16]byte{5}, Public: wire.Point(&newKey(t).PublicKey),
		NotBefore: now.Unix(), Expiry: now.AddDate(1, 0, 0).Unix(), Lines: []string{"4567", "0000"},
		Enrolled: now.AddDate(-1, 0, 0).Unix(),
	}
}

func TestCredentialsOpenByAListedIssuerInItsTime(t *testing.T) {
	k := newBank(t)
	good := k.credential(t)
	signed, err := SignCredential(good, k.issuer)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := k.Credential(signed)
	if err != nil {
		t.Fatal(err)
	}
	if opened.Name != good.Name || !opened.Allows(Transfer) || opened.Allows(NewPayee) || opened.Hash() != wire.H16(wire.LabelCredential, wire.Marshal(good)) {
		t.Errorf("opened %+v", opened)
	}

	for name, c := range map[string]struct {
		change func(*Credential)
		signer *ecdsa.PrivateKey
		want   error
	}{
		"before the issuer's time": {func(c *Credential) { c.NotBefore, c.Expiry = c.NotBefore-13*3600, c.NotBefore }, k.issuer, ErrUnknownKey},
		"after the issuer's time":  {func(c *Credential) { c.NotBefore += 13 * 3600; c.Expiry += 13 * 3600 }, k.issuer, ErrUnknownKey},
		"by the status key":        {func(c *Credential) { c.Issuer = idOf(k.status) }, k.status, ErrUnknownKey},
		"by a stranger":            {func(c *Credential) { c.Issuer = [8]byte{1} }, newKey(t), ErrUnknownKey},
		"in the issuer's name":     {func(c *Credential) {}, newKey(t), wire.ErrSignature},
	} {
		bad := good
		c.change(&bad)
		if bad.Expiry-bad.NotBefore > int64(MaxCredential/time.Second) {
			bad.Expiry = bad.NotBefore + 1
		}
		signed, err := SignCredential(bad, c.signer)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := k.Credential(signed); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestCredentialRulesHoldForTheSignerAndTheReader(t *testing.T) {
	k := newBank(t)
	for name, change := range map[string]func(*Credential){
		"nine hours":         func(c *Credential) { c.Expiry += 3600 },
		"no time":            func(c *Credential) { c.Expiry = c.NotBefore },
		"backwards":          func(c *Credential) { c.Expiry = c.NotBefore - 1 },
		"a line in the name": func(c *Credential) { c.Name = "Anna_4" },
		"bidi in the role":   func(c *Credential) { c.Role = "Ad\u202eviser" },
		"no department":      func(c *Credential) { c.Department = "" },
		"no purposes":        func(c *Credential) { c.Purposes = nil },
		"unknown purpose":    func(c *Credential) { c.Purposes = []Purpose{99} },
		"key not a point":    func(c *Credential) { c.Public = make([]byte, 33) },
	} {
		c := k.credential(t)
		change(&c)
		if _, err := SignCredential(c, k.issuer); err == nil {
			t.Errorf("%s: signed", name)
		}
		signed, err := wire.Sign(wire.LabelCredential, k.issuer, wire.Marshal(c))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Credential(signed); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func TestDeviceRulesHoldForTheSignerAndTheReader(t *testing.T) {
	k := newBank(t)
	signed, err := SignDevice(k.device(t), k.issuer)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := k.Device(signed); err != nil || d.Pseudonym != [16]byte{5} {
		t.Fatalf("a good device credential: %v", err)
	}
	if _, err := k.Credential(signed); err == nil {
		t.Error("a device credential opens as an agent's")
	}
	for name, change := range map[string]func(*Device){
		"no time":                  func(d *Device) { d.Expiry = d.NotBefore },
		"line of five":             func(d *Device) { d.Lines = []string{"12345"} },
		"line of letters":          func(d *Device) { d.Lines = []string{"12a4"} },
		"too many lines":           func(d *Device) { d.Lines = slicesOf("1234", 17) },
		"key not a point":          func(d *Device) { d.Public = nil },
		"older than its enrolment": func(d *Device) { d.Enrolled = d.NotBefore + 1 },
		"a second over 5 years":    func(d *Device) { d.Expiry = d.Enrolled + int64(MaxDevice/time.Second) + 1 },
		"enrolled before all time": func(d *Device) { d.Enrolled = math.MinInt64 },
		"for ever":                 func(d *Device) { d.Enrolled, d.Expiry = math.MinInt64, math.MaxInt64 },
	} {
		d := k.device(t)
		change(&d)
		if _, err := SignDevice(d, k.issuer); err == nil {
			t.Errorf("%s: signed", name)
		}
		signed, err := wire.Sign(wire.LabelDevice, k.issuer, wire.Marshal(d))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Device(signed); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func TestStaplesOpenByAListedStatusKeyInItsTime(t *testing.T) {
	k := newBank(t)
	good := Staple{Status: idOf(k.status), Credential: [16]byte{3}, Good: true, IssuedAt: now.Unix()}
	for name, c := range map[string]struct {
		staple Staple
		signer *ecdsa.PrivateKey
		want   error
	}{
		"good":                   {good, k.status, nil},
		"after the key's time":   {Staple{good.Status, good.Credential, true, now.Unix() + 13*3600}, k.status, ErrUnknownKey},
		"before the key's time":  {Staple{good.Status, good.Credential, true, now.Unix() - 13*3600}, k.status, ErrUnknownKey},
		"by the issuer":          {Staple{idOf(k.issuer), good.Credential, true, now.Unix()}, k.issuer, ErrUnknownKey},
		"in the status key name": {good, newKey(t), wire.ErrSignature},
	} {
		signed, err := SignStaple(c.staple, c.signer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Staple(signed); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestAStapleCountsForThirtyMinutes(t *testing.T) {
	s := Staple{IssuedAt: now.Unix()}
	for after, want := range map[time.Duration]bool{
		0: true, MaxStaple: true, MaxStaple + time.Second: false, -Skew: true, -Skew - time.Second: false,
	} {
		if got := s.Fresh(now.Add(after)); got != want {
			t.Errorf("after %v: fresh = %v", after, got)
		}
	}
}

func TestVerifyStatusChecksLabelKeyAndTime(t *testing.T) {
	k := newBank(t)
	signed, err := wire.Sign(wire.LabelTicket, k.status, []byte{0})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.VerifyStatus(wire.LabelTicket, idOf(k.status), now.Unix(), signed); err != nil {
		t.Errorf("good: %v", err)
	}
	if _, err := k.VerifyStatus(wire.LabelStatus, idOf(k.status), now.Unix(), signed); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("label: %v", err)
	}
	if _, err := k.VerifyStatus(wire.LabelTicket, idOf(k.status), now.Unix()+13*3600, signed); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("time: %v", err)
	}
	if _, err := k.VerifyStatus(wire.LabelTicket, idOf(k.issuer), now.Unix(), signed); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("role: %v", err)
	}
}

func TestContent(t *testing.T) {
	k := newBank(t)
	good := Content{
		BankID: k.BankID, Version: 1, Key: idOf(k.content), IssuedAt: now.Unix(),
		Purposes: []PurposeText{{CardPayment, map[string]string{"en": "A card payment", "pl": "P\u0142atno\u015b\u0107 kart\u0105"}}, {Transfer, map[string]string{"en": "A transfer"}}},
		NeverAsk: map[string][]string{"en": {"to move money to a safe account"}},
	}
	sign := func(c Content, key *ecdsa.PrivateKey) []byte {
		signed, err := SignContent(c, key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	c, err := k.Content(sign(good, k.content))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		p              Purpose
		language, want string
	}{
		{CardPayment, "pl", "P\u0142atno\u015b\u0107 kart\u0105"}, {Transfer, "pl", "A transfer"}, {NewPayee, "en", ""},
	} {
		if got := c.Sentence(s.p, s.language); got != s.want {
			t.Errorf("%v in %s: %q", s.p, s.language, got)
		}
	}
	if c.Age(now.Add(time.Hour)) != time.Hour {
		t.Error("age")
	}
	other, unknown := good, good
	other.BankID = [16]byte{9}
	unknown.Purposes = []PurposeText{{Purpose(99), map[string]string{"en": "x"}}}
	steering, asking := good, good
	steering.Purposes = []PurposeText{{Transfer, map[string]string{"en": "A transfer\x1b[2J"}}}
	asking.NeverAsk = map[string][]string{"en": {"to tell \u202ea code"}}
	byIssuer := good
	byIssuer.Key = idOf(k.issuer)
	says := func(sentence string) []byte {
		c := good
		c.Purposes = []PurposeText{{Transfer, map[string]string{"en": sentence}}}
		return sign(c, k.content)
	}
	never := func(languages, sentences int) []byte {
		c := good
		c.NeverAsk = map[string][]string{}
		for i := range languages {
			c.NeverAsk[string(rune('a'+i))] = slices.Repeat([]string{"to tell a code"}, sentences)
		}
		return sign(c, k.content)
	}
	inMany := func(languages int) []byte {
		c, sentences := good, map[string]string{}
		for i := range languages {
			sentences[string(rune('a'+i))] = "A transfer"
		}
		c.Purposes = []PurposeText{{Transfer, sentences}}
		return sign(c, k.content)
	}
	for name, c := range map[string]struct {
		signed []byte
		want   error
	}{
		"another bank's":  {sign(other, k.content), ErrContent},
		"steers a screen": {sign(steering, k.content), ErrContent},
		"bidi in a list":  {sign(asking, k.content), ErrContent},
		"unknown purpose": {sign(unknown, k.content), ErrContent},
		"a tick":          {says("\u2713 This screen is connected to Northgate Bank."), ErrContent},
		"a tick inside":   {says("About a transfer \u2714"), ErrContent},
		"a triangle":      {says("\u25b2 Not fully checked"), ErrContent},
		"a cross":         {says("\u2715 Hang up now"), ErrContent},
		"no entry":        {says("\u26d4 Hang up now"), ErrContent},
		"two spaces":      {says("A transfer.  This screen is connected to Northgate Bank."), ErrContent},
		"a blank letter":  {says("A transfer.\u3164\u3164This screen is connected to Northgate Bank."), ErrContent},
		"9 never asked":   {never(1, 9), ErrContent},
		"17 languages":    {never(17, 1), ErrContent},
		"17 of a purpose": {inMany(17), ErrContent},
		"at the limits":   {never(16, 8), nil},
		"16 of a purpose": {inMany(16), nil},
		"honest signs":    {says("A transfer of \u20ac120 + \u00a35 (\u00b1 5 %): \u201cis it yours?\u201d \u2026 \u2013 10 < 20"), nil},
		"by the issuer":   {sign(byIssuer, k.issuer), ErrUnknownKey},
		"by a stranger":   {sign(good, newKey(t)), wire.ErrSignature},
	} {
		if _, err := k.Content(c.signed); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestPurposesHaveNamesThatReadBack(t *testing.T) {
	for _, p := range Purposes() {
		if again, err := ParsePurpose(p.String()); err != nil || again != p || !p.Known() {
			t.Errorf("%d: %v", p, err)
		}
	}
	if len(Purposes()) != len(purposeKeys) {
		t.Error("Purposes leaves one out")
	}
	if _, err := ParsePurpose("gift-cards"); err == nil {
		t.Error("an unknown purpose was accepted")
	}
}

func TestTheNewestValidKeyIsUsed(t *testing.T) {
	roots := newKeys(t, 1)
	key := func(from, to time.Duration) Key {
		return Key{Role: RoleReport, Public: newHPKEKey(t), NotBefore: now.Add(from).Unix(), NotAfter: now.Add(to).Unix()}
	}
	newest := key(-2*time.Hour, time.Hour)
	b := bundleOf(roots, 1, key(-3*time.Hour, time.Hour), newest, key(-2*time.Hour, 2*time.Hour), key(time.Hour, 2*time.Hour), key(-time.Hour, -time.Minute))
	v := first(t, signBundle(t, b, roots...), b)
	if got := v.Public(RoleReport, now); !bytes.Equal(got, newest.Public) {
		t.Error("now: not the first of those that began last")
	}
	if got := v.Public(RoleReport, now.Add(3*time.Hour)); got != nil {
		t.Errorf("after all: key %v", got)
	}
	if got := v.Public(RoleIssuer, now); got != nil {
		t.Errorf("no such role: key %v", got)
	}
}

func TestBundleAllows(t *testing.T) {
	k := newBank(t)
	if !k.AllowsSuite(Suite1) || k.AllowsSuite(2) || !k.HasLine("+48221112233") || k.HasLine("+48221112234") || k.HasLine("2233") {
		t.Error("suites or lines")
	}
	if !k.Lists(RoleIssuer, idOf(k.issuer)) || k.Lists(RoleStatus, idOf(k.issuer)) {
		t.Error("keys")
	}
}

// TestRenewedIsTheSameDeviceAndFresh: what a relay brings as the fresh
// credential of a device is this device's, and made when it was asked for.
func TestRenewedIsTheSameDeviceAndFresh(t *testing.T) {
	k := newBank(t)
	own := k.device(t)
	asked := own.NotBefore + 1000
	skew := int64(Skew / time.Second)
	for name, c := range map[string]struct {
		change func(*Device)
		good   bool
	}{
		"other numbers":         {func(d *Device) { d.Lines = []string{"9999"} }, true},
		"an earlier end":        {func(d *Device) { d.Expiry-- }, true},
		"60 seconds before":     {func(d *Device) { d.NotBefore = asked - skew }, true},
		"61 seconds before":     {func(d *Device) { d.NotBefore = asked - skew - 1 }, false},
		"60 seconds after":      {func(d *Device) { d.NotBefore = asked + skew }, true},
		"61 seconds after":      {func(d *Device) { d.NotBefore = asked + skew + 1 }, false},
		"another device":        {func(d *Device) { d.ID[0]++ }, false},
		"another customer":      {func(d *Device) { d.Pseudonym[15]++ }, false},
		"another key":           {func(d *Device) { d.Public = wire.Point(&newKey(t).PublicKey) }, false},
		"enrolled later":        {func(d *Device) { d.Enrolled++ }, false},
		"enrolled earlier":      {func(d *Device) { d.Enrolled-- }, false},
		"a second over 5 years": {func(d *Device) { d.Expiry = d.Enrolled + int64(MaxDevice/time.Second) + 1 }, false},
	} {
		fresh := own
		fresh.NotBefore = asked
		c.change(&fresh)
		signed, err := wire.Sign(wire.LabelDevice, k.issuer, wire.Marshal(fresh))
		if err != nil {
			t.Fatal(err)
		}
		got, err := own.Renewed(k.Bundle, signed, asked)
		if (err == nil) != c.good || c.good && got.NotBefore != fresh.NotBefore {
			t.Errorf("%s: %v", name, err)
		}
	}

	same := own
	same.NotBefore = asked
	signed, err := SignDevice(same, k.issuer)
	if err != nil {
		t.Fatal(err)
	}
	newer := same
	newer.NotBefore++
	if _, err := newer.Renewed(k.Bundle, signed, asked); !errors.Is(err, ErrContent) {
		t.Errorf("a credential older than the own one: %v", err)
	}
	if _, err := same.Renewed(k.Bundle, signed, asked); err != nil {
		t.Errorf("asked twice in one second: %v", err)
	}
	stranger, err := wire.Sign(wire.LabelDevice, newKey(t), wire.Marshal(same))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := own.Renewed(k.Bundle, stranger, asked); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("a credential by a stranger: %v", err)
	}
}
