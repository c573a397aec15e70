// Tests of files that only Unix systems have.

//go:build unix

package qr

import (
	"testing"

	"countersign/session/protocol/ending"
)

// Read as a file it would be too large, for it never ends.
func TestAnEndlessDeviceIsNotRead(t *testing.T) {
	_, err := ReadFile("/dev/zero")
	wantReason(t, "endless device", err, ending.NotACode)
}
