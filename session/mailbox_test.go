// These tests hold the queue of a call to its bounds.

package session

import (
	"testing"

	"countersign/session/protocol/call"
	"countersign/session/protocol/relay"
)

// TestAFloodOfPushesDoesNotFillMemory: what people do and what the program does
// itself still gets through.
func TestAFloodOfPushesDoesNotFillMemory(t *testing.T) {
	m := newMailbox()
	for range 2 {
		for range 100 * maxPushes {
			m.put(pushed(relay.Push{Kind: relay.KindRecord}))
		}
		m.put(call.End{})
		pushes := 0
		waiting := m.take()
		for _, h := range waiting {
			if _, is := h.(pushed); is {
				pushes++
			}
		}
		if pushes != maxPushes || len(waiting) != maxPushes+1 {
			t.Errorf("%d things wait, %d of them pushes; want %d pushes and the wish to end", len(waiting), pushes, maxPushes)
		}
	}
}
