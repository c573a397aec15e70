// This file owns standard input: one line at a time, on demand, bounded, and
// never in the way of somebody who wants to end.

package text

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
)

// maxLine is the longest line read from standard input, in bytes. The longest
// useful one is a QR code's text (4,296 characters) or a message (4 KiB).
const maxLine = 16 << 10

var (
	errLineTooLong = errors.New("a line of input is too long")
	// errNoAnswer says that the person left a question unanswered: the end of
	// input, or an interrupt.
	errNoAnswer = errors.New("a question was not answered")
)

// line is one line without its end, or why there is none.
type line struct {
	text string
	err  error // io.EOF, errLineTooLong, or the reader's
}

// lines reads standard input. A line is read only after it was asked for, so
// that a passphrase typed later is not swallowed.
type lines struct {
	in     *bufio.Reader
	asked  bool
	answer chan line
}

func newLines(in io.Reader) *lines {
	return &lines{in: bufio.NewReaderSize(in, 4096), answer: make(chan line, 1)}
}

// want asks for a line, unless one is asked for already, and returns where it
// will arrive. Whoever takes it from there calls taken.
func (l *lines) want() <-chan line {
	if !l.asked {
		l.asked = true
		go func() { l.answer <- l.read() }()
	}
	return l.answer
}

func (l *lines) taken() { l.asked = false }

// next waits for one line.
func (l *lines) next(ctx context.Context) (string, error) {
	select {
	case <-ctx.Done():
		return "", errNoAnswer
	case got := <-l.want():
		l.taken()
		return got.text, got.err
	}
}

// read reads to the end of the line but keeps at most maxLine of it: what is
// over the limit is dropped, so that the next line is whole again.
func (l *lines) read() line {
	var text []byte
	tooLong := false
	for {
		part, err := l.in.ReadSlice('\n')
		if len(text)+len(part) > maxLine {
			tooLong, text = true, nil
		}
		if !tooLong {
			text = append(text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case tooLong:
			return line{err: errLineTooLong}
		case err != nil && len(text) == 0:
			return line{err: err}
		}
		return line{text: strings.TrimRight(string(text), "\r\n")}
	}
}
