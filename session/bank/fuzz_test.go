// Fuzz targets of the bank's folder: bank.json and the private keys. Whoever
// restores a folder from a backup may hand us anything.

package bank

import (
	"bytes"
	"crypto/elliptic"
	"crypto/hpke"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
	"countersign/session/protocol/wire/wiretest"
)

// inFolder writes a file of a bank's folder as only its owner may read it.
func inFolder(t testing.TB, dir string, data []byte, path ...string) {
	t.Helper()
	whole := filepath.Join(append([]string{dir}, path...)...)
	if err := os.MkdirAll(filepath.Dir(whole), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(whole, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// FuzzAbout: a folder that is taken has a format and a second factor that this
// program knows, and its hash of the roots has its length.
func FuzzAbout(f *testing.F) {
	f.Add([]byte(`{"format": 1, "name": "Example Bank", "roots_hash": "` + strings.Repeat("ab", 32) + `", "second_factor": "totp"}`))
	f.Add([]byte(`{"format": 2}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		inFolder(t, dir, data, aboutFile)
		a, err := readAbout(dir)
		if err != nil {
			return
		}
		if a.Format != format || a.SecondFactor != secondFactorNone && a.SecondFactor != secondFactorTOTP {
			t.Errorf("taken as %+v", a)
		}
		if hash, err := a.rootsHash(); err == nil && len(a.RootsHash) != 2*len(hash) {
			t.Errorf("%q is the hash %x", a.RootsHash, hash)
		}
	})
}

// FuzzKeys: what is taken as a private key is one of the right kind, and what
// is not taken is not repeated by the error.
func FuzzKeys(f *testing.F) {
	signing, err := pemOfECDSA(wiretest.Key(1))
	if err != nil {
		f.Fatal(err)
	}
	private, err := hpke.MLKEM768X25519().NewPrivateKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		f.Fatal(err)
	}
	sealing, err := pemOfHPKE(private)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signing)
	f.Add(sealing)
	f.Add(append(bytes.Clone(signing), sealing...))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		inFolder(t, dir, data, keyFolder, issuerKey)
		key, err := readECDSA(dir, issuerKey)
		if err == nil && (key.Curve != elliptic.P256() || len(wire.Point(&key.PublicKey)) != wire.PointSize) {
			t.Error("taken as a key of another curve")
		}
		_, hpkeErr := readHPKE(dir, issuerKey)
		if err == nil && hpkeErr == nil {
			t.Error("one file is two kinds of key")
		}
		for _, e := range []error{err, hpkeErr} {
			if e != nil && len(data) > 40 && strings.Contains(e.Error(), string(data[20:40])) {
				t.Errorf("the error repeats the file: %v", e)
			}
		}
	})
}

// FuzzSignBy: a root key signs the one encoding of a bundle that lists it, and
// nothing else.
func FuzzSignBy(f *testing.F) {
	root, err := pemOfECDSA(wiretest.Key(1))
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	inFolder(f, dir, root, "root.pem")
	draft := trust.Bundle{Name: "Example Bank", Version: 2, Roots: [][]byte{wire.Point(&wiretest.Key(1).PublicKey)}, Threshold: 1}
	f.Add(wire.Marshal(draft))
	draft.Roots[0] = wire.Point(&wiretest.Key(2).PublicKey)
	f.Add(wire.Marshal(draft))
	f.Fuzz(func(t *testing.T, data []byte) {
		signed, err := SignBy(filepath.Join(dir, "root.pem"), data)
		var b trust.Bundle
		readable := wire.Unmarshal(data, wire.MaxBundle, &b) == nil
		if (err == nil) != (readable && slices.ContainsFunc(b.Roots, func(r []byte) bool { return bytes.Equal(r, wire.Point(&wiretest.Key(1).PublicKey)) })) {
			t.Fatalf("%x: %v", data, err)
		}
		if err == nil && !bytes.Contains(signed, data) {
			t.Error("something else was signed")
		}
	})
}
