//go:build goexperiment.runtimesecret && linux && (amd64 || arm64)

// This test looks through the whole memory of its process for the keys of a
// channel that nobody uses any more. It is for programs built with the
// experiment of session/protocol/secret.

package channel

import (
	"runtime"
	"testing"

	"countersign/session/protocol/handshake"
	"countersign/session/protocol/secret/secrettest"
)

func TestAChannelLeavesNoKeyInMemory(t *testing.T) {
	watched := talkWatched(t)
	for name, n := range secrettest.Traces(t, watched...) {
		if n != 0 {
			t.Errorf("%d pieces of %s are still in memory", n, name)
		}
	}
}

// talkWatched plays a channel to its end. It is a function of its own so that
// nothing in the test's frame points to what it used.
//
//go:noinline
func talkWatched(t *testing.T) []secrettest.Watched {
	shared := newSecrets(t)
	from, to := newEnd(t, shared, callID, 0, FromAgent), newEnd(t, shared, callID, 0, FromCompanion)
	keys := func() (fromAgent, fromCompanion handshake.Keys) {
		fromAgent, fromCompanion, err := shared.Channel()
		if err != nil {
			t.Error(err)
		}
		return fromAgent, fromCompanion
	}
	watched := []secrettest.Watched{
		secrettest.Watch("the agent's key", 32, func() []byte { k, _ := keys(); return k.Key[:] }),
		secrettest.Watch("the companion's key", 32, func() []byte { _, k := keys(); return k.Key[:] }),
	}
	if _, _, err := to.Open(seal(t, from, Text, "hello")); err != nil {
		t.Fatal(err)
	}
	shared.Erase()
	// The search is good for something: while they are needed they are found.
	for name, n := range secrettest.Traces(t, watched...) {
		if n == 0 {
			t.Errorf("%s is not found while the channel is open", name)
		}
	}
	runtime.KeepAlive(from)
	runtime.KeepAlive(to)
	return watched
}
