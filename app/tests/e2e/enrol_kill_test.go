//go:build e2e && linux

// This file owns what must hold of an enrolment when a program is killed, or its
// disk is full, anywhere in it: the letter is not burnt, and an enrolment that
// there was is not lost. strace(1) kills a client at its n-th read, write or
// change of a file; inotify(7) tells when to kill the server.
//
// Rules: kills are as many as -kills says, few in `make test`; which moments
// they hit is spread over all, and follows from the number of the kill alone.

package e2e

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"countersign/app/tools/demo/programs"
)

var kills = flag.Int("kills", 8, "how many enrolments TestEnrolmentSurvivesKills cuts off by kill -9")

// together is how many of them share a bank and two homes: the first two of them
// enrol for the first time, the others over an enrolment that works.
const together = 10

// moments are those at which a client is killed: at which of its calls, and at
// the how-many-eth. A thread's count is its own, so the same moment is not the
// same step of the enrolment every time. Of what a program does most, the first
// ones are its start.
var moments = spread(map[string][]int{
	"renameat": {1, 2}, "fsync": {1, 2, 3, 4}, "openat": {5, 7, 9},
	"write": {5, 7, 9, 11, 13}, "read": {5, 7, 9, 11, 13},
})

func spread(counts map[string][]int) (all []string) {
	for i := range 5 {
		for _, call := range slices.Sorted(maps.Keys(counts)) {
			if i < len(counts[call]) {
				all = append(all, fmt.Sprintf("%s:signal=SIGKILL:when=%d", call, counts[call][i]))
			}
		}
	}
	return all
}

// changes is how many changes of the bank's folder an enrolment is followed for
// before the server is killed: the last ones of some enrolments.
var changes = map[string]int{"customer": 8, "agent": 6}

func TestEnrolmentSurvivesKills(t *testing.T) {
	var tried, cutOff atomic.Int64
	t.Cleanup(func() { // once the parts below, which run side by side, are over
		t.Logf("%d enrolments, %d of them cut off", tried.Load(), cutOff.Load())
		if 2*cutOff.Load() < tried.Load() {
			t.Error("most kills came when the enrolment was over: too little was tried")
		}
	})
	for from := 0; from < *kills; from += together {
		t.Run(fmt.Sprint(from), func(t *testing.T) {
			s := newScene(t)
			b := s.openBank()
			pair := map[string]*person{"agent": b.newHome("agent"), "customer": b.newHome("customer")}
			for n := from; n < min(from+together, *kills); n++ {
				who := pair[[]string{"customer", "agent"}[n%2]]
				letter := who.letter()
				var cut bool
				if n/2%2 == 0 {
					cut = who.killedAt(letter, n/4)
				} else {
					cut = b.killedDuring(who, letter, n/4)
				}
				tried.Add(1)
				if cut {
					cutOff.Add(1)
				}
				s.Logf("kill %d: %s, cut off %t", n, who.part, cut)
				works := func() { // whoever has enrolled before
					if pair["agent"].enrolled && pair["customer"].enrolled {
						s.secure(pair["agent"], pair["customer"]).complete()
					}
				}
				if who.part == "customer" { // an agent's new letter ends the key of before
					works()
				}
				who.enrol(letter)
				who.enrolled = true
				works()
			}
		})
	}
}

// newHome is somebody whose program was started once, on the bank's file.
func (b *bank) newHome(part string) *person {
	b.Helper()
	p := b.newPerson(part)
	p.bank = b
	if p.part == "customer" {
		p.reference, p.phone, _ = b.customerOnFile()
	}
	first := p.start(p.part, programs.Command{Path: program("countersign-text"), Env: p.env, Args: []string{"--home", p.home, "customer", "banks"}})
	p.exit(first)
	return p
}

// letter is one more ticket for the person.
func (p *person) letter() invitation {
	p.Helper()
	switch {
	case p.part == "agent" && p.enrolled:
		return p.bank.invite("agent", "reissue", "--name", "Robin Nowak")
	case p.part == "agent":
		return p.bank.agentOnFile()
	}
	return p.bank.invite("customer", "add", "--ref", p.reference, "--phone", p.phone)
}

