// This file tests the kiosk with sides and banks that only remember, a main
// goroutine that runs when the test lets it, and a clock that the test moves.

package kiosk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"countersign/session/computer/screenpop"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/parts/partstest"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// patience bounds the wait for another goroutine.
const patience = time.Minute

// side remembers what happens to it. Its page has two buttons.
type side struct {
	stage         shell.Stage
	name          string
	filled        []screenpop.Request
	stopped       int
	redrawn       int
	kept          chan struct{} // what Stop returns
	pressed       []string
	first, second *parts.Button
}

func newSide(name string) *side {
	kept := make(chan struct{})
	close(kept)
	return &side{name: name, kept: kept}
}

func (s *side) Start(stage shell.Stage) {
	s.stage = stage
	s.stage.Show(s.fresh())
}
func (s *side) Stop() <-chan struct{}    { s.stopped++; return s.kept }
func (s *side) Redraw()                  { s.redrawn++ }
func (s *side) Fill(r screenpop.Request) { s.filled = append(s.filled, r) }
func (s *side) does(what string) func()  { return func() { s.pressed = append(s.pressed, what) } }
func (s *side) show(change func(*shell.Page)) {
	p := s.fresh()
	change(&p)
	s.stage.Show(p)
}

// fresh is a page with new controls.
func (s *side) fresh() shell.Page {
	s.first = parts.NewButton(parts.Primary, s.name+" first", s.does("first"))
	s.second = parts.NewButton(parts.Secondary, s.name+" second", s.does("second"))
	return shell.Page{
		Title: s.name + " page", Bank: "Training Bank", Note: "a note",
		Content: parts.Page(parts.Headline(s.name+" headline"), nil, parts.Actions(s.first, s.second)),
		Keys:    map[shell.Key]func(){"1": s.does("1"), shell.CtrlEnter: s.does("ctrl")},
	}
}

func (s *side) busy() shell.Page {
	p := s.fresh()
	p.Busy, s.kept = true, make(chan struct{})
	return p
}

// bank is one opening, as the test sees it.
type bank struct {
	agent, customer *side
	closed          chan struct{}
}

// manualClock moves when the test says so.
type manualClock struct {
	now    time.Time
	timers []*func()
}

func (c *manualClock) Now() time.Time { return c.now }

func (c *manualClock) AfterFunc(_ time.Duration, f func()) func() {
	c.timers = append(c.timers, &f)
	return func() { f = nil }
}

// ring runs every timer that nobody stopped.
func (c *manualClock) ring() {
	for _, f := range c.timers {
		if *f != nil {
			(*f)()
		}
	}
	c.timers = nil
}

// room is a kiosk with everything around it.
type room struct {
	*testing.T
	*Kiosk
	window    fyne.Window
	shortcuts map[string]func(fyne.Shortcut) // of the window
	clock     *manualClock
	main      chan func()
	opens     chan func() (Bank, error) // what the next opening finds
	banks     []*bank
	quits     int
}

const reference = "C-1001"

func newRoom(t *testing.T) *room {
	t.Helper()
	size := fyne.NewSize(1280, 800)
	r := &room{
		T: t, clock: &manualClock{now: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)},
		window:    partstest.Window(t, look.Settings{}, "en", size),
		shortcuts: map[string]func(fyne.Shortcut){},
		main:      make(chan func(), 64), opens: make(chan func() (Bank, error), 8),
	}
	r.Kiosk = New(Options{
		Window: listening{r.window, &listeningCanvas{r.window.Canvas(), r.shortcuts}}, Clock: r.clock, Do: func(f func()) { r.main <- f },
		Open: func(context.Context) (Bank, error) { return (<-r.opens)() },
		Quit: func() { r.quits++ }, Variant: look.Light, Reference: reference,
	})
	r.window.Resize(size)
	return r
}

// next runs what comes to the main goroutine next.
func (r *room) next() {
	r.Helper()
	select {
	case f := <-r.main:
		f()
	case <-time.After(patience):
		r.Fatal("nothing comes to the main goroutine")
	}
}

// idle fails if anything waits for the main goroutine.
func (r *room) idle() {
	r.Helper()
	select {
	case <-r.main:
		r.Error("something comes to the main goroutine")
	default:
	}
}

// findsBank lets one opening succeed.
func (r *room) findsBank() *bank {
	b := &bank{newSide("agent"), newSide("customer"), make(chan struct{}, 8)}
	r.banks = append(r.banks, b)
	r.opens <- func() (Bank, error) {
		return Bank{Agent: b.agent, Customer: b.customer, Close: func() error { b.closed <- struct{}{}; return nil }}, nil
	}
	return b
}

// begun is a room whose first bank is open.
func begun(t *testing.T) (*room, *bank) {
	r := newRoom(t)
	b := r.findsBank()
	r.Start()
	r.next()
	return r, b
}

