//go:build cgo

// This file owns what the diagnostics say of the display.

package main

import (
	"fmt"
	"os"
	"strings"
)

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
