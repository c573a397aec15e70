// This file tests what the check-up finds as times pass and disks fill, and that
// it leaves the folder as it was. The command is tested beside its kind, in
// app/countersignd.

package doctor

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"countersign/session/bank"
	"countersign/session/bank/directory"
	"countersign/session/bank/ledger"
	"countersign/session/bank/server"
)

// reference and number must stand in no finding.
const reference, number = "CUSTOMER-42", "+48600700800"

// newBank is a bank with a customer, and without its root key.
func newBank(t *testing.T, began time.Time) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bank")
	must(t, bank.Init(dir, bank.Options{Name: "Example Bank", Relay: "tls://127.0.0.1:4222", Lines: []string{"+48221112233"}, Now: began}))
	must(t, os.Remove(filepath.Join(dir, bank.RootKeyFile)))
	addCustomer(t, dir)
	return dir
}

func addCustomer(t *testing.T, dir string) {
	t.Helper()
	inStore(t, dir, func(d *directory.Directory) error {
		_, _, err := d.AddCustomer(t.Context(), reference, []string{number})
		return err
	})
}

func inStore(t *testing.T, dir string, do func(*directory.Directory) error) {
	t.Helper()
	d, closeStore, err := server.OpenDirectory(t.Context(), dir)
	must(t, err)
	must(t, do(d))
	must(t, closeStore())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// examine looks at the folder, and demands what holds of every look: the folder
// stays as it was, a line each, and something to do where something is wrong.
func examine(t *testing.T, o Options) map[string]Finding {
	t.Helper()
	before := listed(t, o.Dir)
	if o.Free == nil {
		o.Free = func(string) (uint64, error) { return 1 << 40, nil }
	}
	all := map[string]Finding{}
	for _, f := range Examine(t.Context(), o) {
		all[f.Check] = f
		if f.Found == "" || (f.State == OK) != (f.Do == "") {
			t.Errorf("found or what to do is missing: %+v", f)
		}
		if strings.ContainsFunc(f.Found+f.Do, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("more than one line: %+v", f)
		}
		for _, private := range []string{reference, number, "600700800"} {
			if strings.Contains(f.Found+f.Do, private) {
				t.Errorf("%q in %+v", private, f)
			}
		}
	}
	if after := listed(t, o.Dir); !slices.Equal(before, after) {
		t.Errorf("the folder was changed:\n%s\n%s", before, after)
	}
	return all
}

// listed is every file beneath dir with its bytes, its mode and its time.
func listed(t *testing.T, dir string) (all []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil || e.IsDir() {
			all = append(all, path)
			return err
		}
		data, err := os.ReadFile(path)
		all = append(all, fmt.Sprintf("%s %v %v %x", path, info.Mode(), info.ModTime(), data))
		return err
	}))
	return all
}

// states are those findings that are not well.
func states(all map[string]Finding) string {
	var wrong []string
	for check, f := range all {
		if f.State != OK {
			wrong = append(wrong, check+" "+string(f.State))
		}
	}
	slices.Sort(wrong)
	return strings.Join(wrong, ", ")
}

func TestWhatEndsIsTold(t *testing.T) {
	began := time.Now().Truncate(time.Second)
	dir := newBank(t, began)
	end := began.AddDate(0, 13, 0)
	for days, want := range map[int]string{
		91: "",
		90: "bundle warning, content warning",
		30: "bundle warning, content warning",
		7:  "bundle warning, content warning",
		-1: "bundle fault, content fault",
	} {
		all := examine(t, Options{Dir: dir, Now: end.AddDate(0, 0, -days)})
		if got := states(all); got != want {
			t.Errorf("%d days before: %s", days, got)
		}
		if f := all["bundle"]; want != "" && f.Do != "run countersignd bank renew" || days > 0 && !strings.Contains(f.Found, fmt.Sprintf("ends in %d days", days)) {
			t.Errorf("%d days before: %+v", days, f)
		}
	}
}

