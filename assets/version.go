// This file owns the version of all programs. It is written in the file VERSION
// and nowhere else; packages and releases read that file.

package assets

import (
	_ "embed" // for the file
	"runtime/debug"
	"strings"
)

//go:embed VERSION
var versionLine string

// Version is the version of these programs, X.Y.Z. Bundles may ask for a newer one.
var Version = strings.TrimSpace(versionLine)

// Built is Version with the commit that this program was built from, where the
// build knew it.
func Built() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return Version + " " + s.Value[:12]
			}
		}
	}
	return Version
}
