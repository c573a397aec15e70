// This file tests the ledger on a real NATS server in a folder of its own, and
// its reader of the store's files on every byte of them.

package ledger

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"countersign/session/protocol/ending"
)

// world is a store with its head, in a folder.
type world struct {
	*testing.T
	dir   string
	space atomic.Uint64 // free on the disk
	log   bytes.Buffer

	ledger *Ledger
	raw    *hooked // the bucket beneath the ledger
	kv     jetstream.KeyValue
	close  func()
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, dir: t.TempDir()}
	w.space.Store(1 << 40)
	w.must(os.WriteFile(w.head(), New(), 0o600))
	w.open()
	t.Cleanup(func() { w.close() })
	return w
}

func (w *world) head() string  { return filepath.Join(w.dir, "head") }
func (w *world) store() string { return filepath.Join(w.dir, "store") }

func (w *world) options() Options {
	return Options{
		Head: w.head(), Store: w.store(), Logger: slog.New(slog.NewTextHandler(&w.log, nil)),
		Free: func(string) (uint64, error) { return w.space.Load(), nil },
	}
}

// open checks the store, starts its server and opens a bucket.
func (w *world) open() {
	w.Helper()
	var err error
	w.ledger, err = Open(w.options())
	w.must(err)
	server, err := natsserver.NewServer(&natsserver.Options{
		ServerName: "test", DontListen: true, JetStream: true, SyncAlways: true, StoreDir: w.store(), NoLog: true, NoSigs: true,
	})
	w.must(err)
	server.Start()
	if !server.ReadyForConnections(10 * time.Second) {
		w.Fatal("the store's server did not start")
	}
	conn, err := nats.Connect("", nats.InProcessServer(server))
	w.must(err)
	js, err := jetstream.New(conn)
	w.must(err)
	w.close = sync.OnceFunc(func() {
		conn.Close()
		server.Shutdown()
		server.WaitForShutdown()
		w.must(w.ledger.Close())
	})
	w.raw = &hooked{}
	w.kv, err = w.ledger.Guard(hookedJS{js, w.raw}).CreateOrUpdateKeyValue(w.Context(), jetstream.KeyValueConfig{
		Bucket: "people", History: 1, Storage: jetstream.FileStorage,
	})
	w.must(err)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) put(key, value string) {
	w.Helper()
	_, err := w.kv.Put(w.Context(), key, []byte(value))
	w.must(err)
}

// populate makes records, and writes some of them over.
func (w *world) populate() {
	w.Helper()
	for i := range 5 {
		w.put(fmt.Sprint("agent.", i%3), fmt.Sprint("value ", i))
	}
}

// hookedJS is a JetStream whose buckets do what a test wants around each write.
type hookedJS struct {
	jetstream.JetStream
	hooks *hooked
}

func (j hookedJS) KeyValue(ctx context.Context, name string) (jetstream.KeyValue, error) {
	kv, err := j.JetStream.KeyValue(ctx, name)
	j.hooks.KeyValue = kv
	return j.hooks, err
}

func (j hookedJS) CreateKeyValue(ctx context.Context, c jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	kv, err := j.JetStream.CreateKeyValue(ctx, c)
	j.hooks.KeyValue = kv
	return j.hooks, err
}

type hooked struct {
	jetstream.KeyValue
	before func() error // an error stands for a write that does not reach the store
	after  func() error // an error stands for an answer that is lost
	writes int
}

func (h *hooked) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	h.writes++
	if h.before != nil {
		if err := h.before(); err != nil {
			return 0, err
		}
	}
	revision, err := h.KeyValue.Update(ctx, key, value, revision)
	if err == nil && h.after != nil {
		err = h.after()
	}
	return revision, err
}

// copied is the folder as it would be found after the power failed now.
func (w *world) copied() string {
	w.Helper()
	dir := filepath.Join(w.TempDir(), "copy")
	w.must(os.CopyFS(dir, os.DirFS(w.dir)))
	w.must(filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	}))
	return dir
}

