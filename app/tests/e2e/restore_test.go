//go:build e2e

// This file plays the loss of a bank's disk: a backup while calls go on, what
// was held and revoked after it, a restore, and the next call between the same
// people, without a new letter.

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"countersign/app/tools/demo/programs"
)

func TestCallsGoOnAfterTheDiskWasLost(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, revoked, customer, held := b.newAgent(), b.newAgent(), b.newCustomer(), b.newCustomer()
	s.secure(agent, customer).complete()

	backup, identity := filepath.Join(s.TempDir(), "backup.age"), filepath.Join(s.TempDir(), "identity.txt")
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(identity, []byte(key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	restore := func(dir, lost string, more ...string) (status int, told string) {
		t.Helper()
		args := []string{"bank", "restore", "--dir", dir, "--from", backup, "--identity", identity, "--lost", lost}
		p := s.start("restore", programs.Command{Path: program("countersignd"), Args: append(args, more...)})
		if err := p.CloseInput(); err != nil {
			t.Fatal(err)
		}
		return s.exit(p), p.Stderr()
	}
	during := s.secure(agent, customer)
	b.countersignd("bank", "backup", "--out", backup, "--recipient", key.Recipient().String())
	during.chat("still there?", "still here")
	during.complete()

	// After the backup one customer is on hold, and one agent revoked.
	call := agent.offers("customer-called", held, "--line", bankLine)
	check := held.verifies("they-called", agent.codeOf(call))
	s.ends(check, "wrong_direction", 1)
	s.ends(call, "wrong_direction", 1)
	b.countersignd("agent", "revoke", "--id", "2")
	over := func() {
		t.Helper()
		s.ends(revoked.offers("bank-called", customer), "revoked", 1)
		s.ends(agent.offers("customer-called", held, "--line", bankLine), "on_hold", 1)
	}
	over()
	// After the backup somebody else enrols, too.
	late := b.newCustomer()
	b.kill()

	// The old folder can still be read: what the backup would undo is named, and
	// nothing is made until somebody says what becomes of it.
	lost := b.dir
	again := filepath.Join(s.TempDir(), "again")
	if status, told := restore(lost, lost); status != 1 || !strings.Contains(told, "is not empty") {
		t.Fatalf("over the old folder: status %d: %s", status, told)
	}
	status, told := restore(again, lost)
	for _, want := range []string{"undone by this backup: agent 2 (Robin Nowak", "undone by this backup: a customer's hold", "nothing was restored"} {
		if status != 1 || !strings.Contains(told, want) {
			t.Fatalf("status %d, without %q: %s", status, want, told)
		}
	}
	if made, err := os.ReadDir(again); len(made) > 0 {
		t.Fatalf("made although nobody said what becomes of the rest: %v, %v", made, err)
	}
	if status, told := restore(again, lost, "--ended", "keep"); status != 0 {
		t.Fatalf("status %d: %s", status, told)
	}
	b.dir = again
	b.serve()
	over()
	s.secure(agent, customer).complete()
	b.kill()

	// The disk is gone, and with it all that could tell: restore says so.
	for _, dir := range []string{lost, again} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	if status, told := restore(lost, lost); status != 1 || !strings.Contains(told, "--lost none if nothing of it is left") {
		t.Fatalf("no folder that was lost: status %d: %s", status, told)
	}
	status, told = restore(lost, "none")
	for _, want := range []string{"is not in this backup, and nothing tells of it: revoke it again", "who has enrolled since the backup was made needs a new ticket", "are open again"} {
		if status != 0 || !strings.Contains(told, want) {
			t.Fatalf("status %d, without %q: %s", status, want, told)
		}
	}
	b.dir = lost
	b.serve()
	p := s.secure(agent, customer)
	p.chat("are we on again?", "we are")
	p.complete()

	// What it said is so: the revocation is undone until it is given again, the
	// bank knows of no hold, and the companion still does.
	s.secure(revoked, customer).complete()
	b.countersignd("agent", "revoke", "--id", "2")
	s.ends(revoked.offers("bank-called", customer), "revoked", 1)
	call = agent.offers("customer-called", held, "--line", bankLine)
	check = held.verifies("i-called", agent.codeOf(call))
	s.verdict(check, "stopped", "on_hold")
	s.ends(check, "on_hold", 1)
	s.types(call, "end")
	s.ends(call, "cancelled", 1)

	// Who came on file after the backup is unknown to the bank: it takes a new
	// letter, and because their computer belongs to somebody whom this bank does not
	// know, the person takes the bank off first.
	s.ends(agent.offers("bank-called", late), "unknown_code", 1)
	if removing := late.run("remove", "Example Bank", "--yes"); s.exit(removing) != 0 {
		t.Fatal(removing.Stderr())
	}
	late.enrol(b.invite("customer", "add", "--ref", late.reference, "--phone", late.phone))
	s.secure(agent, late).complete()
}

// kill ends the server as a loss of power would.
func (b *bank) kill() {
	b.Helper()
	if err := b.server.Signal(killed); err != nil {
		b.Fatal(err)
	}
	b.exit(b.server)
}
