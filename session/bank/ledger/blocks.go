// This file owns reading the store's files without changing a byte, before
// nats-server opens them: it cuts off what follows a damaged record, and begins
// an empty stream where the stream's own description is damaged.
//
// The form is that of nats-server 2, server/filestore.go: a stream's folder has
// meta.inf, its checksum in meta.sum, and blocks msgs/N.blk of records:
//
//	total length(4) sequence(8) time(8) subject length(2) subject
//	[header length(4) header] value checksum(8)
//
// all little-endian; the highest bit of the length says that there are headers.
//
// Rule: what nats-server would cut off or pass over does not count here either.

package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/minio/highwayhash"
)

const (
	recordHead = 22 // bytes of a record before its subject
	recordSum  = 8  // bytes of its checksum
	// maxBlock bounds one block, in bytes. nats-server begins a new one much earlier.
	maxBlock = 256 << 20

	withHeaders = 1 << 31 // in a record's length
	erased      = 1 << 63 // in its sequence: the place of a record that was wiped
	tombstone   = 1 << 62 // in its sequence: that record was removed
)

// reading is what was read of a store, and what was wrong with it.
type reading struct {
	state  state
	newest int64    // when the newest record was written, Unix nanoseconds; 0 for none
	faults []string // where, for the operator
}

// readStore reads all streams beneath a store's folder. A folder that is not
// there is an empty store. The error is one of reading, not of what was read.
func readStore(dir string) (reading, error) {
	var all reading
	if err := filepath.WalkDir(dir, unread); err != nil {
		return all, fmt.Errorf("reading the bank's store: %w", err)
	}
	streams, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "*"))
	if err != nil {
		return all, fmt.Errorf("reading the bank's store: %w", err)
	}
	for _, stream := range streams {
		if strings.HasPrefix(filepath.Base(stream), ".") {
			continue // nats-server removes it: it was being deleted
		}
		if err := all.stream(stream); err != nil {
			return all, fmt.Errorf("reading the bank's store: %w", err)
		}
	}
	return all, nil
}

// unread stops at a folder that cannot be read, which Glob would take for an empty
// one: what this account may not see is not lost.
func unread(_ string, _ fs.DirEntry, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (r *reading) fault(path, format string, args ...any) {
	r.faults = append(r.faults, filepath.Base(path)+": "+fmt.Sprintf(format, args...))
}

// newest is the newest record of a subject.
type newest struct {
	sequence uint64
	hash     sum
}

// stream adds the newest record of each subject of a stream.
func (r *reading) stream(dir string) error {
	key := sha256.Sum256([]byte(filepath.Base(dir)))
	described, err := describes(dir, key)
	if err != nil {
		return err
	}
	if !described {
		r.fault(filepath.Join(dir, "meta.inf"), "does not agree with its checksum")
		return nil
	}
	indices, err := blocksOf(dir)
	if err != nil {
		return err
	}
	found := map[string]newest{}
	removed := map[uint64]bool{}
	for _, index := range indices {
		path := filepath.Join(dir, "msgs", strconv.FormatUint(index, 10)+".blk")
		data, err := readAtMost(path, maxBlock)
		if err != nil {
			return err
		}
		h, err := blockHash(filepath.Base(dir), index)
		if err != nil {
			return err
		}
		b := block{data: data, hash: h, found: found, removed: removed}
		if at, ok := b.read(); !ok {
			r.fault(path, "the record at byte %d is damaged", at)
		}
		r.newest = max(r.newest, b.newest)
	}
	for _, record := range found {
		if !removed[record.sequence] {
			r.state.Records++
			r.state.Sum = r.state.Sum.plus(record.hash)
		}
	}
	return nil
}

// describes says whether nats-server would take the stream for one.
func describes(dir string, key [32]byte) (bool, error) {
	meta, err := readAtMost(filepath.Join(dir, "meta.inf"), maxBlock)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	want, err := readAtMost(filepath.Join(dir, "meta.sum"), maxBlock)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	h, err := highwayhash.NewDigest64(key[:])
	if err != nil {
		return false, err
	}
	_, _ = h.Write(meta) // a hash takes everything
	return hex.EncodeToString(h.Sum(nil)) == string(want), nil
}

// blocksOf lists the numbers of a stream's blocks, in their order.
func blocksOf(dir string) ([]uint64, error) {
	files, err := filepath.Glob(filepath.Join(dir, "msgs", "*.blk"))
	if err != nil {
		return nil, err
	}
	var indices []uint64
	for _, file := range files {
		index, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(file), ".blk"), 10, 32)
		if err == nil {
			indices = append(indices, index)
		}
	}
	slices.Sort(indices)
	return indices, nil
}

// blockHash is the checksum of the records in a block.
func blockHash(stream string, index uint64) (hash.Hash, error) {
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", stream, index))
	return highwayhash.NewDigest64(key[:])
}

func readAtMost(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%w: %s is no file of a store", ErrDamaged, filepath.Base(path))
	}
	return os.ReadFile(path)
}

// block is one block while it is read.
type block struct {
	data    []byte
	hash    hash.Hash
	found   map[string]newest
	removed map[uint64]bool // by sequence
	newest  int64           // time of the newest record, Unix nanoseconds
}

// read takes records up to the end, or up to the first that is damaged, where
// nats-server would cut the block. It returns where it ended.
func (b *block) read() (at int, whole bool) {
	var last uint64 // sequences only go up within a block
	for at < len(b.data) {
		size, ok := b.record(b.data[at:], &last)
		if !ok {
			return at, false
		}
		at += size
	}
	return at, true
}

// record reads the record at the beginning of data.
func (b *block) record(data []byte, last *uint64) (size int, ok bool) {
	if len(data) < recordHead {
		return 0, false
	}
	length := binary.LittleEndian.Uint32(data)
	sequence := binary.LittleEndian.Uint64(data[4:])
	subjectEnd := recordHead + int(binary.LittleEndian.Uint16(data[20:]))
	size = int(length &^ withHeaders)
	headers := 0
	if length&withHeaders != 0 {
		headers = 4
	}
	if size > len(data) || subjectEnd+headers+recordSum > size {
		return 0, false
	}
	body, check := data[subjectEnd+headers:size-recordSum], data[size-recordSum:size]
	b.hash.Reset()
	b.hash.Write(data[4:20])
	b.hash.Write(data[recordHead:subjectEnd])
	b.hash.Write(body)
	if string(b.hash.Sum(nil)) != string(check) {
		return 0, false
	}
	if headers > 0 {
		// The length of the headers is the one field that the checksum leaves out.
		n := binary.LittleEndian.Uint32(data[subjectEnd:])
		if uint64(n) > uint64(len(body)) {
			return 0, false
		}
		body = body[n:]
	}
	b.newest = max(b.newest, int64(binary.LittleEndian.Uint64(data[12:])))
	switch {
	case sequence&tombstone != 0:
		b.removed[sequence&^tombstone] = true
	case sequence&erased != 0, sequence <= *last:
		*last = max(*last, sequence&^erased)
	default:
		*last = sequence
		subject := string(data[recordHead:subjectEnd])
		if sequence > b.found[subject].sequence {
			b.found[subject] = newest{sequence: sequence, hash: hashOf(subject, body)}
		}
	}
	return size, true
}
