// Tests of the signatures: they hold for one label, one key, one payload and
// one form, and for nothing else.

package wire

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"countersign/session/protocol/wire/wiretest"
)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB, label string, key *ecdsa.PrivateKey, payload []byte) []byte {
	t.Helper()
	signed, err := Sign(label, key, payload)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func labels() []string {
	return []string{
		LabelBundle, LabelContent, LabelCredential, LabelDevice, LabelStatus, LabelOffer, LabelFrame,
		LabelConnect, LabelReply, LabelDecline, LabelReport, LabelTicket, LabelPossession, LabelEnrol,
	}
}

func TestASignatureHoldsUnderItsLabelOnly(t *testing.T) {
	key := newKey(t)
	for _, signedAs := range labels() {
		object := sign(t, signedAs, key, []byte("payload"))
		for _, openedAs := range labels() {
			payload, err := Verify(openedAs, &key.PublicKey, object, MaxObject)
			if signedAs == openedAs && (err != nil || string(payload) != "payload") {
				t.Errorf("%s: own label refused: %v", signedAs, err)
			}
			if signedAs != openedAs && !errors.Is(err, ErrSignature) {
				t.Errorf("%s opened as %s: got %v, want ErrSignature", signedAs, openedAs, err)
			}
		}
	}
}

func TestASignatureHoldsForItsKeyOnly(t *testing.T) {
	object := sign(t, LabelOffer, newKey(t), []byte("payload"))
	if _, err := Verify(LabelOffer, &newKey(t).PublicKey, object, MaxObject); !errors.Is(err, ErrSignature) {
		t.Errorf("got %v, want ErrSignature", err)
	}
}

func TestNoChangedByteIsAccepted(t *testing.T) {
	key := newKey(t)
	object := sign(t, LabelOffer, key, []byte("some payload of an offer"))
	rapid.Check(t, func(t *rapid.T) {
		changed := bytes.Clone(object)
		changed[rapid.IntRange(0, len(changed)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "with"))
		if _, err := Verify(LabelOffer, &key.PublicKey, changed, MaxObject); err == nil {
			t.Fatalf("accepted %x", changed)
		}
	})
}

func TestOnlyOneFormOfASignedObjectIsAccepted(t *testing.T) {
	key := newKey(t)
	good := sign(t, LabelOffer, key, []byte("p")) // 84 43a10126 a0 4170 5840...
	if !bytes.HasPrefix(good, []byte{0x84, 0x43, 0xa1, 0x01, 0x26, 0xa0, 0x41, 'p', 0x58, 0x40}) {
		t.Fatalf("unexpected form: %x", good[:10])
	}
	tail := good[6:]
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for name, object := range map[string][]byte{
		"tagged as COSE_Sign1":             join([]byte{0xd2}, good),
		"trailing byte":                    join(good, []byte{0}),
		"array header in a long form":      join([]byte{0x98, 0x04}, good[1:]),
		"algorithm in a long form":         join([]byte{0x84, 0x44, 0xa1, 0x01, 0x38, 0x06, 0xa0}, tail),
		"protected length in a long form":  join([]byte{0x84, 0x58, 0x03, 0xa1, 0x01, 0x26, 0xa0}, tail),
		"protected map in a long form":     join([]byte{0x84, 0x44, 0xb8, 0x01, 0x01, 0x26, 0xa0}, tail),
		"unprotected map in a long form":   join([]byte{0x84, 0x43, 0xa1, 0x01, 0x26, 0xb8, 0x00}, tail),
		"unprotected of indefinite length": join([]byte{0x84, 0x43, 0xa1, 0x01, 0x26, 0xbf, 0xff}, tail),
		"unprotected header":               join([]byte{0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x41, 0x31}, tail),
		"payload in a long form":           join([]byte{0x84, 0x43, 0xa1, 0x01, 0x26, 0xa0, 0x58, 0x01, 'p'}, good[8:]),
		"no algorithm":                     join([]byte{0x84, 0x40, 0xa0}, tail),
		"ES384":                            join([]byte{0x84, 0x44, 0xa1, 0x01, 0x38, 0x22, 0xa0}, tail),
		"second protected header":          join([]byte{0x84, 0x46, 0xa2, 0x01, 0x26, 0x04, 0x41, 0x31, 0xa0}, tail),
		"null payload":                     join([]byte{0x84, 0x43, 0xa1, 0x01, 0x26, 0xa0, 0xf6}, good[8:]),
		"no signature":                     join(good[:8], []byte{0x40}),
		"signature of another size":        join(good[:8], []byte{0x58, 0x3f}, good[10:73]),
		"nothing":                          {},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Verify(LabelOffer, &key.PublicKey, object, MaxObject); !errors.Is(err, ErrMalformed) {
				t.Errorf("Verify: got %v, want ErrMalformed", err)
			}
			if _, err := Payload(object, MaxObject); !errors.Is(err, ErrMalformed) {
				t.Errorf("Payload: got %v, want ErrMalformed", err)
			}
		})
	}
}

