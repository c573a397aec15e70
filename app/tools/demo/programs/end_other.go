//go:build !linux

// This file owns how programs are ended where the system does not do it for us.

package programs

import (
	"os"
	"syscall"
)

// terminate asks a program to end.
var terminate os.Signal = syscall.SIGTERM

func endsWithUs() *syscall.SysProcAttr { return nil }
