// Fuzz targets of what a keyring or a disk may hand back: an item's text, the
// content and the header of the sealed file, a sealed file, a pin, a key.

package vault

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"reflect"
	"testing"

	"countersign/session/protocol/wire"
	"countersign/session/protocol/wire/wiretest"
)

// FuzzText: an item has one text.
func FuzzText(f *testing.F) {
	f.Add(base64.StdEncoding.EncodeToString([]byte("secret")))
	f.Add("c2Vj\ncmV0")
	f.Add("c2VjcmV1")
	f.Fuzz(func(t *testing.T, text string) {
		secret, err := decodeText(text)
		if err != nil {
			if !errors.Is(err, ErrDamaged) || secret != nil {
				t.Fatalf("%q, %v", secret, err)
			}
			return
		}
		if len(text) > maxText || base64.StdEncoding.EncodeToString(secret) != text {
			t.Fatalf("%q is another text of %q", text, secret)
		}
	})
}

// FuzzSealedFile: what was not sealed by this passphrase does not open, and no
// header makes the program work longer than it allows.
func FuzzSealedFile(f *testing.F) {
	s := &fileStore{passphrase: "a passphrase", work: 1}
	sealed, err := s.seal(encodeItems(map[string][]byte{"seal": make([]byte, sealKeySize)}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add(bytes.Replace(sealed, []byte(" 1\n"), []byte(" 18\n"), 1))
	f.Add(sealed[:len(sealed)-1])
	f.Fuzz(func(t *testing.T, sealed []byte) {
		plain, err := s.open(sealed)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrWrongPassphrase) {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		if items, err := decodeItems(plain); err != nil || len(items) != 1 || len(items["seal"]) != sealKeySize {
			t.Fatalf("nobody sealed %x: %v", plain, err)
		}
	})
}

// FuzzItems: the content of the sealed file has one encoding.
func FuzzItems(f *testing.F) {
	f.Add(encodeItems(map[string][]byte{}))
	f.Add(encodeItems(map[string][]byte{"pin/00": {1, 2}, "seal": make([]byte, 32)}))
	f.Add([]byte{0xa2, 1, 1, 2, 0xa2, 0x61, 'a', 0x40, 0x61, 'a', 0x40})
	f.Fuzz(func(t *testing.T, data []byte) {
		items, err := decodeItems(data)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("%v is not ErrDamaged", err)
			}
			return
		}
		if len(items) > maxItems || !bytes.Equal(encodeItems(items), data) {
			t.Fatal("content with two encodings")
		}
		for item, secret := range items {
			if checkSecret(item, secret) != nil {
				t.Fatalf("the item %q", item)
			}
		}
	})
}

// FuzzOpen: a sealed file of other hands is damaged.
func FuzzOpen(f *testing.F) {
	v := New(NewMemory())
	sealed, err := v.Seal(f.Context(), label, []byte("plain"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed[:len(sealed)-1])
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1}, sealOverhead))
	f.Fuzz(func(t *testing.T, data []byte) {
		plain, err := v.Open(t.Context(), label, data)
		if !errors.Is(err, ErrDamaged) || plain != nil {
			t.Fatalf("Open = %q, %v, want ErrDamaged: nobody sealed this", plain, err)
		}
	})
}

// FuzzPin: a pin that is read keeps every rule and has one encoding.
func FuzzPin(f *testing.F) {
	f.Add(encodePin(testPin()))
	small := testPin()
	small.Roots, small.Threshold, small.Version = small.Roots[:1], 1, 1<<63
	f.Add(encodePin(small))
	f.Add([]byte{0xa1, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		var s storedPin
		if wire.Unmarshal(data, maxPin, &s) == nil && len(data) > 8 { // no fuzzer finds the sum
			sum := s.sum()
			data = append(bytes.Clone(data[:len(data)-8]), sum[:]...)
		}
		pin, err := decodePin(testBank, data)
		if err != nil {
			if !errors.Is(err, ErrDamaged) || !reflect.DeepEqual(pin, Pin{}) {
				t.Fatalf("%+v, %v, want ErrDamaged and no pin", pin, err)
			}
			return
		}
		if pin.check() != nil || pin.BankID != testBank || !bytes.Equal(encodePin(pin), data) {
			t.Fatalf("accepted %x", data)
		}
	})
}

// FuzzKey: a private key has one encoding, and its curve is P-256.
func FuzzKey(f *testing.F) {
	data, err := x509.MarshalPKCS8PrivateKey(wiretest.Key(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := decodeKey(data)
		if err != nil {
			if !errors.Is(err, ErrDamaged) || key != nil {
				t.Fatalf("%v, want ErrDamaged and no key", err)
			}
			return
		}
		if again, err := x509.MarshalPKCS8PrivateKey(key); err != nil || key.Curve != elliptic.P256() || !bytes.Equal(again, data) {
			t.Fatalf("accepted a key of another curve or encoding: %v", err)
		}
	})
}
