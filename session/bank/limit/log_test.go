// This file tests that a log does not grow without end, and that no flood of one
// message hides another.

package limit

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestALogIsBounded(t *testing.T) {
	var out bytes.Buffer
	log := NewLog(slog.NewTextHandler(&out, nil))
	now := time.Unix(1_000_000, 0)
	say := func(message string, attrs ...slog.Attr) string {
		out.Reset()
		r := slog.NewRecord(now, slog.LevelError, message, 0)
		r.AddAttrs(attrs...)
		if err := log.Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	passed := 0
	for range 10_000 {
		if say("a flood") != "" {
			passed++
		}
	}
	if passed != linesAtOnce {
		t.Errorf("%d lines of a flood", passed)
	}
	if say("a fault") == "" {
		t.Error("a flood of one message hides another")
	}
	now = now.Add(lineEvery)
	if line := say("a flood"); !strings.Contains(line, fmt.Sprintf("%d", 10_000-linesAtOnce)) {
		t.Errorf("after the flood: %q", line)
	}
	if say("a flood") != "" {
		t.Error("more than one line each ten seconds")
	}
	if line := say("long", slog.String("text", strings.Repeat("ż", 10_000))); len(line) > 2*maxValue || !strings.Contains(line, "20000 bytes") {
		t.Errorf("a long value is logged as %d bytes: %.80q", len(line), line)
	}
	kept := 0
	for i := range 10 * maxMessages {
		if say(fmt.Sprint("message ", i)) != "" {
			kept++
		}
	}
	if len(log.seen.of) > maxMessages+1 || kept > maxMessages+linesAtOnce {
		t.Errorf("%d messages have a bucket, %d lines passed", len(log.seen.of), kept)
	}
	if slog.New(log).With("who", "x").WithGroup("g").Handler().(Log).seen != log.seen {
		t.Error("a logger made from it counts for itself")
	}
}
