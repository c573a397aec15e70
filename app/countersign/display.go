//go:build cgo

// This file owns what happens where there is no display or no OpenGL. Fyne
// logs, panics or waits for ever without a window then; here it becomes one
// sentence.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
)

// errNoWindow says what a person can do.
var errNoWindow = errors.New("no window can be opened here: Countersign needs a display (on Linux X11 or Wayland) with OpenGL 2.1. " +
	"Start it from a desktop, install its graphics driver, or use countersign-text, which needs neither")

// onDisplay makes a window and shows it. What Fyne logs meanwhile is told only
// if there is a window: else the sentence says all of it. A panic that nothing
// was logged before has another cause, and stays one.
func onDisplay(make func() (fyne.Window, error)) (err error) {
	var said bytes.Buffer
	log.SetOutput(&said)
	defer func() {
		log.SetOutput(os.Stderr)
		if cause := recover(); cause != nil {
			if said.Len() == 0 {
				panic(cause)
			}
			err = errNoWindow
		}
		if err == nil {
			io.Copy(os.Stderr, &said)
		}
	}()
	window, err := make()
	if err != nil {
		return err
	}
	window.Show()
	if !exists(window) {
		return errNoWindow
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

// system is what the diagnostics say of the display.
func system() []string {
	return []string{
		fmt.Sprintf("display: x11 %t, wayland %t, session %q", os.Getenv("DISPLAY") != "", os.Getenv("WAYLAND_DISPLAY") != "", os.Getenv("XDG_SESSION_TYPE")),
		"scale asked for: " + os.Getenv("FYNE_SCALE"),
		"opengl: " + openGL(),
	}
}

// openGL names the libraries of the OpenGL driver that are loaded, where the
// system lists them.
func openGL() string {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return "not known"
	}
	found := map[string]bool{}
	var names []string
	for line := range strings.Lines(string(maps)) {
		name := strings.TrimSpace(line[strings.LastIndex(line, "/")+1:])
		if isDriver(name) && !found[name] {
			found[name] = true
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func isDriver(library string) bool {
	for _, part := range []string{"_dri.so", "libgallium", "libGLX_", "libEGL_", "libnvidia-gl", "libLLVM"} {
		if strings.Contains(library, part) {
			return true
		}
	}
	return false
}
