// This file tests the store against the real thing: GNOME Keyring on a private
// session bus. Each test runs its second half in a child process with that
// keyring's environment, because the D-Bus libraries keep one connection for
// each process.

package vault

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"countersign/session/computer/vault/keyringtest"
)

// childVariable holds the name of the test that runs in the child process.
const childVariable = "COUNTERSIGN_VAULT_CHILD"

func inChild(t *testing.T) bool {
	return os.Getenv(childVariable) == t.Name()
}

// runChild runs the calling test again in a child process with env added, and
// fails if that fails or did not run.
func runChild(t *testing.T, env ...string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v")
	child.Env = append(os.Environ(), append(env, childVariable+"="+t.Name())...)
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("in the child process: %v\n%s", err, out)
	}
}

func openRealKeyring(t *testing.T, home string) *keyringStore {
	t.Helper()
	store, err := OpenKeyring(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	return store.(*keyringStore)
}

func TestRealKeyringKeepsTheStorePromises(t *testing.T) {
	if !inChild(t) {
		runChild(t, keyringtest.Start(t)...)
		return
	}
	store := openRealKeyring(t, testHome)
	storePromises(t, store)
	homesNeverMix(t, store, openRealKeyring(t, otherHome))
}

func TestRealKeyringKeepsPinsKeysAndSeals(t *testing.T) {
	if !inChild(t) {
		runChild(t, keyringtest.Start(t)...)
		return
	}
	v, next := New(openRealKeyring(t, testHome)), New(openRealKeyring(t, testHome))
	setPin(t, v, testPin())
	if pin, err := next.Pin(t.Context(), testBank); err != nil || !reflect.DeepEqual(pin, testPin()) {
		t.Errorf("Pin = %+v, %v", pin, err)
	}
	made, err := v.NewKey(t.Context(), deviceKey)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := next.Key(t.Context(), deviceKey); err != nil || !key.Equal(made) {
		t.Errorf("Key is not the key that was made: %v", err)
	}
	if _, err := next.NewKey(t.Context(), deviceKey); !errors.Is(err, ErrExists) {
		t.Errorf("NewKey again: %v, want ErrExists", err)
	}
	if plain, err := next.Open(t.Context(), label, seal(t, v, label, "plain")); err != nil || string(plain) != "plain" {
		t.Errorf("Open = %q, %v", plain, err)
	}
	if err := errors.Join(v.DeletePin(t.Context(), testBank), v.DeleteKey(t.Context(), deviceKey)); err != nil {
		t.Error(err)
	}
	if _, err := next.Pin(t.Context(), testBank); !errors.Is(err, ErrNotFound) {
		t.Errorf("Pin after DeletePin: %v, want ErrNotFound", err)
	}
}

func TestPinRemovedByAnotherProgramIsNotFound(t *testing.T) {
	secretTool, err := exec.LookPath("secret-tool")
	if err != nil {
		t.Fatal("the keyring tests need the program secret-tool: install the package libsecret-tools")
	}
	if !inChild(t) {
		runChild(t, keyringtest.Start(t)...)
		return
	}
	v := New(openRealKeyring(t, testHome))
	setPin(t, v, testPin())
	if _, err := v.Pin(t.Context(), testBank); err != nil {
		t.Fatal(err)
	}
	user := testHome + "/" + pinItem(testBank)
	clear := exec.CommandContext(t.Context(), secretTool, "clear", "service", "countersign", "username", user)
	if out, err := clear.CombinedOutput(); err != nil {
		t.Fatalf("secret-tool: %v\n%s", err, out)
	}
	if _, err := v.Pin(t.Context(), testBank); !errors.Is(err, ErrNotFound) {
		t.Errorf("Pin: %v, want ErrNotFound", err)
	}
}

func TestPinChangedByAnotherProgramIsDamaged(t *testing.T) {
	secretTool, err := exec.LookPath("secret-tool")
	if err != nil {
		t.Fatal("the keyring tests need the program secret-tool: install the package libsecret-tools")
	}
	if !inChild(t) {
		runChild(t, keyringtest.Start(t)...)
		return
	}
	v := New(openRealKeyring(t, testHome))
	setPin(t, v, testPin())
	user := testHome + "/" + pinItem(testBank)
	store := exec.CommandContext(t.Context(), secretTool, "store", "--label=changed", "service", "countersign", "username", user)
	store.Stdin = strings.NewReader("changed")
	if out, err := store.CombinedOutput(); err != nil {
		t.Fatalf("secret-tool: %v\n%s", err, out)
	}
	if _, err := v.Pin(t.Context(), testBank); !errors.Is(err, ErrDamaged) {
		t.Errorf("Pin: %v, want ErrDamaged", err)
	}
}

func TestTwoKeyringsRunAtOnce(t *testing.T) {
	if !inChild(t) {
		one, other := keyringtest.Start(t), keyringtest.Start(t)
		runChild(t, one...)
		runChild(t, other...)
		return
	}
	store := openRealKeyring(t, testHome)
	if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrNotFound) {
		t.Errorf("the other keyring's item is here: %v", err)
	}
	set(t, store, "item", "secret")
}

