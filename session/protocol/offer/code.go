// This file owns the spoken code: eight digits derived from the offer and one
// Damm check digit (H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004),
// which finds every single wrong digit, every swap of neighbours and every
// mix-up of thirteen to nineteen with thirty to ninety.

package offer

import (
	"encoding/binary"
	"fmt"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/spelling"
	"countersign/session/protocol/wire"
)

// CodeDigits is the length of a spoken code with its check digit.
const CodeDigits = 9

// damm is the totally anti-symmetric quasigroup of order 10 of Damm's thesis.
var damm = [10][10]byte{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2},
	{7, 0, 9, 2, 1, 5, 4, 8, 6, 3},
	{4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
	{6, 1, 2, 3, 0, 4, 5, 9, 7, 8},
	{3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4},
	{8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
	{9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

// Code returns the spoken code of an offer: 8 decimal digits of
// H("CP1 code", oid) (its first 8 bytes, big-endian, modulo 10^8) and the
// check digit.
func Code(oid ID) string {
	h := wire.H("CP1 code", oid[:])
	digits := fmt.Sprintf("%08d", binary.BigEndian.Uint64(h[:8])%100_000_000)
	return digits + string('0'+checkDigit(digits))
}

// ParseCode takes a code as people type it (what they put between digits is
// passed over, digits of other scripts count: package spelling) and returns its
// nine digits. Errors: ending.NotACode when it is not nine digits,
// ending.WrongCheckDigit when a digit must be wrong.
func ParseCode(text string) (string, error) {
	code, ok := spelling.Digits(text, CodeDigits)
	if !ok {
		return "", ending.Because(ending.NotACode, "a code has nine digits")
	}
	if checkDigit(code) != 0 {
		return "", ending.Because(ending.WrongCheckDigit, "")
	}
	return code, nil
}

// Groups splits a code for display and speech: "123 456 789".
func Groups(code string) string {
	if len(code) != CodeDigits {
		return code
	}
	return code[:3] + " " + code[3:6] + " " + code[6:]
}

// checkDigit runs the quasigroup over digits; over digits with their own check
// digit appended it gives 0.
func checkDigit(digits string) byte {
	var interim byte
	for _, d := range []byte(digits) {
		interim = damm[interim][d-'0']
	}
	return interim
}
