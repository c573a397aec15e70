// Package bank owns the folder in which a bank's server keeps the bank itself:
// its keys, its signed bundles and content, its TLS certificate. Init makes
// the folder, Load reads and checks it, Lock gives it to one program at a time.
//
// It must not know who works or banks there (that is directory's business),
// nor offers, calls or the network.
//
// Rules: folders are 0700 and files 0600, and a key file that others may read
// is refused; everything that Load returns has been checked against the roots;
// the root key is written once by Init and never read again by a server.
package bank

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nkeys"

	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// Names of what stands in a bank's folder.
const (
	aboutFile     = "bank.json"
	lockFile      = "lock"
	bundleFolder  = "bundles"
	contentFolder = "content"
	keyFolder     = "keys"
	storeFolder   = "store"
	headFile      = "store.head"

	rootKey        = "root.pem"
	issuerKey      = "issuer.pem"
	statusKey      = "status.pem"
	reportKey      = "report.pem"
	logKey         = "log.pem"
	contentKey     = "content.pem"
	tlsKey         = "tls.pem"
	tlsCertificate = "tls.crt"
	calloutKey     = "callout.nk"
)

// RootKeyFile is the name, within the folder, of the one file that the bank
// should keep somewhere else.
const RootKeyFile = keyFolder + "/" + rootKey

// maxFile bounds every file that Load reads, in bytes.
const maxFile = wire.MaxBundle

// maxLineage bounds, in bytes, the bundles of one answer to an enrolment: what
// else stands in it fits beside them.
const maxLineage = wire.MaxMessage - wire.MaxBundle - 8192

// Bank is a bank as its server knows it. Nothing in it changes after Load.
type Bank struct {
	// Dir is the folder that Load read.
	Dir string
	// Bundles holds all signed bundles from version 1 on, in order.
	Bundles [][]byte
	// Lineage is what enrolment and pinning bring: version 1, every bundle that
	// changed the roots, and the newest (CP1, section 9).
	Lineage [][]byte
	// Bundle is the newest bundle, reached from the bank's own roots.
	Bundle *trust.Bundle
	// Content is the newest signed content, and ContentVersion its version.
	Content        []byte
	ContentVersion uint64
	// Issuers sign credentials, Statuses staples, call tickets and Prepared: each
	// from its time on, the newest last. See IssuerAt and StatusAt.
	Issuers, Statuses []SigningKey
	// Report opens stop reports (HPKE, MLKEM768X25519). Reports are all keys that
	// do: somebody may have sealed to an earlier one.
	Report  hpke.PrivateKey
	Reports []hpke.PrivateKey
	// Certificate is the server's own, for TLS. Clients pin its key by KeyHash,
	// the SHA-256 of the SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7).
	Certificate tls.Certificate
	KeyHash     [32]byte
	// CalloutSeed is the nkey seed of the account that answers NATS's auth callout.
	CalloutSeed []byte
	// TOTP reports whether agents sign in with a second factor (RFC 6238).
	TOTP bool

	hashes     [][32]byte       // of Bundles, in the same order
	since      map[string]int64 // when a name, or a relay's key, was first listed (Unix seconds)
	contentKey [8]byte          // wire.KeyID of the key that signed Content
}

// SigningKey is a private key of the bank.
type SigningKey struct {
	Private *ecdsa.PrivateKey
	From    int64 // when it begins to sign, Unix seconds
}

// IssuerAt is the key that signs credentials at a time.
func (b *Bank) IssuerAt(now time.Time) *ecdsa.PrivateKey { return newestAt(b.Issuers, now) }

// StatusAt is the key that signs staples, call tickets and Prepared at a time.
func (b *Bank) StatusAt(now time.Time) *ecdsa.PrivateKey { return newestAt(b.Statuses, now) }

