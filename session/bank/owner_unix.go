//go:build unix

// This file owns whose a file is on Unix systems.

package bank

import (
	"io/fs"
	"syscall"
)

// ownerOf is the number of the account that a file belongs to, -1 where it is not known.
func ownerOf(info fs.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}
