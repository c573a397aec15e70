// This file reads the environment that a desktop on X or Wayland gives its programs.

//go:build !windows

package remote

import "os"

func variables() map[string]string {
	found := map[string]string{}
	for _, name := range sessionVariables {
		found[name] = os.Getenv(name)
	}
	return found
}
