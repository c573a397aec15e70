// This file owns the shelf: a JetStream key-value bucket in memory, mirrored
// into this process by a watch. What this process writes is in its mirror when
// the write returns; what another instance writes arrives by the watch.
//
// Rule: a write names the revision that it replaces, so two instances never
// overwrite each other's decision.

package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/session/protocol/ending"
)

const (
	shelfBucket = "CP1_CALLS"
	// shelfLifetime only clears what a server left behind that ended in
	// between: everything on the shelf is removed, or written anew, earlier.
	shelfLifetime = 24 * time.Hour
)

// shelf is the bucket and what this process knows of its revisions.
type shelf struct {
	kv jetstream.KeyValue
	// apply takes a value into the mirror; nil means that it is gone. It is
	// called for one change at a time, in the order of revisions of a key.
	apply func(key string, value []byte)

	mu    sync.Mutex
	known map[string]mark
}

// mark is the newest revision known of a key. A key that this process removed
// stays marked until the watch confirms it: an older value still under way
// must not bring it back.
type mark struct {
	revision uint64
	gone     bool
}

func openShelf(ctx context.Context, js jetstream.JetStream, apply func(key string, value []byte)) (*shelf, error) {
	kv, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket:      shelfBucket,
		Description: "offers and calls",
		History:     1,
		TTL:         shelfLifetime,
		Storage:     jetstream.MemoryStorage,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the memory of calls: %w", err)
	}
	return &shelf{kv: kv, apply: apply, known: map[string]mark{}}, nil
}

// watch mirrors the bucket until life ends. It returns when all that the bucket
// held at the beginning is in the mirror, or when ctx ends.
func (s *shelf) watch(ctx, life context.Context) error {
	watcher, err := s.kv.WatchAll(life)
	if err != nil {
		return fmt.Errorf("watching the memory of calls: %w", err)
	}
	for {
		select {
		case entry, open := <-watcher.Updates():
			switch {
			case !open:
				return errors.New("watching the memory of calls: the watch ended")
			case entry == nil: // the end of what was there
				go func() {
					for entry := range watcher.Updates() {
						s.learn(entry)
					}
				}()
				return nil
			}
			s.learn(entry)
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("watching the memory of calls: %w", ctx.Err()), watcher.Stop())
		}
	}
}

func (s *shelf) learn(entry jetstream.KeyValueEntry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if entry.Revision() <= s.known[entry.Key()].revision {
		return
	}
	if entry.Operation() != jetstream.KeyValuePut {
		delete(s.known, entry.Key())
		s.apply(entry.Key(), nil)
		return
	}
	s.known[entry.Key()] = mark{revision: entry.Revision()}
	s.apply(entry.Key(), entry.Value())
}

// put writes a value over the revision that this process knows, or as a new
// key. Reason: busy, when another instance was faster.
func (s *shelf) put(ctx context.Context, key string, value []byte) error {
	before := s.mark(key)
	var revision uint64
	var err error
	if before.revision == 0 || before.gone {
		revision, err = s.kv.Create(ctx, key, value)
	} else {
		revision, err = s.kv.Update(ctx, key, value, before.revision)
	}
	if err != nil {
		return shelfError(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if revision > s.known[key].revision {
		s.known[key] = mark{revision: revision}
		s.apply(key, value)
	}
	return nil
}

// remove takes a key from the shelf, if nobody changed it meanwhile.
func (s *shelf) remove(ctx context.Context, key string) error {
	before := s.mark(key)
	if before.revision == 0 || before.gone {
		return nil
	}
	if err := s.kv.Purge(ctx, key, jetstream.LastRevision(before.revision)); err != nil {
		return shelfError(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[key] == before {
		s.known[key] = mark{revision: before.revision, gone: true}
		s.apply(key, nil)
	}
	return nil
}

func (s *shelf) mark(key string) mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[key]
}

func shelfError(err error) error {
	if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return ending.Because(ending.Busy, "another instance of the server changed the same call")
	}
	return fmt.Errorf("writing to the memory of calls: %w", err)
}
