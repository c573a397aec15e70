// This file tests what the rows of the windows stand on: what is seen on a
// display, what Linux tells of a program, and the two people's seats. The
// windows themselves are measured by make bench only.

package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"fyne.io/fyne/v2/theme"

	"countersign/app/tools/demo/windows"
	"countersign/session"
	"countersign/session/computer/vault/keyringtest"
)

// shows makes a display of one colour with rectangles on it, as the X server
// keeps it: other things before the pixels.
func shows(t *testing.T, ground uint32, rectangles ...rectangle) *pixels {
	t.Helper()
	s := windows.Screen{Width: 100, Height: 90, Folder: t.TempDir()}
	file := make([]byte, 321)
	for y := range s.Height {
		for x := range s.Width {
			colour := ground
			for _, r := range rectangles {
				if x < r.width && y >= r.top && y < r.top+r.height {
					colour = r.colour
				}
			}
			file = binary.LittleEndian.AppendUint32(file, colour)
		}
	}
	if err := os.WriteFile(filepath.Join(s.Folder, pixelsFile), file, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := openPixels(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.file.Close() })
	return p
}

// rectangle begins at the left.
type rectangle struct {
	top, width, height int
	colour             uint32
}

func TestWhatADisplayShows(t *testing.T) {
	window := rectangle{0, 100, 80, 0xff202020}
	words := rectangle{8, 5, 2, 0xfff0f0f0}
	footer := rectangle{72, 5, 2, 0xfff0f0f0}
	big := rectangle{40, 90, 20, 0xff000000 | primary(theme.VariantDark)}
	small := rectangle{40, 10, 9, 0xff000000 | primary(theme.VariantDark)}
	for name, c := range map[string]struct {
		on                 []rectangle
		blank, drawn, home bool
	}{
		"nothing":                    {nil, true, false, false},
		"a window that has no words": {[]rectangle{window}, false, false, false},
		"a pointer in the middle":    {[]rectangle{window, footer}, false, false, false},
		"words":                      {[]rectangle{window, words}, false, true, false},
		"a small button":             {[]rectangle{window, words, small}, false, true, false},
		"the home page":              {[]rectangle{window, words, big}, false, true, true},
	} {
		p := shows(t, 0, c.on...)
		blank, err := p.blank()
		if err != nil || blank != c.blank {
			t.Errorf("%s: blank %t, %v", name, blank, err)
		}
		drawn, err := p.drawn()
		if err != nil || drawn != c.drawn {
			t.Errorf("%s: drawn %t, %v", name, drawn, err)
		}
		home, err := p.home()
		if err != nil || home != c.home {
			t.Errorf("%s: home %t, %v", name, home, err)
		}
	}
}

func TestADisplayOfAnotherSizeIsNone(t *testing.T) {
	p := shows(t, 0)
	s := p.screen
	s.Height = 900
	if _, err := openPixels(s); err == nil {
		t.Error("a file that is too short was taken for a display")
	}
}

func TestWhatLinuxTellsOfAProgram(t *testing.T) {
	if runtime.GOOS != "linux" {
		return
	}
	m, err := memoryOf(os.Getpid())
	if err != nil || m.own <= 0 || m.resident <= m.own {
		t.Errorf("%+v, %v", m, err)
	}
	before, err := computed(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for after := before; after == before; { // a computation that lasts until it is seen
		if after, err = computed(os.Getpid()); err != nil || after < before {
			t.Fatal(after, before, err)
		}
	}
	if _, err := memoryOf(-1); err == nil {
		t.Error("a program that does not exist has memory")
	}
	if _, err := computed(-1); err == nil {
		t.Error("a program that does not exist has computed")
	}
}

func TestBothTakeTheirSeats(t *testing.T) {
	if !keyringtest.Available() {
		return
	}
	dir, err := os.MkdirTemp("", "bench") // a test's own folder has too long a name for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := seat(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, side := range []string{sideAgent, sideCustomer} {
		if session.KeyringOf(s.home(side)) != session.KeyringOS {
			t.Errorf("the %s does not use the keyring", side)
		}
		if files, err := os.ReadDir(s.home(side)); err != nil || len(files) == 0 {
			t.Errorf("the %s has no state: %v", side, err)
		}
	}
}

func TestWhyWindowsAreNotMeasured(t *testing.T) {
	d := desk{programs: t.TempDir()}
	if reason := d.impossible(); reason == "" {
		t.Error("windows are to be measured without their programs")
	}
	rows, err := tiny.desktop(t.Context())
	if err != nil || len(rows) != 1 || !strings.HasPrefix(rows[0].Budget, "not measured: ") {
		t.Errorf("%+v, %v", rows, err)
	}
}
