// This file proves by strace(1) that what a command has acknowledged is on
// disk: every change of the directory is in a file opened for synchronous
// writing, or is followed by an fsync of its file, before the first byte of the
// answer leaves; and the store's head, which announces the change, is on disk
// before the change is written. It also cuts the making of a bank off, at each of its steps.

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// tracer is strace with what the proof needs: all threads, paths of open files,
// and whole texts. The tracer is not the parent (-D), so that a signal to the
// child reaches countersignd.
func tracer(trace string) []string {
	return []string{"-D", "-f", "-y", "-s", "8192",
		"-e", "trace=openat,write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync,sync_file_range", "-o", trace, "countersignd"}
}

func TestAnswerOfCommandComesAfterTheDisk(t *testing.T) {
	dir := newBankFolder(t)
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command("strace", append(tracer(trace), addCustomer(dir)...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	checkTrace(t, trace, ticketIn(t, string(out)))
}

// TestABankIsMadeWholeOrNotAtAll: the disk is full from one write on, or the
// program is killed at one step. Either the bank is there and whole, or the same
// command makes it now.
func TestABankIsMadeWholeOrNotAtAll(t *testing.T) {
	cut := 0
	for _, how := range []struct {
		calls, what string
		steps       []int
	}{
		{"write", "error=ENOSPC:when=%d+", []int{2, 9, 11, 12}},
		{"write,fsync,mkdirat,renameat", "signal=KILL:when=%d", []int{2, 3, 30, 60, 64, 66, 67, 68, 70, 72, 73}},
	} {
		for _, step := range how.steps {
			dir := filepath.Join(t.TempDir(), "bank")
			init := []string{"countersignd", "bank", "init", "--dir", dir, "--name", "Example Bank", "--relay", "tls://127.0.0.1:4443", "--line", "+48221112233"}
			inject := how.calls + ":" + fmt.Sprintf(how.what, step)
			_ = exec.Command("strace", append([]string{"-f", "-qq", "-o", os.DevNull, "-e", "trace=" + how.calls, "-e", "inject=" + inject}, init...)...).Run()
			if out, err := exec.Command("countersignd", addCustomer(dir)...).CombinedOutput(); err == nil {
				continue // it was whole already
			} else if strings.Contains(string(out), "damaged") {
				t.Errorf("%s: %s", inject, out)
			}
			cut++
			if out, err := exec.Command(init[0], init[1:]...).CombinedOutput(); err != nil {
				t.Errorf("%s, then again: %s", inject, out)
			}
			if out, err := exec.Command("countersignd", addCustomer(dir)...).CombinedOutput(); err != nil {
				t.Errorf("%s: a bank that was made again: %s", inject, out)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
				t.Errorf("%s: left behind: %s", inject, left)
			}
		}
	}
	if cut < 3 { // strace counts the calls of each thread, so the last steps may not be met
		t.Errorf("only %d banks were cut off: nothing was tried", cut)
	}
}

func TestAnswerOfAChangeComesAfterTheDisk(t *testing.T) {
	dir := newBankFolder(t)
	if out, err := exec.Command("countersignd", addCustomer(dir)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	trace := filepath.Join(t.TempDir(), "trace")
	change := []string{"customer", "change", "--dir", dir, "--ref", "C-1", "--phone", "+48600700899"}
	if out, err := exec.Command("strace", append(tracer(trace), change...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	checkOrder(t, trace, "$KV.CP1_directory.customer.", "changed the numbers on file")
}

func TestAnswerOfServerComesAfterTheDisk(t *testing.T) {
	dir := newBankFolder(t)
	trace := filepath.Join(t.TempDir(), "trace")
	server := exec.Command("strace", append(tracer(trace), "serve", "--dir", dir)...)
	server.Stderr = io.Discard
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill() })
	ready := bufio.NewReader(out)
	if line, err := ready.ReadString('\n'); err != nil || !strings.HasPrefix(line, "ready ") {
		t.Fatalf("%q, %v", line, err)
	}
	answer, err := exec.Command("countersignd", addCustomer(dir)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// The tracer holds the other end, so this is also the end of the trace.
	if _, err := io.Copy(io.Discard, ready); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Fatal(err)
	}
	checkTrace(t, trace, ticketIn(t, string(answer)))
}

func addCustomer(dir string) []string {
	return []string{"customer", "add", "--dir", dir, "--ref", "C-1", "--phone", "+48600700800"}
}

// ticketIn returns the text of the ticket that a command printed.
func ticketIn(t *testing.T, out string) string {
	t.Helper()
	_, rest, found := strings.Cut(out, "ticket: ")
	ticket, _, ended := strings.Cut(rest, "\n")
	if !found || !ended {
		t.Fatalf("no ticket in %q", out)
	}
	return ticket
}

// checkTrace fails unless the ticket's record was written, and it and all that
// was written to the directory before it had reached the disk when the ticket
// left the process.
func checkTrace(t *testing.T, trace, ticket string) {
	t.Helper()
	name := ticket[strings.LastIndexByte(ticket, '/')+1:][:4]
	checkOrder(t, trace, "$KV.CP1_directory.ticket."+name, ticket)
}

// checkOrder is checkTrace for any record and answer.
func checkOrder(t *testing.T, trace, record, answer string) {
	t.Helper()
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	proof := newDiskProof(record, answer)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		proof.line(lines.Text())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if err := proof.verdict(); err != nil {
		t.Error(err)
	}
}

var (
	startOf  = regexp.MustCompile(`^(\d+) +(\w+)\((.*)$`)
	resumeOf = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>`)
	fileOf   = regexp.MustCompile(`^\d+<([^>]*)>`)
	openedOf = regexp.MustCompile(`^[^,]*, "[^"]*", ([A-Z_|]+).* = \d+<([^>]*)>$`)
)

// diskProof follows a trace. A file of the directory is dirty from the start of
// a write to it until the end of an fsync that began after the write ended.
type diskProof struct {
	record, answer string
	synchronous    map[string]bool   // files opened with O_SYNC or O_DSYNC
	dirty          map[string]int    // how often a file was written since it was last on disk
	pending        map[string]string // thread -> what it is doing, until resumed
	syncing        map[string]int    // thread -> dirty count when its fsync began

	head  bool // the store's head was written
	ahead int  // how often since it was last on disk
	blind bool // the record was written before the head that announces it was on disk

	recorded, answered bool
	late               []string // files that were dirty when the answer left
}

func newDiskProof(record, answer string) *diskProof {
	return &diskProof{
		record: record, answer: answer, synchronous: map[string]bool{}, dirty: map[string]int{},
		pending: map[string]string{}, syncing: map[string]int{},
	}
}

func (p *diskProof) line(text string) {
	if m := resumeOf.FindStringSubmatch(text); m != nil {
		p.finish(m[1], m[2], p.pending[m[1]])
		delete(p.pending, m[1])
		return
	}
	m := startOf.FindStringSubmatch(text)
	if m == nil || p.answered {
		return
	}
	thread, call, args := m[1], m[2], m[3]
	p.start(thread, call, args)
	if strings.HasSuffix(args, "<unfinished ...>") {
		p.pending[thread] = args
		return
	}
	p.finish(thread, call, args)
}

func (p *diskProof) start(thread, call, args string) {
	file := fileName(args)
	switch call {
	case "fsync", "fdatasync":
		p.syncing[thread] = p.dirty[file]
		if isHead(file) {
			p.syncing[thread] = p.ahead
		}
	case "write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg":
		if isHead(file) {
			p.head = true
			p.ahead++
		} else if inStore(file) {
			p.dirty[file]++
			if strings.Contains(args, p.record) {
				p.recorded = true
				p.blind = p.blind || !p.head || p.ahead > 0
			}
		} else if strings.Contains(args, p.answer) {
			p.answered = true
			p.note()
		}
	}
}

func (p *diskProof) finish(thread, call, args string) {
	file := fileName(args)
	switch call {
	case "openat":
		if m := openedOf.FindStringSubmatch(args); m != nil && strings.Contains(m[1], "SYNC") {
			p.synchronous[m[2]] = true
		}
	case "fsync", "fdatasync":
		if isHead(file) && p.ahead == p.syncing[thread] {
			p.ahead = 0
		}
		if p.dirty[file] == p.syncing[thread] {
			p.dirty[file] = 0
		}
	case "write", "writev", "pwrite64", "pwritev":
		if inStore(file) {
			p.dirty[file]++ // an fsync that began before this end does not count
			if p.synchronous[file] {
				p.dirty[file] = 0
			}
		}
	}
}

// note remembers which files of the directory are not on disk now.
func (p *diskProof) note() {
	for file, writes := range p.dirty {
		if writes > 0 {
			p.late = append(p.late, file)
		}
	}
}

func (p *diskProof) verdict() error {
	switch {
	case !p.recorded:
		return fmt.Errorf("the trace shows no write of %s", p.record)
	case !p.answered:
		return fmt.Errorf("the trace does not show the answer")
	case p.blind:
		return fmt.Errorf("the record was written before the store's head was on disk")
	case len(p.late) > 0:
		return fmt.Errorf("answered before these files were on disk: %v", p.late)
	}
	return nil
}

func fileName(args string) string {
	if m := fileOf.FindStringSubmatch(args); m != nil {
		return m[1]
	}
	return ""
}

// inStore says whether a file holds messages of the directory's bucket.
func inStore(file string) bool {
	return strings.Contains(file, "KV_CP1_directory") && strings.HasSuffix(file, ".blk")
}

// isHead says whether a file is the head of the store.
func isHead(file string) bool { return strings.HasSuffix(file, "/store.head") }

func TestDiskProofFindsABreach(t *testing.T) {
	const (
		file   = "9</b/KV_CP1_directory/msgs/1.blk>"
		open   = `1 openat(AT_FDCWD</b>, "1.blk", O_RDWR|O_CLOEXEC, 0600) = ` + file
		synced = `1 openat(AT_FDCWD</b>, "1.blk", O_RDWR|O_SYNC|O_CLOEXEC, 0600) = ` + file
		write  = `1 pwrite64(` + file + `, "xRECORDx", 8, 0) = 8`
		fsync  = `1 fsync(` + file + `) = 0`
		answer = `2 write(1<pipe:[7]>, "ticket: ANSWER\n", 15) = 15`

		head  = `1 pwrite64(8</b/store.head>, "CP1head", 512, 0) = 512`
		ahead = `1 fsync(8</b/store.head>) = 0`
	)
	for name, c := range map[string]struct {
		trace []string
		good  bool
	}{
		"fsync":               {[]string{head, ahead, open, write, fsync, answer}, true},
		"synchronous":         {[]string{head, ahead, synced, write, answer}, true},
		"head too late":       {[]string{open, head, write, ahead, fsync, answer}, false},
		"no head":             {[]string{open, write, fsync, answer}, false},
		"none":                {[]string{head, ahead, open, write, answer}, false},
		"too late":            {[]string{head, ahead, open, write, answer, fsync}, false},
		"too early":           {[]string{head, ahead, open, fsync, write, answer}, false},
		"of another file":     {[]string{head, ahead, open, write, `1 fsync(8</b/other>) = 0`, answer}, false},
		"second write":        {[]string{head, ahead, open, write, fsync, write, answer}, false},
		"no record":           {[]string{head, ahead, open, answer}, false},
		"no answer":           {[]string{head, ahead, open, write, fsync}, false},
		"still under way":     {[]string{head, ahead, open, write, `1 fsync(` + file + ` <unfinished ...>`, answer, `1 <... fsync resumed>) = 0`}, false},
		"ended in time":       {[]string{head, ahead, open, write, `1 fsync(` + file + ` <unfinished ...>`, `1 <... fsync resumed>) = 0`, answer}, true},
		"begun before":        {[]string{head, ahead, open, `1 pwrite64(` + file + `, "RECORD", 6, 0 <unfinished ...>`, `3 fsync(` + file + `) = 0`, `1 <... pwrite64 resumed>) = 6`, answer}, false},
		"overtaken by writes": {[]string{head, ahead, open, `3 fsync(` + file + ` <unfinished ...>`, write, `3 <... fsync resumed>) = 0`, answer}, false},
	} {
		p := newDiskProof("RECORD", "ANSWER")
		for _, line := range c.trace {
			p.line(line)
		}
		if err := p.verdict(); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
