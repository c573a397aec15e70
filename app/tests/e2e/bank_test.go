//go:build e2e

// This file owns a bank under test: its folder, its server as a process, and
// the invitations that it gives.

package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"countersign/app/tools/demo/programs"
)

// The bank's own telephone numbers.
const (
	bankLine      = "+48221112233"
	otherBankLine = "+48221114455"
)

// wideLimits keep the tests, which all come from one address, from meeting
// the limits that strangers should meet.
const wideLimits = `{"lookups_per_address_per_minute": 100000, "enrol_steps_per_address_per_minute": 100000, "reports_per_address_per_minute": 100000}`

// bank is a bank of one scene.
type bank struct {
	*scene
	name    string
	dir     string
	address string // in the bundle: where clients go
	listen  string // where the server listens, if that is elsewhere
	server  *programs.Process
}

// openBank makes a bank and starts its server.
func (s *scene) openBank() *bank {
	s.Helper()
	b := s.foundBank("Example Bank", freeAddress(s.T))
	b.serve()
	return b
}

// foundBank makes a bank without starting its server; without lines it has
// bankLine and otherBankLine.
func (s *scene) foundBank(name, address string, lines ...string) *bank {
	s.Helper()
	b := &bank{scene: s, name: name, dir: filepath.Join(s.TempDir(), "bank"), address: address}
	if len(lines) == 0 {
		lines = []string{bankLine, otherBankLine}
	}
	args := []string{"bank", "init", "--name", name, "--relay", "tls://" + address, "--domain", "examplebank.com"}
	for _, line := range lines {
		args = append(args, "--line", line)
	}
	b.countersignd(args...)
	return b
}

// serve starts the server and returns when it answers.
func (b *bank) serve() {
	b.Helper()
	limits := filepath.Join(b.TempDir(), "limits.json")
	if err := os.WriteFile(limits, []byte(wideLimits), 0o600); err != nil {
		b.Fatal(err)
	}
	args := []string{"serve", "--dir", b.dir, "--limits", limits}
	if b.listen != "" {
		args = append(args, "--listen", b.listen)
	}
	b.server = b.start("server", programs.Command{Path: program("countersignd"), Args: args})
	at := b.address
	if b.listen != "" {
		at = b.listen
	}
	b.await(b.server, "ready", func(e programs.Event) bool { return e.Line == "ready tls://"+at })
}

// stop ends the server as an operator would, and checks that it ends well.
func (b *bank) stop() {
	b.Helper()
	b.server.Stop()
	if status := b.exit(b.server); status != 0 {
		b.Fatalf("the server ended with status %d: %s", status, b.server.Stderr())
	}
}

// countersignd runs one of the bank's commands to its end.
func (b *bank) countersignd(args ...string) []programs.Event {
	b.Helper()
	p := b.start(strings.Join(args[:2], " "), programs.Command{Path: program("countersignd"), Args: append(args, "--dir", b.dir)})
	if status := b.exit(p); status != 0 {
		b.Fatalf("countersignd %s ended with status %d: %s", strings.Join(args, " "), status, p.Stderr())
	}
	return p.Events()
}

// invitation is what the bank prints for somebody new: exactly three lines.
type invitation struct{ ticket, words string }

func (b *bank) invite(args ...string) invitation {
	b.Helper()
	lines := b.countersignd(args...)
	if len(lines) != 3 {
		b.Fatalf("an invitation has three lines, not %d", len(lines))
	}
	var values []string
	for i, label := range []string{"ticket: ", "words: ", "expires: "} {
		value, found := strings.CutPrefix(lines[i].Line, label)
		if !found {
			b.Fatalf("line %d is %q", i+1, lines[i].Line)
		}
		values = append(values, value)
	}
	return invitation{values[0], values[1]}
}

// numbers counts the people of all scenes, so that no two share a reference or
// a telephone number.
var numbers atomic.Int64

// customerOnFile puts a customer on the bank's file.
func (b *bank) customerOnFile() (reference, phone string, i invitation) {
	b.Helper()
	n := numbers.Add(1)
	reference, phone = fmt.Sprintf("C-%04d", n), fmt.Sprintf("+48600%06d", n)
	return reference, phone, b.invite("customer", "add", "--ref", reference, "--phone", phone)
}

func (b *bank) agentOnFile() invitation {
	b.Helper()
	return b.invite("agent", "add", "--name", "Robin Nowak", "--role", "Adviser", "--department", "Card payments")
}

// freeAddress finds a port on which nobody listens: a bank's address is signed
// into its bundle before its server starts.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
