// Package display owns what happens where there is no display or no OpenGL.
// Fyne logs, panics or waits for ever without a window then; here it becomes
// one error.
//
// It must not know what the window shows. Which words tell a person what to do
// instead is each program's business.
package display

import (
	"bytes"
	"errors"
	"io"
	"log"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
)

// ErrNoWindow says that no window can be opened here.
var ErrNoWindow = errors.New("no window can be opened here: it needs a display (on Linux X11 or Wayland) with OpenGL 2.1")

// Show makes a window and shows it. What Fyne logs meanwhile is told only if
// there is a window: else the error says all of it. Errors: ErrNoWindow, or
// that of make.
func Show(make func() (fyne.Window, error)) (err error) {
	var said bytes.Buffer
	told := log.Writer()
	log.SetOutput(&said)
	defer func() {
		if cause := recover(); cause != nil {
			if said.Len() == 0 {
				panic(cause) // not Fyne's: it logs why before it panics
			}
			err = ErrNoWindow
		}
		log.SetOutput(told)
		if err == nil {
			_, _ = io.Copy(os.Stderr, &said)
		}
	}()
	window, err := make()
	if err != nil {
		return err
	}
	window.Show()
	if !exists(window) {
		return ErrNoWindow
	}
	return nil
}

// exists reports whether the system has made the window. Fyne says nothing
// when it has not.
func exists(w fyne.Window) bool {
	native, ok := w.(driver.NativeWindow)
	if !ok {
		return true
	}
	there := true
	native.RunNative(func(context any) {
		switch c := context.(type) {
		case driver.X11WindowContext:
			there = c.WindowHandle != 0
		case driver.WaylandWindowContext:
			there = c.WaylandSurface != 0
		case driver.WindowsWindowContext:
			there = c.HWND != 0
		case driver.MacWindowContext:
			there = c.NSWindow != 0
		}
	})
	return there
}
