// This file tests the second factor with codes that the authenticator library
// makes, as an agent's app would.

package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"countersign/session/protocol/ending"
)

// withFactor makes a bank that asks for a second factor and one agent in it.
func withFactor(t *testing.T) (*testBank, Agent, func(at time.Time) string) {
	b := newTestBank(t, true)
	a, answer := b.agent("Anna Kowalska")
	key, err := otp.NewKeyFromURL(answer.TOTP)
	b.must(err)
	if key.Issuer() != "Example Bank" || key.AccountName() != "Anna Kowalska" || !strings.HasPrefix(answer.TOTP, "otpauth://totp/") {
		t.Fatalf("the second factor's address is %q for %q", key.Issuer(), key.AccountName())
	}
	return b, a, func(at time.Time) string {
		code, err := totp.GenerateCode(key.Secret(), at)
		b.must(err)
		return code
	}
}

func (b *testBank) signsIn(a Agent, code string, want ending.Reason) {
	b.Helper()
	signed, err := b.Credential(b.ctx(), a.ID, code)
	b.wants(err, want)
	if (want == "") != (len(signed) > 0) {
		b.Fatal("a credential came with an error, or none without one")
	}
}

func TestReplayedSecondFactorIsRefusedAlsoAfterReopening(t *testing.T) {
	b, a, code := withFactor(t)
	now := code(b.now())
	before, next := code(b.now().Add(-factorPeriod*time.Second)), code(b.now().Add(factorPeriod*time.Second))
	b.signsIn(a, now, "")
	b.signsIn(a, now, ending.Replayed)
	b.signsIn(a, before, ending.Replayed) // never used, but older than one that was
	b.reopen()
	b.signsIn(a, now, ending.Replayed)
	b.signsIn(a, next, "")
	b.signsIn(a, now, ending.Replayed)
}

func TestSecondFactorAtTheSameTimeIsAcceptedOnce(t *testing.T) {
	b, a, code := withFactor(t)
	now := code(b.now())
	b.readTogether(factorKey(a.ID), 8)
	results := make(chan error)
	for range 8 {
		go func() {
			_, err := b.Credential(b.ctx(), a.ID, now)
			results <- err
		}()
	}
	accepted := 0
	for range 8 {
		if err := <-results; err == nil {
			accepted++
		} else if ending.Of(err, "") != ending.Replayed {
			t.Error(err)
		}
	}
	if accepted != 1 {
		t.Errorf("the same code was accepted %d times", accepted)
	}
}

func TestSecondFactorIsNeededAndGuessesAreLimited(t *testing.T) {
	b, a, code := withFactor(t)
	b.signsIn(a, "", ending.NotACode)
	wrong := notAmong(code(b.now()), code(b.now().Add(factorPeriod*time.Second)), code(b.now().Add(-factorPeriod*time.Second)))
	for range maxGuesses {
		b.signsIn(a, wrong, ending.Forged)
	}
	b.reopen()
	b.signsIn(a, code(b.now()), ending.Busy)
	b.pass(guessWindow + time.Second)
	b.signsIn(a, code(b.now()), "")
}

// A slip is no guess: neither does it bring the agent nearer to waiting, nor is
// what was meant lost.
func TestASecondFactorThatIsNotSixDigitsIsNoGuess(t *testing.T) {
	b, a, code := withFactor(t)
	now := code(b.now())
	for range maxGuesses {
		for _, slip := range []string{" ", now[:5], now + "7", "12345a", now + "\x00", strings.Repeat("1", 200)} {
			b.signsIn(a, slip, ending.NotACode)
		}
	}
	b.signsIn(a, now[:3]+" "+now[3:], "")
	b.signsIn(a, now[:3]+"\u2013"+now[3:], ending.Replayed)
}

func TestBankWithoutSecondFactorGivesNone(t *testing.T) {
	b := newTestBank(t, false)
	a, answer := b.agent("Anna Kowalska")
	if answer.TOTP != "" {
		t.Error("an authenticator was set up that nobody asks for")
	}
	b.signsIn(a, "", "")
}

// notAmong is a code that is none of those that count.
func notAmong(counting ...string) string {
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%06d", n); !slices.Contains(counting, code) {
			return code
		}
	}
}
