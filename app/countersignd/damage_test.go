// This file plays what a disk does to a bank: bytes that flip, files that end too
// early, a server that is killed at any moment, a disk that is full. Whatever
// happens, a server never starts with less than it has acknowledged.
//
// How many places and kills is a flag: make damage plays all, the ordinary tests
// a few.

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/session/bank/admin"
	"countersign/session/bank/directory"
	"countersign/session/bank/server"
)

var (
	damagePlaces = flag.Int("damage-places", 2, "how many bytes to flip and how many cuts to make in each file of the store")
	damageKills  = flag.Int("damage-kills", 3, "how often to kill a server at a random moment")
)

// people on file of the damaged bank.
const onFile = 6

// filed is what was acknowledged of a bank's people.
type filed struct {
	agents    []directory.Agent
	customers []directory.Customer
}

// acknowledgedBank is a folder with people, some of them revoked, and what of
// them was acknowledged.
func acknowledgedBank(t *testing.T) (string, filed) {
	t.Helper()
	dir := newBankFolder(t)
	d, closeStore, err := server.OpenDirectory(t.Context(), dir)
	must(t, err)
	for i := range onFile {
		_, _, err := d.AddAgent(t.Context(), "Anna Kowalska", "Adviser", "Fraud team")
		must(t, err)
		_, _, err = d.AddCustomer(t.Context(), fmt.Sprint("C-", i), []string{"+48600700800"})
		must(t, err)
	}
	for i := range onFile {
		if i%2 == 0 {
			must(t, d.RevokeAgent(t.Context(), uint64(i+1)))
			_, err := d.RevokeCustomer(t.Context(), fmt.Sprint("C-", i))
			must(t, err)
		}
	}
	must(t, d.RevokeAgent(t.Context(), onFile)) // the last write of all
	f, err := read(t.Context(), d)
	must(t, err)
	must(t, closeStore())
	return dir, f
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// read returns what a directory has on file.
func read(ctx context.Context, d *directory.Directory) (f filed, err error) {
	for i := range onFile {
		a, err := d.Agent(ctx, uint64(i+1))
		if err != nil {
			return f, fmt.Errorf("agent %d: %w", i+1, err)
		}
		c, err := d.Customer(ctx, fmt.Sprint("C-", i))
		if err != nil {
			return f, fmt.Errorf("customer %d: %w", i, err)
		}
		f.agents, f.customers = append(f.agents, a), append(f.customers, c)
	}
	return f, nil
}

// whatIs reads a bank's folder as its next server would.
func whatIs(t *testing.T, dir string) (f filed, err error) {
	t.Helper()
	d, closeStore, err := server.OpenDirectory(t.Context(), dir)
	if err != nil {
		return f, err
	}
	f, err = read(t.Context(), d)
	return f, errors.Join(err, closeStore())
}

// place is one damage: a byte flipped in a file, or the file's end cut off there.
type place struct {
	file string
	at   int64
	cut  bool
}

func (p place) String() string {
	if p.cut {
		return fmt.Sprintf("%s cut at %d", p.file, p.at)
	}
	return fmt.Sprintf("%s flipped at %d", p.file, p.at)
}

func (p place) strike(dir string) error {
	path := filepath.Join(dir, p.file)
	if p.cut {
		return os.Truncate(path, p.at)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[p.at] ^= 0x10
	return os.WriteFile(path, data, 0o600)
}

// places spreads so many flips and cuts over each file of the store and over its
// head, the ends always among them.
func places(t *testing.T, dir string, each int) (all []place) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		if err != nil || e.IsDir() || !strings.HasPrefix(name, "store") {
			return err
		}
		info, err := e.Info()
		if err != nil || info.Size() == 0 {
			return err
		}
		n, size := min(int64(each), info.Size()), info.Size()
		for i := range n {
			flip := size - 1 - i*size/n // from the last byte backwards
			all = append(all, place{name, flip, false}, place{name, flip, true})
		}
		return nil
	}))
	return all
}

// tree is the content of a folder, by name.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[path] = string(data)
		return err
	}))
	return files
}

// TestDamagedStore flips bytes and cuts files. The server either starts with all
// that was acknowledged, or says what is wrong, what to do, and changes no byte.
func TestDamagedStore(t *testing.T) {
	dir, want := acknowledgedBank(t)
	started, refused, less := 0, 0, 0
	for _, p := range places(t, dir, *damagePlaces) {
		broken := filepath.Join(t.TempDir(), "bank")
		must(t, os.CopyFS(broken, os.DirFS(dir)))
		must(t, onlyOwner(broken))
		must(t, p.strike(broken))
		before := tree(t, broken)
		said, ready := startAndKill(t, broken)
		if !ready {
			refused++
			if !strings.Contains(said, "is damaged: ") || !strings.Contains(said, "restore") {
				t.Errorf("%s: refused without saying what to do: %s", p, said)
			}
			if after := tree(t, broken); !sameTree(before, after) {
				t.Errorf("%s: a refused start changed the folder", p)
			}
			continue
		}
		started++
		got, err := whatIs(t, broken)
		if err != nil || !same(got, want) {
			less++
			t.Errorf("%s: started with less than was acknowledged (%v)", p, err)
		}
	}
	t.Logf("%d starts with everything, %d refusals, %d starts with less", started-less, refused, less)
	if refused == 0 {
		t.Error("no damage was found at all")
	}
}

