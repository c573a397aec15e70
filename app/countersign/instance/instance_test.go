// This file tests that a home has one window, that starts reach it, and that
// what is hostile does not.

package instance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/session/computer/screenpop"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

const limit = 20 * time.Second

// held is a home with somebody who hears starts.
func held(t *testing.T) (dir string, starts chan Start, h *Holder) {
	t.Helper()
	return heldIn(t, t.TempDir())
}

func heldIn(t *testing.T, dir string) (_ string, starts chan Start, h *Holder) {
	t.Helper()
	h, err := Hold(dir, Start{})
	if err != nil || h == nil {
		t.Fatal(h, err)
	}
	starts = make(chan Start, 8)
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Serve(func(w Start) bool { starts <- w; return true })
	}()
	t.Cleanup(func() {
		h.Release()
		<-done
	})
	return dir, starts, h
}

func TestSecondStartHandsItselfToTheFirst(t *testing.T) {
	dir, starts, _ := held(t)
	want := screenpop.Request{Customer: "C 1001/ü&x=1", Direction: offer.BankCalled, Purpose: trust.CardPayment, Line: "+48221112233"}
	for _, w := range []Start{{}, {Call: &want}} {
		h, err := Hold(dir, w)
		if h != nil || err != nil {
			t.Fatal(h, err)
		}
		got := <-starts
		if (got.Call == nil) != (w.Call == nil) || got.Call != nil && *got.Call != *w.Call {
			t.Errorf("%+v became %+v", w, got)
		}
	}
}

// TestAHomeWithALongNameIsHeardToo: systems take socket names of 103 bytes and
// more, and people's folders have longer ones.
func TestAHomeWithALongNameIsHeardToo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 150))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	dir, starts, first := heldIn(t, dir)
	if h, err := Hold(dir, Start{}); h != nil || err != nil {
		t.Fatal(h, err)
	}
	<-starts
	if info, err := os.Lstat(filepath.Join(dir, socketName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "cs*", "h")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	first.Release()
	if _, err := os.Lstat(filepath.Join(dir, socketName)); err == nil {
		t.Error("the socket is left behind")
	}
}

// A link without a word must not empty a form that is being filled in.
func TestARequestWithoutAWordOnlyRaisesTheWindow(t *testing.T) {
	if w, err := Parse("countersign://call"); err != nil || w.Call != nil {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestOnlyTheOwnerCanReachTheSocket(t *testing.T) {
	dir, _, _ := held(t)
	info, err := os.Lstat(filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is open to others: %v", info.Mode())
	}
}

func TestTwoHomesHaveTwoWindows(t *testing.T) {
	held(t)
	held(t)
}

func TestHomeIsFreeAfterTheWindow(t *testing.T) {
	dir, starts, h := held(t)
	h.Release()
	if _, err := os.Lstat(filepath.Join(dir, socketName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left over: %v", err)
	}
	next, err := Hold(dir, Start{})
	if next == nil || err != nil {
		t.Fatal(next, err)
	}
	next.Release()
	if len(starts) != 0 {
		t.Error("the second window's start went to the first")
	}
}

// A window that is closing takes no start: whoever is started meanwhile waits
// until the call is kept, and has the home then.
func TestAStartWaitsForAWindowThatIsClosing(t *testing.T) {
	dir := t.TempDir()
	h, err := Hold(dir, Start{})
	if h == nil || err != nil {
		t.Fatal(h, err)
	}
	asked, served := make(chan struct{}, 8), make(chan struct{})
	go func() {
		defer close(served)
		h.Serve(func(Start) bool { asked <- struct{}{}; return false })
	}()
	next := make(chan *Holder, 1)
	go func() {
		h, err := Hold(dir, Start{})
		if err != nil {
			t.Error(err)
		}
		next <- h
	}()
	<-asked
	h.Release()
	<-served
	if h := <-next; h == nil {
		t.Error("the start was swallowed")
	} else {
		h.Release()
	}
}

// holdEnv makes the test program hold a home and wait, to be cut off there.
const holdEnv = "COUNTERSIGN_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdEnv); dir != "" {
		h, err := Hold(dir, Start{})
		if h == nil || err != nil {
			os.Exit(1)
		}
		go h.Serve(func(Start) bool { return true })
		fmt.Println("held")
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test lets go
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A program that is cut off leaves its socket behind; the next start takes it over.
func TestSocketOfACrashedProgramIsTakenOver(t *testing.T) {
	dir := t.TempDir()
	crashing := exec.Command(os.Args[0])
	crashing.Env = append(os.Environ(), holdEnv+"="+dir)
	out, err := crashing.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := crashing.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if err := crashing.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := readLine(out); line != "held" {
		t.Fatal(line, err)
	}
	if h, err := Hold(dir, Start{}); h != nil || err != nil {
		t.Fatal("two programs hold one home", err)
	}
	if err := crashing.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = crashing.Wait() // says that it was killed
	if _, err := os.Lstat(filepath.Join(dir, socketName)); err != nil && runtime.GOOS != "windows" {
		t.Fatalf("nothing is left over to be taken: %v", err)
	}
	h, err := Hold(dir, Start{})
	if h == nil || err != nil {
		t.Fatal(h, err)
	}
	h.Release()
}

// hearBytes gives bytes to the hearer and returns its answer and what it took.
func hearBytes(t interface{ Fatal(...any) }, sent []byte) (answer string, taken []Start) {
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		hear(theirs, func(w Start) bool { taken = append(taken, w); return true })
	}()
	go func() {
		_ = ours.SetWriteDeadline(time.Now().Add(limit))
		_, _ = ours.Write(sent)
		if !bytes.ContainsRune(sent, '\n') && len(sent) < maxLine {
			ours.Close() // else the hearer waits for the end of the line, as long as it may
		}
	}()
	_ = ours.SetReadDeadline(time.Now().Add(limit))
	got, _ := io.ReadAll(ours)
	<-done
	ours.Close()
	return string(got), taken
}

func TestHostileStartsAreRefused(t *testing.T) {
	for _, sent := range []string{
		"\n", "raise \n", " raise\n", "RAISE\n", "quit\n", "raise\x00\n", "raise\r\n",
		"countersign://call?customer=C-1001&start=yes\n",
		"countersign://enrol?ticket=CT1:evil:1/AAAA-AAAA-AAAA-AAAA\n",
		"countersign://call?customer=C-1001&customer=C-1002\n",
		"countersign://call?customer=%00\n",
		"countersign://call?customer=%0Araise\n",
		"http://call?customer=C-1001\n",
		"countersign://call?customer=" + strings.Repeat("x", 600) + "\n",
	} {
		answer, taken := hearBytes(t, []byte(sent))
		if answer != answerRefused || len(taken) != 0 {
			t.Errorf("%q: answer %q, taken %v", sent, answer, taken)
		}
	}
	for _, sent := range []string{"", "raise", strings.Repeat("r", maxLine), strings.Repeat("r", 10*maxLine) + "\n"} {
		answer, taken := hearBytes(t, []byte(sent))
		if answer != "" || len(taken) != 0 {
			t.Errorf("%d bytes: answer %q, taken %v", len(sent), answer, taken)
		}
	}
}

// Somebody who connects and says nothing does not keep others waiting for ever.
func TestSilentConnectionIsGivenUp(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		hear(theirs, func(Start) bool { t.Error("silence was taken for a start"); return true })
	}()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatal("it is still heard")
	}
}

