// This file owns a person in front of a window: what they see and press, all
// of it on the main goroutine.

package frames

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/session"
	"countersign/session/computer/vault"
	"countersign/ui/agent"
	"countersign/ui/customer"
	"countersign/ui/parts"
	"countersign/ui/parts/partstest"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// person is a window with somebody in front of it.
type person struct {
	*testing.T
	main   *mainLoop
	window fyne.Window
	shell  *shell.Shell
	clock  *clock
}

// newPerson makes a window on a main goroutine of its own. Whatever the keyring
// or the network is asked waits until that goroutine has shown that it is free.
func newPerson(t *testing.T, w *world) *person {
	t.Helper()
	p := &person{T: t, main: newMainLoop(t), clock: &clock{}}
	app := test.NewTempApp(t)
	store := slowStore{vault.NewMemory(), p.main}
	options := session.Options{Dir: t.TempDir(), Store: store, Dial: p.main.slowly(w.dial)}
	doors := shell.Doors{
		Sealed: func() bool { return false },
		Customer: func(ctx context.Context, _ shell.Opening) (shell.Opened, error) {
			c, err := session.OpenCustomer(ctx, options)
			if err != nil {
				return shell.Opened{}, err
			}
			return shell.Opened{Side: customer.New(customer.Options{Self: customer.Of(c)}), Banks: c.Banks}, nil
		},
		Agent: func(ctx context.Context, _ shell.Opening) (shell.Opened, error) {
			a, err := session.OpenAgent(ctx, options)
			if err != nil {
				return shell.Opened{}, err
			}
			return shell.Opened{Side: agent.New(agent.Options{Self: agent.Of(a)})}, nil
		},
	}
	p.do("make the window", func() {
		p.window = app.NewWindow("")
		var err error
		p.shell, err = shell.New(shell.Options{
			Window: p.window, Preferences: app.Preferences(), Clock: p.clock, Do: p.main.post,
			Doors: doors, Language: "en", Version: "test", Quit: func() {},
		})
		if err != nil {
			t.Error(err)
		}
	})
	return p
}

// clock is the system's, because the calls that are held here are real; but a
// page that has just come does not take a press at once, and nobody here waits.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

func (p *person) start() { p.do("start", func() { p.shell.Start() }) }

// do does something on the main goroutine and waits for it.
func (p *person) do(what string, f func()) {
	p.Helper()
	p.main.do(what, f)
}

// until lets the main goroutine run until something holds there.
func (p *person) until(what string, holds func() bool) {
	p.Helper()
	if !p.main.until(holds) {
		p.do("look", func() { p.Logf("the page %q:\n%s", p.window.Title(), p.texts()) })
		p.Fatalf("waited in vain until %s", what)
	}
}

// texts, shows, has and find look at the page; they belong to the main goroutine.
func (p *person) texts() string { return partstest.Texts(p.window.Content()) }

func (p *person) shows(key string) bool { return strings.Contains(p.texts(), words.Say(key)) }

func (p *person) has(key string) bool { return p.find(key) != nil }

func (p *person) find(key string) fyne.Focusable {
	name := words.Say(key)
	for _, f := range partstest.Focusables(p.window.Content()) {
		label := f.(fyne.Accessible).AccessibilityLabel()
		if strings.EqualFold(label, name) || strings.HasPrefix(label, name+", ") {
			return f
		}
	}
	return nil
}

// tap presses a control.
func (p *person) tap(key string) {
	p.Helper()
	p.until(key+" is there", func() bool { return p.has(key) })
	p.clock.ahead.Add(int64(time.Second)) // the page has been there for a while
	p.do("tap "+key, func() { p.find(key).(fyne.Tappable).Tapped(&fyne.PointEvent{}) })
}

// fill types into a box.
func (p *person) fill(key, text string) {
	p.Helper()
	p.until(key+" is there", func() bool { return p.has(key) })
	p.do("type into "+key, func() { p.find(key).(*parts.Entry).SetText(text) })
}

// write types a message and sends it by Enter.
func (p *person) write(key, text string) {
	p.Helper()
	p.fill(key, text)
	p.do("send "+key, func() { p.find(key).TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) })
}

// typeDigits types digits, one after the other.
func (p *person) typeDigits(key, digits string) {
	p.Helper()
	p.until(key+" is there", func() bool { return p.has(key) })
	for _, r := range digits {
		p.do("type into "+key, func() {
			if box := p.find(key); box != nil {
				box.TypedRune(r)
			}
		})
	}
}
