// This file owns what Linux tells of a running program: its memory and the time
// that it has computed.

package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// tick is the unit of the times in /proc, the same on every Linux.
const tick = time.Second / 100

// memory is how much of a program is in memory, in megabytes.
type memory struct {
	resident float64 // all of it: VmRSS
	own      float64 // what is not in a file, so that no other program shares it: RssAnon
}

func memoryOf(pid int) (m memory, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return m, err
	}
	for line := range bytes.Lines(status) {
		fields := bytes.Fields(line)
		if len(fields) != 3 {
			continue
		}
		kilobytes, _ := strconv.ParseFloat(string(fields[1]), 64)
		switch string(fields[0]) {
		case "VmRSS:":
			m.resident = kilobytes / 1024
		case "RssAnon:":
			m.own = kilobytes / 1024
		}
	}
	return m, nil
}

// Where the times stand among what follows the name of the program.
const (
	userTime   = 11
	systemTime = 12
)

// computed is the time that a program has computed until now, on all its
// threads.
func computed(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= systemTime {
		return 0, fmt.Errorf("/proc/%d/stat has too little in it", pid)
	}
	user, err := strconv.Atoi(string(fields[userTime]))
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(string(fields[systemTime]))
	return time.Duration(user+system) * tick, err
}
