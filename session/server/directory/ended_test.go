// This file tests that a damaged list of what was ended hides nothing else of it,
// and that a snapshot is whole while changes go on.

package directory

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"countersign/session/ending"
	"countersign/session/wire"
)

// FuzzReadEnded: whatever stands between two lines, both are read.
func FuzzReadEnded(f *testing.F) {
	f.Add([]byte(`{"at":1`))
	f.Add([]byte("{}\n\x00"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, between []byte) {
		text := append(append([]byte("{\"at\":1,\"agent\":7}\n"), between...), "\n{\"at\":2,\"device\":\"00\"}\n"...)
		if len(between) > 1<<15 {
			return // longer than a line that is read
		}
		if err := os.WriteFile(filepath.Join(dir, EndedFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		all, _, err := ReadEnded(dir)
		if err != nil || len(all) < 2 || all[0].Agent != 7 || all[len(all)-1].Device != "00" {
			t.Errorf("%q: %v, %v", between, all, err)
		}
	})
}

// Each customer is written after the one before, so a snapshot that has one has
// all before it, too.
func TestASnapshotIsOfOneMoment(t *testing.T) {
	b := newTestBank(t, false)
	const many = 300
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range many {
			if _, err := b.kv.Put(b.ctx(), "counter.test", wire.Marshal(counter{Last: uint64(i + 1)})); err != nil {
				t.Error(err)
			}
			if err := create(b.ctx(), b.Directory, "credential."+strconv.Itoa(i), holder{Agent: 1}); err != nil {
				t.Error(err)
			}
		}
	})
	for range 10 {
		records, err := b.Snapshot(b.ctx())
		b.must(err)
		credentials, last := 0, counter{}
		for _, r := range records {
			if r.Key != "counter.test" {
				credentials++
			} else if err := wire.Unmarshal(r.Value, maxRecord, &last); err != nil {
				t.Fatal(err)
			}
		}
		if n := int(last.Last); credentials != n && credentials != n-1 {
			t.Errorf("the counter is at %d, and %d were written", n, credentials)
		}
	}
	writer.Wait()
	if err := b.Restore(b.ctx(), nil); err == nil {
		t.Error("restored over what is there")
	}
}

func TestAHoldIsInTheList(t *testing.T) {
	b := newTestBank(t, false)
	c, d, credential := b.device("C-1")
	before, err := b.Snapshot(b.ctx())
	b.must(err)
	b.report(offerFor(d.Pseudonym), ending.WrongNumber, c, credential)
	all, unreadable, err := ReadEnded(b.dir)
	if err != nil || unreadable != 0 || len(all) != 1 || all[0].Until != b.now().Add(HoldLifetime).Unix() {
		t.Fatalf("%+v, %d, %v", all, unreadable, err)
	}
	other := newTestBank(t, false)
	b.must(other.Restore(b.ctx(), before))
	for _, want := range []bool{true, false} {
		what, err := other.Undone(b.ctx(), all[0])
		if err != nil || (what != "") != want || other.holds(d.Pseudonym) == want {
			t.Fatalf("%q, %v", what, err)
		}
		b.must(other.Redo(b.ctx(), all[0]))
	}
}
