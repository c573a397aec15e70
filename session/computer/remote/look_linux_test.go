// This file looks at real processes: copies of this very test program that
// have the names of programs of the list.

package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// waitVariable makes a copy of this program wait until its input closes.
const waitVariable = "COUNTERSIGN_REMOTE_TEST_WAIT"

func TestMain(m *testing.M) {
	if os.Getenv(waitVariable) != "" {
		fmt.Print("here")
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// start runs a program of this name until the test ends.
func start(t *testing.T, name string, args ...string) {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, self, 0o700); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, args...)
	command.Env = append(os.Environ(), waitVariable+"=1")
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), command.Wait()); err != nil {
			t.Error(err)
		}
	})
	if _, err := io.ReadFull(out, make([]byte, len("here"))); err != nil {
		t.Fatal(err)
	}
}

func found(t *testing.T, name string) bool {
	t.Helper()
	findings, err := Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Name == name })
}

func TestARunningProgramIsFound(t *testing.T) {
	// A name that this computer is not likely to run by itself.
	if found(t, "Krfb") {
		t.Fatal("Krfb really runs here: end it for this test")
	}
	start(t, "krfb")
	if !found(t, "Krfb") {
		t.Error("a running krfb is not found")
	}
	start(t, "anydesk", "--backend")
	if !found(t, "AnyDesk") {
		t.Error("a running anydesk is not found")
	}
}

func TestARunningServiceIsNotFound(t *testing.T) {
	start(t, "hoptodesk", "--tray")
	start(t, "teamviewerd")
	start(t, "gnome-remote-desktop-daemon")
	if found(t, "HopToDesk") || found(t, "TeamViewer") || found(t, "GNOME Remote Desktop") {
		t.Error("a service that waits is found")
	}
}

func TestLookNeedsProcessesToLookAt(t *testing.T) {
	if _, err := (linux{proc: t.TempDir()}).processes(t.Context()); !errors.Is(err, errNothing) {
		t.Errorf("an empty /proc: %v", err)
	}
	if _, err := (linux{proc: filepath.Join(t.TempDir(), "none")}).processes(t.Context()); err == nil {
		t.Error("no /proc at all is no error")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := system.processes(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("a look that nobody wants any more: %v", err)
	}
}
