// This file owns the row of the keyring: how long one read takes, through
// session/computer/vault, from a real GNOME Keyring on a session bus of its own, away
// from the keyring of whoever runs this.

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"countersign/session/computer/vault"
)

const (
	// item is about what a pin takes in the keyring.
	itemName, itemSize = "bench", 400
	// readyPoll is how often a starting keyring is tried.
	readyPoll = 10 * time.Millisecond
	// readyWithin is how long it may take.
	readyWithin = 20 * time.Second
)

// reads are the figures of the part that reads, in microseconds.
type reads struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
}

// keyring starts a session bus with this program in it. The bus, and the
// keyring on it, end with the program.
func (p plan) keyring(ctx context.Context) ([]row, error) {
	if runtime.GOOS != "linux" {
		return []row{{Name: "keyring read", Budget: "not measured: a private keyring needs Linux"}}, nil
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var out, complaints bytes.Buffer
	bus := exec.CommandContext(ctx, "dbus-run-session", "--", self, partKeyring, strconv.Itoa(p.keyringReads))
	bus.Env = append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir,
		"XDG_DATA_HOME="+filepath.Join(dir, "data"), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"))
	bus.Stdout, bus.Stderr = &out, &complaints
	if err := bus.Run(); err != nil {
		return nil, fmt.Errorf("reading a private keyring (it needs the packages dbus and gnome-keyring): %w: %s", err, complaints.String())
	}
	var found reads
	if err := json.Unmarshal(out.Bytes(), &found); err != nil {
		return nil, err
	}
	return []row{report("keyring read, p50", "us", found.P50), report("keyring read, p95", "us", found.P95)}, nil
}

// readKeyring is the part that runs on the private bus.
func readKeyring(ctx context.Context, args []string, _ io.Reader, out io.Writer) error {
	n, err := countArgument(args)
	if err != nil {
		return err
	}
	daemon := exec.CommandContext(ctx, "gnome-keyring-daemon", "--unlock", "--components=secrets")
	daemon.Stdin = strings.NewReader("a password for the measurement")
	if err := daemon.Run(); err != nil { // it goes on in the background
		return fmt.Errorf("starting gnome-keyring-daemon: %w", err)
	}
	store, err := openWhenReady(ctx)
	if err != nil {
		return err
	}
	read := func() error { _, err := store.Get(ctx, itemName); return err }
	if err := read(); err != nil {
		return err
	}
	times, err := timeEach(n, read)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(reads{P50: median(times), P95: percentile(times, 95)})
}

// openWhenReady opens the keyring and puts an item in it, as soon as it is there.
func openWhenReady(ctx context.Context) (vault.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	again := time.NewTicker(readyPoll)
	defer again.Stop()
	secret := make([]byte, itemSize)
	rand.Read(secret)
	for {
		store, err := vault.OpenKeyring(ctx, "0123456789abcdef0123456789abcdef")
		if err == nil {
			err = store.Set(ctx, itemName, secret)
		}
		if err == nil {
			return store, nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, errors.Join(errors.New("the private keyring was not ready in time"), err)
		}
	}
}
