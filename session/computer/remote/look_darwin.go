// This file reads processes by sysctl (kern.proc.all). It keeps those of this
// person and of the system. Their arguments are not read.

package remote

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// nameLength is MAXCOMLEN of sys/param.h: the kernel keeps that many bytes of a name.
const nameLength = 16

var system source = table{}

type table struct{}

func (table) processes(ctx context.Context) ([]process, error) {
	entries, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil, err
	}
	var running []process
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if owner := entry.Eproc.Ucred.Uid; owner == 0 || int(owner) == os.Getuid() {
			name := unix.ByteSliceToString(entry.Proc.P_comm[:])
			running = append(running, process{names: []string{name}, cut: nameLength})
		}
	}
	if len(running) == 0 {
		return nil, errNothing
	}
	return running, nil
}

func (table) surroundings() surroundings { return surroundings{variables: variables()} }
