// This file tests that the private keyrings are what they claim to be, and
// that nothing of them is left when the test has ended.

package keyringtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/godbus/dbus/v5"
)

func TestKeyringsAreAsNamedAndEndWithTheTest(t *testing.T) {
	for name, kind := range map[string]struct {
		start   func(testing.TB) []string
		keyring bool
		want    lock
	}{
		"unlocked": {Start, true, unlocked},
		"locked":   {StartLocked, true, locked},
		"bus only": {StartBus, false, unlocked},
	} {
		var daemons []int
		var dir string
		t.Run(name, func(t *testing.T) {
			env := kind.start(t)
			dir = value(t, env, "XDG_RUNTIME_DIR")
			bus := connect(t, env)
			daemons = append(daemons, process(t, bus, "org.freedesktop.DBus"))
			if !kind.keyring {
				return
			}
			daemons = append(daemons, process(t, bus, "org.freedesktop.secrets"))
			if !ready(t.Context(), bus, kind.want) {
				t.Error("the keyring is not locked or unlocked as its name says")
			}
		})
		for _, pid := range daemons {
			if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
				t.Errorf("%s: process %d is left: %v", name, pid, err)
			}
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: its directory is left: %v", name, err)
		}
	}
}

func TestKeyringsDoNotShareABus(t *testing.T) {
	if one, other := Start(t), Start(t); value(t, one, "DBUS_SESSION_BUS_ADDRESS") == value(t, other, "DBUS_SESSION_BUS_ADDRESS") {
		t.Error("two keyrings have one address")
	}
}

func TestMissingProgramNamesItsPackage(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	failure := &recorder{TB: t}
	done := make(chan struct{})
	go func() { // Fatalf ends the goroutine that calls it
		defer close(done)
		StartBus(failure)
	}()
	<-done
	if !strings.Contains(failure.message, "install the package dbus") {
		t.Errorf("without dbus-daemon Start says %q", failure.message)
	}
}

func connect(t *testing.T, env []string) *dbus.Conn {
	t.Helper()
	bus, err := dbus.Connect(value(t, env, "DBUS_SESSION_BUS_ADDRESS"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus
}

func process(t *testing.T, bus *dbus.Conn, name string) int {
	t.Helper()
	var pid uint32
	if err := bus.BusObject().Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, name).Store(&pid); err != nil {
		t.Fatal(err)
	}
	return int(pid)
}

func value(t *testing.T, env []string, name string) string {
	t.Helper()
	for _, pair := range env {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			return v
		}
	}
	t.Fatalf("%s is not in the environment", name)
	return ""
}

// recorder keeps the message of a failure instead of failing.
type recorder struct {
	testing.TB
	message string
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.message = fmt.Sprintf(format, args...)
	runtime.Goexit()
}