func TestLockedKeyringIsLocked(t *testing.T) {
	if !inChild(t) {
		runChild(t, keyringtest.StartLocked(t)...)
		return
	}
	store := openRealKeyring(t, testHome)
	if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrLocked) {
		t.Errorf("Get: %v, want ErrLocked", err)
	}
	if err := store.Set(t.Context(), "item", nil); !errors.Is(err, ErrLocked) {
		t.Errorf("Set: %v, want ErrLocked", err)
	}
	if err := store.Delete(t.Context(), "item"); !errors.Is(err, ErrLocked) {
		t.Errorf("Delete: %v, want ErrLocked", err)
	}
	before := runtime.NumGoroutine()
	for range 20 {
		if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrLocked) {
			t.Fatalf("Get: %v, want ErrLocked", err)
		}
	}
	if after := runtime.NumGoroutine(); after > before+5 { // connections take a moment to close
		t.Errorf("20 dismissed prompts left %d goroutines, %d before", after, before)
	}
}

// overlooked starts a locked keyring whose prompt nobody answers, and runs the
// calling test against it in a child process. It stands for a person who has not
// seen the keyring's window, or is still typing.
func overlooked(t *testing.T) silentPrompter {
	t.Helper()
	env := keyringtest.StartLocked(t)
	address := env[slices.IndexFunc(env, func(s string) bool { return strings.HasPrefix(s, busAddressVariable) })]
	bus, err := dbus.Connect(strings.TrimPrefix(address, busAddressVariable+"="))
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	prompter := make(silentPrompter, 1)
	if err := bus.Export(prompter, "/org/gnome/keyring/Prompter", "org.gnome.keyring.internal.Prompter"); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.RequestName("org.gnome.keyring.SystemPrompter", 0); err != nil {
		t.Fatal(err)
	}
	runChild(t, env...)
	return prompter
}

// TestKeyringUnlockedElsewhere: the window that asks was overlooked, and the person
// has unlocked the keyring by another program.
func TestKeyringUnlockedElsewhere(t *testing.T) {
	if !inChild(t) {
		if len(overlooked(t)) == 0 {
			t.Error("the keyring never asked for its password")
		}
		return
	}
	store := openRealKeyring(t, testHome)
	store.deadline = time.Second
	if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrLocked) {
		t.Fatalf("Get: %v, want ErrLocked", err)
	}
	unlockElsewhere(t)
	ctx, cancel := context.WithTimeout(t.Context(), promptLimit/4)
	defer cancel()
	for {
		_, err := store.Get(ctx, "item")
		if errors.Is(err, ErrNotFound) {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("unlocked elsewhere, and still %v", err)
		}
	}
}

// unlockElsewhere is GNOME's own program for passwords and keys, as far as a test
// needs it.
func unlockElsewhere(t *testing.T) {
	t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	var output dbus.Variant
	var session dbus.ObjectPath
	secrets := bus.Object(secretsName, secretsPath)
	if err := secrets.Call(serviceInterface+".OpenSession", 0, "plain", dbus.MakeVariant("")).Store(&output, &session); err != nil {
		t.Fatal(err)
	}
	master := struct {
		Session    dbus.ObjectPath
		Parameters []byte
		Value      []byte
		Type       string
	}{session, nil, []byte(keyringtest.Password), "text/plain"}
	const unlock = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.UnlockWithMasterPassword"
	if err := secrets.Call(unlock, 0, loginCollection, master).Err; err != nil {
		t.Fatal(err)
	}
}

func TestUnansweredPromptIsLocked(t *testing.T) {
	if !inChild(t) {
		prompter := overlooked(t)
		if len(prompter) == 0 {
			t.Error("the keyring never asked for its password, so no prompt went unanswered")
		}
		return
	}
	store := openRealKeyring(t, testHome)
	store.deadline = time.Second
	before := runtime.NumGoroutine()
	for range 20 {
		if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrLocked) {
			t.Fatalf("Get: %v, want ErrLocked", err)
		}
	}
	if after := runtime.NumGoroutine(); after > before+12 { // one access and its connection
		t.Errorf("20 accesses to a locked keyring left %d goroutines, %d before", after, before)
	}
}

// silentPrompter is GNOME Keyring's prompter, as far as a test needs it. It
// holds a value once it was asked to show a prompt.
type silentPrompter chan struct{}

