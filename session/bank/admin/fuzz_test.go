// Fuzz targets of the operator's socket, both ways: what a program of the same
// account may send, and what an older or newer server may answer.

package admin

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"countersign/session/protocol/wire"
)

// FuzzReceive: a message is the one encoding of what it says, within its limit.
func FuzzReceive(f *testing.F) {
	f.Add(wire.Marshal(addCustomer))
	f.Add(wire.Marshal(Request{Op: RevokeCustomer, Reference: "C-1", Device: make([]byte, 16)}))
	f.Add(wire.Marshal(Request{Op: Show, Kind: KindReport, ID: "00", Whole: true, By: "anna"}))
	f.Add([]byte{0xA1, 0x01, 0x60})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := receive[Request](bytes.NewReader(data))
		if err == nil && !bytes.Equal(wire.Marshal(r), data) {
			t.Errorf("%x is not the only encoding of %+v", data, r)
		}
		if err != nil && !errors.Is(err, wire.ErrMalformed) && !errors.Is(err, wire.ErrTooLarge) || err == nil && len(data) > maxAnswer {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	})
}

// FuzzAnswers: whatever a server says, what is read of it is what send would
// write, and what is cut short is no answer.
func FuzzAnswers(f *testing.F) {
	for _, a := range []Answer{
		{Ticket: "CT1:relay.example:4222/ABCD-EFGH-IJKL-MN27", Words: "eight words", Expires: -1},
		{Fault: "no"},
		{Row: &Row{Kind: KindAgent, ID: "1", State: "active", History: []Act{{At: "", By: "anna", What: "added"}}}, More: true},
	} {
		var text bytes.Buffer
		if err := send(&text, a); err != nil {
			f.Fatal(err)
		}
		f.Add(text.Bytes())
	}
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF, 0xA0})
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := nextAnswer(bytes.NewReader(data))
		if err == nil {
			var again bytes.Buffer
			if send(&again, a) != nil || !bytes.HasPrefix(data, again.Bytes()) {
				t.Errorf("%x is not the only encoding of %+v", data, a)
			}
			return
		}
		short := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if !short && !errors.Is(err, wire.ErrMalformed) && !errors.Is(err, wire.ErrTooLarge) ||
			short && len(data) >= 4 && uint32(len(data)-4) >= binary.BigEndian.Uint32(data) {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	})
}
