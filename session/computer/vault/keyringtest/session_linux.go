// This file owns the daemons: how they are started, when they are ready, and
// that none outlives the test, not even when the test program is killed.

package keyringtest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	// startLimit is how long a daemon may take to be ready, on a busy machine.
	startLimit = 30 * time.Second
	// readyPoll is how often a starting keyring is asked.
	readyPoll = 10 * time.Millisecond
)

// busConfig is a session bus that starts no services by itself: nothing runs
// on it but what the test has started.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

type session struct {
	dir    string // home and runtime directory are below
	socket string
}

// newSession makes the directories. They lie directly below the system's
// directory for temporary files, because the path of a socket has at most 107
// bytes and t.TempDir contains the test's name.
func newSession(t testing.TB) *session {
	t.Helper()
	dir, err := os.MkdirTemp("", "keyring")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	s := &session{dir: dir, socket: filepath.Join(dir, "run", "bus")}
	for _, sub := range []string{"home", "run"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *session) env() []string {
	home := filepath.Join(s.dir, "home")
	return []string{
		"HOME=" + home,
		"XDG_DATA_HOME=" + filepath.Join(home, ".local", "share"),
		"XDG_CONFIG_HOME=" + filepath.Join(home, ".config"),
		"XDG_CACHE_HOME=" + filepath.Join(home, ".cache"),
		"XDG_RUNTIME_DIR=" + filepath.Join(s.dir, "run"),
		"DBUS_SESSION_BUS_ADDRESS=" + s.address(),
		"GNOME_KEYRING_CONTROL=",
	}
}

func (s *session) address() string {
	return "unix:path=" + dbus.EscapeBusAddressValue(s.socket)
}

// startBus starts the bus and returns when it accepts connections: it prints
// its address then.
func (s *session) startBus(t testing.TB) {
	t.Helper()
	config := filepath.Join(s.dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, s.socket), 0o600); err != nil {
		t.Fatal(err)
	}
	bus := s.command(t, "dbus", "dbus-daemon", "--config-file="+config, "--nofork", "--print-address=1")
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	end := s.run(t, bus)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		end() // before its messages are read
		t.Fatalf("dbus-daemon did not start: %v\n%s", err, bus.Stderr)
	}
}

// startKeyring starts the keyring, returns when its collection is there and
// locked or unlocked as wanted, and gives back a function that ends it.
func (s *session) startKeyring(t testing.TB, want lock) (end func()) {
	t.Helper()
	args := []string{"--foreground", "--components=secrets"}
	if want == unlocked {
		args = append(args, "--unlock") // by the password on standard input; makes the keyring's file
	}
	daemon := s.command(t, "gnome-keyring", "gnome-keyring-daemon", args...)
	if want == unlocked {
		daemon.Stdin = strings.NewReader(Password)
	}
	end = s.run(t, daemon)
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	bus, err := dbus.Connect(s.address(), dbus.WithContext(ctx))
	if err != nil {
		t.Fatalf("cannot connect to the private session bus: %v", err)
	}
	defer bus.Close()
	again := time.NewTicker(readyPoll)
	defer again.Stop()
	for !ready(ctx, bus, want) {
		select {
		case <-again.C:
		case <-ctx.Done():
			end() // before its messages are read
			t.Fatalf("gnome-keyring-daemon was not ready within %v\n%s", startLimit, daemon.Stderr)
		}
	}
	return end
}

func ready(ctx context.Context, bus *dbus.Conn, want lock) bool {
	var property dbus.Variant
	var isLocked bool
	err := bus.Object("org.freedesktop.secrets", "/org/freedesktop/secrets/collection/login").
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Collection", "Locked").
		Store(&property)
	return err == nil && property.Store(&isLocked) == nil && lock(isLocked) == want
}

// command is the program with the session's environment. A missing program is
// a failure that names its package.
func (s *session) command(t testing.TB, pkg, program string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("the keyring tests need the program %s: install the package %s", program, pkg)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), s.env()...)
	cmd.Stderr = new(bytes.Buffer)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// run starts cmd and returns a function that ends it, which the test's cleanup
// calls too. The system sends Pdeathsig when the starting thread ends, so one
// goroutine keeps its thread from the start to the end of cmd.
func (s *session) run(t testing.TB, cmd *exec.Cmd) (end func()) {
	t.Helper()
	started := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it ends by our signal
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("cannot start %s: %v", cmd.Path, err)
	}
	end = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // an error says that it has ended already
		select {
		case <-ended:
		case <-time.After(startLimit):
			_ = cmd.Process.Kill()
			<-ended
		}
	}
	t.Cleanup(end)
	return end
}
