// This file owns the fixed keys of fuzz targets.

// Package wiretest owns the signing keys that fuzz targets stand on: the same
// ones in every process and on every day, so that a signed seed, an input that
// was kept, and the workers of one fuzzing run all fit together.
//
// It must not know any object of CP1, and no program may ever use it: everybody
// knows these keys.
package wiretest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
)

// Key returns the P-256 key whose private scalar is number, which is not 0.
func Key(number byte) *ecdsa.PrivateKey {
	scalar := make([]byte, 32)
	scalar[31] = number
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		panic("wiretest: a key's number is 1 to 255")
	}
	return key
}
