//go:build damage

// This file plays a disk that is full, on small disks of its own (tmpfs, in a
// mount namespace of its own): once as it happens, and once so that the store
// itself meets it, past the look at the free space.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/session/bank/admin"
)

// apart says that the test runs in its own namespace already.
const apart = "COUNTERSIGND_TEST_APART"

// TestFullDisk fills the disk under a running server, and makes space again.
func TestFullDisk(t *testing.T) {
	if inNamespace(t) {
		disk := mount(t, t.TempDir(), "64m")
		dir := newBankIn(t, filepath.Join(disk, "bank"))
		s := ready(t, dir)
		acknowledged := ""
		change := func(number string) error {
			begun := time.Now()
			err := asked(t, dir, admin.Request{Op: admin.ChangeCustomer, Reference: "C-1", Phones: []string{number}})
			if err == nil {
				acknowledged = number
			}
			t.Logf("%s after %v: %v", number, time.Since(begun).Round(time.Millisecond), err)
			return err
		}
		must(t, change("+48600700801"))
		fill(t, disk)
		for i := range 20 {
			if err := change(fmt.Sprint("+4860070081", i%10)); err == nil || !strings.Contains(err.Error(), "disk_full") {
				t.Errorf("on a full disk: %v", err)
			}
		}
		if err := asked(t, dir, admin.Request{Op: admin.Health}); err == nil || !strings.Contains(err.Error(), "disk_full") {
			t.Errorf("health on a full disk: %v", err)
		}
		for _, check := range []string{"disk", "store"} {
			if said := checkedUp(dir); !strings.Contains(said, `{"check":"`+check+`","state":"fault"`) {
				t.Errorf("doctor on a full disk: %s", said)
			}
		}
		must(t, os.Remove(filepath.Join(disk, "fill")))
		must(t, asked(t, dir, admin.Request{Op: admin.Health}))
		if said := checkedUp(dir); strings.Contains(said, `"state":"fault"`) {
			t.Errorf("doctor once there is space again: %s", said)
		}
		must(t, change("+48600700802"))
		must(t, s.cmd.Process.Kill())
		_ = s.cmd.Wait()
		onDisk(t, dir, acknowledged)
		fill(t, disk)
		if said := checkedUp(dir); !strings.Contains(said, `{"check":"disk","state":"fault"`) || !strings.Contains(said, `{"check":"store","state":"ok"`) {
			t.Errorf("doctor on a full disk, without a server: %s", said)
		}
	}
}

// checkedUp is what doctor says, whatever its status.
func checkedUp(dir string) string {
	out, err := exec.Command("countersignd", "doctor", "--dir", dir, "--json").CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		return err.Error()
	}
	return string(out)
}

// TestStoreMeetsTheFullDisk: the server starts anew by itself, and nothing that was
// acknowledged is missing.
func TestStoreMeetsTheFullDisk(t *testing.T) {
	if inNamespace(t) {
		dir := newBankIn(t, filepath.Join(t.TempDir(), "bank"))
		small := filepath.Join(dir, "store", "jetstream")
		kept := filepath.Join(t.TempDir(), "kept")
		must(t, os.CopyFS(kept, os.DirFS(small)))
		mount(t, small, "1m")
		must(t, os.CopyFS(small, os.DirFS(kept)))
		s := ready(t, dir)
		fill(t, small)
		acknowledged, number := "+48600700800", ""
		for i := range 200 {
			number = fmt.Sprintf("+48600700%03d", i)
			err := asked(t, dir, admin.Request{Op: admin.ChangeCustomer, Reference: "C-1", Phones: []string{number}})
			if err != nil {
				t.Logf("change %d: %v", i, err)
				break
			}
			acknowledged = number
		}
		must(t, os.RemoveAll(filepath.Join(small, "fill"))) // nats-server removes it, too, where it is faster
		limit := time.AfterFunc(startUp, func() { _ = s.cmd.Process.Kill() })
		defer limit.Stop()
		if line, err := s.out.ReadString('\n'); !strings.HasPrefix(line, "ready ") {
			t.Errorf("the server did not start anew: %q, %v", line, err)
		}
		t.Log(s.err.String())
		must(t, asked(t, dir, admin.Request{Op: admin.Health}))
		must(t, s.cmd.Process.Kill())
		_ = s.cmd.Wait()
		onDisk(t, dir, acknowledged, number)
	}
}

// inNamespace runs the test once more in a mount namespace of its own, and says
// whether it is there.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(apart) != "" {
		return true
	}
	self, err := os.Executable()
	must(t, err)
	again := exec.Command("unshare", "--user", "--map-root-user", "--mount", self, "-test.v", "-test.run", "^"+t.Name()+"$")
	again.Env = append(os.Environ(), apart+"=1")
	out, err := again.CombinedOutput()
	t.Logf("%s", out)
	must(t, err)
	if !bytes.Contains(out, []byte("PASS: "+t.Name())) {
		t.Error("it was not played")
	}
	return false
}

func mount(t *testing.T, dir, size string) string {
	t.Helper()
	must(t, syscall.Mount("none", dir, "tmpfs", 0, "size="+size))
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill takes all the space that there is.
func fill(t *testing.T, disk string) {
	t.Helper()
	f, err := os.Create(filepath.Join(disk, "fill"))
	must(t, err)
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	must(t, f.Close())
}

func newBankIn(t *testing.T, dir string) string {
	t.Helper()
	if out, err := exec.Command("countersignd", addCustomer(newBank(t, dir))...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

func ready(t *testing.T, dir string) *process {
	t.Helper()
	s := startProcess(t, dir)
	if _, err := s.out.ReadString('\n'); err != nil {
		t.Fatalf("the server did not start: %s", s.err)
	}
	return s
}

func asked(t *testing.T, dir string, r admin.Request) error {
	t.Helper()
	answer, err := admin.AskServer(t.Context(), dir, r)
	if err == nil && answer.Fault != "" {
		err = errors.New(answer.Fault)
	}
	return err
}

// onDisk fails unless the customer's number on file is one of these: the one that
// was acknowledged last, and one whose writing was under way.
func onDisk(t *testing.T, dir string, numbers ...string) {
	t.Helper()
	answer := exec.Command("countersignd", "customer", "show", "--dir", dir, "--ref", "C-1", "--whole", "--json")
	out, err := answer.CombinedOutput()
	must(t, err)
	for _, number := range numbers {
		if strings.Contains(string(out), number) {
			return
		}
	}
	t.Errorf("none of %v is on file: %s", numbers, out)
}
