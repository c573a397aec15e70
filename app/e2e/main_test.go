//go:build e2e

// This file owns the start of the tests: the programs under test are built
// afresh, so that an old one is never what was tested.

package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// atOnce is how many tests run side by side. Most of them wait for a side
// that has fallen silent, up to a minute each, and work little.
const atOnce = "8"

// programFolder holds the programs under test.
var programFolder string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "countersign-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	programFolder = dir
	build := exec.Command("go", "build", "-trimpath", "-o", dir+string(filepath.Separator),
		"countersign/app/countersignd", "countersign/app/countersign-text")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "the programs do not build: %v\n%s", err, out)
		return 1
	}
	if err := flag.Set("test.parallel", atOnce); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func program(name string) string { return filepath.Join(programFolder, name) }
