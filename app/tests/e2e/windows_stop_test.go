//go:build e2e

// This file owns the calls that are stopped, in windows: what the customer sees
// is red or amber, says what to do, and tells nothing that the offer claimed.

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/app/tools/demo/people"
	"countersign/app/tools/demo/programs"
	"countersign/app/tools/demo/windows"
	"countersign/ui/words"
)

// The fraudster phones the bank as the customer and the customer as the bank.
// A second try gets no code; the bank's own call gets through.
func TestWindowsStopATwoLegRelay(t *testing.T) {
	s := newWindowScene(t)
	a, c, customer := s.newWindows()
	s.verifies(c, people.PhoneRang, s.offers(a, people.CustomerCalled, customer.reference))
	s.do(c.Red, sees(a.Person, "ending.agent.wrong_direction"))
	s.tellsNothing(c)
	s.do(c.Leaves, a.Again)

	s.do(with(a.FillsIn, people.Call{Customer: customer.reference, Direction: people.CustomerCalled, Lines: 2}), a.ShowsCode)
	s.do(reads(a.Person, "ending.agent.on_hold"))

	s.do(with(a.TurnsRound, 2), a.ShowsCode)
	s.verifies(c, people.PhoneRang, s.learn(a.Code))
	s.connects(a, c)
	s.do(a.Ends, sees(a.Person, "ending.completed"), sees(c.Person, "ending.completed"))
}

func TestWindowsStopACallToAnotherNumber(t *testing.T) {
	s := newWindowScene(t)
	a, c, customer := s.newWindows()
	code := s.offers(a, people.CustomerCalled, customer.reference)
	s.do(c.Begins, with(c.Answers, people.DialledAnother+1), with(c.Dialled, "+48229998877"), with(c.Types, code))
	s.do(c.Red, sees(a.Person, "ending.agent.wrong_number"))
	s.tellsNothing(c)
}

// tellsNothing checks that a red screen names nobody: what the offer claimed
// would help a fraudster.
func (s *scene) tellsNothing(c people.Customer) {
	s.Helper()
	s.do(reads(c.Person, "verdict.hang_up")) // what cannot be read tells nothing either
	shown := s.learn(func(ctx context.Context) (string, error) {
		picture, err := c.Still(ctx)
		if err != nil {
			return "", err
		}
		return windows.Read(ctx, picture)
	})
	for _, claim := range []string{agentName, "Card payment", "called"} {
		if strings.Contains(shown, claim) {
			s.Errorf("a stopped call tells %q: %s", claim, shown)
		}
	}
}

// Whoever is not sure gets no green, and the offer stays good for whoever finds
// out. A program that shows the screen to others is red before any code, and
// costs green where the family helps through it.
func TestWindowsWarnBeforeTheyConnect(t *testing.T) {
	s := newWindowScene(t)
	a, c, customer := s.newWindows()
	code := s.offers(a, people.BankCalled, customer.reference)
	s.verifies(c, people.NotSure+1, code)
	s.do(c.Amber, reads(c.Person, "ending.not_sure"), c.Leaves)

	ends := s.steered()
	s.do(c.Begins, sees(c.Person, "customer.remote"), with(c.Is, people.Stopped), with(c.Reads, "AnyDesk"))
	s.neverSaw(c.Person, "customer.green", words.With{"Bank": bankName})
	ends()
	s.do(c.LooksAgain, with(c.Answers, people.PhoneRang), with(c.Types, code))
	s.connects(a, c)
}

// steered starts a program that has the name of one which shows the screen to
// others, and returns what ends it.
func (s *scene) steered() (end func()) {
	s.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		s.Fatal(err)
	}
	program, err := os.ReadFile(shell)
	if err != nil {
		s.Fatal(err)
	}
	path := filepath.Join(s.TempDir(), "anydesk")
	if err := os.WriteFile(path, program, 0o700); err != nil {
		s.Fatal(err)
	}
	return s.start("anydesk", programs.Command{Path: path, Args: []string{"-c", "read forever"}}).Stop
}