// BeginPrompting is called by the keyring that wants a prompt. It says yes and
// never calls back.
func (p silentPrompter) BeginPrompting(dbus.ObjectPath) *dbus.Error {
	select {
	case p <- struct{}{}:
	default:
	}
	return nil
}

func TestNoSessionBusIsNoKeyringAndStartsNoDaemon(t *testing.T) {
	traps := os.Getenv("COUNTERSIGN_TRAPS")
	if !inChild(t) {
		dir := t.TempDir()
		for _, daemon := range []string{"dbus-launch", "dbus-daemon", "gnome-keyring-daemon"} {
			script := "#!/bin/sh\n: >" + filepath.Join(dir, "started-") + "$$\n"
			if err := os.WriteFile(filepath.Join(dir, daemon), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for _, address := range []string{"", autolaunchBusAddress} {
			runChild(t, busAddressVariable+"="+address, runtimeDirVariable+"="+t.TempDir(), "PATH="+dir, "COUNTERSIGN_TRAPS="+dir)
			runChild(t, busAddressVariable+"="+address, runtimeDirVariable+"=", "PATH="+dir, "COUNTERSIGN_TRAPS="+dir)
		}
		return
	}
	if _, err := OpenKeyring(t.Context(), testHome); !errors.Is(err, ErrNoKeyring) {
		t.Errorf("OpenKeyring: %v, want ErrNoKeyring", err)
	}
	if started, err := filepath.Glob(filepath.Join(traps, "started-*")); err != nil || len(started) > 0 {
		t.Errorf("a daemon was started: %v, %v", started, err)
	}
}

func TestBusThatIsGoneIsNoKeyring(t *testing.T) {
	if !inChild(t) {
		runChild(t, busAddressVariable+"=unix:path="+filepath.Join(t.TempDir(), "gone"))
		return
	}
	if _, err := OpenKeyring(t.Context(), testHome); !errors.Is(err, ErrNoKeyring) {
		t.Errorf("OpenKeyring: %v, want ErrNoKeyring", err)
	}
}

func TestBusWithoutSecretServiceIsNoKeyring(t *testing.T) {
	if !inChild(t) {
		runChild(t, keyringtest.StartBus(t)...)
		return
	}
	if _, err := OpenKeyring(t.Context(), testHome); !errors.Is(err, ErrNoKeyring) {
		t.Errorf("OpenKeyring: %v, want ErrNoKeyring", err)
	}
}

func TestBusInTheRuntimeDirectoryIsFound(t *testing.T) {
	if !inChild(t) {
		runChild(t, append(keyringtest.Start(t), busAddressVariable+"=")...)
		return
	}
	set(t, openRealKeyring(t, testHome), "item", "secret")
}

func TestKeyringThatEndsIsNoKeyring(t *testing.T) {
	if !inChild(t) {
		runChild(t, keyringtest.Start(t)...)
		return
	}
	store := openRealKeyring(t, testHome)
	set(t, store, "item", "secret")
	killSecretService(t)
	if _, err := store.Get(t.Context(), "item"); !errors.Is(err, ErrNoKeyring) {
		t.Errorf("Get: %v, want ErrNoKeyring", err)
	}
}

// BenchmarkKeyringRead reads what is about as long as a pin. It is told without
// a ratio, beside the budgets (make bench).
func BenchmarkKeyringRead(b *testing.B) {
	for _, pair := range keyringtest.Start(b) {
		name, value, _ := strings.Cut(pair, "=")
		b.Setenv(name, value)
	}
	store, err := OpenKeyring(b.Context(), testHome)
	if err != nil {
		b.Fatal(err)
	}
	if err := store.Set(b.Context(), "item", make([]byte, 400)); err != nil {
		b.Fatal(err)
	}
	var took []float64
	for b.Loop() {
		began := time.Now()
		if _, err := store.Get(b.Context(), "item"); err != nil {
			b.Fatal(err)
		}
		took = append(took, float64(time.Since(began).Nanoseconds()))
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "p50-ns")
	b.ReportMetric(took[len(took)*95/100], "p95-ns")
}

// killSecretService ends the process that owns the Secret Service's name on
// this test's private bus, and returns when the bus knows.
func killSecretService(t *testing.T) {
	t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	signals := make(chan *dbus.Signal, 8)
	bus.Signal(signals)
	if err := bus.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, secretsName)); err != nil {
		t.Fatal(err)
	}
	var pid uint32
	if err := bus.BusObject().Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, secretsName).Store(&pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(int(pid), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for signal := range signals {
		if strings.HasSuffix(signal.Name, ".NameOwnerChanged") {
			return
		}
	}
}
