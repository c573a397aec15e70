// This file tests the judgement with made-up processes, the list for mistakes,
// and Look itself with sources that fail, hang or tell lies.

package remote

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// rowsOf is the list of a system, whatever this one is.
func rowsOf(t testing.TB, system string) []row {
	t.Helper()
	rows, err := parse(programText, system)
	if err != nil || len(rows) == 0 {
		t.Fatalf("the list for %s has %d rows: %v", system, len(rows), err)
	}
	return rows
}

func running(names ...string) []process {
	var all []process
	for _, name := range names {
		all = append(all, process{names: []string{name}})
	}
	return all
}

func TestPrograms(t *testing.T) {
	tool := func(name string) []Finding { return []Finding{{Name: name}} }
	screen := func(name string) []Finding { return []Finding{{Session: true, Name: name}} }
	for name, test := range map[string]struct {
		system  string
		running []process
		display string
		want    []Finding
	}{
		"nothing":                          {"linux", nil, "", nil},
		"ordinary programs":                {"linux", running("bash", "firefox", "sshd"), ":0", nil},
		"AnyDesk on Linux":                 {"linux", running("anydesk"), "", tool("AnyDesk")},
		"AnyDesk by its path":              {"linux", running("/usr/bin/anydesk"), "", tool("AnyDesk")},
		"AnyDesk on Windows":               {"windows", running("AnyDesk.exe"), "", tool("AnyDesk")},
		"AnyDesk under Wine":               {"windows", running(`C:\Users\eva\Downloads\ANYDESK.EXE`), "", tool("AnyDesk")},
		"twice is once":                    {"linux", running("anydesk", "anydesk"), "", tool("AnyDesk")},
		"a longer name":                    {"linux", running("anydesk-notes"), "", nil},
		"a shorter name":                   {"linux", running("anydes"), "", nil},
		"a folder of that name":            {"linux", running("/opt/anydesk/notes"), "", nil},
		"another system's name":            {"linux", running("AnyDesk.exe"), "", nil},
		"AnyDesk's service":                {"linux", []process{{names: []string{"anydesk"}, args: []string{"--service"}}}, "", nil},
		"AnyDesk's tray":                   {"linux", []process{{names: []string{"anydesk"}, args: []string{"--tray"}}}, "", nil},
		"AnyDesk's service and a window":   {"linux", []process{{names: []string{"anydesk"}, args: []string{"--service"}}, {names: []string{"anydesk"}}}, "", tool("AnyDesk")},
		"AnyDesk connected":                {"linux", []process{{names: []string{"anydesk"}, args: []string{"--backend"}}}, "", tool("AnyDesk")},
		"RustDesk waits":                   {"linux", []process{{names: []string{"rustdesk"}, args: []string{"--server"}}}, "", nil},
		"RustDesk connected":               {"linux", []process{{names: []string{"rustdesk"}, args: []string{"--cm"}}}, "", tool("RustDesk")},
		"TeamViewer waits":                 {"linux", running("teamviewerd"), "", nil},
		"TeamViewer waits on Windows":      {"windows", running("TeamViewer_Service.exe", "TeamViewer.exe", "tv_w32.exe"), "", nil},
		"TeamViewer connected":             {"linux", running("teamviewerd", "TeamViewer_Desktop"), "", tool("TeamViewer")},
		"Quick Assist":                     {"windows", running("quickassist.exe"), "", tool("Quick Assist")},
		"GNOME waits":                      {"linux", running("gnome-remote-desktop-daemon"), "", nil},
		"xrdp waits":                       {"linux", running("xrdp", "xrdp-sesman"), "", nil},
		"xrdp session":                     {"linux", running("xrdp", "xrdp-sesman", "xrdp-chansrv"), "", screen("xrdp")},
		"macOS screen sharing, cut":        {"darwin", []process{{names: []string{"ScreensharingAgent"[:16]}, cut: 16}}, "", screen("macOS screen sharing")},
		"not cut, so not the same":         {"darwin", []process{{names: []string{"Screensharing"}, cut: 16}}, "", nil},
		"Remote management is on":          {"darwin", running("ARDAgent"), "", nil},
		"VNC draws this screen":            {"linux", []process{{names: []string{"Xtigervnc"}, args: []string{":1", "-desktop"}}}, ":1.0", screen("VNC")},
		"VNC draws another screen":         {"linux", []process{{names: []string{"Xtigervnc"}, args: []string{":1"}}}, ":0", nil},
		"VNC draws a screen, we have none": {"linux", []process{{names: []string{"Xtigervnc"}, args: []string{""}}}, "", nil},
		"two of them": {"windows", running("UltraViewer_Desktop.exe", "AnyDesk.exe"), "",
			[]Finding{{Name: "AnyDesk"}, {Name: "UltraViewer"}}},
	} {
		t.Run(name, func(t *testing.T) {
			around := surroundings{variables: map[string]string{varDisplay: test.display}}
			if got := find(rowsOf(t, test.system), test.running, around); !slices.Equal(got, test.want) {
				t.Errorf("found %v, want %v", got, test.want)
			}
		})
	}
}

