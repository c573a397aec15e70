// This file tests the commands as an operator types them: each script of
// testdata/script runs real processes in a folder of its own.

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
)

// startUp bounds the start of a server, on a busy machine.
const startUp = time.Minute

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"countersignd": main})
}

func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			address, err := freeAddress()
			e.Setenv("RELAY", "tls://"+address)
			e.Setenv("LONG", strings.Repeat("l", 150))
			if err != nil {
				return err
			}
			key, err := age.GenerateX25519Identity()
			if err != nil {
				return err
			}
			e.Setenv("RECIPIENT", key.Recipient().String())
			return os.WriteFile(filepath.Join(e.WorkDir, "identity.txt"), []byte(key.String()+"\n"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":       status,
			"lines":        lines,
			"mode":         mode,
			"cut":          cut,
			"start-server": startServer,
			"stop-server":  stopServer,
		},
	})
}

// freeAddress is an address at which nobody listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// newBankFolder is the folder of a bank that has just been made.
func newBankFolder(t *testing.T) string { return newBank(t, filepath.Join(t.TempDir(), "bank")) }

// newBank makes a bank in a folder of its own.
func newBank(t *testing.T, dir string) string {
	t.Helper()
	address, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("countersignd", "bank", "init", "--dir", dir,
		"--name", "Example Bank", "--relay", "tls://"+address, "--line", "+48221112233").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// status runs a command that must exit with a status: status N command ...
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command ...")
	}
	var exit *exec.ExitError
	got := 0
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// lines checks how many lines a stream or file has: lines N stdout.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines N FILE")
	}
	if got := strings.Count(ts.ReadFile(args[1]), "\n"); strconv.Itoa(got) != args[0] {
		ts.Fatalf("%d lines, want %s", got, args[0])
	}
}

// mode checks a file's permission bits: mode 600 FILE.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("mode %s, want %s", got, args[0])
	}
}

// cut copies the first half of a file: cut FILE TO.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut FILE TO")
	}
	data := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(data[:len(data)/2]), 0o600))
}

// running is the server of one script.
var running = map[*testscript.TestScript]*exec.Cmd{}

// startServer runs serve with the given arguments until it is ready.
func startServer(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command("countersignd", append([]string{"serve"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() { _ = cmd.Process.Kill() })
	running[ts] = cmd
	ready := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		ready <- strings.TrimSpace(line)
	}()
	select {
	case line := <-ready:
		if want := "ready " + ts.Getenv("RELAY"); line != want {
			ts.Fatalf("the server said %q, want %q", line, want)
		}
	case <-time.After(startUp):
		ts.Fatalf("the server is not ready")
	}
}

// stopServer ends the script's server: stop-server TERM, and it must end
// cleanly; stop-server KILL, as if the power had failed.
func stopServer(ts *testscript.TestScript, neg bool, args []string) {
	cmd := running[ts]
	if neg || len(args) != 1 || cmd == nil {
		ts.Fatalf("usage: stop-server TERM|KILL, after start-server")
	}
	delete(running, ts)
	if args[0] == "KILL" {
		ts.Check(cmd.Process.Kill())
		_ = cmd.Wait() // its status is that of a killed process
		return
	}
	ts.Check(cmd.Process.Signal(syscall.SIGTERM))
	ts.Check(cmd.Wait())
}