// Only one line counts: what follows it is not heard.
func TestOneConnectionHasOneStart(t *testing.T) {
	_, taken := hearBytes(t, []byte("raise\nraise\ncountersign://call?customer=C-1\n"))
	if len(taken) != 1 || taken[0].Call != nil {
		t.Errorf("%v", taken)
	}
}

func TestSecondStartIsToldThatItIsRefused(t *testing.T) {
	dir := t.TempDir()
	answer := func(word string) {
		l, err := net.Listen("unix", filepath.Join(dir, socketName))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		got := make(chan error, 1)
		go func() { got <- send(dir, Start{}) }()
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = readLine(c)
		io.WriteString(c, word)
		c.Close()
		err = <-got
		switch word {
		case answerDone:
			if err != nil {
				t.Error(err)
			}
		case answerRefused:
			if !errors.Is(err, ErrRefused) {
				t.Error(err)
			}
		default:
			if err == nil {
				t.Errorf("%q counts as done", word)
			}
		}
	}
	for _, word := range []string{answerDone, answerRefused, "", "done", "done done\n", strings.Repeat("d", 2*maxLine)} {
		answer(word)
	}
}

// What is sent for any request is what comes in.
func TestStartsArriveAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := screenpop.Request{
			Customer:  rapid.StringOfN(rapid.RuneFrom([]rune("aC1-/ &=?%#;+żß\u200d")), 0, 20, -1).Draw(t, "customer"),
			Direction: rapid.SampledFrom([]offer.Direction{0, offer.BankCalled, offer.CustomerCalled}).Draw(t, "direction"),
		}
		if r.Check() != nil {
			return // nobody can ask for it
		}
		_, taken := hearBytes(t, []byte(Start{Call: &r}.String()+"\n"))
		if r == (screenpop.Request{}) {
			if len(taken) != 1 || taken[0].Call != nil {
				t.Fatalf("a request without a word became %+v", taken)
			}
			return
		}
		if len(taken) != 1 || taken[0].Call == nil || *taken[0].Call != r {
			t.Fatalf("%+v became %+v", r, taken)
		}
	})
}

// FuzzHear: whatever arrives, what is taken is a start that can be written, and
// nothing is taken without its answer.
func FuzzHear(f *testing.F) {
	f.Add([]byte("raise\n"))
	f.Add([]byte("countersign://call?customer=C-1001&direction=bank-called\n"))
	f.Add([]byte("countersign://call?customer=%41\nraise\n"))
	f.Add([]byte{0, 0xff, '\n'})
	f.Fuzz(func(t *testing.T, sent []byte) {
		answer, taken := hearBytes(t, sent)
		if (answer == answerDone) != (len(taken) == 1) || len(taken) > 1 {
			t.Fatalf("answer %q, taken %v", answer, taken)
		}
		for _, w := range taken {
			again, err := Parse(w.String())
			if err != nil || (again.Call == nil) != (w.Call == nil) || w.Call != nil && *again.Call != *w.Call {
				t.Fatalf("%+v cannot be written: %v", w, err)
			}
			if w.Call != nil && w.Call.Check() != nil {
				t.Fatalf("%+v is no request", *w.Call)
			}
		}
	})
}
