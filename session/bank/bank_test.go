// This file tests how a bank begins and what Load refuses.

package bank

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

func exampleOptions() Options {
	return Options{
		Name: "Example Bank", Relay: "tls://127.0.0.1:4222", Lines: []string{"+48221112233"}, Domain: "examplebank.com",
		Now: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC),
	}
}

func newBank(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bank")
	if err := Init(dir, exampleOptions()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func load(t *testing.T, dir string) *Bank {
	t.Helper()
	b, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNewBankSaysWhatItWasTold(t *testing.T) {
	o := exampleOptions()
	b := load(t, newBank(t))
	switch {
	case b.Bundle.Name != o.Name, b.Bundle.Domain != o.Domain, b.Bundle.Relays[0].URL != o.Relay, !b.Bundle.HasLine(o.Lines[0]):
		t.Errorf("bundle %+v", b.Bundle)
	case b.Bundle.Relays[0].KeyHash != b.KeyHash, b.RelayAddress() != "127.0.0.1:4222":
		t.Error("the relay is another one")
	case b.TOTP, b.Bundle.Version != 1, b.ContentVersion != 1:
		t.Error("version or second factor")
	case b.Bundle.Expired(o.Now.AddDate(0, validMonths, 0)), !b.Bundle.Expired(o.Now.AddDate(0, validMonths, 1)):
		t.Error("expiry")
	}
	content, err := b.Bundle.Content(b.Content)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range trust.Purposes() {
		english, polish := content.Sentence(p, "en"), content.Sentence(p, "pl")
		if english == "" || polish == "" || english == polish {
			t.Errorf("purpose %s: %q, %q", p, english, polish)
		}
	}
	if len(content.NeverAsk["en"]) == 0 || len(content.NeverAsk["en"]) != len(content.NeverAsk["pl"]) {
		t.Error("what the bank never asks")
	}
}

func TestNewBankCanSign(t *testing.T) {
	b := load(t, newBank(t))
	staple, err := trust.SignStaple(trust.Staple{Status: wire.KeyID(wire.Point(&b.StatusAt(time.Now()).PublicKey)), IssuedAt: exampleOptions().Now.Unix()}, b.StatusAt(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Bundle.Staple(staple); err != nil {
		t.Error(err)
	}
}

func TestOnlyTheOwnerCanReadABank(t *testing.T) {
	dir := newBank(t)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestInitRefusesAFolderThatIsNotEmpty(t *testing.T) {
	dir := newBank(t)
	before, err := os.ReadFile(filepath.Join(dir, keyFolder, rootKey))
	if err != nil {
		t.Fatal(err)
	}
	if err := Init(dir, exampleOptions()); err == nil {
		t.Error("a bank was made over another")
	}
	after, err := os.ReadFile(filepath.Join(dir, keyFolder, rootKey))
	if err != nil || !bytes.Equal(before, after) {
		t.Error("the first bank's root key has changed")
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "notes.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Init(other, exampleOptions()); err == nil {
		t.Error("a bank was made among somebody's files")
	}
}

func TestInitTakesAnEmptyFolderAndClosesIt(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Init(dir, exampleOptions()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestInitThatFailsLeavesNothing(t *testing.T) {
	o := exampleOptions()
	o.Domain = "not a domain" // found only when the bundle is checked
	dir := t.TempDir()
	if err := Init(dir, o); err == nil {
		t.Fatal("a bank that its clients would refuse was made")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestInitTakesAwayWhatWasCutOff: only what an Init has left that never came to
// its end, and never a bank.
func TestInitTakesAwayWhatWasCutOff(t *testing.T) {
	for begun, mayGo := range map[string]bool{
		".unfinished": true, ".unfinished/keys keys": true, ".unfinished keys bundles content": true,
		"keys": false, ".unfinished keys store": false, ".unfinished keys bundles content bank.json": false,
	} {
		dir := t.TempDir()
		for _, part := range strings.Fields(begun) {
			if err := os.MkdirAll(filepath.Join(dir, part), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := Init(dir, exampleOptions()); (err == nil) != mayGo {
			t.Errorf("over %s: %v", begun, err)
		}
		if _, err := Load(dir); (err == nil) != mayGo {
			t.Errorf("over %s: %v", begun, err)
		}
		if _, err := os.Stat(filepath.Join(dir, strings.Fields(begun)[0])); !mayGo && err != nil {
			t.Errorf("over %s: it is gone: %v", begun, err)
		}
	}
}

func TestInitRefusesWrongOptions(t *testing.T) {
	for name, spoil := range map[string]func(*Options){
		"no name":         func(o *Options) { o.Name = "" },
		"name":            func(o *Options) { o.Name = "Bank\u202e" },
		"no lines":        func(o *Options) { o.Lines = nil },
		"line":            func(o *Options) { o.Lines = []string{"112233"} },
		"relay scheme":    func(o *Options) { o.Relay = "nats://127.0.0.1:4222" },
		"relay port":      func(o *Options) { o.Relay = "tls://127.0.0.1" },
		"relay port 0":    func(o *Options) { o.Relay = "tls://127.0.0.1:0" },
		"relay port high": func(o *Options) { o.Relay = "tls://127.0.0.1:65536" },
		"relay host":      func(o *Options) { o.Relay = "tls://:4222" },
		"relay path":      func(o *Options) { o.Relay = "tls://host/x:4222" },
	} {
		o := exampleOptions()
		spoil(&o)
		if err := Init(filepath.Join(t.TempDir(), "bank"), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestLoadRefusesWhatOthersMayRead(t *testing.T) {
	dir := newBank(t)
	if err := os.Chmod(filepath.Join(dir, keyFolder, issuerKey), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil {
		t.Error("a key that a group may read was used")
	}
}

func TestLoadRefusesWhatDoesNotFit(t *testing.T) {
	other := newBank(t)
	for _, name := range []string{
		filepath.Join(bundleFolder, "1.cbor"), filepath.Join(contentFolder, "1.cbor"),
		filepath.Join(keyFolder, issuerKey), filepath.Join(keyFolder, statusKey), filepath.Join(keyFolder, reportKey),
		filepath.Join(keyFolder, tlsKey), filepath.Join(keyFolder, tlsCertificate), filepath.Join(keyFolder, calloutKey), aboutFile,
	} {
		t.Run("another bank's "+filepath.Base(name), func(t *testing.T) {
			if filepath.Base(name) == calloutKey {
				return // it speaks to this bank's own server only: nothing signed names it
			}
			dir := newBank(t)
			data, err := os.ReadFile(filepath.Join(other, name))
			if err != nil {
				t.Fatal(err)
			}
			refuses(t, dir, name, data)
		})
		t.Run("damaged "+filepath.Base(name), func(t *testing.T) { refuses(t, newBank(t), name, []byte("{}")) })
		t.Run("large "+filepath.Base(name), func(t *testing.T) { refuses(t, newBank(t), name, make([]byte, maxFile+1)) })
		t.Run("no "+filepath.Base(name), func(t *testing.T) {
			dir := newBank(t)
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(dir); err == nil {
				t.Error("loaded")
			}
		})
	}
}

func refuses(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil {
		t.Error("loaded")
	}
}

func TestServerDoesNotNeedTheRootKey(t *testing.T) {
	dir := newBank(t)
	if err := os.Remove(filepath.Join(dir, filepath.FromSlash(RootKeyFile))); err != nil {
		t.Fatal(err)
	}
	load(t, dir)
}

func TestNewsFollowsTheClientsOwnChain(t *testing.T) {
	dir := newBank(t)
	first := load(t, dir)
	second := addBundle(t, dir, first)
	b := load(t, dir)
	if b.Bundle.Version != 2 || b.Bundle.Hash() == first.Bundle.Hash() {
		t.Fatal("bundle 2 was not loaded")
	}
	for name, c := range map[string]struct {
		version uint64
		hash    [32]byte
		content uint64
		bundles int
		words   bool
	}{
		"new client":          {0, [32]byte{}, 0, 0, true},
		"one behind":          {1, first.Bundle.Hash(), 1, 1, false},
		"another version 1":   {1, [32]byte{1}, 1, 0, false},
		"up to date":          {2, b.Bundle.Hash(), 1, 0, false},
		"another version 2":   {2, first.Bundle.Hash(), 1, 0, false},
		"ahead of the server": {3, b.Bundle.Hash(), 2, 0, false},
	} {
		news := b.News(c.version, c.hash, c.content)
		if len(news.Bundles) != c.bundles || (len(news.Content) > 0) != c.words {
			t.Errorf("%s: %d bundles, content %t", name, len(news.Bundles), len(news.Content) > 0)
		}
		if news.BundleVersion != 2 || news.BundleHash != b.Bundle.Hash() {
			t.Errorf("%s: the newest bundle is not named", name)
		}
		if c.bundles == 1 && !bytes.Equal(news.Bundles[0], second) {
			t.Errorf("%s: the wrong bundle", name)
		}
	}
}

// addBundle signs version 2 of a bank's bundle with its root.
func addBundle(t *testing.T, dir string, b *Bank) []byte {
	t.Helper()
	root, err := readECDSA(dir, rootKey)
	if err != nil {
		t.Fatal(err)
	}
	next, previous := *b.Bundle, b.Bundle.Hash()
	next.Version, next.Previous = 2, previous[:]
	signed, err := trust.SignBundle(next, root)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeFile(signed, dir, bundleFolder, numbered(2)); err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestLockIsForOneAtATime(t *testing.T) {
	dir := newBank(t)
	release, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("got %v while another holds the lock", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}
