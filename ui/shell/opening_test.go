// This file tests the first start and every way to the keyring.

package shell

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"countersign/session"
	"countersign/session/computer/screenpop"
	"countersign/session/computer/vault"
	"countersign/session/protocol/ending"
	"countersign/ui/parts"
	"countersign/ui/words"
)

func TestFirstStartAsksOnce(t *testing.T) {
	for key, who := range map[rune]Who{'1': Customer, '2': Agent} {
		prefs := memory{}
		b := newBench(t, prefs)
		b.Start()
		b.mustShow("start.title")
		b.strike(key)
		door := b.customers
		if who == Agent {
			door = b.agents
		}
		if o := b.come(door); o.Keyring != session.KeyringDefault {
			t.Errorf("%s: the first opening asks for the keyring %q", who, o.Keyring)
		}
		again := newBench(t, prefs)
		again.Start()
		if again.shows("start.title") || again.who != who {
			t.Errorf("%s is asked again at the second start", who)
		}
	}
}

func TestCommandLineSaysWhoseComputer(t *testing.T) {
	b := newBench(t, memory{}.with(keptWho, "customer"), func(o *Options) { o.Who = Agent })
	b.Start()
	b.come(b.agents)
	if b.kept.who() != Customer {
		t.Error("one start from the command line was remembered")
	}
	prefs := memory{}
	newBench(t, prefs, func(o *Options) { o.Who = Agent })
	again := newBench(t, prefs)
	again.Start()
	again.come(again.agents) // the first start answered the question
}

func TestWordsComeOnlyWhenOpeningTakesLong(t *testing.T) {
	b := newBench(t, memory{keptWho: "customer"})
	b.Start()
	b.come(b.customers)
	b.pass(wordsAfter - time.Millisecond)
	if b.shows("opening.keyring") {
		t.Fatal("words came at once")
	}
	b.pass(time.Millisecond)
	b.mustShow("opening.keyring")
	p := newPlay("A page")
	b.customers.finds <- func(Opening) (Opened, error) { return Opened{Side: p}, nil }
	b.until("the side plays", func() bool { return p.stage != nil })
	if !strings.Contains(b.w.Title(), "A page") {
		t.Errorf("the window is called %q", b.w.Title())
	}
	b.pass(time.Minute)
	if b.shows("opening.keyring") {
		t.Error("words came after the side")
	}
}

func fails(err error) func(Opening) (Opened, error) {
	return func(Opening) (Opened, error) { return Opened{}, err }
}

// errNoKeyring is what session says where there is none.
var errNoKeyring = fmt.Errorf("%w: %w", ending.Because(ending.NoKeyring, ""), vault.ErrNoKeyring)

// A sealed file is no help where the disk fails, or where one is damaged.
func TestFilesThatCannotBeRead(t *testing.T) {
	b := newBench(t, memory{keptWho: "customer"})
	b.customers.finds <- fails(fmt.Errorf("%w: %w", ending.Because(ending.NoKeyring, ""), vault.ErrDamaged))
	b.Start()
	b.until("the trouble is told", func() bool { return b.shows("opening.files") })
	if b.shows("opening.file") {
		t.Error("a sealed file is offered")
	}
	b.come(b.customers)
	b.tap("opening.again")
	b.come(b.customers)
}

func TestKeyringThatCannotBeUsed(t *testing.T) {
	for key, err := range map[string]error{
		"opening.no_keyring": errNoKeyring,
		"opening.locked":     ending.Because(ending.KeyringLocked, ""),
	} {
		b := newBench(t, memory{keptWho: "customer"})
		b.customers.finds <- fails(err)
		b.Start()
		b.until(key, func() bool { return b.shows(key) })
		b.mustShow(key + "_why")
		b.mustShow("opening.what")
		b.mustShow("opening.text_form")
		b.come(b.customers)
		b.tap("opening.again")
		if o := b.come(b.customers); o.Keyring != session.KeyringDefault {
			t.Errorf("%s: trying again asks for %q", key, o.Keyring)
		}
		b.customers.finds <- fails(err)
		b.until(key, func() bool { return b.shows(key) })
		b.tap("opening.file")
		if o := b.come(b.customers); o.Keyring != session.KeyringPassphrase {
			t.Errorf("%s: the file asks for %q", key, o.Keyring)
		}
	}
}

