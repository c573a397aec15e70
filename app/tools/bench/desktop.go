// This file owns the rows of our windows: how soon they show something, how
// much memory they take and how much a call that waits costs, each against the
// plainest Fyne window of the same size on a display of the same kind.
//
// Rule: nothing is asked of the programs. Both are seen from outside in the
// same way, by the pixels of their display and by what Linux tells of them.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"countersign/app/tools/demo/people"
	"countersign/app/tools/demo/programs"
	"countersign/app/tools/demo/windows"
	"countersign/session/computer/vault/keyringtest"
	"countersign/ui/words"
)

// settled is how long after its first frame a window's memory is taken.
const settled = 5 * time.Second

// twoWidgets is what our windows are measured against, as people read it.
const twoWidgets = "Fyne window, 2 widgets"

// The arguments of the windows: ours, for a side, and the baseline's. The
// baseline shows the time of day with tickingLabel.
const (
	ourWindow    = "countersign"
	plainWindow  = "window"
	tickingLabel = "ticking"
)

// desktop measures the windows, or says in one row why it cannot.
func (p plan) desktop(ctx context.Context) ([]row, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	d := desk{plan: p, programs: filepath.Dir(self)}
	if reason := d.impossible(); reason != "" {
		return []row{{Name: "desktop start, memory, live call", Budget: "not measured: " + reason}}, nil
	}
	if err := words.Use("en"); err != nil {
		return nil, err
	}
	if d.dir, err = os.MkdirTemp("", "bench"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(d.dir)
	if d.seats, err = seat(ctx, d.dir); err != nil {
		return nil, err
	}
	defer d.seats.close()
	rows, err := d.opening(ctx)
	if err != nil {
		return nil, err
	}
	live, err := d.waiting(ctx)
	return append(rows, live...), err
}

// desk is where windows are measured.
type desk struct {
	plan     plan
	programs string // folder of the programs
	dir      string
	seats    *seats
}

// impossible says why windows cannot be measured here, "" if they can.
func (d desk) impossible() string {
	if runtime.GOOS != "linux" {
		return "a display that nobody sees, and /proc, need Linux"
	}
	if missing := windows.Missing(); len(missing) > 0 {
		slices.Sort(missing)
		return "a display that nobody sees needs these packages: " + strings.Join(missing, " ")
	}
	if !keyringtest.Available() {
		return "a private keyring needs the packages dbus and gnome-keyring"
	}
	for _, program := range []string{ourWindow, plainWindow} {
		if _, err := os.Stat(filepath.Join(d.programs, program)); err != nil {
			return program + " is not beside this program; make bench builds it"
		}
	}
	return ""
}

// ours is our window for a side; plain is the baseline.
func (d desk) ours(side string, args ...string) programs.Command {
	return d.command(ourWindow, append([]string{side, "--home", d.seats.home(side), "--language", "en"}, args...)...)
}

func (d desk) plain(args ...string) programs.Command { return d.command(plainWindow, args...) }

func (d desk) command(program string, args ...string) programs.Command {
	return programs.Command{Path: filepath.Join(d.programs, program), Args: args, Env: d.seats.keyring.Env()}
}

// opening measures the start and the memory.
func (d desk) opening(ctx context.Context) ([]row, error) {
	screen := windows.Laptop
	screen.Folder = filepath.Join(d.dir, "pixels")
	if err := os.Mkdir(screen.Folder, 0o700); err != nil {
		return nil, err
	}
	display, err := windows.Open(ctx, screen)
	if err != nil {
		return nil, err
	}
	defer func() { _ = display.Close() }()
	shown, err := openPixels(screen)
	if err != nil {
		return nil, err
	}
	defer func() { _ = shown.file.Close() }()
	o := opener{display: display, pixels: shown}

	home := d.ours(sideCustomer)
	var homes []float64
	first := func(ctx context.Context) (float64, error) {
		at, err := o.first(ctx, home, func(began time.Time) error {
			err := await(ctx, "the home page", shown.home)
			homes = append(homes, milliseconds(time.Since(began)))
			return err
		})
		return milliseconds(at), err
	}
	f, err := takeTurns(d.plan.startPairs,
		func() (float64, error) { return first(ctx) },
		func() (float64, error) {
			at, err := o.first(ctx, d.plain(), nil)
			return milliseconds(at), err
		})
	if err != nil {
		return nil, err
	}
	rows := []row{
		compare("desktop start to first frame", "ms", twoWidgets, f, goal{AtMost: 1.25}),
		report("desktop start to home page", "ms", median(homes[1:])), // the first was to warm up
	}
	more, err := d.memory(ctx, o, home)
	return append(rows, more...), err
}

// memory measures what the two take in memory.
func (d desk) memory(ctx context.Context, o opener, home programs.Command) ([]row, error) {
	var own [2][]float64
	resident := func(side int, c programs.Command) batch {
		return func() (float64, error) {
			m, err := o.memory(ctx, c)
			own[side] = append(own[side], m.own)
			return m.resident, err
		}
	}
	f, err := takeTurns(d.plan.memoryPairs, resident(0, home), resident(1, d.plain()))
	if err != nil {
		return nil, err
	}
	return []row{
		compare("memory, resident", "MB", twoWidgets, f, goal{AtMost: 1.25}),
		report("memory in no file, ours", "MB", median(own[0])),
		report("memory in no file, Fyne window", "MB", median(own[1])),
	}, nil
}

// opener opens windows and watches them.
type opener struct {
	display *windows.Display
	pixels  *pixels
}

// open starts a program and returns when it shows something: the time that this
// took, and how to end it.
func (o opener) open(ctx context.Context, c programs.Command) (p *programs.Process, began time.Time, took time.Duration, err error) {
	if err := await(ctx, "a display without a window", o.pixels.blank); err != nil {
		return nil, began, 0, err
	}
	c.Env = slices.Concat(c.Env, o.display.Env())
	began = time.Now()
	if p, err = programs.Start(c); err != nil {
		return nil, began, 0, err
	}
	err = await(ctx, "the first frame of "+filepath.Base(c.Path), o.pixels.drawn)
	took = time.Since(began)
	if err != nil {
		p.Stop()
		return nil, began, 0, fmt.Errorf("%w; it said: %s", err, p.Stderr())
	}
	return p, began, took, nil
}

// first measures the time to the first frame. then may wait for more.
func (o opener) first(ctx context.Context, c programs.Command, then func(began time.Time) error) (time.Duration, error) {
	p, began, took, err := o.open(ctx, c)
	if err != nil {
		return 0, err
	}
	defer p.Stop()
	if then != nil {
		err = then(began)
	}
	return took, err
}

// memory measures what a program takes once it has settled.
func (o opener) memory(ctx context.Context, c programs.Command) (memory, error) {
	p, _, _, err := o.open(ctx, c)
	if err != nil {
		return memory{}, err
	}
	defer p.Stop()
	if err := pass(ctx, settled); err != nil {
		return memory{}, err
	}
	return memoryOf(p.Pid())
}

// waiting measures an agent's live call that waits for its customer. Both
// windows are open at once, each on its own display, so that whatever else the
// computer does weighs on both alike.
func (d desk) waiting(ctx context.Context) ([]row, error) {
	agent, err := d.window(ctx, d.ours(sideAgent, "--customer", customer, "--direction", "bank-called", "--purpose", "other"))
	if err != nil {
		return nil, err
	}
	defer closeWindow(agent)
	if err := showCode(ctx, agent); err != nil {
		return nil, err
	}
	plain, err := d.window(ctx, d.plain(tickingLabel))
	if err != nil {
		return nil, err
	}
	defer closeWindow(plain)
	var f figures
	for range d.plan.livePeriods {
		used, err := usedIn(ctx, d.plan.livePeriod, agent.Program().Pid(), plain.Program().Pid())
		if err != nil {
			return nil, err
		}
		if err := f.add(used[0], used[1]); err != nil {
			return nil, err
		}
	}
	titles := agent.Titles()
	if last := titles[len(titles)-1].Text; last != people.Screen(liveScreen) {
		return nil, fmt.Errorf("the live call did not last: the window says %q", last)
	}
	unit := fmt.Sprintf("ms CPU in %.0f s", d.plan.livePeriod.Seconds())
	return []row{compare("live call waiting", unit, "Fyne window, 1 label a second", f, goal{AtMost: 1.5})}, nil
}

// The headlines of the form and of the live call, by their keys.
const (
	formScreen = "agent.form.title"
	liveScreen = "agent.live.title"
)

// showCode presses the button of the form, which another program has filled in:
// then the button rests for a moment.
func showCode(ctx context.Context, w *windows.Window) error {
	ctx, cancel := context.WithTimeout(ctx, seenWithin)
	defer cancel()
	agent := people.Agent{Person: people.Person{Window: w}}
	return errors.Join(agent.Sees(ctx, formScreen), agent.Insists(ctx, "ctrl+Return", liveScreen))
}

// window opens a program's window on a display of its own.
func (d desk) window(ctx context.Context, c programs.Command) (*windows.Window, error) {
	display, err := windows.Open(ctx, windows.Laptop)
	if err != nil {
		return nil, err
	}
	w, err := display.Start(ctx, c, nil)
	if err != nil {
		return nil, errors.Join(err, display.Close())
	}
	return w, nil
}

func closeWindow(w *windows.Window) {
	w.Stop()
	_ = w.Close()
}

// usedIn is the time that programs compute while d passes, in milliseconds.
func usedIn(ctx context.Context, d time.Duration, pids ...int) ([]float64, error) {
	before, err := allComputed(pids)
	if err != nil {
		return nil, err
	}
	if err := pass(ctx, d); err != nil {
		return nil, err
	}
	used, err := allComputed(pids)
	if err != nil {
		return nil, err
	}
	for i := range used {
		used[i] -= before[i]
	}
	return used, nil
}

func allComputed(pids []int) ([]float64, error) {
	all := make([]float64, len(pids))
	for i, pid := range pids {
		used, err := computed(pid)
		if err != nil {
			return nil, err
		}
		all[i] = milliseconds(used)
	}
	return all, nil
}

// pass waits while d passes.
func pass(ctx context.Context, d time.Duration) error {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
