// This file reads processes by a Toolhelp snapshot and asks Windows whether the
// session is a remote one (GetSystemMetrics, SM_REMOTESESSION). It keeps the
// processes of this session: services live in session 0 and other people in
// theirs. The arguments of processes are not read.

package remote

import (
	"context"
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// smRemoteSession is SM_REMOTESESSION of winuser.h: not 0 in a Remote Desktop session.
const smRemoteSession = 0x1000

var getSystemMetrics = windows.NewLazySystemDLL("user32.dll").NewProc("GetSystemMetrics")

var system source = snapshot{}

type snapshot struct{}

func (snapshot) processes(ctx context.Context) ([]process, error) {
	var own uint32
	if err := windows.ProcessIdToSessionId(windows.GetCurrentProcessId(), &own); err != nil {
		return nil, err
	}
	taken, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(taken)
	var running []process
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(taken, &entry); err == nil; err = windows.Process32Next(taken, &entry) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var session uint32
		if windows.ProcessIdToSessionId(entry.ProcessID, &session) == nil && session == own {
			running = append(running, process{names: []string{windows.UTF16ToString(entry.ExeFile[:])}})
		}
	}
	if !errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		return nil, err
	}
	if len(running) == 0 {
		return nil, errNothing
	}
	return running, nil
}

func (snapshot) surroundings() surroundings {
	if getSystemMetrics.Find() != nil {
		return surroundings{}
	}
	remote, _, _ := getSystemMetrics.Call(smRemoteSession)
	return surroundings{remoteDesktop: remote != 0}
}
