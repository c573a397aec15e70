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
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/nats-io/nkeys"

	"countersign/session/relay"
	"countersign/session/trust"
	"countersign/session/wire"
)

// Names of what stands in a bank's folder.
const (
	aboutFile     = "bank.json"
	lockFile      = "lock"
	bundleFolder  = "bundles"
	contentFolder = "content"
	keyFolder     = "keys"
	storeFolder   = "store"

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
	// Issuer signs credentials; Status signs staples, call tickets and Prepared.
	Issuer, Status *ecdsa.PrivateKey
	// Report opens stop reports (HPKE, MLKEM768X25519).
	Report hpke.PrivateKey
	// Certificate is the server's own, for TLS. Clients pin its key by KeyHash,
	// the SHA-256 of the SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7).
	Certificate tls.Certificate
	KeyHash     [32]byte
	// CalloutSeed is the nkey seed of the account that answers NATS's auth callout.
	CalloutSeed []byte
	// TOTP reports whether agents sign in with a second factor (RFC 6238).
	TOTP bool

	hashes [][32]byte // of Bundles, in the same order
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
	for _, part := range []func(about) error{b.loadBundles, b.loadContent, b.loadKeys, b.loadTLS} {
		if err := part(a); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// StoreFolder is where the server of the bank in dir keeps what it must not
// forget.
func StoreFolder(dir string) string { return filepath.Join(dir, storeFolder) }

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
			return fmt.Errorf("bundle %d of this folder: %w", version, err)
		}
		if version == 1 || b.Bundle.RootsHash() != roots {
			changed = append(changed, len(b.Bundles))
		}
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

func (b *Bank) loadContent(about) error {
	for version := 1; ; version++ {
		signed, err := readFile(b.Dir, contentFolder, numbered(version))
		if errIsMissing(err) && version > 1 {
			return nil
		}
		if err != nil {
			return err
		}
		opened, err := b.Bundle.Content(signed)
		if err != nil {
			return fmt.Errorf("content %d of this folder: %w", version, err)
		}
		b.Content, b.ContentVersion = signed, opened.Version
	}
}

func (b *Bank) loadKeys(about) (err error) {
	if b.Issuer, err = b.signingKey(issuerKey, trust.RoleIssuer); err != nil {
		return err
	}
	if b.Status, err = b.signingKey(statusKey, trust.RoleStatus); err != nil {
		return err
	}
	if b.Report, err = readHPKE(b.Dir, reportKey); err != nil {
		return err
	}
	if !b.lists(trust.RoleReport, b.Report.PublicKey().Bytes()) {
		return notListed(reportKey)
	}
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

func (b *Bank) signingKey(name string, role uint8) (*ecdsa.PrivateKey, error) {
	key, err := readECDSA(b.Dir, name)
	if err != nil {
		return nil, err
	}
	if !b.lists(role, wire.Point(&key.PublicKey)) {
		return nil, notListed(name)
	}
	return key, nil
}

func (b *Bank) loadTLS(about) error {
	key, err := readECDSA(b.Dir, tlsKey)
	if err != nil {
		return err
	}
	pemBytes, err := readFile(b.Dir, keyFolder, tlsCertificate)
	if err != nil {
		return err
	}
	der, err := unpem(pemBytes, "CERTIFICATE", tlsCertificate)
	if err != nil {
		return err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("%s of this folder is damaged: %w", tlsCertificate, err)
	}
	b.Certificate = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	b.KeyHash = sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	pinned := slices.ContainsFunc(b.Bundle.Relays, func(r trust.Relay) bool { return r.KeyHash == b.KeyHash })
	if !pinned || !key.PublicKey.Equal(leaf.PublicKey) {
		return notListed(tlsKey)
	}
	return nil
}

// lists reports whether the newest bundle lists this very key for a role.
func (b *Bank) lists(role uint8, public []byte) bool {
	return slices.ContainsFunc(b.Bundle.Keys, func(k trust.Key) bool {
		return k.Role == role && slices.Equal(k.Public, public)
	})
}

func notListed(name string) error {
	return fmt.Errorf("%s of this folder is not the key that the bank's newest bundle lists", name)
}

// readFile reads one file of a bank's folder within maxFile, and only if
// nobody but its owner may read it.
func readFile(dir string, names ...string) ([]byte, error) {
	path := filepath.Join(append([]string{dir}, names...)...)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return nil, fmt.Errorf("%s is not a file that belongs here", path)
	case readableByOthers(info.Mode()):
		return nil, fmt.Errorf("%s can be read by others: run chmod 600 on it, and replace its key if others used this computer", path)
	}
	return os.ReadFile(path)
}

// readableByOthers looks at the permission bits. Windows has none to look at:
// there the folder's access list protects the files.
func readableByOthers(mode fs.FileMode) bool {
	return runtime.GOOS != "windows" && mode.Perm()&0o077 != 0
}
