// This file tests the shelf with two instances on one bucket, as on a cluster.

package server

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/session/protocol/ending"
)

// mirror is what one instance sees.
type mirror struct {
	*shelf
	mu      sync.Mutex
	values  map[string]string
	changed chan struct{}
}

func newMirror(w *world) *mirror {
	w.Helper()
	m := newBlindMirror(w)
	w.must(m.watch(w.Context(), w.Context()))
	return m
}

// newBlindMirror is an instance whose watch does not run.
func newBlindMirror(w *world) *mirror {
	w.Helper()
	js, err := jetstream.New(w.server.services.store)
	w.must(err)
	m := &mirror{values: map[string]string{}, changed: make(chan struct{}, 1000)}
	m.shelf, err = openShelf(w.Context(), js, func(key string, value []byte) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if value == nil {
			delete(m.values, key)
		} else {
			m.values[key] = string(value)
		}
		m.changed <- struct{}{}
	})
	w.must(err)
	return m
}

func (m *mirror) get(key string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[key]
}

// becomes waits until the watch has brought a value.
func (m *mirror) becomes(t *testing.T, key, value string) {
	t.Helper()
	for deadline := time.After(patience); m.get(key) != value; {
		select {
		case <-m.changed:
		case <-deadline:
			t.Fatalf("%s is %q, want %q", key, m.get(key), value)
		}
	}
}

func TestTwoInstancesShareTheShelf(t *testing.T) {
	w := newWorld(t, generous())
	here, there := newMirror(w), newMirror(w)
	put := func(m *mirror, value string, want ending.Reason) {
		t.Helper()
		if err := m.put(w.Context(), "agent.9", []byte(value)); ending.Of(err, "") != want {
			t.Fatalf("put %s: %v, want %q", value, err, want)
		}
	}
	put(here, "one", "")
	if here.get("agent.9") != "one" {
		t.Error("what was written is not in the own mirror at once")
	}
	there.becomes(t, "agent.9", "one")
	put(there, "two", "")
	here.becomes(t, "agent.9", "two")

	// A decision on what is no longer so is refused.
	stale := here.mark("agent.9")
	put(there, "three", "")
	here.becomes(t, "agent.9", "three")
	here.shelf.mu.Lock()
	here.known["agent.9"] = stale
	here.shelf.mu.Unlock()
	put(here, "lost", ending.Busy)
	if err := here.remove(w.Context(), "agent.9"); err == nil {
		t.Error("removed what another instance has changed")
	}

	w.must(there.remove(w.Context(), "agent.9"))
	if there.get("agent.9") != "" {
		t.Error("what was removed is still in the own mirror")
	}
	here.becomes(t, "agent.9", "")
	for range 20 { // removed and written again, faster than the watch
		put(there, "again", "")
		w.must(there.remove(w.Context(), "agent.9"))
	}
	put(there, "last", "")
	here.becomes(t, "agent.9", "last")
	there.becomes(t, "agent.9", "last")
}

func TestALateInstanceLearnsWhatIsThere(t *testing.T) {
	w := newWorld(t, generous())
	here := newMirror(w)
	w.must(here.put(w.Context(), "agent.9", []byte("before")))
	if late := newMirror(w); late.get("agent.9") != "before" {
		t.Error("a new instance begins without what the others know")
	}
}

// late is an entry that the watch brings after this process went on.
type late struct {
	jetstream.KeyValueEntry
	revision uint64
}

func (late) Key() string                     { return "agent.9" }
func (late) Value() []byte                   { return []byte("old") }
func (late) Operation() jetstream.KeyValueOp { return jetstream.KeyValuePut }
func (l late) Revision() uint64              { return l.revision }

func TestTheWatchDoesNotTurnBackTime(t *testing.T) {
	w := newWorld(t, generous())
	m := newBlindMirror(w)
	w.must(m.put(w.Context(), "agent.9", []byte("new")))
	old := late{revision: m.mark("agent.9").revision}
	m.learn(old)
	if m.get("agent.9") != "new" {
		t.Error("an older value replaced a newer one")
	}
	w.must(m.remove(w.Context(), "agent.9"))
	m.learn(old)
	if m.get("agent.9") != "" {
		t.Error("an older value came back after its key was removed")
	}
}

// silent is a bucket whose watch brings nothing, not even that it has begun.
type silent struct {
	jetstream.KeyValue
	stopped chan struct{}
}

func (s silent) WatchAll(context.Context, ...jetstream.WatchOpt) (jetstream.KeyWatcher, error) {
	return s, nil
}
func (silent) Updates() <-chan jetstream.KeyValueEntry { return nil }
func (s silent) Stop() error                           { close(s.stopped); return nil }

func TestNobodyWaitsForASilentStoreLongerThanTheContext(t *testing.T) {
	bucket := silent{stopped: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- (&shelf{kv: bucket}).watch(ctx, t.Context()) }()
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
	case <-time.After(patience):
		t.Fatal("the start goes on waiting")
	}
	<-bucket.stopped
}
