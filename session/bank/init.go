// This file owns how a bank begins: new keys, bundle 1, content 1. All of it is
// made in a folder inside of the bank's, whose parts then move out, bank.json
// last: an Init that is cut off never looks like a bank, and the next one takes
// away what it left.

package bank

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nkeys"

	"countersign/session/bank/ledger"
	"countersign/session/computer/disk"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

const (
	relayScheme = "tls://"
	minVersion  = "0.1.0"  // the oldest program that a new bank allows
	colour      = 0x1F4E79 // a dark blue: a bank chooses its own in a later bundle
	validMonths = 13       // of the first bundle and of the keys in it
)

// Options is what a bank says about itself when it begins.
type Options struct {
	// Name is shown to customers: letters, spaces, and ' - . only.
	Name string
	// Relay is where clients reach the bank's server: tls://HOST:PORT. It is
	// signed into the bundle.
	Relay string
	// Lines are the bank's telephone numbers, at least one, E.164.
	Lines []string
	// Domain is the bank's domain name, or "".
	Domain string
	// TOTP asks agents for a second factor when they sign in (RFC 6238).
	TOTP bool
	// Now is the time from which keys and bundle are valid.
	Now time.Time
}

// Init makes a bank in dir, which must be empty or absent, but for what an Init
// has left that was cut off. Nothing but the lock is left behind when it fails.
// Errors: ErrInUse, and what is wrong with the options or the folder.
func Init(dir string, o Options) (err error) {
	if err := o.Check(); err != nil {
		return err
	}
	if err := emptyFolder(dir); err != nil {
		return err
	}
	release, err := Lock(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := emptyFolder(dir); err != nil { // another Init may have been faster
		return err
	}
	if err := removeAll(dir); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeAll(dir))
		}
	}()
	// Where it is there, and bank.json is not, nothing else here counts.
	unfinished := filepath.Join(dir, unfinishedFolder)
	for _, folder := range []string{unfinished, filepath.Join(unfinished, keyFolder)} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return err
		}
	}
	if err := o.write(unfinished); err != nil {
		return err
	}
	for _, part := range parts {
		err := os.Rename(filepath.Join(unfinished, part), filepath.Join(dir, part))
		if err == nil {
			err = disk.SyncFolder(dir) // each before the next: bank.json says that all are there
		}
		if err != nil {
			return err
		}
	}
	return os.Remove(unfinished)
}

// unfinishedFolder is where a bank is made.
const unfinishedFolder = ".unfinished"

// parts are what Init makes, in the order in which they get their places.
var parts = []string{keyFolder, bundleFolder, contentFolder, headFile, aboutFile}

// Check says what is wrong with the options, as a sentence for the operator.
func (o Options) Check() error {
	if err := trust.CheckName(o.Name); err != nil {
		return err
	}
	if trust.CheckDomain(o.Domain) != nil {
		return errors.New("a domain is a name like examplebank.com, without a path or a port")
	}
	if trust.CheckRelay(o.Relay) != nil {
		return errors.New("a relay's address is tls://HOST:PORT, in lower case")
	}
	if len(o.Lines) == 0 {
		return errors.New("a bank needs at least one telephone line")
	}
	for _, line := range o.Lines {
		if err := trust.CheckNumber(line); err != nil {
			return err
		}
	}
	return nil
}

// emptyFolder makes sure that dir is a folder of our own with nothing in it, but
// for a lock and what an Init that was cut off has left.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	mayGo := []string{lockFile}
	if slices.Contains(names, unfinishedFolder) && !slices.Contains(names, aboutFile) {
		mayGo = append(append(mayGo, unfinishedFolder), parts...)
	}
	if slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(mayGo, name) }) {
		return fmt.Errorf("%s is not empty: choose an empty or new folder for the bank", dir)
	}
	return os.Chmod(dir, 0o700) // it may have been there before, open to others
}

// removeAll takes away what an Init has written that failed or was cut off.
// What says that it may go goes last.
func removeAll(dir string) error {
	var failed error
	for _, name := range slices.Backward(append([]string{unfinishedFolder}, parts...)) {
		failed = errors.Join(failed, os.RemoveAll(filepath.Join(dir, name)))
	}
	return failed
}

// keys are the private keys of a new bank.
type keys struct {
	root, issuer, status, log, content, tls *ecdsa.PrivateKey
	report                                  hpke.PrivateKey
	callout                                 nkeys.KeyPair
}

func newKeys() (k keys, err error) {
	for _, key := range []**ecdsa.PrivateKey{&k.root, &k.issuer, &k.status, &k.log, &k.content, &k.tls} {
		if *key, err = newECDSA(); err != nil {
			return k, err
		}
	}
	if k.report, err = hpke.MLKEM768X25519().GenerateKey(); err != nil {
		return k, err
	}
	k.callout, err = nkeys.CreateAccount()
	return k, err
}

