// This file tests the check-up by an account that is not the bank's. Linux keeps
// the account with each thread, so a test that may become another one does.

package doctor

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"countersign/session/bank"
	"countersign/session/bank/ledger"
)

const nobody = 65534

// asNobody does something on a thread of an account that owns nothing. The thread
// ends with it. Where the test's own account may not become another, it is nobody
// enough: the test takes its permissions away.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	var done sync.WaitGroup
	done.Go(func() {
		if os.Geteuid() == 0 {
			runtime.LockOSThread() // never unlocked: the thread is thrown away
			keep := ^uintptr(0)
			if _, _, failed := syscall.RawSyscall(unix.SYS_SETRESUID, keep, nobody, keep); failed != 0 {
				t.Error(failed)
				return
			}
		}
		do()
	})
	done.Wait()
}

// closed takes every permission from a file until the test ends.
func closed(t *testing.T, path string) {
	t.Helper()
	before, err := os.Stat(path)
	must(t, err)
	must(t, os.Chmod(path, 0))
	t.Cleanup(func() { must(t, os.Chmod(path, before.Mode().Perm())) })
}

// opened lets everybody read what is beneath dir, and come to it.
func opened(t *testing.T, dir string) {
	t.Helper()
	must(t, os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o755))
	must(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(path, 0o755)
	}))
}

func TestAFolderThatMayNotBeRead(t *testing.T) {
	dir := newBank(t, time.Now())
	opened(t, dir)
	closed(t, dir)
	asNobody(t, func() {
		all := Examine(t.Context(), Options{Dir: dir, Now: time.Now()})
		if len(all) != 1 || all[0].State != Fault || !strings.Contains(all[0].Do, "as the account that the bank's folder belongs to") {
			t.Errorf("%+v", all)
		}
	})
}

// TestWhatMayNotBeReadIsNotLost: neither a part of the store nor its head is taken
// for a damaged one, by this command or by a server that starts.
func TestWhatMayNotBeReadIsNotLost(t *testing.T) {
	for _, path := range []func(string) string{bank.StoreFolder, bank.HeadFile} {
		dir := newBank(t, time.Now())
		opened(t, dir)
		asNobody(t, func() {
			if found, err := ledger.Check(bank.HeadFile(dir), bank.StoreFolder(dir)); err != nil || found.Records == 0 {
				t.Errorf("the test does not play what it says: %+v, %v", found, err)
			}
		})
		closed(t, path(dir))
		asNobody(t, func() {
			_, err := ledger.Check(bank.HeadFile(dir), bank.StoreFolder(dir))
			if err == nil || strings.Contains(err.Error(), "damaged") {
				t.Errorf("%s: %v", path(dir), err)
			}
			_, err = ledger.Open(ledger.Options{Head: bank.HeadFile(dir), Store: bank.StoreFolder(dir), Free: func(string) (uint64, error) { return 1 << 40, nil }})
			if err == nil || strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), "as the account") {
				t.Errorf("%s: %v", path(dir), err)
			}
		})
	}
}

// TestAFolderThatMayNotBeWritten is told before a server meets it.
func TestAFolderThatMayNotBeWritten(t *testing.T) {
	dir := newBank(t, time.Now())
	opened(t, dir)
	must(t, os.Chmod(dir, 0o555))
	t.Cleanup(func() { must(t, os.Chmod(dir, 0o700)) })
	asNobody(t, func() {
		if f := (Options{Dir: dir, Free: func(string) (uint64, error) { return 1 << 40, nil }}).disk(); f.State != Fault || !strings.Contains(f.Found, "no file can be written") {
			t.Errorf("%+v", f)
		}
	})
}
