//go:build cgo

// Command countersign is Countersign in a window: the bank agent's program and
// the customer's companion. This file owns the wiring only: the home, the one
// window that it has, the screens in it, and the end of all that. It must not
// know what is asked or shown: that is ui/shell, ui/agent and ui/customer.
//
// It needs a display, OpenGL and, to be built, cgo. The program
// countersign-text does without them.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"countersign/app/countersign/command"
	"countersign/app/countersign/display"
	"countersign/app/countersign/instance"
	"countersign/app/countersign/preferences"
	"countersign/assets"
	"countersign/session"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// id is the program's name for the system and its desktop entry.
const id = "org.countersign.app"

// Exit statuses, as those of the text form.
const (
	statusDone  = 0
	statusUsage = 2 // the flags are wrong, or a link is not one of ours
	statusLocal = 3 // a fault of this computer: display, home
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	asked, status, err := command.Parse(args, assets.Built(), os.Stdout, os.Stderr)
	if asked == nil {
		return fail(status, err)
	}
	home, err := makeHome(asked.Home)
	if err != nil {
		return fail(statusLocal, err)
	}
	holder, err := instance.Hold(home, asked.Start)
	switch {
	case errors.Is(err, instance.ErrRefused):
		return fail(statusUsage, err)
	case err != nil:
		return fail(statusLocal, err)
	case holder == nil:
		return statusDone // the window that is open already is told
	}
	defer holder.Release()
	if err := play(home, asked, holder); err != nil {
		return fail(statusLocal, err)
	}
	return statusDone
}

func fail(status int, err error) int {
	if err != nil {
		fmt.Fprintf(os.Stderr, "countersign: %v\n", err)
	}
	return status
}

// makeHome returns the folder of state, which it makes if it is absent.
func makeHome(dir string) (string, error) {
	if dir == "" {
		base, err := os.UserConfigDir()
		if err != nil {
			return "", fmt.Errorf("no place for state, give --home: %w", err)
		}
		dir = filepath.Join(base, "countersign")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("no place for state, give --home: %w", err)
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// play opens the window and returns when it is closed and its call has ended.
func play(home string, asked *command.Request, holder *instance.Holder) (err error) {
	words.AssumeEnglish()
	keepOffUnknownBus()
	makeCacheFolder()
	kept := preferences.Open(home)
	defer func() { err = errors.Join(err, kept.Close()) }()
	loop := newLoop()
	var a fyne.App
	var s *shell.Shell
	err = display.Show(func() (fyne.Window, error) {
		a = app.NewWithID(id)
		a.SetIcon(fyne.NewStaticResource("countersign.png", assets.IconPNG))
		// X11 keeps the first title as the window's class, by which docks find
		// the menu entry (StartupWMClass).
		window := a.NewWindow("Countersign")
		window.SetMaster()
		var err error
		s, err = shell.New(shell.Options{
			Window:      window,
			Preferences: kept,
			Clock:       session.SystemClock{},
			Do:          loop.do,
			Doors:       doors(home),
			Who:         asked.Who,
			Language:    asked.Language,
			Version:     assets.Built(),
			System:      system,
			Quit:        func() { loop.leave(a.Quit) },
		})
		return window, err
	})
	if errors.Is(err, display.ErrNoWindow) {
		return fmt.Errorf("%w. Start it from a desktop, install its graphics driver, or use countersign-text, which needs neither", err)
	}
	if err != nil {
		return err
	}
	go endOnSignal(func() { loop.do(func() { loop.leave(a.Quit) }) })
	go holder.Serve(func(w instance.Start) bool {
		if !loop.open() {
			return false
		}
		loop.do(func() { s.Take(w.Call) })
		return true
	})
	s.Start()
	if asked.Start.Call != nil {
		s.Take(asked.Start.Call)
	}
	a.Run()
	loop.end(s)
	return nil
}

// endOnSignal ends the program when the system or a terminal asks for it. What
// is under way ends properly; who asks once more does not want to wait for that.
func endOnSignal(end func()) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	<-asked
	signal.Stop(asked)
	end()
}

// makeCacheFolder makes the person's cache folder, which Fyne expects and a
// fresh account does not have. Without it nothing is lost but a line in a log.
func makeCacheFolder() {
	if dir, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(dir, 0o700)
	}
}

// keepOffUnknownBus makes the D-Bus libraries look for no session bus where
// there is none: they would start a stray daemon of their own, and nobody's
// keyring is behind that.
func keepOffUnknownBus() {
	const address = "DBUS_SESSION_BUS_ADDRESS"
	dir := os.Getenv("XDG_RUNTIME_DIR")
	_, err := os.Stat(filepath.Join(dir, "bus"))
	if os.Getenv(address) == "" && (dir == "" || err != nil) {
		os.Setenv(address, "disabled:")
	}
}