// opens says whether a folder is taken for a store that was not damaged.
func (w *world) opens(dir string) error {
	w.Helper()
	o := w.options()
	o.Head, o.Store = filepath.Join(dir, "head"), filepath.Join(dir, "store")
	l, err := Open(o)
	if err != nil {
		return err
	}
	return l.Close()
}

// TestEveryByteOfTheStore flips each byte of each file and cuts each file at each
// place, one at a time. The reader either finds the records that there were, or
// says that the store is damaged.
func TestEveryByteOfTheStore(t *testing.T) {
	w := newWorld(t)
	w.populate()
	w.close()
	want := w.ledger.now
	dir := w.copied()
	flips, cuts, found := 0, 0, 0
	judge := func(path, what string) {
		read, err := readStore(filepath.Join(dir, "store"))
		if err == nil && want.holds(read.state) {
			return // a record that was written over, and its headers
		}
		found++
		if err := w.opens(dir); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s, %s: %v", path, what, err)
		}
	}
	w.must(filepath.WalkDir(filepath.Join(dir, "store"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, "index.db") {
			return err // nats-server makes the index anew from the blocks
		}
		data, err := os.ReadFile(path)
		w.must(err)
		for i := range data {
			flipped := bytes.Clone(data)
			flipped[i] ^= 1 << (i % 8)
			w.must(os.WriteFile(path, flipped, 0o600))
			judge(path, fmt.Sprint("flipped at ", i))
			w.must(os.WriteFile(path, data[:i], 0o600))
			judge(path, fmt.Sprint("cut at ", i))
			flips, cuts = flips+1, cuts+1
		}
		w.must(os.WriteFile(path, data, 0o600))
		return nil
	}))
	if t.Logf("%d flips and %d cuts, %d found", flips, cuts, found); found < flips+cuts-8 {
		t.Error("too many were not found")
	}
	if err := w.opens(dir); err != nil {
		t.Error(err)
	}
}

