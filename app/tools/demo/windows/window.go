// This file owns a window: the program behind it, the keys that are pressed in
// it, and its title, which says what its screen says. Whoever waits for a title
// is told of every one, also of those that were there for a moment only.

package windows

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"countersign/app/tools/demo/programs"
)

// keyPause is the time between two keys, in milliseconds: a fast typist's.
const keyPause = "12"

// titleProperty is where X keeps the title of a window.
const titleProperty = "_NET_WM_NAME"

// Title is a window's title and when it came.
type Title struct {
	At   time.Time
	Text string
}

// Window is a program's window, which fills its display and has the keyboard.
type Window struct {
	*Display
	program, watch *programs.Process
	id             string
	told           func(Title)

	mu      sync.Mutex
	titles  []Title
	passed  int           // the title that Await has returned last
	changed chan struct{} // closed and replaced at each title
}

// Start starts a program on the display and waits for its window, as long as the
// context lasts. told hears of each title, in order; it may be nil. The program
// ends with Stop, or with this process.
func (d *Display) Start(ctx context.Context, c programs.Command, told func(Title)) (*Window, error) {
	c.Env = slices.Concat(c.Env, d.Env())
	program, err := programs.Start(c)
	if err != nil {
		return nil, err
	}
	w := &Window{Display: d, program: program, told: told, changed: make(chan struct{})}
	if w.told == nil {
		w.told = func(Title) {}
	}
	if err := w.open(ctx); err != nil {
		w.Stop()
		return nil, err
	}
	return w, nil
}

// open finds the program's window, listens to its title and gives it the whole
// display and the keyboard: there is no window manager that would. What the
// mouse hovers over looks different, so it is moved out of the way.
func (w *Window) open(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // a program that ends has no window to wait for
		select {
		case <-w.program.Ended():
			cancel()
		case <-ctx.Done():
		}
	}()
	found, err := w.run(ctx, "", "xdotool", "search", "--sync", "--onlyvisible", "--pid", strconv.Itoa(w.program.Pid()))
	if err != nil {
		return fmt.Errorf("the program shows no window: %w; it said: %s", err, w.said())
	}
	w.id, _, _ = strings.Cut(strings.TrimSpace(string(found)), "\n")
	w.watch, err = programs.Start(programs.Command{
		Path: "xprop", Args: []string{"-spy", "-notype", "-id", w.id, titleProperty}, Env: w.Env(), OnEvent: w.titled,
	})
	if err != nil {
		return err
	}
	if err := w.fill(ctx); err != nil {
		return err
	}
	return w.catchUp(ctx)
}

// fillAgain is the time after which a window must still fill the display, and
// stayFilled how often in a row.
const (
	fillAgain  = 100 * time.Millisecond
	stayFilled = 3
)

