// This file owns the store and its buckets.

// Package storetest owns a store in memory that answers as JetStream's key-value
// buckets do: every value has a revision, and a write names the one that it
// replaces. It is for properties and fuzz targets, which need a fresh bank a
// thousand times a second; how the real store behaves is tested on the real one.
//
// It must not be imported by any program. It knows one writer at a time, and
// watches nothing.
package storetest

import (
	"context"
	"maps"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Store is a JetStream that has nothing but buckets. What it does not do
// panics.
type Store struct {
	jetstream.JetStream
	buckets map[string]*bucket
}

// New returns an empty store.
func New() *Store { return &Store{buckets: map[string]*bucket{}} }

// Copy returns a store with the same content, which goes its own way from now on.
func (s *Store) Copy() *Store {
	other := New()
	for name, b := range s.buckets {
		other.buckets[name] = &bucket{name: name, revision: b.revision, entries: maps.Clone(b.entries)}
	}
	return other
}

// Forget empties a bucket, as the end of a server does with one in memory.
func (s *Store) Forget(name string) { delete(s.buckets, name) }

// CreateOrUpdateKeyValue opens a bucket.
func (s *Store) CreateOrUpdateKeyValue(_ context.Context, c jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	if s.buckets[c.Bucket] == nil {
		s.buckets[c.Bucket] = &bucket{name: c.Bucket, entries: map[string]entry{}}
	}
	return s.buckets[c.Bucket], nil
}

// bucket is one key-value bucket. Values are never changed, only replaced.
type bucket struct {
	jetstream.KeyValue
	name     string
	revision uint64
	entries  map[string]entry
}

// Put writes a value whatever was there: for tests that damage a record.
func (b *bucket) Put(_ context.Context, key string, value []byte) (uint64, error) {
	b.revision++
	b.entries[key] = entry{bucket: b.name, key: key, value: value, revision: b.revision}
	return b.revision, nil
}

// Get returns the value of a key. Error: jetstream.ErrKeyNotFound.
func (b *bucket) Get(_ context.Context, key string) (jetstream.KeyValueEntry, error) {
	if e, ok := b.entries[key]; ok {
		return e, nil
	}
	return nil, jetstream.ErrKeyNotFound
}

// Create writes a new key. Error: jetstream.ErrKeyExists.
func (b *bucket) Create(ctx context.Context, key string, value []byte, _ ...jetstream.KVCreateOpt) (uint64, error) {
	if _, ok := b.entries[key]; ok {
		return 0, jetstream.ErrKeyExists
	}
	return b.Put(ctx, key, value)
}

// Update replaces the value of a revision, 0 for none. Error:
// jetstream.ErrKeyRevisionMismatch.
func (b *bucket) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if b.entries[key].revision != revision {
		return 0, jetstream.ErrKeyRevisionMismatch
	}
	return b.Put(ctx, key, value)
}

// Purge removes a key. The revision that a caller names is not compared: there
// is one writer.
func (b *bucket) Purge(_ context.Context, key string, _ ...jetstream.KVDeleteOpt) error {
	delete(b.entries, key)
	return nil
}

// entry is one value of a bucket.
type entry struct {
	bucket, key string
	value       []byte
	revision    uint64
}

func (e entry) Bucket() string                  { return e.bucket }
func (e entry) Key() string                     { return e.key }
func (e entry) Value() []byte                   { return e.value }
func (e entry) Revision() uint64                { return e.revision }
func (e entry) Created() time.Time              { return time.Time{} }
func (e entry) Delta() uint64                   { return 0 }
func (e entry) Operation() jetstream.KeyValueOp { return jetstream.KeyValuePut }
