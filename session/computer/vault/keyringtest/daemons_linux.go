// This file owns the daemons: how they are started, when they are ready, and
// that none outlives the process, not even when that is killed.

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
	"time"

	"github.com/godbus/dbus/v5"
)

// readyPoll is how often a starting keyring is asked.
const readyPoll = 10 * time.Millisecond

// busConfig is a session bus that starts no services by itself: nothing runs
// on it but what is started here.
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

// Keyring is a session bus that runs, with a keyring on it.
type Keyring struct {
	dir     string // home and runtime directory of whoever uses it
	address string
	ends    []func() // of the daemons, in the order of their start
}

func newKeyring(dir string) *Keyring {
	return &Keyring{dir: dir, address: "unix:path=" + dbus.EscapeBusAddressValue(filepath.Join(dir, "bus"))}
}

// start starts the bus and, one after the other, keyrings: each ends before the
// next begins.
func (k *Keyring) start(ctx context.Context, locks []lock) error {
	if err := k.startBus(); err != nil {
		return err
	}
	for i, want := range locks {
		end, err := k.startKeyring(ctx, want)
		if err != nil {
			return err
		}
		if i < len(locks)-1 {
			end()
		}
	}
	return nil
}

// Env is the environment that leads a program to the keyring and to a home
// beside it.
func (k *Keyring) Env() []string {
	return []string{
		"HOME=" + k.dir, "XDG_DATA_HOME=" + filepath.Join(k.dir, "data"), "XDG_CONFIG_HOME=" + filepath.Join(k.dir, "config"),
		"XDG_CACHE_HOME=" + filepath.Join(k.dir, "cache"), "XDG_RUNTIME_DIR=" + k.dir,
		"DBUS_SESSION_BUS_ADDRESS=" + k.address, "GNOME_KEYRING_CONTROL=",
	}
}

// Close ends the daemons, the last first.
func (k *Keyring) Close() {
	for i := len(k.ends) - 1; i >= 0; i-- {
		k.ends[i]()
	}
}

// startBus starts the bus and returns when it accepts connections: it prints
// its address then.
func (k *Keyring) startBus() error {
	config := filepath.Join(k.dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, filepath.Join(k.dir, "bus")), 0o600); err != nil {
		return err
	}
	bus, err := k.command("dbus", "dbus-daemon", "--config-file="+config, "--nofork", "--print-address=1")
	if err != nil {
		return err
	}
	out, err := bus.StdoutPipe()
	if err != nil {
		return err
	}
	end, err := k.run(bus)
	if err != nil {
		return err
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		end() // before its messages are read
		return fmt.Errorf("dbus-daemon did not start: %w: %s", err, bus.Stderr)
	}
	return nil
}

// startKeyring starts the keyring, returns when its collection is there and
// locked or unlocked as wanted, and gives back a function that ends it.
func (k *Keyring) startKeyring(ctx context.Context, want lock) (end func(), err error) {
	args := []string{"--foreground", "--components=secrets"}
	if want == unlocked {
		args = append(args, "--unlock") // by the password on standard input; makes the keyring's file
	}
	daemon, err := k.command("gnome-keyring", "gnome-keyring-daemon", args...)
	if err != nil {
		return nil, err
	}
	if want == unlocked {
		daemon.Stdin = strings.NewReader(Password)
	}
	if end, err = k.run(daemon); err != nil {
		return nil, err
	}
	bus, err := dbus.Connect(k.address, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("the private session bus does not answer: %w", err)
	}
	defer bus.Close()
	again := time.NewTicker(readyPoll)
	defer again.Stop()
	for !ready(ctx, bus, want) {
		select {
		case <-again.C:
		case <-ctx.Done():
			end() // before its messages are read
			return nil, fmt.Errorf("the private keyring was not ready in time: %s", daemon.Stderr)
		}
	}
	return end, nil
}

func ready(ctx context.Context, bus *dbus.Conn, want lock) bool {
	var property dbus.Variant
	var isLocked bool
	err := bus.Object("org.freedesktop.secrets", "/org/freedesktop/secrets/collection/login").
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Collection", "Locked").
		Store(&property)
	return err == nil && property.Store(&isLocked) == nil && lock(isLocked) == want
}

// command is the program with the keyring's environment. Where there is no such
// program, the error names its package.
func (k *Keyring) command(pkg, program string, args ...string) (*exec.Cmd, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, fmt.Errorf("a private keyring needs the program %s: install the package %s", program, pkg)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), k.Env()...)
	cmd.Stderr = new(bytes.Buffer)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd, nil
}

// run starts cmd and returns a function that ends it, which Close calls too.
// The system sends Pdeathsig when the starting thread ends, so one goroutine
// keeps its thread from the start to the end of cmd.
func (k *Keyring) run(cmd *exec.Cmd) (end func(), err error) {
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
		return nil, fmt.Errorf("cannot start %s: %w", cmd.Path, err)
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
	k.ends = append(k.ends, end)
	return end, nil
}
