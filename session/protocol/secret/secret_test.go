// These tests hold with and without the experiment.

package secret_test

import (
	"testing"

	"countersign/session/protocol/secret"
)

func TestDoRunsItsFunctionOnce(t *testing.T) {
	runs := 0
	secret.Do(func() { runs++ })
	if runs != 1 {
		t.Errorf("ran %d times", runs)
	}
}

// A slice made inside is the caller's to keep: it is wiped only when nobody
// points to it.
func TestWhatIsMadeInsideLives(t *testing.T) {
	var made []byte
	secret.Do(func() { made = []byte{1, 2, 3} })
	if len(made) != 3 || made[0] != 1 || made[2] != 3 {
		t.Errorf("%v", made)
	}
}
