// This file owns the row of the verdict: everything that a companion checks of
// an offer with its staple, against the bare cryptography in it: five signatures,
// and the key that the reply will be sealed to.

package main

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
)

// verify measures both in the time of one offer.
func (p plan) verify(context.Context) ([]row, error) {
	world := verdicttest.New()
	in := world.ByCode()
	bare, err := bareVerifies(
		world.Root,       // signs the pinned bundle,
		world.ContentKey, // the content,
		world.Issuer,     // the agent's credential;
		world.Status,     // the staple;
		world.Agent,      // the offer
	)
	if err != nil {
		return nil, err
	}
	check := func() error {
		if verdict.Check(in).Result != verdict.Verified {
			return errors.New("a good offer was not verified")
		}
		return nil
	}
	one, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		return nil, err
	}
	bareWithKey := func() error { return errors.Join(bare(), bareKey(one, in.Served.Keys.PKA)) }
	f, err := takeTurns(p.verifyPairs, medianOf(p.verifyBatch, check), medianOf(p.verifyBatch, bareWithKey))
	if err != nil {
		return nil, err
	}
	return []row{compare("verify an offer with its staple", "us", "its 5 bare P-256 verifies, and a bare KEM key", f, goal{AtMost: 1.3})}, nil
}

// bareKey takes an HPKE key apart and does one X25519 with it: what it costs to
// know that something can be sealed to it.
func bareKey(private *ecdh.PrivateKey, public []byte) error {
	if _, err := hpke.MLKEM768X25519().NewPublicKey(public); err != nil {
		return err
	}
	curve, err := ecdh.X25519().NewPublicKey(public[len(public)-32:])
	if err != nil {
		return err
	}
	_, err = private.ECDH(curve)
	return err
}

// medianOf is a batch whose figure is the median time of n, in microseconds.
func medianOf(n int, do func() error) batch {
	return func() (float64, error) {
		times, err := timeEach(n, do)
		if err != nil {
			return 0, err
		}
		return median(times), nil
	}
}

// bareVerifies returns a function that verifies one signature of each key,
// over a digest that is there already, with nothing to decode.
func bareVerifies(keys ...*ecdsa.PrivateKey) (func() error, error) {
	digest := sha256.Sum256([]byte("the bytes that are signed"))
	var signatures [][]byte
	for _, key := range keys {
		signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, signature)
	}
	return func() error {
		for i, key := range keys {
			if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signatures[i]) {
				return errors.New("a good signature was not verified")
			}
		}
		return nil
	}, nil
}
