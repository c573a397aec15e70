// This file tests how our own pages look: as they always did, in light and in
// dark, and that everything on them fits and has a name. A golden that changed
// is written to testdata/failed: look at it, then copy it over the old one.

package shell

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/session"
	"countersign/session/computer/vault"
	"countersign/session/protocol/ending"
	"countersign/ui/look"
	"countersign/ui/parts/partstest"
)

// ownPages are all pages of this package, each with the way to it. The
// customer's door is at hand; what a page needs from it is put there before
// the start.
var ownPages = []struct {
	name string
	who  Who
	find func(Opening) (Opened, error)
	go_  func(b *bench, p *play)
}{
	{name: "first-start"},
	{name: "opening", who: Customer, go_: func(b *bench, _ *play) { b.pass(wordsAfter) }},
	{name: "no-keyring", who: Customer, find: fails(errNoKeyring)},
	{name: "files-damaged", who: Customer, find: fails(fmt.Errorf("%w: %w", ending.Because(ending.NoKeyring, ""), vault.ErrDamaged))},
	{name: "keyring-locked", who: Customer, find: fails(ending.Because(ending.KeyringLocked, ""))},
	{name: "passphrase-new", who: Customer, find: asks(make(chan string, 1), nil)},
	{name: "passphrase-weak", who: Customer, find: asks(make(chan string, 1), nil), go_: func(b *bench, _ *play) {
		b.typeIn("passphrase.name", "short")
		b.typeIn("passphrase.again", "short")
	}},
	{name: "passphrase", who: Customer, find: func(o Opening) (Opened, error) {
		_, err := o.Passphrase()
		return Opened{}, errors.Join(err, errors.New("given up"))
	}},
	{name: "settings", who: Customer, go_: func(b *bench, _ *play) { b.Settings() }},
	{name: "settings-in-call", who: Customer, go_: func(b *bench, p *play) {
		p.page.Busy = true
		p.page.Actions = []Action{{"Something is wrong", func() {}}}
		b.Show(p.page)
		b.Settings()
	}},
	{name: "settings-side", who: Customer, go_: func(b *bench, _ *play) { b.askWho() }},
	{name: "help", who: Customer, go_: func(b *bench, _ *play) { b.Help("") }},
	{name: "help-limits", who: Customer, go_: func(b *bench, _ *play) { b.Help("limits") }},
	{name: "closing", who: Customer, go_: func(b *bench, p *play) {
		p.page.Busy = true
		b.Show(p.page)
		b.Close()
	}},
	{name: "notice", who: Customer, go_: func(b *bench, _ *play) { b.frame.Notify("A line of notice", "Close") }},
}

// show leads a bench to one of our own pages.
func showOwn(t *testing.T, name string, prefs memory, language string, size fyne.Size) *bench {
	for _, page := range ownPages {
		if page.name != name {
			continue
		}
		if page.who != Nobody {
			prefs[keptWho] = string(page.who)
		}
		b := newBench(t, prefs, func(o *Options) { o.Language = language })
		b.sealed = name == "passphrase"
		b.resize(size)
		p := newPlay("A page")
		p.page.Bank = "Example Bank"
		find := page.find
		if find == nil {
			find = func(Opening) (Opened, error) { return Opened{Side: p, Keyring: session.KeyringOS}, nil }
		}
		if name != "opening" {
			b.customers.finds <- find
		}
		b.Start()
		if page.who != Nobody && name != "opening" {
			b.until("the door has answered", func() bool { return !b.blank })
		}
		if page.go_ != nil {
			page.go_(b, p)
		}
		b.layOut()
		return b
	}
	t.Fatalf("there is no page %q", name)
	return nil
}

func TestOwnPagesLookAsTheyDid(t *testing.T) {
	for _, page := range ownPages {
		for _, variant := range []string{"light", "dark"} {
			b := showOwn(t, page.name, memory{keptVariant: variant}, "en", large)
			test.AssertRendersToMarkup(t, page.name+"-"+variant+".xml", b.w.Canvas())
			if dir := os.Getenv("COUNTERSIGN_PICTURES"); dir != "" {
				partstest.Picture(t, b.w, filepath.Join(dir, page.name+"-"+variant+".png"))
			}
		}
	}
}

// Everything fits everywhere. Where the window is small or the text large a
// page may scroll, but only downwards.
func TestOwnPagesFit(t *testing.T) {
	for _, page := range ownPages {
		for _, language := range []string{"en", "pl"} {
			for _, size := range []fyne.Size{large, small} {
				for _, scale := range []float64{1, 2} {
					b := showOwn(t, page.name, memory{keptText: scale, keptVariant: "light"}, language, size)
					where := fmt.Sprintf("%s in %s, %vx%v at %v", page.name, language, size.Width, size.Height, scale)
					for _, bad := range partstest.Overflows(b.w, scale > 1 || size == small) {
						t.Errorf("%s: %s", where, bad)
					}
					if b.Canvas().Size() != size {
						t.Errorf("%s: the window became %v", where, b.Canvas().Size())
					}
					if dir := os.Getenv("COUNTERSIGN_PICTURES"); dir != "" && (scale > 1 || size == small) {
						partstest.Picture(t, b.w, filepath.Join(dir, fmt.Sprintf("%s-%s-%v-%v.png", page.name, language, size.Width, scale)))
					}
				}
			}
		}
	}
}

func (b *bench) Canvas() fyne.Canvas { return b.w.Canvas() }

func TestEveryControlOfOwnPagesHasAName(t *testing.T) {
	for _, page := range ownPages {
		b := showOwn(t, page.name, memory{}, "en", large)
		for _, bad := range partstest.Unnamed(b.w.Content()) {
			t.Errorf("%s: a %s has no name", page.name, bad)
		}
		if len(partstest.Focusables(b.w.Content())) > 0 && b.w.Canvas().Focused() == nil {
			t.Errorf("%s: nothing has the focus", page.name)
		}
	}
}

// The page's own controls come before those of the header.
func TestTabGoesThroughThePageFirst(t *testing.T) {
	b := showOwn(t, "first-start", memory{}, "en", large)
	var names []string
	for _, f := range partstest.Focusables(b.w.Content()) {
		names = append(names, f.(fyne.Accessible).AccessibilityLabel())
	}
	want := []string{"start.customer", "start.agent", "shell.help", "shell.settings"}
	if len(names) != len(want) {
		t.Fatalf("%v", names)
	}
	for i, key := range want {
		if b.control(key).(fyne.Accessible).AccessibilityLabel() != names[i] {
			t.Errorf("%d is %q", i, names[i])
		}
	}
}

// The header stays whole with the largest text in the smallest window.
func TestHeaderFitsWithTheLargestText(t *testing.T) {
	b, p := started(t)
	b.kept.setTextScale(look.MaxTextScale)
	b.restyle()
	b.resize(small)
	p.page.Bank, p.page.Note = "A bank with a rather long name", "Anna Kowalska · shift until 16:00"
	p.page.Actions = []Action{{"Something is wrong", func() {}}}
	b.Show(p.page)
	b.layOut()
	for _, o := range b.frame.header.row.Objects {
		if o.Position().X < 0 || o.Size().Width < o.MinSize().Width {
			t.Errorf("a button stands at %v with %v of %v", o.Position(), o.Size(), o.MinSize())
		}
	}
}
