// This file owns the program's own private keys: P-256, kept as PKCS #8 (RFC
// 5958). Rules: a key is read from the store at every use, never remembered;
// a key is never overwritten.

package vault

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
)

// Key returns the private key that NewKey stored under name, for example
// "device/" or "agent/" followed by the bank's id in hex. It asks the store
// every time. Errors: ErrNotFound, ErrDamaged, ErrBadName and those of the
// store.
func (v *Vault) Key(ctx context.Context, name string) (*ecdsa.PrivateKey, error) {
	data, err := v.store.Get(ctx, keyItem(name))
	if err != nil {
		return nil, err
	}
	defer clear(data)
	return decodeKey(data)
}

// NewKey makes a P-256 key, stores it under name and returns it. It returns
// ErrExists when anything is stored there: a key is deleted before another
// takes its name.
func (v *Vault) NewKey(ctx context.Context, name string) (*ecdsa.PrivateKey, error) {
	v.newKeys.Lock()
	defer v.newKeys.Unlock()
	_, err := v.store.Get(ctx, keyItem(name))
	if err == nil {
		return nil, ErrExists
	}
	if !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	data, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	if err := v.store.Set(ctx, keyItem(name), data); err != nil {
		return nil, err
	}
	return key, nil
}

// DeleteKey removes the key. It returns nil when there is none.
func (v *Vault) DeleteKey(ctx context.Context, name string) error {
	return v.store.Delete(ctx, keyItem(name))
}

func keyItem(name string) string {
	return "key/" + name
}

// decodeKey accepts the one encoding that NewKey writes.
func decodeKey(data []byte) (*ecdsa.PrivateKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(data)
	key, isECDSA := parsed.(*ecdsa.PrivateKey)
	if err != nil || !isECDSA || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w: not a P-256 private key", ErrDamaged)
	}
	again, err := x509.MarshalPKCS8PrivateKey(key)
	defer clear(again)
	if err != nil || !bytes.Equal(again, data) {
		return nil, fmt.Errorf("%w: not the private key that was written", ErrDamaged)
	}
	return key, nil
}
