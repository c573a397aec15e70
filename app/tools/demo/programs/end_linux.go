// This file owns how Linux ends what we started when we are gone, even by a
// kill that nothing can catch.

package programs

import (
	"os"
	"syscall"
)

// terminate asks a program to end.
var terminate os.Signal = syscall.SIGTERM

// endsWithUs also gives the program a process group of its own: Ctrl-C at our
// terminal is ours to handle.
func endsWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
