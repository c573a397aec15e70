// This file counts the sockets on which this process listens, from /proc.

package training_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// listening are the lines of /proc/net (proc_pid_net(5)) of this process's own
// listening sockets: TCP in state 0A (LISTEN), and bound UDP ones.
func listening(t *testing.T) (lines []string) {
	t.Helper()
	own := map[string]bool{}
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if target, err := os.Readlink(file); err == nil && strings.HasPrefix(target, "socket:[") {
			own[strings.Trim(target, "socket:[]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, err := os.ReadFile("/proc/self/net/" + table)
		if os.IsNotExist(err) {
			continue // a system without IPv6
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n")[1:] {
			fields := strings.Fields(line)
			const state, inode = 3, 9
			if len(fields) > inode && own[fields[inode]] && (fields[state] == "0A" || strings.HasPrefix(table, "udp")) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// TestNoPortIsOpen, and a listener of the test's own shows that it would be seen.
func TestNoPortIsOpen(t *testing.T) {
	open(t)
	if lines := listening(t); len(lines) != 0 {
		t.Errorf("it listens: %v", lines)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if lines := listening(t); len(lines) != 1 {
		t.Errorf("with one listener the test sees %d", len(lines))
	}
}
