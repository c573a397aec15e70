// This file tests the engine with a side of two screens on a stage without a
// window: what is built afresh, what comes too late, and what is waited for.

package shell

import (
	"context"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2/container"
)

// boards is a stage that remembers what it shows.
type boards struct {
	Stage
	clock manualClock
	queue chan func()
	shown []Page
}

func (b *boards) Show(p Page)    { b.shown = append(b.shown, p) }
func (b *boards) Do(f func())    { b.queue <- f }
func (b *boards) Now() time.Time { return b.clock.now }
func (b *boards) After(d time.Duration, f func()) func() {
	return b.clock.AfterFunc(d, f)
}

// next runs what comes to the main goroutine next.
func (b *boards) next(t *testing.T) {
	t.Helper()
	select {
	case f := <-b.queue:
		f()
	case <-time.After(patience):
		t.Fatal("nothing comes to the main goroutine")
	}
}

// pass lets a second go by.
func (b *boards) pass() {
	b.clock.now = b.clock.now.Add(time.Second)
	for _, timer := range slices.Clone(b.clock.timers) {
		if f := timer.f; f != nil && !timer.at.After(b.clock.now) {
			timer.f = nil
			f()
		}
	}
}

// plot is the state of the side: its screen, and what is told on it.
type plot struct{ at, told string }

func (p plot) Kind() string { return p.at }

// drama is a side that notes what its screens do.
type drama struct {
	*Screens[string, plot]
	state plot
	notes []string
	left  int // seconds of the countdown
}

func newDrama() (*drama, *boards) {
	b := &boards{queue: make(chan func(), 64), clock: manualClock{now: time.Unix(1_790_000_000, 0)}}
	d := &drama{state: plot{at: "one"}}
	d.Screens = NewScreens(&d.state, func(kind string) Screen[plot] {
		d.note("build " + kind)
		return Screen[plot]{
			Page:   Page{Title: kind, Content: container.NewWithoutLayout()},
			Update: func(p plot) { d.note("update " + p.told) },
			Tick: func() time.Duration {
				if d.left == 0 {
					return 0
				}
				d.left--
				return time.Second
			},
		}
	}, func(p Page) Page { p.Bank = "of all pages"; return p })
	d.Stage = b
	return d, b
}

func (d *drama) note(what string) { d.notes = append(d.notes, what) }

// did fails unless the screens did this since the last time.
func (d *drama) did(t *testing.T, what ...string) {
	t.Helper()
	if !slices.Equal(d.notes, what) {
		t.Errorf("the screens did %q, not %q", d.notes, what)
	}
	d.notes = nil
}

func TestAScreenChangesInPlaceWhileItStays(t *testing.T) {
	d, b := newDrama()
	d.Draw()
	d.did(t, "build one", "update ")
	d.state.told = "news"
	d.Draw()
	d.did(t, "update news")
	if len(b.shown) != 1 || b.shown[0].Title != "one" || b.shown[0].Bank != "of all pages" {
		t.Errorf("shown: %+v", b.shown)
	}
	d.Redraw()
	d.did(t, "build one", "update news")
	d.state.at = "two"
	d.Draw()
	d.did(t, "build two", "update news")
	if len(b.shown) != 3 || b.shown[2].Title != "two" {
		t.Errorf("shown: %+v", b.shown)
	}
	d.Move() // to the same screen again
	d.did(t, "build two", "update news")
}

func TestNothingIsDrawnBeforeAndAfterThePlay(t *testing.T) {
	d, b := newDrama()
	d.Stage = nil
	d.Redraw()
	d.Stage = b
	d.Draw()
	d.Stop()
	d.notes = nil
	d.Draw()
	d.Redraw()
	d.Move()
	d.did(t)
}

func TestOnlyAScreenThatIsNewRests(t *testing.T) {
	d, b := newDrama()
	pressed := 0
	press := d.Rested(func() { pressed++ })
	d.Draw()
	press()
	b.clock.now = b.clock.now.Add(Rest - time.Nanosecond)
	press()
	if pressed != 0 {
		t.Error("a press before anybody can have seen the screen counts")
	}
	b.clock.now = b.clock.now.Add(time.Nanosecond)
	d.Redraw() // in another language
	press()
	if pressed != 1 {
		t.Error("a screen that is drawn again rests once more")
	}
	d.state.at = "two"
	d.Draw()
	press()
	if pressed != 1 {
		t.Error("a screen that came by itself does not rest")
	}
}

func TestACountdownCountsWhileItsScreenIsShown(t *testing.T) {
	d, b := newDrama()
	d.left = 3
	d.Draw()
	b.pass()
	if d.left != 1 || len(b.shown) != 1 {
		t.Errorf("%d seconds are left, %d pages were shown", d.left, len(b.shown))
	}
	d.left = 9
	d.Draw() // counts once, and goes on with one timer
	b.pass()
	if d.left != 7 {
		t.Errorf("%d seconds are left", d.left)
	}
	d.Stop()
	b.pass()
	if d.left != 7 {
		t.Error("a side that was stopped still counts")
	}
}

func TestWhatComesTooLateIsDropped(t *testing.T) {
	d, b := newDrama()
	d.Draw()
	mine := d.NewTurn()
	var got []string
	begin := func(turn *Turn, what string) (release chan struct{}, ended chan error) {
		release, ended = make(chan struct{}), make(chan error, 1)
		Await(turn, func(ctx context.Context) (string, error) {
			<-release
			ended <- ctx.Err()
			return what, nil
		}, func(what string, _ error) { got = append(got, what) })
		return release, ended
	}
	end := func(release chan struct{}, ended chan error, late bool) {
		t.Helper()
		close(release)
		if err := <-ended; (err != nil) != late {
			t.Errorf("the context of the work: %v", err)
		}
		b.next(t)
	}
	first, firstEnded := begin(&d.Turn, "first")
	second, secondEnded := begin(&d.Turn, "second")
	other, otherEnded := begin(&mine, "other")
	end(first, firstEnded, true)
	end(second, secondEnded, false)
	third, thirdEnded := begin(&d.Turn, "third")
	d.Move()
	end(third, thirdEnded, true)
	end(other, otherEnded, false)
	fourth, fourthEnded := begin(&mine, "fourth")
	d.Stop()
	end(fourth, fourthEnded, true)
	if want := []string{"second", "other"}; !slices.Equal(got, want) {
		t.Errorf("%q came", got)
	}
}

// TestStoppingWaitsForEveryCall, without keeping the main goroutine, and hears
// nothing of them any more.
func TestStoppingWaitsForEveryCall(t *testing.T) {
	d, b := newDrama()
	var heard []int
	one, two := make(chan int), make(chan int)
	Follow(&d.Beside, one, func(n int) { heard = append(heard, n) })
	Follow(&d.Beside, two, func(n int) { heard = append(heard, n) })
	for n := range 3 {
		one <- n
		b.next(t)
	}
	kept := d.Stop()
	if d.Context().Err() == nil {
		t.Error("the calls are not told")
	}
	one <- 3
	b.next(t)
	close(one)
	b.next(t)
	isKept := func() bool {
		select {
		case <-kept:
			return true
		default:
			return false
		}
	}
	if isKept() {
		t.Error("a call is cut off")
	}
	close(two)
	b.next(t)
	if !isKept() || d.Stop() != kept {
		t.Error("the waiting never ends")
	}
	if !slices.Equal(heard, []int{0, 1, 2}) {
		t.Errorf("heard %v", heard)
	}
	d, _ = newDrama()
	<-d.Stop() // without a call there is nothing to wait for
}
