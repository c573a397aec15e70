// This file owns the socket admin.sock and its exchange. A request is CBOR, ended
// by closing that direction. Answers are CBOR, each after its length; the last
// one says so, so that an answer cut short is not taken for a whole one.

package admin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/session/bank"
	"countersign/session/bank/directory"
	"countersign/session/protocol/wire"
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
	// followers is how many programs may follow the reports at the same time.
	followers = 16
	// pulse is how often one that follows is looked at, whether it still listens.
	pulse = 10 * time.Second
	// maxAnswer bounds one request and one answer, in bytes.
	maxAnswer = wire.MaxMessage
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
	watchers errgroup.Group
	ctx      context.Context // ends with Close
	end      context.CancelFunc
	ended    chan struct{}
	renewing sync.Mutex    // of the bank's keys and bundles
	renewed  chan struct{} // closed when the folder holds another bundle
	once     sync.Once
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
	s := &Socket{listener: listener, account: account, bank: b, dir: d, ended: make(chan struct{}), renewed: make(chan struct{})}
	s.ctx, s.end = context.WithCancel(context.Background())
	s.workers.SetLimit(atOnce)
	s.watchers.SetLimit(followers)
	go s.accept()
	return s, nil
}

// Renewed is closed once the bank was renewed: whoever serves it must start anew,
// with what the folder holds now.
func (s *Socket) Renewed() <-chan struct{} { return s.renewed }

// CheckFolder says, as a sentence for the operator, why a bank in dir could not
// be served: the socket's name would be longer than systems take.
func CheckFolder(dir string) error {
	_, err := socketPath(dir)
	return err
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

// Close ends the socket once the requests under way are answered. Who follows is
// told that it is over.
func (s *Socket) Close() error {
	err := s.listener.Close() // removes the socket's name, too
	<-s.ended
	err = errors.Join(err, s.workers.Wait())
	s.end()
	return errors.Join(err, s.watchers.Wait())
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
// client's to report. One that follows is not kept among the workers, which
// have other commands to carry out.
func (s *Socket) serve(conn *net.UnixConn) {
	r, ok := s.asked(conn)
	switch {
	case !ok:
		_ = conn.Close()
	case r.Op != Follow:
		ctx, cancel := context.WithTimeout(context.Background(), exchange)
		defer cancel()
		s.answer(ctx, conn, r)
	case !s.watchers.TryGo(func() error { s.answer(s.ctx, conn, r); return nil }):
		_ = send(conn, Answer{Fault: "too many programs follow the reports already: end one of them"})
		_ = conn.Close()
	}
}

// asked reads the request of a program that may ask.
func (s *Socket) asked(conn *net.UnixConn) (Request, bool) {
	if err := conn.SetDeadline(time.Now().Add(exchange)); err != nil {
		return Request{}, false
	}
	if err := checkPeer(conn, s.account); err != nil {
		return Request{}, false // others are not even told why
	}
	r, err := receive[Request](conn)
	if err != nil {
		_ = send(conn, Answer{Fault: "the server could not read the command: use countersignd of the same version"})
	}
	return r, err == nil
}

// answer sends the rows as they come, and last what came of the request.
func (s *Socket) answer(ctx context.Context, conn *net.UnixConn, r Request) {
	defer conn.Close()
	if r.Op == MakeDraft || r.Op == Publish {
		s.renewing.Lock()
		defer s.renewing.Unlock()
	}
	last := Do(ctx, s.bank, s.dir, r, func(row *Row) error {
		if err := conn.SetWriteDeadline(time.Now().Add(exchange)); err != nil {
			return err
		}
		return send(conn, Answer{Row: row, More: true})
	})
	if last.Renewed {
		defer s.once.Do(func() { close(s.renewed) })
	}
	if ctx.Err() == nil { // else the server ends: it has nothing last to say
		_ = send(conn, last)
	}
}

// send writes one answer after its length.
func send(to io.Writer, a Answer) error {
	return wire.WriteFramed(to, wire.Marshal(a))
}

// nextAnswer reads one answer.
func nextAnswer(from io.Reader) (a Answer, err error) {
	data, err := wire.ReadFramed(from, maxAnswer)
	if err != nil {
		return a, err
	}
	err = wire.Unmarshal(data, maxAnswer, &a)
	return a, err
}

// call has the running server carry out a request (errNobody if there is none).
func call(ctx context.Context, dir string, r Request, each func(*Row) error) (Answer, error) {
	path, err := socketPath(dir)
	if err != nil {
		return Answer{}, err
	}
	dialer := net.Dialer{Timeout: exchange}
	conn, err := dialer.DialUnix(ctx, "unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", errNobody, err)
	}
	defer conn.Close()
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
	return answers(ctx, conn, each)
}

// answers reads rows until the last answer. The server lets one that follows
// hear of it at least every pulse.
func answers(ctx context.Context, conn *net.UnixConn, each func(*Row) error) (Answer, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	in := bufio.NewReader(conn)
	for {
		answer, err := nextAnswer(in)
		switch {
		case ctx.Err() != nil:
			return Answer{}, ctx.Err()
		case err != nil:
			return Answer{}, interrupted(err)
		case !answer.More:
			return answer, nil
		case answer.Row != nil && each != nil:
			if err := each(answer.Row); err != nil {
				return Answer{}, err
			}
		}
		if err := conn.SetReadDeadline(time.Now().Add(exchange)); err != nil {
			return Answer{}, err
		}
	}
}

// ErrInterrupted says that a running server did not answer, or not to the end.
var ErrInterrupted = errors.New("look whether it still runs before you repeat the command")

func interrupted(err error) error {
	return fmt.Errorf("the running server did not answer (%w): %w", err, ErrInterrupted)
}

// receive reads one message up to its end, within maxAnswer bytes.
func receive[T any](from io.Reader) (T, error) {
	var message T
	data, err := io.ReadAll(io.LimitReader(from, maxAnswer+1))
	if err != nil {
		return message, err
	}
	err = wire.Unmarshal(data, maxAnswer, &message)
	return message, err
}