// fill gives the window the whole display and the keyboard. A program that is
// still opening gives its window a size of its own, maybe after we gave it ours.
func (w *Window) fill(ctx context.Context) error {
	width, height := strconv.Itoa(w.screen.Width), strconv.Itoa(w.screen.Height)
	again := time.NewTicker(fillAgain)
	defer again.Stop()
	for filled := 0; filled < stayFilled; {
		geometry, err := w.run(ctx, "", "xdotool", "getwindowgeometry", "--shell", w.id)
		if err != nil {
			return err
		}
		lines := strings.Fields(string(geometry))
		if slices.Contains(lines, "WIDTH="+width) && slices.Contains(lines, "HEIGHT="+height) && slices.Contains(lines, "X=0") && slices.Contains(lines, "Y=0") {
			filled++
		} else {
			filled = 0
			if _, err := w.run(ctx, "", "xdotool", "windowmove", w.id, "0", "0", "windowsize", w.id, width, height); err != nil {
				return err
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	_, err := w.run(ctx, "", "xdotool", "mousemove", width, height, "windowfocus", "--sync", w.id)
	return err
}

// catchUp reads the title once more. xprop prints it first and asks to be told
// of others then: one that came in between it would never tell.
func (w *Window) catchUp(ctx context.Context) error {
	if _, err := w.watch.Await(ctx, "title", func(programs.Event) bool { return true }); err != nil {
		return err
	}
	known := len(w.Titles())
	line, err := w.run(ctx, "", "xprop", "-notype", "-id", w.id, titleProperty)
	if err != nil {
		return err
	}
	if len(w.Titles()) == known { // else xprop has told a newer one meanwhile
		w.titled(programs.Event{At: time.Now(), Line: strings.TrimSpace(string(line))})
	}
	return nil
}

// Stop ends the program.
func (w *Window) Stop() {
	w.program.Stop()
	if w.watch != nil {
		w.watch.Stop()
	}
}

// Program is the program behind the window.
func (w *Window) Program() *programs.Process { return w.program }

// titled takes a title as xprop prints it: a quoted string, in which quotes and
// backslashes are escaped.
func (w *Window) titled(e programs.Event) {
	quoted, found := strings.CutPrefix(e.Line, titleProperty+" = ")
	text, err := strconv.Unquote(quoted)
	if !found || err != nil {
		return
	}
	t := Title{At: e.At, Text: text}
	w.mu.Lock()
	if n := len(w.titles); n > 0 && w.titles[n-1].Text == text {
		w.mu.Unlock()
		return
	}
	w.titles = append(w.titles, t)
	close(w.changed)
	w.changed = make(chan struct{})
	w.mu.Unlock()
	w.told(t)
}

// Titles returns all titles until now, in order.
func (w *Window) Titles() []Title {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.titles)
}

// Now is the title that the window has.
func (w *Window) Now() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.titles) == 0 {
		return ""
	}
	return w.titles[len(w.titles)-1].Text
}

// Await waits until the window has a title that fits: the one that Await has
// returned last, or one that came after it.
func (w *Window) Await(ctx context.Context, what string, fits func(title string) bool) (Title, error) {
	for {
		found, ok, changed := w.find(fits)
		if ok {
			return found, nil
		}
		select {
		case <-changed:
		case <-w.program.Ended():
			return Title{}, fmt.Errorf("the program ended before its window said %s; %s; it said: %s", what, w.story(), w.said())
		case <-ctx.Done():
			return Title{}, fmt.Errorf("the window did not say %s in time; %s", what, w.story())
		}
	}
}

func (w *Window) find(fits func(string) bool) (Title, bool, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := w.passed; i < len(w.titles); i++ {
		if fits(w.titles[i].Text) {
			w.passed = i
			return w.titles[i], true, nil
		}
	}
	return Title{}, false, w.changed
}

// story is what the window has said, for whoever wonders why it goes no further.
func (w *Window) story() string {
	var all []string
	for _, t := range w.Titles() {
		all = append(all, strconv.Quote(t.Text))
	}
	return "its titles were " + strings.Join(all, ", ")
}

func (w *Window) said() string { return strings.TrimSpace(w.program.Stderr()) }

// Press presses keys one after the other, by their names in X: "Tab", "Return",
// "ctrl+Return", "F9".
func (w *Window) Press(ctx context.Context, keys ...string) error {
	_, err := w.run(ctx, "", "xdotool", append([]string{"key", "--delay", keyPause}, keys...)...)
	return err
}

// Type types a text. It takes what a plain US keyboard has, so that a character
// that cannot be typed is an error instead of missing.
func (w *Window) Type(ctx context.Context, text string) error {
	for _, r := range text {
		if r < ' ' || r > '~' {
			return fmt.Errorf("%q cannot be typed on a plain keyboard", r)
		}
	}
	// By standard input: arguments are visible to other users.
	_, err := w.run(ctx, text, "xdotool", "type", "--delay", keyPause, "--file", "-")
	return err
}
