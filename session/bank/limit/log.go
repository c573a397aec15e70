// This file owns how much a log may grow: lines by message, each with a bucket
// of its own, so that nobody fills a disk with them and no flood of one message
// hides another. Messages are constants in the code; what varies is in the
// attributes, and those are cut.

package limit

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/time/rate"
)

const (
	linesAtOnce = 20               // of one message
	lineEvery   = 10 * time.Second // and one more each
	maxMessages = 256              // that have a bucket; all others share one
	maxValue    = 512              // bytes of one attribute
)

// Log bounds what reaches another handler. A line that follows others which
// were left out says how many.
type Log struct {
	slog.Handler
	seen *messages
}

// messages are the buckets of all loggers made from one Log.
type messages struct {
	mu sync.Mutex
	of map[string]*message
}

type message struct {
	bucket  *rate.Limiter
	leftOut int
}

// NewLog returns a bounded handler in front of another one.
func NewLog(to slog.Handler) Log {
	return Log{to, &messages{of: map[string]*message{}}}
}

// Handle implements slog.Handler. The record's own time is the clock.
func (l Log) Handle(ctx context.Context, r slog.Record) error {
	leftOut, pass := l.seen.take(r.Message, r.Time)
	if !pass {
		return nil
	}
	cut := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		cut.AddAttrs(slog.String(a.Key, short(a.Value)))
		return true
	})
	if leftOut > 0 {
		cut.AddAttrs(slog.Int("left out before", leftOut))
	}
	return l.Handler.Handle(ctx, cut)
}

// WithAttrs implements slog.Handler.
func (l Log) WithAttrs(attrs []slog.Attr) slog.Handler {
	return Log{l.Handler.WithAttrs(attrs), l.seen}
}

// WithGroup implements slog.Handler.
func (l Log) WithGroup(name string) slog.Handler { return Log{l.Handler.WithGroup(name), l.seen} }

func (s *messages) take(text string, now time.Time) (leftOut int, pass bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.of[text]
	if m == nil {
		if len(s.of) >= maxMessages {
			text = ""
		}
		if m = s.of[text]; m == nil {
			m = &message{bucket: rate.NewLimiter(rate.Every(lineEvery), linesAtOnce)}
			s.of[text] = m
		}
	}
	if !m.bucket.AllowN(now, 1) {
		m.leftOut++
		return 0, false
	}
	leftOut, m.leftOut = m.leftOut, 0
	return leftOut, true
}

// short is a value as text, cut at a whole character.
func short(v slog.Value) string {
	text := v.Resolve().String()
	if len(text) <= maxValue {
		return text
	}
	end := maxValue
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s... (%d bytes)", text[:end], len(text))
}
