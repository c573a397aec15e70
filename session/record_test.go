// These tests hold the state directory to its promises: what was accepted
// stays in force whatever is cut off, and nothing counts without the keyring.

package session

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/session/computer/vault"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
)

func newHome(t *testing.T) *home {
	t.Helper()
	h, err := openHome(t.Context(), Options{Dir: t.TempDir(), Store: vault.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// kept is a home that knows the world's bank as a customer.
func kept(t *testing.T, w *verdicttest.World) (*home, [16]byte) {
	t.Helper()
	h := newHome(t)
	signed := w.SignedBundle()
	b, err := w.Anchor().Open(signed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.keep(t.Context(), b, [][]byte{signed}, record{Role: roleCustomer}); err != nil {
		t.Fatal(err)
	}
	return h, b.BankID
}

// keptBoth is a home that knows the banks of two worlds, and its keyring. The
// other one is called Northern Trust.
func keptBoth(t *testing.T, w, other *verdicttest.World) (*home, vault.Store) {
	t.Helper()
	h, store := newHome(t), vault.NewMemory()
	h.vault = vault.New(store)
	other.Bundle.Name, other.Bundle.Domain = "Northern Trust", "northern.example"
	for _, known := range []*verdicttest.World{w, other} {
		if _, err := h.keep(t.Context(), known.Opened(), [][]byte{known.SignedBundle()}, record{Role: roleCustomer}); err != nil {
			t.Fatal(err)
		}
	}
	return h, store
}

func newer(t *testing.T, h *home, w *verdicttest.World, id [16]byte) (*trust.Bundle, []byte) {
	t.Helper()
	old, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil {
		t.Fatal(err)
	}
	signed, _ := w.NextBundle(func(*trust.Bundle) {}, w.Root)
	next, err := old.bundle.Follow([][]byte{signed})
	if err != nil {
		t.Fatal(err)
	}
	return next, signed
}

// adopted adopts a bundle as a call of a role does.
func adopted(t *testing.T, h *home, role string, next *trust.Bundle, signed []byte) error {
	t.Helper()
	from, err := h.bank(t.Context(), role, next.BankID)
	if err != nil {
		t.Fatal(err)
	}
	return h.adopt(t.Context(), from, next, signed, nil, contact{timed: true})
}

func TestAdoptedBundleIsInForce(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	next, signed := newer(t, h, w, id)
	if err := adopted(t, h, roleCustomer, next, signed); err != nil {
		t.Fatal(err)
	}
	b, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil || b.bundle.Version != next.Version || !slices.Equal(b.signedBundle(), signed) {
		t.Errorf("after adopting: %v", err)
	}
	if len(b.Bundles) != 2 {
		t.Errorf("%d bundles are kept, want the newest and the one before", len(b.Bundles))
	}
}

// TestAdoptingMayBeCutOff plays a stop between the file and the keyring: the
// old bundle stays in force, and the next try completes.
func TestAdoptingMayBeCutOff(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	next, signed := newer(t, h, w, id)
	pin, err := h.vault.Pin(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := adopted(t, h, roleCustomer, next, signed); err != nil {
		t.Fatal(err)
	}
	if err := h.vault.SetPin(t.Context(), pin); err != nil { // as if the keyring had never heard of it
		t.Fatal(err)
	}
	b, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil || b.bundle.Version != pin.Version {
		t.Fatalf("after the cut: %v", err)
	}
	if err := adopted(t, h, roleCustomer, next, signed); err != nil {
		t.Fatal(err)
	}
	if b, err = h.bank(t.Context(), roleCustomer, id); err != nil || b.bundle.Version != next.Version {
		t.Errorf("after the second try: %v", err)
	}
}

// fullStore cannot keep a pin while it is told so.
type fullStore struct {
	vault.Store
	full bool
}

func (s *fullStore) Set(ctx context.Context, item string, secret []byte) error {
	if s.full && strings.HasPrefix(item, "pin/") {
		return errors.New("no space left")
	}
	return s.Store.Set(ctx, item, secret)
}

// TestAdoptingMayBeCutOffAgainAndAgain: each time another newer bundle lies
// before the pin, and the one in force must not be lost to them.
func TestAdoptingMayBeCutOffAgainAndAgain(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	store := &fullStore{Store: vault.NewMemory()}
	h.vault = vault.New(store)
	if _, err := h.keep(t.Context(), w.Opened(), [][]byte{w.SignedBundle()}, record{Role: roleCustomer}); err != nil {
		t.Fatal(err)
	}
	store.full = true
	next, signed := newer(t, h, w, id)
	for _, edit := range []func(*trust.Bundle){nil, func(b *trust.Bundle) { b.Colour = 1 }, func(b *trust.Bundle) { b.Colour = 2 }} {
		if edit != nil {
			signed, _ = w.NextBundle(edit, w.Root)
			var err error
			if next, err = w.Opened().Follow([][]byte{signed}); err != nil {
				t.Fatal(err)
			}
		}
		if err := adopted(t, h, roleCustomer, next, signed); ending.Of(err, "") != ending.NoKeyring {
			t.Errorf("adopting with a full keyring: %v", err)
		}
		if b, err := h.bank(t.Context(), roleCustomer, id); err != nil || b.bundle.Version != w.Bundle.Version {
			t.Fatalf("what was in force is lost: %v", err)
		}
	}
	store.full = false
	if err := adopted(t, h, roleCustomer, next, signed); err != nil {
		t.Error(err)
	}
	if b, err := h.bank(t.Context(), roleCustomer, id); err != nil || b.bundle.Hash() != next.Hash() || len(b.Bundles) != 2 {
		t.Errorf("with room again: %v", err)
	}
}

// TestWhatWasBroughtLaterIsNotUndone: two calls are checked from one bundle, and
// the answer to the first of them is held back until the second has brought a
// newer one.
func TestWhatWasBroughtLaterIsNotUndone(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	from, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil {
		t.Fatal(err)
	}
	second, signedSecond := newer(t, h, w, id)
	again := *second
	hash := second.Hash()
	again.Version, again.Previous = second.Version+1, hash[:]
	signedThird, err := trust.SignBundle(again, w.Root)
	if err != nil {
		t.Fatal(err)
	}
	third, err := second.Follow([][]byte{signedThird})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		b      *trust.Bundle
		signed []byte
	}{{third, signedThird}, {second, signedSecond}} {
		if err := h.adopt(t.Context(), from, step.b, step.signed, nil, contact{timed: true}); err != nil {
			t.Fatal(err)
		}
		if pin, err := h.vault.Pin(t.Context(), id); err != nil || pin.Version != third.Version {
			t.Errorf("version %d is pinned (%v)", pin.Version, err)
		}
	}
	if err := h.vault.DeletePin(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := h.adopt(t.Context(), from, second, signedSecond, nil, contact{timed: true}); ending.Of(err, "") != ending.UnknownBank {
		t.Errorf("a bank that was removed meanwhile: %v", err)
	}
}

// TestContentThatCameLaterIsNotUndone: the same with the bank's words alone, by
// a call and by another letter of the bank.
func TestContentThatCameLaterIsNotUndone(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	from, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil {
		t.Fatal(err)
	}
	content := func(version uint64) []byte {
		w.Content.Version = version
		return w.SignedContent()
	}
	inForce := func(after string, want []byte) {
		t.Helper()
		if b, err := h.bank(t.Context(), roleCustomer, id); err != nil || !bytes.Equal(b.Content, want) {
			t.Errorf("after %s other content is kept (%v)", after, err)
		}
	}
	second, third, fourth := content(2), content(3), content(4)
	for _, signed := range [][]byte{third, second} {
		if err := h.adopt(t.Context(), from, from.bundle, nil, signed, contact{timed: true}); err != nil {
			t.Fatal(err)
		}
		inForce("a call", third)
	}
	for _, letter := range []struct{ signed, want []byte }{{second, third}, {nil, third}, {fourth, fourth}} {
		r := record{Role: roleCustomer, Credential: w.SignedDevice(), Content: letter.signed}
		if _, err := h.keep(t.Context(), w.Opened(), [][]byte{w.SignedBundle()}, r); err != nil {
			t.Fatal(err)
		}
		inForce("a letter", letter.want)
	}
}

func TestFileIsNothingWithoutItsPin(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	pin, err := h.vault.Pin(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(*vault.Pin){
		"another root":    func(p *vault.Pin) { p.Roots = [][]byte{trustPoint(t)} },
		"another hash":    func(p *vault.Pin) { p.BundleHash[0]++ },
		"another version": func(p *vault.Pin) { p.Version++ },
	}
	for name, change := range changes {
		other := pin
		change(&other)
		if err := h.vault.SetPin(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		if _, err := h.bank(t.Context(), roleCustomer, id); ending.Of(err, "") != ending.Forged {
			t.Errorf("%s in the keyring: %v", name, err)
		}
	}
	if err := h.vault.DeletePin(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := h.bank(t.Context(), roleCustomer, id); ending.Of(err, "") != ending.UnknownBank {
		t.Errorf("no pin: %v", err)
	}
}

func trustPoint(t *testing.T) []byte {
	t.Helper()
	return verdicttest.New().Anchor().Roots[0]
}

func TestFilesAreSealedToTheirBank(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	sealed, err := os.ReadFile(h.bankPath(roleCustomer, id))
	if err != nil {
		t.Fatal(err)
	}
	other := id
	other[0]++
	if err := os.WriteFile(h.bankPath(roleCustomer, other), sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.readRecord(t.Context(), roleCustomer, other); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("another bank's file: %v", err)
	}
	sealed[len(sealed)-1]++
	if err := os.WriteFile(h.bankPath(roleCustomer, id), sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.readRecord(t.Context(), roleCustomer, id); !errors.Is(err, vault.ErrDamaged) || !ending.Of(err, "").LocalFault() {
		t.Errorf("a changed file: %v", err)
	}
}

// TestEnrollingAgainKeepsTheHold: a new ticket must not lift what a stop began.
func TestEnrollingAgainKeepsTheHold(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	store := vault.NewMemory()
	h.vault = vault.New(store)
	enrolled := record{Role: roleCustomer, Credential: w.SignedDevice()}
	if _, err := h.keep(t.Context(), w.Opened(), [][]byte{w.SignedBundle()}, enrolled); err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(holdTime).Unix()
	if err := h.change(t.Context(), roleCustomer, id, func(r *record) { r.HoldUntil = until }); err != nil {
		t.Fatal(err)
	}
	b, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.keep(t.Context(), b.bundle, b.Bundles, enrolled)
	if err != nil || again.HoldUntil != until {
		t.Errorf("the hold is %d after enrolling again, want %d (%v)", again.HoldUntil, until, err)
	}
	// A keyring that does not answer for a moment is not a record that is lost.
	locked := h.vault
	h.vault = vault.New(&lockedOnce{Store: store, item: "seal"})
	if _, err := h.keep(t.Context(), b.bundle, b.Bundles, enrolled); ending.Of(err, "") != ending.KeyringLocked {
		t.Errorf("the record cannot be read, and it is replaced: %v", err)
	}
	h.vault = locked
	if b, err := h.bank(t.Context(), roleCustomer, id); err != nil || b.HoldUntil != until {
		t.Errorf("the hold is %d afterwards (%v)", b.HoldUntil, err)
	}
}

// TestOnlyTheSameOwnerEnrolsAgain: what cannot be read is somebody else's; what
// the removal of a bank, cut off, has left is nobody's.
func TestOnlyTheSameOwnerEnrolsAgain(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	b, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil {
		t.Fatal(err)
	}
	unreadable := b.record
	unreadable.Credential = []byte("none")
	if err := h.writeRecord(t.Context(), id, unreadable); err != nil {
		t.Fatal(err)
	}
	enrolled := record{Role: roleCustomer, Credential: w.SignedDevice()}
	enrol := func() error {
		_, err := h.keep(t.Context(), w.Opened(), [][]byte{w.SignedBundle()}, enrolled)
		return err
	}
	if err := enrol(); ending.Of(err, "") != ending.NotForYou {
		t.Errorf("beside a credential that cannot be read: %v", err)
	}
	if err := h.vault.DeletePin(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := enrol(); err != nil {
		t.Errorf("what is left of a bank that was removed: %v", err)
	}
	if err := enrol(); err != nil {
		t.Errorf("the same customer again: %v", err)
	}
}

// lockedOnce is a keyring that is locked the first time it is asked for an item.
type lockedOnce struct {
	vault.Store
	item string
	told bool
}

func (l *lockedOnce) Get(ctx context.Context, item string) ([]byte, error) {
	if item == l.item && !l.told {
		l.told = true
		return nil, vault.ErrLocked
	}
	return l.Store.Get(ctx, item)
}

func TestKnownBankMayNotGoBackOrApart(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	first, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil {
		t.Fatal(err)
	}
	next, signed := newer(t, h, w, id)
	if err := adopted(t, h, roleCustomer, next, signed); err != nil {
		t.Fatal(err)
	}
	if _, err := h.mayKeep(t.Context(), first.bundle, [][]byte{w.SignedBundle()}); ending.Of(err, "") != ending.Forged {
		t.Errorf("an older bundle may be kept: %v", err)
	}
	forked, _ := w.NextBundle(func(b *trust.Bundle) { b.Colour++ }, w.Root)
	apart, err := first.bundle.Follow([][]byte{forked})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.mayKeep(t.Context(), apart, [][]byte{w.SignedBundle(), forked}); ending.Of(err, "") != ending.Forged {
		t.Errorf("another bundle of the same version may be kept: %v", err)
	}
	if _, err := h.mayKeep(t.Context(), next, [][]byte{w.SignedBundle(), signed}); err != nil {
		t.Errorf("the very bundle may not be kept: %v", err)
	}
}

// renamed adopts a bundle under another name and domain.
func renamed(t *testing.T, h *home, w *verdicttest.World, name, domain string) {
	t.Helper()
	signed, _ := w.NextBundle(func(b *trust.Bundle) { b.Name, b.Domain = name, domain })
	old, err := h.bank(t.Context(), roleCustomer, w.Bundle.BankID)
	if err != nil {
		t.Fatal(err)
	}
	next, err := old.bundle.Follow([][]byte{signed})
	if err != nil {
		t.Fatal(err)
	}
	if err := adopted(t, h, roleCustomer, next, signed); err != nil {
		t.Fatal(err)
	}
	w.Bundle = *next
}

// TestRenamedBankIsShownWithItsFormerName: an honest rename shows at once, and
// for 90 days with what the bank was called before.
func TestRenamedBankIsShownWithItsFormerName(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	renamed(t, h, w, "Northern Trust", "northern.example")
	b, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	want := verdict.Naming{Name: "Northern Trust", Domain: "northern.example", FormerName: "Example Bank", FormerDomain: "examplebank.com"}
	got := b.naming(now)
	if got.FormerUntil = (time.Time{}); got != want {
		t.Errorf("shown as %+v", got)
	}
	other := verdicttest.New()
	other.Bundle.Domain = "helpful.example" // and the name that the first had
	if _, err := h.mayKeep(t.Context(), other.Opened(), [][]byte{other.SignedBundle()}); ending.Of(err, "") != ending.NameClash {
		t.Errorf("a new bank under the former name: %v", err)
	}
	// The 90 days begin when people have read the new name, however long that is.
	h.clock = worldClock{time.Now(), now.Add(formerFor + time.Minute)}
	h.noteChecked(t.Context(), b, contact{timed: true})
	if b, err = h.bank(t.Context(), roleCustomer, id); err != nil || b.naming(h.clock.Now()).FormerName != "Example Bank" {
		t.Errorf("not shown for 90 days: %+v (%v)", b.pin, err)
	}
	h.clock = worldClock{time.Now(), now}
	h.noteChecked(t.Context(), b, contact{named: true}) // a clock that is wrong begins nothing
	if b, err = h.bank(t.Context(), roleCustomer, id); err != nil || b.pin.FormerUntil != 0 {
		t.Errorf("read by a clock that is wrong: %+v (%v)", b.pin, err)
	}
	h.noteChecked(t.Context(), b, contact{timed: true, named: true})
	if b, err = h.bank(t.Context(), roleCustomer, id); err != nil || b.pin.FormerUntil != now.Unix() {
		t.Errorf("read today: %+v (%v)", b.pin, err)
	}
	// The clock alone frees nothing: it may be wrong. The bank's own word does.
	h.clock = worldClock{time.Now(), now.Add(formerFor + time.Minute)}
	for _, timed := range []bool{false, true} {
		if _, err := h.mayKeep(t.Context(), other.Opened(), [][]byte{other.SignedBundle()}); ending.Of(err, "") != ending.NameClash {
			t.Errorf("a clock that runs on frees the former name: %v", err)
		}
		h.noteChecked(t.Context(), b, contact{timed, timed})
	}
	if _, err := h.mayKeep(t.Context(), other.Opened(), [][]byte{other.SignedBundle()}); err != nil {
		t.Errorf("the former name is kept for ever: %v", err)
	}
	if n := b.naming(now.Add(formerFor + time.Minute)); n.FormerName != "" || !n.FormerUntil.IsZero() {
		t.Errorf("after 90 days: %+v", n)
	}
}

// TestNamesThatABankTook: which of the names that people are shown the bank did
// not come with, whatever way it came to them.
func TestNamesThatABankTook(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	start := time.Now()
	for i, step := range []struct {
		name  string
		later time.Duration
		taken []string
	}{
		{"Midway", 0, []string{"Midway"}},
		{"Northern Trust", 91 * 24 * time.Hour, []string{"Northern Trust", "Midway"}},
		{"Midway", time.Hour, []string{"Midway", "Northern Trust"}},
		{"Example Bank", 91 * 24 * time.Hour, []string{"Example Bank", "Midway"}}, // nobody is told any more that it came with it
		{"Example Bank", 91 * 24 * time.Hour, []string{"Example Bank"}},
	} {
		start = start.Add(step.later)
		h.clock = worldClock{time.Now(), start}
		renamed(t, h, w, step.name, "")
		b, err := h.bank(t.Context(), roleCustomer, id)
		if err != nil {
			t.Fatal(err)
		}
		h.noteChecked(t.Context(), b, contact{timed: true, named: true})
		if b, err = h.bank(t.Context(), roleCustomer, id); err != nil {
			t.Fatal(err)
		}
		var taken []string
		for _, n := range takenBy(b.pin, h.clock.Now()) {
			taken = append(taken, n.Name+n.Domain)
		}
		if !slices.Equal(taken, step.taken) {
			t.Errorf("step %d: %q, want %q", i, taken, step.taken)
		}
	}

	moved := verdicttest.New() // its domain, and the way in which its name is written
	h, id = kept(t, moved)
	renamed(t, h, moved, "EXAMPLE BANK", "example.bank")
	if b, err := h.bank(t.Context(), roleCustomer, id); err != nil || !slices.Equal(takenBy(b.pin, time.Now()), []verdict.Naming{{Domain: "example.bank"}}) {
		t.Errorf("moved: %+v (%v)", b.pin, err)
	}

	alike := verdicttest.New() // a name that is only like the one that it came with
	h, id = kept(t, alike)
	renamed(t, h, alike, "ExampIe Bank", "examplebank.com")
	if b, err := h.bank(t.Context(), roleCustomer, id); err != nil || !slices.Equal(takenBy(b.pin, time.Now()), []verdict.Naming{{Name: "ExampIe Bank"}}) {
		t.Errorf("alike: %+v (%v)", b.pin, err)
	}

	there := verdicttest.New() // and back, while people are told of the name that it came with
	h, id = kept(t, there)
	renamed(t, h, there, "Midway", "")
	renamed(t, h, there, "Example Bank", "examplebank.com")
	b, err := h.bank(t.Context(), roleCustomer, id)
	if taken := takenBy(b.pin, time.Now()); err != nil || len(taken) != 0 {
		t.Errorf("there and back: %+v (%v)", taken, err)
	}
	if n := namingBeside(b.pin, time.Now(), nil); n.FormerName != "Midway" {
		t.Errorf("there and back: %+v", n)
	}
	if n := namingBeside(b.pin, time.Now(), []verdict.Naming{{Name: "Midway"}}); n.FormerName != "" || n.Name != "Example Bank" {
		t.Errorf("there and back, and another bank claims it: %+v", n)
	}
}

// TestNameOfAnotherBankIsWithheld: the verified chain is adopted, the bank is
// shown as before, and once the other bank is gone it has its new name.
func TestNameOfAnotherBankIsWithheld(t *testing.T) {
	for what, as := range map[string]struct{ name, domain string }{
		"its name": {"Example Bank", "helpful.example"}, "a name like it": {"ExampIe Bank", "helpful.example"}, // a capital i
		"its domain": {"Helpful Group", "examplebank.com"}, "a domain below": {"Helpful Group", "help.examplebank.com"},
	} {
		t.Run(what, func(t *testing.T) {
			genuine, other := verdicttest.New(), verdicttest.New()
			h, id := kept(t, genuine)
			other.Bundle.Name, other.Bundle.Domain = "Helpful Group", "helpful.example"
			if _, err := h.keep(t.Context(), other.Opened(), [][]byte{other.SignedBundle()}, record{Role: roleCustomer}); err != nil {
				t.Fatal(err)
			}
			renamed(t, h, other, as.name, as.domain)
			b, err := h.bank(t.Context(), roleCustomer, other.Bundle.BankID)
			if err != nil || b.bundle.Version != 2 || b.naming(time.Now()) != (verdict.Naming{Name: "Helpful Group", Domain: "helpful.example"}) {
				t.Fatalf("version %d, shown as %+v (%v)", b.bundle.Version, b.naming(time.Now()), err)
			}
			h.noteChecked(t.Context(), b, atSignIn)
			if b, _ = h.bank(t.Context(), roleCustomer, other.Bundle.BankID); b.pin.Name != "Helpful Group" {
				t.Errorf("a later contact gave it the name: %+v", b.naming(time.Now()))
			}
			if err := h.forget(t.Context(), roleCustomer, id); err != nil {
				t.Fatal(err)
			}
			h.noteChecked(t.Context(), b, atSignIn)
			if b, _ = h.bank(t.Context(), roleCustomer, other.Bundle.BankID); b.pin.Name != as.name || b.pin.Domain != as.domain || b.pin.FormerName != "Helpful Group" {
				t.Errorf("without the other bank: %+v", b.naming(time.Now()))
			}
		})
	}
}

// TestDamageElsewhereStopsNoUpdate: what a damaged neighbour is called is not
// known. A bank's chain is adopted all the same, and only its new name waits.
func TestDamageElsewhereStopsNoUpdate(t *testing.T) {
	w, neighbour := verdicttest.New(), verdicttest.New()
	h, store := keptBoth(t, w, neighbour)
	if err := store.Set(t.Context(), "pin/"+hex.EncodeToString(neighbour.Bundle.BankID[:]), []byte("damaged")); err != nil {
		t.Fatal(err)
	}
	renamed(t, h, w, "Exemplar", "exemplar.example")
	b, err := h.bank(t.Context(), roleCustomer, w.Bundle.BankID)
	if err != nil || b.bundle.Version != 2 || b.pin.Name != "Example Bank" || !b.pin.Contested {
		t.Fatalf("version %d, %+v (%v)", b.bundle.Version, b.pin, err)
	}
	if err := h.forget(t.Context(), roleCustomer, neighbour.Bundle.BankID); err != nil {
		t.Fatal(err)
	}
	h.noteChecked(t.Context(), b, atSignIn)
	if b, err = h.bank(t.Context(), roleCustomer, w.Bundle.BankID); err != nil || b.pin.Name != "Exemplar" || b.pin.Contested {
		t.Errorf("without the neighbour it is called %q (%v)", b.pin.Name, err)
	}
}

// TestDamagedBankIsListedWithItsFault: a bank that is simply gone would leave a
// person to check its calls with another one.
func TestDamagedBankIsListedWithItsFault(t *testing.T) {
	w, other := verdicttest.New(), verdicttest.New()
	h, id := kept(t, w)
	other.Bundle.Name, other.Bundle.Domain = "Northern Trust", "northern.example"
	if _, err := h.keep(t.Context(), other.Opened(), [][]byte{other.SignedBundle()}, record{Role: roleCustomer}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.bankPath(roleCustomer, id), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &Customer{h}
	known, err := c.Banks(t.Context())
	if err != nil || len(known) != 2 || known[0].Fault != "" || known[1].Fault == "" || known[1].Name != "Example Bank" || known[1].ID != id {
		t.Fatalf("%+v, %v", known, err)
	}
	for asked, want := range map[[16]byte]ending.Reason{id: known[1].Fault, {}: ending.UnknownBank} {
		call := &customerCall{runner: newRunner(t.Context(), h), asked: Verification{Bank: asked}}
		if _, err := call.bankOf(t.Context(), nil); ending.Of(err, "") != want {
			t.Errorf("asked for %x: %v, want %s", asked, err, want)
		}
	}
}

// TestNamesThatCannotBeReadStopTheCheck: with what the other banks are called
// left out, an agent could be called like one of them.
func TestNamesThatCannotBeReadStopTheCheck(t *testing.T) {
	w, other := verdicttest.New(), verdicttest.New()
	h, store := keptBoth(t, w, other)
	b, err := h.bank(t.Context(), roleCustomer, w.Bundle.BankID)
	if err != nil {
		t.Fatal(err)
	}
	h.vault = vault.New(&lockedOnce{Store: store, item: "pin/" + hex.EncodeToString(other.Bundle.BankID[:])})
	asked := &customerCall{runner: newRunner(t.Context(), h)}
	if err := asked.fillOwn(t.Context(), &found{bank: b}, &verdict.Input{}); ending.Of(err, "") != ending.KeyringLocked {
		t.Errorf("the check goes on: %v", err)
	}
}

// TestWithheldNameIsNobodyElses: a bank that may not show its newest name yet
// has it all the same; and no name changes by a clock that the bank's own times
// do not agree with.
func TestWithheldNameIsNobodyElses(t *testing.T) {
	genuine, other := verdicttest.New(), verdicttest.New()
	h, id := kept(t, genuine)
	renamed(t, h, genuine, "Northern Star", "star.example")
	renamed(t, h, genuine, "Polaris Bank", "polaris.example") // within 90 days: not shown yet
	b, err := h.bank(t.Context(), roleCustomer, id)
	if err != nil || b.pin.Name != "Northern Star" || b.pin.WithheldName != "Polaris Bank" {
		t.Fatalf("%+v, %v", b.pin, err)
	}
	other.Bundle.Name, other.Bundle.Domain = "Polaris Bank", "helpful.example"
	if _, err := h.mayKeep(t.Context(), other.Opened(), [][]byte{other.SignedBundle()}); ending.Of(err, "") != ending.NameClash {
		t.Errorf("a new bank under a name that is withheld: %v", err)
	}
	other.Bundle.Name = "Helpful Group"
	if _, err := h.keep(t.Context(), other.Opened(), [][]byte{other.SignedBundle()}, record{Role: roleCustomer}); err != nil {
		t.Fatal(err)
	}
	from, err := h.bank(t.Context(), roleCustomer, other.Bundle.BankID)
	if err != nil {
		t.Fatal(err)
	}
	signed, _ := other.NextBundle(func(b *trust.Bundle) { b.Name = "Untimed Bank" })
	next, err := from.bundle.Follow([][]byte{signed})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.adopt(t.Context(), from, next, signed, nil, contact{}); err != nil {
		t.Fatal(err)
	}
	if b, err = h.bank(t.Context(), roleCustomer, other.Bundle.BankID); err != nil || b.bundle.Version != 2 || b.pin.Name != "Helpful Group" || b.pin.WithheldName != "Untimed Bank" {
		t.Errorf("renamed by a wrong clock: %+v, %v", b.pin, err)
	}
}

// TestOneRolesUpdateServesTheOther: the pin is one for both roles, so a bundle
// that one adopts must not leave the other without the one that is pinned.
func TestOneRolesUpdateServesTheOther(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	if _, err := h.keep(t.Context(), w.Opened(), [][]byte{w.SignedBundle()}, record{Role: roleAgent, AgentID: 1}); err != nil {
		t.Fatal(err)
	}
	next, signed := newer(t, h, w, id)
	if err := adopted(t, h, roleAgent, next, signed); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{roleAgent, roleCustomer} {
		if b, err := h.bank(t.Context(), role, id); err != nil || b.bundle.Version != next.Version {
			t.Errorf("%s: %v", role, err)
		}
	}
}

func TestBankIsChosenByItsID(t *testing.T) {
	one, two := bank{bundle: &trust.Bundle{BankID: [16]byte{1}}}, bank{bundle: &trust.Bundle{BankID: [16]byte{2}}}
	for _, row := range []struct {
		banks []bank
		id    byte // 0: none is named
		want  byte // 0: unknown_bank
	}{
		{nil, 0, 0}, {[]bank{one}, 0, 1}, {[]bank{one, two}, 0, 0}, {[]bank{one, two}, 1, 1}, {[]bank{one, two}, 2, 2},
		{[]bank{one, two}, 3, 0}, {[]bank{one}, 2, 0},
	} {
		got, err := choose(row.banks, [16]byte{row.id})
		if row.want == 0 && ending.Of(err, "") != ending.UnknownBank || row.want != 0 && (err != nil || got.bundle.BankID != [16]byte{row.want}) {
			t.Errorf("%d of %d banks: %v", row.id, len(row.banks), err)
		}
	}
}

// TestNameFindsABankOrListsThemAll: a name only finds a bank. One that two
// banks have, or that a bank had before, finds none.
func TestNameFindsABankOrListsThemAll(t *testing.T) {
	known := []Bank{
		{ID: [16]byte{1}, Naming: verdict.Naming{Name: "Example Bank", Domain: "examplebank.com"}},
		{ID: [16]byte{2}, Naming: verdict.Naming{Name: "Northern Trust", FormerName: "Arctic Savings"}},
		{ID: [16]byte{3}, Naming: verdict.Naming{Name: "Twice"}}, {ID: [16]byte{4}, Naming: verdict.Naming{Name: "twice"}},
		{ID: [16]byte{5}, Naming: verdict.Naming{Name: "06000000000000000000000000000000"}}, {ID: [16]byte{6}, Naming: verdict.Naming{Name: "O5000000000000000000000000000000."}},
		{ID: [16]byte{8}, Naming: verdict.Naming{Name: "07000000000000000000000000000000"}},
	}
	for said, want := range map[string]byte{
		"northern trust ": 2, "ExampleBank.com": 1, "02000000000000000000000000000000": 2, "03000000000000000000000000000000": 3,
		"06000000000000000000000000000000": 6, "05000000000000000000000000000000": 5, "05000000 00000000 00000000 00000000.": 5, "07000000000000000000000000000000": 0, // not the banks that are called so
		"NORTHERN-TRUST": 2, "www.examplebank.com": 1, "": 0, "Southern": 0, "Arctic Savings": 0, "Twice": 0, "0300": 0,
	} {
		got, err := Named(known, said)
		var none *NotOneBank
		switch {
		case want != 0 && (err != nil || got.ID != [16]byte{want}):
			t.Errorf("%q: %v", said, err)
		case want == 0 && (!errors.As(err, &none) || len(none.Known) != len(known) || ending.Of(err, "") != ending.UnknownBank):
			t.Errorf("%q: %+v, %v", said, got, err)
		}
	}
	if got, err := Named(known[:1], ""); err != nil || got.Name != "Example Bank" {
		t.Errorf("the only bank: %v", err)
	}
}

// TestManyFirstStartsAtOnce: programs that begin one home at the same moment
// agree on its name, and none takes another's half-written one.
func TestManyFirstStartsAtOnce(t *testing.T) {
	for range 40 {
		path := filepath.Join(t.TempDir(), "id")
		var ids [8]string
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				var err error
				if ids[i], err = homeID(t.Context(), path); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if kept, err := homeID(t.Context(), path); err != nil || !slices.Equal(slices.Compact(ids[:]), []string{kept}) {
			t.Fatalf("%v, then %q (%v)", ids, kept, err)
		}
	}
}

// TestAnEmptyIDNamesNothing: a home that was left so by a full disk begins; one
// that has kept something under a name does not get another.
func TestAnEmptyIDNamesNothing(t *testing.T) {
	w := verdicttest.New()
	h, _ := kept(t, w)
	for dir, begins := range map[string]bool{t.TempDir(): true, h.dir: false} {
		path := filepath.Join(dir, "id")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if id, err := homeID(t.Context(), path); (err == nil) != begins || (id != "") != begins {
			t.Errorf("%q, %v", id, err)
		}
	}
}

func TestHomeKeepsItsIDAndChoice(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "id")
	first, err := homeID(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := homeID(t.Context(), path); err != nil || again != first {
		t.Errorf("another id at the second start: %v", err)
	}
	if other, err := homeID(t.Context(), filepath.Join(t.TempDir(), "id")); err != nil || other == first {
		t.Errorf("two homes share an id: %v", err)
	}
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := homeID(t.Context(), path); err == nil {
		t.Error("a damaged id was taken, and all pins with it would be lost")
	}
	choice := filepath.Join(dir, "keyring")
	for _, step := range []struct{ asked, want KeyringChoice }{
		{KeyringDefault, KeyringOS}, {KeyringPassphrase, KeyringPassphrase}, {KeyringDefault, KeyringPassphrase}, {KeyringOS, KeyringOS}, {KeyringDefault, KeyringOS},
	} {
		if got, err := rememberChoice(choice, step.asked); err != nil || got != step.want {
			t.Errorf("asked for %q: %q, want %q (%v)", step.asked, got, step.want, err)
		}
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Error("the id is gone")
	}
}

// TestTimeOfTheLastCheckIsWrittenOnceAnHour: a write for every call would wear
// the disk and tell people nothing more.
func TestTimeOfTheLastCheckIsWrittenOnceAnHour(t *testing.T) {
	w := verdicttest.New()
	h, id := kept(t, w)
	begin := time.Now()
	opened := func() bank {
		t.Helper()
		b, err := h.bank(t.Context(), roleCustomer, id)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if checked := opened().info(begin).Checked; checked.Sub(begin).Abs() > 2*time.Second {
		t.Errorf("kept at %v, checked at %v", begin, checked)
	}
	for _, row := range []struct {
		later time.Duration
		want  time.Duration
	}{{59 * time.Minute, 0}, {61 * time.Minute, 61 * time.Minute}, {119 * time.Minute, 61 * time.Minute}, {-time.Hour, -time.Hour}} {
		h.clock = worldClock{began: time.Now(), world: begin.Add(row.later)}
		h.noteChecked(t.Context(), opened(), atSignIn)
		if got := opened().info(begin).Checked.Sub(begin); (got - row.want).Abs() > 2*time.Second {
			t.Errorf("%v later checked is %v, want %v", row.later, got, row.want)
		}
	}
}

func TestOnlyAServerThatIsNotBehindBringsUpToDate(t *testing.T) {
	b := verdicttest.New().Opened()
	good := verdict.Served{BundleVersion: b.Version, BundleHash: b.Hash()}
	behind, forked, content := good, good, good
	behind.BundleVersion++
	forked.BundleHash[0]++
	content.Content = []byte{1}
	for name, row := range map[string]struct {
		served *verdict.Served
		out    verdict.Output
		want   bool
	}{
		"the same": {&good, verdict.Output{Bundle: b}, true}, "no answer": {nil, verdict.Output{Bundle: b}, false},
		"another version": {&behind, verdict.Output{Bundle: b}, false}, "another hash": {&forked, verdict.Output{Bundle: b}, false},
		"content that was not taken": {&content, verdict.Output{Bundle: b}, false}, "no bundle": {&good, verdict.Output{}, false},
	} {
		if got := upToDate(row.served, row.out); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
