// This file owns the head: what the store must hold, in two slots of one file
// outside of the store.
//
// Rules: the slots are written in turn and each is on disk before the other is
// touched again, so that a write that was cut off leaves the head before it; the
// file never grows, so that a full disk cannot stop it.

package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"time"

	"countersign/session/protocol/wire"
)

const (
	slotSize = 512     // bytes: what disks write whole
	slotStep = 4 << 10 // bytes from one slot to the next: never in one block of a file system
	headSize = 2 * slotStep
)

// magic begins every slot and says in which form it is.
var magic = [8]byte{'C', 'P', '1', 'h', 'e', 'a', 'd', 1}

// sum is the sum, modulo 2^256, of the hashes of all records: the same for the
// same records in whatever order they came. It finds what was lost or altered by
// accident. It is no seal: who can write the store can write the head, too.
type sum [4]uint64

func (s sum) plus(o sum) (r sum) {
	var carry uint64
	for i := range s {
		r[i], carry = bits.Add64(s[i], o[i], carry)
	}
	return r
}

func (s sum) minus(o sum) (r sum) {
	var borrow uint64
	for i := range s {
		r[i], borrow = bits.Sub64(s[i], o[i], borrow)
	}
	return r
}

// hashOf is a record's part of the sum.
func hashOf(subject string, value []byte) (s sum) {
	h := wire.H("CP1 ledger", []byte(subject), value)
	for i := range s {
		s[i] = binary.LittleEndian.Uint64(h[8*i:])
	}
	return s
}

// state is what the store holds: the newest record of each key.
type state struct {
	Writes  uint64 // acknowledged since the bank began
	Records uint64
	Sum     sum
}

// holds says whether the store, as read, is in this state.
func (s state) holds(read state) bool { return s.Records == read.Records && s.Sum == read.Sum }

// head is the content of a slot. Pending is the state that the one write under
// way leads to, or Settled when there is none.
type head struct {
	Magic      [8]byte
	Generation uint64 // counts the heads; says which slot is the newer one
	Settled    state
	Pending    state
}

func (h head) slot() int64 { return int64(h.Generation%2) * slotStep }

func (h head) encode() []byte {
	slot := make([]byte, slotSize-sha256.Size, slotSize)
	if _, err := binary.Encode(slot, binary.LittleEndian, h); err != nil {
		panic(err) // the size of a head is fixed
	}
	check := sha256.Sum256(slot)
	return append(slot, check[:]...)
}

func decode(slot []byte) (h head, ok bool) {
	body, check := slot[:slotSize-sha256.Size], slot[slotSize-sha256.Size:]
	if want := sha256.Sum256(body); !bytes.Equal(check, want[:]) {
		return head{}, false
	}
	_, err := binary.Decode(body, binary.LittleEndian, &h)
	return h, err == nil && h.Magic == magic
}

// New returns the head of a store that holds nothing yet, for a new bank's folder.
func New() []byte {
	file := make([]byte, headSize)
	for generation := range uint64(2) {
		h := head{Magic: magic, Generation: generation}
		copy(file[h.slot():], h.encode())
	}
	return file
}

// readHead returns the newer of the two heads in the file. One of them may be
// damaged: it was being written when the power failed, and the other leads to
// the same states.
func readHead(f io.ReaderAt) (head, error) {
	var newest head
	found := false
	for slot := range int64(2) {
		data := make([]byte, slotSize)
		if _, err := f.ReadAt(data, slot*slotStep); err != nil && !errors.Is(err, io.EOF) {
			return head{}, err
		}
		h, ok := decode(data)
		if ok && h.slot() == slot*slotStep && (!found || h.Generation > newest.Generation) {
			newest, found = h, true
		}
	}
	if !found {
		return head{}, fmt.Errorf("%w: its head cannot be read", ErrDamaged)
	}
	return newest, nil
}

// headFile is the file with the heads, and the newest of them.
type headFile struct {
	file   *os.File
	newest head
}

// write puts the next head into the older slot. It is on disk when sync is done.
func (f *headFile) write(settled, pending state) error {
	next := head{Magic: magic, Generation: f.newest.Generation + 1, Settled: settled, Pending: pending}
	if _, err := f.file.WriteAt(next.encode(), next.slot()); err != nil {
		return err
	}
	f.newest = next
	return nil
}

func (f *headFile) sync() error { return f.file.Sync() }

// settleWithin is how soon a head that nobody waits for is on disk.
const settleWithin = time.Second
