// This file tests what may be known of a home before it is opened.

package session_test

import (
	"os"
	"path/filepath"
	"testing"

	"countersign/session"
)

func TestWhatIsKnownOfAHomeBeforeItIsOpened(t *testing.T) {
	dir := t.TempDir()
	if session.KeyringOf(dir) != session.KeyringOS || session.Sealed(dir) {
		t.Error("an empty home has made a choice")
	}
	ask := func() (string, error) { return "copper lantern seven rivers", nil }
	_, err := session.OpenCustomer(t.Context(), session.Options{Dir: dir, Keyring: session.KeyringPassphrase, Passphrase: ask})
	if err != nil {
		t.Fatal(err)
	}
	if session.KeyringOf(dir) != session.KeyringPassphrase {
		t.Error("the choice is not known")
	}
	if session.Sealed(dir) {
		t.Error("nothing was kept yet, and a passphrase counts as set")
	}
	if err := os.WriteFile(filepath.Join(dir, "secrets.age"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !session.Sealed(dir) {
		t.Error("a sealed file is overlooked")
	}
}
