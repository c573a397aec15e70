//go:build goexperiment.runtimesecret && linux && (amd64 || arm64)

// This test looks through the whole memory of its process for what a finished
// handshake should have left nowhere. It is for programs built with the
// experiment of session/protocol/secret: without it, copies stay behind on the stack and
// in memory that was given back.
//
// It does not look for nC: what is signed passes through buffers that the COSE
// library keeps for reuse. Without k0 the nonce is worth nothing, and k0 is gone.

package handshake

import (
	"crypto/ecdsa"
	"runtime"
	"testing"

	"countersign/session/protocol/secret/secrettest"
)

func TestAHandshakeLeavesNoKeyInMemory(t *testing.T) {
	watched := playWatched(t, newKey(t))
	for name, n := range secrettest.Traces(t, watched...) {
		if n != 0 {
			t.Errorf("%d pieces of %s are still in memory", n, name)
		}
	}
}

// playWatched plays a handshake to its end. It is a function of its own so that
// nothing in the test's frame points to what it used.
//
//go:noinline
func playWatched(t *testing.T, device *ecdsa.PrivateKey) []secrettest.Watched {
	keys, core := newOffer(t)
	companion, envelope := start(t, core, keys, device)
	opened := open(t, core, keys, envelope, device)
	watched := []secrettest.Watched{
		secrettest.Watch("the offer's private key", secretSize, func() []byte {
			seed, err := keys.private.Bytes()
			if err != nil {
				t.Error(err)
			}
			return seed
		}),
		secrettest.Watch("nA", secretSize, func() []byte { return keys.nA[:] }),
		secrettest.Watch("k0", secretSize, func() []byte { return opened.k0 }),
	}
	body, agent := revealOf(t, opened)
	customer, err := companion.Reveal(body)
	if err != nil {
		t.Fatal(err)
	}
	watched = append(watched,
		secrettest.Watch("prk", secretSize, func() []byte { return agent.prk }),
		secrettest.Watch("the read-back's key", secretSize, func() []byte { return expand(agent.prk, labelSAS, secretSize) }),
		secrettest.Watch("the agent's channel key", secretSize, func() []byte {
			key := agent.keys("a").Key
			return key[:]
		}),
	)
	if agent.CheckConfirm(customer.Confirm()) != nil || !agent.CheckReadback(0, customer.Readback(0)) {
		t.Error("the two ends differ")
	}
	// The search is good for something: while they are needed they are found.
	traces := secrettest.Traces(t, watched...)
	if traces["prk"] == 0 || traces["the offer's private key"] == 0 {
		t.Errorf("while the call goes on: %v", traces)
	}
	runtime.KeepAlive(keys)
	opened.Erase()
	keys.Erase()
	agent.Erase()
	customer.Erase()
	return watched
}
