//go:build e2e

// This file owns the start of the tests: the programs under test are built
// afresh, so that an old one is never what was tested.

package e2e

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	if err := errors.Join(
		build("0", dir, "countersign/app/countersignd", "countersign/app/countersign-text", "countersign/app/tools/siege"),
		build("1", dir, "countersign/app/countersign"),
	); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := flag.Set("test.parallel", atOnce); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// build builds programs into a folder, with the flags of the Makefile: the build
// cache then serves both.
func build(cgo, dir string, packages ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-o", dir + string(filepath.Separator)}, packages...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo, "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -trimpath"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the programs do not build: %w\n%s", err, out)
	}
	return nil
}

func program(name string) string { return filepath.Join(programFolder, name) }