// traced enrols under strace and returns once it has ended, however.
func (p *person) traced(letter invitation, inject string) *programs.Process {
	p.Helper()
	calls, _, _ := strings.Cut(inject, ":")
	enrolling := p.start(p.part, programs.Command{
		Path: "strace", Env: p.env,
		Args: []string{"-f", "-qq", "-o", filepath.Join(p.TempDir(), "trace"), "-e", "trace=" + calls, "-e", "inject=" + inject,
			program("countersign-text"), "--home", p.home, "--language", "en", p.part, "enrol", "-", "--json", "--unprompted"},
	})
	_ = enrolling.Type(letter.ticket) // it may be gone already
	p.exit(enrolling)
	return enrolling
}

// killedAt kills the client at a step of its enrolment, if it comes to that, and
// reports whether the enrolment was cut off.
func (p *person) killedAt(letter invitation, n int) bool {
	p.Helper()
	enrolling := p.traced(letter, moments[n%len(moments)])
	return !completed(enrolling)
}

func completed(p *programs.Process) bool {
	for _, e := range p.Events() {
		if e.Name == "ended" && e.Reason == "completed" {
			return true
		}
	}
	return false
}

// killedDuring kills the server at a change of its store, or of the store's head,
// while the person enrols, and starts it again.
func (b *bank) killedDuring(p *person, letter invitation, n int) bool {
	b.Helper()
	changed, stop := watch(b.T, b.dir)
	defer stop()
	server := b.server
	enrolling := p.run("enrol", "-", "--json", "--unprompted")
	p.types(enrolling, letter.ticket)
	for range 1 + n%changes[p.part] {
		select {
		case <-changed:
			continue
		case <-enrolling.Ended():
		}
		break
	}
	if err := server.Signal(os.Kill); err != nil {
		b.Fatal(err)
	}
	p.exit(enrolling)
	b.exit(server)
	b.serve()
	return !completed(enrolling)
}

// watch tells of every write to a file in a folder, or in one beneath it.
func watch(t *testing.T, folder string) (changed <-chan struct{}, stop func()) {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	events := os.NewFile(uintptr(fd), "inotify") // non-blocking: Close wakes the reader
	err = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			_, err = unix.InotifyAddWatch(fd, path, unix.IN_MODIFY)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		buffer := make([]byte, unix.SizeofInotifyEvent+unix.NAME_MAX+1) // one event at a time, or little more
		for {
			if _, err := events.Read(buffer); err != nil {
				return
			}
			select {
			case told <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return told, func() { cancel(); _ = events.Close() }
}

// TestEnrolmentOnAFullDisk: what cannot be made whole leaves the enrolment that
// works, at each file that is written, and with space the same letter goes on.
func TestEnrolmentOnAFullDisk(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer := b.newAgent(), b.newCustomer()
	agent.enrolled, customer.enrolled = true, true
	for _, who := range []*person{customer, agent} {
		refused := 0
		for _, step := range []string{"fsync", "renameat"} {
			for n := 1; ; n++ {
				letter := who.letter()
				before := listOf(who)
				enrolling := who.traced(letter, fmt.Sprintf("%s:error=ENOSPC:when=%d", step, n))
				if completed(enrolling) {
					break // it writes fewer files than that
				}
				refused++
				if after := listOf(who); !bytes.Equal(after, before) {
					t.Errorf("%s, %s %d: before\n%s\nafter\n%s", who.part, step, n, before, after)
				}
				if who == customer { // an agent's new letter ends the key of before
					s.secure(agent, customer).complete()
				}
				who.enrol(letter)
				s.secure(agent, customer).complete()
			}
		}
		if refused < 3 {
			t.Errorf("%s: only %d enrolments met a full disk", who.part, refused)
		}
	}
}

// listOf are the names of a person's files for banks: nothing half written stays.
func listOf(p *person) []byte {
	p.Helper()
	entries, err := os.ReadDir(filepath.Join(p.home, "banks"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.Fatal(err)
	}
	var names bytes.Buffer
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "enrolling-") {
			fmt.Fprintln(&names, e.Name())
		}
	}
	return names.Bytes()
}
