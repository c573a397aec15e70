// Tests of the spoken code: what the check digit finds, and how people type.

package offer

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"countersign/session/protocol/ending"
)

// randomCodes calls check with many codes, made the same way each time.
func randomCodes(check func(code string)) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		digits := fmt.Sprintf("%08d", random.IntN(100_000_000))
		check(digits + string('0'+checkDigit(digits)))
	}
}

func mustBeFound(t *testing.T, code, mistake string) {
	t.Helper()
	if _, err := ParseCode(mistake); ending.Of(err, "") != ending.WrongCheckDigit {
		t.Errorf("%s typed as %s: %v", code, mistake, err)
	}
}

func TestEverySingleWrongDigitIsFound(t *testing.T) {
	randomCodes(func(code string) {
		for i := range code {
			for d := byte('0'); d <= '9'; d++ {
				if d != code[i] {
					mustBeFound(t, code, code[:i]+string(d)+code[i+1:])
				}
			}
		}
	})
}

func TestEverySwapOfNeighboursIsFound(t *testing.T) {
	randomCodes(func(code string) {
		for i := range CodeDigits - 1 {
			if code[i] != code[i+1] {
				mustBeFound(t, code, code[:i]+string(code[i+1])+string(code[i])+code[i+2:])
			}
		}
	})
}

// "Thirteen" is heard as "thirty", up to "nineteen" as "ninety": 1x as x0 with
// x from 3 to 9, and the other way round. Twelve and twenty do not sound alike;
// of their mix-ups the check digit misses one in ten.
func TestEveryThirteenThirtyMixUpIsFound(t *testing.T) {
	found := 0
	randomCodes(func(code string) {
		for i := range CodeDigits - 1 {
			a, b := code[i], code[i+1]
			if a == '1' && b >= '3' {
				mustBeFound(t, code, code[:i]+string(b)+"0"+code[i+2:])
				found++
			}
			if a >= '3' && b == '0' {
				mustBeFound(t, code, code[:i]+"1"+string(a)+code[i+2:])
				found++
			}
		}
	})
	if found < 300 {
		t.Errorf("only %d such pairs were tried", found)
	}
}

func TestCodesReadBackAsPeopleTypeThem(t *testing.T) {
	randomCodes(func(code string) {
		for _, typed := range []string{
			code, Groups(code), " " + code + "\n", code[:3] + "-" + code[3:6] + "-" + code[6:], code[:3] + "\u00a0" + code[3:],
			code[:3] + "." + code[3:6] + "." + code[6:], "\u201e" + code[:3] + " \u2013 " + code[3:] + "\u201d.", "\ufeff\u202a" + code + "\u202c",
			code[:3] + "/" + code[3:6] + "\r\n" + code[6:],
		} {
			if got, err := ParseCode(typed); err != nil || got != code {
				t.Errorf("%q: %q, %v", typed, got, err)
			}
		}
	})
}

func TestACodeHasNineDigits(t *testing.T) {
	for _, typed := range []string{
		"", "1", "12345678", "1234567890", "12345678a", "123=456=789", "12345678\u2460", "12345678\xff", "1234567 8 ,", "+12345678",
	} {
		if _, err := ParseCode(typed); ending.Of(err, "") != ending.NotACode {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestTheCodeOfAnOffer(t *testing.T) {
	seen := map[string]bool{}
	for i := range 100 {
		code := Code(ID{byte(i)})
		if _, err := ParseCode(code); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		if Code(ID{byte(i)}) != code {
			t.Error("one offer has two codes")
		}
		seen[code] = true
	}
	if len(seen) < 100 {
		t.Errorf("100 offers have %d codes", len(seen))
	}
	// Computed outside this program: the first 8 bytes of
	// SHA-256(0x08 "CP1 code" 0x00000020 oid) for the oid of 32 zeros, modulo 10^8.
	if got := Code(ID{})[:8]; got != "20768489" {
		t.Errorf("the code of the zero oid is %s", got)
	}
}