// TestWhatBelongsTogether keeps a store and its head from being parted.
func TestWhatBelongsTogether(t *testing.T) {
	w := newWorld(t)
	empty := w.copied()
	w.populate()
	w.close()
	old := w.copied()
	w.open()
	w.populate()
	w.put("agent.99", "the newest")
	w.close()
	put := func(parts map[string]string) string {
		dir := filepath.Join(t.TempDir(), "mixed")
		for part, from := range parts {
			if err := os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(from, part))); err != nil {
				data, err := os.ReadFile(filepath.Join(from, part))
				w.must(err)
				w.must(os.MkdirAll(dir, 0o700))
				w.must(os.RemoveAll(filepath.Join(dir, part)))
				w.must(os.WriteFile(filepath.Join(dir, part), data, 0o600))
			}
		}
		return dir
	}
	for name, parts := range map[string]map[string]string{
		"an old store":             {"head": w.dir, "store": old},
		"an old head":              {"head": old, "store": w.dir},
		"the head of an empty one": {"head": empty, "store": w.dir},
		"an empty store":           {"head": w.dir, "store": empty},
		"no store":                 {"head": w.dir},
		"no head":                  {"store": w.dir},
	} {
		if err := w.opens(put(parts)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What is said not to be found: all of it, of an earlier day.
	if err := w.opens(put(map[string]string{"head": old, "store": old})); err != nil {
		t.Error(err)
	}
}

// TestPowerFailsBetweenTheSteps takes the folder as it is before the store has
// the record, and before the head knows that it has.
func TestPowerFailsBetweenTheSteps(t *testing.T) {
	w := newWorld(t)
	w.populate()
	var before, after string
	w.raw.before = func() error { before = w.copied(); return nil }
	w.raw.after = func() error { after = w.copied(); return nil }
	for _, key := range []string{"agent.1", "agent.new"} {
		w.put(key, "changed")
		for name, dir := range map[string]string{"before the store": before, "after the store": after, "done": w.copied()} {
			if err := w.opens(dir); err != nil {
				t.Errorf("%s, %s: %v", key, name, err)
			}
		}
	}
	// Whatever was under way is taken up: the next write builds on it.
	w.close()
	w.must(os.RemoveAll(w.dir))
	w.must(os.Rename(after, w.dir))
	w.raw = nil
	w.open()
	w.put("agent.2", "later")
	w.close()
	if err := w.opens(w.dir); err != nil {
		t.Error(err)
	}
}

// TestTornHead damages the slot that was written last, as a power failure does:
// the other one leads to the same store.
func TestTornHead(t *testing.T) {
	w := newWorld(t)
	w.populate()
	w.close()
	for slot := range int64(2) {
		for at := int64(0); at < slotSize; at += 23 {
			dir := w.dir
			data, err := os.ReadFile(w.head())
			w.must(err)
			torn := bytes.Clone(data)
			torn[slot*slotStep+at]++
			w.must(os.WriteFile(w.head(), torn, 0o600))
			if err := w.opens(dir); err != nil {
				t.Fatalf("slot %d, byte %d: %v", slot, at, err)
			}
			torn[(1-slot)*slotStep+at]++
			w.must(os.WriteFile(w.head(), torn, 0o600))
			if err := w.opens(dir); !errors.Is(err, ErrDamaged) {
				t.Fatalf("both slots, byte %d: %v", at, err)
			}
			w.must(os.WriteFile(w.head(), data, 0o600))
		}
	}
}

// TestManyWriteAtOnce has many write, some of them the same record.
func TestManyWriteAtOnce(t *testing.T) {
	w := newWorld(t)
	var group sync.WaitGroup
	var wrote, lost atomic.Int32
	for i := range 8 {
		group.Go(func() {
			for j := range 10 {
				key := fmt.Sprint("own.", i, ".", j)
				if j%2 == 0 {
					key = "shared"
				}
				entry, err := w.kv.Get(w.Context(), key)
				revision := uint64(0)
				if err == nil {
					revision = entry.Revision()
				}
				_, err = w.kv.Update(w.Context(), key, fmt.Append(nil, i, j), revision)
				switch {
				case err == nil:
					wrote.Add(1)
				case errors.Is(err, jetstream.ErrKeyRevisionMismatch):
					lost.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if wrote.Load()+lost.Load() != 80 || wrote.Load() < 41 {
		t.Errorf("%d written, %d lost", wrote.Load(), lost.Load())
	}
	if _, err := w.kv.Create(w.Context(), "shared", nil); !errors.Is(err, jetstream.ErrKeyExists) {
		t.Errorf("a second Create: %v", err)
	}
	w.close()
	w.open() // compares twice
}

var errLost = errors.New("no answer")

// TestAnAnswerIsLost has the store write, or not write, and say nothing.
func TestAnAnswerIsLost(t *testing.T) {
	for name, hook := range map[string]func(w *world) *func() error{
		"written":     func(w *world) *func() error { return &w.raw.after },
		"not written": func(w *world) *func() error { return &w.raw.before },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.populate()
			at := hook(w)
			*at = func() error { *at = nil; return errLost }
			w.put("agent.1", "once")
			w.put("agent.2", "twice")
			if entry, err := w.kv.Get(w.Context(), "agent.1"); err != nil || string(entry.Value()) != "once" {
				t.Errorf("%v", err)
			}
			w.close()
			w.open()
		})
	}
}

// TestAStoreThatDoesNotWrite ends the process, but only once a new start can work.
func TestAStoreThatDoesNotWrite(t *testing.T) {
	w := newWorld(t)
	w.populate()
	w.raw.before = func() error { w.space.Store(0); return errLost }
	if _, err := w.kv.Put(w.Context(), "agent.1", nil); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	w.raw.before = nil
	select {
	case <-w.ledger.Ended():
		t.Fatal("ended although the disk is full")
	default:
	}
	if _, err := w.kv.Put(w.Context(), "agent.1", nil); !errors.Is(err, errBroken) {
		t.Errorf("it goes on: %v", err)
	}
	if err := w.ledger.Health(w.Context()); !errors.Is(err, errBroken) {
		t.Errorf("it is healthy: %v", err)
	}
	w.space.Store(1 << 40)
	<-w.ledger.Ended()
	w.close()
	w.open()
}

// TestDiskIsFull refuses by name before anything is touched, says so once in the
// log, and goes on by itself.
func TestDiskIsFull(t *testing.T) {
	w := newWorld(t)
	w.populate()
	w.space.Store(Reserve - 1)
	wrote, head := w.raw.writes, w.ledger.head.newest.Generation
	for range 100 {
		_, err := w.kv.Put(w.Context(), "agent.1", []byte("more"))
		if ending.Of(err, "") != ending.Busy || !strings.Contains(err.Error(), "disk_full") {
			t.Fatal(err)
		}
	}
	if err := w.ledger.Health(w.Context()); !errors.Is(err, errFull) {
		t.Errorf("health: %v", err)
	}
	if w.raw.writes != wrote || w.ledger.head.newest.Generation != head {
		t.Error("a refused write touched the disk")
	}
	if n := strings.Count(w.log.String(), "\n"); n != 1 {
		t.Errorf("%d lines in the log: %s", n, &w.log)
	}
	w.close()
	if err := w.opens(w.dir); err == nil || errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "disk_full") {
		t.Errorf("started on a full disk: %v", err)
	}
	w.space.Store(Reserve)
	w.open()
	w.put("agent.1", "more")
	w.must(w.ledger.Health(w.Context()))
}

// TestNothingGoesPastTheLedger: what a bucket offers and the head would not learn of.
func TestNothingGoesPastTheLedger(t *testing.T) {
	w := newWorld(t)
	w.populate()
	_, put := w.kv.PutString(w.Context(), "agent.1", "")
	_, create := w.kv.Create(w.Context(), "agent.x", nil, jetstream.KeyTTL(time.Hour))
	for name, err := range map[string]error{
		"PutString": put, "Create": create,
		"Delete":       w.kv.Delete(w.Context(), "agent.1"),
		"Purge":        w.kv.Purge(w.Context(), "agent.1"),
		"PurgeDeletes": w.kv.PurgeDeletes(w.Context()),
	} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRunningStoreIsComparedToo has the server serve less than its files hold.
func TestRunningStoreIsComparedToo(t *testing.T) {
	w := newWorld(t)
	w.populate()
	w.must(w.raw.Delete(w.Context(), "agent.1"))
	if err := w.ledger.verify(w.Context(), w.raw); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

// TestARemovedRecordIsMissing has nats-server's own mark of a removal in a block:
// the record is still there, and would not be served.
func TestARemovedRecordIsMissing(t *testing.T) {
	w := newWorld(t)
	w.populate()
	w.close()
	blocks, err := filepath.Glob(filepath.Join(w.store(), "jetstream", "*", "streams", "*", "msgs", "1.blk"))
	w.must(err)
	mark := make([]byte, recordHead)
	binary.LittleEndian.PutUint32(mark, recordHead+recordSum)
	binary.LittleEndian.PutUint64(mark[4:], 4|tombstone) // agent.0
	h, err := blockHash("KV_people", 1)
	w.must(err)
	h.Write(mark[4:20])
	f, err := os.OpenFile(blocks[0], os.O_APPEND|os.O_WRONLY, 0)
	w.must(err)
	_, err = f.Write(h.Sum(mark))
	w.must(errors.Join(err, f.Close()))
	if err := w.opens(w.dir); !errors.Is(err, ErrDamaged) || strings.Contains(err.Error(), "byte") {
		t.Error(err)
	}
}

// TestSumIsOfTheSet: the order of writes does not matter, and what is taken away
// is gone.
func TestSumIsOfTheSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 1, 8).Draw(t, "values")
		var up, down sum
		for i := range values {
			up = up.plus(hashOf(fmt.Sprint(i), values[i]))
			j := len(values) - 1 - i
			down = down.plus(hashOf(fmt.Sprint(j), values[j]))
		}
		if up != down {
			t.Fatal("the order matters")
		}
		for i := range values {
			if i > 0 && up == (sum{}) {
				t.Fatal("something is nothing")
			}
			up = up.minus(hashOf(fmt.Sprint(i), values[i]))
		}
		if up != (sum{}) {
			t.Fatal("nothing is something")
		}
	})
}
