// This file owns the two daemons of a keyring: how they are started, when they
// are ready, and the environment that leads programs to them.

// Package keyring gives a person of the demonstration a private keyring: a
// session bus and GNOME Keyring's Secret Service, away from the keyring of
// whoever runs it. It works on Linux.
//
// It must not know what is kept in a keyring, and is not for tests of session:
// those have session/computer/vault/keyringtest.
package keyring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"countersign/app/tools/demo/programs"
)

// poll is how often a starting keyring is asked whether it is ready.
const poll = 10 * time.Millisecond

// busConfig is a session bus on which nothing runs but what is started here.
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

// Available reports whether this computer can run private keyrings.
func Available() bool {
	for _, program := range []string{"dbus-daemon", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			return false
		}
	}
	return runtime.GOOS == "linux"
}

// Keyring is a running keyring.
type Keyring struct {
	dir     string // home and runtime directory of whoever uses it
	address string
	running []*programs.Process
}

// Start starts a keyring that is unlocked and empty, in an empty folder, which
// is also the home of the person who uses it. The folder's path must be short:
// that of a socket has at most 107 bytes. The context bounds the wait for it.
// The daemons end with Close, or with this process.
func Start(ctx context.Context, dir string) (*Keyring, error) {
	socket := filepath.Join(dir, "bus")
	k := &Keyring{dir: dir, address: "unix:path=" + dbus.EscapeBusAddressValue(socket)}
	if err := k.start(ctx, socket); err != nil {
		k.Close()
		return nil, err
	}
	return k, nil
}

func (k *Keyring) start(ctx context.Context, socket string) error {
	config := filepath.Join(k.dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, socket), 0o600); err != nil {
		return err
	}
	bus, err := k.run("dbus-daemon", "--config-file="+config, "--nofork", "--print-address=1")
	if err != nil {
		return err
	}
	if _, err := bus.Await(ctx, "address", func(e programs.Event) bool { return strings.HasPrefix(e.Line, "unix:") }); err != nil {
		return err
	}
	daemon, err := k.run("gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock")
	if err != nil {
		return err
	}
	if err := errors.Join(daemon.Type("a password for the demo"), daemon.CloseInput()); err != nil {
		return err
	}
	return k.ready(ctx)
}

func (k *Keyring) run(program string, args ...string) (*programs.Process, error) {
	p, err := programs.Start(programs.Command{Path: program, Args: args, Env: k.Env()})
	if err != nil {
		return nil, err
	}
	k.running = append(k.running, p)
	return p, nil
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
	for i := len(k.running) - 1; i >= 0; i-- {
		k.running[i].Stop()
	}
}

// ready waits until the keyring's collection is there and unlocked.
func (k *Keyring) ready(ctx context.Context) error {
	bus, err := dbus.Connect(k.address, dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("the private session bus does not answer: %w", err)
	}
	defer bus.Close()
	again := time.NewTicker(poll)
	defer again.Stop()
	for {
		var property dbus.Variant
		var locked bool
		err := bus.Object("org.freedesktop.secrets", "/org/freedesktop/secrets/collection/login").
			CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Collection", "Locked").
			Store(&property)
		if err == nil && property.Store(&locked) == nil && !locked {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return errors.New("the private keyring was not ready in time")
		}
	}
}