// A keyring that is there can still be locked: only reading from it tells.
func TestLockedKeyringIsFoundBeforeTheSideBegins(t *testing.T) {
	for _, test := range []struct {
		err    error
		begins bool
	}{
		{ending.Because(ending.KeyringLocked, ""), false},
		{ending.Because(ending.NoKeyring, ""), false},
		{ending.Because(ending.Forged, ""), true},
		{nil, true},
	} {
		b := newBench(t, memory{keptWho: "customer"})
		p := newPlay("A page")
		banks := func(context.Context) ([]session.Bank, error) { return nil, test.err }
		b.customers.finds <- func(Opening) (Opened, error) { return Opened{Side: p, Banks: banks}, nil }
		b.Start()
		b.until("something is shown", func() bool { return p.stage != nil || b.shows("opening.again") })
		if (p.stage != nil) != test.begins {
			t.Errorf("%v: the side begins: %t", test.err, p.stage != nil)
		}
	}
}

// asks is a door that asks for the passphrase, as session does, and hands it on.
func asks(typed chan<- string, result error) func(Opening) (Opened, error) {
	return func(o Opening) (Opened, error) {
		phrase, err := o.Passphrase()
		if err != nil {
			return Opened{}, err
		}
		typed <- phrase
		return Opened{}, result
	}
}

