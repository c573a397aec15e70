// This file owns the directory as one piece: all records as they were at one
// moment, for a backup, and putting them into an empty directory.
//
// Rules: a snapshot is of one moment although changes go on; a directory that
// knows anybody takes none.

package directory

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Record is one record as it lies in the directory.
type Record struct {
	Key   string `cbor:"1,keyasint"`
	Value []byte `cbor:"2,keyasint"`
}

// Snapshot returns all records as they were at one moment. Changes come in the
// order in which they were made: once the last one made has come, everything
// before it has, too, and nothing after it.
func (d *Directory) Snapshot(ctx context.Context) ([]Record, error) {
	w, err := d.kv.WatchAll(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the directory: %w", err)
	}
	defer func() { _ = w.Stop() }()
	values, seen, told := map[string][]byte{}, uint64(0), false
	for {
		if told {
			last, err := d.lastChange(ctx)
			if err != nil {
				return nil, err
			}
			if last == seen {
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case entry, ok := <-w.Updates():
			switch {
			case !ok:
				return nil, errors.New("reading the directory: the store is closed")
			case entry == nil:
				told = true
				continue
			case entry.Operation() == jetstream.KeyValuePut:
				values[entry.Key()] = entry.Value()
			default:
				delete(values, entry.Key())
			}
			seen = entry.Revision()
		}
	}
	records := make([]Record, 0, len(values))
	for key, value := range values {
		records = append(records, Record{Key: key, Value: value})
	}
	return records, nil
}

// lastChange is the revision of the last change made.
func (d *Directory) lastChange(ctx context.Context) (uint64, error) {
	status, err := d.kv.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading the directory: %w", err)
	}
	bucket, ok := status.(*jetstream.KeyValueBucketStatus)
	if !ok {
		return 0, errors.New("this store does not tell how far it has come")
	}
	return bucket.StreamInfo().State.LastSeq, nil
}

// Restore puts the records of a snapshot into a directory that is empty.
func (d *Directory) Restore(ctx context.Context, records []Record) error {
	last, err := d.lastChange(ctx)
	if err != nil {
		return err
	}
	if last != 0 {
		return errors.New("the directory is not empty")
	}
	for _, r := range records {
		if len(r.Value) > maxRecord {
			return errors.New("a record of the backup is too large")
		}
		if _, err := d.kv.Create(ctx, r.Key, r.Value); err != nil {
			return fmt.Errorf("writing to the directory: %w", err)
		}
	}
	return nil
}