func TestTheDiskIsTold(t *testing.T) {
	dir := newBank(t, time.Now())
	for free, want := range map[uint64]string{low: "", low - 1: "disk warning", ledger.Reserve: "disk warning", ledger.Reserve - 1: "disk fault", 0: "disk fault"} {
		if got := states(examine(t, Options{Dir: dir, Now: time.Now(), Free: func(string) (uint64, error) { return free, nil }})); got != want {
			t.Errorf("%d bytes: %s", free, got)
		}
	}
	// The store may lie on a disk of its own.
	all := examine(t, Options{Dir: dir, Now: time.Now(), Free: func(folder string) (uint64, error) {
		if folder == bank.StoreFolder(dir) {
			return 0, nil
		}
		return 1 << 40, nil
	}})
	if got := states(all); got != "disk fault" {
		t.Errorf("only the store's disk is full: %s", got)
	}
	all = examine(t, Options{Dir: dir, Now: time.Now(), Free: func(string) (uint64, error) { return 0, fs.ErrInvalid }})
	if got := states(all); got != "disk fault" {
		t.Errorf("a disk that does not say: %s", got)
	}
}

// TestAClockThatIsBehind: what was signed and what was kept tell of it, each alone.
func TestAClockThatIsBehind(t *testing.T) {
	now := time.Now()
	for name, at := range map[string]time.Time{"the bundle": now.AddDate(0, 0, 2), "the store": now} {
		t.Run(name, func(t *testing.T) {
			dir := newBank(t, at)
			old := now.AddDate(-1, 0, 0)
			must(t, os.Chtimes(bank.HeadFile(dir), old, old))
			if all := examine(t, Options{Dir: dir, Now: at.Add(time.Second)}); all["clock"].State != OK {
				t.Errorf("%+v", all["clock"])
			}
			all := examine(t, Options{Dir: dir, Now: at.Add(-time.Hour)})
			if all["clock"].State != Fault || !strings.Contains(all["clock"].Found, "behind") {
				t.Errorf("%+v", all["clock"])
			}
		})
	}
	// While the bank is served, or its store cannot be read, its head still tells.
	dir := newBank(t, now.AddDate(0, 0, -2))
	must(t, os.RemoveAll(bank.StoreFolder(dir)))
	if all := examine(t, Options{Dir: dir, Now: now.Add(-time.Hour)}); states(all) != "clock fault, store fault" {
		t.Errorf("%+v", all)
	}
	// The records do so where the head was copied.
	dir = newBank(t, now.AddDate(0, 0, -2))
	old := now.AddDate(-1, 0, 0)
	must(t, os.Chtimes(bank.HeadFile(dir), old, old))
	if f := examine(t, Options{Dir: dir, Now: now.Add(-time.Hour)})["clock"]; f.State != Fault || !strings.Contains(f.Found, "newest record") {
		t.Errorf("%+v", f)
	}
}

// TestAStoreThatIsDamaged: every byte of a block that counts.
func TestAStoreThatIsDamaged(t *testing.T) {
	dir := newBank(t, time.Now())
	blocks, err := filepath.Glob(filepath.Join(bank.StoreFolder(dir), "jetstream", "*", "streams", "*", "msgs", "1.blk"))
	must(t, err)
	whole, err := os.ReadFile(blocks[0])
	must(t, err)
	for at := len(whole) / 2; at < len(whole); at += len(whole) / 11 {
		flipped := slices.Clone(whole)
		flipped[at] ^= 1
		must(t, os.WriteFile(blocks[0], flipped, 0o600))
		all := examine(t, Options{Dir: dir, Now: time.Now()})
		if states(all) != "store fault" || all["store"].Do != ledger.Remedy {
			t.Errorf("byte %d: %+v", at, all["store"])
		}
	}
}

// TestANameIsNoFinding: what a file is called on a disk, or the folder, makes no
// line of its own.
func TestANameIsNoFinding(t *testing.T) {
	dir := newBank(t, time.Now())
	must(t, os.WriteFile(filepath.Join(dir, "keys", "x\n\x1b[2Kstore\tok"), nil, 0o644))
	must(t, os.Chmod(filepath.Join(dir, "keys", "x\n\x1b[2Kstore\tok"), 0o644))
	f := examine(t, Options{Dir: dir, Now: time.Now()})["keys"]
	if f.State != Fault || !strings.Contains(f.Found, "can be read by others") {
		t.Errorf("%+v", f)
	}
}

// TestWhatIsNoBankGetsNothing: also where this is a bank's folder but for bank.json.
func TestWhatIsNoBankGetsNothing(t *testing.T) {
	dir := newBank(t, time.Now())
	must(t, os.Remove(filepath.Join(dir, "bank.json")))
	for _, dir := range []string{dir, t.TempDir()} {
		if all := examine(t, Options{Dir: dir, Now: time.Now()}); len(all) != 1 || all["folder"].State != Fault {
			t.Errorf("%+v", all)
		}
	}
}