func same(a, b filed) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func sameTree(a, b map[string]string) bool {
	for name := range b {
		if filepath.Base(name) != "lock" && a[name] != b[name] {
			return false
		}
	}
	return len(a) <= len(b)
}

// onlyOwner takes from a copied folder the permissions that copying gave it.
func onlyOwner(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	})
}

// startAndKill starts a server and kills it as soon as it is ready. It returns
// what the server said to the operator.
func startAndKill(t *testing.T, dir string) (said string, ready bool) {
	t.Helper()
	s := startProcess(t, dir)
	limit := time.AfterFunc(startUp, func() { _ = s.cmd.Process.Kill() })
	line, err := s.out.ReadString('\n')
	limit.Stop()
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	return s.err.String(), err == nil && strings.HasPrefix(line, "ready ")
}

// process is a server as an operator runs it.
type process struct {
	cmd *exec.Cmd
	out *bufio.Reader
	err *lockedBuffer
}

// lockedBuffer collects what a process writes while it is read.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func startProcess(t *testing.T, dir string) *process {
	t.Helper()
	s := &process{cmd: exec.Command("countersignd", "serve", "--dir", dir, "--listen", "127.0.0.1:0"), err: &lockedBuffer{}}
	s.cmd.Stderr = s.err
	out, err := s.cmd.StdoutPipe()
	must(t, err)
	s.out = bufio.NewReader(out)
	must(t, s.cmd.Start())
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	return s
}

// killAtRandom kills the process at some moment within a time, and waits for its end.
func (s *process) killAtRandom(within time.Duration) {
	kill := time.AfterFunc(rand.N(within), func() { _ = s.cmd.Process.Kill() })
	defer kill.Stop()
	_ = s.cmd.Wait() // its status is that of a killed process
}

// TestKilledServer kills a server at random moments, while it starts and while it
// writes, and starts it again: the store was not damaged, so the server starts,
// with all that was acknowledged.
func TestKilledServer(t *testing.T) {
	dir, _ := acknowledgedBank(t)
	acknowledged := map[string]string{} // customer -> the number on file
	var counts [2]int
	for kill := range *damageKills {
		s := startProcess(t, dir)
		_, err := s.out.ReadString('\n')
		if err != nil {
			t.Fatalf("after %d kills the server did not start: %s", kill, s.err)
		}
		checkNumbers(t, dir, acknowledged)
		// Somebody changes one record after the other, as fast as it goes.
		type done struct{ ref, number string }
		changes, last := make(chan done, 1<<16), done{}
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			for i := 0; ; i++ {
				c := done{fmt.Sprint("C-", rand.IntN(onFile)), fmt.Sprintf("+48600%06d", kill*1000+i)}
				r := admin.Request{Op: admin.ChangeCustomer, Reference: c.ref, Phones: []string{c.number}}
				answer, err := admin.AskServer(t.Context(), dir, r)
				if err != nil || answer.Fault != "" {
					last = c // it may have been done
					return
				}
				changes <- c
			}
		}()
		s.killAtRandom(150 * time.Millisecond)
		<-stopped
		close(changes)
		for c := range changes {
			acknowledged[c.ref] = c.number
			counts[0]++
		}
		// Now one while it starts. What was under way is on file or not at all.
		s = startProcess(t, dir)
		s.killAtRandom(300 * time.Millisecond)
		if strings.Contains(s.err.String(), "damaged") {
			t.Fatalf("after %d kills the server did not start: %s", kill, s.err)
		}
		f, err := whatIs(t, dir)
		must(t, err)
		for _, c := range f.customers {
			if c.Ref == last.ref && slices.Equal(c.Phones, []string{last.number}) {
				acknowledged[c.Ref] = last.number
				counts[1]++
			}
		}
	}
	t.Logf("%d acknowledged changes, %d that were done but not acknowledged", counts[0], counts[1])
	f, err := whatIs(t, dir)
	must(t, err)
	for _, c := range f.customers {
		if want, ok := acknowledged[c.Ref]; ok && !slices.Equal(c.Phones, []string{want}) {
			t.Errorf("%s has %v on file, %s was acknowledged", c.Ref, c.Phones, want)
		}
	}
}

// checkNumbers has the running server say what it knows, by doing again what was
// acknowledged: a number that is on file already makes a ticket, another one is a
// fault.
func checkNumbers(t *testing.T, dir string, acknowledged map[string]string) {
	t.Helper()
	for ref, number := range acknowledged {
		answer, err := admin.AskServer(t.Context(), dir, admin.Request{Op: admin.AddCustomer, Reference: ref, Phones: []string{number}})
		if err != nil || answer.Fault != "" {
			t.Errorf("%s: %v %s", ref, err, answer.Fault)
		}
		return // one is enough: a ticket takes its time
	}
}