// newestAt is the newest key that is in use at a time. Before the first it is the
// first: the bank's programs say what is wrong with the clock.
func newestAt(keys []SigningKey, now time.Time) *ecdsa.PrivateKey {
	in := keys[0].Private
	for _, k := range keys {
		if k.From <= now.Unix() {
			in = k.Private
		}
	}
	return in
}

// Load reads and checks the folder that Init made. It fails when a file is
// missing or may be read by others, when a bundle does not follow from the
// bank's own roots, or when a key is not the one that the newest bundle lists.
func Load(dir string) (*Bank, error) {
	a, err := readAbout(dir)
	if err != nil {
		return nil, err
	}
	b := &Bank{Dir: dir, TOTP: a.SecondFactor == secondFactorTOTP}
	if err := b.loadBundles(a); err != nil {
		return nil, err
	}
	for _, part := range []func() error{b.loadContent, b.loadKeys, b.loadTLS} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// StoreFolder is where the server of the bank in dir keeps what it must not
// forget.
func StoreFolder(dir string) string { return filepath.Join(dir, storeFolder) }

// HeadFile is where the server of the bank in dir keeps what must be in the store
// (package ledger). A copy of the store is worth nothing without it.
func HeadFile(dir string) string { return filepath.Join(dir, headFile) }

// RelayAddress is the HOST:PORT at which clients reach the bank: the first
// relay of the newest bundle.
func (b *Bank) RelayAddress() string {
	return strings.TrimPrefix(b.Bundle.Relays[0].URL, relayScheme)
}

// News is what a client lacks that holds the bundle of a version with a hash,
// and content of a version. A client whose hash is not this bank's, or that is
// ahead of it, gets no bundles: it must see the fork and not be led around it.
// The result must not be changed: it shares the bank's memory.
func (b *Bank) News(version uint64, hash [32]byte, contentVersion uint64) relay.News {
	newest := len(b.hashes)
	news := relay.News{BundleVersion: b.Bundle.Version, BundleHash: b.Bundle.Hash(), Bundles: [][]byte{}}
	if version >= 1 && version < uint64(newest) && b.hashes[version-1] == hash {
		news.Bundles = b.Bundles[version:]
	}
	if b.ContentVersion > contentVersion {
		news.Content = b.Content
	}
	return news
}

func (b *Bank) loadBundles(a about) error {
	rootsHash, err := a.rootsHash()
	if err != nil {
		return err
	}
	var changed []int // which of the bundles have other roots than the one before
	for version := 1; ; version++ {
		signed, err := readFile(b.Dir, bundleFolder, numbered(version))
		if errIsMissing(err) && version > 1 {
			return b.keepLineage(changed)
		}
		if err != nil {
			return err
		}
		roots := rootsHash
		if version == 1 {
			b.Bundle, err = trust.First(signed, rootsHash)
		} else {
			roots = b.Bundle.RootsHash()
			b.Bundle, err = b.Bundle.Follow([][]byte{signed})
		}
		if err != nil {
			return Fault{fmt.Sprintf("bundle %d of this folder does not count (%v)", version, err), remedy, err}
		}
		if version == 1 || b.Bundle.RootsHash() != roots {
			changed = append(changed, len(b.Bundles))
		}
		b.remember()
		b.Bundles = append(b.Bundles, signed)
		b.hashes = append(b.hashes, b.Bundle.Hash())
	}
}

// keepLineage finds the lineage among the bundles. One that no client could
// take is a fault of the folder, found now and not at somebody's enrolment.
func (b *Bank) keepLineage(changed []int) error {
	for _, i := range changed {
		b.Lineage = append(b.Lineage, b.Bundles[i])
	}
	if newest := len(b.Bundles) - 1; changed[len(changed)-1] != newest {
		b.Lineage = append(b.Lineage, b.Bundles[newest])
	}
	size := 0
	for _, signed := range b.Lineage {
		size += len(signed)
	}
	if len(b.Lineage) > trust.MaxLineage || size > maxLineage {
		return fmt.Errorf("the bundles that enrolment brings are too many or too large: %d bundles, %d bytes", len(b.Lineage), size)
	}
	return nil
}

// remember keeps since when the bundle's name and relay keys are listed.
func (b *Bank) remember() {
	if b.since == nil {
		b.since = map[string]int64{}
	}
	names := []string{nameOf(b.Bundle)}
	for _, r := range b.Bundle.Relays {
		names = append(names, hashName(r.KeyHash))
	}
	for _, name := range names {
		if _, known := b.since[name]; !known {
			b.since[name] = b.Bundle.Issued
		}
	}
}

// loadContent reads the newest content. Earlier ones were signed by keys that a
// bundle need not list any more.
func (b *Bank) loadContent() error {
	var newest []byte
	for version := 1; ; version++ {
		signed, err := readFile(b.Dir, contentFolder, numbered(version))
		if errIsMissing(err) && version > 1 {
			break
		}
		if err != nil {
			return err
		}
		newest = signed
	}
	opened, err := b.Bundle.Content(newest)
	if err != nil {
		return Fault{fmt.Sprintf("the newest content of this folder does not count (%v)", err), remedy, err}
	}
	b.Content, b.ContentVersion, b.contentKey = newest, opened.Version, opened.Key
	return nil
}

func (b *Bank) loadKeys() error {
	for _, kind := range b.keyKinds() {
		if err := kind(); err != nil {
			return err
		}
	}
	return nil
}

// keyKinds load the keys that the server needs, TLS apart, a kind each.
func (b *Bank) keyKinds() []func() error {
	return []func() error{
		func() (err error) { b.Issuers, err = b.listedKeys(issuerKey, trust.RoleIssuer); return err },
		func() (err error) { b.Statuses, err = b.listedKeys(statusKey, trust.RoleStatus); return err },
		b.loadReports, b.loadCallout,
	}
}

func (b *Bank) loadCallout() (err error) {
	if b.CalloutSeed, err = readFile(b.Dir, keyFolder, calloutKey); err != nil {
		return err
	}
	callout, err := nkeys.FromSeed(b.CalloutSeed)
	if err != nil {
		return damaged(calloutKey)
	}
	if public, err := callout.PublicKey(); err != nil || !nkeys.IsValidPublicAccountKey(public) {
		return damaged(calloutKey)
	}
	return nil
}

// keyFiles are the files of one kind of key, by name: the first bundle's, and
// those that were made for later ones.
func (b *Bank) keyFiles(name string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(b.Dir, keyFolder))
	if err != nil {
		return nil, err
	}
	ending := filepath.Ext(name)
	later := regexp.MustCompile("^" + regexp.QuoteMeta(strings.TrimSuffix(name, ending)) + "(-[1-9][0-9]*)?" + regexp.QuoteMeta(ending) + "$")
	var found []string
	for _, e := range entries {
		if later.MatchString(e.Name()) {
			found = append(found, e.Name())
		}
	}
	if len(found) == 0 {
		found = []string{name} // so that reading says what is missing
	}
	return found, nil
}

