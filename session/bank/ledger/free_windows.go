// This file owns asking Windows for the space on a disk, GetDiskFreeSpaceEx.

package ledger

import "golang.org/x/sys/windows"

// Free is how many bytes this account can still write beneath folder.
func Free(folder string) (uint64, error) {
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, err
	}
	var available uint64
	err = windows.GetDiskFreeSpaceEx(name, &available, nil, nil)
	return available, err
}
