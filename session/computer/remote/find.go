// This file owns the judgement: which processes and which surroundings mean
// that somebody else may see or steer this screen. It is pure; the readers of
// each system bring what it needs.

package remote

import (
	"slices"
	"strings"
)

// process is a running program as far as it matters here.
type process struct {
	names []string // what the system calls it; paths are allowed
	cut   int      // the system cuts names to this many bytes; 0: it does not
	args  []string // its arguments, nil where they cannot be read
}

// surroundings are what a program can see of the session that it runs in.
type surroundings struct {
	variables     map[string]string // those of sessionVariables
	remoteDesktop bool              // the system says that the session is a remote one
}

// Variables of the environment that remote sessions set or change.
const (
	varXRDP    = "XRDP_SESSION"
	varX2Go    = "X2GO_SESSION"
	varNX      = "NXSESSIONID"
	varChrome  = "CHROME_REMOTE_DESKTOP_SESSION"
	varVNC     = "VNCDESKTOP"
	varSSH     = "SSH_CONNECTION"
	varDisplay = "DISPLAY"
)

var sessionVariables = []string{varXRDP, varX2Go, varNX, varChrome, varVNC, varSSH, varDisplay}

// named are the variables that say it by being there.
var named = []struct{ variable, name string }{
	{varXRDP, "xrdp"}, {varX2Go, "X2Go"}, {varNX, "NX"}, {varChrome, "Chrome Remote Desktop"}, {varVNC, "VNC"},
}

// find judges: first the session itself, then programs in the order of the list.
func find(list []row, running []process, around surroundings) []Finding {
	var found []Finding
	add := func(f Finding) {
		if !slices.Contains(found, f) {
			found = append(found, f)
		}
	}
	for _, name := range sessions(around) {
		add(Finding{Session: true, Name: name})
	}
	for _, r := range list {
		if slices.ContainsFunc(running, func(p process) bool { return r.finds(p, around.variables[varDisplay]) }) {
			add(Finding{Session: r.kind == desktop || r.kind == display, Name: r.name})
		}
	}
	return found
}

// sessions names the remote-desktop sessions that the surroundings tell of.
func sessions(around surroundings) (names []string) {
	if around.remoteDesktop {
		names = append(names, "Remote Desktop")
	}
	for _, n := range named {
		if around.variables[n.variable] != "" {
			names = append(names, n.name)
		}
	}
	if host := displayHost(around.variables[varDisplay]); host != "" {
		if around.variables[varSSH] != "" {
			names = append(names, "SSH")
		} else if host != "localhost" {
			names = append(names, "X11")
		}
	}
	return names
}

// displayHost is the computer in an X display's name, "localhost" in
// "localhost:10.0" (an SSH tunnel), and "" for a display of this computer
// (":0", "unix:0", or the path of a socket, as on macOS).
func displayHost(name string) string {
	at := strings.LastIndexByte(name, ':')
	if at < 0 {
		return ""
	}
	host := name[:at]
	if host == "unix" || strings.HasPrefix(host, "/") {
		return ""
	}
	return host
}

// finds reports whether the process is what the row looks for. own is the
// name of this program's X display.
func (r row) finds(p process, own string) bool {
	if r.kind == service || !slices.ContainsFunc(r.names, p.is) {
		return false
	}
	if r.kind == display {
		return draws(p, own)
	}
	return !slices.ContainsFunc(r.quiet, func(quiet string) bool { return slices.Contains(p.args, quiet) })
}

// draws reports whether an X server draws the display: its arguments name it.
// The screen behind the dot (":1.0") is not part of that name.
func draws(p process, own string) bool {
	own, _, _ = strings.Cut(own, ".")
	return strings.HasPrefix(own, ":") && slices.Contains(p.args, own)
}

// is compares whole names. A name that the system has cut is compared as far
// as it goes.
func (p process) is(listed string) bool {
	return slices.ContainsFunc(p.names, func(name string) bool {
		name, whole := base(name), listed
		if p.cut > 0 && len(name) == p.cut && len(whole) > p.cut {
			whole = whole[:p.cut]
		}
		return strings.EqualFold(name, whole)
	})
}

// base is the last element of a path of any system: a Windows program may run
// on Linux, under Wine.
func base(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}
