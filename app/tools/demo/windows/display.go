// This file owns a display: a virtual screen that nobody sees, and the tools of
// this computer that can look at it.

// Package windows runs a program with windows on a virtual display, uses it as
// somebody with only a keyboard would, and reads what it shows: the window's
// title, the words, the large digits and the QR code on its picture. The demo
// tells a story with it, the end-to-end tests check one.
//
// It must not know which screen comes after which, nor import anything of the
// programs it runs: it sees them from outside, by the X server, an OCR program
// and a QR reader. It needs the programs of Tools; keys go in by XTEST, and
// the mouse is put away into a corner.
package windows

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"countersign/app/tools/demo/programs"
)

// Tools are the programs that this package calls, each with its package in
// Debian.
var Tools = map[string]string{
	"Xvfb": "xvfb", "xdotool": "xdotool", "xprop": "x11-utils",
	"tesseract": "tesseract-ocr", "zbarimg": "zbar-tools",
}

// Missing names the packages of the tools that this computer lacks.
func Missing() []string {
	var packages []string
	for tool, pkg := range Tools {
		if _, err := exec.LookPath(tool); err != nil {
			packages = append(packages, pkg)
		}
	}
	return packages
}

// Screen is the size of a display in pixels, and how many of them a program
// draws for each of its own.
type Screen struct {
	Width, Height int
	Scale         float64
	Folder        string // where the X server keeps the pixels, in a file; "": where nobody needs to know
}

// Laptop is the screen of a small laptop.
var Laptop = Screen{Width: 1280, Height: 800, Scale: 1}

// Display is a virtual display of its own.
type Display struct {
	screen Screen
	server *programs.Process
	name   string // as in the environment: ":99"
	own    string // the folder for the pixels, if it is ours to remove
}

// Open starts a display. The context bounds the wait for it, not its life.
func Open(ctx context.Context, s Screen) (*Display, error) {
	if missing := Missing(); len(missing) > 0 {
		return nil, fmt.Errorf("a virtual display needs these packages: %s", strings.Join(missing, " "))
	}
	d := &Display{screen: s}
	if s.Folder == "" {
		var err error
		if d.own, err = os.MkdirTemp("", "display"); err != nil {
			return nil, err
		}
		d.screen.Folder = d.own
	}
	if err := d.start(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Display) start(ctx context.Context) (err error) {
	d.server, err = programs.Start(programs.Command{Path: "Xvfb", Args: []string{
		"-displayfd", "1", "-screen", "0", fmt.Sprintf("%dx%dx24", d.screen.Width, d.screen.Height),
		"-fbdir", d.screen.Folder, "-nocursor", "-dpi", "96", "-nolisten", "tcp", "-noreset",
	}})
	if err != nil {
		return err
	}
	ready, err := d.server.Await(ctx, "number of its display", func(e programs.Event) bool {
		_, err := strconv.Atoi(e.Line)
		return err == nil
	})
	d.name = ":" + ready.Line
	return err
}

// Close ends the display, and with it all windows on it.
func (d *Display) Close() error {
	if d.server != nil {
		d.server.Stop()
	}
	if d.own == "" {
		return nil
	}
	return os.RemoveAll(d.own)
}

// Env is the environment that leads a program to the display: drawn without a
// graphics card, in the display's scale.
func (d *Display) Env() []string {
	return []string{
		"DISPLAY=" + d.name, "WAYLAND_DISPLAY=", "XDG_SESSION_TYPE=x11", "LIBGL_ALWAYS_SOFTWARE=1",
		"FYNE_SCALE=" + strconv.FormatFloat(d.screen.Scale, 'f', -1, 64),
		"LC_ALL=C.UTF-8", "NO_AT_BRIDGE=1",
	}
}

// run runs one of the tools to its end and returns what it printed.
func (d *Display) run(ctx context.Context, input, tool string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Env = append(cmd.Environ(), d.Env()...)
	cmd.Stdin = strings.NewReader(input)
	return output(cmd)
}

// output is what a tool printed. An error says what it complained about.
func output(cmd *exec.Cmd) ([]byte, error) {
	out, err := cmd.Output()
	if err == nil {
		return out, nil
	}
	complaint := ""
	if exit, is := err.(*exec.ExitError); is {
		complaint = ": " + strings.TrimSpace(string(exit.Stderr))
	}
	return nil, fmt.Errorf("%s: %w%s", strings.Join(cmd.Args, " "), err, complaint)
}