// listedKeys are the signing keys of this folder that the newest bundle lists for
// a role, in the order of their use. The newest one listed must be here.
func (b *Bank) listedKeys(name string, role uint8) ([]SigningKey, error) {
	names, err := b.keyFiles(name)
	if err != nil {
		return nil, err
	}
	var held []SigningKey
	for _, name := range names {
		key, err := readECDSA(b.Dir, name)
		if err != nil {
			return nil, err
		}
		if from, listed := b.lists(role, wire.Point(&key.PublicKey)); listed {
			held = append(held, SigningKey{Private: key, From: from})
		}
	}
	slices.SortFunc(held, func(a, b SigningKey) int { return cmp.Compare(a.From, b.From) })
	if len(held) == 0 || held[len(held)-1].From < b.newest(role) {
		return nil, notListed(name)
	}
	return held, nil
}

// loadReports reads the keys that open reports.
func (b *Bank) loadReports() error {
	names, err := b.keyFiles(reportKey)
	if err != nil {
		return err
	}
	latest := int64(math.MinInt64)
	for _, name := range names {
		key, err := readHPKE(b.Dir, name)
		if err != nil {
			return err
		}
		from, listed := b.lists(trust.RoleReport, key.PublicKey().Bytes())
		if !listed {
			continue
		}
		b.Reports = append(b.Reports, key)
		if from >= latest {
			b.Report, latest = key, from
		}
	}
	if b.Report == nil || latest < b.newest(trust.RoleReport) {
		return notListed(reportKey)
	}
	return nil
}

