// This file tests the guard: what a NATS server says passes, whatever the
// pieces it arrives in, and nothing else does.

package connection

import (
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	for name, test := range map[string]struct {
		stream string
		ok     bool
	}{
		"greeting":                   {"INFO {\"a\":1}\r\nPONG\r\nPING\r\n+OK\r\n-ERR 'x'\r\n", true},
		"message":                    {"MSG a 1 5\r\nhello\r\nPING\r\n", true},
		"message with reply":         {"MSG a 1 r 5\r\nhello\r\n", true},
		"message with headers":       {"HMSG a 1 12 17\r\nNATS/1.0\r\n\r\nhello\r\nPING\r\n", true},
		"empty message":              {"MSG a 1 0\r\n\r\nPING\r\n", true},
		"line ends in the payload":   {"MSG a 1 4\r\n\r\n\r\n\r\nPING\r\n", true},
		"the largest message":        {"MSG a 1 1048576\r\n" + strings.Repeat("x", maxPayload) + "\r\n", true},
		"one byte over":              {"MSG a 1 1048577\r\n", false},
		"absurd size":                {"MSG a 1 9223372036854775807\r\n", false},
		"size over 64 bits":          {"MSG a 1 99999999999999999999999\r\n", false},
		"negative size":              {"MSG a 1 -1\r\n", false},
		"no size":                    {"MSG \r\n", false},
		"payload longer than said":   {"MSG a 1 4\r\nhello\r\n", false},
		"payload shorter than said":  {"MSG a 1 6\r\nhello\r\nPING\r\n", false},
		"small letters":              {"msg a 1 5\r\nhello\r\n", false},
		"bare line feed":             {"PING\n", false},
		"carriage return in between": {"MSG a 1 5\r99999\r\n", false},
		"tab":                        {"MSG\ta 1 5\r\nhello\r\n", false},
		"words after PING":           {"PING MSG a 1 99999999\r\n", false},
		"INFO without a body":        {"INFO\r\n", false},
		"unknown operation":          {"HELLO\r\n", false},
		"empty line":                 {"\r\n", false},
		"endless line":               {strings.Repeat("I", maxControl+1), false},
	} {
		t.Run(name, func(t *testing.T) {
			var whole, bytewise guard
			if err := whole.check([]byte(test.stream)); (err == nil) != test.ok {
				t.Errorf("in one piece: %v", err)
			}
			var err error
			for i := 0; i < len(test.stream) && err == nil; i++ {
				err = bytewise.check([]byte{test.stream[i]})
			}
			if (err == nil) != test.ok {
				t.Errorf("byte by byte: %v", err)
			}
		})
	}
}
