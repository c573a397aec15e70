// This file tests that a damaged list of what was ended hides nothing else of it,
// and that a snapshot is whole while changes go on.

package directory

import (
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/wire"
)

// FuzzReadEnded: whatever stands between two lines, both are read.
func FuzzReadEnded(f *testing.F) {
	f.Add([]byte(`{"at":1`))
	f.Add([]byte("{}\n\x00"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, between []byte) {
		text := append(append([]byte("{\"at\":1,\"agent\":7}\n"), between...), "\n{\"at\":2,\"device\":\"00\"}\n"...)
		if err := os.WriteFile(filepath.Join(dir, EndedFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := ReadEnded(dir)
		all := list.Lines
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
	list, err := ReadEnded(b.dir)
	if err != nil || list.Unreadable != 0 || len(list.Lines) != 2 || list.Lines[1].Until != b.now().Add(HoldLifetime).Unix() {
		t.Fatalf("%+v, %v", list, err)
	}
	all := list.Lines[1:] // the first is the device's ticket
	other := newTestBank(t, false)
	b.must(other.Restore(b.ctx(), before))
	if !b.Owns(list) || other.Owns(list) || list.Since != b.now().Unix() {
		t.Errorf("whose list: %+v", list)
	}
	for _, want := range []bool{true, false} {
		what, err := other.Undone(b.ctx(), all[0])
		if err != nil || (what != "") != want || other.holds(d.Pseudonym) == want {
			t.Fatalf("%q, %v", what, err)
		}
		b.must(other.Redo(b.ctx(), all[0]))
	}
}

// TestAUsedTicketIsNotOpenAgain: the letter that enrolled a thief after the backup
// would enrol the thief once more, whom the backup does not know to be revoked.
func TestAUsedTicketIsNotOpenAgain(t *testing.T) {
	b := newTestBank(t, false)
	letter := b.customer("C-1")
	before, err := b.Snapshot(b.ctx())
	b.must(err)
	thief := b.holder(letter, false, "thief")
	answer, err := b.enrol(thief)
	b.must(err)
	device, err := b.bank.Bundle.Device(answer.Credential)
	b.must(err)
	b.must(b.RevokeDevice(b.ctx(), device.ID))
	list, err := ReadEnded(b.dir)
	b.must(err)

	other := newTestBank(t, false)
	b.must(other.Restore(b.ctx(), before))
	undone := 0
	for _, e := range list.Lines {
		what, err := other.Undone(b.ctx(), e)
		b.must(err)
		if what != "" {
			undone++
			b.must(other.Redo(b.ctx(), e))
		}
	}
	if undone != 1 {
		t.Errorf("%d lines of %+v would be undone", undone, list.Lines)
	}
	_, err = other.enrol(other.holder(letter, false, "thief again"))
	b.wants(err, ending.TicketExpired)
	if what, err := other.Undone(b.ctx(), list.Lines[0]); err != nil || what != "" {
		t.Errorf("done again, it is still undone: %q, %v", what, err)
	}
}

// TestWhatCannotBeWrittenDownHoldsAllTheSame: and is said by name.
func TestWhatCannotBeWrittenDownHoldsAllTheSame(t *testing.T) {
	b := newTestBank(t, false)
	a, _ := b.agent("Anna Kowalska")
	c, d, credential := b.device("C-1")
	b.must(b.Health(b.ctx()))
	b.must(os.Remove(b.endedPath()))
	b.must(os.Mkdir(b.endedPath(), 0o700)) // for root, too
	if err := b.Health(b.ctx()); err == nil || !strings.Contains(err.Error(), EndedFile) {
		t.Errorf("health says %v", err)
	}
	o := offerFor(d.Pseudonym)
	enc, ct := b.sealed(o, ending.WrongNumber, c, credential)
	if got, counted, err := b.Report(b.ctx(), o.oid, o.customer, enc, ct); got != ending.WrongNumber || !counted || err == nil || !b.holds(d.Pseudonym) {
		t.Errorf("the report: %q, %v, %v", got, counted, err)
	}
	if _, err := b.Stop(b.ctx(), o.oid); err != nil {
		t.Errorf("the report is not on file: %v", err)
	}
	if err := b.RevokeAgent(b.ctx(), a.ID); err == nil || !strings.HasPrefix(err.Error(), "it is done, and a restore may undo it") {
		t.Errorf("the revocation says %v", err)
	}
	if a, err := b.Agent(b.ctx(), a.ID); err != nil || !a.Revoked {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := b.enrol(b.holder(b.customer("C-2"), false, "device of C-2")); err != nil {
		t.Errorf("an enrolment: %v", err)
	}
	if err := b.beginNotes(); err == nil {
		t.Error("a server would begin that cannot write it")
	}
}

// TestEndedIsWrittenAnew: of what grows, what a restore can need stays, and what
// is torn swallows nothing.
func TestEndedIsWrittenAnew(t *testing.T) {
	b := newTestBank(t, false)
	b.must(os.Remove(b.endedPath())) // it was lost, and says so from then on
	b.pass(time.Hour)
	b.must(b.ended(b.ctx(), Ended{Agent: 7}))
	if list, err := ReadEnded(b.dir); err != nil || list.Since != b.now().Unix() || len(list.Lines) != 1 {
		t.Errorf("begun anew: %+v, %v", list, err)
	}
	torn, err := os.OpenFile(b.endedPath(), os.O_WRONLY|os.O_APPEND, 0)
	b.must(err)
	_, err = torn.WriteString(`{"at":1,"ag`)
	b.must(err)
	b.must(torn.Close())
	b.must(b.ended(b.ctx(), Ended{Agent: 1}))
	b.must(b.ended(b.ctx(), Ended{Agent: 1, Epoch: 9})) // a revocation is for good
	b.must(b.ended(b.ctx(), Ended{Customer: "customer.x", Epoch: 3}))
	b.must(b.ended(b.ctx(), Ended{Ticket: "AAAA-00"}))
	b.must(b.ended(b.ctx(), Ended{Hold: "aa", Until: b.now().Add(time.Hour).Unix()}))
	b.pass(TicketLifetime + time.Second)
	b.must(b.ended(b.ctx(), Ended{Ticket: "BBBB-00"}))
	for i := range 3 * endedCompact / 60 {
		b.must(b.ended(b.ctx(), Ended{Customer: "customer.x", Epoch: uint64(4 + i)}))
	}
	info, err := os.Stat(b.endedPath())
	b.must(err)
	if info.Size() > endedCompact {
		t.Errorf("%d bytes", info.Size())
	}
	list, err := ReadEnded(b.dir)
	b.must(err)
	got := map[Ended]bool{}
	for _, e := range list.Lines {
		got[Ended{Agent: e.Agent, Customer: e.Customer, Ticket: e.Ticket, Hold: e.Hold}] = true
	}
	want := map[Ended]bool{{Agent: 1}: true, {Agent: 7}: true, {Customer: "customer.x"}: true, {Ticket: "BBBB-00"}: true}
	if !maps.Equal(got, want) || list.Unreadable != 1 || !b.Owns(list) || list.Bank == "" {
		t.Errorf("%v, %d unreadable, of %q", got, list.Unreadable, list.Bank)
	}
	for _, e := range list.Lines {
		if e.Agent == 1 && e.Epoch != 0 {
			t.Error("the revocation has gone")
		}
	}
	if last := list.Lines[len(list.Lines)-1]; last.Epoch != uint64(3+3*endedCompact/60) {
		t.Errorf("the last line is %+v", last)
	}
}
