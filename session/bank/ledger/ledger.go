// Package ledger owns the proof that the bank's store holds what was
// acknowledged: a head outside of the store says what must be in it, and is
// looked at before the store is opened. It also keeps the store from meeting a
// full disk, after which nats-server would refuse every write until it starts
// again.
//
// It must not know what a record means, nor who asks.
//
// Rules: the head is written ahead (what is, and what the one write under way
// leads to), then the store, then the head again, then the caller is answered; a
// start with anything else in the store is refused and changes no byte; a write
// whose outcome is not known is asked again before another begins. It is for the
// embedded store only: a cluster has its own means.
//
// What it does not find: an old copy of the whole folder, store and head
// together; and a loss of the last write alone, when the power failed within a
// second after it and took what the head had learnt of it.
package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/session/protocol/ending"
)

// ErrDamaged says that the store does not hold what was acknowledged.
var ErrDamaged = errors.New("the bank's store is damaged")

// Remedy is what to do about a store that is damaged.
const Remedy = "keep the folder as it is for whoever looks into it, restore the last backup into a new folder (countersignd bank restore), and do again what was done since: revocations first"

const whatToDo = "Nothing was started and nothing was changed: " + Remedy

// Faults that pass. They carry the reason busy: whoever asked may ask again.
var (
	errFull    = ending.Because(ending.Busy, "disk_full: the disk of the bank's folder is full, so nothing can be kept: free some space, the server then goes on by itself")
	errHead    = ending.Because(ending.Busy, "store_failed: the store's head cannot be written, so nothing can be kept: look at the disk of the bank's folder, the server goes on when it can be written")
	errBroken  = ending.Because(ending.Busy, "store_failed: the store could not write and takes nothing more: the server starts anew when its disk has space")
	errWaiting = ending.Because(ending.Busy, "the directory is busy with other changes: try again")
)

const (
	// Reserve is how many bytes must be free on the disk for a write to begin:
	// enough for nats-server to write a block anew beside the old one.
	Reserve = 32 << 20
	// writeWithin bounds one attempt to write a record. It is long: a store that
	// does not answer within two of them is taken for broken.
	writeWithin = 5 * time.Second
	// lookAgain is how often a broken store's disk is looked at.
	lookAgain = time.Second
)

// Options says where things are.
type Options struct {
	Head  string // the file with the head, see New
	Store string // the folder of the embedded NATS server's store
	// Free is how many bytes are free on the disk of a folder; nil asks the system.
	Free   func(folder string) (uint64, error)
	Logger *slog.Logger
}

// Ledger keeps the head of one store. Its methods may be called at the same time.
type Ledger struct {
	o      Options
	ended  chan struct{} // closed when the server should be started anew
	closed chan struct{}
	turn   chan struct{} // holds a token while somebody writes
	now    state         // what the store holds; who has the turn may use it

	mu     sync.Mutex // guards what follows
	head   headFile
	settle *time.Timer // nil when the newest head is on disk
	broken bool
	said   error // the fault that was logged last, nil when all is well
}

// Open reads the head and the store and compares them. It changes nothing. The
// caller holds the lock of the bank's folder and has not started the NATS server
// yet. Errors: ErrDamaged, or one that says that the disk is full.
func Open(o Options) (*Ledger, error) {
	if o.Free == nil {
		o.Free = Free
	}
	l := &Ledger{o: o, ended: make(chan struct{}), closed: make(chan struct{}), turn: make(chan struct{}, 1)}
	if space, err := l.space(); err != nil {
		return nil, err
	} else if space < Reserve {
		// nats-server writes when it opens its files.
		return nil, fmt.Errorf("disk_full: the disk of the bank's folder has %d bytes free and %d are needed: free some space first", space, Reserve)
	}
	read, err := readStore(o.Store)
	if err == nil {
		l.head, l.now, err = headOf(o.Head, os.O_RDWR, read)
	}
	switch {
	case errors.Is(err, ErrDamaged):
		return nil, fmt.Errorf("%w. %s", err, whatToDo)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: run the command as the account that the bank's folder belongs to", err)
	case err != nil:
		return nil, err
	}
	return l, nil
}

