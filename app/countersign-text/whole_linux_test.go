// This file proves by strace(1) that a first start which is cut off leaves each
// file of the home whole or absent: the disk is full from one of its writes on,
// or the program is killed at one of its steps.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

func TestAFirstStartThatIsCutOffBreaksNoHome(t *testing.T) {
	whole := map[string]*regexp.Regexp{"id": regexp.MustCompile(`^[0-9a-f]{32}\n$`), "keyring": regexp.MustCompile(`^os\n$`)}
	start := func(home string, prefix ...string) {
		args := append(prefix, "countersign-text", "customer", "banks", "--home", home, "--keyring", "os", "--json")
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "DBUS_SESSION_BUS_ADDRESS=unix:path="+home+"/no-bus")
		_ = cmd.Run() // there is no keyring: it always fails
	}
	cut := 0
	for _, how := range []struct{ calls, what string }{
		{"write", "error=ENOSPC:when=%d+"},
		{"write,fsync,?rename,?renameat,?renameat2", "signal=KILL:when=%d"},
	} {
		for n := 1; n <= 8; n++ {
			home := filepath.Join(t.TempDir(), "home")
			start(home, "strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace="+how.calls, "-e", "inject="+how.calls+":"+fmt.Sprintf(how.what, n))
			for name, form := range whole {
				data, err := os.ReadFile(filepath.Join(home, name))
				if err != nil {
					cut++
				} else if !form.Match(data) {
					t.Errorf("%s from the %d. on: %s holds %q", fmt.Sprintf(how.what, n), n, name, data)
				}
			}
			start(home)
			for name, form := range whole {
				if data, err := os.ReadFile(filepath.Join(home, name)); err != nil || !form.Match(data) {
					t.Errorf("%s: after the next start %s holds %q (%v)", fmt.Sprintf(how.what, n), name, data, err)
				}
			}
		}
	}
	if cut < 4 {
		t.Errorf("only %d files were missing: nothing was cut off", cut)
	}
}