// loadTLS takes the first of the bundle's relay keys whose private half is here.
func (b *Bank) loadTLS() error {
	names, err := b.keyFiles(tlsCertificate)
	if err != nil {
		return err
	}
	first := len(b.Bundle.Relays)
	for _, name := range names {
		certificate, hash, err := b.readTLS(name)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(b.Bundle.Relays, func(r trust.Relay) bool { return r.KeyHash == hash })
		if at >= 0 && at < first {
			first, b.Certificate, b.KeyHash = at, certificate, hash
		}
	}
	if first == len(b.Bundle.Relays) {
		return notListed(tlsKey)
	}
	return nil
}

// readTLS reads a certificate and the key beside it.
func (b *Bank) readTLS(name string) (certificate tls.Certificate, hash [32]byte, err error) {
	keyName := strings.TrimSuffix(name, filepath.Ext(name)) + filepath.Ext(tlsKey)
	key, err := readECDSA(b.Dir, keyName)
	if err != nil {
		return certificate, hash, err
	}
	pemBytes, err := readFile(b.Dir, keyFolder, name)
	if err != nil {
		return certificate, hash, err
	}
	der, err := unpem(pemBytes, "CERTIFICATE", name)
	if err != nil {
		return certificate, hash, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return certificate, hash, damaged(name)
	}
	if !key.PublicKey.Equal(leaf.PublicKey) {
		return certificate, hash, notListed(keyName)
	}
	certificate = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	return certificate, sha256.Sum256(leaf.RawSubjectPublicKeyInfo), nil
}

// lists reports whether the newest bundle lists this very key for a role, and
// from when on it is used.
func (b *Bank) lists(role uint8, public []byte) (from int64, listed bool) {
	i := slices.IndexFunc(b.Bundle.Keys, func(k trust.Key) bool {
		return k.Role == role && slices.Equal(k.Public, public)
	})
	if i < 0 {
		return 0, false
	}
	return b.Bundle.Keys[i].NotBefore, true
}

// newest is from when on the newest key that the bundle lists for a role is used.
func (b *Bank) newest(role uint8) int64 {
	latest := int64(math.MinInt64)
	for _, k := range b.Bundle.Keys {
		if k.Role == role {
			latest = max(latest, k.NotBefore)
		}
	}
	return latest
}

func notListed(name string) error {
	return Fault{name + " of this folder is not the key that the bank's newest bundle lists", remedy, nil}
}

// readFile reads one file of a bank's folder within maxFile, and only if
// nobody but its owner may read it.
func readFile(dir string, names ...string) ([]byte, error) {
	path := filepath.Join(append([]string{dir}, names...)...)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, unread(path, err)
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return nil, Fault{path + " is not a file that belongs here", remedy, nil}
	case readableByOthers(info.Mode()):
		return nil, exposed(path)
	}
	data, err := os.ReadFile(path)
	return data, unread(path, err)
}

// readableByOthers looks at the permission bits. Windows has none to look at:
// there the folder's access list protects the files.
func readableByOthers(mode fs.FileMode) bool {
	return runtime.GOOS != "windows" && mode.Perm()&0o077 != 0
}
