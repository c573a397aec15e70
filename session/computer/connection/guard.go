// This file owns the guard between TLS and the NATS client. The client's
// parser trusts the server: it makes a buffer of whatever size the server
// announces and panics when that is absurd. A ticket holder talks to a server
// that is not proven yet, so sizes are checked here first.
//
// Rules: only the operations that a server sends, spelled as servers spell
// them; a control line and a payload have limits; anything else is an error
// that closes the connection.

package connection

import (
	"bytes"
	"errors"
	"strconv"
)

const (
	// maxControl bounds a control line, of which INFO with its list of cluster
	// addresses is the longest.
	maxControl = 32 << 10
	// maxPayload bounds one message with its headers. It is NATS's own default
	// and above wire.MaxMessage: what lies between is read and then dropped,
	// so that one oversize message does not cost the connection.
	maxPayload = 1 << 20
)

var errProtocol = errors.New("the server does not speak NATS as CP1 allows it")

// guard follows the stream from the server. The zero value is at its start.
type guard struct {
	line    []byte // the control line so far
	payload int    // bytes of payload still to come, with their end of line
}

// check looks at the next bytes of the stream.
func (g *guard) check(data []byte) error {
	for len(data) > 0 {
		if g.payload > 0 {
			n := min(g.payload, len(data))
			if err := g.checkEnd(data[:n]); err != nil {
				return err
			}
			g.payload -= n
			data = data[n:]
			continue
		}
		end := bytes.IndexByte(data, '\n') + 1
		n := end
		if end == 0 {
			n = len(data)
		}
		if len(g.line)+n > maxControl {
			return errProtocol
		}
		g.line = append(g.line, data[:n]...)
		data = data[n:]
		if end > 0 {
			if err := g.checkLine(); err != nil {
				return err
			}
			g.line = g.line[:0]
		}
	}
	return nil
}

// checkEnd makes sure that a payload is followed by \r\n, the last two of the
// bytes counted.
func (g *guard) checkEnd(data []byte) error {
	for i, want := range []byte("\r\n") {
		at := g.payload - 2 + i
		if at >= 0 && at < len(data) && data[at] != want {
			return errProtocol
		}
	}
	return nil
}

// checkLine judges a whole control line and learns the size of its payload.
func (g *guard) checkLine() error {
	line, ok := bytes.CutSuffix(g.line, []byte("\r\n"))
	if !ok || bytes.ContainsAny(line, "\r\t") {
		return errProtocol
	}
	op, args, _ := bytes.Cut(line, []byte(" "))
	switch string(op) {
	case "PING", "PONG", "+OK":
		if len(line) != len(op) {
			return errProtocol
		}
	case "INFO", "-ERR":
		if len(args) == 0 {
			return errProtocol
		}
	case "MSG", "HMSG":
		fields := bytes.Split(args, []byte(" "))
		size, err := strconv.ParseUint(string(fields[len(fields)-1]), 10, 32)
		if err != nil || size > maxPayload {
			return errProtocol
		}
		g.payload = int(size) + 2
	default:
		return errProtocol
	}
	return nil
}
