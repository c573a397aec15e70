// This file owns how nats-server's log lines reach ours: warnings and errors
// only. They name connections and subjects, never payloads or tokens.
//
// Rule: the message is one of two constants and the line an attribute, so that
// what clients cause and what the server itself suffers are bounded apart.

package broker

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// The messages.
const (
	relayLine  = "relay"          // of the server itself
	clientLine = "relay: clients" // about one connection: strangers cause these
)

// chosen is a warning about what we chose on purpose: the passwords are random,
// made at every start and used in this process only.
const chosen = "Plaintext passwords detected"

type serverLog struct{ to *slog.Logger }

func (serverLog) Noticef(string, ...any) {}
func (serverLog) Debugf(string, ...any)  {}
func (serverLog) Tracef(string, ...any)  {}

func (l serverLog) Warnf(format string, v ...any) {
	if !strings.Contains(format, chosen) {
		l.log(slog.LevelWarn, format, v)
	}
}

func (l serverLog) Errorf(format string, v ...any) { l.log(slog.LevelError, format, v) }

// Fatalf only reports: the caller that started the server sees the failure and
// ends in its own way.
func (l serverLog) Fatalf(format string, v ...any) { l.log(slog.LevelError, format, v) }

func (l serverLog) log(level slog.Level, format string, v []any) {
	line, message := fmt.Sprintf(format, v...), relayLine
	if strings.Contains(line, "cid:") { // as nats-server names a connection
		message = clientLine
	}
	l.to.Log(context.Background(), level, message, "line", line)
}
