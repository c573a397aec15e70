// This file owns the engine that plays a side: which of its screens is on the
// stage, when that is built afresh and when it only changes in place, its
// countdown, and how long its buttons rest.
//
// Rules: a screen is built from the side's state and from nothing else, so that
// drawing it again, in another language too, loses nothing: what somebody types
// goes into the state with every letter. Everything belongs to the main
// goroutine.

package shell

import "time"

// Screen is one page of a side, with what brings it up to a changed state. Both
// functions may be nil: then nothing on it changes while it is shown.
type Screen[S any] struct {
	Page
	// Update shows the state in place, so that neither what is typed nor the
	// focus is lost. It is called once before the page is shown, too.
	Update func(S)
	// Tick shows what time alone has changed, and returns how long that stays
	// right; 0: time changes nothing more.
	Tick func() time.Duration
}

// Screens are a side's screens, of kinds K, drawn from its state S. One of them
// is on the stage.
type Screens[K comparable, S interface{ Kind() K }] struct {
	Beside
	state        *S
	build        func(K) Screen[S]
	around       func(Page) Page
	kind         K
	shown        *Screen[S]
	came         time.Time // when a screen of this kind came
	stopCounting func()
}

// NewScreens makes the screens of a side. build makes the screen of a kind;
// around gives its page what all pages of the side have in common. Nothing is
// shown before Stage is set.
func NewScreens[K comparable, S interface{ Kind() K }](state *S, build func(K) Screen[S], around func(Page) Page) *Screens[K, S] {
	s := &Screens[K, S]{state: state, build: build, around: around, stopCounting: func() {}}
	s.Beside.init()
	return s
}

// Draw brings the stage up to the state: in place while the kind of screen
// stays the same.
func (s *Screens[K, S]) Draw() {
	if s.shown == nil || s.kind != (*s.state).Kind() {
		s.Redraw()
		return
	}
	if s.Stopped() {
		return
	}
	s.update()
	s.count()
}

// Redraw implements Side: it builds the screen of the state afresh.
func (s *Screens[K, S]) Redraw() {
	if s.Stage == nil || s.Stopped() {
		return
	}
	if kind := (*s.state).Kind(); s.shown == nil || s.kind != kind {
		s.kind, s.came = kind, s.Stage.Now()
	}
	built := s.build(s.kind)
	s.shown = &built
	s.update()
	s.Stage.Show(s.around(built.Page))
	s.count()
}

// Move shows where the person has gone: what a page before waited for comes too
// late now.
func (s *Screens[K, S]) Move() {
	s.Turn.Pass()
	s.Redraw()
}

func (s *Screens[K, S]) update() {
	if s.shown.Update != nil {
		s.shown.Update(*s.state)
	}
}

// count keeps a countdown going. A second that passes touches only that.
func (s *Screens[K, S]) count() {
	s.stopCounting()
	if s.shown.Tick == nil {
		return
	}
	if next := s.shown.Tick(); next > 0 {
		s.stopCounting = s.After(next, s.count)
	}
}

// Rest is how long the buttons of a screen that came by itself do nothing: a key
// that was meant for the screen before must not press them. Many people press
// Enter after the ninth digit, which needs none; it must neither cancel the
// check nor hide a verdict that nobody has read yet.
const Rest = time.Second

// Rested makes a press count only once the screen can have been seen.
func (s *Screens[K, S]) Rested(do func()) func() {
	return func() {
		if s.Stage.Now().Sub(s.came) >= Rest {
			do()
		}
	}
}
