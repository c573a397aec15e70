// This file plays what may go wrong with a backup's file and with a restore: a
// damaged or cut-off file, the wrong key, a disk that fills up, a program that is
// killed. Each leaves a whole backup or bank, or none.

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

// sealedBank is a bank with customers on file, and the key of its backups.
type sealedBank struct {
	*testing.T
	dir, identity, recipient string
}

func newSealedBank(t *testing.T) sealedBank {
	t.Helper()
	b := sealedBank{T: t, dir: newBankFolder(t)}
	b.identity, b.recipient = newIdentity(t)
	b.runs(addCustomer(b.dir)...)
	return b
}

func newIdentity(t *testing.T) (file, recipient string) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "identity.txt")
	if err := os.WriteFile(file, []byte(key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, key.Recipient().String()
}

// runs runs a command that must do well.
func (b sealedBank) runs(args ...string) string {
	b.Helper()
	out, err := exec.Command("countersignd", args...).CombinedOutput()
	if err != nil {
		b.Fatalf("%s: %v: %s", args, err, out)
	}
	return string(out)
}

func (b sealedBank) backup(out string) []string {
	return []string{"bank", "backup", "--dir", b.dir, "--out", out, "--recipient", b.recipient}
}

func (b sealedBank) restore(dir, from string) []string {
	return []string{"bank", "restore", "--dir", dir, "--from", from, "--identity", b.identity, "--lost", "none"}
}

// whole fails unless the bank in dir has its customer on file.
func (b sealedBank) whole(dir string) {
	b.Helper()
	if out := b.runs("customer", "show", "--dir", dir, "--ref", "C-1", "--whole"); !strings.Contains(out, "+48600700800") {
		b.Errorf("the customer is not on file: %s", out)
	}
}

// cutOff runs a command that strace makes fail at a step.
func cutOff(calls, what string, args []string) {
	strace := []string{"-f", "-qq", "-o", os.DevNull, "-e", "trace=" + calls, "-e", "inject=" + calls + ":" + what, "countersignd"}
	_ = exec.Command("strace", append(strace, args...)...).Run() // what is left is looked at
}

func TestADamagedBackupMakesNoBank(t *testing.T) {
	b := newSealedBank(t)
	good := filepath.Join(t.TempDir(), "good.age")
	b.runs(b.backup(good)...)
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	const places = 12
	bad := map[string][]byte{
		"empty":         nil,
		"without seal":  []byte("backup.json"),
		"one byte less": whole[:len(whole)-1],
		"one byte more": append(bytes.Clone(whole), 0),
		"twice":         append(bytes.Clone(whole), whole...),
	}
	for n := range places {
		at := n * (len(whole) - 1) / (places - 1)
		flipped := bytes.Clone(whole)
		flipped[at] ^= 1
		bad[fmt.Sprintf("byte %d flipped", at)] = flipped
		bad[fmt.Sprintf("cut at %d", at)] = whole[:at]
	}
	for name, data := range bad {
		from, dir := filepath.Join(t.TempDir(), "bad.age"), filepath.Join(t.TempDir(), "bank")
		if err := os.WriteFile(from, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("countersignd", b.restore(dir, from)...).CombinedOutput()
		if made, _ := os.ReadDir(dir); err == nil || len(made) > 0 {
			t.Errorf("%s: a bank was made: %s", name, out)
		} else if !strings.Contains(string(out), "bad.age does not open") && !strings.Contains(string(out), "bad.age is no backup, or damaged") {
			t.Errorf("%s: %s", name, out)
		}
	}
	other, _ := newIdentity(t)
	dir := filepath.Join(t.TempDir(), "bank")
	out, err := exec.Command("countersignd", "bank", "restore", "--dir", dir, "--from", good, "--identity", other, "--lost", "none").CombinedOutput()
	if made, _ := os.ReadDir(dir); err == nil || len(made) > 0 || !strings.Contains(string(out), "does not open") {
		t.Errorf("by another key: %v: %s", err, out)
	}
	b.runs(b.restore(dir, good)...)
	b.whole(dir)
}

// TestABackupIsWholeOrNotAtAll: whatever stands under the backup's name restores.
func TestABackupIsWholeOrNotAtAll(t *testing.T) {
	b := newSealedBank(t)
	absent, there := 0, 0
	for _, how := range []struct {
		calls, what string
		steps       []int
	}{
		{"write", "error=ENOSPC:when=%d+", []int{2, 5, 12, 13}},
		{"fsync", "error=EIO:when=%d", []int{1, 2}},
		{"write", "signal=KILL:when=%d", []int{2, 5, 12, 13}},
		{"fsync,renameat", "signal=KILL:when=%d", []int{1, 2, 3, 4}},
	} {
		for _, step := range how.steps {
			out := filepath.Join(t.TempDir(), "backup.age")
			what := fmt.Sprintf(how.what, step)
			cutOff(how.calls, what, b.backup(out))
			if _, err := os.Lstat(out); err != nil {
				absent++
				if left, _ := os.ReadDir(filepath.Dir(out)); strings.Contains(what, "error=") && len(left) > 0 {
					t.Errorf("%s, %s: left behind: %v", how.calls, what, left)
				}
				b.runs(b.backup(out)...) // the same command, again
			} else {
				there++
			}
			dir := filepath.Join(t.TempDir(), "bank")
			if said, err := exec.Command("countersignd", b.restore(dir, out)...).CombinedOutput(); err != nil {
				t.Errorf("%s, %s: what looks like a backup is none: %s", how.calls, what, said)
			}
		}
	}
	if absent < 7 || there < 1 {
		t.Errorf("%d backups were cut off, %d were not: not every step was tried", absent, there)
	}
}

// TestABankIsRestoredWholeOrNotAtAll: where a restore is killed, the folder is
// empty still, or absent, or the whole bank.
func TestABankIsRestoredWholeOrNotAtAll(t *testing.T) {
	b := newSealedBank(t)
	backup := filepath.Join(t.TempDir(), "backup.age")
	b.runs(b.backup(backup)...)
	cut := 0
	for _, how := range []struct {
		calls, what string
		steps       []int
	}{
		{"mkdirat", "signal=KILL:when=%d", []int{1, 2, 3}},
		{"renameat", "signal=KILL:when=%d", []int{1, 2, 8, 12, 16}},
		{"write,pwrite64", "error=ENOSPC:when=%d+", []int{2, 6, 12, 20}},
	} {
		for _, step := range how.steps {
			dir := filepath.Join(t.TempDir(), "bank")
			what := fmt.Sprintf(how.what, step)
			cutOff(how.calls, what, b.restore(dir, backup))
			if _, err := os.Lstat(filepath.Join(dir, "bank.json")); err == nil {
				b.whole(dir)
				continue
			}
			cut++
			if made, _ := os.ReadDir(dir); len(made) > 0 {
				t.Errorf("%s, %s: half a bank: %v", how.calls, what, made)
			}
			if err := os.RemoveAll(dir + ".restoring"); err != nil { // as the next restore asks for
				t.Fatal(err)
			}
			b.runs(b.restore(dir, backup)...)
			b.whole(dir)
		}
	}
	if cut < 6 {
		t.Errorf("only %d restores were cut off: nothing was tried", cut)
	}
}
