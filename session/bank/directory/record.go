// This file owns how records lie in the bucket: one value of deterministic
// CBOR per key, changed only from the revision that was read.

package directory

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/wire"
)

const (
	bucket    = "CP1_directory"
	maxRecord = 32 << 10 // bytes of one record
	maxTurns  = 128      // how often a change begins anew because another was faster
)

// read returns the record under key. Reason: unknown_code.
func read[T any](ctx context.Context, d *Directory, key string) (T, error) {
	record, _, err := readRevision[T](ctx, d, key)
	return record, err
}

func readRevision[T any](ctx context.Context, d *Directory, key string) (record T, revision uint64, err error) {
	entry, err := d.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return record, 0, ending.Because(ending.UnknownCode, "not in the directory")
	}
	if err != nil {
		return record, 0, fmt.Errorf("reading the directory: %w", err)
	}
	record, err = decode[T](entry)
	return record, entry.Revision(), err
}

func decode[T any](entry jetstream.KeyValueEntry) (record T, err error) {
	if err := wire.Unmarshal(entry.Value(), maxRecord, &record); err != nil {
		return record, fmt.Errorf("a record of the directory is damaged: %w", err)
	}
	return record, nil
}

// create writes a record that must not exist yet (jetstream.ErrKeyExists).
func create[T any](ctx context.Context, d *Directory, key string, record T) error {
	if _, err := d.kv.Create(ctx, key, wire.Marshal(record)); err != nil {
		return fmt.Errorf("writing to the directory: %w", err)
	}
	return nil
}

// change reads a record, lets edit change it and writes it, all as one step:
// where another change came between, it begins anew. Nothing is written when
// edit fails. It returns the record as written. Reasons: unknown_code, busy.
func change[T any](ctx context.Context, d *Directory, key string, edit func(*T) error) (T, error) {
	for range maxTurns {
		record, revision, err := readRevision[T](ctx, d, key)
		if err != nil {
			return record, err
		}
		if err := edit(&record); err != nil {
			return record, err
		}
		_, err = d.kv.Update(ctx, key, wire.Marshal(record), revision)
		if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			continue
		}
		if err != nil {
			return record, fmt.Errorf("writing to the directory: %w", err)
		}
		return record, nil
	}
	var none T
	return none, ending.Because(ending.Busy, "too many changes of one record at once")
}
