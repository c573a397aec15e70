// Fuzz targets of the operator's socket, both ways: what a program of the same
// account may send, and what an older or newer server may answer.

package admin

import (
	"bytes"
	"errors"
	"testing"

	"countersign/session/wire"
)

// FuzzReceive: a message is the one encoding of what it says, within its limit.
func FuzzReceive(f *testing.F) {
	f.Add(wire.Marshal(addCustomer))
	f.Add(wire.Marshal(Request{Op: RevokeCustomer, Reference: "C-1", Device: make([]byte, 16)}))
	f.Add(wire.Marshal(Answer{Ticket: "CT1:relay.example:4222/ABCD-EFGH-IJKL-MN27", Words: "eight words", Expires: -1}))
	f.Add(wire.Marshal(Answer{Fault: "no"}))
	f.Add([]byte{0xA1, 0x01, 0x60})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := receive[Request](bytes.NewReader(data))
		a, answerErr := receive[Answer](bytes.NewReader(data))
		if err == nil && !bytes.Equal(wire.Marshal(r), data) || answerErr == nil && !bytes.Equal(wire.Marshal(a), data) {
			t.Errorf("%x is not the only encoding of %+v or %+v", data, r, a)
		}
		for _, e := range []error{err, answerErr} {
			if e != nil && !errors.Is(e, wire.ErrMalformed) && !errors.Is(e, wire.ErrTooLarge) || e == nil && len(data) > wire.MaxObject {
				t.Errorf("%d bytes: %v", len(data), e)
			}
		}
	})
}