// Found is what Check has read.
type Found struct {
	Records uint64
	Newest  time.Time // when the newest record was written, by this computer's clock then; zero for none
}

// Check reads the head and the store and compares them, as Open does before every
// start, and also on a full disk. It opens nothing for writing. Errors: ErrDamaged
// (what could be read is in Found all the same), and those of reading.
func Check(head, store string) (Found, error) {
	read, err := readStore(store)
	found := Found{Records: read.state.Records}
	if read.newest != 0 {
		found.Newest = time.Unix(0, read.newest)
	}
	if err != nil {
		return found, err
	}
	file, _, err := headOf(head, os.O_RDONLY, read)
	if err == nil {
		err = file.file.Close()
	}
	return found, err
}

// headOf opens the head, and takes the state that the store is in, of the two that
// it may be in.
func headOf(path string, how int, read reading) (f headFile, now state, err error) {
	f.file, err = os.OpenFile(path, how, 0)
	if errors.Is(err, fs.ErrPermission) {
		return f, now, fmt.Errorf("reading the bank's store: %w", err) // what may not be seen is not lost
	}
	if err != nil {
		return f, now, fmt.Errorf("%w: its head cannot be opened: %w", ErrDamaged, err)
	}
	f.newest, err = readHead(f.file)
	if err == nil {
		now, err = f.newest.compare(read)
	}
	if err != nil {
		err = errors.Join(err, f.file.Close())
	}
	return f, now, err
}

func (h head) compare(read reading) (state, error) {
	switch {
	case h.Settled.holds(read.state):
		return h.Settled, nil
	case h.Pending.holds(read.state):
		return h.Pending, nil
	}
	found := fmt.Sprintf("it holds %d records, %d were acknowledged", read.state.Records, h.Settled.Records)
	if read.state.Records == h.Settled.Records {
		found = fmt.Sprintf("its %d records are not those that were acknowledged", read.state.Records)
	}
	if len(read.faults) > 0 {
		found += " (" + strings.Join(read.faults, "; ") + ")"
	}
	return state{}, fmt.Errorf("%w: %s", ErrDamaged, found)
}

// space is how many bytes are free on the store's disk.
func (l *Ledger) space() (uint64, error) {
	folder := l.o.Store
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		folder = filepath.Dir(l.o.Head) // before the first start
	}
	bytes, err := l.o.Free(folder)
	if err != nil {
		return 0, fmt.Errorf("looking at the disk of the bank's folder: %w", err)
	}
	return bytes, nil
}

// fit says whether a write may begin.
func (l *Ledger) fit() error {
	l.mu.Lock()
	broken := l.broken
	l.mu.Unlock()
	if broken {
		return errBroken
	}
	bytes, err := l.space()
	if err == nil && bytes < Reserve {
		return l.say(errFull, nil)
	}
	return err
}

// say logs a fault when it begins, and its end: one line each, however many
// requests meet it. It returns the fault.
func (l *Ledger) say(fault, cause error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case fault == l.said:
	case fault == nil:
		l.o.Logger.Info("what the server is told can be kept again")
	default:
		l.o.Logger.Error("nothing is kept", "fault", fault, "error", cause)
	}
	l.said = fault
	return fault
}

// Health says whether a change could be kept now, as a sentence for the operator.
// It tries: the head is written once more.
func (l *Ledger) Health(ctx context.Context) error {
	if err := l.take(ctx); err != nil {
		return err
	}
	defer l.give()
	if err := l.fit(); err != nil {
		return err
	}
	return l.record(l.now, true)
}

// take waits for the turn to write.
func (l *Ledger) take(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errWaiting
	}
}

func (l *Ledger) give() { <-l.turn }

// record writes down what the store holds and what the write under way leads to.
// It needs the turn. Where it need not be on disk at once, it soon is by itself.
func (l *Ledger) record(pending state, now bool) error {
	err := l.writeHead(pending, now)
	if err != nil {
		return l.say(errHead, err)
	}
	if now {
		return l.say(nil, nil)
	}
	return nil
}