func (r *room) focused() fyne.Focusable { return r.window.Canvas().Focused() }

func (r *room) says(words ...string) {
	r.Helper()
	text := partstest.Texts(r.window.Content())
	for _, w := range append(words, "TRAINING — NOT A REAL BANK") {
		if !strings.Contains(text, w) {
			r.Errorf("%q is not on the screen:\n%s", w, text)
		}
	}
}

func (r *room) button(text string) *parts.Button {
	r.Helper()
	for _, f := range partstest.Focusables(r.window.Content()) {
		if b, ok := f.(*parts.Button); ok && b.AccessibilityLabel() == text {
			return b
		}
	}
	r.Fatalf("there is no button %q", text)
	return nil
}

func (r *room) press(text string) { r.Helper(); test.Tap(r.button(text)) }

func (r *room) key(name fyne.KeyName) { r.TakeKey(&fyne.KeyEvent{Name: name}) }

func (r *room) ctrlEnter() {
	s := &desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierShortcutDefault}
	if do := r.shortcuts[s.ShortcutName()]; do != nil {
		do(s)
	}
}

// listening is a window whose canvas remembers who listens to shortcuts: that
// of the test driver does not tell.
type listening struct {
	fyne.Window
	canvas *listeningCanvas
}

func (l listening) Canvas() fyne.Canvas { return l.canvas }

type listeningCanvas struct {
	fyne.Canvas
	shortcuts map[string]func(fyne.Shortcut)
}

func (c *listeningCanvas) AddShortcut(s fyne.Shortcut, do func(fyne.Shortcut)) {
	c.shortcuts[s.ShortcutName()] = do
}

func (c *listeningCanvas) RemoveShortcut(s fyne.Shortcut) { delete(c.shortcuts, s.ShortcutName()) }

func TestBothSidesPlayUnderTheBand(t *testing.T) {
	r := newRoom(t)
	b := r.findsBank()
	r.Start()
	r.says("Opening the training bank", "Nothing here is real")
	r.next()
	r.says("Agent's screen", "agent headline", "Customer's screen", "customer headline", reference)
	if !slices.Equal(b.agent.filled, []screenpop.Request{{Customer: reference}}) || b.customer.filled != nil {
		t.Errorf("the forms hold %v and %v", b.agent.filled, b.customer.filled)
	}
	if r.focused() != fyne.Focusable(b.agent.first) {
		t.Errorf("the focus is on %v", r.focused())
	}
	if title := r.window.Title(); title != "agent page - Countersign training" {
		t.Errorf("the window is called %q", title)
	}
	if bad := partstest.Overflows(r.window, true); bad != nil {
		t.Error(bad)
	}
}

// TestAHalfNeverTakesTheFocus: somebody types in one half while the other
// changes by itself.
func TestAHalfNeverTakesTheFocus(t *testing.T) {
	r, b := begun(t)
	r.key(fyne.KeyF6)
	if r.focused() != fyne.Focusable(b.customer.first) {
		t.Fatalf("F6 leads to %v", r.focused())
	}
	r.window.Canvas().Focus(b.customer.second)
	b.agent.show(func(p *shell.Page) { p.Focus = b.agent.second })
	b.agent.show(func(p *shell.Page) { p.Mood, p.Focus = look.Stopped, b.agent.second })
	if r.focused() != fyne.Focusable(b.customer.second) {
		t.Errorf("the agent's half took the focus: %v", r.focused())
	}
	if title := r.window.Title(); title != "customer page - Countersign training" {
		t.Errorf("the window is called %q", title)
	}
	r.key(fyne.KeyF6)
	if r.focused() != fyne.Focusable(b.agent.second) {
		t.Errorf("F6 leads back to %v, not to what the page wants", r.focused())
	}
	r.key(fyne.KeyF6)
	if r.focused() != fyne.Focusable(b.customer.second) {
		t.Errorf("F6 leads to %v, not to where the focus was", r.focused())
	}
}

// TestFocusNeedsNoLayout: in a real window, what was just drawn has its place
// only in the next frame.
func TestFocusNeedsNoLayout(t *testing.T) {
	r := newRoom(t)
	r.halves.Layout = misplaced{}
	b := r.findsBank()
	r.Start()
	r.next()
	b.customer.show(func(p *shell.Page) { p.Focus = b.customer.second })
	b.agent.show(func(p *shell.Page) { p.Focus = b.agent.second })
	b.customer.show(func(p *shell.Page) { p.Focus = b.customer.second })
	if r.focused() != fyne.Focusable(b.agent.second) {
		t.Errorf("the focus is on %v", r.focused())
	}
	r.key(fyne.KeyF6)
	if r.focused() != fyne.Focusable(b.customer.second) {
		t.Errorf("F6 leads to %v", r.focused())
	}
}

