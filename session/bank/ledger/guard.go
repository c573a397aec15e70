// This file owns how the directory writes through the ledger: a JetStream whose
// buckets in files keep the head. Reading is not changed.

package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Guard returns a JetStream whose buckets in files are kept by the ledger. There
// is one: what the head counts is the whole store. Buckets in memory pass.
func (l *Ledger) Guard(js jetstream.JetStream) jetstream.JetStream { return guard{js, l} }

type guard struct {
	jetstream.JetStream
	ledger *Ledger
}

// CreateOrUpdateKeyValue opens a bucket. One that is there is not written anew:
// nats-server writes a stream's description and its checksum one after the other,
// and would not know the stream again if it were killed between the two.
func (g guard) CreateOrUpdateKeyValue(ctx context.Context, c jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	if c.Storage != jetstream.FileStorage {
		return g.JetStream.CreateOrUpdateKeyValue(ctx, c)
	}
	kv, err := g.JetStream.KeyValue(ctx, c.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = g.CreateKeyValue(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	if err := g.ledger.verify(ctx, kv); err != nil {
		return nil, err
	}
	return &bucket{KeyValue: kv, ledger: g.ledger}, nil
}

// verify compares what the running store serves with the head: a second look,
// by another way than the first, should nats-server read its files differently.
func (l *Ledger) verify(ctx context.Context, kv jetstream.KeyValue) error {
	watcher, err := kv.WatchAll(ctx)
	if err != nil {
		return fmt.Errorf("reading the bank's store: %w", err)
	}
	served, whole := countUpdates(watcher)
	if err := watcher.Stop(); err != nil || !whole {
		return fmt.Errorf("reading the bank's store: it could not be read to its end (%w)", errors.Join(err, ctx.Err()))
	}
	if err := l.take(ctx); err != nil {
		return err
	}
	defer l.give()
	if !l.now.holds(served) {
		return fmt.Errorf("%w: %d records can be read of %d. Restore the last backup into a new folder (countersignd bank restore)",
			ErrDamaged, served.Records, l.now.Records)
	}
	return nil
}

// countUpdates adds up what a watch brings, to the end of what is there. A record
// that nats-server cannot read never comes: then whole is false.
func countUpdates(watcher jetstream.KeyWatcher) (served state, whole bool) {
	stall := time.NewTimer(stallAfter)
	defer stall.Stop()
	for {
		select {
		case entry, open := <-watcher.Updates():
			if entry == nil {
				return served, open
			}
			served.Records++
			served.Sum = served.Sum.plus(hashOf("$KV."+entry.Bucket()+"."+entry.Key(), entry.Value()))
			stall.Reset(stallAfter)
		case <-stall.C:
			return served, false
		}
	}
}

// stallAfter is how long the next record of a running store may take.
const stallAfter = 10 * time.Second

// subjectOf is where a bucket keeps a key.
func subjectOf(kv jetstream.KeyValue, key string) string { return "$KV." + kv.Bucket() + "." + key }

// bucket is a bucket whose writes go through the ledger. Nothing is ever removed
// from it: what ends is marked.
type bucket struct {
	jetstream.KeyValue
	ledger *Ledger
}

func (b *bucket) change(key string, value []byte) change {
	return change{kv: b.KeyValue, key: key, subject: subjectOf(b.KeyValue, key), value: value}
}

// Health says whether the bucket can be written.
func (b *bucket) Health(ctx context.Context) error { return b.ledger.Health(ctx) }

// Put writes a value whatever was there.
func (b *bucket) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	return b.ledger.write(ctx, b.change(key, value))
}

// Create writes a new key. Error: jetstream.ErrKeyExists.
func (b *bucket) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (uint64, error) {
	if len(opts) > 0 {
		return 0, errors.ErrUnsupported
	}
	c := b.change(key, value)
	c.expected, c.conflict = new(uint64), jetstream.ErrKeyExists
	return b.ledger.write(ctx, c)
}

// Update replaces the value of a revision, 0 for none. Error:
// jetstream.ErrKeyRevisionMismatch.
func (b *bucket) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	c := b.change(key, value)
	c.expected, c.conflict = &revision, jetstream.ErrKeyRevisionMismatch
	return b.ledger.write(ctx, c)
}

// PutString, Delete, Purge and PurgeDeletes would go past the ledger.

func (b *bucket) PutString(context.Context, string, string) (uint64, error) {
	return 0, errors.ErrUnsupported
}

func (b *bucket) Delete(context.Context, string, ...jetstream.KVDeleteOpt) error {
	return errors.ErrUnsupported
}

func (b *bucket) Purge(context.Context, string, ...jetstream.KVDeleteOpt) error {
	return errors.ErrUnsupported
}

func (b *bucket) PurgeDeletes(context.Context, ...jetstream.KVPurgeOpt) error {
	return errors.ErrUnsupported
}
