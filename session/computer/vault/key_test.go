// This file tests the private keys.

package vault

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"runtime"
	"sync"
	"testing"
)

const deviceKey = "device/ba0102030405060708090a0b0c0d0e0f"

func TestKeyComesBackAsItWasMade(t *testing.T) {
	v := New(NewMemory())
	if _, err := v.Key(t.Context(), deviceKey); !errors.Is(err, ErrNotFound) {
		t.Errorf("Key before NewKey: %v, want ErrNotFound", err)
	}
	made, err := v.NewKey(t.Context(), deviceKey)
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Key(t.Context(), deviceKey)
	if err != nil || !got.Equal(made) || got.Curve != elliptic.P256() {
		t.Errorf("Key is not the key that NewKey made: %v", err)
	}
	if err := v.DeleteKey(t.Context(), deviceKey); err != nil {
		t.Error(err)
	}
	if _, err := v.Key(t.Context(), deviceKey); !errors.Is(err, ErrNotFound) {
		t.Errorf("Key after DeleteKey: %v, want ErrNotFound", err)
	}
	if err := v.DeleteKey(t.Context(), deviceKey); err != nil {
		t.Errorf("DeleteKey of nothing: %v", err)
	}
}

func TestNewKeyNeverOverwrites(t *testing.T) {
	store := NewMemory()
	v := New(store)
	made, err := v.NewKey(t.Context(), deviceKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.NewKey(t.Context(), deviceKey); !errors.Is(err, ErrExists) {
		t.Errorf("NewKey again: %v, want ErrExists", err)
	}
	if got, err := v.Key(t.Context(), deviceKey); err != nil || !got.Equal(made) {
		t.Errorf("the key was overwritten: %v", err)
	}
	if err := store.Set(t.Context(), keyItem("damaged"), []byte("damaged")); err != nil {
		t.Fatal(err)
	}
	if _, err := v.NewKey(t.Context(), "damaged"); !errors.Is(err, ErrExists) {
		t.Errorf("NewKey over a damaged key: %v, want ErrExists", err)
	}
}

func TestNewKeyAtTheSameTimeMakesOneKey(t *testing.T) {
	v := New(yieldingStore{NewMemory()})
	const tries = 20
	errs := make(chan error, tries)
	var all sync.WaitGroup
	for range tries {
		all.Go(func() {
			_, err := v.NewKey(t.Context(), deviceKey)
			errs <- err
		})
	}
	all.Wait()
	close(errs)
	made := 0
	for err := range errs {
		if err == nil {
			made++
		} else if !errors.Is(err, ErrExists) {
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d keys were made under one name", made)
	}
}

// yieldingStore lets other goroutines run between its answer and what the
// caller does with it.
type yieldingStore struct{ Store }

func (s yieldingStore) Get(ctx context.Context, item string) ([]byte, error) {
	secret, err := s.Store.Get(ctx, item)
	for range 1000 {
		runtime.Gosched()
	}
	return secret, err
}

func TestDamagedKeyIsDamaged(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := pkcs8(t, p256)
	mixed := pkcs8(t, p256)
	mixed[len(mixed)-1] ^= 1 // the public half no longer fits the private one
	for name, data := range map[string][]byte{
		"empty":         {},
		"cut":           good[:len(good)-1],
		"trailing byte": append(pkcs8(t, p256), 0),
		"P-384":         pkcs8(t, p384),
		"Ed25519":       pkcs8(t, ed),
		"mixed halves":  mixed,
	} {
		store := NewMemory()
		if err := store.Set(t.Context(), keyItem(deviceKey), data); err != nil {
			t.Fatal(err)
		}
		if key, err := New(store).Key(t.Context(), deviceKey); !errors.Is(err, ErrDamaged) || key != nil {
			t.Errorf("%s: %v, want ErrDamaged and no key", name, err)
		}
	}
}

func pkcs8(t testing.TB, key any) []byte {
	t.Helper()
	data, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
