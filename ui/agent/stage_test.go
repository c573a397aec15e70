// This file owns the stage of the tests: a window of the test driver, a clock
// that stands still until it is told to go on, and a queue of what comes back
// from beside the main goroutine.

package agent

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/parts/partstest"
	"countersign/ui/shell"
)

// Sizes of what a window leaves below its header.
var (
	wide  = fyne.NewSize(1280, 800-56)
	first = fyne.NewSize(1280, 720-44) // the program's first size, which is low
	small = fyne.NewSize(900, 500-44)
	half  = fyne.NewSize(598, 690) // of the training window
)

// noon is when every test begins.
var noon = time.Date(2026, time.November, 19, 14, 3, 11, 0, time.UTC)

type stage struct {
	t       *testing.T
	window  fyne.Window
	size    fyne.Size
	compact bool
	now     time.Time
	timers  []*timer
	queue   chan func()
	page    shell.Page
	shows   int
}

type timer struct {
	at time.Time
	f  func()
}

// newStage makes a stage in a size, in a look and in a language.
func newStage(t *testing.T, s look.Settings, language string, size fyne.Size) *stage {
	t.Helper()
	s.Compact = size.Width < 1000*max(s.TextScale, 1) // as the window decides
	if s.Variant == look.System {
		s.Variant = look.Light
	}
	return &stage{
		t: t, window: partstest.Window(t, s, language, size), size: size, compact: s.Compact, now: noon,
		queue: make(chan func(), 100),
	}
}

// Show implements shell.Stage.
func (s *stage) Show(p shell.Page) {
	s.page = p
	s.shows++
	partstest.Show(s.window, parts.OnMood(p.Mood, p.Content), s.size)
	if p.Focus != nil {
		s.window.Canvas().Focus(p.Focus)
	} else {
		s.window.Canvas().FocusNext()
	}
}

// Do implements shell.Stage: what comes back waits for the test to take it.
func (s *stage) Do(f func()) { s.queue <- f }

// After implements shell.Stage.
func (s *stage) After(d time.Duration, f func()) func() {
	t := &timer{at: s.now.Add(d), f: f}
	s.timers = append(s.timers, t)
	return func() { t.f = nil }
}

// Now implements shell.Stage.
func (s *stage) Now() time.Time { return s.now }

// Compact implements shell.Stage.
func (s *stage) Compact() bool { return s.compact }

// Settings implements shell.Stage.
func (s *stage) Settings() {}

// Help implements shell.Stage.
func (s *stage) Help(string) {}

// take runs the next thing that comes back from beside the main goroutine.
func (s *stage) take() {
	s.t.Helper()
	select {
	case f := <-s.queue:
		f()
	case <-time.After(time.Minute):
		s.t.Fatal("nothing came back")
	}
	s.settle()
}

// idle reports that nothing is waiting to be taken.
func (s *stage) idle() bool { return len(s.queue) == 0 }

// pass lets time go by, timer by timer.
func (s *stage) pass(d time.Duration) {
	until := s.now.Add(d)
	for {
		s.timers = slices.DeleteFunc(s.timers, func(t *timer) bool { return t.f == nil })
		slices.SortStableFunc(s.timers, func(a, b *timer) int { return a.at.Compare(b.at) })
		if len(s.timers) == 0 || s.timers[0].at.After(until) {
			break
		}
		next := s.timers[0]
		s.timers = s.timers[1:]
		s.now = next.at
		next.f()
	}
	s.now = until
	s.settle()
}

// settle lays the page out again, as a window does when it draws.
func (s *stage) settle() {
	if s.window.Content() != nil {
		partstest.Settle(s.window)
	}
}

// texts are all words on the page.
func (s *stage) texts() string { return partstest.Texts(s.window.Content()) }

// press presses the button or the tile of a name.
func (s *stage) press(name string) {
	s.t.Helper()
	for _, f := range partstest.Focusables(s.window.Content()) {
		a, named := f.(fyne.Accessible)
		tappable, can := f.(fyne.Tappable)
		if named && can && a.AccessibilityLabel() == name {
			test.Tap(tappable)
			s.settle()
			return
		}
	}
	s.t.Fatalf("there is no %q on the page:\n%s", name, s.texts())
}

// typeInto types text into the box of a name.
func (s *stage) typeInto(name, text string) {
	s.t.Helper()
	f := s.named(name)
	s.window.Canvas().Focus(f)
	test.Type(f, text)
	s.settle()
}

// named is the box of a name.
func (s *stage) named(name string) fyne.Focusable {
	s.t.Helper()
	for _, f := range partstest.Focusables(s.window.Content()) {
		if a, named := f.(fyne.Accessible); named && a.AccessibilityLabel() == name && a.AccessibilityRole() == fyne.AccessibleRoleText {
			return f
		}
	}
	s.t.Fatalf("there is no box %q on the page:\n%s", name, s.texts())
	return nil
}

// key presses a key of the page.
func (s *stage) key(k shell.Key) {
	s.t.Helper()
	f := s.page.Keys[k]
	if f == nil {
		s.t.Fatalf("the page has no key %q", k)
	}
	f()
	s.settle()
}