func TestSignedObjectsHaveASizeLimit(t *testing.T) {
	key := newKey(t)
	object := sign(t, LabelOffer, key, make([]byte, 100))
	if _, err := Verify(LabelOffer, &key.PublicKey, object, len(object)); err != nil {
		t.Errorf("object of exactly the limit: %v", err)
	}
	if _, err := Verify(LabelOffer, &key.PublicKey, object, len(object)-1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Verify: got %v, want ErrTooLarge", err)
	}
	if _, err := Payload(object, len(object)-1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Payload: got %v, want ErrTooLarge", err)
	}
}

func TestDetachedSignatures(t *testing.T) {
	key := newKey(t)
	signature, err := SignDetached(LabelBundle, key, []byte("payload"))
	if err != nil {
		t.Fatal(err)
	}
	if err := VerifyDetached(LabelBundle, &key.PublicKey, signature, []byte("payload")); err != nil {
		t.Errorf("own signature: %v", err)
	}
	if err := VerifyDetached(LabelBundle, &key.PublicKey, signature, []byte("Payload")); !errors.Is(err, ErrSignature) {
		t.Errorf("another payload: got %v, want ErrSignature", err)
	}
	if err := VerifyDetached(LabelContent, &key.PublicKey, signature, []byte("payload")); !errors.Is(err, ErrSignature) {
		t.Errorf("another label: got %v, want ErrSignature", err)
	}
	if _, err := Verify(LabelBundle, &key.PublicKey, signature, MaxObject); !errors.Is(err, ErrMalformed) {
		t.Errorf("detached as attached: got %v, want ErrMalformed", err)
	}
	attached := sign(t, LabelBundle, key, []byte("payload"))
	if err := VerifyDetached(LabelBundle, &key.PublicKey, attached, []byte("payload")); !errors.Is(err, ErrMalformed) {
		t.Errorf("attached as detached: got %v, want ErrMalformed", err)
	}
}

func TestOnlyP256Signs(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	object, err := Sign(LabelOffer, key, []byte("payload"))
	if err == nil {
		t.Errorf("a P-384 key signed: %x", object)
	}
}

func TestPoints(t *testing.T) {
	key := newKey(t)
	point := Point(&key.PublicKey)
	if len(point) != PointSize {
		t.Fatalf("a point has %d bytes", len(point))
	}
	again, err := ParsePoint(point)
	if err != nil || !again.Equal(&key.PublicKey) {
		t.Errorf("round trip: %v", err)
	}
	offCurve := bytes.Repeat([]byte{0xff}, PointSize)
	offCurve[0] = 2
	for name, bad := range map[string][]byte{
		"nothing":      nil,
		"short":        point[:32],
		"long":         append(bytes.Clone(point), 0),
		"uncompressed": append([]byte{4}, make([]byte, 64)...),
		"off curve":    offCurve,
		"infinity":     {0},
	} {
		if _, err := ParsePoint(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", name, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	key := wiretest.Key(1)
	f.Add(sign(f, LabelOffer, key, []byte("payload")))
	f.Add([]byte{0x84, 0x43, 0xa1, 0x01, 0x26, 0xa0, 0x41, 'p', 0x40})
	f.Fuzz(func(t *testing.T, object []byte) {
		payload, err := Payload(object, MaxObject)
		if err != nil && (payload != nil || !named(err)) {
			t.Fatalf("%x and %v", payload, err)
		}
		verified, verifyErr := Verify(LabelOffer, &key.PublicKey, object, MaxObject)
		switch {
		case verifyErr == nil && (err != nil || !bytes.Equal(verified, payload)):
			t.Fatal("Verify and Payload disagree")
		case verifyErr != nil && !named(verifyErr):
			t.Fatalf("an error without a name: %v", verifyErr)
		case err == nil:
			if again, signature, err := Split(object, MaxObject); err != nil || !bytes.Equal(Join(again, signature), object) {
				t.Fatal("taken apart and put together it is another object")
			}
		}
	})
}

func FuzzVerifyDetached(f *testing.F) {
	key := wiretest.Key(1)
	signature, err := SignDetached(LabelBundle, key, []byte("payload"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signature, []byte("payload"))
	f.Add(sign(f, LabelBundle, key, []byte("payload")), []byte{})
	f.Fuzz(func(t *testing.T, signature, payload []byte) {
		err := VerifyDetached(LabelBundle, &key.PublicKey, signature, payload)
		if err == nil && string(payload) != "payload" {
			t.Fatalf("nobody signed %x", payload)
		}
		if err != nil && !named(err) {
			t.Fatalf("an error without a name: %v", err)
		}
	})
}

// named reports whether an error is one of those that this package promises.
func named(err error) bool {
	return errors.Is(err, ErrTooLarge) || errors.Is(err, ErrMalformed) || errors.Is(err, ErrSignature)
}

func FuzzParsePoint(f *testing.F) {
	f.Add(Point(&wiretest.Key(1).PublicKey))
	f.Add([]byte{2})
	f.Fuzz(func(t *testing.T, point []byte) {
		if key, err := ParsePoint(point); err == nil && !bytes.Equal(Point(key), point) {
			t.Errorf("two encodings of one point: %x", point)
		}
	})
}
