// This file tests the socket and the choice between it and the store, on a real
// bank's folder.

package admin

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/session/bank"
	"countersign/session/bank/directory"
	"countersign/session/bank/server"
	"countersign/session/protocol/wire"
)

var addCustomer = Request{Op: AddCustomer, Reference: "C-1", Phones: []string{"+48600700800"}}

func newBank(t *testing.T) *bank.Bank {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bank")
	err := bank.Init(dir, bank.Options{Name: "Example Bank", Relay: "tls://127.0.0.1:4222", Lines: []string{"+48221112233"}, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	b, err := bank.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// serving holds the bank's lock and serves its socket as an account.
func serving(t *testing.T, account int) *bank.Bank {
	t.Helper()
	b := newBank(t)
	release, err := bank.Lock(b.Dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, release()) })
	d, closeStore, err := server.OpenDirectory(t.Context(), b.Dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, closeStore()) })
	s, err := listenFor(account, b, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, s.Close()) })
	return b
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// noStore is the Opener of a command that must not open the store.
func noStore(context.Context, string) (*directory.Directory, func() error, error) {
	return nil, nil, errors.New("the store was opened although a server runs")
}

func TestRunningServerCarriesOutCommands(t *testing.T) {
	b := serving(t, os.Geteuid())
	answer, err := Run(t.Context(), b.Dir, addCustomer, noStore, nil)
	if err != nil || answer.Fault != "" || answer.Ticket == "" || len(strings.Fields(answer.Words)) != 8 {
		t.Fatalf("%+v, %v", answer, err)
	}
	answer, err = Run(t.Context(), b.Dir, Request{Op: AddCustomer, Reference: "C-1", Phones: []string{"+48999999999"}}, noStore, nil)
	if err != nil || answer.Fault == "" || answer.Ticket != "" {
		t.Errorf("%+v, %v", answer, err)
	}
	answer, err = Run(t.Context(), b.Dir, Request{Op: "everything delete"}, noStore, nil)
	if err != nil || !strings.Contains(answer.Fault, "does not know the command") {
		t.Errorf("%+v, %v", answer, err)
	}
}

func TestCommandsWorkOnTheStoreWithoutAServer(t *testing.T) {
	b := newBank(t)
	answer, err := Run(t.Context(), b.Dir, addCustomer, server.OpenDirectory, nil)
	if err != nil || answer.Ticket == "" {
		t.Fatalf("%+v, %v", answer, err)
	}
	release, err := bank.Lock(b.Dir)
	if err != nil {
		t.Fatal("the command kept the lock: ", err)
	}
	check(t, release())
}

func TestSocketIsForThisAccountOnly(t *testing.T) {
	b := serving(t, os.Geteuid()+1)
	info, err := os.Stat(filepath.Join(b.Dir, socketName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	answer, err := Run(t.Context(), b.Dir, addCustomer, noStore, nil)
	if err == nil || answer.Ticket != "" {
		t.Errorf("a program of another account got %+v", answer)
	}
}

func TestCommandRefusesASocketOfAnotherAccount(t *testing.T) {
	b := serving(t, os.Geteuid())
	conn := dial(t, b)
	if err := checkPeer(conn, os.Geteuid()); err != nil {
		t.Error(err)
	}
	if err := checkPeer(conn, os.Geteuid()+1); !errors.Is(err, errStranger) {
		t.Errorf("got %v", err)
	}
}

func TestSocketSurvivesWhatIsNoRequest(t *testing.T) {
	b := serving(t, os.Geteuid())
	for name, data := range map[string][]byte{
		"nothing":   nil,
		"text":      []byte("agent add"),
		"too large": bytes.Repeat([]byte{0xA0}, maxAnswer+1),
		"trailing":  append(wire.Marshal(addCustomer), 0),
	} {
		conn := dial(t, b)
		if _, err := conn.Write(data); err != nil {
			t.Fatal(err)
		}
		check(t, conn.CloseWrite())
		answer, err := nextAnswer(conn)
		// A server that answers before it has read everything resets the connection.
		if err != nil && name != "too large" {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (answer.Fault == "" || answer.Ticket != "" || answer.More) {
			t.Errorf("%s: %+v", name, answer)
		}
	}
	if answer, err := Run(t.Context(), b.Dir, addCustomer, noStore, nil); err != nil || answer.Ticket == "" {
		t.Errorf("afterwards: %+v, %v", answer, err)
	}
}

func dial(t *testing.T, b *bank.Bank) *net.UnixConn {
	t.Helper()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: filepath.Join(b.Dir, socketName), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(exchange)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestTooLongAPathIsSaid(t *testing.T) {
	_, err := socketPath(filepath.Join("/", strings.Repeat("a", maxPath)))
	if err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v", err)
	}
}

func TestLockedFolderWithoutAServerIsSaid(t *testing.T) {
	b := newBank(t)
	release, err := bank.Lock(b.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { check(t, release()) }()
	_, err = runOnce(t.Context(), b.Dir, addCustomer, noStore, nil)
	if !errors.Is(err, errNobody) {
		t.Errorf("got %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := Run(ended, b.Dir, addCustomer, noStore, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
