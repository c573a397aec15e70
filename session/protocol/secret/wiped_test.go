//go:build goexperiment.runtimesecret && linux && (amd64 || arm64)

// This test says whether wiping is really switched on where it should be.

package secret_test

import (
	"runtime/secret"
	"testing"

	ours "countersign/session/protocol/secret"
)

func TestWipingIsActive(t *testing.T) {
	var inside, nested bool
	ours.Do(func() {
		inside = secret.Enabled()
		ours.Do(func() {})
		nested = secret.Enabled()
	})
	if !inside || !nested {
		t.Errorf("inside: %t, after a Do inside: %t", inside, nested)
	}
	if secret.Enabled() {
		t.Error("still active outside")
	}
}

func TestWipingEndsWithAPanic(t *testing.T) {
	defer func() {
		if recover() != "broken" || secret.Enabled() {
			t.Error("a panic was swallowed, or wiping went on")
		}
	}()
	ours.Do(func() { panic("broken") })
}
