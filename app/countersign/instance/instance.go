// This file owns holding a home, and handing a start to whoever holds it.

// Package instance owns that a home has one window: the first start of the
// program holds the home, every further one hands itself to the first over a
// socket in that home and ends.
//
// It must not know of windows: it says what is asked, others do it. A start asks
// to see the window, or to have a form filled in; nothing that comes over the
// socket can start anything.
//
// Rules: whoever holds the lock file holds the home; the system frees the lock
// when a program ends, however it ends, so a socket that is left over is
// nobody's. One line comes in, one word goes back, and both have a limit and a
// deadline. What is not understood completely is refused.
package instance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/session"
	"countersign/session/computer/disk"
)

// ErrRefused says that the holder of the home did not understand the start.
var ErrRefused = errors.New("the window that is open already did not understand this")

// ErrSilent says that another program holds the home and does not answer.
var ErrSilent = errors.New("a window of Countersign is open already and does not answer")

const (
	lockName   = "window.lock"
	socketName = "window.sock"

	// maxLine is the longest start in bytes, its line end included.
	maxLine = 1024
	// exchange bounds one start and its answer.
	exchange = 2 * time.Second
	// patience is how long a start waits for one that is just beginning, or that is
	// ending: its window is gone, and its call is still being kept.
	patience = session.EndsWithin + exchange
	// again is how often it tries meanwhile.
	again = 50 * time.Millisecond

	answerDone    = "done\n"
	answerRefused = "refused\n"
)

// Holder holds a home.
type Holder struct {
	unlock   func() error
	listener net.Listener // nil: nobody can be heard
	socket   string       // its name
}

// Hold makes this program the one of the home in dir, or hands s to the one
// that is: then the holder is nil. Errors: ErrRefused, ErrSilent.
func Hold(dir string, s Start) (*Holder, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	retry := time.NewTicker(again)
	defer retry.Stop()
	for {
		h, err := try(dir)
		if h != nil || err != nil {
			return h, err
		}
		if err := send(dir, s); err == nil || errors.Is(err, ErrRefused) {
			return nil, err
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			return nil, ErrSilent
		}
	}
}

// try takes the home if nobody holds it, and listens. A home in which no
// socket can be made is held all the same: one window counts more than the
// starts that come later.
func try(dir string) (*Holder, error) {
	var unlock func() error
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		unlock, err = disk.TryLock(f)
	}
	switch {
	case errors.Is(err, disk.ErrLocked):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("the folder for Countersign's state: %w", err)
	}
	h := &Holder{unlock: unlock}
	path := filepath.Join(dir, socketName)
	_ = os.Remove(path) // left over from a program that was cut off: its lock is free
	err = shortly(dir, func(short string) error {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
		if err == nil {
			l.SetUnlinkOnClose(false) // Release removes it, by its own name
			h.listener, h.socket = l, path
		}
		return err
	})
	if err == nil && os.Chmod(path, 0o600) != nil {
		h.listener.Close()
		h.listener = nil
	}
	return h, nil
}

// longest is how long the name of a socket may be, in bytes, on every system.
const longest = 103

// shortly gives use a name of the socket in dir that is short enough for the
// system. Where its own is not, that leads there through a link in a folder of
// this account's alone, which is gone afterwards.
func shortly(dir string, use func(path string) error) error {
	path, err := filepath.Abs(filepath.Join(dir, socketName))
	if err != nil || len(path) <= longest {
		return errors.Join(err, use(path))
	}
	temporary, err := os.MkdirTemp("", "cs") // 0700
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	link := filepath.Join(temporary, "h")
	if err := os.Symlink(filepath.Dir(path), link); err != nil {
		return err
	}
	return use(filepath.Join(link, socketName))
}

// Serve hears starts, one after the other, until Release. take is called on
// this goroutine and must not wait; false: the window is closing and takes none,
// so that the start waits for the home instead.
func (h *Holder) Serve(take func(Start) bool) {
	if h.listener == nil {
		return
	}
	for {
		c, err := h.listener.Accept()
		if err != nil {
			return
		}
		hear(c, take)
	}
}

// Release gives the home up.
func (h *Holder) Release() {
	if h.listener != nil {
		h.listener.Close()
		_ = os.Remove(h.socket)
	}
	_ = h.unlock()
}

// hear takes one start from a connection and answers it.
func hear(c net.Conn, take func(Start) bool) {
	defer c.Close()
	if c.SetDeadline(time.Now().Add(exchange)) != nil {
		return
	}
	line, err := readLine(c)
	if err != nil {
		return
	}
	s, err := Parse(line)
	if err != nil {
		io.WriteString(c, answerRefused)
		return
	}
	if take(s) {
		io.WriteString(c, answerDone)
	}
}

// readLine reads a line of at most maxLine bytes and returns it without its end.
func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxLine)).ReadString('\n')
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(line, "\n"), nil
}

// send hands a start to whoever holds the home.
func send(dir string, s Start) error {
	var c net.Conn
	err := shortly(dir, func(short string) (err error) {
		c, err = net.DialTimeout("unix", short, exchange)
		return err
	})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(exchange)); err != nil {
		return err
	}
	if _, err := io.WriteString(c, s.String()+"\n"); err != nil {
		return err
	}
	answer, err := readLine(c)
	switch {
	case err != nil:
		return err
	case answer+"\n" == answerRefused:
		return ErrRefused
	case answer+"\n" != answerDone:
		return ErrSilent
	}
	return nil
}