// misplaced puts both halves into the same place.
type misplaced struct{ halvesLayout }

func (misplaced) Layout(o []fyne.CanvasObject, size fyne.Size) {
	for _, half := range o {
		half.Resize(size)
	}
}

// TestAHalfWithoutControlsHasNoFocus, and takes none of the other half's.
func TestAHalfWithoutControlsHasNoFocus(t *testing.T) {
	r, b := begun(t)
	r.agent.frame.SetStanding(shell.Standing{})
	b.agent.stage.Show(shell.Page{Content: parts.Page(parts.Headline("wait"), nil, nil)})
	if r.focused() != nil {
		t.Errorf("the focus is on %v", r.focused())
	}
	r.TakeRune('1')
	b.agent.stage.Show(b.agent.fresh())
	if r.focused() != fyne.Focusable(b.agent.first) || b.customer.pressed != nil {
		t.Errorf("the focus is on %v, the customer's half got %v", r.focused(), b.customer.pressed)
	}
}

func TestKeysGoToTheHalfWithTheFocus(t *testing.T) {
	r, b := begun(t)
	r.TakeRune('1')
	r.ctrlEnter()
	r.window.Canvas().Focus(b.customer.first) // as a click or Tab does
	r.TakeRune('1')
	r.ctrlEnter()
	b.agent.show(func(p *shell.Page) { p.Keys = nil }) // must not take the customer's keys away
	r.ctrlEnter()
	r.key(fyne.KeyF6)
	r.TakeRune('1')
	r.ctrlEnter()
	if want := []string{"1", "ctrl"}; !slices.Equal(b.agent.pressed, want) {
		t.Errorf("the agent's half got %v", b.agent.pressed)
	}
	if want := []string{"1", "ctrl", "ctrl"}; !slices.Equal(b.customer.pressed, want) {
		t.Errorf("the customer's half got %v", b.customer.pressed)
	}
}

func TestTabReachesEverything(t *testing.T) {
	r, _ := begun(t)
	r.window.Canvas().Unfocus()
	var order []string
	for range 7 {
		r.window.Canvas().FocusNext()
		order = append(order, r.focused().(fyne.Accessible).AccessibilityLabel())
	}
	want := []string{"agent first", "agent second", "Help", "customer first", "customer second", "Help", "Start over"}
	if !slices.Equal(order, want) {
		t.Errorf("Tab goes through %q", order)
	}
}

func TestHelpStaysInItsHalf(t *testing.T) {
	r, b := begun(t)
	r.key(fyne.KeyF6)
	r.key(fyne.KeyF1)
	r.says("agent headline", "How a call goes")
	if strings.Contains(partstest.Texts(r.window.Content()), "customer headline") {
		t.Error("the help does not cover the customer's page")
	}
	r.key(fyne.KeyEscape)
	r.says("customer headline")
	r.key(fyne.KeyF1)
	b.customer.stage.Show(b.customer.busy()) // a call comes before the help
	r.says("customer headline")
}

func TestStartingOverMakesAFreshBank(t *testing.T) {
	r, old := begun(t)
	half, late := r.agent, false
	half.After(time.Minute, func() { late = true })
	r.press("Start over")
	r.says("Closing the training bank")
	if old.agent.stopped != 1 || old.customer.stopped != 1 {
		t.Errorf("stopped %d and %d times", old.agent.stopped, old.customer.stopped)
	}
	r.press("Start over") // again, while the bank closes
	fresh := r.findsBank()
	r.next() // closed
	<-old.closed
	r.says("Opening the training bank")
	r.press("Start over") // again, while the bank opens
	r.next()              // opened
	r.idle()
	r.says("agent headline", "customer headline")
	if fresh.agent.stage == nil || len(old.closed) != 0 || len(fresh.closed) != 0 {
		t.Error("the fresh bank is not the one that plays")
	}
	old.agent.name = "late"
	old.agent.stage.Show(old.agent.fresh())
	r.clock.ring()
	r.next()
	if half.page.Title == "late page" || late {
		t.Error("the closed bank still plays")
	}
}

func TestStartingOverDuringACallAsks(t *testing.T) {
	r, b := begun(t)
	b.customer.stage.Show(b.customer.busy())
	r.press("Start over")
	r.says("A call is under way")
	r.press("Stay in the call")
	r.says("customer headline")
	if b.customer.stopped != 0 || b.agent.stopped != 0 {
		t.Fatal("the call ended although the person stayed")
	}
	r.press("Start over")
	r.press("End the call and start over")
	r.says("The call is ending")
	if b.customer.stopped != 1 || b.agent.stopped != 1 {
		t.Fatalf("stopped the sides %d and %d times", b.agent.stopped, b.customer.stopped)
	}
	r.idle() // nothing closes before the call has ended
	if len(b.closed) != 0 {
		t.Fatal("the bank closes under the call")
	}
	close(b.customer.kept)
	r.findsBank()
	r.next() // the call is over
	r.next() // closed
	r.next() // opened
	r.says("agent headline")
	r.clock.ring() // the patience with that call has nothing more to say
	r.idle()
}

