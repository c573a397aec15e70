//go:build e2e

// This file plays a short siege: what became of honest calls, of the server's
// memory and of its log, not how long anything took. `make siege` holds it for a
// minute and judges times as well.

package e2e

import (
	"os/exec"
	"testing"
)

func TestSiege(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), program("siege"), "--short", "--server", program("countersignd")).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("the server does not hold: %v", err)
	}
}
