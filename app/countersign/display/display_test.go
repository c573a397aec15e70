// This file tests every way in which a system can have no window for us.

package display

import (
	"errors"
	"log"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"fyne.io/fyne/v2/test"
)

// native is a window that knows what the system has made of it.
type native struct {
	fyne.Window
	context any
	shown   bool
}

func (n *native) Show()                         { n.shown = true }
func (n *native) RunNative(f func(context any)) { f(n.context) }

func TestShow(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		make func() (fyne.Window, error)
		want error
	}{
		"a test driver's window": {func() (fyne.Window, error) { return test.NewTempWindow(t, nil), nil }, nil},
		"X11":                    {made(driver.X11WindowContext{WindowHandle: 7}), nil},
		"X11, not made":          {made(driver.X11WindowContext{}), ErrNoWindow},
		"Wayland":                {made(driver.WaylandWindowContext{WaylandSurface: 7}), nil},
		"Wayland, not made":      {made(driver.WaylandWindowContext{}), ErrNoWindow},
		"Windows, not made":      {made(driver.WindowsWindowContext{}), ErrNoWindow},
		"macOS, not made":        {made(driver.MacWindowContext{}), ErrNoWindow},
		"Fyne panics":            {func() (fyne.Window, error) { log.Print("no driver"); panic("no driver") }, ErrNoWindow},
		"the content fails":      {func() (fyne.Window, error) { return nil, broken }, broken},
	} {
		t.Run(name, func(t *testing.T) {
			if err := Show(test.make); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

// A fault of ours must not look like a missing display.
func TestOtherPanicsStayPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a panic that nobody logged is taken for a missing display")
		}
	}()
	_ = Show(func() (fyne.Window, error) { panic("a fault") })
}

func made(context any) func() (fyne.Window, error) {
	return func() (fyne.Window, error) { return &native{context: context}, nil }
}