func TestSessions(t *testing.T) {
	for name, test := range map[string]struct {
		variables map[string]string
		remote    bool
		want      []string
	}{
		"a screen of this computer": {map[string]string{varDisplay: ":0"}, false, nil},
		"Wayland":                   {nil, false, nil},
		"by a socket":               {map[string]string{varDisplay: "unix:0.0"}, false, nil},
		"macOS":                     {map[string]string{varDisplay: "/private/tmp/com.apple.launchd.x/org.xquartz:0"}, false, nil},
		"Remote Desktop":            {nil, true, []string{"Remote Desktop"}},
		"xrdp":                      {map[string]string{varXRDP: "1"}, false, []string{"xrdp"}},
		"X2Go, which is NX too":     {map[string]string{varX2Go: "eva-50-1_stDKDE", varNX: "x"}, false, []string{"X2Go", "NX"}},
		"Chrome":                    {map[string]string{varChrome: "1"}, false, []string{"Chrome Remote Desktop"}},
		"VNC":                       {map[string]string{varVNC: "host:1", varDisplay: ":1"}, false, []string{"VNC"}},
		"SSH with its own screen":   {map[string]string{varSSH: "10.0.0.1 22 10.0.0.2 22", varDisplay: ":0"}, false, nil},
		"SSH without a screen":      {map[string]string{varSSH: "10.0.0.1 22 10.0.0.2 22"}, false, nil},
		"SSH carries the screen":    {map[string]string{varSSH: "10.0.0.1 22 10.0.0.2 22", varDisplay: "localhost:10.0"}, false, []string{"SSH"}},
		"X over the network":        {map[string]string{varDisplay: "10.0.0.9:0"}, false, []string{"X11"}},
	} {
		t.Run(name, func(t *testing.T) {
			var want []Finding
			for _, n := range test.want {
				want = append(want, Finding{Session: true, Name: n})
			}
			if got := find(nil, nil, surroundings{test.variables, test.remote}); !slices.Equal(got, want) {
				t.Errorf("found %v, want %v", got, want)
			}
		})
	}
}

// TestListIsSound: every line is understood on every system, names are whole
// file names, and no process both is found and is a service.
func TestListIsSound(t *testing.T) {
	for system := range columns {
		kinds := map[string]kind{}
		for _, r := range rowsOf(t, system) {
			for _, name := range r.names {
				key := strings.ToLower(name)
				if before, twice := kinds[key]; twice {
					t.Errorf("%s: %s is a %s and a %s", system, name, before, r.kind)
				}
				kinds[key] = r.kind
				if base(name) != name || strings.ContainsAny(name, " *?") {
					t.Errorf("%s: %q is not the name of a file", system, name)
				}
				if (system == "windows") != strings.HasSuffix(key, ".exe") {
					t.Errorf("%s: %q", system, name)
				}
			}
		}
	}
}

func TestMistakesInTheListAreFound(t *testing.T) {
	for _, line := range []string{
		"program | AnyDesk | anydesk",
		"programme | AnyDesk | anydesk | - | - | - | why",
		"program | | anydesk | - | - | - | why",
		"program | AnyDesk | anydesk | - | - | - | why | more",
		"program | AnyDesk | anydesk | - | - | - |",
	} {
		if _, err := parse("# a comment\n"+line+"\n", "linux"); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", line, err)
		}
	}
	if rows, err := parse(programText, "plan9"); err != nil || len(rows) != 0 {
		t.Errorf("a system without a column: %d rows, %v", len(rows), err)
	}
}

// told is a source of the tests.
type told struct {
	running func(context.Context) ([]process, error)
	around  surroundings
}

func (s told) processes(ctx context.Context) ([]process, error) { return s.running(ctx) }
func (s told) surroundings() surroundings                       { return s.around }

// TestLookNeverTakesLongerThanItsDeadline: a system that does not answer must
// not keep a customer waiting.
func TestLookNeverTakesLongerThanItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stuck := told{running: func(context.Context) ([]process, error) { <-release; return nil, nil }}
		began := time.Now()
		if found, err := look(t.Context(), stuck); !errors.Is(err, context.DeadlineExceeded) || found != nil {
			t.Errorf("found %v, %v", found, err)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
		close(release)
	})
}

func TestLookFailsAsAnErrorAndNotAsAFinding(t *testing.T) {
	broken := errors.New("broken")
	s := told{running: func(context.Context) ([]process, error) { return nil, broken }}
	if found, err := look(t.Context(), s); !errors.Is(err, broken) || found != nil {
		t.Errorf("found %v, %v", found, err)
	}
	// What the session itself says needs no processes.
	s.around.remoteDesktop = true
	if found, err := look(t.Context(), s); err != nil || !slices.Equal(found, []Finding{{Session: true, Name: "Remote Desktop"}}) {
		t.Errorf("found %v, %v", found, err)
	}
}
