// This file owns the file lock of Windows, LockFileEx.

package bank

import (
	"os"

	"golang.org/x/sys/windows"
)

const errBusy = windows.ERROR_LOCK_VIOLATION

// syncsFolders says whether a folder can be flushed; Windows keeps names itself.
const syncsFolders = false

func tryLock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{})
}
