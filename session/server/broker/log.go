// This file owns how nats-server's log lines reach ours: warnings and errors
// only. They name connections and subjects, never payloads or tokens.

package broker

import (
	"fmt"
	"log/slog"
	"strings"
)

// chosen are warnings about what we chose on purpose: the passwords are random,
// made at every start and used in this process only; TLS comes first always.
var chosen = []string{"Plaintext passwords detected", "TLS Handshake First"}

type serverLog struct{ to *slog.Logger }

func (serverLog) Noticef(string, ...any) {}
func (serverLog) Debugf(string, ...any)  {}
func (serverLog) Tracef(string, ...any)  {}

func (l serverLog) Warnf(format string, v ...any) {
	for _, c := range chosen {
		if strings.Contains(format, c) {
			return
		}
	}
	l.to.Warn("relay: " + fmt.Sprintf(format, v...))
}

func (l serverLog) Errorf(format string, v ...any) { l.to.Error("relay: " + fmt.Sprintf(format, v...)) }

// Fatalf only reports: the caller that started the server sees the failure and
// ends in its own way.
func (l serverLog) Fatalf(format string, v ...any) { l.to.Error("relay: " + fmt.Sprintf(format, v...)) }
