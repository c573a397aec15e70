//go:build unix

// This file owns asking a Unix system for the space on a disk, statfs(2).

package ledger

import "golang.org/x/sys/unix"

// Free is how many bytes an ordinary account can still write beneath folder.
func Free(folder string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil
}
