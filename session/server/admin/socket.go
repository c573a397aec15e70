// This file owns the socket admin.sock and its exchange: one request, one
// answer, both CBOR, each ended by closing that direction.

package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/session/server/bank"
	"countersign/session/server/directory"
	"countersign/session/wire"
)

const (
	socketName = "admin.sock"
	// maxPath is the longest name of a socket that every system takes, in bytes.
	maxPath = 103
	// exchange bounds one request with its answer. Making a ticket costs a good
	// part of a second, and several may wait for one another.
	exchange = 30 * time.Second
	// atOnce is how many requests are carried out at the same time; a ticket
	// takes 64 MiB while it is made.
	atOnce = 4
)

// errNobody says that no server listens on the socket.
var errNobody = errors.New("no server is listening")

// Socket is a running admin socket.
type Socket struct {
	listener *net.UnixListener
	account  int // whose programs are served
	bank     *bank.Bank
	dir      *directory.Directory
	workers  errgroup.Group
	ended    chan struct{}
}

// Listen opens the socket in the bank's folder and serves it until Close. The
// caller holds bank.Lock, so a socket that is already there was left behind by
// a server that died.
func Listen(b *bank.Bank, d *directory.Directory) (*Socket, error) {
	return listenFor(os.Geteuid(), b, d)
}

func listenFor(account int, b *bank.Bank, d *directory.Directory) (*Socket, error) {
	path, err := socketPath(b.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	// Before the mode is set, the folder's own mode (0700) keeps others out.
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s := &Socket{listener: listener, account: account, bank: b, dir: d, ended: make(chan struct{})}
	s.workers.SetLimit(atOnce)
	go s.accept()
	return s, nil
}

func socketPath(dir string) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, socketName))
	if err != nil {
		return "", err
	}
	if len(path) > maxPath {
		return "", fmt.Errorf("the path of the bank's folder is too long for its socket: move the folder so that the path has at most %d bytes", maxPath-len(socketName)-1)
	}
	return path, nil
}

// Close ends the socket once the requests under way are answered.
func (s *Socket) Close() error {
	err := s.listener.Close() // removes the socket's name, too
	<-s.ended
	return errors.Join(err, s.workers.Wait())
}

func (s *Socket) accept() {
	defer close(s.ended)
	for {
		conn, err := s.listener.AcceptUnix()
		if err != nil {
			return // closed: a Unix listener has no errors that pass
		}
		s.workers.Go(func() error {
			s.serve(conn)
			return nil
		})
	}
}

// serve answers one client. What goes wrong with the connection is the
// client's to report.
func (s *Socket) serve(conn *net.UnixConn) {
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), exchange)
	defer cancel()
	if err := conn.SetDeadline(time.Now().Add(exchange)); err != nil {
		return
	}
	if err := checkPeer(conn, s.account); err != nil {
		return // others are not even told why
	}
	_, _ = conn.Write(wire.Marshal(s.answer(ctx, conn)))
}

func (s *Socket) answer(ctx context.Context, conn io.Reader) Answer {
	r, err := receive[Request](conn)
	if err != nil {
		return Answer{Fault: "the server could not read the command: use countersignd of the same version"}
	}
	return Do(ctx, s.bank, s.dir, r)
}

// call has the running server carry out a request (errNobody if there is none).
func call(ctx context.Context, dir string, r Request) (Answer, error) {
	path, err := socketPath(dir)
	if err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, exchange)
	defer cancel()
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %v", errNobody, err)
	}
	defer raw.Close()
	conn := raw.(*net.UnixConn) // what "unix" dials
	if err := conn.SetDeadline(time.Now().Add(exchange)); err != nil {
		return Answer{}, err
	}
	if err := checkPeer(conn, os.Geteuid()); err != nil {
		return Answer{}, err
	}
	if _, err := conn.Write(wire.Marshal(r)); err != nil {
		return Answer{}, interrupted(err)
	}
	if err := conn.CloseWrite(); err != nil {
		return Answer{}, interrupted(err)
	}
	answer, err := receive[Answer](conn)
	if err != nil {
		return Answer{}, interrupted(err)
	}
	return answer, nil
}

func interrupted(err error) error {
	return fmt.Errorf("the running server did not answer (%w): look whether it still runs before you repeat the command", err)
}

// receive reads one message up to its end, within wire.MaxObject bytes.
func receive[T any](from io.Reader) (T, error) {
	var message T
	data, err := io.ReadAll(io.LimitReader(from, wire.MaxObject+1))
	if err != nil {
		return message, err
	}
	err = wire.Unmarshal(data, wire.MaxObject, &message)
	return message, err
}
