// Fuzz targets of what a client and the relay write to the gate.

package gate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net"
	"testing"

	"countersign/session/bank/limit"
)

// fuzzed is a connection without a network.
func fuzzed(t *testing.T) *conn {
	g := New(Options{
		Limits: limit.Default(), MaxPayload: 4096,
		Free: func(string, []byte) bool { return true },
	})
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return newConn(g, ours)
}

// FuzzUp: whatever a client writes, the relay is sent operations of a client
// in their one form: handed on again, they are the same bytes.
func FuzzUp(f *testing.F) {
	f.Add([]byte("CONNECT {\"nkey\":\"U\"}\r\nPING\r\nSUB _INBOX_N.> 1\r\nPUB a b 2\r\nxy\r\nHPUB a 2 3\r\nxyz\r\nUNSUB 1\r\n"))
	f.Add([]byte("CONNECT {}\r\nPUB  a   1\nx\r\nPONG\r\n"))
	f.Add([]byte("CONNECT {\"user\":\"x\"}\r\n"))
	f.Add([]byte("PUB a 1\r\nx\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Count(data, []byte("\n")) > 200 { // more would wait for the buckets
			return
		}
		var once, twice bytes.Buffer
		_ = fuzzed(t).up(bytes.NewReader(data), &once)
		_ = fuzzed(t).up(bytes.NewReader(once.Bytes()), &twice)
		if !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Errorf("%q is handed on as %q, and then as %q", data, once.Bytes(), twice.Bytes())
		}
		if once.Len() > 0 && !bytes.HasPrefix(once.Bytes(), []byte("CONNECT ")) {
			t.Errorf("%q begins without CONNECT", once.Bytes())
		}
	})
}

// FuzzDown: the greeting is INFO, an object that says that TLS is needed, or
// nothing; what follows never makes more wait than may.
func FuzzDown(f *testing.F) {
	f.Add([]byte("INFO {\"client_id\":1,\"nonce\":\"n\"}\r\n+OK\r\nMSG a 1 2\r\nxy\r\n-ERR 'x'\r\n"))
	f.Add([]byte("INFO {\"client_id\":1}\r\nMSG a 1 999999999\r\n"))
	f.Add([]byte("INFO []\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, answers := fuzzed(t), bufio.NewReader(bytes.NewReader(data))
		if c.greeting(answers) != nil {
			return
		}
		text, found := bytes.CutPrefix(c.pending, []byte("INFO "))
		var info map[string]any
		if err := json.Unmarshal(text, &info); err != nil || !found || info["tls_required"] != true {
			t.Errorf("the client is greeted with %q", c.pending)
		}
		_ = c.down(answers)
		if len(c.pending) > maxWaiting+maxAnswer {
			t.Errorf("%d bytes wait", len(c.pending))
		}
	})
}
