// This file owns what the tests play with: a window of the test driver, a main
// goroutine that runs only when a test lets it, a clock that the test moves,
// doors that open when the test says so, and sides that remember.

package shell

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/session"
	"countersign/session/computer/screenpop"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/parts/partstest"
	"countersign/ui/words"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// patience bounds the wait for another goroutine.
const patience = time.Minute

// memory is preferences that last as long as a test.
type memory map[string]any

func (m memory) String(key string) string               { s, _ := m[key].(string); return s }
func (m memory) SetString(key, value string)            { m[key] = value }
func (m memory) Float(key string) float64               { f, _ := m[key].(float64); return f }
func (m memory) SetFloat(key string, value float64)     { m[key] = value }
func (m memory) with(key string, value any) Preferences { m[key] = value; return m }

// manualClock moves when the test says so.
type manualClock struct {
	now    time.Time
	timers []*manualTimer
}

type manualTimer struct {
	at time.Time
	f  func()
}

func (c *manualClock) Now() time.Time { return c.now }

func (c *manualClock) AfterFunc(d time.Duration, f func()) func() {
	t := &manualTimer{c.now.Add(d), f}
	c.timers = append(c.timers, t)
	return func() { t.f = nil }
}

// doorman stands behind a door: the test sees who comes and decides what they
// find.
type doorman struct {
	comes chan Opening
	finds chan func(Opening) (Opened, error)
}

func newDoorman() *doorman {
	return &doorman{make(chan Opening, 8), make(chan func(Opening) (Opened, error), 8)}
}

func (d *doorman) open(ctx context.Context, o Opening) (Opened, error) {
	d.comes <- o
	select {
	case find := <-d.finds:
		return find(o)
	case <-ctx.Done():
		return Opened{}, ctx.Err()
	}
}

// bench is a shell on trial.
type bench struct {
	*testing.T
	w         fyne.Window
	prefs     Preferences
	clock     *manualClock
	queue     chan func()
	agents    *doorman
	customers *doorman
	sealed    bool
	quits     int
	*Shell
}

// large and small are the windows that the pages must fit.
var (
	large = fyne.NewSize(1280, 800)
	small = fyne.NewSize(minWidth, minHeight)
)

// newBench makes a window with a shell that has not started.
func newBench(t *testing.T, prefs Preferences, change ...func(*Options)) *bench {
	t.Helper()
	b := &bench{
		T: t, prefs: prefs, clock: &manualClock{now: time.Unix(1_790_000_000, 0)}, queue: make(chan func(), 256),
		agents: newDoorman(), customers: newDoorman(), w: partstest.Window(t, look.Settings{}, "en", large),
	}
	o := Options{
		Window: b.w, Preferences: prefs, Clock: b.clock, Do: func(f func()) { b.queue <- f },
		Doors:   Doors{Agent: b.agents.open, Customer: b.customers.open, Sealed: func() bool { return b.sealed }},
		Version: "1.2.3 abc", Language: "en", Quit: func() { b.quits++ },
	}
	for _, f := range change {
		f(&o)
	}
	var err error
	if b.Shell, err = New(o); err != nil {
		t.Fatal(err)
	}
	b.w.Resize(large)
	b.settle()
	t.Cleanup(b.giveUp)
	return b
}

// settle runs what the main goroutine was asked to do, until nothing is left.
func (b *bench) settle() {
	for {
		select {
		case f := <-b.queue:
			f()
		default:
			return
		}
	}
}

// until runs the main goroutine until something holds.
func (b *bench) until(what string, holds func() bool) {
	b.Helper()
	deadline := time.After(patience)
	for !holds() {
		select {
		case f := <-b.queue:
			f()
		case <-deadline:
			b.Fatalf("waited in vain until %s; the page is %q:\n%s", what, b.w.Title(), b.texts())
		}
	}
}

// pass lets time pass.
func (b *bench) pass(d time.Duration) {
	b.clock.now = b.clock.now.Add(d)
	for _, t := range slices.Clone(b.clock.timers) {
		if t.f != nil && !t.at.After(b.clock.now) {
			f := t.f
			t.f = nil
			f()
		}
	}
	b.settle()
}

// resize gives the window another size.
func (b *bench) resize(size fyne.Size) {
	b.w.Resize(size)
	b.settle()
}