func TestNewPassphraseIsTypedTwiceAndStrong(t *testing.T) {
	b := newBench(t, memory{keptWho: "customer"})
	typed := make(chan string, 1)
	b.customers.finds <- asks(typed, errors.New("enough"))
	b.Start()
	b.until("the passphrase is asked for", func() bool { return b.shows("passphrase.new_title") })
	const good = "copper lantern under seven rivers"
	for _, bad := range []struct{ first, again, complaint string }{
		{"", "", "passphrase.empty"},
		{"short one", "short one", "passphrase.short"},
		{good, good + "x", "passphrase.differ"},
		{"aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "passphrase.simple"},
	} {
		b.control("passphrase.name").(*parts.Entry).SetText(bad.first)
		b.control("passphrase.again").(*parts.Entry).SetText(bad.again)
		b.tap("passphrase.seal")
		b.mustShow(bad.complaint)
		select {
		case got := <-typed:
			t.Fatalf("%q was taken for a passphrase", got)
		default:
		}
	}
	b.typeIn("passphrase.name", good)
	if b.w.Canvas().Focused() != b.control("passphrase.again") {
		t.Error("Enter does not lead to the second box")
	}
	b.typeIn("passphrase.again", good)
	b.until("the passphrase arrives", func() bool { return len(typed) == 1 })
	if got := <-typed; got != good {
		t.Errorf("%q arrived", got)
	}
}

func TestPassphraseOfAFileIsAskedOnceAndAgainWhenWrong(t *testing.T) {
	b := newBench(t, memory{keptWho: "customer"})
	b.sealed = true
	typed := make(chan string, 1)
	b.customers.finds <- asks(typed, errors.Join(ending.Because(ending.KeyringLocked, ""), vault.ErrWrongPassphrase))
	b.Start()
	b.until("the passphrase is asked for", func() bool { return b.shows("passphrase.title") })
	if b.shows("passphrase.again") || b.shows("passphrase.wrong") {
		t.Fatalf("more is asked than once:\n%s", b.texts())
	}
	p := newPlay("A page")
	b.customers.finds <- func(o Opening) (Opened, error) {
		if o.Keyring != session.KeyringPassphrase {
			t.Errorf("the second try asks for %q", o.Keyring)
		}
		if _, err := o.Passphrase(); err != nil {
			return Opened{}, err
		}
		return Opened{Side: p}, nil
	}
	b.typeIn("passphrase.name", "old") // a short one that exists is not ours to refuse
	b.until("it is called wrong", func() bool { return b.shows("passphrase.wrong") })
	if got := <-typed; got != "old" {
		t.Errorf("%q arrived", got)
	}
	if b.control("passphrase.name").(*parts.Entry).Text != "" {
		t.Error("the wrong passphrase is still there")
	}
	b.typeIn("passphrase.name", "the right one")
	b.until("the side plays", func() bool { return p.stage != nil })
}

// What is typed outlives a window that becomes small.
func TestPassphraseIsNotLostWhenTheWindowChanges(t *testing.T) {
	b := newBench(t, memory{keptWho: "customer"})
	b.customers.finds <- asks(make(chan string, 1), nil)
	b.Start()
	b.until("the passphrase is asked for", func() bool { return b.shows("passphrase.new_title") })
	b.control("passphrase.name").(*parts.Entry).SetText("half of it")
	b.resize(small)
	if got := b.control("passphrase.name").(*parts.Entry).Text; got != "half of it" {
		t.Errorf("%q is left", got)
	}
}

// Another choice while a door is still opening: what comes late does nothing.
func TestLateOpeningIsGivenUp(t *testing.T) {
	b := newBench(t, memory{keptWho: "customer"})
	late := newPlay("Too late")
	release := make(chan struct{})
	b.customers.finds <- func(Opening) (Opened, error) { <-release; return Opened{Side: late}, nil }
	b.Start()
	b.come(b.customers)
	b.become(Agent)
	now := newPlay("In time")
	b.agents.finds <- func(Opening) (Opened, error) { return Opened{Side: now}, nil }
	b.until("the other side plays", func() bool { return now.stage != nil })
	close(release)
	b.settleOne()
	if late.stage != nil {
		t.Error("what came late took the stage")
	}
}

// settleOne runs the one function that is about to come.
func (b *bench) settleOne() {
	b.Helper()
	select {
	case f := <-b.queue:
		f()
	case <-time.After(patience):
		b.Fatal("nothing came back")
	}
}

func TestRequestOfAnotherProgramFillsInAndDoesNothingElse(t *testing.T) {
	request := screenpop.Request{Customer: "C-1001"}
	b := newBench(t, memory{keptWho: "agent"})
	b.Start()
	b.Take(&request) // before there is a form
	p := formPlay{newPlay("A form")}
	b.agents.finds <- func(Opening) (Opened, error) { return Opened{Side: p}, nil }
	b.until("the form is filled in", func() bool { return len(p.filled) == 1 })
	b.Take(&screenpop.Request{Customer: "C-1002"})
	b.Take(nil)
	if len(p.filled) != 2 || p.filled[0].Customer != "C-1001" || p.filled[1].Customer != "C-1002" {
		t.Errorf("filled in: %v", p.filled)
	}
}

func TestCustomersComputerRefusesARequestForTheForm(t *testing.T) {
	b, p := started(t)
	before := b.page.Content
	b.Take(&screenpop.Request{Customer: "C-1001"})
	b.mustShow("shell.not_agent")
	if b.page.Content != before || p.redrawn != 0 {
		t.Error("a link changed the page")
	}
	if strings.Contains(b.texts(), "C-1001") {
		t.Error("what the link says is shown")
	}
	b.tap("shell.close")
	if b.shows("shell.not_agent") {
		t.Error("the notice stays")
	}
	if b.w.Canvas().Focused() == nil {
		t.Error("nothing has the focus")
	}
}

// TestALinkDoesNotInterruptACall: nobody could use what it asks for, so it gets
// neither the focus nor a notice.
func TestALinkDoesNotInterruptACall(t *testing.T) {
	b, p := started(t)
	p.page.Busy = true
	b.Show(p.page)
	raised := 0
	b.options.Window = raising{b.w, &raised}
	b.Take(&screenpop.Request{Customer: "C-1001"})
	if b.shows("shell.not_agent") || raised != 0 {
		t.Errorf("raised %d times:\n%s", raised, b.texts())
	}
	if b.Take(nil); raised != 1 {
		t.Error("whoever starts the program again does not see it")
	}
}

// raising counts how often a window takes the focus.
type raising struct {
	fyne.Window
	times *int
}

func (r raising) RequestFocus() { *r.times++ }

func TestWeakness(t *testing.T) {
	for phrase, want := range map[string]string{
		"short":                       "passphrase.short",
		"            ":                "passphrase.short",
		"eleven char":                 "passphrase.short",
		"aaaaaaaaaaaaaa":              "passphrase.simple",
		"abcdefghijklmnop":            "passphrase.simple",
		"1234567890123456":            "passphrase.simple",
		"qwertyuiopasdfgh":            "passphrase.simple",
		"abcabcabcabcabc":             "passphrase.simple",
		"Password12345":               "passphrase.simple",
		"countersign2026":             "passphrase.simple",
		"xK7xK7xK7xK7":                "passphrase.simple",
		"copper lantern seven rivers": "",
		"żółta łódka pod mostem":      "",
		"t7#Kq!mZ2vRp":                "",
	} {
		if got := weakness(phrase); got != want {
			t.Errorf("%q: %q, want %q", phrase, got, want)
		}
		if want != "" && !words.Has(want) {
			t.Errorf("%q has no sentence", want)
		}
	}
}

// The focus is where the next thing is to be done.
func TestFocusOfOwnPages(t *testing.T) {
	b := newBench(t, memory{})
	b.Start()
	if b.w.Canvas().Focused() != b.control("start.customer") {
		t.Error("the first start has its focus elsewhere")
	}
	b.press(fyne.KeyReturn)
	b.come(b.customers)
	if b.kept.who() != Customer {
		t.Error("Enter does not choose")
	}
}
