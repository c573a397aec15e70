// This file reads processes from /proc (proc(5)). It keeps those of this
// person and of the system: what another person of this computer runs draws on
// another screen.

package remote

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	commLength = 15      // the kernel keeps that many bytes of a name (TASK_COMM_LEN - 1)
	maxCommand = 4 << 10 // bytes read of a command line
)

var system source = linux{proc: "/proc"}

type linux struct{ proc string }

func (l linux) processes(ctx context.Context) ([]process, error) {
	folders, err := os.ReadDir(l.proc)
	if err != nil {
		return nil, err
	}
	var running []process
	for _, folder := range folders {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if _, err := strconv.ParseUint(folder.Name(), 10, 32); err != nil || !reachesScreen(folder) {
			continue
		}
		if p, ok := l.read(folder.Name()); ok {
			running = append(running, p)
		}
	}
	if len(running) == 0 {
		return nil, errNothing
	}
	return running, nil
}

// reachesScreen reports whether a process belongs to this person or the system.
func reachesScreen(folder fs.DirEntry) bool {
	info, err := folder.Info()
	if err != nil {
		return false // it has ended
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (stat.Uid == 0 || int(stat.Uid) == os.Getuid())
}

// read returns one process; false when it has ended meanwhile.
func (l linux) read(id string) (process, bool) {
	comm, err := readSome(filepath.Join(l.proc, id, "comm"))
	if err != nil {
		return process{}, false
	}
	command, err := readSome(filepath.Join(l.proc, id, "cmdline"))
	if err != nil {
		return process{}, false
	}
	p := process{names: []string{strings.TrimSuffix(string(comm), "\n")}, cut: commLength}
	if len(command) > 0 { // none: a thread of the kernel
		words := bytes.Split(bytes.TrimRight(command, "\x00"), []byte{0})
		p.names = append(p.names, string(words[0]))
		for _, word := range words[1:] {
			p.args = append(p.args, string(word))
		}
	}
	return p, true
}

func readSome(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxCommand))
}

func (linux) surroundings() surroundings { return surroundings{variables: variables()} }