func TestACallThatDoesNotEndIsNotWaitedForLong(t *testing.T) {
	r, b := begun(t)
	b.agent.stage.Show(b.agent.busy())
	r.Close()
	r.press("End the call and close")
	r.idle()
	r.Close() // does not help
	r.clock.ring()
	r.next() // enough
	r.next() // closed
	<-b.closed
	if r.quits != 1 {
		t.Errorf("quit %d times", r.quits)
	}
}

func TestClosingTheWindow(t *testing.T) {
	t.Run("between calls", func(t *testing.T) {
		r, b := begun(t)
		r.Close()
		r.next()
		<-b.closed
		if r.quits != 1 || b.agent.stopped != 1 {
			t.Errorf("quit %d times, stopped %d times", r.quits, b.agent.stopped)
		}
	})
	t.Run("while the bank opens", func(t *testing.T) {
		r := newRoom(t)
		r.Start()
		r.Close()
		if r.quits != 0 {
			t.Fatal("quit before the bank that opens could be closed")
		}
		b := r.findsBank()
		r.next() // opened
		r.next() // closed
		<-b.closed
		if r.quits != 1 || b.agent.stage != nil {
			t.Errorf("quit %d times", r.quits)
		}
	})
	t.Run("while the bank opens and fails", func(t *testing.T) {
		r := newRoom(t)
		r.Start()
		r.Close()
		r.opens <- func() (Bank, error) { return Bank{}, context.Canceled }
		r.next()
		if r.quits != 1 {
			t.Errorf("quit %d times", r.quits)
		}
	})
	t.Run("while the bank closes for another", func(t *testing.T) {
		r, _ := begun(t)
		r.Reset()
		r.Close()
		r.next()
		if r.quits != 1 {
			t.Errorf("quit %d times", r.quits)
		}
		r.idle()
	})
}

func TestABankThatDoesNotOpenCanBeTriedAgain(t *testing.T) {
	r := newRoom(t)
	r.opens <- func() (Bank, error) { return Bank{}, errors.New("no room on the disk") }
	r.Start()
	r.next()
	r.says("The training bank does not open", "no room on the disk")
	r.findsBank()
	r.press("Try again")
	r.next()
	r.says("agent headline")
}

func TestFilesFallOnTheirHalf(t *testing.T) {
	r, b := begun(t)
	var agent, customer []string
	b.agent.show(func(p *shell.Page) { p.Dropped = func(paths []string) { agent = paths } })
	b.customer.show(func(p *shell.Page) { p.Dropped = func(paths []string) { customer = paths } })
	file := storage.NewFileURI("/tmp/code.png")
	r.dropped(fyne.NewPos(900, 400), []fyne.URI{file})
	if agent != nil || !slices.Equal(customer, []string{"/tmp/code.png"}) {
		t.Errorf("agent %v, customer %v", agent, customer)
	}
}

func TestAWideWindowHasRoomForMore(t *testing.T) {
	r, b := begun(t)
	if !b.agent.stage.Compact() {
		t.Error("half of 1280 pixels is not a small window")
	}
	r.window.Resize(fyne.NewSize(2560, 1440))
	r.next()
	if b.agent.stage.Compact() || b.agent.redrawn != 1 || b.customer.redrawn != 1 {
		t.Errorf("redrawn %d and %d times", b.agent.redrawn, b.customer.redrawn)
	}
}

// TestTheBandCanBeRead: everything that stands on the band stands out from it,
// in light and in dark.
func TestTheBandCanBeRead(t *testing.T) {
	for _, variant := range []look.Variant{look.Light, look.Dark} {
		band := onBand{func() fyne.Theme { return look.New(look.Settings{Variant: variant, Training: true}) }}
		behind := band.Color(look.TrainingBand, 0)
		for _, name := range []fyne.ThemeColorName{look.Ink, look.Muted, look.Focus, theme.ColorNameDisabled} {
			if ratio := look.Contrast(band.Color(name, 0), behind); ratio < 4.5 {
				t.Errorf("%s on the band: %.1f", name, ratio)
			}
		}
	}
}

func TestEverySentenceIsThereInPolish(t *testing.T) {
	r, _ := begun(t)
	if err := words.Use("pl"); err != nil {
		t.Fatal(err)
	}
	r.build()
	r.window.SetContent(r.content)
	if text := partstest.Texts(r.window.Content()); !strings.Contains(text, "SZKOLENIE") || strings.Contains(text, "kiosk.") {
		t.Errorf("%s", text)
	}
}