func (l *Ledger) writeHead(pending state, now bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.settle != nil {
		l.settle.Stop()
		l.settle = nil
	}
	if err := l.head.write(l.now, pending); err != nil {
		return err
	}
	if now {
		return l.head.sync()
	}
	l.settle = time.AfterFunc(settleWithin, l.syncNow)
	return nil
}

func (l *Ledger) syncNow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shut() {
		return
	}
	if err := l.head.sync(); err != nil {
		l.o.Logger.Error("the store's head cannot be written", "error", err)
	}
}

// Ended is closed when the store cannot be written any more, although the disk
// can: only a new start mends that.
func (l *Ledger) Ended() <-chan struct{} { return l.ended }

// Close puts the head on disk. The NATS server has ended before. A second Close
// does nothing.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shut() {
		return nil
	}
	close(l.closed)
	return errors.Join(l.head.sync(), l.head.file.Close())
}

func (l *Ledger) shut() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

// write makes one change of the store.
func (l *Ledger) write(ctx context.Context, c change) (revision uint64, err error) {
	if err := l.take(ctx); err != nil {
		return 0, err
	}
	defer l.give()
	if err := l.fit(); err != nil {
		return 0, err
	}
	// From here on the write is done, whether somebody still waits or not.
	ctx = context.WithoutCancel(ctx)
	old, before, err := c.read(ctx)
	if err != nil {
		return 0, err
	}
	if c.expected != nil && *c.expected != before {
		return 0, c.conflict
	}
	next := l.now.with(c, old, before != 0)
	if err := l.record(next, true); err != nil {
		return 0, err
	}
	revision, err = c.store(ctx, before)
	if err != nil {
		return 0, l.fail(err)
	}
	// That the write is done reaches the disk with the next write, or soon by
	// itself: until then the head names both states, and the store has the newer.
	l.now = next
	return revision, l.record(next, false)
}

// change is one write of a record.
type change struct {
	kv       jetstream.KeyValue
	key      string
	subject  string
	value    []byte
	expected *uint64 // the revision that the caller has read, nil for any
	conflict error   // when it is another
}

// read returns what the key holds; revision 0 is nothing.
func (c change) read(ctx context.Context) (value []byte, revision uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	entry, err := c.kv.Get(ctx, c.key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	return entry.Value(), entry.Revision(), nil
}

// store writes the record. nats-server does not answer when it cannot write, so
// what is not answered is asked again: a second answer of "another revision"
// means that the first one was written, if the value is ours.
func (c change) store(ctx context.Context, before uint64) (revision uint64, err error) {
	for range 2 {
		attempt, cancel := context.WithTimeout(ctx, writeWithin)
		revision, err = c.kv.Update(attempt, c.key, c.value, before)
		cancel()
		if err == nil {
			return revision, nil
		}
		if errors.Is(err, jetstream.ErrKeyRevisionMismatch) || errors.Is(err, jetstream.ErrKeyExists) {
			value, now, failed := c.read(ctx)
			if failed == nil && now > before && bytes.Equal(value, c.value) {
				return now, nil
			}
			return 0, errors.Join(err, failed)
		}
	}
	return 0, err
}

// with is the state that a change leads to.
func (s state) with(c change, old []byte, replaces bool) state {
	s.Writes++
	if replaces {
		s.Sum = s.Sum.minus(hashOf(c.subject, old))
	} else {
		s.Records++
	}
	s.Sum = s.Sum.plus(hashOf(c.subject, c.value))
	return s
}

// fail takes the store out of use, and asks for a new start as soon as one can
// work.
func (l *Ledger) fail(cause error) error {
	l.mu.Lock()
	l.broken = true
	l.mu.Unlock()
	go func() {
		again := time.NewTicker(lookAgain)
		defer again.Stop()
		for {
			if space, err := l.space(); err == nil && space >= Reserve {
				close(l.ended)
				return
			}
			select {
			case <-again.C:
			case <-l.closed:
				return
			}
		}
	}()
	return l.say(errBroken, cause)
}
