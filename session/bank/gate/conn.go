// This file owns one connection through the gate: TLS on the outside, NATS
// inside, and a goroutine for each way. From the client, control lines are read
// strictly and written again in one form, so that the gate and NATS never
// understand them differently. To the client, bytes wait in a buffer that has
// an end.

package gate

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/time/rate"

	"countersign/session/bank/limit"
)

const (
	maxLine    = 4096      // bytes of a control line of a client, as NATS has it
	maxAnswer  = 32 << 10  // and of the relay: what clients accept
	maxFree    = 256       // bytes of a message that may be free
	freePart   = 2         // times as many free messages and pings as others
	maxWaiting = 512 << 10 // bytes that wait for a client who does not read: two of the largest messages
	writeSlice = 32 << 10  // bytes written under one deadline
	readSlice  = 4 << 10   // bytes of a message that are drawn at one time

	writeWithin = 5 * time.Second  // a client that does not read is cut off
	bodyWithin  = 20 * time.Second // the rest of a message, once its line is here, what it is made to wait not counted
)

var errProtocol = errors.New("not the NATS protocol of a client")

// full is what a client is told for whom there is no place (NATS's own words).
const fullLine = "-ERR 'maximum connections exceeded'\r\n"

// conn is one connection.
type conn struct {
	gate          *Gate
	raw           net.Conn
	address       string // IP address; "" inside one process
	network, site string // under which it is counted
	// Its own buckets: see limit.Limits.
	messages, free, bytes *rate.Limiter

	shares atomic.Bool // a stranger: also draws on its address's buckets
	full   atomic.Bool // it was refused because there is no place

	// Guarded by the gate's lock.
	id      uint64
	nkey    string
	agentID uint64
	stage   stage

	outside *tls.Conn
	inside  net.Conn
	ctx     context.Context
	cancel  context.CancelFunc

	mu       sync.Mutex
	pending  []byte // to the client
	writing  int    // bytes that the writer has taken
	finished bool   // nothing follows pending
	more     chan struct{}
}

func newConn(g *Gate, raw net.Conn) *conn {
	l := g.Limits
	c := &conn{
		gate: g, raw: raw, more: make(chan struct{}, 1),
		messages: rate.NewLimiter(limit.PerMinute(l.MessagesPerMinute), l.MessageBurst),
		free:     rate.NewLimiter(freePart*limit.PerMinute(l.MessagesPerMinute), freePart*l.MessageBurst),
		bytes:    rate.NewLimiter(limit.PerSecond(l.BytesPerSecond), l.ByteBurst),
	}
	if host, _, err := net.SplitHostPort(raw.RemoteAddr().String()); err == nil {
		c.address = host
	}
	c.network, c.site = limit.Network(c.address), site(c.address)
	c.ctx, c.cancel = context.WithCancel(g.ctx)
	return c
}

// cut ends the connection, from any goroutine.
func (c *conn) cut() { c.cancel() }

// serve runs the connection to its end.
func (c *conn) serve() {
	defer c.cancel()
	defer c.raw.Close()
	release := context.AfterFunc(c.ctx, func() { c.raw.Close() })
	defer release()
	if !c.open() {
		return
	}
	defer c.inside.Close()
	stop := context.AfterFunc(c.ctx, func() { c.inside.Close() })
	defer stop()
	answers := bufio.NewReaderSize(c.inside, 2<<10)
	if c.greeting(answers) != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { c.write(); c.cancel() })
	both.Go(func() {
		_ = c.down(answers)
		c.finish()
	})
	_ = c.up(c.outside, c.inside)
	c.inside.Close()
	both.Wait()
}

// open does the TLS handshake and reaches the relay.
func (c *conn) open() bool {
	ctx, cancel := context.WithTimeout(c.ctx, handshakeWithin)
	defer cancel()
	c.outside = tls.Server(c.raw, c.gate.tls)
	if c.outside.HandshakeContext(ctx) != nil {
		return false
	}
	var err error
	if c.inside, err = c.gate.Inside(); err != nil {
		c.gate.Logger.Error("the relay cannot be reached", "error", err)
		return false
	}
	return true
}