func (o Options) write(dir string) error {
	k, err := newKeys()
	if err != nil {
		return err
	}
	certificate, keyHash, err := o.certificate(k.tls)
	if err != nil {
		return err
	}
	bundle := o.bundle(k, keyHash)
	signedBundle, err := trust.SignBundle(bundle, k.root)
	if err != nil {
		return err
	}
	rootsHash := trust.RootsHash(bundle.Roots, int(bundle.Threshold))
	opened, err := trust.First(signedBundle, rootsHash)
	if err != nil { // a bank that its clients would refuse must not begin
		return fmt.Errorf("the programs of customers would refuse this bank: %w", err)
	}
	signedContent, err := trust.SignContent(o.content(opened.BankID, k.content), k.content)
	if err != nil {
		return err
	}
	if err := k.write(dir, certificate); err != nil {
		return err
	}
	if err := writeNumbered(dir, bundleFolder, signedBundle); err != nil {
		return err
	}
	if err := writeNumbered(dir, contentFolder, signedContent); err != nil {
		return err
	}
	if err := writeFile(ledger.New(), dir, headFile); err != nil {
		return err
	}
	return o.writeAbout(dir, rootsHash)
}

func (o Options) bundle(k keys, keyHash [32]byte) trust.Bundle {
	// A minute before now, so that what is signed in the same second counts
	// even when the clock is set back a little.
	from, to := o.Now.Add(-trust.Skew).Unix(), o.expiry().Unix()
	key := func(role uint8, public []byte) trust.Key {
		return trust.Key{Role: role, Public: public, NotBefore: from, NotAfter: to}
	}
	b := trust.Bundle{
		Name: o.Name, Domain: o.Domain, Colour: colour, Version: 1,
		Roots: [][]byte{wire.Point(&k.root.PublicKey)}, Threshold: 1,
		Keys: []trust.Key{
			key(trust.RoleIssuer, wire.Point(&k.issuer.PublicKey)),
			key(trust.RoleStatus, wire.Point(&k.status.PublicKey)),
			key(trust.RoleReport, k.report.PublicKey().Bytes()),
			key(trust.RoleLog, wire.Point(&k.log.PublicKey)),
			key(trust.RoleContent, wire.Point(&k.content.PublicKey)),
		},
		Relays:     []trust.Relay{{URL: o.Relay, KeyHash: keyHash}},
		Suites:     []uint8{trust.Suite1},
		Lines:      o.Lines,
		MinVersion: minVersion,
		Issued:     o.Now.Unix(),
		Expiry:     to,
	}
	b.BankID = trust.BankID(b.RootsHash())
	return b
}

func (o Options) expiry() time.Time { return o.Now.AddDate(0, validMonths, 0) }

// certificate makes the self-signed certificate of the TLS key. Clients pin
// the key and look at nothing else in it, so it has no end of its own (RFC
// 5280, section 4.1.2.5).
func (o Options) certificate(key *ecdsa.PrivateKey) (der []byte, keyHash [32]byte, err error) {
	host, _, err := net.SplitHostPort(strings.TrimPrefix(o.Relay, relayScheme))
	if err != nil {
		return nil, keyHash, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: o.Name},
		NotBefore:    o.Now.Add(-trust.Skew),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err = x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, keyHash, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, keyHash, err
	}
	return der, sha256.Sum256(parsed.RawSubjectPublicKeyInfo), nil
}

func (k keys) write(dir string, certificate []byte) error {
	for name, key := range map[string]*ecdsa.PrivateKey{
		rootKey: k.root, issuerKey: k.issuer, statusKey: k.status,
		logKey: k.log, contentKey: k.content, tlsKey: k.tls,
	} {
		data, err := pemOfECDSA(key)
		if err != nil {
			return err
		}
		if err := writeFile(data, dir, keyFolder, name); err != nil {
			return err
		}
	}
	report, err := pemOfHPKE(k.report)
	if err != nil {
		return err
	}
	if err := writeFile(report, dir, keyFolder, reportKey); err != nil {
		return err
	}
	seed, err := k.callout.Seed()
	if err != nil {
		return err
	}
	if err := writeFile(seed, dir, keyFolder, calloutKey); err != nil {
		return err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	return writeFile(block, dir, keyFolder, tlsCertificate)
}

func (o Options) writeAbout(dir string, rootsHash [32]byte) error {
	a := about{Format: format, Name: o.Name, RootsHash: hex.EncodeToString(rootsHash[:]), SecondFactor: secondFactorNone}
	if o.TOTP {
		a.SecondFactor = secondFactorTOTP
	}
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(a); err != nil {
		return err
	}
	return writeFile(text.Bytes(), dir, aboutFile)
}

func writeNumbered(dir, folder string, data []byte) error {
	if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
		return err
	}
	return writeFile(data, dir, folder, numbered(1))
}

// writeFile writes a file that only its owner may read, and returns once it is
// on disk.
func writeFile(data []byte, dir string, names ...string) error {
	return disk.Replace(filepath.Join(append([]string{dir}, names...)...), data)
}
