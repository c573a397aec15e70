// This file owns the benchmark of the verdict: everything that a companion
// checks of an offer with its staple, against the bare cryptography in it.
// `make bench` tells the two as a ratio.

package verdict_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
)

// BenchmarkVerdict lets the two take turns and reports the median of each: a
// busy machine weighs on both alike.
func BenchmarkVerdict(b *testing.B) {
	w := verdicttest.New()
	in := w.ByCode()
	keys := []*ecdsa.PrivateKey{
		w.Root,       // signs the pinned bundle,
		w.ContentKey, // the content,
		w.Issuer,     // the agent's credential;
		w.Status,     // the staple;
		w.Agent,      // the offer
	}
	digest := sha256.Sum256([]byte("the bytes that are signed"))
	signatures := make([][]byte, len(keys))
	for i, key := range keys {
		signatures[i] = must(ecdsa.SignASN1(rand.Reader, key, digest[:]))
	}
	one := must(ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{1}, 32)))
	public := in.Served.Keys.PKA
	var ours, bare []float64
	for b.Loop() {
		began := time.Now()
		if verdict.Check(in).Result != verdict.Verified {
			b.Fatal("a good offer was not verified")
		}
		checked := time.Now()
		for i, key := range keys {
			if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signatures[i]) {
				b.Fatal("a good signature was not verified")
			}
		}
		// The key that the reply will be sealed to: taken apart, and one X25519
		// with it, which is what it costs to know that something can be.
		must(hpke.MLKEM768X25519().NewPublicKey(public))
		must(one.ECDH(must(ecdh.X25519().NewPublicKey(public[len(public)-32:]))))
		bare = append(bare, float64(time.Since(checked).Nanoseconds()))
		ours = append(ours, float64(checked.Sub(began).Nanoseconds()))
	}
	slices.Sort(ours)
	slices.Sort(bare)
	b.ReportMetric(0, "ns/op") // of both together: not told
	b.ReportMetric(ours[len(ours)/2], "ours-p50-ns")
	b.ReportMetric(bare[len(bare)/2], "bare-p50-ns")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