// greeting hands the relay's INFO on. The relay itself speaks without TLS in
// this process; the client is told that it is here.
func (c *conn) greeting(answers *bufio.Reader) error {
	line, err := readLine(answers, maxAnswer)
	if err != nil {
		return err
	}
	text, found := bytes.CutPrefix(line, []byte("INFO "))
	var info map[string]json.RawMessage
	var own struct {
		ID uint64 `json:"client_id"`
	}
	if err := errors.Join(json.Unmarshal(text, &info), json.Unmarshal(text, &own)); err != nil || !found || own.ID == 0 {
		return errProtocol
	}
	c.gate.mu.Lock()
	c.id = own.ID
	c.gate.byID[c.id] = c
	c.gate.mu.Unlock()
	delete(info, "tls_available")
	info["tls_required"] = json.RawMessage("true")
	if text, err = json.Marshal(info); err != nil {
		return err
	}
	c.queue([]byte("INFO "), text, []byte("\r\n"))
	return nil
}

// up reads what the client sends, and hands it on at the pace of its buckets.
func (c *conn) up(from io.Reader, to io.Writer) error {
	in, out := bufio.NewReaderSize(from, maxLine), bufio.NewWriterSize(to, maxLine)
	for connected := false; ; connected = true {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if err := c.operation(line, connected, in, out); err != nil {
			return err
		}
		if next, _ := in.Peek(in.Buffered()); bytes.IndexByte(next, '\n') < 0 { // the next one is not here yet
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}

// operation hands one operation on. The first one is CONNECT, and no other is.
func (c *conn) operation(line []byte, connected bool, in *bufio.Reader, out *bufio.Writer) error {
	name, rest, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(" "))
	if (string(name) == "CONNECT") == connected {
		return errProtocol
	}
	args := bytes.Fields(rest)
	between := func(least, most int) bool { return least <= len(args) && len(args) <= most }
	switch op := string(name); {
	case op == "CONNECT":
		return c.connect(rest, out)
	case (op == "PING" || op == "PONG") && between(0, 0):
		if err := c.wait(c.free, c.gate.free, len(op), out); err != nil {
			return err
		}
	case op == "SUB" && between(2, 3), op == "UNSUB" && between(1, 2):
		if err := c.wait(c.messages, c.gate.messages, len(line), out); err != nil {
			return err
		}
	case op == "PUB" && between(2, 3), op == "HPUB" && between(3, 4):
		return c.message(op, args, in, out)
	default:
		return errProtocol
	}
	return writeLine(out, string(name), args)
}

// connect refuses the ways in that no client has: the names and passwords by
// which the bank's own services enter from within this process. It reads the
// options as the relay will.
func (c *conn) connect(options []byte, out *bufio.Writer) error {
	var o server.ClientOpts
	if err := json.Unmarshal(options, &o); err != nil {
		return errProtocol
	}
	if o.Username != "" || o.Password != "" || o.JWT != "" || o.ProxySig != "" {
		c.queue([]byte("-ERR 'Authorization Violation'\r\n"))
		return errProtocol
	}
	return writeLine(out, "CONNECT", [][]byte{options})
}

// message hands on one message with its body.
func (c *conn) message(op string, args [][]byte, in *bufio.Reader, out *bufio.Writer) error {
	size, err := strconv.ParseUint(string(args[len(args)-1]), 10, 31)
	if err != nil {
		return errProtocol
	}
	if int(size) > c.gate.MaxPayload {
		c.queue([]byte("-ERR 'Maximum Payload Violation'\r\n"))
		return errProtocol
	}
	// The line lies in the reader's buffer, which the body may push out.
	head := new(bytes.Buffer)
	_ = writeLine(head, op, args)
	own, shared := c.messages, c.gate.messages
	if in.Buffered() < int(size)+2 { // what came before does not wait for the rest
		if err := out.Flush(); err != nil {
			return err
		}
	}
	end := time.Now().Add(bodyWithin)
	_ = c.raw.SetReadDeadline(end)
	if op == "PUB" && size <= maxFree {
		subject := string(args[0])
		body, err := in.Peek(int(size))
		if err != nil {
			return err
		}
		if c.gate.Free(subject, body) {
			own, shared = c.free, c.gate.free
		}
	}
	// Bytes are drawn as they come: those that are only announced would empty
	// what an address shares.
	for left, first := int(size)+2, true; left > 0; first = false { // the relay checks the end of line
		n := min(left, readSlice)
		if _, err := in.Peek(n); err != nil {
			return err
		}
		before := time.Now()
		if first {
			if err = c.wait(own, shared, head.Len()+n, out); err == nil {
				_, err = out.Write(head.Bytes())
			}
		} else {
			err = c.pause(c.forBytes(before, n), out)
		}
		if err != nil {
			return err
		}
		end = end.Add(time.Since(before))
		_ = c.raw.SetReadDeadline(end)
		if _, err := io.CopyN(out, in, int64(n)); err != nil {
			return err
		}
		left -= n
	}
	return c.raw.SetReadDeadline(time.Time{})
}

// wait takes one message of so many bytes from the buckets, and waits until
// they have it: what a client sends too fast is read later, and never lost.
func (c *conn) wait(own *rate.Limiter, shared *limit.Buckets, size int, out *bufio.Writer) error {
	now := time.Now()
	delay := limit.Delay(own, now, 1)
	if c.shares.Load() {
		delay = max(delay, shared.Delay(c.network, now, 1))
	}
	return c.pause(max(delay, c.forBytes(now, size)), out)
}

// forBytes takes bytes and returns how long it is until there are so many.
func (c *conn) forBytes(now time.Time, size int) time.Duration {
	delay := limit.Delay(c.bytes, now, size)
	if c.shares.Load() {
		delay = max(delay, c.gate.bytes.Delay(c.network, now, size))
	}
	return delay
}

// pause holds a client up, with everything that it has sent before on its way.
func (c *conn) pause(delay time.Duration, out *bufio.Writer) error {
	if delay <= 0 {
		return nil
	}
	if err := out.Flush(); err != nil {
		return err
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
}

// down reads what the relay sends, and queues it for the client.
func (c *conn) down(answers *bufio.Reader) error {
	violations := 0
	for {
		line, err := readLine(answers, maxAnswer)
		if err != nil {
			return err
		}
		switch {
		case bytes.HasPrefix(line, []byte("MSG ")), bytes.HasPrefix(line, []byte("HMSG ")):
			if err := c.answer(line, answers); err != nil {
				return err
			}
			continue
		case bytes.HasPrefix(line, []byte("-ERR ")) && c.full.Load():
			c.queue([]byte(fullLine))
			return nil
		case bytes.HasPrefix(line, []byte("-ERR 'Permissions Violation")):
			violations++
		}
		if !c.queue(line) {
			return errProtocol
		}
		if violations >= c.gate.Limits.Violations {
			return errProtocol
		}
	}
}

// answer queues one message to the client.
func (c *conn) answer(line []byte, answers *bufio.Reader) error {
	fields := bytes.Fields(line)
	size, err := strconv.ParseUint(string(fields[len(fields)-1]), 10, 31)
	if err != nil {
		return errProtocol
	}
	if int(size) > maxWaiting {
		return errProtocol
	}
	body := make([]byte, int(size)+2)
	if _, err := io.ReadFull(answers, body); err != nil {
		return err
	}
	if !c.queue(line, body) {
		return errProtocol
	}
	return nil
}

// queue puts bytes behind those that wait for the client. A client for whom
// too many wait is cut off: false.
func (c *conn) queue(parts ...[]byte) bool {
	c.mu.Lock()
	for _, p := range parts {
		c.pending = append(c.pending, p...)
	}
	over := len(c.pending)+c.writing > maxWaiting
	c.mu.Unlock()
	if over {
		c.cut()
		return false
	}
	c.wake()
	return true
}

func (c *conn) finish() {
	c.mu.Lock()
	c.finished = true
	c.mu.Unlock()
	c.wake()
}

func (c *conn) wake() {
	select {
	case c.more <- struct{}{}:
	default:
	}
}

// write writes to the client what waits for it, until nothing follows.
func (c *conn) write() {
	for {
		c.mu.Lock()
		now, last := c.pending, c.finished
		c.pending, c.writing = nil, len(now)
		c.mu.Unlock()
		for len(now) > 0 {
			n := min(len(now), writeSlice)
			_ = c.raw.SetWriteDeadline(time.Now().Add(writeWithin))
			if _, err := c.outside.Write(now[:n]); err != nil {
				return
			}
			now = now[n:]
			c.mu.Lock()
			c.writing = len(now)
			c.mu.Unlock()
		}
		if last {
			return
		}
		select {
		case <-c.more:
		case <-c.ctx.Done():
			return
		}
	}
}

// writeLine writes an operation in the one form that the relay is sent.
func writeLine(out io.Writer, name string, args [][]byte) error {
	line := append(make([]byte, 0, 128), name...)
	for _, a := range args {
		line = append(append(line, ' '), a...)
	}
	_, err := out.Write(append(line, '\r', '\n'))
	return err
}

// readLine reads a line of at most so many bytes, its end included.
func readLine(in *bufio.Reader, most int) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return bytes.Clone(line), err
	}
	whole := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) && len(whole) <= most {
		line, err = in.ReadSlice('\n')
		whole = append(whole, line...)
	}
	if len(whole) > most {
		return nil, errProtocol
	}
	return whole, err
}
