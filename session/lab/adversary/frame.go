// This file owns the frames of the NATS client protocol: a line, and for
// messages a payload behind it. What the hostile relay does not want to touch
// goes on byte for byte.

package adversary

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxFrame bounds one message in bytes. The server itself allows less.
const maxFrame = 1 << 20

var errFrame = errors.New("adversary: not a frame of NATS")

// frame is one unit of the stream, in either direction.
type frame struct {
	line    []byte // with its line feed
	payload []byte // of a message: headers, body and the line end behind them
}

// readFrame reads the next frame.
func readFrame(r *bufio.Reader) (frame, error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return frame{}, err
	}
	f := frame{line: line}
	switch f.op() {
	case "PUB", "HPUB", "MSG", "HMSG":
	default:
		return f, nil
	}
	fields := f.fields()
	size, err := strconv.Atoi(fields[len(fields)-1])
	if err != nil || size < 0 || size > maxFrame {
		return frame{}, errFrame
	}
	f.payload = make([]byte, size+2)
	_, err = io.ReadFull(r, f.payload)
	return f, err
}

// op is the operation: PUB, MSG, CONNECT ...
func (f frame) op() string {
	op, _, _ := bytes.Cut(bytes.TrimSpace(f.line), []byte(" "))
	return strings.ToUpper(string(op))
}

// fields are all words of the line, the operation first.
func (f frame) fields() []string { return strings.Fields(string(f.line)) }

// body is the payload without its line end.
func (f frame) body() []byte { return bytes.TrimSuffix(f.payload, []byte("\r\n")) }

func (f frame) bytes() []byte { return append(bytes.Clone(f.line), f.payload...) }

// message makes a PUB or MSG. Empty words are left out.
func message(data []byte, words ...string) frame {
	line := strings.Join(strings.Fields(strings.Join(words, " ")), " ")
	return frame{
		line:    fmt.Appendf(nil, "%s %d\r\n", line, len(data)),
		payload: append(bytes.Clone(data), "\r\n"...),
	}
}
