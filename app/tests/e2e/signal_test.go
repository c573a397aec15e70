//go:build e2e

// This file owns the signals by which tests freeze, wake and end processes.

package e2e

import (
	"os"
	"syscall"
)

var (
	stopped    os.Signal = syscall.SIGSTOP
	continued  os.Signal = syscall.SIGCONT
	killed     os.Signal = syscall.SIGKILL
	terminated os.Signal = syscall.SIGTERM
)
