//go:build cgo

// Command countersign-kiosk is Countersign for practice: the agent's and the
// customer's screens side by side, with a training bank and its server in the
// same process. This file owns the wiring only; the window is ui/kiosk, the
// bank session/training.
//
// Nothing in it is real and nothing is kept. It needs a display, OpenGL and,
// to be built, cgo.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"countersign/app/countersign/display"
	"countersign/assets"
	"countersign/session"
	"countersign/session/training"
	"countersign/ui/kiosk"
	"countersign/ui/look"
	"countersign/ui/words"
)

// id is the program's name for the system.
const id = "org.countersign.kiosk"

// The size of the window at the beginning, in logical pixels.
const width, height = 1280, 800

// Exit statuses, as those of the text form.
const (
	statusDone  = 0
	statusUsage = 2 // the flags are wrong
	statusLocal = 3 // a fault of this computer: its display
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	asked, status, err := parse(args)
	if asked == nil {
		return fail(status, err)
	}
	words.AssumeEnglish()
	if err := words.Use(asked.Language); err != nil {
		return fail(statusLocal, err)
	}
	if err := play(asked.variant()); err != nil {
		return fail(statusLocal, err)
	}
	return statusDone
}

func fail(status int, err error) int {
	if err != nil {
		fmt.Fprintf(os.Stderr, "countersign-kiosk: %v\n", err)
	}
	return status
}

// play opens the window and returns when it is closed and the bank is gone.
func play(v look.Variant) (err error) {
	opened := &banks{}
	defer func() { err = errors.Join(err, opened.end()) }()
	a := app.NewWithID(id)
	a.SetIcon(fyne.NewStaticResource("countersign.png", assets.IconPNG))
	var k *kiosk.Kiosk
	err = display.Show(func() (fyne.Window, error) {
		// X11 keeps the first title as the window's class, by which docks find
		// the menu entry (StartupWMClass).
		window := a.NewWindow("Countersign Training")
		window.SetMaster()
		k = kiosk.New(kiosk.Options{
			Window: window, Clock: session.SystemClock{}, Do: fyne.Do, Open: opened.open, Quit: a.Quit, Variant: v, Reference: training.Reference,
		})
		window.Resize(fyne.NewSize(width, height))
		return window, nil
	})
	if err != nil {
		return err
	}
	go quitOnSignal(func() { fyne.Do(a.Quit) })
	k.Start()
	a.Run()
	return nil
}

// quitOnSignal ends the program when the system or a terminal asks for it. The
// bank is closed then too, without a question.
func quitOnSignal(quit func()) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	<-asked
	quit()
}