// layOut lets text that wraps learn its height from its width.
func (b *bench) layOut() {
	focus := b.w.Canvas().Focused()
	partstest.Show(b.w, b.w.Content(), b.w.Canvas().Size())
	if focus != nil {
		b.w.Canvas().Focus(focus)
	}
}

func (b *bench) texts() string { return partstest.Texts(b.w.Content()) }

func (b *bench) shows(key string, with ...words.With) bool {
	return strings.Contains(b.texts(), words.Say(key, with...))
}

func (b *bench) mustShow(key string) {
	b.Helper()
	if !b.shows(key) {
		b.Fatalf("the page %q does not say %q:\n%s", b.w.Title(), words.Say(key), b.texts())
	}
}

// control finds a control by the name that screen readers tell.
func (b *bench) control(key string) fyne.Focusable {
	b.Helper()
	for _, f := range partstest.Focusables(b.w.Content()) {
		name := f.(fyne.Accessible).AccessibilityLabel()
		if name == words.Say(key) || strings.HasPrefix(name, words.Say(key)+", ") {
			return f
		}
	}
	b.Fatalf("nothing on the page %q is called %q:\n%s", b.w.Title(), words.Say(key), b.texts())
	return nil
}

// tap presses a control.
func (b *bench) tap(key string) {
	b.Helper()
	test.Tap(b.control(key).(fyne.Tappable))
	b.settle()
}

// typeIn types into a box and leaves it by Enter.
func (b *bench) typeIn(key, text string) {
	b.Helper()
	box := b.control(key).(*parts.Entry)
	b.w.Canvas().Focus(box)
	box.SetText("")
	test.Type(box, text)
	box.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.settle()
}

// press presses a key that types nothing, wherever the focus is.
func (b *bench) press(name fyne.KeyName) {
	e := &fyne.KeyEvent{Name: name}
	if f := b.w.Canvas().Focused(); f != nil {
		f.TypedKey(e)
	} else {
		b.w.Canvas().OnTypedKey()(e)
	}
	b.settle()
}

// strike presses a key that types a character: the window tells both.
func (b *bench) strike(r rune) {
	b.press(fyne.KeyName(strings.ToUpper(string(r))))
	if f := b.w.Canvas().Focused(); f != nil {
		f.TypedRune(r)
	} else {
		b.w.Canvas().OnTypedRune()(r)
	}
	b.settle()
}

// come waits for somebody at a door.
func (b *bench) come(d *doorman) Opening {
	b.Helper()
	select {
	case o := <-d.comes:
		return o
	case <-time.After(patience):
		b.Fatal("nobody came to the door")
		return Opening{}
	}
}

// play is a side that remembers what happens to it.
type play struct {
	stage   Stage
	page    Page
	stopped int
	kept    chan struct{} // what Stop returns; a test closes it
	redrawn int
	filled  []screenpop.Request
}

func newPlay(title string) *play {
	p := &play{kept: make(chan struct{})}
	p.page = Page{Title: title, Content: parts.Page(parts.Headline(title), nil, parts.Actions(parts.NewButton(parts.Primary, "go", nil)))}
	return p
}

func (p *play) Start(s Stage) {
	p.stage = s
	s.Show(p.page)
}

func (p *play) Stop() <-chan struct{} { p.stopped++; return p.kept }

// Redraw builds its page afresh, as real sides do.
func (p *play) Redraw() {
	p.redrawn++
	p.renew()
	p.stage.Show(p.page)
}

func (p *play) renew() {
	p.page.Content = parts.Page(parts.Headline(fmt.Sprint(p.page.Title, " in ", words.Language())), nil, parts.Actions(parts.NewButton(parts.Primary, "go", nil)))
}

// formPlay is a side with a form.
type formPlay struct{ *play }

func (p formPlay) Fill(r screenpop.Request) { p.filled = append(p.filled, r) }

// started is a shell whose customer's side plays already.
func started(t *testing.T, change ...func(*Options)) (*bench, *play) {
	t.Helper()
	return startedWith(t, Opened{Keyring: session.KeyringOS}, change...)
}

func startedWith(t *testing.T, o Opened, change ...func(*Options)) (*bench, *play) {
	t.Helper()
	b := newBench(t, memory{keptWho: "customer"}, change...)
	p := newPlay("A page")
	o.Side = p
	b.customers.finds <- func(Opening) (Opened, error) { return o, nil }
	b.Start()
	b.until("the side plays", func() bool { return p.stage != nil })
	return b, p
}
