// This file owns the bank that is besieged: a folder, the server as a process
// of its own, its log in a file, its people.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"countersign/app/tools/demo/programs"
)

const bankLine = "+48221112233"

// bank is a bank with its server.
type bank struct {
	program string
	dir     string
	address string
	log     *os.File
	process *os.Process
	ended   chan error
	used    func() time.Duration // the processor's time, once the server has ended
}

// openBank makes a bank in a folder and starts its server.
func openBank(ctx context.Context, program, folder string) (*bank, error) {
	b := &bank{program: program, dir: filepath.Join(folder, "bank")}
	var err error
	if b.address, err = freeAddress(); err != nil {
		return nil, err
	}
	if _, err := b.command(ctx, "bank", "init", "--name", "Example Bank", "--relay", "tls://"+b.address, "--line", bankLine); err != nil {
		return nil, err
	}
	if b.log, err = os.Create(filepath.Join(folder, "log")); err != nil {
		return nil, err
	}
	return b, b.serve()
}

// serve starts the server.
func (b *bank) serve() error {
	serve := exec.Command(b.program, "serve", "--dir", b.dir)
	serve.Stderr = b.log
	out, err := serve.StdoutPipe()
	if err != nil {
		return err
	}
	if err := serve.Start(); err != nil {
		return err
	}
	b.process, b.ended = serve.Process, make(chan error, 1)
	b.used = func() time.Duration { return serve.ProcessState.UserTime() + serve.ProcessState.SystemTime() }
	ready := make([]byte, len("ready "))
	if _, err := io.ReadFull(out, ready); err != nil || string(ready) != "ready " {
		return fmt.Errorf("the server did not become ready: %w", errors.Join(err, serve.Process.Kill()))
	}
	ended := b.ended
	go func() { ended <- serve.Wait() }()
	return nil
}

// freeAddress finds a port on which nobody listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// command runs one of the bank's commands to its end.
func (b *bank) command(ctx context.Context, args ...string) ([]programs.Event, error) {
	p, err := programs.Start(programs.Command{Path: b.program, Args: append(args, "--dir", b.dir)})
	if err != nil {
		return nil, err
	}
	status, err := p.Wait(ctx)
	if err == nil && status != 0 {
		err = fmt.Errorf("countersignd %s: %s", strings.Join(args[:2], " "), strings.TrimSpace(p.Stderr()))
	}
	return p.Events(), err
}

// invite puts somebody on the bank's file and returns the ticket.
func (b *bank) invite(ctx context.Context, args ...string) (string, error) {
	lines, err := b.command(ctx, args...)
	if err != nil {
		return "", err
	}
	for _, e := range lines {
		if ticket, found := strings.CutPrefix(e.Line, "ticket: "); found {
			return ticket, nil
		}
	}
	return "", errors.New("the bank gave no ticket")
}

// megabytes is the most memory that the server has had at one time: VmHWM of
// proc_pid_status(5).
func (b *bank) megabytes() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if rest, found := bytes.CutPrefix(line, []byte("VmHWM:")); found {
			kilobytes, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(string(rest)), "kB")), 64)
			return kilobytes / 1024, err
		}
	}
	return 0, errors.New("the system does not say how much memory the server had")
}

// logged is how much the server has written into its log, in megabytes.
func (b *bank) logged() (float64, error) {
	info, err := b.log.Stat()
	if err != nil {
		return 0, err
	}
	return float64(info.Size()) / (1 << 20), nil
}

// running reports whether the server still runs.
func (b *bank) running() bool {
	select {
	case err := <-b.ended:
		b.ended <- err
		return false
	default:
		return true
	}
}

// restart starts the server afresh, so that its memory says nothing of what
// came before: printing a letter takes a slow hash that needs much.
func (b *bank) restart() error { return errors.Join(b.stop(), b.serve()) }

func (b *bank) stop() error {
	err := b.process.Signal(os.Interrupt)
	select {
	case ended := <-b.ended:
		err = errors.Join(err, ended)
	case <-time.After(10 * time.Second):
		err = errors.Join(errors.New("the server did not end"), b.process.Kill())
	}
	return err
}

func (b *bank) close() error { return errors.Join(b.stop(), b.log.Close()) }
