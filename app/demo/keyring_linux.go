// This file owns a private keyring for one person: a session bus and GNOME
// Keyring's Secret Service, away from the keyring of whoever runs the demo.

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"countersign/app/demo/programs"
)

// keyringPoll is how often a starting keyring is asked whether it is ready.
const keyringPoll = 10 * time.Millisecond

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

// keyringTools reports whether this computer can run private keyrings.
func keyringTools() bool {
	for _, program := range []string{"dbus-daemon", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			return false
		}
	}
	return true
}

// startKeyring starts a keyring in dir and returns the environment that leads
// programs to it.
func (s *stage) startKeyring(ctx context.Context, dir string) ([]string, error) {
	socket, config := filepath.Join(dir, "bus"), filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, socket), 0o600); err != nil {
		return nil, err
	}
	env := []string{
		"HOME=" + dir, "XDG_DATA_HOME=" + filepath.Join(dir, "data"), "XDG_CONFIG_HOME=" + filepath.Join(dir, "config"),
		"XDG_CACHE_HOME=" + filepath.Join(dir, "cache"), "XDG_RUNTIME_DIR=" + dir,
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + dbus.EscapeBusAddressValue(socket), "GNOME_KEYRING_CONTROL=",
	}
	bus, err := s.start(programs.Command{Path: "dbus-daemon", Args: []string{"--config-file=" + config, "--nofork", "--print-address=1"}, Env: env})
	if err != nil {
		return nil, err
	}
	if _, err := bus.Await(ctx, "address", func(e programs.Event) bool { return strings.HasPrefix(e.Line, "unix:") }); err != nil {
		return nil, err
	}
	keyring, err := s.start(programs.Command{Path: "gnome-keyring-daemon", Args: []string{"--foreground", "--components=secrets", "--unlock"}, Env: env})
	if err != nil {
		return nil, err
	}
	if err := keyring.Type("a password for the demo"); err != nil {
		return nil, err
	}
	if err := keyring.CloseInput(); err != nil {
		return nil, err
	}
	return env, keyringReady(ctx, env)
}

// keyringReady waits until the keyring's collection is there and unlocked.
func keyringReady(ctx context.Context, env []string) error {
	address := ""
	for _, pair := range env {
		if value, found := strings.CutPrefix(pair, "DBUS_SESSION_BUS_ADDRESS="); found {
			address = value
		}
	}
	bus, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("the private session bus does not answer: %w", err)
	}
	defer bus.Close()
	again := time.NewTicker(keyringPoll)
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
			return fmt.Errorf("the private keyring was not ready in time")
		}
	}
}
